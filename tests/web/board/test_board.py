"""The board: right sums, honest denominators, few queries, and a drawn empty state."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from forbear.web.board import charts, selectors
from forbear.web.board.selectors import Span
from forbear.web.cases.models import Case, Promise
from forbear.web.contact.models import ContactAttempt, GateDecision
from forbear.web.people import services
from forbear.web.people.models import Role, User
from forbear.web.portfolio.models import Customer
from forbear.web.runs.models import DayRun, DayStep, QueueItem, RollRate

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE)
WEEK = Span(TODAY - timedelta(days=6), TODAY)
PAGES = ("/board/", "/board/flow/", "/board/contact/", "/board/team/", "/board/runs/")


@pytest.fixture(autouse=True)
def stopped_clock(settings):
    settings.FORBEAR_CLOCK_AT = NOW


def staff(username: str, role: str, **more) -> User:
    return services.create_staff(
        username=username, password="a long enough phrase", display_name=username, staff_no=username, role=role, language="en", **more
    )  # fmt: skip


@pytest.fixture
def manager(client):
    user = staff("zhou", Role.MANAGER)
    client.force_login(user)
    return user


@pytest.fixture
def chen():
    return staff("chen", Role.COLLECTOR, skill_group="early")


def a_case(number: int, **more) -> Case:
    customer = Customer.objects.create(customer_no=f"C{number}", name="张伟明")
    return Case.objects.create(customer=customer, **{"opened_on": TODAY, "past_due_minor": 10_000} | more)


def a_run(as_of: date = TODAY, **more) -> DayRun:
    given = {"law_on": as_of, "inputs_digest": str(as_of), "state": "committed", "started_at": NOW} | more
    return DayRun.objects.create(as_of=as_of, **given)


def a_promise(
    case: Case, by: User, due_on: date, state: str, amount: int = 50_000, received: int = 0
) -> Promise:
    return Promise.objects.create(
        case=case, amount_minor=amount, due_on=due_on, grace_days=0, pay_channel="transfer", made_on=due_on,
        made_at=NOW, made_by=by, state=state, received_minor=received,
    )  # fmt: skip


def a_try(case: Case, at: datetime, **more) -> ContactAttempt:
    return ContactAttempt.objects.create(
        customer=case.customer, case=case, channel="voice", at=at, local_day=at.date(), **more
    )


def a_refusal(
    case: Case, at: datetime, *rules: str, sequence: int = 1, by: User | None = None, kept: str = ""
) -> GateDecision:
    reasons = [{"rule": rule, "article": "1", "effect": "refuse"} for rule in rules]
    reasons += [{"rule": kept, "article": "2", "effect": "note"}] if kept else []
    return GateDecision.objects.create(
        at=at, customer=case.customer, case=case, channel="voice", purpose="collect", party="debtor", asked_by=by,
        answer="refused", rules=[each["rule"] for each in reasons], reply={"answer": "refused", "reasons": reasons},
        facts={}, sequence=sequence, previous_hash=b"", hash=b"",
    )  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_an_empty_system_says_what_to_do_first(client, manager, address):
    page = client.get(address)

    assert page.status_code == 200
    assert "state" in page.content.decode()
    assert "data-chart" not in page.content.decode()


def test_waiting_cases_age_from_the_last_try_else_from_their_opening(chen):
    run = a_run()
    never_tried = a_case(1, opened_on=TODAY - timedelta(days=5))
    tried_today = a_case(2, opened_on=TODAY - timedelta(days=5))
    done = a_case(3, opened_on=TODAY - timedelta(days=30))
    for rank, case in enumerate((never_tried, tried_today, done)):
        QueueItem.objects.create(
            run=run, case=case, queue="early", rank=rank, band="fresh", done_at=NOW if case is done else None
        )
    a_try(tried_today, NOW)

    rows = selectors.queue_ageing(run, TODAY)

    assert [(row["band"], row["cases"], row["past_due_minor"]) for row in rows] == [
        (0, 1, 10_000),
        (3, 1, 10_000),
    ]


@pytest.mark.parametrize(
    ("days", "band"), [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (7, 3), (8, 4), (14, 4), (15, 5), (400, 5)]
)
def test_the_bands_of_waiting_begin_where_their_words_say(days, band):
    run = a_run()
    case = a_case(1, opened_on=TODAY - timedelta(days=days))
    QueueItem.objects.create(run=run, case=case, queue="late", rank=1, band="fresh")

    assert selectors.queue_ageing(run, TODAY)[0]["band"] == band


def test_promises_are_summed_by_day_and_state_without_superseded_ones(chen):
    case = a_case(1)
    a_promise(case, chen, TODAY, "kept", 50_000, received=50_000)
    a_promise(case, chen, TODAY, "kept", 10_000, received=10_000)
    a_promise(case, chen, TODAY, "open", 30_000)
    a_promise(case, chen, TODAY, "superseded", 99_999)
    a_promise(case, chen, TODAY + timedelta(days=99), "open")

    rows = selectors.promises_by_day(WEEK)

    assert [
        (row["state"], row["promises"], row["promised_minor"], row["received_minor"]) for row in rows
    ] == [
        ("kept", 2, 60_000, 60_000),
        ("open", 1, 30_000, 0),
    ]


def test_the_kept_rate_counts_only_promises_that_have_matured(client, manager, chen):
    case = a_case(1)
    for state in ("kept", "kept", "kept", "partial", "broken", "open", "cancelled_by_hold"):
        a_promise(case, chen, TODAY, state)
    a_promise(case, chen, TODAY + timedelta(days=1), "kept")

    kept = client.get("/board/").context["kept"]

    assert (kept["kept"], kept["matured"]) == (3, 5)  # 3 / (3 kept + 1 partial + 1 broken) = 60 %
    assert kept["rate"] == 0.6


def test_a_refusal_by_two_rules_counts_under_both_and_a_kept_rule_under_none():
    case = a_case(1)
    a_refusal(case, NOW, "HOURS", "CALLS", kept="TRIES")
    a_refusal(case, NOW, "HOURS", sequence=2)
    a_refusal(case, NOW - timedelta(days=7), "OLD", sequence=3)

    rows = selectors.refusals_by_rule(WEEK)

    assert [(row["rule"], row["decisions"], row["people"]) for row in rows] == [
        ("HOURS", 2, 1),
        ("CALLS", 1, 1),
    ]


@pytest.mark.parametrize(
    ("language", "says"), [("en", "No collection between 22:00 and 08:00"), ("zh-hans", "除另有约定外")]
)
def test_a_rule_that_refused_is_told_by_what_it_says(client, manager, language, says):
    a_refusal(a_case(1), NOW, "GBT45251-HOURS", "GONE")
    User.objects.filter(username="zhou").update(language=language)
    drawn = next(each for each in client.get("/board/contact/").context["charts"] if each.name == "refusals")

    labels, hints = drawn.data["labels"], drawn.data["hints"]
    assert labels[0].startswith(says)
    assert hints[0].startswith(f"GBT45251-HOURS\n{says}")
    assert (labels[1], hints[1]) == ("GONE", "GONE")  # the packs no longer hold it
    assert [row[1] for row in drawn.rows] == ["GBT45251-HOURS", "GONE"]
    assert drawn.rows[0][0].startswith(says)


def test_the_hour_is_the_debtors_own():
    case = a_case(1)
    Customer.objects.filter(pk=case.customer_id).update(timezone="Asia/Tokyo")  # one hour ahead of Shanghai
    a_try(case, NOW, answered=True)
    a_refusal(case, NOW, "HOURS")

    assert selectors.by_hour(WEEK) == [{"hour": 11, "answered": 1, "unanswered": 0, "refused": 1}]


def test_the_team_is_listed_by_name_with_what_each_has(chen):
    run, bai = a_run(), staff("bai", Role.COLLECTOR, skill_group="early")
    case = a_case(1)
    QueueItem.objects.create(run=run, case=case, queue="early", rank=1, owner=chen, band="fresh")
    QueueItem.objects.create(run=run, case=case, queue="early", rank=2, owner=chen, band="fresh", done_at=NOW)
    a_try(case, NOW, staff=chen, party="P1")
    a_try(case, NOW - timedelta(days=1), staff=chen, party="P1")
    a_promise(case, chen, TODAY, "kept")
    a_promise(case, chen, TODAY, "broken")
    a_refusal(case, NOW, "HOURS", by=chen)

    rows = selectors.team_load(run, TODAY, WEEK)

    assert [row["display_name"] for row in rows] == ["bai", "chen"]
    assert {key: rows[1][key] for key in ("waiting", "done", "tries", "reached", "matured", "kept", "refused")} == {
        "waiting": 1, "done": 1, "tries": 1, "reached": 1, "matured": 2, "kept": 1, "refused": 1,
    }  # fmt: skip
    assert bai.display_name == rows[0]["display_name"]


def test_nobody_is_measured_by_money(client, manager, chen):
    a_promise(a_case(1), chen, TODAY, "kept", 12_345_67)

    assert "12,345.67" not in client.get("/board/team/").content.decode()
    assert not [name for name in selectors.team_load(None, TODAY, WEEK)[0] if name.endswith("_minor")]


def rate(run: DayRun, origin: str, target: str, accounts: int, balance_minor: int) -> RollRate:
    return RollRate.objects.create(
        run=run, from_bucket=origin, to_bucket=target, accounts=accounts, balance_minor=balance_minor
    )


def test_each_row_of_the_roll_rates_adds_up_to_the_whole():
    run = a_run()
    rates = [rate(run, "M1", "M2", 30, 900), rate(run, "M1", "cured", 60, 50), rate(run, "M1", "M1", 10, 50)]

    by_count = charts.roll_rates(rates, "accounts").data["values"]
    by_balance = charts.roll_rates(rates, "balance_minor").data["values"]

    assert by_count == [[0.1, 0.3, 0.6]]  # M1, M2, cured: 10, 30, 60 of 100
    assert by_balance == [[0.05, 0.9, 0.05]]  # 50, 900, 50 of 1,000


@pytest.mark.parametrize(
    ("origin", "target", "tone"),
    [
        ("M1", "M2", "soon"), ("M0", "M1", "soon"), ("new", "M1", "soon"), ("M1", "cured", "good"), ("M3", "settled", "good"),
        ("M2", "M2", "plain"), ("M3", "M2", "plain"), ("M1", "absent", "plain"),
    ],
)  # fmt: skip
def test_the_colour_of_a_movement_says_what_its_word_says(origin, target, tone):
    assert charts.tone(origin, target) == tone
    assert charts.movement_word(origin, target)


def test_the_flow_leaves_out_m0_that_stayed_but_its_table_does_not():
    run = a_run()
    chart = charts.bucket_flow([rate(run, "M0", "M0", 9000, 1), rate(run, "M0", "M1", 50, 1)], run)

    assert [link["value"] for link in chart.data["links"]] == [50]
    assert len(chart.rows) == 2


def test_the_flow_is_that_of_the_last_committed_run_of_the_bank(client, manager):
    rate(a_run(TODAY - timedelta(days=1)), "M1", "M2", 1, 1)
    rate(a_run(TODAY, state="failed"), "M1", "M2", 2, 1)
    rate(a_run(TODAY, portfolio="uci", inputs_digest="x"), "M1", "M2", 3, 1)

    assert client.get("/board/flow/").context["run"].as_of == TODAY - timedelta(days=1)


def filled(chen: User, size: int) -> None:
    run = a_run(TODAY - timedelta(days=size))
    for number in range(size):
        case = a_case(size * 1000 + number, opened_on=TODAY - timedelta(days=number))
        QueueItem.objects.create(run=run, case=case, queue="early", rank=number, owner=chen, band="fresh")
        a_promise(case, chen, TODAY - timedelta(days=number), "kept")
        a_try(case, NOW, staff=chen)
        a_refusal(case, NOW, f"RULE{number}")
        DayStep.objects.create(run=run, ordinal=number, step=f"step{number}", state="done", started_at=NOW)
        rate(run, "M1", f"M{number}", 1, 1)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_takes_the_same_few_queries_however_full_it_is(
    client, manager, chen, address, django_assert_max_num_queries
):
    filled(chen, 1)
    client.get(address)
    with django_assert_max_num_queries(10) as few:  # session, user and emergencies among them
        client.get(address)
    filled(chen, 12)
    with django_assert_max_num_queries(len(few)):
        client.get(address)


@pytest.mark.parametrize("days", ["7", "90", "1000", "x", "-1", ""])
def test_the_days_offered_are_the_only_ones(client, manager, days):
    span = client.get("/board/contact/", {"days": days}).context["span"]
    chosen = (span.last - span.first).days + 1
    assert chosen == (int(days) if days in ("7", "90") else 30)


def test_a_run_is_listed_with_its_steps_and_a_link(client, manager):
    run = a_run()
    DayStep.objects.create(run=run, ordinal=1, step="ageing", state="done", seconds=1.5, started_at=NOW)
    page = client.get("/board/runs/").content.decode()

    assert f"/runs/{run.pk}/" in page
    assert "Age the accounts" in page  # the step by its name, not its id
