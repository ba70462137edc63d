"""Several persons of a family: each has a demande of their own, all reached by who deposits the principal one."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.utils.translation import gettext as _

from demandes.acteur import Acteur
from demandes.calculs.ages import est_mineur
from demandes.cycle import Etat
from demandes.droits import Droit
from demandes.models import Acte, Convocation, Demande, Motif
from demandes.services.convocation import USAGE
from demandes.services.depot import Rattachement, ouvrir_brouillon
from demandes.services.journal import journaliser
from demandes.services.mandataires import exiger_mandat
from demandes.services.notifications import notifier
from demandes.services.transitions import verrouiller
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.jetons import deriver, empreinte
from planipref.commun.transactions import acte, etape

# What a family often shares; each person's may be changed in their own demande.
PARTAGES = ("courriel", "telephone", "adresse", "code_postal", "commune", "langue")


@acte
def commencer_pour_un_proche(
    principale: Demande, motif: Motif, *, lien: str, par: Acteur, maintenant: datetime
) -> Demande:
    """Open a draft for a person of the family: their own identity, answers, pieces, clock and receipt.

    Args:
        principale: the demande that the person who deposits holds.
        motif: what is asked for, the same or another.
        lien: value of `Demande.LienFamilial`.
        par: the usager of `principale`.
        maintenant: instant.

    Raises:
        DroitRefuse: 403; ErreurMetier: see `rattachement`, and ``motif_ferme`` on ``motif``.
    """
    famille = rattachement(principale, lien, par=par, maintenant=maintenant)
    tete = famille.principale
    contact = {champ: getattr(tete.usager, champ) for champ in PARTAGES}
    demande = ouvrir_brouillon(
        motif, tete.prefecture, Demande.Canal.EN_LIGNE, maintenant=maintenant, identite=contact, famille=famille
    )
    consigner_rattachement(demande, par=par, maintenant=maintenant)
    return demande


@etape
def rattachement(principale: Demande, lien: str, *, par: Acteur, maintenant: datetime) -> Rattachement:
    """Check, under lock, that a person may join the family of a demande, by who holds it.

    Raises:
        DroitRefuse: 403, the demande is not theirs, or is not the principal one of its family.
        ErreurMetier: ``famille_complete`` (409), they are ten already.
    """
    tete = verrouiller(principale)
    exiger_mandat(tete, par, maintenant=maintenant)
    if not par.est_concerne(tete) or par.est_agent or tete.principale_id or not par.peut_sur(Droit.DEPOSER, tete):
        raise DroitRefuse
    if Demande.objects.de_la_famille(tete).count() >= Demande.FAMILLE_MAX:
        raise ErreurMetier(
            "famille_complete",
            _("Une famille dépose %(nombre)s demandes au plus.") % {"nombre": Demande.FAMILLE_MAX},
            statut=409,
        )
    return Rattachement(tete, lien)


@etape
def consigner_rattachement(demande: Demande, *, par: Acteur, maintenant: datetime) -> None:
    """Write in the journal that a demande was begun from another one of its family."""
    charge = {"principale_id": demande.principale_id}
    journaliser("famille:rattachee", par=par, maintenant=maintenant, demande=demande, charge=charge)


@acte
def quitter_la_famille(demande: Demande, *, courriel: str, par: Acteur, maintenant: datetime) -> Demande:
    """Give a person of age their own access: what the family received opens nothing of theirs any more.

    The public key changes, and with it every link mailed so far; the receipt leaves again, to their own address.

    Args:
        demande: deposited, in a family; brought up to date.
        courriel: their own address.
        par: the person, or who deposited for them.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``pas_en_famille``, ``convoquee_en_famille`` (409); ``mineur``, ``courriel_partage`` on
            ``courriel``.
    """
    verrouillee = verrouiller(demande)
    exiger_mandat(verrouillee, par, maintenant=maintenant)
    if not par.est_concerne(verrouillee) or not par.peut_sur(Droit.SUIVRE, verrouillee):
        raise DroitRefuse
    _exiger_depart_possible(verrouillee, courriel, maintenant)
    usager = verrouillee.usager
    anciennes = {usager.courriel, verrouillee.principale.usager.courriel if verrouillee.principale else ""}
    usager.courriel = courriel
    usager.save(update_fields=["courriel"])
    verrouillee.principale, verrouillee.lien_familial, verrouillee.cle = None, "", uuid.uuid4()
    verrouillee.save(update_fields=["principale", "lien_familial", "cle"])
    restent = verrouillee.notifications.filter(etat__in=["a_envoyer", "en_envoi"])
    restent.filter(canal="courriel", destinataire__in=anciennes).update(destinataire=courriel)
    verrouillee.codes_acces.filter(utilise_le__isnull=True).update(utilise_le=maintenant)
    journaliser("famille:quittee", par=par, maintenant=maintenant, demande=verrouillee)
    accuse = verrouillee.actes.filter(genre=Acte.Genre.ACCUSE_RECEPTION).order_by("pk").first()
    if accuse is not None:
        cle, contexte = str(verrouillee.cle), {"acte_id": accuse.pk}
        notifier(verrouillee, "depot", maintenant=maintenant, cle=cle, contexte=contexte)
    _changer_le_lien(verrouillee, maintenant)
    demande.cle, demande.principale = verrouillee.cle, None
    return verrouillee


def _exiger_depart_possible(demande: Demande, courriel: str, maintenant: datetime) -> None:
    if demande.principale is None or demande.etat == Etat.BROUILLON:
        raise ErreurMetier("pas_en_famille", _("Cette demande n’est pas rattachée à une autre."), statut=409)
    if est_mineur(demande.usager.date_naissance, aujourdhui(demande.prefecture.fuseau, maintenant)):
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
def _changer_le_lien(demande: Demande, maintenant: datetime) -> None:
    """Give the live convocation of a person a link that only they receive."""
    for convocation in demande.convocations.actives().order_by("pk"):
        convocation.cle = uuid.uuid4()
        convocation.empreinte = empreinte(deriver(USAGE, str(convocation.cle)))
        convocation.save(update_fields=["cle", "empreinte"])
        contexte = {"convocation_id": convocation.pk}
        notifier(demande, "convocation", maintenant=maintenant, cle=str(convocation.cle), contexte=contexte)
