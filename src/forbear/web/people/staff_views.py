"""Staff administration: who works here, in which role."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from forbear.web.people import services
from forbear.web.people.forms import NewPasswordForm, RoleForm, StaffForm
from forbear.web.people.models import User
from forbear.web.people.permissions import ACTIONS, MATRIX, require, signed_in


@require_safe
@require("manage_users")
def staff_list(request: HttpRequest) -> HttpResponse:
    """List staff and show the permission matrix."""
    staff = User.objects.order_by("-is_active", "role", "staff_no")
    matrix = [(label, [action in MATRIX[role] for role in MATRIX]) for action, label in ACTIONS.items()]
    roles = [role.label for role in MATRIX]  # type: ignore[attr-defined]  # keys are Role members
    return render(request, "people/staff.html", {"staff": staff, "matrix": matrix, "roles": roles})


@require_http_methods(["GET", "POST"])
@require("manage_users")
def staff_new(request: HttpRequest) -> HttpResponse:
    """Add a member of staff."""
    form = StaffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = services.create_staff(**form.cleaned_data)
        except ValidationError as error:
            show(form, error)
        else:
            messages.success(request, _("%(name)s can sign in now.") % {"name": user.display_name})
            return redirect("staff")
    return render(request, "people/staff_new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@require("manage_users")
def staff_edit(request: HttpRequest, user_id: int) -> HttpResponse:
    """Change role, activity or password of one member of staff."""
    person = get_object_or_404(User, pk=user_id)
    doing = request.POST.get("do", "")
    role_form = RoleForm(
        request.POST if doing == "role" else None,
        initial={"role": person.role, "skill_group": person.skill_group},
    )
    password_form = NewPasswordForm(request.POST if doing == "password" else None)
    form = {"role": role_form, "password": password_form}.get(doing)
    refused = request.method == "POST"
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            done = change(request, person, doing, form)
        except ValidationError as error:
            show(form, error) if form else messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, done)
            return redirect("staff")
    context = {"person": person, "role_form": role_form, "password_form": password_form}
    return render(request, "people/staff_edit.html", context, status=422 if refused else 200)


def change(request: HttpRequest, person: User, doing: str, form: Form | None) -> str:
    """Do what was asked; return the words for it. Raise ValidationError when it may not be done."""
    given = form.cleaned_data if form else {}
    name = {"name": person.display_name}
    if doing == "role":
        services.change_role(user=person, by=signed_in(request), **given)
        return _("The role of %(name)s is changed.") % name
    if doing == "password":
        services.set_password(user=person, password=given["new_password"])
        return _("%(name)s has a new password; open sessions have ended.") % name
    if doing in ("activate", "deactivate"):
        services.set_active(user=person, active=doing == "activate", by=signed_in(request))
        words = (
            _("%(name)s can sign in again.") if doing == "activate" else _("%(name)s can no longer sign in.")
        )
        return words % name
    raise ValidationError(_("This choice is not offered."))


def show(form: Form, error: ValidationError) -> None:
    """Put a service's refusal where the reader looks for it: at the field, else above the form."""
    by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    for field, words in by_field.items():
        for word in words:
            form.add_error(field if field in form.fields else None, word)
