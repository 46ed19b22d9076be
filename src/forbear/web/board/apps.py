"""Django app: board."""

from django.apps import AppConfig


class BoardConfig(AppConfig):
    """Registers the app under the name its tables begin with."""

    name = "forbear.web.board"
    label = "board"
