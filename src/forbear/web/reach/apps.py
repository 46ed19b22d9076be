"""The app of contact points and wishes."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReachConfig(AppConfig):
    """Contact points, wishes, the third-person lock, the best time to reach."""

    name = "forbear.web.reach"
    verbose_name = _("Reach")
