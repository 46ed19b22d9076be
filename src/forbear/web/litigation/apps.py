"""The litigation app: matters in court, their moves and terms, papers, costs, counsel."""

from django.apps import AppConfig


class LitigationConfig(AppConfig):
    """Registers the app under a short label."""

    name = "forbear.web.litigation"
    label = "litigation"
