"""How the desk says no: the words and the field they are about, and nothing written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, JsonResponse

from forbear.web.cases import services
from forbear.web.contact import gate
from forbear.web.desk.requests import StaffRequest

REFUSALS = (
    services.WrapUpRefused, services.CodeRefused, services.PromiseRefused, services.CaseRefused, services.IllegalMove,
)  # fmt: skip


class FieldWrong(ValueError):
    """A form field that cannot be read; `field` names it."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


def says_no(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer 422 with the words and the field when the house says no; nothing was written."""

    def guarded(request: StaffRequest, *args: Any, **named: Any) -> HttpResponse:
        try:
            return view(request, *args, **named)
        except (*REFUSALS, FieldWrong, gate.PermitLost) as refusal:
            return JsonResponse({"message": str(refusal), "field": getattr(refusal, "field", "")}, status=422)

    guarded.__name__, guarded.__doc__ = view.__name__, view.__doc__
    return guarded
