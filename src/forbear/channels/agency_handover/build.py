"""Build PLACEMENTS, CUSTOMERS, ACCOUNTS and CONTACT_POINTS from an agency's hand-over sheet."""

from __future__ import annotations

from collections.abc import Mapping as Dict

import pyarrow as pa
import pyarrow.compute as pc

from forbear.channels.intake.builders import accounts_table, at_column, customers_table, warn_no_id
from forbear.channels.intake.checks import propose_flags
from forbear.channels.intake.contact_points import Point, points_table, read_values
from forbear.channels.intake.frame import Work, where

_INDEX_CHARACTERS = 20


def build_handover(work: Work) -> dict[str, pa.Table]:
    """Build all tables of the sheet. Where it has no customer or account number, one is derived from the keyed index
    of the identity or card number (`id-...`, `card-...`), so that equal numbers meet and nothing is revealed."""
    typed = work.typed
    warn_no_id(work)
    typed["customer_no"] = pc.coalesce(typed["customer_no"], _derived(work, "id_no", "id"))
    typed["account_no"] = pc.coalesce(typed["account_no"], _derived(work, "card_no", "card"))
    for name in ("customer_no", "account_no"):
        work.findings.add("missing_value", where(typed[name].is_null()), field=name)
    work.findings.add("negative_amount", where(pc.less(typed["placed_minor"], 0)), field="placed_minor")
    agency = pc.coalesce(typed["agency"], pa.scalar(work.layout.stated.get("agency"), pa.string()))
    work.findings.add("missing_value", where(agency.is_null()), field="agency")
    points, fields = _points(work)
    return {
        "placements": _placements(work, agency),
        "customers": customers_table(work),
        "accounts": accounts_table(work),
        "contact_points": points_table(work, points, field_of=fields),
        "flag_proposals": propose_flags(work),
    }


def _derived(work: Work, name: str, kind: str) -> pa.Array:
    """Name a customer or account after the keyed index of its number."""
    values = work.typed[name].to_pylist()
    names = [
        None if value is None else f"{kind}-{work.vault.index(value, kind).hex()[:_INDEX_CHARACTERS]}"
        for value in values
    ]
    return pa.array(names, pa.string())


def _placements(work: Work, agency: pa.Array) -> pa.Table:
    typed = work.typed
    kept = (
        "placement_no",
        "batch_no",
        "account_no",
        "customer_no",
        "placed_on",
        "recall_on",
        "hand",
        "placed_minor",
    )
    return pa.table({"_at": at_column(work), "agency": agency, **{name: typed[name] for name in kept}})


def _points(work: Work) -> tuple[list[Point], dict[int, str]]:
    """Collect the debtor's own and the contact persons' points; a bad number warns, the case goes on."""
    stated = work.layout.stated
    said = f"source {stated['contact_source']}, own {stated['own_basis']}, persons {stated['person_basis']}"
    work.findings.remark("basis_from_mapping", {"stated": said})
    points: list[Point] = []
    fields: dict[int, str] = {}
    customers = work.typed["customer_no"].to_pylist()
    memo: dict[tuple[bool, str], tuple[list[str], list[str]]] = {}
    for name, one in work.layout.fields.items():
        if one.kind is None or not work.frame.has(name):
            continue
        person = name.partition("_")[0] if name.startswith("person") else None
        relations = _relations(work, person)
        people = work.typed[f"{person}_name"].to_pylist() if person else [None] * work.frame.count
        problems: dict[str, list[int]] = {}
        for at, text in enumerate(work.typed[name].to_pylist()):
            if text is None or customers[at] is None:
                continue
            found, bad = read_values(work, one.kind, text, memo)
            for rule in set(bad) - ({"phone_none"} if text != "同上" else set()):
                problems.setdefault("phone_part_unread" if found else rule, []).append(at)
            for value in found:
                fields[len(points)] = name
                points.append(_point(stated, at, customers[at], one.kind, value, relations[at], people[at]))
        for rule, rows in problems.items():
            work.findings.add(rule, rows, field=name, severity="warn", params={"shape": "…E+10"})
    return points, fields


def _relations(work: Work, person: str | None) -> list[str]:
    if person is None:
        return ["self"] * work.frame.count
    relations: list[str] = pc.fill_null(work.typed[f"{person}_relation"], "other").to_pylist()
    return ["other" if relation == "self" else relation for relation in relations]


def _point(
    known: Dict[str, str], at: int, customer: str, kind: str, value: str, relation: str, person: str | None
) -> Point:
    basis = known["own_basis"] if relation == "self" else known["person_basis"]
    return Point(
        at=at,
        customer_no=customer,
        kind=kind,
        value=value,
        relation=relation,
        person_name=person,
        source=known["contact_source"],
        lawful_basis=basis,
        reserved=relation == "self",  # the sheet's own columns are what the bank holds on file
        valid=True,
        do_not_contact=False,
        updated_on=None,
    )
