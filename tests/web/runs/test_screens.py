"""The screens of runs: who may see them, what they show, and that looking at a person is logged."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from tests.web.runs.conftest import AS_OF

from forbear.web.intake.models import ImportBatch
from forbear.web.people.models import AccessLog, Role, User
from forbear.web.runs.models import DayRun, Outcome
from forbear.web.runs.services import run_day


@pytest.fixture
def run(book: ImportBatch, home: Path) -> DayRun:
    return run_day(AS_OF, home=home).run


def signed_in(role: str, language: str = "en") -> Client:
    user = User.objects.create_user(
        username=role,
        password="not-a-real-password",
        display_name=role,
        staff_no=role,
        role=role,
        language=language,
    )
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = language
    return client


def test_the_list_links_each_run(run: DayRun) -> None:
    page = signed_in(Role.MANAGER).get(reverse("runs")).content.decode()
    assert reverse("run", args=[run.pk]) in page
    assert run.inputs_digest[:12] in page


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_summary_shows_steps_charts_batches_and_proof(run: DayRun, language: str) -> None:
    page = signed_in(Role.ANALYST, language).get(reverse("run", args=[run.pk])).content.decode()
    for chart in ("outcomes", "capacity", "prices", "refused", "seconds"):
        assert f'id="{chart}"' in page
    assert "notice_1" in page
    assert "300" in page
    expected = {"en": "accounts in = outcomes out", "zh-hans": "读入账户数 = 结果数"}[language]
    assert expected in page


def test_why_a_call_shows_what_each_step_was_worth(run: DayRun) -> None:
    called = Outcome.objects.filter(run=run, outcome="call").select_related("account").first()
    assert called is not None
    client = signed_in(Role.MANAGER)
    page = client.post(
        reverse("run_account", args=[run.pk]), {"account": called.account.account_no}
    ).content.decode()
    assert "Chosen" in page
    assert AccessLog.objects.filter(customer_id=called.customer_id, what="run").count() == 1


def test_an_unknown_account_is_said_to_be_unknown(run: DayRun) -> None:
    page = (
        signed_in(Role.MANAGER)
        .post(reverse("run_account", args=[run.pk]), {"account": "A-none"})
        .content.decode()
    )
    assert "A-none" in page
    assert not AccessLog.objects.exists()


def test_a_cleared_folder_leaves_the_outcome_readable(run: DayRun, home: Path) -> None:
    import shutil

    shutil.rmtree(home / "runs")
    client = signed_in(Role.MANAGER)
    assert client.get(reverse("run", args=[run.pk])).status_code == 200
    called = Outcome.objects.filter(run=run, outcome="call").select_related("account").first()
    assert called is not None
    page = client.post(reverse("run_account", args=[run.pk]), {"account": called.account.account_no})
    assert page.status_code == 200


@pytest.mark.parametrize("role", [Role.COLLECTOR, Role.FIELD, Role.LEGAL])
def test_those_who_work_cases_do_not_see_the_runs(run: DayRun, role: str) -> None:
    assert signed_in(role).get(reverse("runs")).status_code == 403


def test_a_failed_run_shows_its_error(book: ImportBatch, home: Path) -> None:
    from datetime import date

    from forbear.packs import NoLawInForce

    with pytest.raises(NoLawInForce):
        run_day(AS_OF, law_on=date(2005, 10, 1), home=home)
    page = signed_in(Role.MANAGER).get(reverse("run", args=[DayRun.objects.get().pk])).content.decode()
    assert "NoLawInForce" in page
