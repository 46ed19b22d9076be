"""What is told of each month: no bad news without proof of notice, one outcome for every account, corrections by themselves."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from django.db import DatabaseError, transaction
from tests.web.cases.bank import Bank, day, moment
from tests.web.credit.diary import bills, corrections, letter, shown, tells, told

from forbear.channels.credit_bureau import read_records
from forbear.packs import shared_packs
from forbear.web.cases import services
from forbear.web.cases.models import Case, CaseState
from forbear.web.credit import files, notices, running, selectors
from forbear.web.credit.commands import credit
from forbear.web.credit.models import CreditCorrection, CreditLine, CreditNotice, CreditRun, CreditSpell
from forbear.web.credit.running import CreditRefused
from forbear.web.outbox.body import Body
from forbear.web.outbox.lint import blocked_by
from forbear.web.outbox.models import MessageState, OutboxMessage
from forbear.web.portfolio.models import Account, Statement

pytestmark = pytest.mark.django_db


@pytest.fixture
def late(bank: Bank) -> tuple[Case, Account]:
    """A debtor who pays nothing from the bill of April on."""
    customer = bank.customer(id_no_tail="0010")
    account = bank.account(customer)
    bills(bank, account)
    bank.number(customer)
    return services.open_case(customer, at=moment("2026-04-27")), account


def test_without_proof_of_notice_bad_news_is_refused_and_the_account_named(bank, late):
    _case, account = late
    run = tells("2026-04-30", "2026-05-02")
    assert letter(account, run) == ("1", False, "no_notice")
    assert run.counts == {"all": 1, "reported": {}, "withheld": {"no_notice": 1}, "corrections": {}}
    assert [line.account for line in selectors.withheld(bank.lead, run, "no_notice")] == [account]
    assert shown(account, "2026-04-30") == "#"


@pytest.mark.parametrize(
    ("served", "reported"),
    [("2026-04-22", False), ("2026-04-24", True), ("2026-05-01", True), ("2026-05-02", False)],
)
def test_the_notice_lies_within_the_spell_and_before_the_day_of_reporting(
    bank, late, keeper, served, reported
):
    case, account = late
    told(bank, case, served, keeper)
    run = tells("2026-04-30", "2026-05-02")
    assert letter(account, run)[1] is reported


def test_a_message_counts_once_its_receipt_says_delivered(late):
    case, account = late
    assert notices.plan_notices(at=moment("2026-04-28")).planned == 1
    message = OutboxMessage.objects.get(case=case)
    assert (message.purpose, message.template) == ("service", "credit_notice")
    assert letter(account, tells("2026-04-30", "2026-05-02"))[1] is False
    message.state, message.settled_at = MessageState.DELIVERED, moment("2026-05-03")
    message.save()
    assert letter(account, tells("2026-05-31", "2026-06-02")) == ("2", True, "")


def test_nobody_is_told_twice_in_a_spell(bank, late, keeper):
    case, _account = late
    assert notices.plan_notices(at=moment("2026-04-28")).planned == 1
    assert notices.plan_notices(at=moment("2026-04-29")).already == 1
    CreditNotice.objects.all().delete()
    told(bank, case, "2026-04-29", keeper)
    assert notices.plan_notices(at=moment("2026-04-30")) == notices.Told(0, 0, 0, 0)


def test_letters_go_up_month_by_month(bank, late, keeper):
    case, account = late
    told(bank, case, "2026-04-27", keeper)
    runs = [
        tells(*each)
        for each in (
            ("2026-04-30", "2026-05-02"),
            ("2026-05-31", "2026-06-02"),
            ("2026-06-30", "2026-07-02"),
            ("2026-07-31", "2026-08-02"),
        )
    ]
    assert [letter(account, run)[0] for run in runs] == ["1", "2", "3", "4"]
    line = CreditLine.objects.get(account=account, run=runs[-1])
    assert (line.history[-5:], line.dpd, line.class5) == ("#1234", 99, "substandard")


def test_a_backdated_payment_corrects_the_months_it_concerns_by_itself(bank, late, keeper):
    case, account = late
    told(bank, case, "2026-04-27", keeper)
    tells("2026-04-30", "2026-05-02"), tells("2026-05-31", "2026-06-02")
    bank.pays(account, 200_000, value="2026-05-20", booked="2026-06-10")
    run = tells("2026-06-30", "2026-07-02")
    assert corrections(account) == [("2026-05-31", "2", "N", "ledger")]
    assert (shown(account, "2026-04-30", "2026-05-31"), run.counts["corrections"]) == ("1N", {"ledger": 1})
    # What fell due in June is a new spell, which nobody was told of.
    assert letter(account, run) == ("1", False, "no_notice")


def test_a_payment_taken_back_later_does_not_rewrite_the_months_before(bank, late, keeper):
    case, account = late
    told(bank, case, "2026-04-27", keeper)
    paid = bank.pays(account, 100_000, value="2026-04-28")
    tells("2026-04-30", "2026-05-02"), tells("2026-05-31", "2026-06-02")
    bank.takes_back(paid, on="2026-06-10")
    tells("2026-06-30", "2026-07-02")
    assert corrections(account) == []


def test_a_file_reversed_after_the_month_corrects_it_only_where_a_notice_covers_it(bank, late, keeper):
    _case, account = late
    paid = bank.pays(account, 100_000, value="2026-04-22")
    run = tells("2026-04-30", "2026-05-02")
    assert letter(account, run) == ("N", True, "")
    type(paid.batch).objects.filter(pk=paid.batch_id).update(
        state="reversed", reversed_at=moment("2026-05-10")
    )
    running.correct_now(at=moment("2026-05-11"))
    assert (corrections(account), shown(account, "2026-04-30")) == ([], "N")


def test_corrections_between_two_months_go_out_in_a_file_of_their_own(bank, late, keeper):
    case, account = late
    told(bank, case, "2026-04-27", keeper)
    tells("2026-04-30", "2026-05-02")
    bank.pays(account, 100_000, value="2026-04-29", booked="2026-05-06")
    running.correct_now(at=moment("2026-05-07"))
    delta = files.write_delta(at=moment("2026-05-07"), by=keeper)
    rows = read_records(
        b"".join(files.opened(files.delta_path(delta), delta.bytes)), files.layout_at(moment("2026-05-07"))
    )
    assert [(row["account_no"], row["month"], row["old"], row["new"]) for row in rows] == [
        (account.account_no, "20260430", "1", "N")
    ]
    with pytest.raises(CreditRefused):
        files.write_delta(at=moment("2026-05-08"), by=keeper)


def test_the_file_holds_what_was_reported_and_nothing_else(bank, late, keeper):
    case, account = late
    other = bank.account(bank.customer("李四·古丽"), tail="1236")
    bills(bank, other)
    bank.pays(other, 100_000, value="2026-04-20")
    told(bank, case, "2026-04-27", keeper)
    quiet = bank.account(bank.customer("王五"))
    run = tells("2026-04-30", "2026-05-02")
    rows = read_records(b"".join(files.opened(files.month_path(run), run.bytes)), files.layout_at(run.at))
    assert {row["account_no"]: row["letter"] for row in rows} == {
        account.account_no: "1",
        other.account_no: "N",
        quiet.account_no: "A",
    }
    counts = run.counts
    assert sum(counts["reported"].values()) + sum(counts["withheld"].values()) == counts["all"] == 3
    assert files.month_path(run).read_bytes().find(account.account_no.encode()) == -1


def test_written_off_settled_and_ended(bank, late, keeper):
    case, account = late
    told(bank, case, "2026-04-27", keeper)
    tells("2026-04-30", "2026-05-02")
    Statement.objects.filter(account=account, statement_on__gt=day("2026-06-30")).delete()
    bank.pays(account, 2_000_000, value="2026-05-15", kind="write_off")
    assert letter(account, tells("2026-05-31", "2026-06-02"))[0] == "B"
    bank.pays(account, 2_000_000, value="2026-06-15", kind="recovery")
    assert letter(account, tells("2026-06-30", "2026-07-02")) == ("C", True, "")
    assert letter(account, tells("2026-07-31", "2026-08-02")) == ("C", False, "ended")
    spell = CreditSpell.objects.get(account=account)
    assert (spell.began_on, spell.ended_on, spell.worst, spell.delete_after) == (
        day("2026-04-24"), day("2026-06-15"), "B", day("2031-06-15"),
    )  # fmt: skip


def test_five_years_after_the_end_it_is_gone_from_string_and_file(bank, keeper):
    customer = bank.customer()
    account = bank.account(customer)
    bank.statement(account, "2021-01-05", "2021-01-23", 1_100_000)  # more than the one-off repair would hide
    case = services.open_case(customer, at=moment("2021-01-27"))
    told(bank, case, "2021-01-27", keeper)
    tells("2021-01-31", "2021-02-02")
    bank.pays(account, 1_100_000, value="2021-02-10")
    case.refresh_from_db()
    services.close_case(case, to=CaseState.CLOSED, at=moment("2021-02-11"), by=keeper, why="settled")
    Case.objects.filter(pk=case.pk).update(state=CaseState.SETTLED)
    tells("2021-02-28", "2021-03-02")
    on_the_last_day = tells("2026-01-31", "2026-02-10")
    assert letter(account, on_the_last_day) == ("C", False, "ended")
    assert CreditSpell.objects.get(account=account).gone_on is None
    after = tells("2026-02-28", "2026-03-02")
    assert letter(account, after) == ("C", False, "over")
    assert CreditSpell.objects.get(account=account).gone_on == day("2026-03-02")
    assert selectors.record_of(customer, day("2026-03-02"))[0].shown_until == []


def test_the_closed_repair_window_hides_what_it_covers_and_nothing_later(bank, keeper):
    accounts = []
    for paid in ("2025-11-20", "2026-01-10", "2026-04-01"):
        customer = bank.customer()
        account = bank.account(customer)
        bank.statement(account, "2025-10-05", "2025-10-23", 100_000)
        told(
            bank,
            services.open_case(customer, at=moment("2025-10-27")),
            "2025-10-27",
            keeper,
            paid.encode().join([b"%PDF-", b""]),
        )
        bank.pays(account, 1_000_000, value=paid)
        accounts.append(account)
    tells("2025-10-31", "2025-11-02")
    (
        tells("2025-11-30", "2025-12-02"),
        tells("2025-12-31", "2026-01-02"),
        tells("2026-01-31", "2026-02-02"),
        tells("2026-02-28", "2026-03-02"),
    )
    first, second, third = accounts
    assert shown(first, "2025-10-31") == "*"
    assert corrections(first)[0][3] == "repair"
    assert shown(second, "2025-10-31", "2025-11-30", "2025-12-31") == "***"
    tells("2026-03-31", "2026-04-02"), tells("2026-04-30", "2026-05-02")
    assert shown(third, "2025-10-31") == "1"
    assert CreditSpell.objects.get(account=third).hidden_by is None


@pytest.mark.parametrize(
    ("month", "on"),
    [("2026-04-29", "2026-05-02"), ("2026-05-31", "2026-05-31"), ("2026-04-30", "2026-04-30")],
)
def test_a_month_is_told_once_it_is_over(late, month, on):
    with pytest.raises(CreditRefused):
        running.begin(day(month), at=moment(on), by=None)


def test_a_month_is_told_once_and_in_order(late):
    tells("2026-05-31", "2026-06-02")
    for month in ("2026-05-31", "2026-04-30"):
        with pytest.raises(CreditRefused, match="2026-05"):
            running.begin(day(month), at=moment("2026-06-03"), by=None)


def test_a_run_that_was_killed_left_nothing_and_is_begun_again(late, monkeypatch):
    broken = running.begin(day("2026-04-30"), at=moment("2026-05-02"), by=None)
    monkeypatch.setattr(running, "finish", lambda run: (_ for _ in ()).throw(RuntimeError("killed")))
    with pytest.raises(RuntimeError):
        running.run_month(broken)
    monkeypatch.undo()
    assert not CreditLine.objects.exists()
    tells("2026-04-30", "2026-05-03")
    assert CreditRun.objects.count() == 1


def test_what_was_told_is_never_changed(late):
    run = tells("2026-04-30", "2026-05-02")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        CreditLine.objects.filter(run=run).update(letter="N")
    CreditCorrection.objects.create(
        account=late[1], month=day("2026-04-30"), old="1", new="N", cause="ledger", at=moment("2026-05-03")
    )
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        CreditCorrection.objects.all().delete()


def test_the_debtor_reads_it_in_plain_words(bank, late, keeper):
    case, _account = late
    told(bank, case, "2026-04-27", keeper)
    tells("2026-04-30", "2026-05-02")
    (said,) = selectors.record_of(case.customer, day("2026-05-02"))
    assert [(each.text, each.bad) for each in said.sentences] == [("月底时晚还了不到一个月", True)]
    assert not any(word in each.text for each in said.sentences for word in ("逾期", "呆账"))


def test_the_notice_passes_the_lint_of_messages_in_both_languages(late):
    on = moment("2026-04-28")
    words = shared_packs().value("house/credit/notice_text", on.date())[0]
    for lang in ("zh-hans", "en"):
        said = words[lang].format(
            bank="示例银行", card_tail="0014", last_day="2026-04-30", hotline="100-0000"
        )
        assert blocked_by(Body(said), "sms", "debtor", on) == ()


def test_the_command_tells_a_month_once(late, runner, tmp_path, settings):
    settings.FORBEAR_CLOCK_AT = moment("2026-05-02")
    done = runner.invoke(
        credit, ["report", "--as-of", "2026-04-30", "--json", "--out", str(tmp_path / "m.txt")]
    )
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["withheld"] == {"no_notice": 1}
    assert (tmp_path / "m.txt").read_bytes().startswith(b"H|M|")
    assert runner.invoke(credit, ["report", "--as-of", "2026-04-30"]).exit_code == 1
    assert "1 planned" in runner.invoke(credit, ["notices"]).output
    assert runner.invoke(credit, ["correct"]).exit_code == 1


@pytest.fixture
def runner(monkeypatch):
    monkeypatch.setattr("forbear.web.credit.commands.call_command", lambda *_given, **_named: None)
    return CliRunner()
