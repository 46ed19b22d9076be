"""Django app: debtor."""

from django.apps import AppConfig


class DebtorConfig(AppConfig):
    """Registers the app under the name its tables begin with."""

    name = "forbear.web.debtor"
    label = "debtor"
