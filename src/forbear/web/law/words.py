"""The reader's words for what packs say in codes: units, facts, tests, values; and for errors of the packs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_lazy, pgettext
from django.utils.translation import gettext_lazy as _

from forbear.packs import NAMED, Told
from forbear.packs.acts import word
from forbear.web.law.capacity import CHANNELS
from forbear.web.law.current import packs_now
from forbear.web.people.models import Role, SkillGroup
from forbear.web.people.words import GRADES
from forbear.web.reading import reading_lang

EFFECTS: Mapping[str, Any] = {
    "refuse": _("must not"), "discourage": _("should not"), "presume": _("presumed a violation"), "note": _("note"),
}  # fmt: skip
UNITS: Mapping[str, Any] = {
    "days": _("days"), "working_days": _("working days"), "months": _("months"), "years": _("years"), "hours": _("hours"),
    "minutes": _("minutes"), "seconds": _("seconds"), "calls": _("calls"), "attempts": _("attempts"), "people": _("people"),
    "count": _("number"), "CNY": _("amount of money"), "ratio": _("share"), "per_day": _("rate a day"),
    "per_year": _("rate a year"), "boolean": _("yes or no"), "text": _("text"), "words": _("list of words"),
    "local_time": _("local time"), "dpd_ladder": _("bands of days past due"), "table": _("table"), "mapping": _("entries by name"),
}  # fmt: skip
FACTS: Mapping[str, Any] = {
    "act": _("act"), "detail": _("detail"), "kind": _("kind"), "channel": _("channel"), "party": _("party"),
    "purpose": _("purpose"), "region": _("region"), "recording": _("recording"), "collector_role": _("collector's role"),
    "local_time": _("local time"), "collecting": _("it is collection"), "demanding": _("payment is demanded"),
    "entering": _("the home is entered"), "enters": _("somebody enters"), "enforcing": _("it is enforcement"),
    "unprompted": _("the debtor did not ask for it"), "outside": _("a third person is contacted"),
    "about_the_debt": _("it is about the debt"), "asks_payment": _("payment is asked for"),
    "within_consented_hours": _("within hours the debtor agreed to"),
    "attempts_unanswered_today_number": _("unanswered attempts on this number today"),
    "effective_calls_today_debtor": _("effective calls with this debtor today"),
    "consecutive_failed_attempts": _("failed attempts in a row"), "debtor_number_invalid": _("the debtor's numbers are invalid"),
    "volunteered_to_pay": _("the third person offered to pay"), "deceased": _("the debtor has died"),
    "debtor_incapacitated": _("the debtor lacks capacity"), "discloses_debt": _("the debt is disclosed"),
    "party_refused": _("this person refused contact"), "visitors": _("visitors"), "badges_shown": _("badges are shown"),
    "device_authorised": _("the device is authorised"), "entry_consent": _("entry is agreed to"),
    "agency_listed": _("the agency is on the list"), "consent": _("consent is given"), "informed": _("the person was told"),
    "terms_explained": _("the terms were explained"), "times": _("times"), "items": _("items"), "months": _("months"),
    "days": _("days"), "percent": _("per cent"), "at_work": _("obtained at work"), "dispute_open": _("a dispute is open"),
    "complaint_open": _("a complaint is open"), "hardship_hold": _("on hold for hardship"), "plan_in_force": _("a plan is in force"),
    "claim_transferred": _("the claim was passed on"), "plan_breached": _("the plan is breached"), "time_barred": _("the claim is time-barred"),
    "charges_to_principal": _("charges to principal"), "daily_rate": _("rate a day"), "annual_rate": _("rate a year"),
    "annualised_shown": _("the yearly rate is shown"), "charges_a_year": _("charges a year"),
    "breathing_space": _("in breathing space"), "permitted_notice": _("a notice the moratorium permits"),
    "days_since_breathing_space_start": _("days since breathing space began"), "bankrupt": _("bankrupt"),
    "at_inconvenient_time": _("at a time known to be inconvenient"), "visit_notice_given": _("notice of the visit was given"),
    "vulnerable": _("the person is vulnerable"), "workplace_prohibited": _("the employer forbids it"),
    "at_workplace": _("at the workplace"), "represented_by_attorney": _("an attorney represents the person"),
    "attorney_consents": _("the attorney agrees"), "cease_communication": _("asked in writing to stop"),
    "location_contacts_made": _("contacts made to locate the debtor"),
    "conversations_last_7_days_debt": _("conversations about this debt in seven days"),
    "calls_last_7_days_debt": _("calls about this debt in seven days"),
    "days_since_call_consent": _("days since consent to calls"), "days_since_text_consent": _("days since consent to texts"),
    "days_since_last_conversation_debt": _("days since the last conversation about this debt"),
    "seconds_since_last_call_number": _("seconds since the last call to this number"),
    "opt_out_included": _("a way to opt out is included"), "threatens_suit": _("a suit is threatened"),
}  # fmt: skip
VALUES: Mapping[str, Any] = {
    **CHANNELS,
    "debtor": _("debtor"), "guarantor": _("guarantor"), "heir": _("heir"), "joint_debtor": _("joint debtor"),
    "related_third_party": _("relative"), "unrelated_third_party": _("unconnected third person"),
    "representative": _("representative"), "collect": _("collect"), "locate": _("locate"), "service": _("service"),
    "agency": _("agency"), "creditor_own_name": _("creditor in its own name"), "audio": _("sound is recorded"), "none": _("none"),
}  # fmt: skip
TESTS: Mapping[str, Any] = {
    "at_least": _("%(fact)s: at least %(limit)s"), "over": _("%(fact)s: more than %(limit)s"),
    "under": _("%(fact)s: less than %(limit)s"), "within": _("%(fact)s: from %(limit)s until %(end)s"),
}  # fmt: skip
QUESTIONS: Mapping[str, Any] = {
    "accrue": _("Interest and fees"), "affordability": _("What the debtor can afford"), "allocate_payment": _("Order of payment"),
    "attachable": _("What may be attached"), "charges_lawful": _("Lawful charges"), "conduct": _("Conduct"),
    "court_fee": _("Court fees"), "credit_record": _("Credit record"), "days_past_due": _("Days past due"),
    "deadline": _("Deadlines"), "debtor_signals": _("Signals in a debtor's words"), "enforcement_interest": _("Doubled interest"), "letter_complete": _("Content of a letter"),
    "limitation": _("Limitation"), "may_contact": _("Contact"), "message_lint": _("Words of a message"),
    "overdraft_offence": _("Malicious overdraft"), "personalised_plan": _("Personalised instalments"),
    "plan_options": _("Ways to pay"), "procedure_route": _("Way to court"), "retention": _("Retention of records"),
    "risk_class": _("Risk class"), "visit_team": _("Team of a visit"), "willingness": _("Willingness"),
}  # fmt: skip
TRUTHS = {"true": gettext_lazy("yes"), "false": gettext_lazy("no")}
CLAUSES = ("applies", "breach", "unless")


def told(error: Exception) -> str:
    """Return an error in the reader's words; one that no catalogue knows stays as it is."""
    return error.told(gettext, reading_lang()) if isinstance(error, Told) else str(error)


def part_words(text: str, field: str) -> str:
    """Write one part of a changed rule or parameter; what is no code is already words."""
    if field in CLAUSES:
        return clauses(opened(text))
    if known := {"effect": EFFECTS, "unit": UNITS, "question": QUESTIONS, "grade": GRADES}.get(field):
        return str(known.get(text, text))
    if text in TRUTHS:
        return str(TRUTHS[text])
    if field.startswith("from ") or field in ("hardens", "states", "jurisdictions", "values"):
        return "\n".join(spelled(opened(line)) for line in text.split("\n"))
    return text


def opened(text: str) -> Any:
    """Return nested data that was written on one line; anything else stays the text it is."""
    try:
        return json.loads(text) if text[:1] in ("{", "[") else text
    except ValueError:
        return text


def clauses(tests: Any) -> str:
    """Write when a rule applies, is broken or excused: all of a mapping, any of a list."""
    if isinstance(tests, list):
        return "\n".join(
            gettext("or: %(case)s") % {"case": clauses(each)} if at else clauses(each)
            for at, each in enumerate(tests)
        )
    if not isinstance(tests, Mapping):
        return str(tests)
    return pgettext("between clauses", "; ").join(clause(fact, test) for fact, test in tests.items())


def clause(fact: str, test: Any) -> str:
    """Write one test on one fact."""
    name = FACTS.get(fact, fact)
    if isinstance(test, Mapping) and len(test) == 1 and (kind := next(iter(test))) in TESTS:
        limits = test[kind] if isinstance(test[kind], list) else [test[kind]]
        return str(TESTS[kind]) % {"fact": name, "limit": limits[0], "end": limits[-1]}
    said = acts_words(fact, test) if fact in NAMED else spelled(test)
    return gettext("%(fact)s: %(value)s") % {"fact": name, "value": said}


def acts_words(fact: str, values: Any, pack: str = "") -> str:
    """Write acts or details as the packs call them; one that they do not know (any more) stays as it is."""
    packs, lang = packs_now(), reading_lang()
    listed = values if isinstance(values, list | tuple) else [values]
    known = [(each, word(packs, fact, str(each), pack)) for each in listed]
    return pgettext("between words of a list", ", ").join(
        said[lang] if said else str(each) for each, said in known
    )


def spelled(value: Any) -> str:
    """Write nested plain data without brackets or quotes: entries as "name: value", lists with commas."""
    if isinstance(value, bool):
        return str(TRUTHS[str(value).lower()])
    if isinstance(value, Mapping):
        pairs = [
            gettext("%(fact)s: %(value)s") % {"fact": name, "value": inner(each)}
            for name, each in value.items()
        ]
        return pgettext("between clauses", "; ").join(pairs)
    if isinstance(value, list):
        return pgettext("between words of a list", ", ").join(map(inner, value))
    return str(VALUES.get(value, value)) if isinstance(value, str) else str(value)


def inner(value: Any) -> str:
    """Write data within data, in brackets where it is more than one value."""
    return f"({spelled(value)})" if isinstance(value, Mapping) else spelled(value)


def team_words(code: str) -> str:
    """Write who asked: a skill group, a role, an agency by its name, or a program."""
    if not code:
        return gettext("Programs, without a person")
    return str({**dict(SkillGroup.choices), **dict(Role.choices)}.get(code, code))
