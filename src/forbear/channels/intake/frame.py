"""The rows of a whole file as raw text by field, before any is read; and cells read to their types."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forbear.channels.intake import amounts, dates, identity, text
from forbear.channels.intake.findings import Findings, mask_raw
from forbear.channels.intake.mapping import Field, Layout, Mapping, built_in
from forbear.channels.intake.model import Options
from forbear.channels.intake.sheet import Rows
from forbear.privacy import Vault

SENSITIVE = {"id_no", "card", "contact", "phone", "email", "address"}
_FREE = {"text", "remark", "address", "contact"}  # Chinese text, where full-width punctuation is right
_REMARK_JOINER = "；"


@dataclass(frozen=True, slots=True)
class Frame:
    """All data rows of a file: raw cells by field, with where each came from."""

    count: int
    raw: Dict[str, pa.Array]
    row_no: Rows
    sheets: pa.Array
    labels: Dict[str, str]
    all_cells: Callable[[int], dict[str, str]]
    original: Callable[[int], bytes | None]

    def has(self, name: str) -> bool:
        """Say whether the file has a column for this field."""
        return name in self.raw


@dataclass(slots=True)
class Work:
    """What the readers and builders of one file share."""

    layout: Layout
    mapping: Mapping
    options: Options
    vault: Vault
    frame: Frame
    findings: Findings
    data_on: date | None = None
    typed: dict[str, pa.Array] = field(default_factory=dict)

    def raw_values(self, name: str, rows: Rows) -> pa.Array:
        """Return raw cells of some rows, masked where their column is sensitive."""
        if name not in self.frame.raw:
            return pa.nulls(len(rows), pa.string())
        values = self.frame.raw[name].take(pa.array(rows))
        if self.layout.fields[name].type not in SENSITIVE:
            return values
        power = re.compile(text.SCIENTIFIC)  # holds no number any more, and shows what happened
        told = [value if power.match(value) else mask_raw(value) for value in values.to_pylist()]
        return pa.array(told, pa.string())


def nulls(count: int, kind: pa.DataType) -> pa.Array:
    """Return a column of nulls."""
    return pa.nulls(count, kind)


def where(mask: pa.Array | pa.ChunkedArray) -> Rows:
    """Return the positions at which a boolean column is true."""
    return np.flatnonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False)).astype(np.int64)


def read_all(work: Work) -> None:
    """Read every field of the layout into `work.typed`; a column the file lacks is all null or its default."""
    for name, one in work.layout.fields.items():
        kind = _READERS[one.type][0]
        if not work.frame.has(name):
            column = nulls(work.frame.count, kind)
        else:
            column = _READERS[one.type][1](work, one, _cleaned(work, one))
            _check_required(work, one, column)
        if one.default is not None and one.type == "code":
            column = pc.fill_null(column, one.default)
        work.typed[name] = column


def _note(work: Work, one: Field, rule: str, rows: Rows, **params: str) -> None:
    """Note a finding on a cell; in a lenient column an error becomes a warning and the cell stays empty."""
    severity = "warn" if one.lenient else None
    work.findings.add(rule, rows, field=one.name, params=params, severity=severity)


def _cleaned(work: Work, one: Field) -> pa.Array:
    raw = work.frame.raw[one.name]
    how = text.clean_free if one.type in _FREE else text.clean_name if one.type == "name" else text.clean
    column, odd = text.clean_column(raw, how=how)
    if one.type not in _FREE:
        work.findings.add("text_cleaned", where(odd), field=one.name)
    lost = pc.match_substring_regex(column, text.LOST)
    strict = one.type in ("key", "id_no", "card")
    work.findings.add(
        "replacement_character", where(lost), field=one.name, severity="error" if strict else None
    )
    if one.type in ("text", "name", "remark", "address", "contact"):
        formula = pc.match_substring_regex(column, text.FORMULA)
        phone = pc.match_substring_regex(column, r"^\+[0-9 ()-]{7,}$|^-+$")
        work.findings.add("formula_text", where(pc.and_not(formula, phone)), field=one.name)
    return column


def _check_required(work: Work, one: Field, column: pa.Array) -> None:
    if not one.required:
        return
    raw_empty = pc.equal(pc.utf8_trim_whitespace(work.frame.raw[one.name]), "")
    noted = np.zeros(work.frame.count, bool)
    for entry in work.findings.entries:
        if entry.field == one.name and entry.severity == "error":
            noted[entry.rows] = True
    missing = column.is_null().to_numpy(zero_copy_only=False) & ~noted
    missing |= (
        raw_empty.to_numpy(zero_copy_only=False) & column.is_null().to_numpy(zero_copy_only=False) & ~noted
    )
    work.findings.add("missing_value", np.flatnonzero(missing), field=one.name)


def _read_text(work: Work, one: Field, column: pa.Array) -> pa.Array:
    broken = pc.match_substring_regex(column, r"^#(REF|N/A|VALUE|NAME|DIV/0|NULL|NUM)[!?]?$")
    rows = where(broken)
    if len(rows):
        rule_severity = "error" if one.required else "warn"
        work.findings.add("excel_error", rows, field=one.name, severity=rule_severity)
        column = pc.if_else(broken, None, column)
    return column


def _read_key(work: Work, one: Field, column: pa.Array) -> pa.Array:
    """Read account, customer and serial numbers: text, never a number."""
    column = _read_text(work, one, column)
    damaged = pc.match_substring_regex(column, text.SCIENTIFIC)
    rows = where(damaged)
    if len(rows):
        shapes = [{"shape": str(value)} for value in column.take(pa.array(rows)).to_pylist()]
        work.findings.add(
            "key_damaged", rows, field=one.name, params=shapes, severity="warn" if one.lenient else None
        )
        column = pc.if_else(damaged, None, column)
    if one.width is not None:
        return _pad(work, one, column)
    _suspect_zeros(work, one, column)
    return column


def _pad(work: Work, one: Field, column: pa.Array) -> pa.Array:
    """Put back the leading zeros of a column whose width the mapping declares."""
    width = one.width or 0
    digits = pc.match_substring_regex(column, "^[0-9]+$")
    short = pc.and_(digits, pc.less(pc.utf8_length(column), width))
    rows = where(short)
    if len(rows):
        params = [
            {"found": str(len(value)), "expected": str(width)}
            for value in column.take(pa.array(rows)).to_pylist()
        ]
        work.findings.add("leading_zeros_lost", rows, field=one.name, params=params)
    return pc.if_else(pc.fill_null(short, False), pc.utf8_lpad(column, width, "0"), column)


def _suspect_zeros(work: Work, one: Field, column: pa.Array) -> None:
    """Suspect a short number where nearly all others share one width and some begin with 0."""
    digits = pc.filter(column, pc.fill_null(pc.match_substring_regex(column, "^[0-9]+$"), False))
    if not len(digits):
        return
    counts = pc.value_counts(pc.utf8_length(digits))
    most = max(counts.to_pylist(), key=lambda one: one["counts"])
    width, share = most["values"], most["counts"] * 100 // len(digits)
    if share < work.mapping.tolerance("width_share_percent") or most["counts"] == len(digits):
        return
    wide = pc.equal(pc.utf8_length(digits), width)
    if not pc.any(pc.starts_with(pc.filter(digits, wide), "0")).as_py():
        return
    short = pc.and_(pc.match_substring_regex(column, "^[0-9]+$"), pc.less(pc.utf8_length(column), width))
    params = [
        {"found": str(len(value)), "expected": str(width)}
        for value in pc.filter(column, pc.fill_null(short, False)).to_pylist()
    ]
    severity = "warn" if one.lenient else None
    work.findings.add(
        "leading_zeros_suspected", where(short), field=one.name, params=params, severity=severity
    )


def _read_dates(work: Work, one: Field, column: pa.Array) -> pa.Array:
    """Read once per distinct text: a file has few distinct days."""
    coded = column.dictionary_encode()
    results = [dates.read_date(value) for value in coded.dictionary.to_pylist()]
    codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
    for number, (found, problem) in enumerate(results):
        if problem is None:
            continue
        rows = np.flatnonzero(codes == number)
        params = {"date": found.isoformat()} if found else {}
        if problem in ("date_zero", "date_never") and one.required:
            continue  # reported as missing
        work.findings.add(
            problem, rows, field=one.name, params=params, severity="warn" if one.lenient else None
        )
    days = pa.array([found for found, _ in results], pa.date32())
    return days.take(coded.indices)


def _read_amount(work: Work, one: Field, column: pa.Array) -> pa.Array:
    values, problems = amounts.read_amounts(column, one.unit)
    for rule, rows in problems.items():
        if not (rule == "amount_blank" and one.required):
            _note(work, one, rule, rows)
    return values


def _read_int(work: Work, one: Field, column: pa.Array) -> pa.Array:
    whole = pc.match_substring_regex(column, r"^-?[0-9]{1,9}(\.0+)?$")
    _note(work, one, "number_unread", where(pc.and_not(column.is_valid(), pc.fill_null(whole, False))))
    stripped = pc.replace_substring_regex(pc.if_else(whole, column, None), r"\.0+$", "")
    values = stripped.cast(pa.int64())
    beyond = pc.or_(pc.less(values, one.minimum), pc.greater(values, one.maximum))
    _note(work, one, "number_out_of_range", where(beyond))
    return pc.if_else(beyond, None, values).cast(pa.int32())


def _read_cycles(work: Work, one: Field, column: pa.Array) -> pa.Array:
    """Read 3, M3, M7+, 第3手 alike."""
    bare = pc.replace_substring_regex(column, r"^[Mm第]|[+手期]+$", "")
    whole = pc.match_substring_regex(bare, r"^[0-9]{1,3}$")
    _note(work, one, "number_unread", where(pc.and_not(column.is_valid(), pc.fill_null(whole, False))))
    return pc.if_else(whole, bare, None).cast(pa.int16())


def _read_code(work: Work, one: Field, column: pa.Array) -> pa.Array:
    code_list = one.codes or ""
    meanings = work.mapping.meanings(code_list)
    coded = column.dictionary_encode()
    words = coded.dictionary.to_pylist()
    read = [meanings.get(text.normalise_code(word)) for word in words]
    codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
    wanted = work.mapping.unknown_codes.get(code_list, "warn" if one.lenient else None)
    for number, (word, meaning) in enumerate(zip(words, read, strict=True)):
        if meaning is None:
            rows = np.flatnonzero(codes == number)
            work.findings.add("unknown_code", rows, field=one.name, params={"value": word}, severity=wanted)
    return pa.array([one_word or None for one_word in read], pa.string()).take(coded.indices)


def _read_flag(work: Work, one: Field, column: pa.Array) -> pa.Array:
    meanings = work.mapping.meanings("flag")
    coded = column.dictionary_encode()
    words = coded.dictionary.to_pylist()
    read = [meanings.get(text.normalise_code(word)) for word in words]
    codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
    for number, (word, meaning) in enumerate(zip(words, read, strict=True)):
        if meaning is None:
            _note(work, one, "unknown_code", np.flatnonzero(codes == number), value=word)
    return pa.array([None if word is None else word == "true" for word in read], pa.bool_()).take(
        coded.indices
    )


def _read_flags(work: Work, one: Field, column: pa.Array) -> pa.Array:
    """Read several marks in a cell (投诉/诉讼) into a list, in order of their names."""
    meanings = work.mapping.meanings(one.codes or "")
    coded = column.dictionary_encode()
    codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
    wanted = work.mapping.unknown_codes.get(one.codes or "")
    lists: list[list[str]] = []
    for number, cell in enumerate(coded.dictionary.to_pylist()):
        words = [word for word in re.split(r"[/,;、，；|\s]+", cell) if word]
        found = {meanings.get(text.normalise_code(word)) for word in words}
        if None in found:
            rows = np.flatnonzero(codes == number)
            work.findings.add("unknown_code", rows, field=one.name, params={"value": cell}, severity=wanted)
        lists.append(sorted(flag for flag in found if flag))
    return pa.array(lists, pa.list_(pa.string())).take(coded.indices)


def _read_id(work: Work, one: Field, column: pa.Array) -> pa.Array:
    """Read identity numbers; 18-digit ones at once, all others one by one."""
    column = pc.replace_substring_regex(column, r"\s+", "")
    regions = frozenset(built_in()["id_regions"])
    test = work.options.allow_test_ids
    types = work.typed.get("id_type", nulls(work.frame.count, pa.string()))
    plain = pc.fill_null(pc.equal(types, "id_card"), True).to_numpy(zero_copy_only=False)
    good = identity.good_ids(column, regions, test=test) & plain
    rest = np.flatnonzero(~good & column.is_valid().to_numpy(zero_copy_only=False))
    values = column.take(pa.array(rest)).to_pylist()
    fixed: list[str | None] = []
    problems: dict[str, list[int]] = {}
    for at, value, id_type in zip(rest.tolist(), values, types.take(pa.array(rest)).to_pylist(), strict=True):
        number, problem = identity.read_id(value, id_type, regions, test=test)
        fixed.append(number)
        if problem:
            problems.setdefault(problem, []).append(at)
    for rule, rows in problems.items():
        at_rows = np.array(rows, np.int64)
        work.findings.add(rule, at_rows, field=one.name, params=_shapes(column, at_rows))
    mask = np.zeros(work.frame.count, bool)
    mask[rest] = True
    return pc.replace_with_mask(column, pa.array(mask), pa.array(fixed, pa.string()))


def _read_card(work: Work, one: Field, column: pa.Array) -> pa.Array:
    column = pc.replace_substring_regex(column, r"[\s-]+", "")
    right, problems = identity.read_cards(column, test=work.options.allow_test_ids)
    for rule, rows in problems.items():
        work.findings.add(rule, rows, field=one.name, params=_shapes(column, rows))
    return pc.if_else(pa.array(right), column, None)


def _shapes(column: pa.Array, rows: Rows) -> list[dict[str, str]]:
    """Return what a spreadsheet made of each number, as parameters of a finding; other shapes are not told."""
    return [
        {"shape": value} if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", value) else {}
        for value in column.take(pa.array(rows)).to_pylist()
    ]


def _as_is(work: Work, one: Field, column: pa.Array) -> pa.Array:
    return column


_READERS: dict[str, tuple[pa.DataType, Callable[[Work, Field, pa.Array], pa.Array]]] = {
    "text": (pa.string(), _read_text),
    "name": (pa.string(), _read_text),
    "remark": (pa.string(), _as_is),
    "key": (pa.string(), _read_key),
    "date": (pa.date32(), _read_dates),
    "amount": (pa.int64(), _read_amount),
    "int": (pa.int32(), _read_int),
    "cycles": (pa.int16(), _read_cycles),
    "code": (pa.string(), _read_code),
    "flag": (pa.bool_(), _read_flag),
    "flags": (pa.list_(pa.string()), _read_flags),
    "id_no": (pa.string(), _read_id),
    "card": (pa.string(), _read_card),
    "contact": (pa.string(), _as_is),
    "phone": (pa.string(), _as_is),
    "email": (pa.string(), _as_is),
    "address": (pa.string(), _as_is),
}


def join_remarks(columns: list[pa.Array]) -> pa.Array:
    """Join several remark columns of a file into one."""
    if len(columns) == 1:
        return columns[0]
    joined = pc.binary_join_element_wise(*columns, _REMARK_JOINER)
    return pc.utf8_trim(joined, _REMARK_JOINER)
