"""Start Django for the commands."""

from __future__ import annotations

import os


def start() -> None:
    """Load the settings (and with them the database server) once."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forbear.web.config.settings")
    import django  # reads the settings' place from the environment, so not at the top
    from django.apps import apps

    if not apps.ready:
        django.setup()
