"""The reader's words for codes that people's tables keep."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

# What a line of the access log says was read.
READS = {
    "case": _("Case opened"),
    "number_revealed": _("Whole number shown"),
    "search": _("Found by search"),
    "export": _("Exported"),
    "timeline": _("Timeline read"),
    "set_aside_row": _("Set-aside row opened"),
    "amounts": _("Amounts shown"),
    "recording": _("Recording heard"),
    "reception": _("Looked up at reception"),
    "document": _("Document read"),
    "means": _("Means of living shown"),
    "outbox": _("Outbox read"),
    "letter": _("Letter opened"),
    "reply": _("Reply read"),
    "complaint": _("Complaint read"),
    "matter": _("Matter in court opened"),
    "court_paper": _("Paper for court opened"),
    "credit": _("Credit record opened"),
    "disposal": _("Write-off or transfer opened"),
    "visit": _("Visit opened"),
}
# The five classes of the risk classification, mildest first.
RISK_CLASSES = {
    "normal": _("Normal"),
    "special_mention": _("Special mention"),
    "substandard": _("Substandard"),
    "doubtful": _("Doubtful"),
    "loss": _("Loss"),
}
FORCES = {
    "law": _("Law"),
    "regulation": _("Administrative regulation"),
    "interpretation": _("Judicial interpretation"),
    "rule": _("Ministry rule"),
    "notice": _("Regulator's notice"),
    "standard": _("Recommended standard"),
    "self_regulation": _("Self-regulation"),
    "policy": _("House policy"),
}
# How far the text of a rule was checked.
GRADES = {
    "V1": _("V1: read in the issuer's own text"),
    "V2": _("V2: quoted word for word by others"),
    "V3": _("V3: reported, wording not seen"),
    "U": _("U: unverified"),
}
COUNTERS = {
    "number_attempts": _("Tries left on this number today"),
    "debtor_effective_calls": _("Effective calls left with this debtor today"),
}
