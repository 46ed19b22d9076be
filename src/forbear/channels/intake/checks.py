"""Checks across rows: repeats, keys that collide, dates of other days, hints in remarks."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forbear.channels.intake.frame import Work, where
from forbear.channels.intake.mapping import built_in
from forbear.channels.intake.sheet import Rows

FLAG_PROPOSALS = pa.schema(
    [
        pa.field("row_no", pa.int64(), nullable=False),
        pa.field("account_no", pa.string()),
        pa.field("customer_no", pa.string()),
        pa.field("flag", pa.string(), nullable=False),
        pa.field("word", pa.string(), nullable=False),
    ]
)
_JOINER = "\x1f"


def joined_key(columns: list[pa.Array]) -> pa.Array:
    """Join key columns into one text per row; null where the first part is null."""
    texts = [columns[0].cast(pa.string()), *(pc.fill_null(one.cast(pa.string()), "") for one in columns[1:])]
    return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, _JOINER)


def repeated(key: pa.Array) -> dict[int, list[int]]:
    """Return positions by group for keys that stand on more than one row; nulls never meet."""
    coded = key.dictionary_encode().indices
    codes = pc.fill_null(coded, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    present = codes[codes >= 0]
    if not len(present):
        return {}
    counts = np.bincount(present)
    many = np.flatnonzero(counts > 1)
    groups: dict[int, list[int]] = {int(one): [] for one in many}
    if groups:
        for at in np.flatnonzero((codes >= 0) & (counts[codes] > 1)).tolist():
            groups[int(codes[at])].append(at)
    return groups


def held_by_many(key: pa.Array, value: pa.Array) -> np.ndarray:
    """Mark the rows whose key stands with more than one value; nulls on either side do not count. Shape (n,)."""
    key_code = (
        pc.fill_null(key.dictionary_encode().indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    )
    coded = value.dictionary_encode()
    value_code = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    both = (key_code >= 0) & (value_code >= 0)
    pairs = np.unique(key_code[both] * (len(coded.dictionary) + 1) + value_code[both])
    values_per_key = np.bincount(
        pairs // (len(coded.dictionary) + 1), minlength=int(key_code.max(initial=0)) + 1
    )
    marked: np.ndarray = (key_code >= 0) & (values_per_key[np.maximum(key_code, 0)] > 1)
    return marked


def check_duplicates(work: Work, key: list[str]) -> Rows:
    """Collapse exact repeats (first kept) and quarantine equal keys with other values; return what to collapse."""
    frame = work.frame
    joined = joined_key([work.typed[name] for name in key])
    codes = pc.fill_null(joined.dictionary_encode().indices, -1).to_numpy(zero_copy_only=False)
    content = joined_key([pc.utf8_trim_whitespace(column) for column in frame.raw.values()])
    clash = held_by_many(joined, content)
    mixed = np.zeros(frame.count, bool)
    if frame.has("currency"):
        mixed = clash & held_by_many(joined, work.typed["currency"])
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    first_of_row = first[inverse]
    collapsed = np.flatnonzero((codes >= 0) & ~clash & (first_of_row != np.arange(frame.count)))
    firsts = [{"first": str(number)} for number in frame.row_no[first_of_row[collapsed]]]
    work.findings.add("duplicate_row", collapsed, params=firsts)
    label = ", ".join(frame.labels.get(name, name) for name in key)
    work.findings.add("duplicate_key", np.flatnonzero(clash & ~mixed), field=key[0], params={"key": label})
    work.findings.add("currency_mix", np.flatnonzero(mixed), field="currency")
    return collapsed


def check_data_dates(work: Work, expected: date | None) -> None:
    """Quarantine rows of another day when the file's day is known."""
    if expected is None or "data_on" not in work.typed or not work.frame.has("data_on"):
        return
    column = work.typed["data_on"]
    rows = where(pc.not_equal(column, pa.scalar(expected, pa.date32())))
    params = [
        {"found": str(day), "expected": str(expected)} for day in column.take(pa.array(rows)).to_pylist()
    ]
    work.findings.add("data_date_differs", rows, field="data_on", params=params)


def check_not_future(work: Work, names: list[str]) -> None:
    """Quarantine rows with a past event dated after the file's data date."""
    if work.data_on is None:
        return
    for name in names:
        rows = where(pc.greater(work.typed[name], pa.scalar(work.data_on, pa.date32())))
        severity = "warn" if work.layout.fields[name].lenient else None
        work.findings.add(
            "date_in_future", rows, field=name, params={"data_on": str(work.data_on)}, severity=severity
        )


def propose_flags(work: Work) -> pa.Table:
    """Propose flags that only a free-text remark hints at; a person confirms them. Schema FLAG_PROPOSALS."""
    column = work.typed.get("remark")
    rows: list[int] = []
    flags: list[str] = []
    words: list[str] = []
    if column is not None and work.frame.has("remark"):
        for flag, hint in built_in()["remark_hints"].items():
            pattern = "|".join(hint["words"])
            for at in where(pc.match_substring_regex(column, pattern)).tolist():
                word = _hint_word(column[at].as_py(), hint["words"], hint["not"])
                if word:
                    rows.append(at)
                    flags.append(flag)
                    words.append(word)
    params = [{"flag": flag, "word": word} for flag, word in zip(flags, words, strict=True)]
    work.findings.add("flag_in_remark", rows, field="remark", params=params)
    none = pa.nulls(work.frame.count, pa.string())
    at_rows = pa.array(rows, pa.int64())
    return pa.table(
        {
            "_at": at_rows,
            "account_no": work.typed.get("account_no", none).take(at_rows),
            "customer_no": work.typed.get("customer_no", none).take(at_rows),
            "flag": pa.array(flags, pa.string()),
            "word": pa.array(words, pa.string()),
        }
    )


def _hint_word(remark: str, words: list[str], excuses: list[str]) -> str | None:
    """Return the hinting word unless every place it stands at is excused (未去世, 去世界各地)."""
    for excuse in excuses:
        remark = remark.replace(excuse, "")
    return next((word for word in words if word in remark), None)
