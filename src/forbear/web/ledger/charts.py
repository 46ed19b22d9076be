"""The ledger's charts: each answers the question in its title."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from forbear.ledger.forecast import Forecast
from forbear.web.ledger.models import Reason
from forbear.web.people.charts import Chart, Column


def ahead(made: Forecast | None) -> Chart:
    """What will be owed if nothing is paid?"""
    days = [day.isoformat() for day in made.on.astype(object)] if made else []
    short = [day[5:] for day in days]
    total, interest, late = (
        (column.tolist() for column in (made.total_minor, made.interest_minor, made.late_fee_minor))
        if made
        else ([], [], [])
    )
    return Chart(
        name="forecast",
        title=_("What will be owed if nothing is paid?"),
        kind="lines",
        data={"labels": short, "series": [{"name": _("Owed in all"), "values": total}], "unit": "money"},
        columns=[Column(_("Day"), "text"), Column(_("Owed in all"), "money"), Column(_("of it interest"), "money"), Column(_("of it late fees"), "money")],
        rows=[list(row) for row in zip(days, total, interest, late, strict=True)],
        note=_("By the product's terms of today: interest to the end of each day, minimum payments projected."),
        empty=_("Nothing is owed, or the account has no billing day."),
        height="small",
    )  # fmt: skip


def reasons(rows: Sequence[dict[str, Any]]) -> Chart:
    """Why do figures differ?"""
    names = [str(Reason(row["suggested"]).label) for row in rows]
    return Chart(
        name="reasons",
        title=_("Why do our figures and the bank's differ?"),
        kind="bars",
        data={"labels": names, "series": [{"name": _("Accounts"), "values": [row["count"] for row in rows]}], "unit": "count", "horizontal": True, "show": True},
        columns=[Column(_("Suggested reason")), Column(_("Accounts"), "count"), Column(_("Sum"), "money")],
        rows=[[name, row["count"], row["sum"]] for name, row in zip(names, rows, strict=True)],
        note=_("Open differences, by the reason suggested when they were found."),
        empty=_("No difference is open."),
        height="small",
    )  # fmt: skip
