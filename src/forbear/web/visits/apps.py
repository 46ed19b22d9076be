"""Django app: visits."""

from django.apps import AppConfig


class VisitsConfig(AppConfig):
    """Registers the app, what follows from an approval, and what a hold calls off."""

    name = "forbear.web.visits"
    label = "visits"

    def ready(self) -> None:
        """Connect the app to approvals and holds: nothing in cases imports visits."""
        from forbear.web.visits import following

        following.connect()
