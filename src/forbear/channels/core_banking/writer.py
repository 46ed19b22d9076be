"""Write the same layouts that are read: for demo portfolios, round trips and banks that want an example file."""

from __future__ import annotations

import io
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from openpyxl.cell import WriteOnlyCell

from forbear.channels.intake.amounts import MINOR_PER_MAJOR, amount_text
from forbear.channels.intake.mapping import Field, Layout, built_in

FORMS = ("csv", "xlsx", "parquet")


def write_file(
    layout: Layout,
    columns: Dict[str, Sequence[Any] | pa.Array],
    *,
    form: str = "csv",
    encoding: str = "utf-8",
    language: str = "zh",
    separator: str = ",",
    line_end: str = "\r\n",
    trailer: bool = True,
    unit: str = "yuan",
) -> bytes:
    """Write columns by field name (dates, int64 minor units, codes as forbear's own words) as one file.

    Headings are Chinese or English; `trailer` closes a CSV with T, count and sum. Raises KeyError for an unknown
    field, ValueError for an unknown form or columns of unequal length.
    """
    if form not in FORMS:
        raise ValueError(f"form {form!r} is none of {FORMS}")
    fields = [layout.fields[name] for name in columns]
    headings = [heading_of(one, language) for one in fields]
    arrays = [as_array(values) for values in columns.values()]
    if len({len(one) for one in arrays}) > 1:
        raise ValueError(f"columns of unequal length: {[len(one) for one in arrays]}")
    texts = [_as_text(one, values, language, unit) for one, values in zip(fields, arrays, strict=True)]
    table = pa.table(texts, names=headings)
    if form == "parquet":
        return _parquet(table)
    if form == "xlsx":
        return _xlsx(table)
    last = _trailer(layout, columns, separator, unit) if trailer else ""
    return _csv(table, separator, line_end, last).encode(encoding)


def heading_of(one: Field, language: str) -> str:
    """Return a field's heading: the first one in the layout that is (or is not) plain ASCII."""
    english = language == "en"
    return next((word for word in one.headings if word.isascii() == english), one.name)


def as_array(values: Sequence[Any] | pa.Array) -> pa.Array:
    """Return a column as one Arrow array."""
    if isinstance(values, pa.ChunkedArray):
        return values.combine_chunks()
    return values if isinstance(values, pa.Array) else pa.array(list(values))


def _as_text(one: Field, values: pa.Array, language: str, unit: str) -> pa.Array:
    if one.type == "amount":
        return _amounts(values, unit)
    if one.type == "date":
        return pc.fill_null(pc.strftime(values.cast(pa.date32()), "%Y%m%d"), "")
    if one.type in ("code", "flag", "flags"):
        return _codes(one, values, language)
    return pc.fill_null(values.cast(pa.string()), "")


def _amounts(values: pa.Array, unit: str) -> pa.Array:
    """Write minor units as 1234.50, or as they are where the unit is fen."""
    values = values.cast(pa.int64())
    if unit == "fen":
        return pc.fill_null(values.cast(pa.string()), "")
    coded = values.dictionary_encode()
    if len(coded.dictionary) * 2 < len(values):
        texts = [amount_text(value) for value in coded.dictionary.to_pylist()]
        return pc.fill_null(pa.array(texts, pa.string()).take(coded.indices), "")
    major = pa.scalar(1 / Decimal(MINOR_PER_MAJOR), pa.decimal128(3, 2))
    exact = pc.multiply(values.cast(pa.decimal128(19, 0)), major)
    return pc.fill_null(exact.cast(pa.string()), "")


def _codes(one: Field, values: pa.Array, language: str) -> pa.Array:
    """Write a meaning as the bank's word: the first one listed in Chinese, or forbear's own."""
    listed = built_in()["codes"]["flag" if one.type == "flag" else one.codes]
    words = {str(meaning): _word(str(meaning), spelled, language) for meaning, spelled in listed.items()}

    def word(value: object) -> str:
        if value is None:
            return ""
        if isinstance(value, list):
            return "/".join(words[str(part)] for part in value)
        return words[str(value).lower() if isinstance(value, bool) else str(value)]

    if pa.types.is_list(values.type):
        return pa.array([word(value) for value in values.to_pylist()], pa.string())
    coded = values.dictionary_encode()
    texts = pa.array([word(value) for value in coded.dictionary.to_pylist()], pa.string())
    return pc.fill_null(texts.take(coded.indices), "")


def _word(meaning: str, spelled: list[object], language: str) -> str:
    if language == "en" and meaning:
        return meaning
    return next((str(word) for word in spelled if not str(word).isascii()), str(spelled[0]))


def _trailer(layout: Layout, columns: Dict[str, Sequence[Any] | pa.Array], separator: str, unit: str) -> str:
    count = len(next(iter(columns.values())))
    parts = ["T", str(count)]
    if layout.control_sum is not None and layout.control_sum in columns:
        total = int(pc.sum(as_array(columns[layout.control_sum])).as_py() or 0)
        parts.append(amount_text(total) if unit == "yuan" else str(total))
    return separator.join(parts)


def _csv(table: pa.Table, separator: str, line_end: str, last: str) -> str:
    sink = io.BytesIO()
    single = separator if len(separator) == 1 else "\x01"
    try:
        pacsv.write_csv(table, sink, pacsv.WriteOptions(delimiter=single, quoting_style="none"))
    except pa.ArrowInvalid:  # some value holds a separator, a quotation mark or a line break
        sink = io.BytesIO()
        pacsv.write_csv(table, sink, pacsv.WriteOptions(delimiter=single, quoting_style="needed"))
    text = sink.getvalue().decode()
    if single != separator:
        text = text.replace(single, separator)
    text = text + (last + "\n" if last else "")
    return text if line_end == "\n" else text.replace("\n", line_end)


def _xlsx(table: pa.Table) -> bytes:
    """Write all cells as text, so that no spreadsheet touches a number."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.append(table.column_names)
    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
        sheet.append([_plain_cell(sheet, value) for value in row])
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def _plain_cell(sheet: Any, value: str) -> Any:
    """Keep a text that begins with = a text; openpyxl would make it a formula."""
    if not value.startswith("="):
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"
    return cell


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()
