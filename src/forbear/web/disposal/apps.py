"""Django app: disposal."""

from django.apps import AppConfig


class DisposalConfig(AppConfig):
    """Registers the app, and what a yes to its questions does."""

    name = "forbear.web.disposal"
    label = "disposal"

    def ready(self) -> None:
        """Say what follows from the answers of those who approve."""
        from forbear.web.disposal.transfers import approval as transfer_approval
        from forbear.web.disposal.write_offs import approval as write_off_approval

        write_off_approval.register_kinds()
        transfer_approval.register_kinds()
