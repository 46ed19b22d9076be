"""The app of the telephone."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TelephonyConfig(AppConfig):
    """Calls, seats and the dialler."""

    name = "forbear.web.telephony"
    verbose_name = _("Telephone")
