"""Configuration of the app statistiques."""

from django.apps import AppConfig


class StatistiquesConfig(AppConfig):
    """The app statistiques."""

    name = "statistiques"
    default_auto_field = "django.db.models.BigAutoField"
