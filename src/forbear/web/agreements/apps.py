"""Django app: agreements."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    """Registers the app, what follows from approvals, and what follows from holds and from the bank's facts."""

    name = "forbear.web.agreements"
    label = "agreements"

    def ready(self) -> None:
        """Connect the app to the case: nothing in cases imports agreements."""
        from forbear.web.agreements import following

        following.connect()
