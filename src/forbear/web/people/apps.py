"""Django app: people."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Registers the app under the name its tables begin with."""

    name = "forbear.web.people"
    label = "people"
