"""A person of age leaves the family that deposited for them: their demande gets an access that is theirs alone."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from demandes.acteur import Acteur
from demandes.calculs.ages import est_mineur
from demandes.cycle import Etat
from demandes.droits import Droit
from demandes.models import Convocation, Demande, Usager
from demandes.services.changement_de_mains import changer_de_mains
from demandes.services.journal import journaliser
from demandes.services.mandataires import exiger_mandat
from demandes.services.transitions import verrouiller
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte


@acte
def quitter_la_famille(demande: Demande, *, courriel: str, par: Acteur, maintenant: datetime) -> Demande:
    """Give a person of age their own access: what the family received opens nothing of theirs any more.

    What changes is said by `changer_de_mains`.

    Args:
        demande: deposited, in a family; brought up to date.
        courriel: their own address.
        par: the person, or who deposited for them.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``pas_en_famille``, ``fiche_commune``, ``convoquee_en_famille`` (409); ``mineur``,
            ``courriel_partage`` on ``courriel``.
    """
    verrouillee = verrouiller(demande)
    exiger_mandat(verrouillee, par, maintenant=maintenant)
    if not par.est_concerne(verrouillee) or not par.peut_sur(Droit.SUIVRE, verrouillee):
        raise DroitRefuse
    usager = Usager.objects.select_for_update(of=("self",), no_key=True).get(pk=verrouillee.usager_id)
    _exiger_depart_possible(verrouillee, usager, courriel, maintenant)
    anciennes = {usager.courriel, verrouillee.principale.usager.courriel if verrouillee.principale else ""} - {""}
    usager.courriel = courriel
    usager.save(update_fields=["courriel"])
    verrouillee.usager = usager
    verrouillee.principale, verrouillee.lien_familial = None, ""
    verrouillee.save(update_fields=["principale", "lien_familial"])
    journaliser("famille:quittee", par=par, maintenant=maintenant, demande=verrouillee)
    changer_de_mains(verrouillee, anciennes, par=par, maintenant=maintenant)
    demande.cle, demande.principale = verrouillee.cle, None
    return verrouillee


def _exiger_depart_possible(demande: Demande, usager: Usager, courriel: str, maintenant: datetime) -> None:
    if demande.principale is None or demande.etat == Etat.BROUILLON:
        raise ErreurMetier("pas_en_famille", _("Cette demande n’est pas rattachée à une autre."), statut=409)
    # Who deposited speaks for this demande, not for what an agent has since put in the same file.
    if usager.demandes.exclude(pk=demande.pk).exists() or usager.absorbes.exists() or usager.est_certifie:
        raise ErreurMetier(
            "fiche_commune",
            _("Cette personne a aussi d’autres demandes. Écrivez au service pour changer son adresse."),
            statut=409,
        )
    if est_mineur(usager.date_naissance, aujourdhui(demande.prefecture.fuseau, maintenant)):
        raise ErreurMetier(
            "mineur", _("Cette personne est mineure : son représentant suit la demande."), champ="courriel"
        )
    if courriel.lower() == demande.principale.usager.courriel.lower():
        raise ErreurMetier(
            "courriel_partage", _("Donnez l’adresse de cette personne, différente de la vôtre."), champ="courriel"
        )
    actives = demande.convocations.actives()
    if (
        actives.filter(jointe_a__isnull=False).exists()
        or Convocation.objects.actives().filter(jointe_a__in=actives).exists()
    ):
        raise ErreurMetier(
            "convoquee_en_famille",
            _("Cette personne est convoquée avec sa famille. Demandez d’abord au service de la convoquer seule."),
            statut=409,
        )
