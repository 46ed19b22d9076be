"""The app of replies."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RepliesConfig(AppConfig):
    """Replies of debtors, read for signals, acted on in the transaction that stores them."""

    name = "forbear.web.replies"
    verbose_name = _("Replies")
