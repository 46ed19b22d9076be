"""Django app: one-time codes."""

from django.apps import AppConfig


class CodesConfig(AppConfig):
    """Registers the app under the name its table begins with."""

    name = "forbear.web.codes"
    label = "codes"
