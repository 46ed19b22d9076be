"""The app of recordings."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecordingsConfig(AppConfig):
    """Recordings, transcripts, legal holds and deletions."""

    name = "forbear.web.recordings"
    verbose_name = _("Recordings")
