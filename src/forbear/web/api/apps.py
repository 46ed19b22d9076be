"""Django app: api."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registers the app under the name its tables begin with."""

    name = "forbear.web.api"
    label = "api"
