"""Pieces that the builders of several layouts share."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forbear.channels.intake import identity
from forbear.channels.intake.checks import held_by_many
from forbear.channels.intake.frame import Work, nulls, where
from forbear.channels.intake.sealing import seal_column


def at_column(work: Work) -> pa.Array:
    """Number the rows of the frame."""
    return pa.array(np.arange(work.frame.count, dtype=np.int64))


def customers_table(work: Work) -> pa.Table:
    """Build CUSTOMERS from a file's name and identity columns, one row per customer number, with its checks."""
    typed = work.typed
    ids = typed["id_no"]
    birth = _births(work, ids)
    _check_ages(work, birth)
    sealed = seal_column(ids, "id", work.vault)
    _check_names(work, ids)
    id_type = _id_types(typed["id_type"], ids)
    none = nulls(work.frame.count, pa.string())
    table = pa.table(
        {
            "_at": at_column(work),
            "customer_no": typed["customer_no"],
            "name": typed["name"],
            "id_type": id_type,
            "id_no_cipher": sealed[0],
            "id_no_index": sealed[1],
            "id_no_tail": sealed[2],
            "birth_on": birth,
            "province": typed.get("province", none),
            "city": typed.get("city", none),
        }
    )
    return first_of_each(work, table, "customer_no")


def first_of_each(work: Work, table: pa.Table, column: str) -> pa.Table:
    """Keep the first row of each value that is not quarantined by now."""
    bad = work.findings.rows("error", work.frame.count)
    good = table.filter(pa.array(~bad[table["_at"].to_numpy()]))
    coded = good[column].combine_chunks().dictionary_encode().indices
    codes = pc.fill_null(coded, -1).to_numpy(zero_copy_only=False)
    _, first = np.unique(codes, return_index=True)
    first = np.sort(first[codes[first] >= 0])
    return good.take(pa.array(first))


def _id_types(stated: pa.Array, ids: pa.Array) -> pa.Array:
    shaped = pc.match_substring_regex(ids, r"^[0-9]{17}[0-9X]$")
    guessed = pc.if_else(shaped, "id_card", pc.if_else(ids.is_valid(), "other", None))
    return pc.coalesce(stated, guessed.cast(pa.string()))


def _births(work: Work, ids: pa.Array) -> pa.Array:
    """Take the birth date from the identity number; warn where the file's own differs."""
    shaped = pc.match_substring_regex(ids, r"^[0-9]{17}[0-9X]$")
    digits = pc.if_else(shaped, pc.utf8_slice_codeunits(ids, 6, 14), None).dictionary_encode()
    days = [identity.birth_of("000000" + text) for text in digits.dictionary.to_pylist()]
    from_id = pa.array(days, pa.date32()).take(digits.indices)
    stated = work.typed.get("birth_on", nulls(work.frame.count, pa.date32()))
    differs = where(pc.not_equal(from_id, stated))
    work.findings.add("birth_differs", differs, field="birth_on")
    return pc.coalesce(from_id, stated)


def _check_ages(work: Work, birth: pa.Array) -> None:
    if work.data_on is None:
        return
    ages = _ages(birth, work.data_on)
    adult, oldest = work.mapping.tolerance("age_adult"), work.mapping.tolerance("age_max")
    field = "id_no" if work.frame.has("id_no") else "birth_on"
    present = birth.is_valid().to_numpy(zero_copy_only=False)
    odd = np.flatnonzero(present & ((ages > oldest) | (ages <= 0)))
    params = [{"age": str(int(age))} for age in ages[odd]]
    work.findings.add("age_implausible", odd, field=field, params=params)
    work.findings.add("minor", np.flatnonzero(present & (ages > 0) & (ages < adult)), field=field)


def _ages(birth: pa.Array, on: date) -> np.ndarray:
    """Count full years from birth to a day; null gives 0. Shape (n,)."""
    number = pc.add(
        pc.multiply(pc.year(birth), 10000), pc.add(pc.multiply(pc.month(birth), 100), pc.day(birth))
    )
    filled = pc.fill_null(number, 0).to_numpy(zero_copy_only=False)
    today = on.year * 10000 + on.month * 100 + on.day
    ages: np.ndarray = np.where(filled > 0, (today - filled) // 10000, 0)
    return ages


def _check_names(work: Work, ids: pa.Array) -> None:
    """Warn of one identity number under two names; quarantine one customer number with two identity numbers."""
    names, customers = work.typed["name"], work.typed["customer_no"]
    conflict = held_by_many(customers, ids)
    two_names = (held_by_many(ids, names) | held_by_many(customers, names)) & ~conflict
    work.findings.add("same_id_two_names", np.flatnonzero(two_names), field="name")
    work.findings.add("customer_conflict", np.flatnonzero(conflict), field="id_no")


def accounts_table(work: Work) -> pa.Table:
    """Build ACCOUNTS from a file's account columns; columns it lacks are null."""
    typed = work.typed
    sealed = seal_column(typed["card_no"], "card", work.vault)
    count = work.frame.count

    def column(name: str, kind: pa.DataType) -> pa.Array:
        return typed.get(name, nulls(count, kind)).cast(kind)

    return pa.table(
        {
            "_at": at_column(work),
            "account_no": typed["account_no"],
            "customer_no": typed["customer_no"],
            "org_no": column("org_no", pa.string()),
            "product": pc.fill_null(typed["product"], "credit_card"),
            "currency": pc.fill_null(typed["currency"], "CNY"),
            "card_no_cipher": sealed[0],
            "card_no_index": sealed[1],
            "card_no_tail": sealed[2],
            "card_role": column("card_role", pa.string()),
            "credit_limit_minor": column("credit_limit_minor", pa.int64()),
            "bill_day": column("bill_day", pa.int16()),
            "opened_on": column("opened_on", pa.date32()),
            "block_code": column("block_code", pa.string()),
        }
    )


def warn_no_id(work: Work) -> None:
    """Warn where there is no identity number at all."""
    raw = work.frame.raw.get("id_no")
    if raw is not None:
        work.findings.add("id_absent", where(pc.equal(pc.utf8_trim_whitespace(raw), "")), field="id_no")


__all__ = ["accounts_table", "at_column", "customers_table", "first_of_each", "warn_no_id"]
