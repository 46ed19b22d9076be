"""Where the voice goes: session descriptions with G.711 and keypad tones (RFC 8866, RFC 3264). No media passes here."""

from __future__ import annotations

import re
from dataclasses import dataclass

PCMU, PCMA = 0, 8  # static payload types of G.711 (RFC 3551)
NAMES = {PCMU: "PCMU/8000", PCMA: "PCMA/8000"}
TONES = 101  # what we call telephone-event
BLACK_HOLE_PORT = 9  # discard: a held party sends nothing
MEDIA = re.compile(r"^m=audio (\d{1,5})(?:/\d+)? (\S+) (.+)$")
PLACE = re.compile(r"^c=IN (IP[46]) (\S+)")


class NoVoice(ValueError):
    """The other side offers no G.711 voice that could be joined."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Where one party hears: address, port, and which of G.711's two forms it takes, preferred first."""

    host: str
    port: int
    codecs: tuple[int, ...]
    tones: int | None = None  # its number for keypad tones
    family: str = "IP4"


def read_voice(body: bytes) -> Voice:
    """Return the voice of a description; raises NoVoice."""
    family, host, media = "IP4", "", None
    in_audio = before_media = True
    tones = None
    for line in body.decode(errors="replace").splitlines():
        if line.startswith("m="):
            in_audio = media is None and MEDIA.match(line) is not None
            before_media = False
            media = media or MEDIA.match(line)
        elif (found := PLACE.match(line)) and (before_media or in_audio):
            family, host = found[1], found[2]
        elif in_audio and (event := re.match(r"^a=rtpmap:(\d+) telephone-event/8000", line, re.IGNORECASE)):
            tones = int(event[1])
    if media is None or not host or int(media[1]) == 0 or "AVP" not in media[2]:
        raise NoVoice("no audio line with a place to send to")
    offered = [int(each) for each in media[3].split() if each.isdigit()]
    codecs = tuple(each for each in offered if each in NAMES)
    if not codecs:
        raise NoVoice("neither PCMA nor PCMU is offered")
    return Voice(host, int(media[1]), codecs, tones, family)


def write_voice(voice: Voice, *, session: int, version: int, host: str, direction: str = "sendrecv") -> bytes:
    """Describe a voice under our own origin; `host` names us, the voice goes where `voice` says."""
    named = [f"a=rtpmap:{codec} {NAMES[codec]}" for codec in voice.codecs]
    formats = [str(codec) for codec in voice.codecs]
    if voice.tones is not None:
        named += [f"a=rtpmap:{voice.tones} telephone-event/8000", f"a=fmtp:{voice.tones} 0-15"]
        formats.append(str(voice.tones))
    lines = [
        "v=0", f"o=forbear {session} {version} IN IP4 {host}", "s=-", f"c=IN {voice.family} {voice.host}", "t=0 0",
        f"m=audio {voice.port} RTP/AVP {' '.join(formats)}", *named, f"a={direction}",
    ]  # fmt: skip
    return "\r\n".join([*lines, ""]).encode()


def held(host: str) -> Voice:
    """Return the voice of nobody: what the first party hears until the second is there."""
    return Voice(host, BLACK_HOLE_PORT, (PCMA, PCMU), TONES)
