"""Django app: payments."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Registers the app, and what follows for payments when the bank's facts change."""

    name = "forbear.web.payments"
    label = "payments"

    def ready(self) -> None:
        """Connect the app to the case: nothing in cases imports payments."""
        from forbear.web.cases import changes
        from forbear.web.payments import services

        changes.FOLLOWERS.append(services.on_facts)
