"""What is agreed with a debtor and what stands in its way. States move only through machine.move."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Means(models.Model):
    """What the debtor can pay a month, as told and as computed on a day; the figures are sealed (append only)."""

    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, related_name="means", db_constraint=False
    )
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    cipher = models.BinaryField()  # sealed JSON: facts, answer, reason in free words
    reason = models.CharField(max_length=20)  # coded reason of the arrears
    capacity_minor = models.BigIntegerField(null=True)
    stress_minor = models.BigIntegerField(null=True)
    exceeds_ability = models.BooleanField(null=True)
    willing = models.BooleanField(null=True)
    evidence = models.CharField(max_length=12)  # documented, part, stated


class PlanState(models.TextChoices):
    """Domain dossier 3.4."""

    PROPOSED = "proposed", _("Proposed")
    DOCS_PENDING = "docs_pending", _("Waiting for proofs")
    UNDER_REVIEW = "under_review", _("Under review")
    APPROVED = "approved", _("Approved")
    OFFERED = "offered", _("Offered")
    SIGNED = "signed", _("Signed")
    ACTIVE = "active", _("Being kept")
    LATE = "late", _("Behind")
    BREACH_NOTICE = "breach_notice", _("Notice of breach given")
    BREACHED = "breached", _("Broken")
    COMPLETED = "completed", _("Completed")
    EXPIRED = "expired", _("Expired")
    DECLINED = "declined", _("Declined")


class Plan(models.Model):
    """Instalments or a deferral over all accounts of a case; its rows and the first payment sum to debt and charges."""

    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, related_name="plans", db_constraint=False
    )
    kind = models.CharField(max_length=30)
    state = models.CharField(max_length=16, choices=PlanState.choices, default=PlanState.PROPOSED)
    as_of = models.DateField()
    currency = models.CharField(max_length=3, default="CNY")
    principal_minor = models.BigIntegerField()
    interest_minor = models.BigIntegerField()
    fees_minor = models.BigIntegerField()
    costs_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField()
    charges_minor = models.BigIntegerField(default=0)  # interest of ordinary instalments, on top of the debt
    down_payment_minor = models.BigIntegerField(default=0)
    instalments = models.SmallIntegerField()
    first_due_on = models.DateField()
    grace_days = models.SmallIntegerField()
    cure_days = models.SmallIntegerField()
    revive_forborne = models.CharField(max_length=20)
    means = models.ForeignKey(Means, on_delete=models.PROTECT, null=True, related_name="+")
    approval = models.ForeignKey("cases.Approval", on_delete=models.PROTECT, null=True, related_name="+")
    document = models.OneToOneField(
        "documents.StoredDocument", on_delete=models.PROTECT, null=True, related_name="plan"
    )
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    self_service = models.BooleanField(default=False)  # the debtor proposed, on the own page
    valid_until = models.DateField(null=True)
    signed_at = models.DateTimeField(null=True)
    notice = models.ForeignKey(
        "outbox.OutboxMessage", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    notice_delivered_on = models.DateField(null=True)
    received_minor = models.BigIntegerField(default=0)
    lang = models.CharField(max_length=2, default="zh")  # of its document

    @property
    def payable_minor(self) -> int:
        """Return all that is paid under the plan."""
        return self.total_minor + self.charges_minor

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=~models.Q(state__in=["breached", "completed", "expired", "declined"]),
                name="one_plan_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(self_service=True) ^ models.Q(proposed_by__isnull=False),
                name="plan_proposed_by_staff_or_debtor",
            ),
        ]


class PlanRow(models.Model):
    """One payment of a plan."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="rows")
    number = models.SmallIntegerField()
    due_on = models.DateField()
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="plan_row_once")]
        ordering = ["number"]


class WaiverState(models.TextChoices):
    """Domain dossier 3.4; entries are posted only on the way into executed."""

    REQUESTED = "requested", _("Requested")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    PAID = "paid", _("Paid")
    EXECUTED = "executed", _("Executed")
    EXPIRED = "expired", _("Expired")


class Waiver(models.Model):
    """A settlement: pay so much by a day, and the rest is waived."""

    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, related_name="waivers", db_constraint=False
    )
    state = models.CharField(max_length=16, choices=WaiverState.choices, default=WaiverState.REQUESTED)
    as_of = models.DateField()
    parts = models.JSONField()  # [{account, part, owed_minor, waived_minor}]
    stages = models.JSONField(default=list)  # [{due_on, amount_minor}]; none: one payment by valid_until
    total_minor = models.BigIntegerField()
    pay_minor = models.BigIntegerField()
    waived_minor = models.BigIntegerField()
    valid_until = models.DateField()
    reason = models.CharField(max_length=500)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    self_service = models.BooleanField(default=False)  # the debtor asked, on the own page
    approval = models.ForeignKey("cases.Approval", on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    document = models.ForeignKey(
        "documents.StoredDocument", on_delete=models.PROTECT, null=True, related_name="+"
    )
    received_minor = models.BigIntegerField(default=0)
    lang = models.CharField(max_length=2, default="zh")  # of its documents

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(state__in=["requested", "approved", "paid"]),
                name="one_waiver_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(self_service=True) ^ models.Q(requested_by__isnull=False),
                name="waiver_asked_by_staff_or_debtor",
            ),
        ]


class MatterState(models.TextChoices):
    """States of all three machines of matters."""

    REQUESTED = "requested", _("Requested")
    DOCS_PENDING = "docs_pending", _("Waiting for proofs")
    UNDER_REVIEW = "under_review", _("Under review")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    ENDED = "ended", _("Ended")
    RAISED = "raised", _("Raised")
    HOLD = "hold", _("On hold")
    INVESTIGATING = "investigating", _("Being looked into")
    NEEDS_INFO = "needs_info", _("More is needed")
    UPHELD = "upheld", _("Upheld")
    CORRECTED = "corrected", _("Corrected")
    ANSWERED = "answered", _("Answered in writing")
    REPORTED = "reported", _("Reported")
    PROOF_PENDING = "proof_pending", _("Proof awaited")
    PROVED = "proved", _("Proved")
    NOT_PROVED = "not_proved", _("Not proved")


class Matter(models.Model):
    """A hardship, a dispute or a change of a person's standing, with the proofs it needs and its answer."""

    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, related_name="agreement_matters", db_constraint=False
    )
    kind = models.CharField(max_length=20)
    machine = models.CharField(max_length=10)
    state = models.CharField(max_length=16, choices=MatterState.choices)
    hold = models.ForeignKey(
        "cases.Hold", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    reason = models.CharField(max_length=200, blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    until = models.DateField(null=True)  # of an approved hardship
    answer = models.CharField(max_length=1000, blank=True)


class Proof(models.Model):
    """One proof a matter needs, and the document that brought it."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="proofs")
    code = models.CharField(max_length=30)
    document = models.ForeignKey(
        "documents.StoredDocument", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "code"], name="proof_once")]


class Change(models.Model):
    """One move of a plan, waiver or matter: from, to, why, on what facts (append only)."""

    machine = models.CharField(max_length=10)
    subject = models.BigIntegerField()
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    old_state = models.CharField(max_length=16, blank=True)
    new_state = models.CharField(max_length=16)
    why = models.CharField(max_length=300)
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["machine", "subject", "id"])]
