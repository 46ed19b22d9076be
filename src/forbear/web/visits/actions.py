"""What people do on the screens of visits; every refusal is shown in words, nothing is changed by it."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from forbear.web import clock
from forbear.web.cases.models import Case
from forbear.web.desk.requests import StaffRequest
from forbear.web.desk.views import opened
from forbear.web.people.permissions import may, require
from forbear.web.portfolio.models import ContactPoint
from forbear.web.visits import alarms, planning, policy, selectors, services, teams
from forbear.web.visits.forms import AskForm, ManyForm, PlaceForm, ReviewForm, TeamForm, VisitorForm
from forbear.web.visits.models import DAY_PLAN, AddressPlace, FieldTeam, VisitAlarm, VisitState
from forbear.web.visits.risk import Wish
from forbear.web.visits.services import VisitRefused
from forbear.web.visits.tasks import plan_day
from forbear.web.visits.views import day_of, page, people_context, routes_context
from forbear.web.visits.visit_views import seen_by, visit_context

CHOSEN_MAX = 300


@require("ask_visit")
@require_POST
def ask(request: StaffRequest, case_id: int) -> HttpResponse:
    """Ask for a visit from the case."""
    shown, _day = opened(request, case_id)
    form = AskForm(selectors.addresses(shown), request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(each) for errors in form.errors.values() for each in errors))
        return redirect("case", case_id)
    point = get_object_or_404(ContactPoint, pk=form.cleaned_data["point"], customer_id=shown.customer_id)
    try:
        visit = services.ask_for(
            shown, point, form.wish(), reason=form.cleaned_data["reason"], at=clock.now(), by=request.user
        )
    except VisitRefused as refused:
        messages.error(request, str(refused))
        return redirect("case", case_id)
    if visit.state == VisitState.REFUSED:
        messages.warning(request, _("Nobody is sent: see what the risk check found."))
    return redirect("visit", visit.pk)


@require("plan_visits")
@require_POST
def ask_many(request: StaffRequest) -> HttpResponse:
    """Ask for several visits of the day's plan at once; each is checked on its own."""
    at = clock.now()
    form = ManyForm(request.POST)
    chosen = [int(each) for each in request.POST.getlist("case")[:CHOSEN_MAX] if each.isdigit()]
    if not form.is_valid() or not chosen:
        messages.error(request, _("Choose visits, the day and the hours."))
        return redirect("visits_requests")
    held = form.cleaned_data
    wish = Wish(held["on"], (held["window_from"], held["window_to"]))
    asked, refused = 0, 0
    for case in Case.objects.filter(pk__in=chosen).select_related("customer").order_by("pk"):
        if ask_one(request, case, wish, at):
            asked += 1
        else:
            refused += 1
    messages.success(
        request, ngettext("%(n)d visit asked for.", "%(n)d visits asked for.", asked) % {"n": asked}
    )
    if refused:
        messages.warning(
            request,
            ngettext(
                "%(n)d was refused; see why in the list.", "%(n)d were refused; see why in the list.", refused
            )
            % {"n": refused},
        )
    return redirect("visits_requests")


def ask_one(request: StaffRequest, case: Case, wish: Wish, at: datetime) -> bool:
    """Ask for one of many; return whether it waits for approval now."""
    point = (
        ContactPoint.objects.filter(customer_id=case.customer_id, kind="address", relation="self")
        .order_by("state", "pk")
        .last()
    )
    if point is None:
        return False
    try:
        visit = services.ask_for(
            case, point, wish, reason=str(DAY_PLAN), at=at, by=request.user, source="day"
        )
    except VisitRefused:
        return False
    return visit.state == VisitState.REQUESTED


@require("ask_visit", "plan_visits")
@require_POST
def call_off(request: StaffRequest, pk: int) -> HttpResponse:
    """Call off a visit: whoever asked for it, or whoever plans."""
    shown = seen_by(request, pk)
    if shown.asked_by_id != request.user.pk and not may(request.user, "plan_visits"):
        raise PermissionDenied("only who asked for a visit or plans calls it off")
    try:
        services.call_off(shown, why=request.POST.get("why", ""), at=clock.now(), by=request.user)
    except VisitRefused as refused:
        messages.error(request, str(refused))
    return redirect("visit", pk)


@require("review_visits")
@require_POST
def review(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what a visit with something missing came to."""
    shown = seen_by(request, pk)
    form = ReviewForm(request.POST)
    if form.is_valid():
        try:
            services.review(shown, **form.cleaned_data, at=clock.now(), by=request.user)
        except VisitRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("visit", pk)
    return page(request, "visits/visit.html", "", visit_context(request, shown, form), status=422)


@require("plan_visits")
@require_POST
def place(request: StaffRequest, pk: int) -> HttpResponse:
    """Write down where an address is."""
    shown = seen_by(request, pk)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write degrees, such as 31.230400 and 121.473700."))
        return redirect("visit", pk)
    held = form.cleaned_data
    AddressPlace.objects.update_or_create(
        point_id=shown.point_id,
        defaults={
            "latitude_e6": policy.e6(str(held["latitude"])),
            "longitude_e6": policy.e6(str(held["longitude"])),
            "source": "entered",
            "at": clock.now(),
        },
    )
    return redirect("visit", pk)


def back_to(city: str, on: str) -> HttpResponse:
    """Return to a city's day."""
    return redirect(f"{reverse('visits_routes')}?city={city}&on={on}")


@require("plan_visits")
@require_POST
def team(request: StaffRequest) -> HttpResponse:
    """Make a team of a day, or propose all of them."""
    at = clock.now()
    city, on = request.POST.get("city", ""), day_of(request.POST.get("on", ""), at.date())
    if city not in policy.offices(at):
        messages.error(request, _("There is no office of field teams there."))
        return redirect("visits_routes")
    try:
        if "propose" in request.POST:
            made = teams.propose(city, on, at=at, by=request.user)
            messages.success(
                request, ngettext("%(n)d team made.", "%(n)d teams made.", len(made)) % {"n": len(made)}
            )
        else:
            form = TeamForm(city, on, request.POST)
            if not form.is_valid():
                return page(
                    request,
                    "visits/routes.html",
                    "visits_routes",
                    routes_context(request, at, form),
                    status=422,
                )
            teams.make_team(
                city, on, [form.cleaned_data["lead"], *form.cleaned_data["mates"]], at=at, by=request.user
            )
    except VisitRefused as refused:
        messages.error(request, str(refused))
    return back_to(city, on.isoformat())


@require("plan_visits")
@require_POST
def dissolve(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a team apart before it sets out."""
    found = get_object_or_404(FieldTeam, pk=pk)
    city, on = found.city, found.on.isoformat()
    try:
        teams.dissolve(found, at=clock.now())
    except VisitRefused as refused:
        messages.error(request, str(refused))
    return back_to(city, on)


@require("plan_visits")
@require_POST
def plan(request: StaffRequest) -> HttpResponse:
    """Plan a city's day in the background."""
    at = clock.now()
    city, on = request.POST.get("city", ""), day_of(request.POST.get("on", ""), at.date())
    try:
        made = planning.ask_for_plan(city, on, at=at, by=request.user)
    except VisitRefused as refused:
        messages.error(request, str(refused))
    else:
        plan_day.defer(plan_id=made.pk)
    return back_to(city, on.isoformat())


@require("plan_visits")
@require_POST
def person(request: StaffRequest) -> HttpResponse:
    """Write a line of the register of visitors."""
    form = VisitorForm(request.POST)
    if form.is_valid():
        try:
            form.register()
        except VisitRefused as refused:
            form.add_error("roles", str(refused))
        else:
            return redirect("visits_people")
    return page(request, "visits/people.html", "visits_people", people_context(form), status=422)


@require("plan_visits")
@require_POST
def alarm(request: StaffRequest, pk: int) -> HttpResponse:
    """Take an alarm, or close it saying how the team is."""
    found = get_object_or_404(VisitAlarm.objects.select_related("visit"), pk=pk, closed_at__isnull=True)
    try:
        if "close" in request.POST:
            alarms.close(found, note=request.POST.get("note", ""), at=clock.now(), by=request.user)
        else:
            alarms.take(found, at=clock.now(), by=request.user)
    except VisitRefused as refused:
        messages.error(request, str(refused))
    return redirect("visits")
