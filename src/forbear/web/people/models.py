"""Who works here, what each role may do, and who read whose data."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """One role per person; what each may do is in `permissions.py`."""

    COLLECTOR = "collector", _("Collector")
    RECEPTION = "reception", _("Reception")
    FIELD = "field", _("Field visitor")
    LEGAL = "legal", _("Legal specialist")
    COUNSEL = "counsel", _("Outside counsel")
    MANAGER = "manager", _("Manager")
    COMPLIANCE = "compliance", _("Compliance")
    ANALYST = "analyst", _("Analyst")
    ADMINISTRATOR = "administrator", _("Administrator")


class SkillGroup(models.TextChoices):
    """Collectors' skill groups, by stage of delinquency."""

    EARLY = "early", _("Early stage")
    MIDDLE = "middle", _("Middle stage")
    LATE = "late", _("Late stage")


class User(AbstractUser):
    """A member of staff. `display_name` is what colleagues and debtors are told; `staff_no` is on the badge."""

    display_name = models.CharField(max_length=60)
    staff_no = models.CharField(max_length=20, unique=True)
    role = models.CharField(max_length=20, choices=Role.choices)
    skill_group = models.CharField(max_length=10, choices=SkillGroup.choices, blank=True)
    agency = models.CharField(max_length=60, blank=True)  # empty: the bank's own staff
    language = models.CharField(max_length=10, default="zh-hans")
    dark_mode = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.display_name} ({self.staff_no})"


class AccessLog(models.Model):
    """One read of one person's data by one member of staff (PIPL art. 51; append only)."""

    at = models.DateTimeField(db_index=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(
        "portfolio.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    what = models.CharField(max_length=40)  # case, number_revealed, search, export, timeline
    detail = models.CharField(max_length=200, blank=True)


class SignInAttempt(models.Model):
    """One try to sign in; what was typed as a name is kept only as a keyed digest (people type passwords there)."""

    at = models.DateTimeField(db_index=True)
    name_index = models.BinaryField(db_index=True)
    address = models.GenericIPAddressField(null=True)
    succeeded = models.BooleanField(default=False)
