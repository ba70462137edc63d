"""Acting under a mandate: it is read again in the database at each request and each act, and the person is told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext_noop

from demandes.acteur import Acteur, GenreActeur, acteur_organisme, acteur_proche, acteur_usager
from demandes.models import Aidant, Demande, Evenement, Mandat
from demandes.services.notifications import notifier
from planipref.commun.erreurs import DroitRefuse
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import etape

USAGE_MANDAT = "mandat"  # of the links, derived from the key of the mandate
MANDAT_FINI = gettext_noop(
    "Le mandat de cette personne est terminé, ou pas encore signé. Vous n’avez pas accès à sa demande."
)
MANDAT_DE_CHACUN = gettext_noop("Cette famille vient ensemble : il vous faut le mandat de chaque personne convoquée.")
COMPTE_FERME = gettext_noop("L’accès de votre organisme, ou le vôtre, est suspendu.")

# What the person is told of, in the words of the mail; looking at a file is journaled, not mailed.
GESTES: dict[str, str] = {
    "mandat:enregistre": gettext_noop("a enregistré le mandat que vous avez signé sur papier"),
    "mandat:termine": gettext_noop("a mis fin au mandat que vous lui aviez donné"),
    "brouillon:rempli": gettext_noop("a rempli votre demande"),
    "piece:jointe": gettext_noop("a ajouté des documents à votre demande"),
    "transition:deposer": gettext_noop("a déposé votre demande"),
    "transition:completer": gettext_noop("a envoyé les documents que la préfecture demandait"),
    "transition:reserver": gettext_noop("a pris un rendez-vous pour vous"),
    "transition:annuler": gettext_noop("a annulé votre rendez-vous"),
    "rendez_vous:pris": gettext_noop("a pris un rendez-vous pour vous"),
    "rendez_vous:deplace": gettext_noop("a déplacé votre rendez-vous"),
    "rendez_vous:annule": gettext_noop("a annulé votre rendez-vous"),
    "message:envoye": gettext_noop("a écrit au service en votre nom"),
}
# Steps of one act, done ten times in a row: told once a day.
QUOTIDIENS = frozenset({"brouillon:rempli", "piece:jointe"})


def acteur_mandataire(aidant: Aidant, demande: Demande, *, maintenant: datetime) -> Acteur | None:
    """Return the actor that an aidant is on a demande, from the mandate as the database holds it now.

    Args:
        aidant: with account and organisation loaded.
        demande: with its préfecture loaded.
        maintenant: instant.

    Returns:
        None when this organisation never held a mandate on it: the demande is unknown to them.

    Raises:
        DroitRefuse: 403, the mandate is over or not signed yet, or the account is suspended.
    """
    jour = aujourdhui(demande.prefecture.fuseau, maintenant)
    if not aidant.est_ouvert(jour):
        raise DroitRefuse(COMPTE_FERME)
    mandats = list(Mandat.objects.visibles_par_l_organisme(aidant.organisme_id).filter(demande=demande).order_by("pk"))
    if not mandats:
        return None
    courant = next((m for m in mandats if m.court(jour)), None)
    if courant is None:
        raise DroitRefuse(MANDAT_FINI)
    return acteur_organisme(
        aidant.organisme_id, aidant.pk, mandat_id=courant.pk, demande_id=demande.pk, portee=courant.portee
    )


@etape
def exiger_mandat(demande: Demande, par: Acteur, *, maintenant: datetime) -> None:
    """Read the mandate again under lock, so that no act is written after its revocation; others pass.

    An usager who acts for a person of their family proves it again too: who left the family is out of their reach.

    Raises:
        DroitRefuse: 403.
    """
    if par.est_proche and not Demande.objects.de_la_famille(demande).filter(usager=par.pk).exists():
        raise DroitRefuse
    if not par.est_organisme:
        return
    jour = aujourdhui(demande.prefecture.fuseau, maintenant)
    mandats = Mandat.objects.filter(pk=par.mandat_id, demande=demande.pk, organisme=par.pk).en_cours(jour)
    if not mandats.select_for_update(of=("self",), no_key=True).exists():
        raise DroitRefuse(MANDAT_FINI)
    if not Aidant.objects.ouverts(jour).filter(pk=par.aidant_id, organisme=par.pk).exists():
        raise DroitRefuse(COMPTE_FERME)


def acteur_pour(par: Acteur, demande: Demande, *, maintenant: datetime) -> Acteur:
    """Return who acts on another demande of the same visit: the agent, the same usager, or under that one's mandate.

    Raises:
        DroitRefuse: 403, the organisation holds no mandate on that person.
    """
    if par.est_organisme and par.demande_id != demande.pk:
        aidant = Aidant.objects.avec_compte().get(pk=par.aidant_id)
        trouve = acteur_mandataire(aidant, demande, maintenant=maintenant)
        if trouve is None:
            raise DroitRefuse(MANDAT_DE_CHACUN)
        return trouve
    if par.genre is GenreActeur.USAGER:
        return acteur_usager(par.pk) if demande.usager_id == par.pk else acteur_proche(par.pk, demande.pk)
    return par


def lisibles(demandes: Iterable[Demande], *, par: Acteur, maintenant: datetime) -> list[Demande]:
    """Return the demandes of a visit that someone may read: an organisation, only those that mandated it."""
    return [d for d in demandes if not par.est_organisme or _est_mandate(par, d, maintenant)]


def _est_mandate(par: Acteur, demande: Demande, maintenant: datetime) -> bool:
    try:
        acteur_pour(par, demande, maintenant=maintenant)
    except DroitRefuse:
        return False
    return True


@etape
def prevenir_mandant(evenement: Evenement, demande: Demande, *, par: Acteur, maintenant: datetime) -> None:
    """Tell the person what was just done in their name, once for each act; nothing leaves without an e-mail."""
    if evenement.nature not in GESTES:
        return
    jour = aujourdhui(demande.prefecture.fuseau, maintenant)
    quotidien = evenement.nature in QUOTIDIENS
    cle = f"{evenement.nature}:{demande.pk}:{par.mandat_id}:{jour}" if quotidien else str(evenement.pk)
    contexte = {**par.trace, "geste": evenement.nature, "le": maintenant.isoformat()}
    notifier(demande, "acte_mandataire", maintenant=maintenant, cle=cle, contexte=contexte)
