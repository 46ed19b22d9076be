"""The chart of the desk of complaints."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from forbear.web.complaints.selectors import Month
from forbear.web.people.charts import Chart, Column


def rate(months: Sequence[Month]) -> Chart:
    """Do our contacts bring fewer complaints?"""
    labels = [f"{each.month:%Y-%m}" for each in months]
    return Chart(
        name="complaint_rate",
        title=_("Do our contacts bring fewer complaints?"),
        kind="lines",
        data={"labels": labels, "series": [{"name": _("Complaints per 1,000 contacts"), "values": [each.per_thousand for each in months]}], "unit": "number"},
        columns=[Column(_("Month")), Column(_("Complaints"), "count"), Column(_("Contacts"), "count"), Column(_("Per 1,000 contacts"))],
        rows=[[label, each.complaints, each.contacts, "—" if each.per_thousand is None else f"{each.per_thousand:.2f}"] for label, each in zip(labels, months, strict=True)]
        if any(each.complaints or each.contacts for each in months)
        else [],
        note=_("Complaints received in a month, on a thousand tries to reach a debtor in the same month, all channels."),
        empty=_("No contact and no complaint in twelve months."),
        height="small",
    )  # fmt: skip
