"""Django app: cases."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Registers the app under the name its tables begin with."""

    name = "forbear.web.cases"
    label = "cases"
