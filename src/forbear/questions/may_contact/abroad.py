"""Facts of `may_contact` that other jurisdictions ask for; every one is optional and ignored where no rule reads it.

Facts named `days_since_...` grow by one each local day, which the next lawful moment takes into account.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from forbear.questions.facts import Facts

HOUR_TEXT = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?|24:00(:00)?"
HOUR = rf"^({HOUR_TEXT})$"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
HOUR_OR_DAYS = rf"^({HOUR_TEXT}|{_DAY}( {_DAY})*)$"
WINDOWS_MAX = 8  # more are taken for an error in the file, not for an agreement
Count = Annotated[int, Meta(ge=0, le=100_000)]
Days = Annotated[int, Meta(ge=0, le=40_000)]
Region = Annotated[str, Meta(pattern="^[a-z]{2}-[a-z0-9]{1,3}$")]
Window = Annotated[tuple[Annotated[str, Meta(pattern=HOUR_OR_DAYS)], ...], Meta(min_length=2, max_length=3)]
CollectorRole = Literal[
    "creditor_own_name", "creditor_other_name", "servicer_before_default", "agency", "debt_buyer"
]


class AbroadFacts(Facts, frozen=True, kw_only=True):
    """The optional facts of the packs outside the home jurisdiction; null means "not known"."""

    collector_role: Annotated[
        CollectorRole | None,
        Meta(description="Who collects: decides whether a law on debt collectors covers the contact."),
    ] = None
    consumer_debt: Annotated[
        bool | None,
        Meta(description="Owed for personal, family or household purposes; false: business only."),
    ] = None
    region: Annotated[
        Region | None,
        Meta(
            description="ISO 3166-2 code of the party's state or nation in small letters, such as us-ma or gb-sct.",
        ),
    ] = None
    calls_last_7_days_debt: Annotated[
        Count | None,
        Meta(
            description="Calls placed to this person about this debt on this local day and the 6 before, before this "
            "one, counted as the pack says (docs/law.md)."
        ),
    ] = None
    days_since_limiting_call_debt: Annotated[
        Days | None,
        Meta(
            description="Local days since the counted call that must leave the window before one more fits (the "
            "limit-th newest). Null: earliest_at waits for the whole window."
        ),
    ] = None
    days_since_last_conversation_debt: Annotated[
        Days | None,
        Meta(description="Local days since the last telephone conversation about this debt; 0 is today."),
    ] = None
    conversations_last_7_days_debt: Annotated[
        Count | None,
        Meta(description="Telephone conversations about this debt on this local day and the 6 before."),
    ] = None
    days_since_limiting_conversation_debt: Annotated[
        Days | None,
        Meta(
            description="Local days since the conversation that must leave that window before one more fits."
        ),
    ] = None
    seconds_since_last_call_number: Annotated[
        Annotated[int, Meta(ge=0, le=10**10)] | None,
        Meta(description="Seconds since the last unanswered call to this number."),
    ] = None
    days_since_call_consent: Annotated[
        Days | None,
        Meta(
            description="Local days since the person directly agreed to be called about this debt, null once a "
            "conversation has used that consent up."
        ),
    ] = None
    days_since_text_consent: Annotated[
        Days | None,
        Meta(description="Local days since consent to text this number was given, renewed or checked."),
    ] = None
    inconvenient_times: Annotated[
        tuple[Window, ...],
        Meta(
            max_length=WINDOWS_MAX,
            description='Local windows known not to suit the person, half-open: [["12:00","15:00"]], or of some days '
            'only [["00:00","24:00","sat sun"]]; a window across midnight belongs to the day it starts. Default none.',
        ),
    ] = ()
    workplace_prohibited: Annotated[
        bool | None, Meta(description="The employer is known, or should be known, to forbid such contact.")
    ] = None
    at_workplace: Annotated[bool | None, Meta(description="The contact reaches the person at work.")] = None
    cease_communication: Annotated[
        bool | None, Meta(description="The person refused in writing to pay, or asked in writing to stop.")
    ] = None
    permitted_notice: Annotated[
        bool | None,
        Meta(
            description="The contact is one that a stop itself permits: a notice the rules name or require."
        ),
    ] = None
    represented_by_attorney: Annotated[
        bool | None, Meta(description="A lawyer known by name represents the person on this debt.")
    ] = None
    attorney_consents: Annotated[
        bool | None, Meta(description="That lawyer agreed to direct contact, or stayed silent too long.")
    ] = None
    bankrupt: Annotated[bool | None, Meta(description="A bankruptcy stay or discharge covers the debt.")] = (
        None
    )
    opt_out_included: Annotated[
        bool | None,
        Meta(description="The electronic message says simply how to stop messages to this address."),
    ] = None
    threatens_suit: Annotated[bool | None, Meta(description="The contact threatens legal action.")] = None
    location_contacts_made: Annotated[
        Count | None, Meta(description="Times this third person was already asked where the debtor is.")
    ] = None
    breathing_space: Annotated[
        bool | None, Meta(description="A breathing space (debt respite) moratorium covers the debt.")
    ] = None
    days_since_breathing_space_start: Annotated[
        Days | None,
        Meta(
            description="Local days since a standard moratorium began; null for one in a mental health crisis."
        ),
    ] = None
    vulnerable: Annotated[
        bool | None, Meta(description="The person is understood, or suspected, to be vulnerable.")
    ] = None
    visit_notice_given: Annotated[
        bool | None, Meta(description="The visit was announced in good time, with its purpose.")
    ] = None
