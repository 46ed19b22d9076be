"""Django app: genuine."""

from django.apps import AppConfig


class GenuineConfig(AppConfig):
    """Registers the app."""

    name = "forbear.web.genuine"
    label = "genuine"
