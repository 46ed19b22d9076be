"""Django app: letters."""

from django.apps import AppConfig


class LettersConfig(AppConfig):
    """Registers the app under the name its tables begin with."""

    name = "forbear.web.letters"
    label = "letters"
