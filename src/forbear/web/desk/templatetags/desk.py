"""Words for codes of contact points."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from forbear.web import clock
from forbear.web.cases.codes import codes, name_of
from forbear.web.genuine.codes import grouped

register = template.Library()

KINDS: Mapping[str, Promise] = {
    "mobile": _("Mobile"),
    "home_phone": _("Home"),
    "work_phone": _("Work"),
    "email": _("E-mail"),
    "address": _("Address"),
}
RELATIONS: Mapping[str, Promise] = {
    "self": _("Debtor's own"),
    "spouse": _("Spouse"),
    "parent": _("Parent"),
    "child": _("Child"),
    "colleague": _("Colleague"),
    "guarantor": _("Guarantor"),
    "friend": _("Friend"),
    "other": _("Other person"),
}
SOURCES: Mapping[str, Promise] = {
    "application": _("Card application"),
    "customer_update": _("Customer's update"),
    "statement": _("Statement"),
    "court": _("Court"),
}


@register.filter
def point_kind(code: str) -> str:
    """Write what kind of contact point it is."""
    return str(KINDS.get(code, code))


@register.filter
def relation_word(code: str) -> str:
    """Write whose contact point it is."""
    return str(RELATIONS.get(code, code))


@register.filter
def source_word(code: str) -> str:
    """Write where the bank has a contact point from."""
    return str(SOURCES.get(code, code))


@register.filter
def line_word(code: str) -> str:
    """Write a line result in the reader's language."""
    line = codes(clock.today()).lines.get(code)
    return name_of(line) if line else code


@register.filter
def code_in_groups(code: str) -> str:
    """Write a code so that it can be read out."""
    return grouped(code)


@register.simple_tag
def check_address() -> str:
    """Return the address at which a debtor checks a code, as it is read out: without its scheme."""
    return f"{settings.FORBEAR_PUBLIC}{reverse('my_check')}".partition("://")[2]
