"""Django app: portfolio."""

from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    """Registers the app under the name its tables begin with."""

    name = "forbear.web.portfolio"
    label = "portfolio"
