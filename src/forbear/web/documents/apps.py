"""Django app: documents."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Registers the app under the name its tables begin with."""

    name = "forbear.web.documents"
    label = "documents"
