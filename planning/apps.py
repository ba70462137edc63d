"""Configuration of the app planning."""

from django.apps import AppConfig

from demandes import cycle


class PlanningConfig(AppConfig):
    """The app planning: it frees slots no longer needed, sends nobody to a doctor without agrément, follows lots."""

    name = "planning"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the planning does after a transition."""
        from demandes.services.avis import oublier_en_attente
        from demandes.services.purge import purger_aussi
        from demandes.services.validite import une_a_une, verifier_avant_envoi, verifier_avant_impression
        from planning.services.agendas import exiger_agrement
        from planning.services.attente import offre_tient
        from planning.services.besoins import oublier_les_besoins
        from planning.services.confirmation import relances_utiles, restent_a_confirmer
        from planning.services.lots import noter_convocation
        from planning.services.rappels import liens_en_attente, rendez_vous_confirmes, rendez_vous_tient
        from planning.services.reservation import liberer_apres_fin

        purger_aussi("besoins_oublies", oublier_les_besoins)
        verifier_avant_envoi("rappel_rendez_vous", une_a_une(rendez_vous_tient))
        verifier_avant_envoi("confirmation", restent_a_confirmer)
        verifier_avant_envoi("relance_confirmation", relances_utiles)
        verifier_avant_envoi("place_proposee", une_a_une(offre_tient))
        verifier_avant_envoi("relance_lien", liens_en_attente)
        verifier_avant_impression("convocation", liens_en_attente)
        verifier_avant_impression("rendez_vous", rendez_vous_confirmes)
        cycle.apres("convoquer", exiger_agrement)
        cycle.apres("convoquer", noter_convocation)
        cycle.apres("reprendre", exiger_agrement)
        cycle.apres("reprendre", noter_convocation)
        cycle.apres("revoquer_convocation", liberer_apres_fin)
        cycle.apres("retirer", liberer_apres_fin)
        cycle.apres("retirer", oublier_en_attente)
        cycle.apres("refuser", oublier_en_attente)
