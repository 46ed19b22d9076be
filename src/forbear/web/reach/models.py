"""What became of each contact point, and how often people answer by hour; facts about numbers, never the numbers."""

from __future__ import annotations

from django.db import models


class PointChange(models.Model):
    """One change of one contact point's state, by whom and why (append only)."""

    point = models.ForeignKey(
        "portfolio.ContactPoint", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    at = models.DateTimeField()
    by = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    old_state = models.CharField(max_length=12, blank=True)  # empty: the point is new
    new_state = models.CharField(max_length=12)
    why = models.CharField(max_length=200, blank=True)
    attempt = models.ForeignKey(
        "contact.ContactAttempt", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )

    class Meta:
        indexes = [models.Index(fields=["point", "at"], name="point_change_by_point")]


class AnswerRate(models.Model):
    """How often calls to debtors' own numbers were answered, by weekend and hour; learned anew, never personal."""

    weekend = models.BooleanField()
    hour = models.SmallIntegerField()
    tries = models.IntegerField()
    answered = models.IntegerField()
    learned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["weekend", "hour"], name="answer_rate_once_an_hour"),
            models.CheckConstraint(
                condition=models.Q(answered__lte=models.F("tries")), name="answered_within_tries"
            ),
        ]
