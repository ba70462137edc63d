"""Configuration of the app guichet."""

from django.apps import AppConfig

from demandes import cycle


class GuichetConfig(AppConfig):
    """The app guichet; a demande checked during a visit is received at once."""

    name = "guichet"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the counter does after a transition, forbids to appointments, and measures for the planning."""
        from guichet.selectors_mesures import durees_des_files, mesurer
        from guichet.services.guichet import exiger_absent, exiger_non_arrive, quitter_la_file, recevoir_la_demande
        from guichet.services.titres import exiger_titre_en_stock
        from planning.mesures import mesurer_avec
        from planning.services.reservation import avant_changement

        cycle.apres("constater_completude", recevoir_la_demande)
        cycle.apres("retirer", quitter_la_file)
        cycle.apres("revoquer_convocation", exiger_absent)
        cycle.apres("convoquer", exiger_titre_en_stock)
        avant_changement(exiger_non_arrive)
        mesurer_avec(places=mesurer, durees=durees_des_files)
