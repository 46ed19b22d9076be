"""How files, rows and findings are written on screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forbear.web.intake.models import BatchState
from forbear.web.people.templatetags.forbear import badge, day, masked_name, masked_number, money
from forbear.web.reading import reading_lang

register = template.Library()

TONES = {
    BatchState.APPLIED: "good", BatchState.REFUSED: "bad", BatchState.SUPERSEDED: "soon",
    BatchState.DUPLICATE: "plain", BatchState.REVERSED: "soon", BatchState.RECEIVED: "info",
}  # fmt: skip
ALERTS = {
    "vanished_unexplained": gettext_lazy("Left the list without a payment that explains it"),
    "dpd_drop_unexplained": gettext_lazy("Days past due fell without a payment"),
    "dpd_jump_unexplained": gettext_lazy("Days past due rose faster than the calendar"),
    "withdrawn_by_correction": gettext_lazy("In the first delivery, not in the corrected one"),
    "flag_proposed": gettext_lazy("A remark hints at a flag"),
    "cured": gettext_lazy("Left the list; a payment explains it"),
}
TABLES = {
    "customers": gettext_lazy("Customer"), "accounts": gettext_lazy("Account"),
    "contact_points": gettext_lazy("Contact point"), "statements": gettext_lazy("Statement"),
    "entries": gettext_lazy("Ledger entry"), "positions": gettext_lazy("Position"),
    "placements": gettext_lazy("Placement"),
}  # fmt: skip
WHERE = {
    "set_aside": gettext_lazy("set aside"),
    "applied": gettext_lazy("applied"),
    "nothing_new": gettext_lazy("read; it said what was already known"),
    "not_in_file": gettext_lazy("not a data row of this file"),
    "not_applied": gettext_lazy("not in the book: the file does not stand"),
}
FLAGS = {
    "deceased": gettext_lazy("deceased"), "fraud": gettext_lazy("fraud"), "staff": gettext_lazy("staff"),
    "illness": gettext_lazy("illness"), "complaint": gettext_lazy("complaint"), "litigation": gettext_lazy("litigation"),
}  # fmt: skip


@register.simple_tag
def batch_badge(batch: Any) -> SafeString:
    """Write the state of a batch."""
    return badge(TONES.get(batch.state, "plain"), batch.get_state_display())


@register.filter
def spoken(text: Mapping[str, str] | None) -> str:
    """Write a text kept in two languages in the reader's."""
    return (text or {}).get(reading_lang(), "")


@register.filter
def named(names: Mapping[str, str], key: str) -> str:
    """Look a key up; a key without a name stands for itself."""
    return str(names.get(key, key))


@register.filter
def alert_word(kind: str) -> str:
    """Write what an alert is about."""
    return str(ALERTS.get(kind, kind))


@register.filter
def where_word(where: str) -> str:
    """Write where a row is."""
    return str(WHERE.get(where, where))


@register.filter
def table_word(table: str) -> str:
    """Write what kind of record it is."""
    return str(TABLES.get(table, table))


@register.filter
def alert_detail(alert: Any) -> str:
    """Write the figures of an alert in a sentence."""
    detail = alert.detail
    if alert.kind == "flag_proposed":
        words = {
            "word": detail.get("word"),
            "flag": FLAGS.get(detail.get("flag"), detail.get("flag")),
            "row": detail.get("row_no"),
        }
        return _("Row %(row)s says “%(word)s”: %(flag)s?") % words
    parts = []
    if detail.get("previous_dpd") is not None:
        now = detail.get("today_dpd")
        parts.append(
            _("days past due %(before)s → %(now)s")
            % {"before": detail["previous_dpd"], "now": "—" if now is None else now}
        )
    parts.append(_("owed before %(total)s") % {"total": money(detail.get("previous_total_minor"))})
    if "paid_minor" in detail:
        paid = {"paid": money(detail["paid_minor"]), "needed": money(detail.get("needed_minor"))}
        parts.append(_("paid since %(paid)s of %(needed)s needed") % paid)
    return ", ".join(parts)


@register.filter
def record_line(found: tuple[str, Any]) -> str:
    """Write one record that a row made or changed; names and numbers masked."""
    table, row = found
    if table == "customers":
        return f"{row.customer_no} {masked_name(row.name)}"
    if table == "accounts":
        return f"{row.account_no} ({row.customer.customer_no})"
    if table == "contact_points":
        return f"{row.customer.customer_no} {row.kind} {masked_number(row.value_tail)}"
    if table == "entries":
        return f"{row.entry_no} {row.account.account_no} {money(row.amount_minor, row.currency)} {day(row.value_on)}"
    if table == "statements":
        return f"{row.account.account_no} {day(row.statement_on)} {money(row.balance_minor)}"
    if table == "positions":
        return f"{row.account.account_no} {day(row.data_on)} {money(row.total_minor)}"
    return f"{row.placement_no} {row.account.account_no} {money(row.placed_minor)}"
