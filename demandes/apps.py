"""Configuration of the app demandes."""

from django.apps import AppConfig


class DemandesConfig(AppConfig):
    """The app demandes."""

    name = "demandes"
    default_auto_field = "django.db.models.BigAutoField"
