"""The app of reception."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReceptionConfig(AppConfig):
    """Inbound calls and visitors."""

    name = "forbear.web.reception"
    verbose_name = _("Reception")
