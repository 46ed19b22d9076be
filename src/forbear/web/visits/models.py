"""Visits at the door: who asked, who goes, when, and every record from office and phone, hash-chained per visit."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

DAY_PLAN = _("The day's plan")  # the reason of a visit that no person gave one for


class VisitState(models.TextChoices):
    """Domain dossier 3.4; from `checked_in` on it follows from the phone's records alone."""

    REQUESTED = "requested", _("Waits for approval")
    REFUSED = "refused", _("Refused by the risk check")
    DECLINED = "declined", _("Declined")
    APPROVED = "approved", _("Approved")
    SCHEDULED = "scheduled", _("On a route")
    CHECKED_IN = "checked_in", _("At the door")
    DONE = "done", _("Done")
    REPORT_DUE = "report_due", _("To be reviewed")
    REVIEWED = "reviewed", _("Reviewed")
    CALLED_OFF = "called_off", _("Called off")


class Verdict(models.TextChoices):
    """What a review came to."""

    ACCEPTED = "accepted", _("Explained, no harm")
    FAULT = "fault", _("A fault of ours")
    VOID = "void", _("Does not count as a visit")


class FieldTeam(models.Model):
    """People who go together on one day in one city; the first is responsible."""

    city = models.CharField(max_length=40)
    on = models.DateField()
    name = models.CharField(max_length=20)
    made_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city", "on", "name"], name="team_once_a_day")]

    def __str__(self) -> str:
        return f"{self.city} {self.name}"


class TeamMember(models.Model):
    """One person of a day's team, and whether their phone carries the route."""

    team = models.ForeignKey(FieldTeam, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="team_days")
    on = models.DateField()
    leads = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "on"], name="one_team_a_person_a_day")]


class Visitor(models.Model):
    """What speaks for sending a person: roles as `visit_team` knows them, licence, languages, home city."""

    user = models.OneToOneField("people.User", on_delete=models.PROTECT, related_name="visitor")
    city = models.CharField(max_length=40)
    roles = ArrayField(models.CharField(max_length=20))
    languages = ArrayField(models.CharField(max_length=20), default=list)
    licence_no = models.CharField(max_length=40, blank=True)
    licensed_until = models.DateField(null=True)
    active = models.BooleanField(default=True)


class Conflict(models.Model):
    """A person says: this debtor is a relative, friend or neighbour of mine."""

    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="conflicts")
    customer = models.ForeignKey(
        "portfolio.Customer", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "customer"], name="conflict_once")]


class AddressPlace(models.Model):
    """Where an address is, in millionths of a degree, and from whom we know."""

    point = models.OneToOneField(
        "portfolio.ContactPoint", on_delete=models.PROTECT, related_name="place", db_constraint=False
    )
    latitude_e6 = models.IntegerField()
    longitude_e6 = models.IntegerField()
    source = models.CharField(max_length=12)  # bank, entered, check_in
    at = models.DateTimeField()


class Visit(models.Model):
    """One visit to one address of one debtor, from the request to its review."""

    number = models.CharField(max_length=20, unique=True)  # ours, such as V2026-000123
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, related_name="visits", db_constraint=False
    )
    point = models.ForeignKey(
        "portfolio.ContactPoint", on_delete=models.PROTECT, related_name="visits", db_constraint=False
    )
    asked_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    source = models.CharField(max_length=6, default="case")  # case, day: the run's outcome
    wanted_on = models.DateField()
    window_from = models.TimeField()
    window_to = models.TimeField()
    minutes = models.SmallIntegerField()
    language = models.CharField(max_length=20, blank=True)
    facts = models.JSONField(default=dict)  # of the question visit_team, as checked
    findings = models.JSONField(default=list)  # codes of the risk check: [{code, stops}]
    roles = ArrayField(models.CharField(max_length=20), default=list)
    advice = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=12, choices=VisitState.choices, default=VisitState.REQUESTED)
    approval = models.OneToOneField(
        "cases.Approval", on_delete=models.PROTECT, null=True, related_name="visit"
    )
    team = models.ForeignKey(FieldTeam, on_delete=models.SET_NULL, null=True, related_name="visits")
    place_in_route = models.SmallIntegerField(null=True)
    begins_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    permit = models.OneToOneField("contact.Permit", on_delete=models.PROTECT, null=True, related_name="visit")
    attempt = models.OneToOneField(
        "contact.ContactAttempt", on_delete=models.PROTECT, null=True, related_name="visit"
    )
    checked_in_at = models.DateTimeField(null=True)
    checked_out_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=4, blank=True)
    missing = models.JSONField(default=list)  # codes of house/visits/proofs
    closed_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    reviewed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    review_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "wanted_on"]),
            models.Index(fields=["team", "place_in_route"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(state__in=["requested", "approved", "scheduled"]),
                name="one_open_visit_a_case",
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def what_for(self) -> str:
        """Return what the visit is for: a person's own words, or in the reader's language that the day's plan asked."""
        return str(DAY_PLAN) if self.source == "day" else self.reason


class PhoneDay(models.Model):
    """One person's phone on one day: when it took its route, and how wrong its clock was then."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    device = models.UUIDField()
    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="phone_days")
    team = models.ForeignKey(FieldTeam, on_delete=models.PROTECT, related_name="phone_days")
    on = models.DateField()
    opened_at = models.DateTimeField()
    skew_ms = (
        models.BigIntegerField()
    )  # of the phone's clock against ours, at the start; corrects every record
    drift_ms = models.BigIntegerField(default=0)  # how far that error has moved since, at its worst
    handed = models.JSONField(default=list)  # ids of the visits it was given
    fetched_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "user", "on"], name="phone_once_a_day")]


class VisitRecord(models.Model):
    """One thing that happened to a visit, in the office or at the door (append only, chained per visit).

    `at` is our time: for a record of a phone, its own clock corrected by what we know of its error. Both are kept.
    """

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="records")
    sequence = models.IntegerField()
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    data = models.JSONField(default=dict)
    client_id = models.UUIDField(null=True, unique=True)  # given by the phone: told twice is kept once
    day = models.ForeignKey(PhoneDay, on_delete=models.PROTECT, null=True, related_name="records")
    phone_seq = models.IntegerField(null=True)  # 1, 2, 3, ... per visit and phone
    phone_at = models.DateTimeField(null=True)
    phone_hash = models.BinaryField(null=True)
    phone_previous = models.BinaryField(null=True)
    received_at = models.DateTimeField()
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit", "sequence"], name="visit_record_once"),
            models.UniqueConstraint(fields=["visit", "day", "phone_seq"], name="phone_record_once"),
        ]


class SetAside(models.Model):
    """What a phone sent and could not be taken, with why; nothing is dropped in silence (append only)."""

    day = models.ForeignKey(PhoneDay, on_delete=models.PROTECT, related_name="set_aside")
    client_id = models.UUIDField()
    why = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    content_cipher = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client_id", "sha256"], name="set_aside_once")]


class VisitEvidence(models.Model):
    """A photo or a piece of a recording, sealed, known by its digest."""

    client_id = models.UUIDField(unique=True)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="evidence")
    media_type = models.CharField(max_length=30)
    size = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    content_cipher = models.BinaryField()
    received_at = models.DateTimeField()
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    purged_at = models.DateTimeField(null=True)  # nothing asked for the bytes any more; the digest stays

    class Meta:
        indexes = [
            models.Index(
                fields=["received_at"], condition=models.Q(purged_at__isnull=True), name="visit_file_kept"
            )
        ]


class AlarmKind(models.TextChoices):
    """Why somebody has to look after a team now."""

    SOS = "sos", _("Call for help")
    OVERDUE = "overdue", _("No check-out")


class VisitAlarm(models.Model):
    """A team needs somebody; stands until a manager takes it and closes it."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="alarms")
    kind = models.CharField(max_length=8, choices=AlarmKind.choices)
    at = models.DateTimeField()
    place = models.JSONField(null=True)  # millionths of a degree, as the phone said
    taken_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "kind"], condition=models.Q(closed_at__isnull=True), name="one_open_alarm"
            )
        ]


class FieldIncident(models.Model):
    """A safety incident or an upheld fault of one person on a visit; policy counts a year of them (append only)."""

    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="field_incidents")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="incidents")
    kind = models.CharField(max_length=10)  # safety, fault
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "visit", "kind"], name="incident_once")]


class RoutePlan(models.Model):
    """One planning of a city's day, with how far it is."""

    city = models.CharField(max_length=40)
    on = models.DateField()
    asked_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, default="waiting")  # waiting, running, done, failed
    plans_found = models.IntegerField(default=0)
    best_s = models.IntegerField(null=True)  # seconds of travel of the best plan so far
    spent_ms = models.IntegerField(default=0)
    bound_s = models.IntegerField(null=True)
    left_out = models.JSONField(default=list)  # [{visit, why}]
    finished_at = models.DateTimeField(null=True)
