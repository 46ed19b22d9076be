"""Why an amount is what it is, for those who may see it; and the desk of differences with the bank."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.urls import reverse
from pypdf import PdfReader
from tests.web.cases.bank import moment

from forbear.web.ledger import selectors, services
from forbear.web.ledger.models import Comparison, Difference, DifferenceNote, Reason
from forbear.web.people.models import AccessLog, Role, User
from forbear.web.runs.services import held_against_bank

JUNE = date(2026, 6, 5)
AT = moment("2026-06-10", "12:00:00")


def test_the_amount_is_the_hand_computed_one_with_its_formula(account):
    found = selectors.why(account, as_of=JUNE, lang="en")

    # 10,000.00 x 0.05 % x 31 (05-06 to 06-05) = 155.00; late fee 5 % of 1,000.00 = 50.00
    assert (found.balance["principal"], found.balance["interest"], found.balance["late_fee"]) == (
        1_000_000,
        15_500,
        5_000,
    )
    assert found.lines[0].formula == "10,000.00 × 0.05% × 31 days (2026-05-06 to 2026-06-05) = 155.00"
    assert found.posted_minor == 1_020_500
    chinese = selectors.why(account, as_of=JUNE, lang="zh").lines[0].formula
    assert chinese == "10,000.00 × 0.05% × 31天（2026-05-06至2026-06-05） = 155.00"


def test_an_entry_booked_late_counts_from_its_value_day_and_only_once_known(bank, account):
    bank.pays(account, 100_000, value="2026-05-20", booked="2026-06-08")

    before = selectors.why(account, as_of=date(2026, 6, 7), lang="en")
    after = selectors.why(account, as_of=date(2026, 6, 8), lang="en")

    assert before.balance["interest"] == 15_500
    # 10,000.00 x 14 days and 9,000.00 x 17 days at 0.05 % = 70.00 + 76.50; the minimum was met, so no late fee
    assert (after.balance["interest"], after.balance["late_fee"]) == (14_650, 0)


def test_a_reversed_file_never_was(bank, account):
    paid = bank.pays(account, 100_000, value="2026-05-20")
    bank.reverses_file(paid)

    assert selectors.why(account, as_of=JUNE, lang="en").balance["interest"] == 15_500


def test_what_will_be_owed_in_30_and_90_days_grows(account):
    found = selectors.why(account, as_of=date(2026, 6, 10), lang="en")

    assert found.total_minor < found.forecast_on(30) < found.forecast_on(90)
    # next statement on 07-05: 30 days on 10,000.00 and on the 155.00 posted, late fee 5 % of the minimum 2,155.00
    ahead = found.forecast
    posted = {str(day): int(fee) for day, fee in zip(ahead.on, ahead.late_fee_minor, strict=True)}
    assert posted["2026-07-10"] == 5_000 + 10_775


def test_an_account_without_anything_owes_nothing_and_says_so(bank, manager):
    empty = bank.account(bank.customer())

    page = manager.get(reverse("ledger_why", args=[empty.pk]))

    assert page.status_code == 200
    assert "neither figures nor entries" in page.content.decode()


def test_the_page_shows_lines_parts_and_leaves_a_row_in_the_access_log(account, manager):
    page = manager.get(reverse("ledger_why", args=[account.pk]), {"on": "2026-06-05"})

    words = page.content.decode()
    assert "10,000.00 × 0.05% × 31 days" in words
    assert "10,205.00" in words
    assert "rates unverified" in words
    assert "张伟明" not in words
    assert (
        AccessLog.objects.filter(user__username="zhao", what="why_amount", customer=account.customer).count()
        == 1
    )


@pytest.mark.parametrize("day", ["2026-06-11", "yesterday", "2026-02-30"])
def test_a_day_to_come_or_no_day_is_not_found(account, manager, day):
    assert manager.get(reverse("ledger_why", args=[account.pk]), {"on": day}).status_code == 404


def test_a_collector_sees_no_amount_before_the_identity_is_confirmed(account, collector):
    page = collector.get(reverse("ledger_why", args=[account.pk]))

    assert page.status_code == 403
    assert "10,000.00" not in page.content.decode()


def test_legal_sees_accounts_that_have_a_case_and_no_others(account, legal):
    assert legal.get(reverse("ledger_why", args=[account.pk])).status_code == 403


def test_the_statement_is_a_pdf_with_the_same_figures_and_a_masked_name(account, manager):
    made = manager.get(reverse("ledger_statement", args=[account.pk]), {"on": "2026-06-05"})

    assert made["Content-Type"] == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(made.content)).pages)
    assert "10,205.00" in text.replace("\n", "")
    assert "张伟明" not in text
    assert "is missing here" not in text  # the bank's own figures say what came before


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "Whatwasowedbeforethefirstofthem,ifanything,ismissinghere"),
        ("zh-hans", "不含首笔流水之前的欠款"),
    ],
)
def test_the_statement_says_when_what_came_before_the_first_entry_is_missing(
    bank, manager, language: str, says: str
) -> None:
    bare = bank.account(bank.customer())
    User.objects.filter(pk=bank.lead.pk).update(language=language)
    made = manager.get(reverse("ledger_statement", args=[bare.pk]), {"on": "2026-06-05"})

    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(made.content)).pages)
    assert says in "".join(text.split())


# The desk of differences


def test_equal_figures_are_no_difference(bank, account):
    bank.position(account, "2026-06-05", principal=1_000_000, interest=15_500, late_fee=5_000)

    made = services.compare(data_on=JUNE, at=AT)

    assert (made.accounts, made.equal, made.different, made.not_comparable) == (1, 1, 0, 0)
    assert not Difference.objects.exists()


def test_one_cent_is_a_difference_and_looks_like_rounding(bank, account):
    bank.position(account, "2026-06-05", principal=1_000_000, interest=15_501, late_fee=5_000)

    made = services.compare(data_on=JUNE, at=AT)

    assert (made.different, made.difference_minor) == (1, 1)
    found = Difference.objects.get()
    assert (found.suggested, found.bank_minor[1], found.ours_minor[1]) == (Reason.ROUNDING, 15_501, 15_500)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"principal": 1_000_000, "interest": 12_400, "late_fee": 5_000}, Reason.RATE),
        ({"principal": 1_000_000, "interest": 15_500, "late_fee": 9_000}, Reason.FEE),
        ({"principal": 900_000, "interest": 15_500, "late_fee": 5_000}, Reason.MISSING_ENTRY),
    ],
)
def test_the_reason_suggested_fits_what_differs(bank, account, parts, reason):
    bank.position(account, "2026-06-05", **parts)
    services.compare(data_on=JUNE, at=AT)

    assert Difference.objects.get().suggested == reason


def test_an_account_with_nothing_earlier_is_counted_as_not_comparable(bank):
    new = bank.account(bank.customer())
    bank.position(new, "2026-06-05", principal=500)

    made = services.compare(data_on=JUNE, at=AT)

    assert (made.accounts, made.not_comparable, made.different) == (1, 1, 0)


def test_an_entry_that_comes_late_closes_the_difference_by_itself(bank, account):
    bank.position(account, "2026-06-05", principal=900_000, interest=14_650)
    services.compare(data_on=JUNE, at=AT)
    assert Difference.objects.get().closed_at is None

    bank.pays(account, 100_000, value="2026-05-20", booked="2026-06-05")
    services.compare(data_on=JUNE, at=AT)

    assert Difference.objects.get().closed_reason == Reason.EQUAL_NOW


def test_a_closed_difference_stays_closed_until_its_figures_change(bank, account, manager):
    bank.position(account, "2026-06-05", principal=1_000_000, interest=15_501, late_fee=5_000)
    services.compare(data_on=JUNE, at=AT)
    found = Difference.objects.get()
    services.close(
        difference=found, reason=Reason.ROUNDING, text="half even at the bank", by=bank.lead, at=AT
    )

    services.compare(data_on=JUNE, at=AT)
    assert Difference.objects.get().closed_reason == Reason.ROUNDING
    bank.position(account, "2026-06-05", principal=1_000_000, interest=15_502, late_fee=5_000)
    services.compare(data_on=JUNE, at=AT)

    assert Difference.objects.get().closed_at is None


def test_the_desk_lists_assigns_notes_and_closes_with_a_reason(bank, account, manager):
    bank.position(account, "2026-06-05", principal=1_000_000, interest=15_501, late_fee=5_000)
    manager.post(reverse("ledger_compare"))
    found = Difference.objects.get()
    address = reverse("ledger_difference", args=[found.pk])

    assert account.account_no in manager.get(reverse("ledger")).content.decode()
    assert manager.post(address, {"action": "close", "text": ""}).status_code == 422
    manager.post(address, {"action": "take"})
    manager.post(address, {"action": "note", "text": "asked the bank"})
    manager.post(address, {"action": "close", "reason": "rounding", "text": "half even at the bank"})

    found.refresh_from_db()
    assert (found.assigned_to, found.closed_by, found.closed_reason) == (bank.lead, bank.lead, "rounding")
    assert list(DifferenceNote.objects.values_list("action", flat=True)) == ["assign", "note", "close"]
    with pytest.raises(services.AlreadyClosed):
        services.close(difference=found, reason="rate", text="again", by=bank.lead, at=AT)
    assert Comparison.objects.get().by == bank.lead


def test_a_difference_is_handed_over_only_to_somebody_who_settles_them(bank, account, manager):
    bank.position(account, "2026-06-05", principal=1_000_000, interest=15_501, late_fee=5_000)
    services.compare(data_on=JUNE, at=AT)
    found = Difference.objects.get()
    address = reverse("ledger_difference", args=[found.pk])
    other = bank.person("qian", Role.MANAGER)

    assert manager.post(address, {"action": "give"}).status_code == 422
    refused = manager.post(address, {"action": "give", "to": bank.collector.pk}, follow=True).content.decode()
    found.refresh_from_db()
    assert "does not settle differences" in refused
    assert found.assigned_to is None
    manager.post(address, {"action": "give", "to": other.pk})
    found.refresh_from_db()
    assert found.assigned_to == other
    assert list(selectors.who_settles(bank.lead)) == [other]


def test_the_day_holds_the_ledger_against_the_banks_newest_figures(bank, account, stop_clock):
    assert held_against_bank(date(2026, 5, 1)) is None
    bank.position(account, "2026-06-05", principal=1_000_000, interest=15_501, late_fee=5_000)

    held = held_against_bank(date(2026, 6, 10))

    assert held == {
        "data_on": "2026-06-05", "accounts": 1, "equal": 0, "different": 1, "not_comparable": 0, "difference_minor": 1
    }  # fmt: skip
    assert Comparison.objects.get().by is None


@pytest.mark.parametrize("name", ["ledger", "ledger_compare"])
def test_a_collector_has_no_business_at_the_desk_of_differences(collector, name):
    answer = collector.get(reverse(name)) if name == "ledger" else collector.post(reverse(name))

    assert answer.status_code == 403


def test_comparing_without_any_figures_says_what_to_do(manager, bank):
    page = manager.post(reverse("ledger_compare"), follow=True)

    assert "import an overdue list first" in page.content.decode()


def test_figures_of_a_statement_day_bring_their_interest_forward(bank, account):
    bank.position(account, "2026-06-05", principal=1_000_000, interest=15_500, late_fee=5_000)
    bank.statement(account, "2026-07-05", "2026-07-23", 300_000)

    found = selectors.why(account, as_of=date(2026, 7, 6), lang="en")

    # W5's second month: 10,000.00 x 30 days = 150.00 and 155.00 x 30 days = 2.325
    assert str(found.anchored_on) == "2026-06-05"
    assert (found.balance["interest"], found.balance["compound"]) == (30_500, 233)
