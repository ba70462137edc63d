"""Configuration of the app guichet."""

from django.apps import AppConfig

from demandes import cycle


class GuichetConfig(AppConfig):
    """The app guichet; a demande checked during a visit is received at once."""

    name = "guichet"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the counter does after a transition."""
        from guichet.services.guichet import recevoir_la_demande

        cycle.apres("constater_completude", recevoir_la_demande)
