"""Channels of this installation: the house's settings, with addresses and secrets from the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from forbear.channels.cmpp import Cmpp, CmppSettings
from forbear.channels.contract import Callbacks, Channel
from forbear.channels.http_sms import HttpSms
from forbear.channels.letter import LetterBox, LetterSettings
from forbear.channels.signed_http import LOOPBACK, HttpSettings
from forbear.channels.smpp import Smpp, SmppSettings
from forbear.channels.smtp import Smtp, SmtpSettings
from forbear.channels.webhook import Webhook
from forbear.web import clock
from forbear.web.law.current import packs_at
from forbear.web.outbox.policy import house, post_results, row_of


class NotConnected(LookupError):
    """This installation has no address or secret for the channel; the message names the variable to set."""


def setting(channel: str, name: str, default: str | None = None) -> str:
    """Return FORBEAR_<CHANNEL>_<NAME>; raise NotConnected when it is missing and there is no default."""
    variable = f"FORBEAR_{channel.upper()}_{name}"
    found = os.environ.get(variable, default)
    if found is None:
        raise NotConnected(f"set {variable} to connect the channel {channel}")
    return found


def is_connected(channel: str) -> bool:
    """Return whether the installation has an address for a channel."""
    return any(f"FORBEAR_{channel.upper()}_{name}" in os.environ for name in ("HOST", "URL", "FOLDER"))


@dataclass(frozen=True, slots=True)
class Built:
    """A channel, how many messages the gate is asked for at once, and how many may be in hand unanswered."""

    channel: Channel
    batch: int
    in_hand: int


def build(channel: str, *, at: datetime) -> Built:
    """Return a channel ready to connect; raises NotConnected, KeyError, NoLawInForce."""
    row = row_of("transports", channel, at)
    made = BUILDERS[setting(channel, "PROTOCOL", row["protocol"])](channel, row, at)
    return Built(made, int(row["batch"]), int(row["window"]))


def callbacks(channel: str, *, at: datetime) -> Callbacks:
    """Return what reads the call-backs of a channel; raises NotConnected where it has none."""
    row = row_of("transports", channel, at)
    protocol = setting(channel, "PROTOCOL", row["protocol"])
    if protocol == "http_sms":
        return http_sms(channel, row, at)
    if protocol == "webhook":
        return webhook(channel, row, at)
    raise NotConnected(f"the channel {channel} has no call-backs")


def link_settings(channel: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a lasting connection goes and how much at once."""
    return {
        "host": setting(channel, "HOST"),
        "port": int(setting(channel, "PORT")),
        "window": int(row["window"]),
        "a_second": float(row["a_second"]),
        "keep_alive_seconds": float(row["keep_alive_seconds"]),
        "answer_seconds": float(row["answer_seconds"]),
    }


def smpp(channel: str, row: Mapping[str, Any], at: datetime) -> Channel:
    """Return SMS over SMPP."""
    return Smpp(
        SmppSettings(
            **link_settings(channel, row),
            system_id=setting(channel, "USER"),
            password=setting(channel, "SECRET"),
            sender=setting(channel, "SENDER"),
            dead_codes=frozenset(house("dead_codes", at)),
        )
    )


def cmpp(channel: str, row: Mapping[str, Any], at: datetime) -> Channel:
    """Return SMS over CMPP 3.0."""
    return Cmpp(
        CmppSettings(
            **link_settings(channel, row),
            sp_id=setting(channel, "USER"),
            secret=setting(channel, "SECRET"),
            sender=setting(channel, "SENDER"),
            service=setting(channel, "SERVICE", ""),
            now=clock.now,
            dead_codes=frozenset(house("dead_codes", at)),
        )
    )


def http_settings(channel: str, row: Mapping[str, Any], at: datetime) -> HttpSettings:
    """Return where signed messages are posted."""
    return HttpSettings(
        url=setting(channel, "URL"),
        secret=setting(channel, "SECRET"),
        now=clock.now,
        window=int(row["window"]),
        a_second=float(row["a_second"]),
        answer_seconds=float(row["answer_seconds"]),
        callback_age_seconds=float(house("callback_age_seconds", at)),
    )


def http_sms(channel: str, row: Mapping[str, Any], at: datetime) -> HttpSms:
    """Return SMS through a provider with signed HTTP."""
    sender = setting(channel, "SENDER", "")
    return HttpSms(http_settings(channel, row, at), sender=sender, dead_codes=house("dead_codes", at))


def webhook(channel: str, row: Mapping[str, Any], at: datetime) -> Webhook:
    """Return push or WeCom by signed webhook."""
    return Webhook(http_settings(channel, row, at), form=channel)


def smtp(channel: str, row: Mapping[str, Any], at: datetime) -> Channel:
    """Return e-mail by SMTP; the DKIM key is a file that FORBEAR_EMAIL_DKIM_KEY names."""
    key = setting(channel, "DKIM_KEY", "")
    return Smtp(
        SmtpSettings(
            host=setting(channel, "HOST"),
            port=int(setting(channel, "PORT")),
            sender=setting(channel, "SENDER"),
            user=setting(channel, "USER", ""),
            secret=setting(channel, "SECRET", ""),
            encrypted=setting(channel, "HOST") not in LOOPBACK,
            dkim_selector=setting(channel, "DKIM_SELECTOR", ""),
            dkim_key=Path(key).read_text() if key else "",
            window=int(row["window"]),
            a_second=float(row["a_second"]),
            answer_seconds=float(row["answer_seconds"]),
        )
    )


def print_folder(channel: str, row: Mapping[str, Any], at: datetime) -> Channel:
    """Return letters by a folder that a printer takes jobs from."""
    bank = str(packs_at(at).value("house/messages/bank", at.date()))
    return LetterBox(
        LetterSettings(
            folder=Path(setting(channel, "FOLDER")),
            sender=setting(channel, "SENDER", bank),
            now=clock.now,
            outcomes=post_results(at),
            look_seconds=float(row["keep_alive_seconds"]),
        )
    )


Builder = Callable[[str, Mapping[str, Any], datetime], Channel]
BUILDERS: Mapping[str, Builder] = {
    "smpp": smpp, "cmpp": cmpp, "http_sms": http_sms, "smtp": smtp, "webhook": webhook,
    "print_folder": print_folder,
}  # fmt: skip
