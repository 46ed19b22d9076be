"""Build CONTACT_POINTS from the bank's contact file."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forbear.channels.intake.contact_points import Point, points_table, read_values
from forbear.channels.intake.frame import Work, where

_REGION_FIELDS = ("province", "city", "district")


def build_contact_points(work: Work) -> dict[str, pa.Table]:
    """Build CONTACT_POINTS; a point without source, or a third person's without basis, is quarantined."""
    frame, typed = work.frame, work.typed
    relation = pc.fill_null(typed["relation"], "self")
    source = _source(work)
    basis = _basis(work, relation)
    columns = {
        name: column.to_pylist()
        for name, column in {
            "customer_no": typed["customer_no"], "kind": typed["kind"], "value": _values(work),
            "relation": relation, "person": typed["person_name"], "source": source, "basis": basis,
            "reserved": typed["reserved"], "valid": typed["valid"], "dnc": typed["do_not_contact"],
            "updated": typed["updated_on"],
        }.items()
    }  # fmt: skip
    points: list[Point] = []
    problems: dict[str, list[int]] = {}
    split: list[tuple[int, int]] = []
    memo: dict[tuple[bool, str], tuple[list[str], list[str]]] = {}
    for at in range(frame.count):
        kind, value = columns["kind"][at], columns["value"][at]
        if kind is None or value is None or columns["customer_no"][at] is None:
            continue
        found, bad = read_values(work, kind, value, memo)
        for rule in set(bad):
            problems.setdefault("phone_part_unread" if found else rule, []).append(at)
        if len(found) > 1:
            split.append((at, len(found)))
        if columns["source"][at] is None or columns["basis"][at] is None:
            continue
        points.extend(_point(columns, at, kind, one) for one in found)
    for rule, rows in problems.items():
        work.findings.add(rule, sorted(set(rows)), field="value", params={"shape": "…E+10"})
    work.findings.add(
        "phones_split", [at for at, _ in split], field="value", params=[{"count": str(n)} for _, n in split]
    )
    return {"contact_points": points_table(work, points, field_of={})}


def _point(columns: dict[str, list[object]], at: int, kind: str, value: str) -> Point:
    def truth(name: str, default: bool) -> bool:
        given = columns[name][at]
        return default if given is None else bool(given)

    person = columns["person"][at]
    return Point(
        at=at,
        customer_no=str(columns["customer_no"][at]),
        kind=kind,
        value=value,
        relation=str(columns["relation"][at]),
        person_name=None if person is None else str(person),
        source=str(columns["source"][at]),
        lawful_basis=str(columns["basis"][at]),
        reserved=truth("reserved", False),  # unknown is not reserved: a demand to it would prove nothing
        valid=truth("valid", True),
        do_not_contact=truth("dnc", False),
        updated_on=columns["updated"][at],
    )


def _values(work: Work) -> pa.Array:
    """Put province, city and district before an address that does not begin with them."""
    value, kind = work.typed["value"], work.typed["kind"]
    whole = pc.equal(kind, "address")
    for name in reversed(_REGION_FIELDS):
        part = pc.fill_null(work.typed[name], "")
        longer = pc.binary_join_element_wise(part, value, "")
        fresh = pc.and_(whole, pc.not_equal(part, ""))
        listed = zip(part.to_pylist(), value.to_pylist(), strict=True) if pc.any(fresh).as_py() else ()
        absent = pa.array([p not in (v or "") for p, v in listed] or [False] * len(value), pa.bool_())
        value = pc.if_else(pc.fill_null(pc.and_(fresh, absent), False), longer, value)
    return value


def _source(work: Work) -> pa.Array:
    """Take the row's source, else what the mapping states for the whole file; quarantine what has neither."""
    source = work.typed["source"]
    stated = work.layout.stated.get("contact_source")
    if not work.frame.has("source") and stated is not None:
        work.findings.remark("basis_from_mapping", {"stated": f"source {stated}"})
        source = pc.fill_null(source, stated)
    noted = np.zeros(work.frame.count, bool)
    for entry in work.findings.entries:
        if entry.field == "source" and entry.severity == "error":
            noted[entry.rows] = True
    missing = source.is_null().to_numpy(zero_copy_only=False) & ~noted
    work.findings.add("contact_no_source", np.flatnonzero(missing), field="source")
    return source


def _basis(work: Work, relation: pa.Array) -> pa.Array:
    """Settle the lawful basis: stated, else contract for the debtor's own, consent for a third person who gave it.

    PIPL art. 13(1) items 1 and 2: a third person is no party to the contract, so only consent (or a stated duty) holds.
    """
    own = pc.equal(relation, "self")
    consent = pc.fill_null(work.typed["authorised"], False)
    third = pc.if_else(consent, "consent", work.layout.stated.get("person_basis"))
    derived = pc.if_else(own, work.layout.stated.get("own_basis", "contract"), third)
    basis = pc.coalesce(work.typed["lawful_basis"], derived.cast(pa.string()))
    work.findings.add("contact_no_basis", where(basis.is_null()), field="lawful_basis")
    return basis
