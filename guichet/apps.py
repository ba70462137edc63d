"""Configuration of the app guichet."""

from django.apps import AppConfig

from demandes import cycle


class GuichetConfig(AppConfig):
    """The app guichet; a demande checked during a visit is received at once."""

    name = "guichet"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the counter does after a transition, and what it forbids to appointments."""
        from guichet.services.guichet import exiger_non_arrive, recevoir_la_demande
        from planning.services.reservation import avant_changement

        cycle.apres("constater_completude", recevoir_la_demande)
        avant_changement(exiger_non_arrive)
