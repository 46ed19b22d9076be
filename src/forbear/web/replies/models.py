"""Replies as they came, sealed; what was found in them, what was done, and who was called to help."""

from __future__ import annotations

from django.db import models


class Reply(models.Model):
    """One message from outside as it concerns one debtor; two debtors who share a number have one each."""

    key = models.CharField(max_length=80)  # of the provider: the same message again changes nothing
    channel = models.CharField(max_length=10)
    at = models.DateTimeField(db_index=True)
    sender_index = models.BinaryField(db_index=True)
    sender_tail = models.CharField(max_length=8)
    text_cipher = models.BinaryField()
    customer = models.ForeignKey(
        "portfolio.Customer", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )  # none: nobody on file has this number
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, null=True, related_name="replies", db_constraint=False
    )
    point = models.ForeignKey(
        "portfolio.ContactPoint", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    word = models.CharField(
        max_length=10, blank=True
    )  # stop, callback, not_me: a reply that is one word alone
    severity = models.CharField(max_length=10)  # critical, act, review, note, none
    signals = models.JSONField(default=list)  # signal, kind, start, end: never the words themselves
    actions = models.JSONField(default=list)  # what was done, by the number of what it made
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    undo_reason = models.CharField(max_length=200, blank=True)
    handled_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "key", "customer"], name="reply_once_a_customer", nulls_distinct=False
            )
        ]


class Page(models.Model):
    """Somebody called to an emergency; who does not answer in time is followed by the next in line."""

    task = models.ForeignKey("cases.Task", on_delete=models.PROTECT, related_name="pages")
    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="pages")
    at = models.DateTimeField()
    rank = models.SmallIntegerField()  # place in the line of roles that policy names
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "user"], name="paged_once_a_task")]
