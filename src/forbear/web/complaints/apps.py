"""Django app: complaints."""

from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    """Registers the app under the name its tables begin with."""

    name = "forbear.web.complaints"
    label = "complaints"
