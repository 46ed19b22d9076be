"""The demo goes through the same doors as a bank, and leaves a real portfolio alone."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from forbear.web.cases.models import Promise
from forbear.web.contact.models import GateDecision
from forbear.web.intake.models import ImportBatch
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import Account, Customer
from forbear.web.runs.models import DayRun, Outcome, RollRate
from forbear.web.showcase import NotADemo, show, story
from forbear.web.visits.models import Visit

AS_OF = date(2026, 11, 24)


@pytest.fixture
def console(tmp_path: Path, settings: pytest.FixtureRequest) -> Console:
    settings.HOME = tmp_path
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # a real hash takes long on purpose
    return Console(file=io.StringIO(), width=120)


@pytest.mark.django_db(transaction=True)
def test_a_small_demo_tells_the_whole_story_and_twice_is_once(console):
    show(console, as_of=AS_OF, seed=0, scale=0.05)

    assert set(User.objects.values_list("role", flat=True)) == set(Role.values)
    assert list(DayRun.objects.order_by("as_of").values_list("state", flat=True)) == [
        "committed",
        "committed",
    ]
    assert Outcome.objects.filter(run__as_of=AS_OF).count() == Account.objects.count()
    assert RollRate.objects.filter(run__as_of=AS_OF).exists()
    assert {"kept", "broken"} <= set(Promise.objects.values_list("state", flat=True))
    assert {"allowed", "refused"} <= set(GateDecision.objects.values_list("answer", flat=True))
    assert sum(ImportBatch.objects.values_list("rows_quarantined", flat=True)) == 8

    assert {"scheduled", "report_due"} <= set(Visit.objects.values_list("state", flat=True))
    assert Visit.objects.filter(state="scheduled", team__members__user__username="field").exists()

    batches = ImportBatch.objects.count()
    show(console, as_of=AS_OF, seed=0, scale=0.05)
    assert ImportBatch.objects.count() == batches


@pytest.mark.django_db(transaction=True)
def test_a_demo_that_died_half_built_is_built_whole_the_next_time(console, monkeypatch):
    """What was done before the end stays committed, as after kill -9; the second `make demo` may not trust it."""
    run_one_day, days = story.run_one_day, []

    def die_before_the_second_day(console, as_of):
        days.append(as_of)
        if len(days) == 2:
            raise KeyboardInterrupt
        run_one_day(console, as_of)

    monkeypatch.setattr(story, "run_one_day", die_before_the_second_day)
    with pytest.raises(KeyboardInterrupt):
        show(console, as_of=AS_OF, seed=0, scale=0.01)
    monkeypatch.setattr(story, "run_one_day", run_one_day)

    show(console, as_of=AS_OF, seed=0, scale=0.01)

    assert list(DayRun.objects.values_list("state", flat=True)) == ["committed", "committed"]
    assert Outcome.objects.filter(run__as_of=AS_OF).count() == Account.objects.count()
    assert not ImportBatch.objects.exclude(state="applied").exists()


@pytest.mark.django_db(transaction=True)
def test_a_real_portfolio_is_not_touched(console):
    customer = Customer.objects.create(customer_no="REAL-1", name="真实客户")
    Account.objects.create(account_no="REAL-1", customer=customer)
    ImportBatch.objects.create(
        received_at="2026-11-24T06:00:00+08:00", received_name="x.csv", sha256="0" * 64, state="applied"
    )

    with pytest.raises(NotADemo):
        show(console, as_of=AS_OF, seed=0, scale=0.05)

    assert Customer.objects.get().customer_no == "REAL-1"
