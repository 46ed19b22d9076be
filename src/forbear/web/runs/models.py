"""A collections day: its steps, one outcome per account, queues and message batches."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class RunState(models.TextChoices):
    """A run is visible to collectors only while committed; at most one of a day and portfolio is."""

    RUNNING = "running", _("Running")
    COMMITTED = "committed", _("Committed")
    SUPERSEDED = "superseded", _("Superseded")  # a later run of the same day, over other facts, stands
    FAILED = "failed", _("Failed")


class DayRun(models.Model):
    """One run of the day for one business date. A second run of the same date over the same facts changes nothing."""

    as_of = models.DateField()
    law_on = models.DateField()
    portfolio = models.CharField(max_length=20, default="bank", db_default="bank")
    inputs_digest = models.CharField(max_length=64)
    seed = models.IntegerField(default=0)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.RUNNING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    pack_versions = models.JSONField(default=dict)
    summary = models.JSONField(default=dict)  # totals, reconciliation, prices, gap
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["as_of", "portfolio", "inputs_digest"], name="one_run_per_day_and_inputs"
            )
        ]


class DayStep(models.Model):
    """One named step of a run: counts, timing, digest of what it made."""

    run = models.ForeignKey(DayRun, on_delete=models.CASCADE, related_name="steps")
    ordinal = models.SmallIntegerField()
    step = models.CharField(max_length=20)
    state = models.CharField(max_length=10, default="running")  # running, done, failed
    rows_in = models.BigIntegerField(default=0)
    rows_out = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    peak_mb = models.FloatField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    note = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    attempts = models.SmallIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "step"], name="step_once_per_run")]


class Outcome(models.Model):
    """What this account gets today, exactly one, with its reason."""

    # Run first: a day's copy only appends to the one index; one account's history is read run by run.
    pk = models.CompositePrimaryKey("run_id", "account_id")
    run = models.ForeignKey(
        DayRun, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    account = models.ForeignKey(
        "portfolio.Account", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    customer = models.ForeignKey(
        "portfolio.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    outcome = models.CharField(
        max_length=16
    )  # call, sms, push, email, letter, visit, legal, wait, hold, refused, current, with_case
    reason = models.CharField(max_length=40)  # code, explained by nightly/reasons.yaml in two languages
    rules = models.CharField(max_length=200, blank=True)  # rule ids that refused, comma-separated
    dpd = models.IntegerField()
    bucket = models.CharField(max_length=4)
    bucket_cycles = models.CharField(max_length=4)
    risk_class = models.CharField(max_length=16)
    segment = models.CharField(max_length=24)
    past_due_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    p_pay = models.FloatField(null=True)
    value = models.FloatField(null=True)


class QueueItem(models.Model):
    """A place in a collector queue of a run."""

    run = models.ForeignKey(DayRun, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    queue = models.CharField(max_length=10)  # early, middle, late, visit, legal
    rank = models.IntegerField()
    owner = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    band = models.CharField(
        max_length=16
    )  # fresh, broken_promise, high_value, ... ; promises due and callbacks are live
    reason = models.JSONField(default=dict)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["run", "owner", "rank"])]


class Message(models.Model):
    """One message of a batch, rendered at sending under its own permit; nothing here is sent without one."""

    run = models.ForeignKey(DayRun, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    channel = models.CharField(max_length=10)
    template = models.CharField(max_length=40)
    level = models.SmallIntegerField(
        default=-1, db_default=-1
    )  # 0 friendly, 1, 2, ... notices; -1 none of these
    language = models.CharField(max_length=10, default="zh-hans", db_default="zh-hans")
    state = models.CharField(
        max_length=12, default="planned", db_default="planned"
    )  # planned, withdrawn, sent

    class Meta:
        indexes = [models.Index(fields=["run", "channel"])]


class RollRate(models.Model):
    """Movement between buckets from the previous committed run to this one."""

    run = models.ForeignKey(DayRun, on_delete=models.CASCADE, related_name="roll_rates")
    from_bucket = models.CharField(max_length=8)
    to_bucket = models.CharField(max_length=8)
    accounts = models.BigIntegerField()
    balance_minor = models.BigIntegerField()
