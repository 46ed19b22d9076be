"""What staff do about the debtor's page: send the link."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from forbear.web import clock
from forbear.web.debtor import sending
from forbear.web.desk.requests import StaffRequest
from forbear.web.desk.views import opened
from forbear.web.people.permissions import require


@require("contact")
@require_POST
def send_link(request: StaffRequest, case_id: int) -> HttpResponse:
    """Send the debtor of a case the link to their own page, and say whether it is on its way."""
    shown, _day = opened(request, case_id)
    try:
        tail = sending.send_link(shown, at=clock.now(), by=request.user)
    except sending.LinkNotSent as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(
            request, _("A link to their own page is on its way to ****%(tail)s.") % {"tail": tail}
        )
    return redirect("case", case_id)
