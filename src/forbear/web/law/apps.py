"""Django app: law."""

from django.apps import AppConfig


class LawConfig(AppConfig):
    """Registers the app under the name its tables begin with."""

    name = "forbear.web.law"
    label = "law"
