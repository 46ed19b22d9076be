"""The work: one case per customer and product, its holds, promises, tasks and timeline."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from forbear.web.cases.said import told


class CaseState(models.TextChoices):
    """Domain dossier 3.4."""

    NEW = "new", _("New")
    ASSIGNED = "assigned", _("Assigned")
    WORKING = "working", _("Working")
    PTP = "ptp", _("Promise to pay")
    HOLD = "hold", _("On hold")
    PLAN = "plan", _("Plan in force")
    PLACED = "placed", _("With an agency")
    LEGAL = "legal", _("Legal")
    LEGAL_DORMANT = "legal_dormant", _("Legal, dormant")
    CURED = "cured", _("Cured")
    SETTLED = "settled", _("Settled")
    CLOSED = "closed", _("Closed")
    TRANSFERRED = "transferred", _("Transferred")


class Case(models.Model):
    """The unit of work: a customer's arrears on one product, all accounts together."""

    customer = models.ForeignKey(
        "portfolio.Customer", on_delete=models.PROTECT, related_name="cases", db_constraint=False
    )
    product = models.CharField(max_length=20, default="credit_card")
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    state = models.CharField(max_length=16, choices=CaseState.choices, default=CaseState.NEW)
    held_state = models.CharField(
        max_length=16, blank=True, default="", db_default=""
    )  # the state a hold interrupted
    arrears_reason = models.CharField(
        max_length=20, blank=True, default="", db_default=""
    )  # latest coded reason
    owner = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    previous = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    # As of `aged_on`, copied from the last run so that lists sort without recomputing; the run is the source.
    aged_on = models.DateField(null=True)
    dpd = models.IntegerField(default=0)
    bucket = models.CharField(max_length=4, default="M0")
    risk_class = models.CharField(max_length=16, blank=True)
    past_due_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "product"],
                condition=models.Q(closed_on__isnull=True),
                name="one_open_case",
            )
        ]
        indexes = [models.Index(fields=["owner", "state"])]


class CaseEvent(models.Model):
    """One line of the timeline: what happened, when, by whom. Append only, hash-chained per case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events", db_constraint=False)
    sequence = models.IntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    kind = models.CharField(
        max_length=30
    )  # opened, attempt, note, promise_made, promise_kept, state, hold, ...
    payload = models.JSONField(default=dict)
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "sequence"], name="timeline_line_once")]


class PromiseState(models.TextChoices):
    """Derived from the ledger as of a date; stored with each change so that lists are quick."""

    OPEN = "open", _("Open")
    KEPT = "kept", _("Kept")
    PARTIAL = "partial", _("Partly kept")
    BROKEN = "broken", _("Broken")
    SUPERSEDED = "superseded", _("Superseded")
    CANCELLED_BY_HOLD = "cancelled_by_hold", _("Cancelled by a hold")


class Promise(models.Model):
    """A promise to pay (PTP): amount, date, who said it, on which channel."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="promises", db_constraint=False)
    account = models.ForeignKey(
        "portfolio.Account", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")
    due_on = models.DateField(db_index=True)
    grace_days = models.SmallIntegerField()
    tolerance_minor = models.BigIntegerField(default=0)
    pay_channel = models.CharField(max_length=20)  # mobile_bank, transfer, counter, auto_debit
    speaker = models.CharField(max_length=24, default="debtor")
    made_on = models.DateField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )  # none: the debtor, on the page
    approved_by = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    attempt = models.ForeignKey(
        "contact.ContactAttempt", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    state = models.CharField(max_length=20, choices=PromiseState.choices, default=PromiseState.OPEN)
    received_minor = models.BigIntegerField(default=0)
    superseded_by = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )


class PromiseChange(models.Model):
    """One move of a promise from a state to another with the reason (audit of back-dated postings)."""

    promise = models.ForeignKey(
        Promise, on_delete=models.PROTECT, related_name="changes", db_constraint=False
    )
    at = models.DateTimeField()
    as_of = models.DateField()
    old_state = models.CharField(max_length=20)
    new_state = models.CharField(max_length=20)
    reason = models.CharField(max_length=60)
    received_minor = models.BigIntegerField()


class HoldKind(models.TextChoices):
    """Why contact or collection pauses. What each stops is law or policy, read from the packs."""

    DISPUTE = "dispute", _("Dispute")
    COMPLAINT = "complaint", _("Complaint")
    HARDSHIP = "hardship", _("Hardship")
    DECEASED = "deceased", _("Reported deceased")
    INCAPACITY = "incapacity", _("Incapacity")
    CLAIMED_PAID = "claimed_paid", _("Claims to have paid")
    PLAN = "plan", _("Plan in force")
    EMERGENCY = "emergency", _("Emergency")
    BANKRUPTCY = "bankruptcy", _("Court or bankruptcy")


class Hold(models.Model):
    """A pause on a case from `since` until released or until `until`."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="holds", db_constraint=False)
    kind = models.CharField(max_length=16, choices=HoldKind.choices)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    release_reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    reason = models.CharField(max_length=200, blank=True)


class Task(models.Model):
    """Something to do at a time: call back, collect a proof, ask for the remainder, look into a claim of payment."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="tasks", db_constraint=False)
    kind = models.CharField(max_length=20)  # callback, proof, remainder, payment_check, approval, review
    due_at = models.DateTimeField(db_index=True)
    owner = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    note = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(
        default=dict, db_default={}
    )  # the terms of what is asked for, such as a promise to approve
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )


class ApprovalState(models.TextChoices):
    """What became of a question to those with more authority."""

    WAITING = "waiting", _("Waiting for an answer")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Approval(models.Model):
    """One question to people with more authority: what is asked, for whom, what it changes, who may say yes."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="approvals", db_constraint=False)
    kind = models.CharField(max_length=30)  # promise, personalised_instalment, settlement, ...
    terms = models.JSONField(default=dict)  # what is done on a yes; read by the kind's own handler
    # [label, before, after] for whoever decides: each a text, or the program's own words {"zh": ..., "en": ...}
    changes = models.JSONField(default=list)
    reason = models.CharField(max_length=500)
    reason_words = models.JSONField(default=dict, db_default={})  # where the program gave it: {"zh", "en"}
    amount_minor = models.BigIntegerField()
    roles = ArrayField(models.CharField(max_length=20))
    persons = models.SmallIntegerField(default=1)  # how many different people must say yes
    asked_by = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    self_service = models.BooleanField(default=False)  # the debtor asked, on the own page
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    state = models.CharField(
        max_length=10, choices=ApprovalState.choices, default=ApprovalState.WAITING, db_index=True
    )
    closed_at = models.DateTimeField(null=True)
    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="approval", db_constraint=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"],
                condition=models.Q(state="waiting"),
                name="one_open_question_of_a_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(self_service=True) ^ models.Q(asked_by__isnull=False),
                name="question_of_staff_or_debtor",
            ),
        ]

    @property
    def why(self) -> str:
        """Return why it is asked: a person's own words as they stand, the program's in the reader's language."""
        return told(self.reason_words or self.reason)

    @property
    def what_changes(self) -> list[list[str]]:
        """Return [label, before, after] in the reader's language; older rows as they were written."""
        return [[told(each) for each in row] for row in self.changes]


class ApprovalAnswer(models.Model):
    """One person's yes or no, for themselves or for whoever lent them their authority (append only)."""

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="answers")
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    yes = models.BooleanField()
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["approval", "by"], name="one_answer_a_person")]


class Delegation(models.Model):
    """Authority lent to a colleague for some days; what was lent cannot be lent on."""

    giver = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="delegations_given")
    taker = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="delegations_taken")
    since = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
