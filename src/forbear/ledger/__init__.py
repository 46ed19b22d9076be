"""What is owed and how late: canonical tables, arrears as of any day, classes, roll rates, payment allocation."""

from __future__ import annotations

from forbear.ledger.allocation import COMPONENTS, Allocation, allocate, share_among_debts
from forbear.ledger.arrears import Arrears, arrears
from forbear.ledger.book import Book, make_book, statement_faults
from forbear.ledger.classes import (
    CLASSES,
    MEASURES_2023,
    NOT_IN_FORCE,
    ORDER_2011,
    Classes,
    classify,
    in_force,
)
from forbear.ledger.corrections import Wrong, what_was_wrong, wrong_days
from forbear.ledger.from_tables import TableBook, book_from_tables
from forbear.ledger.minimum import Billed, MinimumRule, late_fee, minimum_due, minimum_rule
from forbear.ledger.monthly import (
    Marks,
    Month,
    bad_letters,
    cured_between,
    is_bad,
    is_month_end,
    month_ends,
    month_of,
    shifted,
    strings,
)
from forbear.ledger.movement import ABSENT, Movement, RollRates, movement, roll_rates
from forbear.ledger.orders import BETWEEN_DEBTS, BOUNDARY, CONTEXTS, PaymentOrder, order_names, payment_order
from forbear.ledger.owed import OWED
from forbear.ledger.rule import COUNTED_FROM, ArrearsRule, arrears_rule
from forbear.ledger.schedules import Schedules, instalments, schedules

__all__ = [
    "ABSENT",
    "BETWEEN_DEBTS",
    "BOUNDARY",
    "CLASSES",
    "COMPONENTS",
    "CONTEXTS",
    "COUNTED_FROM",
    "MEASURES_2023",
    "NOT_IN_FORCE",
    "ORDER_2011",
    "OWED",
    "Allocation",
    "Arrears",
    "ArrearsRule",
    "Billed",
    "Book",
    "Classes",
    "Marks",
    "MinimumRule",
    "Month",
    "Movement",
    "PaymentOrder",
    "RollRates",
    "Schedules",
    "TableBook",
    "Wrong",
    "allocate",
    "arrears",
    "arrears_rule",
    "bad_letters",
    "book_from_tables",
    "classify",
    "cured_between",
    "in_force",
    "instalments",
    "is_bad",
    "is_month_end",
    "late_fee",
    "make_book",
    "minimum_due",
    "minimum_rule",
    "month_ends",
    "month_of",
    "movement",
    "order_names",
    "payment_order",
    "roll_rates",
    "schedules",
    "share_among_debts",
    "shifted",
    "statement_faults",
    "strings",
    "what_was_wrong",
    "wrong_days",
]  # fmt: skip
