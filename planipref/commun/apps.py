"""Tools without domain."""

from django.apps import AppConfig


class CommunConfig(AppConfig):
    """Configuration of the common tools."""

    name = "planipref.commun"
    label = "commun"
    default_auto_field = "django.db.models.BigAutoField"
