"""Django app: contact."""

from django.apps import AppConfig


class ContactConfig(AppConfig):
    """Registers the app under the name its tables begin with."""

    name = "forbear.web.contact"
    label = "contact"
