"""Django app: desk."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Registers the app under the name its tables begin with."""

    name = "forbear.web.desk"
    label = "desk"
