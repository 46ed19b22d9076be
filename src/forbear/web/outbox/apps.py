"""Django app: outbox."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Registers the app under the name its tables begin with."""

    name = "forbear.web.outbox"
    label = "outbox"
