"""Django app: intake."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Registers the app under the name its tables begin with."""

    name = "forbear.web.intake"
    label = "intake"
