"""Titles received: registered, matched, attached by hand, sent back; and the one that the counter hands over."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from demandes.acteur import Acteur
from demandes.cycle import Etat
from demandes.droits import Droit
from demandes.models import Demande, Site
from demandes.selectors_deports import exiger_sans_deport
from demandes.services.journal import journaliser
from demandes.services.transitions import appliquer, exiger_droit, exiger_possible, verrouiller
from guichet.models import Titre
from guichet.querysets import ANCIEN_JOURS
from guichet.selectors_rapprochement import TITRE_PRET, attend_un_titre, porte_un_autre_nom, rapprocher
from guichet.services.lecture_titres import LigneTitre, TitreRecu, normaliser_numero
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte, etape


@dataclass
class Bilan:
    """What came of each title chosen.

    Args:
        faits: those for which the act was done.
        refus: the others, each with why.
        sans_courriel: how many of those done have no address to be written to.
    """

    faits: list[Titre] = field(default_factory=list)
    refus: dict[int, str] = field(default_factory=dict)
    sans_courriel: int = 0


DUREE_MAX = 20.0  # seconds of an import: a proxy gives up after a minute, and the rest is one more press


@acte
def enregistrer_titre(site: Site, recu: TitreRecu, *, lot: str = "", par: Acteur, maintenant: datetime) -> Titre:
    """Register a title that arrived at a site; the only demande that waits for it becomes ready in the same act.

    Args:
        site: where it is kept.
        recu: what is printed on it.
        lot: digest of the file that it comes from; empty when it is typed.
        par: agent.
        maintenant: instant.

    Returns:
        The title; without a demande when none, or several, wait for it.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``deja_enregistre`` on ``numero_titre``.
    """
    _exiger_remise(site.prefecture_id, par)
    demande = _attendue(site.prefecture_id, recu, par)
    try:
        with transaction.atomic():
            titre = Titre.objects.create(
                prefecture_id=site.prefecture_id,
                site=site,
                demande=demande,
                numero_titre=recu.numero_titre,
                numero_etranger=recu.numero_etranger,
                nom=recu.nom,
                prenoms=recu.prenoms,
                recu_le=recu.recu_le,
                lot=lot,
                enregistre_par_id=par.pk,
                enregistre_le=maintenant,
            )
    except IntegrityError as erreur:
        raise ErreurMetier("deja_enregistre", "Ce titre est déjà enregistré.", champ="numero_titre") from erreur
    _journaliser("recu", titre, demande, par=par, maintenant=maintenant)
    if demande is not None:
        appliquer(demande, TITRE_PRET.nom, par=par, maintenant=maintenant, titre_id=titre.pk)
    return titre


def importer_titres(
    lignes: Iterable[LigneTitre],
    site: Site,
    *,
    lot: str,
    par: Acteur,
    maintenant: datetime,
    duree_max: float = DUREE_MAX,
) -> None:
    """Register each good line in a transaction of its own: one that is refused stops none.

    Past `duree_max` seconds it stops between two lines: what is left is still good, and the same file may follow.
    """
    fin = time.monotonic() + duree_max
    for ligne in lignes:
        if ligne.recu is None or not ligne.est_bonne:
            continue
        if time.monotonic() > fin:
            return
        try:
            ligne.titre = enregistrer_titre(site, ligne.recu, lot=lot, par=par, maintenant=maintenant)
        except ErreurMetier as erreur:
            ligne.deja = erreur.code == "deja_enregistre"
            ligne.raison = "" if ligne.deja else erreur.message


@acte
def rattacher_titre(
    titre: Titre, numero: str, *, malgre_le_numero: bool = False, par: Acteur, maintenant: datetime
) -> Titre:
    """Attach by hand a title in stock to the demande of a number, in the same préfecture.

    Args:
        titre: not matched yet.
        numero: number of the demande.
        malgre_le_numero: the agent has seen that the usager has another foreigner's number, none, or another name.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``demande_inconnue``, ``transition_interdite``, ``titre_en_stock`` on ``numero``;
            ``autre_numero_etranger``, ``autre_nom`` on ``malgre_le_numero``; ``titre_change`` (409).
    """
    _exiger_remise(titre.prefecture_id, par)
    connue = Demande.objects.deposees().filter(prefecture=titre.prefecture_id).par_numero(numero).first()
    if connue is None:
        raise ErreurMetier("demande_inconnue", "Aucune demande de la préfecture n’a ce numéro.", champ="numero")
    demande = verrouiller(connue)
    exiger_droit(demande, TITRE_PRET, par)
    verrouille = _verrouiller_en_stock(titre)
    if verrouille.demande_id is not None:
        raise _change()
    _exiger_rattachable(demande, par)
    if not malgre_le_numero:
        _exiger_le_sien(verrouille, demande)
    verrouille.demande = demande
    verrouille.save(update_fields=["demande"])
    _journaliser("rattache", verrouille, demande, par=par, maintenant=maintenant)
    if demande.etat != Etat.A_REMETTRE:
        appliquer(demande, TITRE_PRET.nom, par=par, maintenant=maintenant, titre_id=verrouille.pk)
    return verrouille


@acte
def detacher_titre(titre: Titre, *, par: Acteur, maintenant: datetime) -> Titre:
    """Take a title in stock off the demande that it was attached to by mistake; it is not matched any more.

    The demande stays ready: only a person knows whether another title waits for it. It takes the next one by hand.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``titre_convoque``, ``titre_change`` (409).
    """
    verrouille, demande = _verrouiller_avec_demande(titre, par)
    if demande is None:
        raise _change()
    if _est_convoquee(demande, maintenant):
        message = "La personne est convoquée pour le retirer : révoquez d’abord sa convocation."
        raise ErreurMetier("titre_convoque", message, statut=409)
    verrouille.demande = None
    verrouille.save(update_fields=["demande"])
    _journaliser("detache", verrouille, demande, par=par, maintenant=maintenant)
    return verrouille


@acte
def renvoyer_titre(titre: Titre, *, motif: str, par: Acteur, maintenant: datetime) -> Titre:
    """Send back a title; the demande stays where it is. Time is left to its holder, unless it is not for them any more.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``motif_absent`` on ``motif``; ``titre_recent``, ``titre_convoque``, ``titre_change`` (409).
    """
    _exiger_remise(titre.prefecture_id, par)
    if motif not in Titre.MotifRenvoi:
        raise ErreurMetier("motif_absent", "Choisissez pourquoi ces titres sont renvoyés.", champ="motif")
    verrouille, demande = _verrouiller_avec_demande(titre, par)
    jour = aujourdhui(titre.site.prefecture.fuseau, maintenant)
    if motif == Titre.MotifRenvoi.NON_RETIRE and verrouille.recu_le >= jour - timedelta(days=ANCIEN_JOURS):
        message = f"Ce titre est en stock depuis {ANCIEN_JOURS} jours ou moins : il peut encore être retiré."
        raise ErreurMetier("titre_recent", message, statut=409)
    if demande is not None and _est_convoquee(demande, maintenant):
        raise ErreurMetier("titre_convoque", "La personne est convoquée pour le retirer.", statut=409)
    verrouille.etat, verrouille.renvoye_le, verrouille.motif_renvoi = Titre.Etat.RENVOYE, maintenant, motif
    verrouille.save(update_fields=["etat", "renvoye_le", "motif_renvoi"])
    _journaliser("renvoye", verrouille, demande, par=par, maintenant=maintenant)
    return verrouille


def renvoyer_titres(titres: Iterable[Titre], *, motif: str, par: Acteur, maintenant: datetime) -> Bilan:
    """Send back several titles, each in an act of its own: one that is refused stops none."""
    bilan = Bilan()
    for titre in titres:
        try:
            bilan.faits.append(renvoyer_titre(titre, motif=motif, par=par, maintenant=maintenant))
        except ErreurMetier as erreur:
            bilan.refus[titre.pk] = erreur.message
    return bilan


@etape
def titre_a_remettre(demande: Demande, numero: str, *, par: Acteur, maintenant: datetime) -> Titre | None:
    """Return the title in stock that this number names, locked; None when none was registered for this demande.

    A title in stock whose demande was not known, of the same foreigner, is attached on the way.

    Args:
        demande: locked.
        numero: as read on the card.
        par: agent.
        maintenant: instant.

    Raises:
        ErreurMetier: ``titre_renvoye``, ``autre_titre`` on ``numero_titre``.
    """
    siens = list(demande.titres.order_by("pk").select_for_update(no_key=True))
    en_stock = next((t for t in siens if t.etat == Titre.Etat.EN_STOCK), None)
    if en_stock is not None:
        if normaliser_numero(numero) != en_stock.numero_titre:
            raise _autre_titre(f"Ce n’est pas le numéro du titre reçu pour cette demande ({en_stock.numero_titre}).")
        return en_stock
    nomme = Titre.objects.filter(prefecture=demande.prefecture_id, numero_titre=normaliser_numero(numero))
    titre = nomme.select_for_update(no_key=True).first()
    if titre is not None:
        return _rattacher_au_guichet(titre, demande, par=par, maintenant=maintenant)
    if siens:
        message = "Le titre reçu pour cette demande a été renvoyé. Enregistrez le nouveau avant de le remettre."
        raise ErreurMetier("titre_renvoye", message, champ="numero_titre")
    return None


@etape
def exiger_titre_en_stock(demande: Demande, **_: Any) -> None:
    """React to a convocation for a hand-over: nobody comes for a title that has just been sent back.

    Raises:
        ErreurMetier: ``titre_change`` (409).
    """
    if demande.etat != Etat.A_REMETTRE:
        return
    etats = list(demande.titres.order_by("pk").select_for_update(no_key=True).values_list("etat", flat=True))
    if etats and Titre.Etat.EN_STOCK not in etats:
        raise _change()


@etape
def sortir_titre(titre: Titre, *, maintenant: datetime) -> None:
    """Take out of the stock a title handed over; its transition is its event."""
    titre.etat, titre.remis_le = Titre.Etat.REMIS, maintenant
    titre.save(update_fields=["etat", "remis_le"])


@etape
def _rattacher_au_guichet(titre: Titre, demande: Demande, *, par: Acteur, maintenant: datetime) -> Titre:
    if titre.etat != Titre.Etat.EN_STOCK:
        raise _autre_titre(f"Ce titre n’est plus en stock : il est « {titre.get_etat_display().lower()} ».")
    if titre.demande_id is not None:
        raise _autre_titre("Ce titre est arrivé pour une autre demande.")
    if demande.usager.numero_etranger not in ("", titre.numero_etranger):
        raise _autre_titre("Ce titre porte un autre numéro étranger que celui de cette personne.")
    if porte_un_autre_nom(titre.nom, demande.usager):
        raise _autre_titre(f"Ce titre porte un autre nom ({titre.nom}) : rattachez-le d’abord dans Titres.")
    titre.demande = demande
    titre.save(update_fields=["demande"])
    _journaliser("rattache", titre, demande, par=par, maintenant=maintenant)
    return titre


def _exiger_le_sien(titre: Titre, demande: Demande) -> None:
    """Refuse a title that does not look like this person's, until the agent says that they have looked.

    Raises:
        ErreurMetier: ``autre_numero_etranger``, ``autre_nom`` on ``malgre_le_numero``.
    """
    connu = demande.usager.numero_etranger
    if connu != titre.numero_etranger:
        dit = f"a un autre numéro étranger ({connu})" if connu else "n’a pas de numéro étranger connu"
        message = f"Cette personne {dit}. Vérifiez la carte, puis cochez cette case."
        raise ErreurMetier("autre_numero_etranger", message, champ="malgre_le_numero")
    if porte_un_autre_nom(titre.nom, demande.usager):
        message = f"Ce titre porte un autre nom : {titre.nom}. Vérifiez la carte, puis cochez cette case."
        raise ErreurMetier("autre_nom", message, champ="malgre_le_numero")


def _autre_titre(message: str) -> ErreurMetier:
    return ErreurMetier("autre_titre", message, champ="numero_titre")


def _change() -> ErreurMetier:
    return ErreurMetier("titre_change", "Ce titre vient de changer. Rechargez la page.", statut=409)


def _exiger_remise(prefecture_id: int, par: Acteur) -> None:
    if not par.peut(Droit.REMETTRE, prefecture_id=prefecture_id):
        raise DroitRefuse


@etape
def _attendue(prefecture_id: int, recu: TitreRecu, par: Acteur) -> Demande | None:
    """Lock and return the only demande that waits for a title; None without one, or when the name differs."""
    trouvee = rapprocher(prefecture_id, [recu.numero_etranger], par)[recu.numero_etranger].pour(recu.nom).demande
    if trouvee is None:
        return None
    demande = verrouiller(trouvee)
    deja = Titre.objects.en_stock().filter(demande=demande).exists()
    return demande if attend_un_titre(demande) and not deja else None


@etape
def _verrouiller_en_stock(titre: Titre) -> Titre:
    """Lock a title after its demande, and return it fresh."""
    verrouille = Titre.objects.select_for_update(no_key=True).get(pk=titre.pk)
    if verrouille.etat != Titre.Etat.EN_STOCK:
        raise _change()
    return verrouille


@etape
def _verrouiller_avec_demande(titre: Titre, par: Acteur) -> tuple[Titre, Demande | None]:
    """Lock a title in stock and the demande that it is for, if any; the agent hands over titles of both.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``titre_change`` (409).
    """
    _exiger_remise(titre.prefecture_id, par)
    demande = verrouiller(titre.demande) if titre.demande else None
    if demande is not None and not par.peut_sur(Droit.REMETTRE, demande):
        raise DroitRefuse
    if demande is not None:
        exiger_sans_deport(demande, par)
    verrouille = _verrouiller_en_stock(titre)
    if verrouille.demande_id != titre.demande_id:
        raise _change()
    return verrouille, demande


def _exiger_rattachable(demande: Demande, par: Acteur) -> None:
    """Refuse a demande that waits for no title, or has one in stock; its refusal stands beside its number."""
    if demande.etat != Etat.A_REMETTRE:
        try:
            exiger_possible(demande, TITRE_PRET, par)
        except DroitRefuse:
            raise
        except ErreurMetier as erreur:
            raise ErreurMetier(erreur.code, erreur.message, champ="numero") from erreur
    if Titre.objects.en_stock().filter(demande=demande).exists():
        raise ErreurMetier("titre_en_stock", "Cette demande a déjà un titre en stock.", champ="numero")


def _est_convoquee(demande: Demande, maintenant: datetime) -> bool:
    return demande.convocations.pour_remise(maintenant).exists()


@etape
def _journaliser(verbe: str, titre: Titre, demande: Demande | None, *, par: Acteur, maintenant: datetime) -> None:
    charge = {"titre_id": titre.pk, "site_id": titre.site_id}
    journaliser(
        f"titre:{verbe}",
        par=par,
        maintenant=maintenant,
        demande=demande,
        prefecture_id=titre.prefecture_id,
        charge=charge,
    )
