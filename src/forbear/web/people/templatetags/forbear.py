"""How Forbear writes money, dates, names, numbers, rules and charts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext_lazy as _

from forbear.privacy import mask_name, mask_number
from forbear.web.people.charts import Chart
from forbear.web.people.permissions import may as user_may
from forbear.web.people.words import COUNTERS, FORCES, GRADES, READS, RISK_CLASSES

register = template.Library()

MINOR_DIGITS = {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}  # ISO 4217; every other currency here has 2
NOTHING = "—"
MARKS = {"good": "✓", "bad": "✕", "soon": "!", "info": "i", "plain": "·"}
WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
LEVELS = {"M0": 0, "M1": 1, "M2": 2, "M3": 3, "M4": 4, "M5": 5, "M6": 6, "M7+": 7}


@register.filter
def money(minor: int | str | None, currency: str = "CNY") -> str:
    """Write minor units with thousands separators: 123450 -> 1,234.50; an unknown amount is a dash, never 0."""
    if minor is None or minor == "":
        return NOTHING
    digits = MINOR_DIGITS.get(currency, 2)
    whole, part = divmod(abs(int(minor)), 10**digits)
    sign = "−" if int(minor) < 0 else ""
    return f"{sign}{whole:,}.{part:0{digits}d}" if digits else f"{sign}{whole:,}"


@register.filter
def count(number: int | str | None) -> str:
    """Write a count with thousands separators."""
    return NOTHING if number is None or number == "" else f"{int(number):,}"


@register.filter
def percent(share: float | None, digits: int = 1) -> str:
    """Write a share of 1 as a percentage: 0.1234 -> 12.3%."""
    return NOTHING if share is None else f"{share * 100:.{digits}f}%"


@register.filter
def day(value: date | None) -> str:
    """Write a date: 2026-11-24."""
    return NOTHING if value is None else local(value).strftime("%Y-%m-%d")


@register.filter
def planday(value: date | None) -> str:
    """Write a date people plan by, with its weekday: 2026-11-24 Tue."""
    return NOTHING if value is None else f"{day(value)} {WEEKDAYS[local(value).weekday()]}"


@register.filter
def moment(value: datetime | None) -> str:
    """Write a moment in the bank's time: 2026-11-24 21:05."""
    return NOTHING if value is None else local(value).strftime("%Y-%m-%d %H:%M")


@register.filter
def clocktime(value: datetime | None) -> str:
    """Write the time of day in the bank's time, to the second: 21:05:09."""
    return NOTHING if value is None else local(value).strftime("%H:%M:%S")


@register.filter
def iso(value: Any) -> str:
    """Write a date or moment for a machine (the `datetime` attribute of <time>)."""
    return "" if value is None else str(value.isoformat())


def local(value: Any) -> Any:
    """Return an aware moment in the bank's time zone, anything else as it is."""
    return localtime(value) if isinstance(value, datetime) and is_aware(value) else value


@register.filter
def masked_name(name: str) -> str:
    """Write a name as everyone may see it: 张*明."""
    return mask_name(name)


@register.filter
def masked_number(tail: str) -> str:
    """Write a phone, card or identity number by its tail: ****1234."""
    return mask_number(tail) if tail else NOTHING


@register.filter
def tel(number: str) -> SafeString:
    """Write a telephone number that can be pressed and does not break between two lines."""
    return format_html('<a class="tel" href="tel:{}">{}</a>', number, number)


@register.simple_tag(takes_context=True)
def person_name(context: Context, name: str) -> str:
    """Write a name whole for roles that may see names, masked for the others."""
    return name if user_may(context["request"].user, "see_names") else mask_name(name)


@register.simple_tag(takes_context=True)
def may(context: Context, action: str) -> bool:
    """Return whether the reader may do action: {% may "approve" as can_approve %}."""
    return user_may(context["request"].user, action)


@register.simple_tag
def case_address(case_id: int) -> str:
    """Return the address of a case on the desk."""
    return reverse("case", args=[case_id])


@register.simple_tag
def badge(tone: str, words: str) -> SafeString:
    """Write a badge with mark and word: tone is good, bad, soon, info or plain."""
    return format_html(
        '<span class="badge badge-{}"><span class="mark" aria-hidden="true">{}</span>{}</span>',
        tone,
        MARKS[tone],
        words,
    )


@register.simple_tag
def bucket(name: str) -> SafeString:
    """Write a bucket (M0 to M7+) with a gauge of its depth, readable without colour."""
    return format_html(
        '<span class="bucket" data-level="{}"><span class="gauge" aria-hidden="true"></span>{}</span>',
        LEVELS.get(name, 0),
        name,
    )


@register.inclusion_tag("people/citation.html")
def citation(reason: Mapping[str, Any]) -> dict[str, Any]:
    """Write where a rule stands: instrument, article, force and grade; reason as a question's answer gives it."""
    return {"reason": reason}


@register.inclusion_tag("people/refusal.html", takes_context=True)
def refusal(context: Context, reply: Mapping[str, Any], instead: str = "") -> dict[str, Any]:
    """Draw a gate's answer as a card: what, which rule, what remains, next lawful moment, what instead.

    reply is the whole answer of `may_contact`; instead is a ready sentence or rendered links.
    """
    earliest = reply.get("earliest_at")
    return {
        "reply": reply,
        "earliest": datetime.fromisoformat(earliest) if isinstance(earliest, str) else earliest,
        "instead": instead,
    }


@register.inclusion_tag("people/chart.html")
def chart(drawn: Chart) -> dict[str, Any]:
    """Draw a chart with its question, note and the table behind it."""
    return {"chart": drawn, "json_id": f"{drawn.name}-data"}


@register.filter
def force_word(code: str) -> str:
    """Write how binding an instrument is."""
    return str(FORCES.get(code, code))


@register.filter
def grade_word(code: str) -> str:
    """Write how far the text of a rule was checked."""
    return str(GRADES.get(code, code))


@register.filter
def risk_class_word(code: str) -> str:
    """Write one of the five risk classes; a dash for none."""
    return str(RISK_CLASSES.get(code, code)) or "—"


@register.filter
def counter_word(code: str) -> str:
    """Write what a counter counts."""
    return str(COUNTERS.get(code, code))


@register.filter
def read_word(code: str) -> str:
    """Write what was read."""
    return str(READS.get(code, code))


@register.filter
def cell(value: Any, kind: str) -> str:
    """Write one table cell by the kind of its column."""
    writers: dict[str, Callable[[Any], str]] = {
        "money": money,
        "count": count,
        "percent": percent,
        "day": day,
        "moment": moment,
    }
    if kind in writers:
        return str(writers[kind](value))
    return NOTHING if value is None else str(formats.localize(value, use_l10n=False))


@register.filter
def sort_value(value: Any) -> str:
    """Write a value for the table's own sorting: plain numbers, ISO dates."""
    return "" if value is None else str(value.isoformat() if isinstance(value, date) else value)
