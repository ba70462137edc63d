"""Configuration of the app planning."""

from django.apps import AppConfig

from demandes import cycle


class PlanningConfig(AppConfig):
    """The app planning; it frees slots when a demande no longer needs them."""

    name = "planning"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the planning does after a transition."""
        from planning.services.reservation import liberer_apres_fin

        cycle.apres("revoquer_convocation", liberer_apres_fin)
        cycle.apres("retirer", liberer_apres_fin)
