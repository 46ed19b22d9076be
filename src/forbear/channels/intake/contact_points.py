"""Build CONTACT_POINTS: one per number, each with source and lawful basis, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from forbear.channels.intake.checks import repeated
from forbear.channels.intake.frame import Work
from forbear.channels.intake.phones import is_email, read_phones
from forbear.channels.intake.sealing import seal_column

PHONE_KINDS = ("mobile", "home_phone", "work_phone")
_VAULT_KINDS = {"email": "email", "address": "address"}  # all phones share the kind "phone"


@dataclass(frozen=True, slots=True)
class Point:
    """One contact point before sealing; `at` is the row of the frame."""

    at: int
    customer_no: str
    kind: str
    value: str
    relation: str
    person_name: str | None
    source: str
    lawful_basis: str
    reserved: bool
    valid: bool
    do_not_contact: bool
    updated_on: object


def read_values(
    work: Work, kind: str, text: str, memo: dict[tuple[bool, str], tuple[list[str], list[str]]]
) -> tuple[list[str], list[str]]:
    """Read the values of one cell of a contact kind; return them and the rule ids of what could not be read."""
    if kind == "address":
        return [text], []
    if kind == "email":
        return ([text.casefold()], []) if is_email(text) else ([], ["email_unread"])
    key = (work.options.allow_test_ids, text)
    if key not in memo:
        phones, problems = read_phones(text, test=work.options.allow_test_ids)
        memo[key] = ([phone.number for phone in phones], problems)
    return memo[key]


def points_table(work: Work, points: list[Point], *, field_of: dict[int, str]) -> pa.Table:
    """Seal the points and warn of numbers shared by many customers or equal to the debtor's own."""
    kinds = [_VAULT_KINDS.get(point.kind, "phone") for point in points]
    sealed = _seal(work, [point.value for point in points], kinds)
    _check_shared(work, points, field_of)
    _check_own(work, points, field_of)
    return pa.table(
        {
            "_at": pa.array([point.at for point in points], pa.int64()),
            "customer_no": pa.array([point.customer_no for point in points], pa.string()),
            "kind": pa.array([point.kind for point in points], pa.string()),
            "value_cipher": sealed[0],
            "value_index": sealed[1],
            "value_tail": sealed[2],
            "relation": pa.array([point.relation for point in points], pa.string()),
            "person_name": pa.array([point.person_name for point in points], pa.string()),
            "source": pa.array([point.source for point in points], pa.string()),
            "lawful_basis": pa.array([point.lawful_basis for point in points], pa.string()),
            "reserved": pa.array([point.reserved for point in points], pa.bool_()),
            "valid": pa.array([point.valid for point in points], pa.bool_()),
            "do_not_contact": pa.array([point.do_not_contact for point in points], pa.bool_()),
            "updated_on": pa.array([point.updated_on for point in points], pa.date32()),
        }
    )


def _seal(work: Work, values: list[str], kinds: list[str]) -> list[pa.Array]:
    order: list[np.ndarray] = []
    parts: list[list[pa.Array]] = []
    names = np.array(kinds, dtype=object)
    for kind in sorted(set(kinds)):
        at = np.flatnonzero(names == kind)
        order.append(at)
        parts.append(
            seal_column(pa.array([values[one] for one in at.tolist()], pa.string()), kind, work.vault)
        )
    if not parts:
        return seal_column(pa.array([], pa.string()), "phone", work.vault)
    back = pa.array(np.argsort(np.concatenate(order), kind="stable"))
    return [pa.concat_arrays([part[column] for part in parts]).take(back) for column in range(3)]


def _check_shared(work: Work, points: list[Point], field_of: dict[int, str]) -> None:
    limit = work.mapping.tolerance("phone_shared_at")
    rows: dict[int, tuple[str, dict[str, str]]] = {}
    phones = [at for at, point in enumerate(points) if point.kind in PHONE_KINDS]
    for group in repeated(pa.array([points[at].value for at in phones], pa.string())).values():
        members = [phones[one] for one in group]
        customers = {points[at].customer_no for at in members}
        if len(customers) >= limit:
            for at in members:
                rows[points[at].at] = (field_of.get(at, "value"), {"count": str(len(customers))})
    for field in sorted({field for field, _ in rows.values()}):
        chosen = [(row, params) for row, (name, params) in sorted(rows.items()) if name == field]
        work.findings.add(
            "phone_shared", [row for row, _ in chosen], field=field, params=[one for _, one in chosen]
        )


def _check_own(work: Work, points: list[Point], field_of: dict[int, str]) -> None:
    own = {(point.customer_no, point.value) for point in points if point.relation == "self"}
    same = [
        at for at, point in enumerate(points)
        if point.relation != "self" and point.kind in PHONE_KINDS and (point.customer_no, point.value) in own
    ]  # fmt: skip
    for field in sorted({field_of.get(at, "value") for at in same}):
        rows = sorted({points[at].at for at in same if field_of.get(at, "value") == field})
        work.findings.add("phone_is_debtors_own", rows, field=field)
