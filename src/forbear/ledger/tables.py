"""Canonical tables: the shape every outside file takes before anything else in Forbear reads it.

`channels` produces them, `web` stores them, `nightly` computes over them. Money is int64 minor units
(fen for CNY) in columns named `*_minor`; dates are date32 and end in `_on`. Identity numbers, phones and
card numbers never appear in the clear here: a sealed value is three columns, `X_cipher` (AES-GCM, binary),
`X_index` (keyed HMAC-SHA256, binary, equal for equal values, so that shared numbers meet) and `X_tail`
(the last four characters, for the screen). See `forbear.privacy`.
"""

from __future__ import annotations

import pyarrow as pa

MINOR = pa.int64()
TEXT = pa.string()
DAY = pa.date32()
SEALED = (("cipher", pa.binary()), ("index", pa.binary()), ("tail", pa.string()))


def sealed(name: str) -> list[pa.Field]:
    """Return the three fields that stand for one sealed value."""
    return [pa.field(f"{name}_{part}", kind) for part, kind in SEALED]


CUSTOMERS = pa.schema(
    [
        pa.field("customer_no", TEXT, nullable=False),
        pa.field("name", TEXT, nullable=False),
        pa.field("id_type", TEXT),  # id_card, passport, military, hk_macao, taiwan, other
        *sealed("id_no"),
        pa.field("birth_on", DAY),
        pa.field("province", TEXT),
        pa.field("city", TEXT),
    ]
)

CONTACT_POINTS = pa.schema(
    [
        pa.field("customer_no", TEXT, nullable=False),
        pa.field("kind", TEXT, nullable=False),  # mobile, home_phone, work_phone, email, address
        *sealed("value"),
        pa.field(
            "relation", TEXT, nullable=False
        ),  # self, spouse, parent, child, colleague, guarantor, friend, other
        pa.field("person_name", TEXT),
        pa.field("source", TEXT, nullable=False),  # application, customer_update, statement, court
        pa.field("lawful_basis", TEXT, nullable=False),  # contract, consent, legal_duty (PIPL art. 13)
        pa.field("reserved", pa.bool_(), nullable=False),  # 预留: on file with the bank
        pa.field("valid", pa.bool_(), nullable=False),
        pa.field("do_not_contact", pa.bool_(), nullable=False),
        pa.field("updated_on", DAY),
    ]
)

ACCOUNTS = pa.schema(
    [
        pa.field("account_no", TEXT, nullable=False),
        pa.field("customer_no", TEXT, nullable=False),
        pa.field("org_no", TEXT),
        pa.field("product", TEXT, nullable=False),  # credit_card
        pa.field("currency", TEXT, nullable=False),  # ISO 4217
        *sealed("card_no"),
        pa.field("card_role", TEXT),  # primary, supplementary
        pa.field("credit_limit_minor", MINOR),
        pa.field("bill_day", pa.int16()),
        pa.field("opened_on", DAY),
        pa.field("block_code", TEXT),  # frozen, stopped, written_off, deceased, fraud
    ]
)

STATEMENTS = pa.schema(
    [
        pa.field("account_no", TEXT, nullable=False),
        pa.field("statement_on", DAY, nullable=False),
        pa.field("due_on", DAY, nullable=False),
        pa.field("balance_minor", MINOR, nullable=False),
        pa.field("minimum_due_minor", MINOR, nullable=False),  # includes what was already past due
    ]
)

ENTRIES = pa.schema(
    [
        pa.field("entry_no", TEXT, nullable=False),  # the bank's own serial (流水号), unique
        pa.field("account_no", TEXT, nullable=False),
        pa.field(
            "kind", TEXT, nullable=False
        ),  # a row of docs/ledger.md, "what is owed"; opening is the ledger's own
        pa.field("amount_minor", MINOR, nullable=False),  # positive lowers the debt, negative raises it
        pa.field("currency", TEXT, nullable=False),
        pa.field("traded_on", DAY),
        pa.field("value_on", DAY, nullable=False),  # the day from which it counts
        pa.field("booked_on", DAY, nullable=False),  # the day the bank posted it
        pa.field("channel", TEXT),
        pa.field("reverses_no", TEXT),
        pa.field("memo", TEXT),
    ]
)

# The bank's own daily overdue list: one row per account and data date.
POSITIONS = pa.schema(
    [
        pa.field("account_no", TEXT, nullable=False),
        pa.field("data_on", DAY, nullable=False),
        pa.field("dpd", pa.int32()),
        pa.field("cycles", pa.int16()),
        pa.field("due_on", DAY),
        pa.field("minimum_due_minor", MINOR),
        pa.field("total_minor", MINOR, nullable=False),
        pa.field("principal_minor", MINOR, nullable=False),
        pa.field("interest_minor", MINOR, nullable=False),
        pa.field("compound_minor", MINOR, nullable=False),
        pa.field("late_fee_minor", MINOR, nullable=False),
        pa.field("fee_minor", MINOR, nullable=False),
        pa.field("other_minor", MINOR, nullable=False),
        pa.field("unbilled_minor", MINOR),
        pa.field("last_payment_on", DAY),
        pa.field("last_payment_minor", MINOR),
        pa.field("class5", TEXT),  # normal, special_mention, substandard, doubtful, loss
        pa.field("flags", pa.list_(TEXT)),  # complaint, litigation, deceased, illness, staff, fraud
    ]
)

# Agency hand-over sheet (委案表): which case is with whom, until when. Its contact persons become CONTACT_POINTS.
PLACEMENTS = pa.schema(
    [
        pa.field("placement_no", TEXT, nullable=False),
        pa.field("batch_no", TEXT),
        pa.field("agency", TEXT, nullable=False),
        pa.field("account_no", TEXT, nullable=False),
        pa.field("customer_no", TEXT, nullable=False),
        pa.field("placed_on", DAY, nullable=False),
        pa.field("recall_on", DAY),
        pa.field("hand", pa.int16()),
        pa.field("placed_minor", MINOR, nullable=False),
    ]
)

SCHEMAS = {
    "customers": CUSTOMERS,
    "contact_points": CONTACT_POINTS,
    "accounts": ACCOUNTS,
    "statements": STATEMENTS,
    "entries": ENTRIES,
    "positions": POSITIONS,
    "placements": PLACEMENTS,
}
