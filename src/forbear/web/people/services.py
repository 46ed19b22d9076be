"""Writes about staff: accounts, preferences, and the record of who read whose data."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from forbear.web.people.models import AccessLog, Role, User
from forbear.web.portfolio.models import Customer


def log_access(user: User, customer: Customer | int, what: str, at: datetime, detail: str = "") -> None:
    """Record one read of one person's data; one INSERT (PIPL art. 51).

    what is one of words.READS. detail never holds the number itself.
    """
    customer_id = customer if isinstance(customer, int) else customer.pk
    AccessLog.objects.create(at=at, user=user, customer_id=customer_id, what=what, detail=detail)


def log_accesses(user: User, customer_ids: list[int], what: str, at: datetime, detail: str = "") -> None:
    """Record one read of several people's data; one INSERT."""
    AccessLog.objects.bulk_create(
        AccessLog(at=at, user=user, customer_id=customer_id, what=what, detail=detail)
        for customer_id in customer_ids
    )


def create_staff(
    *,
    username: str,
    password: str,
    display_name: str,
    staff_no: str,
    role: str,
    skill_group: str = "",
    agency: str = "",
    language: str = "zh-hans",
) -> User:
    """Create a member of staff who can sign in; raise ValidationError naming what is wrong."""
    user = User(
        username=username,
        display_name=display_name,
        staff_no=staff_no,
        role=role,
        skill_group=skill_group,
        agency=agency,
        language=language,
    )
    validate_password(password, user)
    user.set_password(password)
    user.full_clean()
    user.save()
    return user


def change_role(*, user: User, role: str, skill_group: str, by: User) -> User:
    """Give a member of staff another role; nobody changes their own (separation of duties)."""
    if user.pk == by.pk:
        raise ValidationError(_("You cannot change your own role; another administrator has to."))
    user.role = Role(role).value
    user.skill_group = skill_group
    user.full_clean(exclude=["password"])
    user.save(update_fields=["role", "skill_group"])
    return user


def set_active(*, user: User, active: bool, by: User) -> User:
    """Let a member of staff sign in, or no longer; their history stays."""
    if user.pk == by.pk:
        raise ValidationError(_("You cannot deactivate yourself; another administrator has to."))
    user.is_active = active
    user.save(update_fields=["is_active"])
    return user


def set_preferences(*, user: User, language: str | None = None, dark_mode: bool | None = None) -> User:
    """Remember how this person likes the workbench."""
    if language is not None:
        user.language = language
    if dark_mode is not None:
        user.dark_mode = dark_mode
    user.save(update_fields=["language", "dark_mode"])
    return user


def set_password(*, user: User, password: str) -> User:
    """Give a member of staff another password; their open sessions end. Raise ValidationError when it is too weak."""
    validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    return user
