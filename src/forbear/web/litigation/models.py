"""Matters in court with their papers, costs, hearings and counsel. Moves are appended and hash-chained per matter; state and terms follow from them."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _


class LegalMatter(models.Model):
    """One claim on its way through court; state, facts and terms are what its moves made of it."""

    number = models.CharField(max_length=20, unique=True)  # ours, such as F2026-000123
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="matters")
    state = models.CharField(max_length=20)  # codes of policy/house/litigation.yaml
    stage = models.CharField(max_length=16)
    ended = models.BooleanField(default=False)
    since = models.DateField()  # of the last move
    facts = models.JSONField(default=dict)  # what the moves brought; days as ISO 8601
    claim_minor = models.BigIntegerField()
    claim_on = models.DateField()  # the day on which the claim was counted
    court = models.CharField(max_length=80, blank=True)
    agent = models.ForeignKey("litigation.Agent", on_delete=models.PROTECT, null=True, related_name="matters")
    court_case_no = models.CharField(max_length=60, blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    # The next term of ours, so that a docket of thousands sorts without computing.
    next_term = models.CharField(max_length=40, blank=True)
    next_last_day = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(ended=False), name="one_open_matter_a_case"
            )
        ]
        indexes = [models.Index(fields=["stage", "next_last_day"]), models.Index(fields=["owner", "ended"])]

    def __str__(self) -> str:
        return self.number


class MatterMove(models.Model):
    """One move of a matter: which, on which day it took place, who wrote it and when (append only)."""

    matter = models.ForeignKey(LegalMatter, on_delete=models.PROTECT, related_name="moves")
    sequence = models.IntegerField()
    move = models.CharField(max_length=30)
    on = models.DateField()
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "sequence"], name="matter_move_once")]


class MatterTerm(models.Model):
    """A term of a matter as law counts it; written again with each move."""

    class Whose(models.TextChoices):
        """Who must act within it."""

        OURS = "ours", _("Ours")
        THEIRS = "theirs", _("The debtor's")
        COURT = "court", _("The court's")

    matter = models.ForeignKey(LegalMatter, on_delete=models.CASCADE, related_name="terms")
    kind = models.CharField(max_length=40)
    whose = models.CharField(max_length=8, choices=Whose.choices)
    event_on = models.DateField()
    last_day = models.DateField()
    ended_on = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["last_day"], condition=models.Q(ended_on__isnull=True), name="running_terms")
        ]


class Agent(models.Model):
    """Who acts for the bank in court: a lawyer with a licence, or an employee of the bank."""

    name = models.CharField(max_length=60)
    firm = models.CharField(max_length=80)
    phone = models.CharField(max_length=40, blank=True)
    licence_no = models.CharField(max_length=40)  # of an employee the staff number
    is_lawyer = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_until = models.DateField()
    evidence_sha256 = models.CharField(max_length=64, blank=True, default="")  # of what proves the licence
    evidence_cipher = models.BinaryField(null=True)
    user = models.OneToOneField("people.User", on_delete=models.PROTECT, null=True, related_name="agent")
    added_at = models.DateTimeField()
    added_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.name} ({self.firm})"

    def holds_on(self, on: date) -> bool:
        """Return whether the licence or mandate holds on a day."""
        return self.valid_from <= on <= self.valid_until

    def may_sign_on(self, on: date) -> bool:
        """Return whether this is a lawyer whose licence holds on a day and is proved on file."""
        return self.is_lawyer and bool(self.evidence_sha256) and self.holds_on(on)


class CourtEvidence(models.Model):
    """One piece of evidence of a case, its file sealed and known by its digest (append only)."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="court_evidence")
    kind = models.CharField(max_length=16)  # of house/litigation/evidence_required
    title = models.CharField(max_length=120)
    pages = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    content_cipher = models.BinaryField()
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "sha256"], name="court_evidence_once")]


class PaperBatch(models.Model):
    """Papers drafted for many matters in one go; `left_out` names who and why."""

    kinds = models.JSONField()
    matters = models.JSONField()  # ids, in order
    counted_on = models.DateField()
    asked_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    done = models.IntegerField(default=0)
    left_out = models.JSONField(default=list)  # [{matter, number, missing: [code, ...]}]
    finished_at = models.DateTimeField(null=True)


class MatterPaper(models.Model):
    """One drafted paper, sealed: what it claims, on which day that was counted, from which template (append only)."""

    matter = models.ForeignKey(LegalMatter, on_delete=models.PROTECT, related_name="papers")
    batch = models.ForeignKey(PaperBatch, on_delete=models.PROTECT, null=True, related_name="papers")
    kind = models.CharField(max_length=40)
    counted_on = models.DateField()
    claim_minor = models.BigIntegerField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    court = models.CharField(max_length=80, blank=True)  # whom it addresses
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, related_name="+")  # whom it names
    template = models.CharField(max_length=40)  # the kind, or the form its court asks for
    template_version = models.CharField(max_length=20)
    template_sha256 = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)  # of the PDF
    pdf_cipher = models.BinaryField()
    words_cipher = models.BinaryField()  # its HTML, of which a DOCX is made when somebody asks for one

    class Meta:
        indexes = [models.Index(fields=["matter", "kind", "-made_at"])]


class Hearing(models.Model):
    """A day in court."""

    matter = models.ForeignKey(LegalMatter, on_delete=models.PROTECT, related_name="hearings")
    begins_at = models.DateTimeField()
    minutes = models.IntegerField()
    place = models.CharField(max_length=80, blank=True)
    judge = models.CharField(max_length=40, blank=True)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    cancelled_why = models.CharField(max_length=120, blank=True)


class ServiceTry(models.Model):
    """One try of the court to serve a paper on the debtor."""

    class Way(models.TextChoices):
        """How it is served."""

        DIRECT = "direct", _("In person")
        POST = "post", _("By post")
        ELECTRONIC = "electronic", _("Electronically")
        LEFT = "left", _("Left at the address")
        NOTICE = "notice", _("By public notice")

    class Result(models.TextChoices):
        """How it ended."""

        OPEN = "open", _("Under way")
        SERVED = "served", _("Served")
        RETURNED = "returned", _("Returned")

    matter = models.ForeignKey(LegalMatter, on_delete=models.PROTECT, related_name="service")
    way = models.CharField(max_length=12, choices=Way.choices)
    sent_on = models.DateField()
    result = models.CharField(max_length=10, choices=Result.choices, default=Result.OPEN)
    result_on = models.DateField(null=True)
    note = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")


class MatterCost(models.Model):
    """What a matter cost; a mistake is taken back by a row of its own (append only)."""

    class Kind(models.TextChoices):
        """What was paid for."""

        COURT_FEE = "court_fee", _("Court fee")
        PRESERVATION = "preservation", _("Preservation")
        NOTICE = "notice", _("Public notice")
        LAWYER = "lawyer", _("Lawyer")
        OTHER = "other", _("Other")

    matter = models.ForeignKey(LegalMatter, on_delete=models.PROTECT, related_name="costs")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    amount_minor = models.BigIntegerField()
    paid_on = models.DateField()
    memo = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")


class CounselGrant(models.Model):
    """Outside counsel may read one matter from a moment until another."""

    matter = models.ForeignKey(LegalMatter, on_delete=models.PROTECT, related_name="grants")
    counsel = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="court_grants")
    since = models.DateTimeField()
    until = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["counsel", "until"])]
