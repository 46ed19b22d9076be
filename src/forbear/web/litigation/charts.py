"""The charts of the court room, each answering a question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forbear.litigation.watch import PASSED, RADAR
from forbear.packs import Packs
from forbear.web.litigation.limitation import Limit
from forbear.web.litigation.models import LegalMatter, MatterCost
from forbear.web.litigation.words import STAGES
from forbear.web.people.charts import Chart, Column


def stages(rows: Sequence[LegalMatter]) -> Chart:
    """Where do the matters stand?"""
    found = Counter(row.stage for row in rows)
    claims = {stage: sum(row.claim_minor for row in rows if row.stage == stage) for stage in found}
    order = [stage for stage in STAGES if stage in found]
    return Chart(
        name="court-stages", title=_("Where do the matters stand?"), kind="bars",
        data={
            "labels": [str(STAGES[stage]) for stage in order], "unit": "count", "horizontal": True, "show": True,
            "series": [{"name": _("Matters"), "values": [found[stage] for stage in order]}],
        },
        columns=[Column(_("Stage")), Column(_("Matters"), "count"), Column(_("Claimed"), "money")],
        rows=[[STAGES[stage], found[stage], claims[stage]] for stage in order],
        empty=_("No matter is in court. Screening lists the cases that could go there."), height="small",
    )  # fmt: skip


def radar(found: Sequence[Limit], packs: Packs, as_of: date) -> Chart:
    """How many claims are close to the end of limitation?"""
    days = sorted((row["days"] for row in packs.value(RADAR, as_of)), reverse=True)
    count = Counter(each.level for each in found)
    names = [
        ngettext("Within %(days)s day", "Within %(days)s days", each) % {"days": each} for each in days
    ] + [_("Passed")]
    values = [count[level] for level in (*range(len(days)), PASSED)]
    return Chart(
        name="limitation-radar", title=_("How many claims are close to the end of limitation?"), kind="bars",
        data={
            "labels": names, "unit": "count", "horizontal": True, "show": True,
            "series": [{"name": _("Cases"), "values": values}],
        },
        columns=[Column(_("Limitation ends")), Column(_("Cases"), "count")],
        rows=[list(row) for row in zip(names, values, strict=True)] if sum(values) else [],
        note=_("Each case once, in its narrowest band. What no record proves does not interrupt limitation."),
        empty=_("No claim ends within the widest alert."), height="small",
    )  # fmt: skip


def costs(by_kind: Mapping[str, int]) -> Chart:
    """What was the money spent on?"""
    labels = [str(MatterCost.Kind(kind).label) for kind in by_kind]
    return Chart(
        name="court-costs", title=_("What was the money spent on?"), kind="bars",
        data={
            "labels": labels, "unit": "money", "horizontal": True, "show": True,
            "series": [{"name": _("Spent"), "values": list(by_kind.values())}],
        },
        columns=[Column(_("Kind")), Column(_("Spent"), "money")],
        rows=[[label, spent] for label, spent in zip(labels, by_kind.values(), strict=True)],
        empty=_("Nothing was spent yet."), height="small",
    )  # fmt: skip
