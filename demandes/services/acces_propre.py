"""A person of age leaves the family that deposited for them: their demande gets an access that is theirs alone."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.utils.translation import gettext as _

from demandes.acteur import Acteur
from demandes.calculs.ages import est_mineur
from demandes.cycle import Etat
from demandes.droits import Droit
from demandes.models import Acte, Convocation, Demande, Usager
from demandes.services.convocation import changer_le_lien, prevenir
from demandes.services.journal import journaliser
from demandes.services.mandataires import exiger_mandat
from demandes.services.mandats import changer_les_liens
from demandes.services.notifications import notifier
from demandes.services.transitions import verrouiller
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte, etape


@acte
def quitter_la_famille(demande: Demande, *, courriel: str, par: Acteur, maintenant: datetime) -> Demande:
    """Give a person of age their own access: what the family received opens nothing of theirs any more.

    The public key changes, and with it every link mailed so far, those of convocations and mandates too; the receipt
    leaves again, to their own address, and the former address is told.

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
    verrouillee.principale, verrouillee.lien_familial, verrouillee.cle = None, "", uuid.uuid4()
    verrouillee.save(update_fields=["principale", "lien_familial", "cle"])
    restent = verrouillee.notifications.filter(etat__in=["a_envoyer", "en_envoi"])
    restent.filter(canal="courriel", destinataire__in=anciennes).update(destinataire=courriel)
    verrouillee.codes_acces.filter(utilise_le__isnull=True).update(utilise_le=maintenant)
    journaliser("famille:quittee", par=par, maintenant=maintenant, demande=verrouillee)
    _ecrire_aux_adresses(verrouillee, anciennes, maintenant)
    for convocation in verrouillee.convocations.actives().order_by("pk"):
        convocation.demande = verrouillee
        changer_le_lien(convocation)
        prevenir([convocation], "convocation", maintenant=maintenant)
    changer_les_liens(verrouillee, par=par, maintenant=maintenant)
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


@etape
def _ecrire_aux_adresses(demande: Demande, anciennes: set[str], maintenant: datetime) -> None:
    """Send the receipt again to the new address, and say to the former ones that they receive nothing more."""
    cle = str(demande.cle)
    accuse = demande.actes.filter(genre=Acte.Genre.ACCUSE_RECEPTION).order_by("pk").first()
    if accuse is not None:
        notifier(demande, "depot", maintenant=maintenant, cle=cle, contexte={"acte_id": accuse.pk})
    for rang, adresse in enumerate(sorted(anciennes - {demande.usager.courriel})):
        notifier(demande, "adresse_changee", maintenant=maintenant, cle=f"{cle}:{rang}", a=adresse)
