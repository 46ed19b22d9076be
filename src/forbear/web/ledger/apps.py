"""Django app: ledger."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Registers the app under the name its tables begin with."""

    name = "forbear.web.ledger"
    label = "ledger"
