"""Django app: outbox."""

from typing import Any

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Registers the app under the name its tables begin with, and gives replies to the room that acts on them."""

    name = "forbear.web.outbox"
    label = "outbox"

    def ready(self) -> None:
        """Connect what comes in with what acts on it, in the same transaction."""
        from forbear.web.outbox.events import inbound

        inbound.connect(act_on_reply, dispatch_uid="outbox.act_on_reply")


def act_on_reply(event: Any, text: str, address: str, **_: Any) -> None:
    """Give a reply to the room of replies, under the key it is known by here."""
    from forbear.web.replies.services import received

    received(channel=event.channel, number=address, text=text, at=event.at, key=event.event_key)
