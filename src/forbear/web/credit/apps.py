"""Django app: credit."""

from django.apps import AppConfig


class CreditConfig(AppConfig):
    """Registers the app under the name its tables begin with."""

    name = "forbear.web.credit"
    label = "credit"
