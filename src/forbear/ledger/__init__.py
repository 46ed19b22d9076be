"""What is owed and how late: canonical tables, arrears as of any day, classes, roll rates, payment allocation."""

from __future__ import annotations

from forbear.ledger.arrears import Arrears, arrears
from forbear.ledger.book import Book, make_book, statement_faults
from forbear.ledger.classes import CLASSES, Classes, classify
from forbear.ledger.corrections import Wrong, what_was_wrong, wrong_days
from forbear.ledger.from_tables import TableBook, book_from_tables
from forbear.ledger.movement import ABSENT, Movement, RollRates, movement, roll_rates
from forbear.ledger.rule import ArrearsRule, arrears_rule

__all__ = [
    "ABSENT", "CLASSES", "Arrears", "ArrearsRule", "Book", "Classes", "Movement", "RollRates", "TableBook", "Wrong",
    "arrears", "arrears_rule", "book_from_tables", "classify", "make_book", "movement", "roll_rates",
    "statement_faults", "what_was_wrong", "wrong_days",
]  # fmt: skip
