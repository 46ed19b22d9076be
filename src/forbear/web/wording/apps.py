"""The app of wording."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WordingConfig(AppConfig):
    """Templates and their versions."""

    name = "forbear.web.wording"
    verbose_name = _("Wording")
