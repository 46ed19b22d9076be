"""How long one run of the limitation radar takes over 50,000 cases: what interrupts from PostgreSQL, one columnar question.

Run: python -m bench.limitation [CASES]. Beside it in the same process: the same question asked case by case on a sample,
which must give the same day, and the page a person opens.
"""

from __future__ import annotations

import sys
import time
from datetime import date, timedelta

from bench.machine import describe, in_own_database

from forbear.web.start import start

MANY, SAMPLE, PART = 50_000, 500, 2_000
AS_OF = "2026-06-02"


def fill(many: int) -> list[int]:
    """Return the ids of cases that have been late for one to three and a half years; promises and calls interrupt some."""
    from django.db import connection
    from tests.web.cases.bank import Bank, day, moment
    from tests.web.litigation import claims

    from forbear.web.cases.models import Promise
    from forbear.web.contact.models import ContactAttempt

    bank, held = Bank(), []
    for part in range(0, many, PART):
        due = (day("2023-01-15") + timedelta(days=part * 880 // many)).isoformat()
        held += claims.cases(bank, min(PART, many - part), seed=1_000_000 + part, due=due)
    Promise.objects.bulk_create(
        Promise(
            case=case, amount_minor=10_000, due_on=day("2026-01-15"), grace_days=3, pay_channel="transfer",
            made_on=day("2025-06-01") + timedelta(days=i % 300), made_at=moment("2026-01-10"),
        )
        for i, case in enumerate(held[::5])
    )  # fmt: skip
    ContactAttempt.objects.bulk_create(
        ContactAttempt(
            customer_id=case.customer_id, case=case, channel="voice", at=moment("2026-01-10"), effective=i % 3 == 0,
            local_day=day("2024-01-01") + timedelta(days=(i * 7 + j * 31) % 700),
        )
        for i, case in enumerate(held)
        for j in range(3)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return [case.pk for case in held]


def measure(many: int) -> None:
    """Run and print seconds; raises where the run and the single questions differ."""
    from django.db import connection
    from tests.web.cases.bank import moment

    from forbear.questions import question
    from forbear.web.law.current import packs_at
    from forbear.web.litigation import limitation

    held, on, packs = fill(many), date.fromisoformat(AS_OF), packs_at(moment(AS_OF))
    limitation.limits(held[:1], on, packs)  # packs are read once
    began, busy = time.perf_counter(), time.process_time()
    found = limitation.limits(held, on, packs)
    whole, busy = time.perf_counter() - began, time.process_time() - busy
    began = time.process_time()
    starts, events = limitation.known(held[:: max(1, many // SAMPLE)], on)
    asked = question("limitation")
    for case, begin in starts.items():
        given = limitation.given(begin, on, events[case])
        row = asked.checked(given)
        alone = asked.answer(asked.columns([row]), packs=packs, n=1).last_day[0].astype(object)
        if alone != found[case].last_day:
            raise RuntimeError(f"case {case}: {alone} alone, {found[case].last_day} in the run")
    each = (time.process_time() - began) / len(starts)
    print(describe(connection.cursor().execute("SHOW server_version").fetchone()[0]))
    near = [limit for limit in found.values() if limit.level >= 0]
    print(
        f"{many:,} cases, {sum(limit.events for limit in found.values()):,} events, {len(near):,} on the radar: {whole:.1f} s, {busy:.1f} s of CPU"
    )
    print(
        f"one by one on a sample of {len(starts)}, same days: {each * 1e3:.2f} ms of CPU a case, {each * many:.0f} s for all"
    )
    wall, cpu = page()
    print(f"the page: {wall:.1f} s, {cpu:.1f} s of CPU")


def page() -> tuple[float, float]:
    """Return the seconds, and those of CPU, in which a person of the legal department gets the page of the radar."""
    from django.test import Client
    from django.urls import reverse
    from tests.web.cases.bank import moment

    from forbear.web import clock
    from forbear.web.people.models import Role, User

    clock.now = lambda: moment(AS_OF)  # type: ignore[assignment]  # the book stands still
    client = Client()
    client.force_login(
        User.objects.create_user(
            username="qian", password="a long phrase of hers", staff_no="qian", role=Role.LEGAL
        )
    )
    client.get(reverse("court"))  # the room's code is read once
    began, busy = time.perf_counter(), time.process_time()
    answer = client.get(reverse("court_limitation"))
    if answer.status_code != 200:
        raise RuntimeError(f"the page answered {answer.status_code}")
    return time.perf_counter() - began, time.process_time() - busy


if __name__ == "__main__":
    start()
    in_own_database(measure, int(sys.argv[1]) if len(sys.argv) > 1 else MANY)
