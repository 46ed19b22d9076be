"""Lawful capacity: by hour and channel as if each person were asked alone, with consents, holds and counters."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from forbear import questions
from forbear.packs import NoLawInForce, load_packs
from forbear.questions.may_contact.capacity import lawful_capacity

PACKS = load_packs(Path(__file__).parents[2])
DAY = date(2026, 11, 25)
GROUPS = [
    {"people": 5, "timezone": "Asia/Shanghai", "consented_hours": (), "effective_calls_today_debtor": 0, "dispute_open": False},
    {"people": 3, "timezone": "Asia/Shanghai", "consented_hours": (("22:30", "23:30"),), "effective_calls_today_debtor": 1, "dispute_open": False},
    {"people": 2, "timezone": "Asia/Shanghai", "consented_hours": (), "effective_calls_today_debtor": 3, "dispute_open": False},
    {"people": 7, "timezone": "Asia/Urumqi", "consented_hours": (), "effective_calls_today_debtor": 0, "dispute_open": True},
    {"people": 1, "timezone": "Asia/Urumqi", "consented_hours": (), "effective_calls_today_debtor": 2, "dispute_open": False},
]  # fmt: skip


def columns():
    hours = np.empty(len(GROUPS), dtype=object)
    hours[:] = [g["consented_hours"] for g in GROUPS]
    return {
        "timezone": np.array([g["timezone"] for g in GROUPS], dtype=object), "consented_hours": hours,
        "purpose": np.array(["collect"]), "attempts_unanswered_today_number": np.zeros(1, dtype=np.int64),
        "effective_calls_today_debtor": np.array([g["effective_calls_today_debtor"] for g in GROUPS]),
        "dispute_open": np.array([g["dispute_open"] for g in GROUPS]),
    }, np.array([g["people"] for g in GROUPS])  # fmt: skip


def capacity(on: date = DAY, channels=("voice", "sms", "letter")):
    facts, people = columns()
    return lawful_capacity(facts, people, on=on, channels=channels, packs=PACKS)


def test_a_day_by_hour_is_what_each_minute_asked_alone_gives() -> None:
    found = capacity()
    for place, channel in enumerate(found.channels):
        for hour in (0, 7, 8, 12, 21, 22, 23):
            lawful = 0
            for group in GROUPS:
                start = datetime(2026, 11, 25, hour, tzinfo=ZoneInfo(group["timezone"]))
                facts = {k: v for k, v in group.items() if k != "people"} | {
                    "channel": channel, "purpose": "collect", "jurisdiction": "cn", "product": "credit_card",
                    "party": "debtor", "attempts_unanswered_today_number": 0,
                }  # fmt: skip
                minutes = [
                    {**facts, "consented_hours": [list(w) for w in group["consented_hours"]], "at": (start + timedelta(minutes=m)).isoformat()}
                    for m in range(0, 60, 10)
                ]  # fmt: skip
                answers = questions.ask_many("may_contact", minutes, packs=PACKS)
                lawful += group["people"] * any(a["answer"] != "refused" for a in answers)
            assert found.by_hour[place, hour] == lawful, (channel, hour)


def test_the_night_is_empty_but_for_consent_and_the_day_counts_what_is_left() -> None:
    found = capacity()
    voice = found.by_hour[0]
    assert voice[8] == 5 + 3 + 1
    assert voice[22] == voice[23] == 3
    assert voice[:8].sum() == 0
    assert found.people[0] == 9
    assert found.contacts[0] == 5 * 3 + 3 * 2 + 1 * 1
    assert found.contacts[1:].tolist() == [-1, -1]  # no counter bounds messages and letters


def test_before_the_first_rule_there_is_no_law() -> None:
    with pytest.raises(NoLawInForce):
        capacity(date(2001, 1, 1))
