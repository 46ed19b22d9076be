"""Django app: runs."""

from django.apps import AppConfig


class RunsConfig(AppConfig):
    """Registers the app under the name its tables begin with."""

    name = "forbear.web.runs"
    label = "runs"
