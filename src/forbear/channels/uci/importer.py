"""Read the UCI file, packed or not, into customers, accounts, statements, entries and positions."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path, PurePath

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forbear.channels.intake.builders import at_column
from forbear.channels.intake.envelope import FileName
from forbear.channels.intake.findings import with_remark
from forbear.channels.intake.frame import Work, nulls, where
from forbear.channels.intake.mapping import BUILT_IN, load_layout
from forbear.channels.intake.model import FileRefusal, Options, ParsedFile
from forbear.channels.intake.parse import Channel, parse, refused_file
from forbear.channels.uci.derive import COLUMNS, MONTHS, OPENING, Derived, derive
from forbear.ledger.tables import SEALED
from forbear.privacy import Vault

# shared/data/README.md gives it for the unpacked file; other copies of this data set were altered.
UNPACKED_SHA256 = "a0f0ab49d6326671d6cd83be5c88dcf18007025fe9a53ecd699119c871176ca1"
FIRST_AS_OF, LAST_AS_OF = date(2005, 10, 1), date(2005, 10, 20)  # September's bill is issued and not yet late
CURRENCY = "TWD"
_MONTHS = ("04", "05", "06", "07", "08", "09")
_DUE_DAY, _PAID_DAY = 20, 15
_LAST_DAY = 31  # bill day: the last of the month
_MINOR = 100
_GZIP = b"\x1f\x8b"
_LARGEST = 1 << 30


def parse_uci(
    path: Path | bytes, vault: Vault, as_of: date = FIRST_AS_OF, received_name: str = ""
) -> ParsedFile:
    """Parse the file as of a day; sex, education, marriage and age are never read.

    Raises ValueError for an `as_of` on which the file's September status would no longer hold.
    """
    if not FIRST_AS_OF <= as_of <= LAST_AS_OF:
        raise ValueError(f"as_of {as_of}: the file's status holds from {FIRST_AS_OF} to {LAST_AS_OF}")
    raw = path if isinstance(path, bytes) else path.read_bytes()
    name = received_name or (path.name if isinstance(path, Path) else "uci_credit_card.csv")
    digest = hashlib.sha256(raw).hexdigest()
    unpacked = _unpack(raw)
    if unpacked is None:
        refusal = FileRefusal("unreadable", {"kind": "gzip", "detail": "damaged or too large"})
        return refused_file("uci", name, digest, FileName(name, None, None), refusal)
    parsed = parse(
        unpacked,
        layout="uci",
        channels={"uci": CHANNEL},
        mapping=BUILT_IN,
        vault=vault,
        received_name=PurePath(name).name.removesuffix(".gz"),
        options=Options(data_on=as_of),
    )
    warnings = parsed.warnings
    unpacked_digest = hashlib.sha256(unpacked).hexdigest()
    if unpacked_digest != UNPACKED_SHA256:
        params = {"found": unpacked_digest, "expected": UNPACKED_SHA256}
        warnings = with_remark(warnings, name, "source_altered", params)
    return replace(parsed, received_name=name, sha256=digest, warnings=warnings)


def _unpack(raw: bytes) -> bytes | None:
    if not raw.startswith(_GZIP):
        return raw
    try:
        with gzip.GzipFile(fileobj=pa.BufferReader(raw)) as stream:
            content = stream.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error):
        return None
    return content if len(content) <= _LARGEST else None


def build_uci(work: Work) -> dict[str, pa.Table]:
    """Build the five tables; a status the house ladder cannot hold was quarantined while reading."""
    bad = work.findings.rows("error", work.frame.count)
    status, bills, paid = (_columns(work, name, bad) for name in ("status", "bill", "paid"))
    derived = derive(status, bills // _MINOR, paid // _MINOR)
    work.findings.add("overpaid", where(pc.less(work.typed["bill_09"], 0)), field="bill_09")
    earlier = ~derived.reproduced[:, :-1]
    work.findings.remark("status_restated", {"count": str(int(earlier.sum())), "total": str(earlier.size)})
    account_no = pc.binary_join_element_wise("UCI", work.typed["number"], "-")
    return {
        "customers": _customers(work, account_no),
        "accounts": _accounts(work, account_no),
        "statements": _statements(account_no, bills, derived),
        "entries": _entries(work, account_no, paid),
        "positions": _positions(work, account_no, derived),
    }


def _columns(work: Work, name: str, bad: np.ndarray) -> np.ndarray:
    """Return six monthly columns, April first, shape (n, 6); quarantined rows read as zero."""
    columns = [pc.fill_null(work.typed[f"{name}_{month}"].cast(pa.int64()), 0) for month in _MONTHS]
    wide = np.column_stack([column.to_numpy(zero_copy_only=False) for column in columns])
    wide[bad] = 0
    return wide


def _customers(work: Work, customer_no: pa.Array) -> pa.Table:
    count = work.frame.count
    return pa.table(
        {
            "_at": at_column(work),
            "customer_no": customer_no,
            "name": pc.binary_join_element_wise("UCI", work.typed["number"], " "),
            "id_type": nulls(count, pa.string()),
            **{f"id_no_{part}": nulls(count, kind) for part, kind in SEALED},
            "birth_on": nulls(count, pa.date32()),
            "province": nulls(count, pa.string()),
            "city": nulls(count, pa.string()),
        }
    )


def _accounts(work: Work, account_no: pa.Array) -> pa.Table:
    count = work.frame.count
    texts = {name: nulls(count, pa.string()) for name in ("org_no", "card_role", "block_code")}
    return pa.table(
        {
            "_at": at_column(work),
            "account_no": account_no,
            "customer_no": account_no,
            "product": pa.array(["credit_card"] * count, pa.string()),
            "currency": pa.array([CURRENCY] * count, pa.string()),
            **{f"card_no_{part}": nulls(count, kind) for part, kind in SEALED},
            "credit_limit_minor": work.typed["limit"],
            "bill_day": pa.array([_LAST_DAY] * count, pa.int16()),
            "opened_on": nulls(count, pa.date32()),
            **texts,
        }
    )


def month_end(column: int) -> date:
    """Return the last day of a derived month; column COLUMNS - 1 is September 2005."""
    return _first_of(column + 1) - timedelta(days=1)


def due_day(column: int) -> date:
    """Return the day on which the bill of a derived month is due."""
    return _first_of(column + 1).replace(day=_DUE_DAY)


def _first_of(column: int) -> date:
    months = 2005 * 12 + 8 - (COLUMNS - 1) + column
    return date(months // 12, months % 12 + 1, 1)


def _statements(account_no: pa.Array, bills: np.ndarray, derived: Derived) -> pa.Table:
    at, month = np.nonzero(derived.minimum_due >= 0)
    minimum = derived.minimum_due[at, month] * _MINOR
    opening = month < OPENING
    balance = np.where(opening, minimum, bills[at, np.maximum(month - OPENING, 0)])
    ends = pa.array([month_end(column) for column in range(COLUMNS)], pa.date32())
    dues = pa.array([due_day(column) for column in range(COLUMNS)], pa.date32())
    return pa.table(
        {
            "_at": pa.array(at),
            "account_no": account_no.take(pa.array(at)),
            "statement_on": ends.take(pa.array(month)),
            "due_on": dues.take(pa.array(month)),
            "balance_minor": pa.array(balance),
            "minimum_due_minor": pa.array(minimum),
        }
    )


def _entries(work: Work, account_no: pa.Array, paid: np.ndarray) -> pa.Table:
    at, month = np.nonzero(paid > 0)
    days = [date(2005, int(name), _PAID_DAY) for name in _MONTHS]
    value_on = pa.array(days, pa.date32()).take(pa.array(month))
    labels = pa.array([f"2005{name}" for name in _MONTHS], pa.string()).take(pa.array(month))
    count = len(at)
    number = account_no.take(pa.array(at))
    return pa.table(
        {
            "_at": pa.array(at),
            "entry_no": pc.binary_join_element_wise(number, labels, "-"),
            "account_no": number,
            "kind": pa.array(["payment"] * count, pa.string()),
            "amount_minor": pa.array(paid[at, month]),
            "currency": pa.array([CURRENCY] * count, pa.string()),
            "traded_on": value_on,
            "value_on": value_on,
            "booked_on": value_on,
            **{name: nulls(count, pa.string()) for name in ("channel", "reverses_no", "memo")},
        }
    )


def _positions(work: Work, account_no: pa.Array, derived: Derived) -> pa.Table:
    """Build the bank's own list from the September status; the file has no parts, so all is principal."""
    count = work.frame.count
    oldest = derived.oldest_unpaid
    late = oldest < COLUMNS - 1
    dues = np.array([due_day(column) for column in range(COLUMNS)], "datetime64[D]")
    as_of = np.datetime64(work.data_on, "D")
    dpd = np.where(late, (as_of - dues[oldest]).astype(np.int64), 0)
    zero = pa.array(np.zeros(count, np.int64))
    total = work.typed["bill_09"]
    work.findings.remark("parts_absent")
    parts = ("interest_minor", "compound_minor", "late_fee_minor", "fee_minor", "other_minor")
    return pa.table(
        {
            "_at": at_column(work),
            "account_no": account_no,
            "data_on": pa.array([work.data_on] * count, pa.date32()),
            "dpd": pa.array(dpd, pa.int32()),
            "cycles": pa.array(COLUMNS - 1 - oldest, pa.int16()),
            "due_on": pa.array(dues[oldest]),
            "minimum_due_minor": pa.array(derived.minimum_due[:, -1] * _MINOR),
            "total_minor": total,
            "principal_minor": total,
            **dict.fromkeys(parts, zero),
            **{name: nulls(count, pa.int64()) for name in ("unbilled_minor", "last_payment_minor")},
            "last_payment_on": nulls(count, pa.date32()),
            "class5": nulls(count, pa.string()),
            "flags": pa.array([[]] * count, pa.list_(pa.string())),
        }
    )


CHANNEL = Channel(load_layout(Path(__file__).with_name("layout.yaml"), "uci"), build_uci)
__all__ = ["CHANNEL", "MONTHS", "UNPACKED_SHA256", "parse_uci"]
