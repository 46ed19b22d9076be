"""Versions of templates; what was once approved never changes, a newer version follows it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class TemplateVersion(models.Model):
    """One version of one template in all its languages; it may be used once somebody else approved it."""

    key = models.CharField(max_length=40)
    number = models.IntegerField()  # 1 is the version shipped with the house policy
    title = models.JSONField()  # by language
    text = models.JSONField()  # by language
    variables = ArrayField(models.CharField(max_length=40))
    written_at = models.DateTimeField()
    written_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=10, default="sms", db_default="sms")  # the channel it is linted for
    doubts = models.JSONField(
        default=list, db_default=[]
    )  # what lint asks a person to look at: [{rule, text, lang}]
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "number"], name="template_version_once"),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True) | ~models.Q(approved_by=models.F("written_by")),
                name="template_author_is_not_approver",
            ),
        ]
