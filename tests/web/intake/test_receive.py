"""Files in: what becomes of a file and of each of its rows."""

from __future__ import annotations

import pytest
from tests.web.intake.files import at, csv_bytes, overdue, overdue_row, payment_row, payments

from forbear.web.cases.models import Case
from forbear.web.cases.owed import composition
from forbear.web.intake.models import BatchState, RowIssue
from forbear.web.intake.services import reverse_batch
from forbear.web.portfolio.models import (
    Account,
    ContactPoint,
    Customer,
    LedgerEntry,
    NumberBlock,
    Position,
    StandingEntry,
    StandingPosition,
)

pytestmark = pytest.mark.django_db
LIST = "CC_OVD_20261124_001.csv"
PAID = "CC_PAY_20261124_001.csv"


def issues(batch, severity="error"):
    return list(batch.issues.filter(severity=severity).values_list("row_no", "rule"))


def test_an_overdue_list_brings_people_accounts_positions_and_cases(receive) -> None:
    batch = receive(LIST, overdue([overdue_row(n) for n in range(1, 6)]))
    assert (batch.state, batch.rows_read, batch.rows_applied, batch.rows_quarantined) == ("applied", 5, 5, 0)
    assert Customer.objects.count() == Account.objects.count() == StandingPosition.objects.count() == 5
    assert Case.objects.filter(closed_on=None, state="new").count() == 5


def test_two_accounts_of_one_customer_are_one_case(receive) -> None:
    receive(LIST, overdue([overdue_row(1), overdue_row(1, 账户号="A000900")]))
    assert (Customer.objects.count(), Account.objects.count(), Case.objects.count()) == (1, 2, 1)


def test_an_account_that_is_not_late_opens_no_case(receive) -> None:
    receive(LIST, overdue([overdue_row(1, dpd=0)]))
    assert Case.objects.count() == 0


def test_the_same_file_twice_changes_nothing(receive) -> None:
    data = overdue([overdue_row(1)])
    receive(LIST, data)
    again = receive(LIST, data)
    assert again.state == BatchState.DUPLICATE
    assert again.refusal["rule"] == "same_file"
    assert Position.objects.count() == Case.objects.count() == 1


def test_a_corrected_delivery_writes_only_what_differs(receive) -> None:
    receive(LIST, overdue([overdue_row(1), overdue_row(2)]))
    corrected = receive(LIST, overdue([overdue_row(1), overdue_row(2, principal=900)]))
    assert (corrected.state, corrected.rows_applied) == (BatchState.APPLIED, 2)
    assert (corrected.counts["positions"]["created"], corrected.counts["positions"]["known"]) == (1, 1)
    assert StandingPosition.objects.count() == 2
    assert StandingPosition.objects.get(account__account_no="A000002").total_minor == 915_00


def test_an_older_list_after_a_newer_is_held(receive) -> None:
    receive("CC_OVD_20261124_001.csv", overdue([overdue_row(1, 客户姓名="张新")]))
    older = receive("CC_OVD_20261123_001.csv", overdue([overdue_row(1, on="20261123", 客户姓名="张旧")]))
    assert (older.state, older.refusal["rule"]) == (BatchState.SUPERSEDED, "older_file")
    assert Position.objects.count() == 1


def test_an_older_list_forced_in_adds_its_day_but_overwrites_nobody(receive) -> None:
    receive("CC_OVD_20261124_001.csv", overdue([overdue_row(1, 客户姓名="张新")]))
    rows = [overdue_row(n, on="20261123", 客户姓名="张旧") for n in (1, 2)]
    older = receive("CC_OVD_20261123_001.csv", overdue(rows), force=True)
    assert (older.state, older.rows_applied) == (BatchState.APPLIED, 2)
    assert list(Customer.objects.order_by("customer_no").values_list("name", flat=True)) == ["张新", "张旧"]
    assert StandingPosition.objects.count() == 3


def test_older_repayments_are_still_facts(receive) -> None:
    receive(LIST, overdue([overdue_row(1)]))
    receive("CC_PAY_20261124_001.csv", payments([payment_row("T2", 1, "10.00")]))
    late = receive("CC_PAY_20261120_001.csv", payments([payment_row("T1", 1, "20.00", on="20261120")]))
    assert late.state == BatchState.APPLIED
    assert sum(StandingEntry.objects.values_list("amount_minor", flat=True)) == 30_00


def test_two_files_swapped_are_refused_with_what_to_do(receive) -> None:
    swapped = receive(
        "CC_OVD_20261124_001.csv", payments([payment_row("T1", 1, "10.00")]), layout="overdue_list"
    )
    assert swapped.state == BatchState.REFUSED
    assert swapped.refusal["message"]["zh"]
    assert swapped.refusal["suggestion"]["en"]
    assert (Customer.objects.count(), LedgerEntry.objects.count()) == (0, 0)


def test_a_file_like_nothing_we_know_is_refused(receive) -> None:
    batch = receive("holiday.csv", csv_bytes(["colour", "taste"], [["red", "sweet"]]))
    assert (batch.state, batch.refusal["rule"]) == (BatchState.REFUSED, "unknown_layout")


def test_an_empty_file_is_refused(receive) -> None:
    assert receive(LIST, b"").state == BatchState.REFUSED


def test_a_payment_for_an_unknown_account_waits_until_the_account_arrives(receive) -> None:
    paid = receive(PAID, payments([payment_row("T1", 7, "200.00")]))
    assert (paid.rows_read, paid.rows_applied, paid.rows_quarantined) == (1, 0, 1)
    assert issues(paid) == [(2, "unknown_account")]
    receive(LIST, overdue([overdue_row(7)]))
    entry = StandingEntry.objects.get()
    assert (entry.amount_minor, entry.batch.replay_of_id) == (200_00, paid.pk)
    assert RowIssue.objects.get(severity="error").resolution == "replayed"


def test_an_entry_in_two_overlapping_files_counts_once(receive) -> None:
    receive(LIST, overdue([overdue_row(1)]))
    receive(PAID, payments([payment_row("T1", 1, "10.00")]))
    second = receive(
        "CC_PAY_20261124_002.csv", payments([payment_row("T1", 1, "10.00"), payment_row("T2", 1, "5.00")])
    )
    assert (second.rows_applied, second.counts["entries"]["known"]) == (2, 1)
    assert sorted(StandingEntry.objects.values_list("amount_minor", flat=True)) == [5_00, 10_00]


def test_an_entry_number_with_another_amount_is_set_aside_naming_the_batch(receive) -> None:
    receive(LIST, overdue([overdue_row(1)]))
    first = receive(PAID, payments([payment_row("T1", 1, "10.00")]))
    second = receive("CC_PAY_20261124_002.csv", payments([payment_row("T1", 1, "11.00")]))
    assert issues(second) == [(2, "entry_conflict")]
    assert str(first.pk) in second.issues.get(severity="error").message["zh"]
    assert StandingEntry.objects.get().amount_minor == 10_00


def test_a_reversal_takes_the_payment_back_by_a_line_of_its_own(receive) -> None:
    receive(LIST, overdue([overdue_row(1)]))
    receive(PAID, payments([payment_row("T1", 1, "10.00")]))
    back = payment_row("T2", 1, "10.00", 交易码="冲正", 冲正标志="Y", 原流水号="T1")
    batch = receive("CC_PAY_20261124_002.csv", payments([back]))
    assert batch.rows_applied == 1, issues(batch)
    assert sum(StandingEntry.objects.values_list("amount_minor", flat=True)) == 0
    assert StandingEntry.objects.get(entry_no="T2").reverses_no == "T1"


POINTS = [
    "客户号",
    "类型",
    "号码或地址",
    "联系人姓名",
    "与本人关系",
    "来源",
    "是否预留",
    "更新日期",
    "是否有效",
    "免打扰标志",
]


def point(number: str, relation: str = "本人", **cells: str) -> list[str]:
    row = dict.fromkeys(POINTS, "") | {
        "客户号": "C000001", "类型": "本人手机" if relation == "本人" else "紧急联系人", "号码或地址": number,
        "与本人关系": relation, "来源": "申请表", "是否预留": "是", "是否有效": "是", "免打扰标志": "否",
    } | cells  # fmt: skip
    return [row[heading] for heading in POINTS]


def contacts(*rows: list[str]) -> bytes:
    return csv_bytes(POINTS, rows)


def test_a_blocked_number_comes_in_refused_whoever_delivers_it(receive) -> None:
    receive(LIST, overdue([overdue_row(1)]))
    receive("CC_CONT_20261124_001.csv", contacts(point("10013800001")))
    stored = ContactPoint.objects.get()
    assert stored.state == "unverified"
    NumberBlock.objects.create(
        value_index=stored.value_index, reason="third_party_refused", at=at("2026-11-24")
    )
    receive(
        "CC_OVD_20261125_001.csv", overdue([overdue_row(1, on="20261125"), overdue_row(2, on="20261125")])
    )
    receive(
        "CC_CONT_20261125_001.csv",
        contacts(point("10013800001", 更新日期="20261125"), point("10013800001", 客户号="C000002")),
    )
    assert set(ContactPoint.objects.values_list("customer__customer_no", "state")) == {
        ("C000001", "refused"),
        ("C000002", "refused"),
    }


def test_a_file_may_tighten_but_not_loosen(receive) -> None:
    receive(LIST, overdue([overdue_row(1)]))
    receive("CC_CONT_20261124_001.csv", contacts(point("10013800001", 免打扰标志="是")))
    ContactPoint.objects.update(state="wrong_person")
    receive("CC_CONT_20261125_001.csv", contacts(point("10013800001", 更新日期="20261125")))
    stored = ContactPoint.objects.get()
    assert (stored.do_not_contact, stored.state) == (True, "wrong_person")


def test_a_contact_point_of_nobody_known_waits_for_the_customer(receive) -> None:
    waiting = receive("CC_CONT_20261124_001.csv", contacts(point("10013800001")))
    assert issues(waiting) == [(2, "unknown_customer")]
    receive(LIST, overdue([overdue_row(1)]))
    assert ContactPoint.objects.count() == 1


def test_a_cell_too_long_to_store_sets_its_row_aside(receive) -> None:
    batch = receive(LIST, overdue([overdue_row(1), overdue_row(2, 客户姓名="长" * 500)]))
    assert batch.state == BatchState.APPLIED
    assert (batch.rows_applied, batch.rows_quarantined) == (1, 1)
    assert Customer.objects.count() == 1


def test_an_account_that_vanishes_without_payment_is_an_alert_not_a_cure(receive) -> None:
    receive("CC_OVD_20261123_001.csv", overdue([overdue_row(n, on="20261123") for n in (1, 2)]))
    batch = receive("CC_OVD_20261124_001.csv", overdue([overdue_row(1)]))
    assert list(batch.alerts.values_list("kind", "account__account_no")) == [
        ("vanished_unexplained", "A000002")
    ]
    assert Case.objects.get(customer__customer_no="C000002").state == "new"


def test_a_payment_that_arrives_after_the_list_explains_who_left_it(receive) -> None:
    receive("CC_OVD_20261123_001.csv", overdue([overdue_row(n, on="20261123") for n in (1, 2)]))
    batch = receive("CC_OVD_20261124_001.csv", overdue([overdue_row(1)]))
    receive("CC_PAY_20261124_001.csv", payments([payment_row("T1", 2, "100.00")]))  # the minimum due
    assert batch.alerts.get().kind == "cured"
    assert batch.alerts.get().settled_at


KINDS = {
    "利息": ("interest", -1), "复利": ("compound", -1), "违约金": ("late_fee", -1), "年费": ("fee", -1), "诉讼费": ("cost", -1),
    "律师费": ("cost", -1), "消费": ("purchase", -1), "取现": ("cash", -1), "退货": ("refund", 1), "息费减免": ("waiver", 1),
    "核销": ("write_off", 1), "还款": ("payment", 1), "核销后收回": ("recovery", 1),
}  # fmt: skip


def test_every_kind_of_entry_comes_in_with_its_sign_and_into_its_part(receive) -> None:
    """Court and lawyers' costs among them; a reversal of costs takes them back, and is no payment."""
    receive("CC_OVD_20261123_001.csv", overdue([overdue_row(1, on="20261123")]))
    (before,) = composition(Case.objects.get(), at("2026-11-24").date())
    rows = [payment_row(f"T{n}", 1, "10.00", 交易码=word) for n, word in enumerate(KINDS)]
    back = payment_row("R", 1, "10.00", 交易码="冲正", 冲正标志="是", 原流水号="T5")  # the lawyer's
    batch = receive(PAID, payments([*rows, back]))
    assert (batch.rows_applied, issues(batch)) == (len(rows) + 1, [])

    found = {entry.entry_no: (entry.kind, entry.amount_minor) for entry in StandingEntry.objects.all()}
    assert found == {f"T{n}": (kind, sign * 1000) for n, (kind, sign) in enumerate(KINDS.values())} | {
        "R": ("reversal", 1000)
    }
    (after,) = composition(Case.objects.get(), at("2026-11-24").date())
    parts = ("principal", "interest", "compound", "late_fee", "fee", "other")
    grew = {part: getattr(after, f"{part}_minor") - getattr(before, f"{part}_minor") for part in parts}
    assert grew == {
        "principal": 2000,
        "interest": 1000,
        "compound": 1000,
        "late_fee": 1000,
        "fee": 1000,
        "other": 1000,
    }
    assert (
        after.posted_since_minor == 4000
    )  # refund, waiver of no named part, payment, recovery; a write-off moves nothing


def test_a_new_case_knows_the_one_before(receive) -> None:
    receive(LIST, overdue([overdue_row(1)]))
    Case.objects.update(state="cured", closed_on=at("2026-11-24").date())
    receive("CC_OVD_20261225_001.csv", overdue([overdue_row(1, on="20261225")]), moment=at("2026-12-25"))
    old, new = Case.objects.order_by("pk")
    assert (new.previous_id, new.state, str(new.opened_on)) == (old.pk, "new", "2026-12-25")


def test_a_reversed_file_may_be_applied_again(receive) -> None:
    data = overdue([overdue_row(1), overdue_row(2)])
    first = receive(LIST, data)
    reverse_batch(batch=first, user=None, at=at("2026-11-24", "09:00"))
    assert StandingPosition.objects.count() == 0
    again = receive(LIST, data, moment=at("2026-11-24", "10:00"))
    assert (again.state, again.rows_applied) == (BatchState.APPLIED, 2)
    assert StandingPosition.objects.count() == 2
    assert Account.objects.count() == 2
    assert Case.objects.filter(closed_on=None).count() == 2
