"""Turn DATABASE_URL into Django's settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from forbear.web.database import embedded

KNOWN_SCHEMES = {"postgres", "postgresql"}


def connection_settings(home: Path) -> dict[str, Any]:
    """Return Django's DATABASES entry: the server of DATABASE_URL, else the embedded one under home."""
    url = os.environ.get("DATABASE_URL") or embedded.ensure_server(
        home / "postgres", keep_running=os.environ.get("FORBEAR_KEEP_SERVER", "1") == "1"
    )
    return parse(url)


def parse(url: str) -> dict[str, Any]:
    """Split a postgresql:// URL; raise ValueError naming what is wrong without repeating the password."""
    parts = urlsplit(url)
    if parts.scheme not in KNOWN_SCHEMES:
        raise ValueError(f"DATABASE_URL must begin with postgresql://, not {parts.scheme or 'nothing'}://")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "forbear",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": options,
        "CONN_MAX_AGE": 600,
        "ATOMIC_REQUESTS": False,
    }
