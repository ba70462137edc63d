"""The préfecture's list of agréé doctors: who they are, their agréments, the link to their page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from psycopg.types.range import DateRange

from demandes.acteur import Acteur
from demandes.calculs.avis import est_rpps
from demandes.calculs.delais import ajouter_mois
from demandes.droits import Droit
from demandes.models import Agrement, Medecin, Notification, Prefecture
from demandes.services.journal import journaliser
from demandes.services.notifications import reveiller
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.jetons import nouvelle_cle
from planipref.commun.transactions import acte, etape

USAGE, USAGE_CODE = "medecin", "code-medecin"  # of the link and of the codes, as `deriver` takes them
DUREE_MAX_ANS = 5


def exiger_gestion(par: Acteur, prefecture_id: int) -> None:
    """Refuse who does not plan in the préfecture.

    Raises:
        DroitRefuse: 403.
    """
    if not par.peut(Droit.PLANIFIER, prefecture_id=prefecture_id):
        raise DroitRefuse


@dataclass(frozen=True)
class Identite:
    """Who a doctor is.

    Args:
        prenom: first name.
        nom: name.
        rpps: 11 digits with their key.
        courriel: professional address, where the link and the codes go.
        telephone: for agents.
    """

    prenom: str
    nom: str
    rpps: str
    courriel: str
    telephone: str = ""


@acte
def agreer(
    prefecture: Prefecture,
    *,
    medecin: Identite,
    reference: str,
    du: date,
    au: date,
    par: Acteur,
    maintenant: datetime,
) -> Agrement:
    """Enter a doctor on the préfecture's list with their agrément; one already there gets a further one.

    Args:
        prefecture: who agrees them.
        medecin: who; of one already there, name and address must be those known.
        reference: number of the arrêté.
        du: first day.
        au: last day, five years later at most.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``rpps_faux``, ``rpps_connu`` on ``rpps``; ``courriel_autre`` on ``courriel``;
            ``fin_avant_debut``, ``cinq_ans`` on ``au``;
            ``chevauchement`` on ``du``.
    """
    exiger_gestion(par, prefecture.pk)
    if not est_rpps(medecin.rpps):
        raise ErreurMetier("rpps_faux", "Ce numéro RPPS n’existe pas : vérifiez ses 11 chiffres.", champ="rpps")
    connu, cree = Medecin.objects.get_or_create(prefecture=prefecture, rpps=medecin.rpps, defaults=asdict(medecin))
    if not cree and connu.nom.casefold() != medecin.nom.casefold():
        raise ErreurMetier("rpps_connu", "Ce numéro RPPS est celui d’un autre médecin.", champ="rpps")
    if not cree and connu.courriel.casefold() != medecin.courriel.casefold():
        message = "Ce médecin est connu avec une autre adresse : changez-la d’abord dans la liste."
        raise ErreurMetier("courriel_autre", message, champ="courriel")
    return _agreer(connu, reference, du, au, par=par, maintenant=maintenant)


@acte
def renouveler(
    medecin: Medecin,
    *,
    reference: str,
    du: date,
    au: date,
    par: Acteur,
    maintenant: datetime,
) -> Agrement:
    """Give a doctor of the list a further agrément.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``fin_avant_debut``, ``cinq_ans`` on ``au``; ``chevauchement`` on ``du``.
    """
    exiger_gestion(par, medecin.prefecture_id)
    return _agreer(medecin, reference, du, au, par=par, maintenant=maintenant)


@etape
def _agreer(medecin: Medecin, reference: str, du: date, au: date, *, par: Acteur, maintenant: datetime) -> Agrement:
    if au <= du:
        raise ErreurMetier("fin_avant_debut", "La fin de l’agrément vient après son début.", champ="au")
    if au >= ajouter_mois(du, 12 * DUREE_MAX_ANS):
        raise ErreurMetier("cinq_ans", "Un agrément dure cinq ans au plus.", champ="au")
    agrement = Agrement(medecin=medecin, reference=reference, pendant=DateRange(du, au + timedelta(days=1)))
    try:
        agrement.full_clean()
    except ValidationError as erreur:
        message = next(iter(erreur.messages))
        raise ErreurMetier("chevauchement", message, champ="du") from erreur
    agrement.save()
    consigner("agree", medecin, par=par, maintenant=maintenant, agrement_id=agrement.pk)
    return agrement


@acte
def envoyer_lien(medecin: Medecin, *, par: Acteur, maintenant: datetime) -> None:
    """Mail a doctor the link of their page; the one mailed before opens nothing any more.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``sans_agrement`` (409), ``suspendu`` (409).
    """
    exiger_gestion(par, medecin.prefecture_id)
    frais = Medecin.objects.select_for_update(no_key=True).get(pk=medecin.pk)
    if not frais.actif:
        raise ErreurMetier("suspendu", "L’accès de ce médecin est suspendu.", statut=409)
    if not frais.agrements.filter(pendant__endswith__gt=maintenant.date()).exists():
        raise ErreurMetier("sans_agrement", "Ce médecin n’a pas d’agrément en cours ou à venir.", statut=409)
    _changer_le_lien(frais)
    ecrire(frais, "medecin_lien", cle=str(frais.cle), contexte={"lien": 1}, maintenant=maintenant)
    consigner("lien", frais, par=par, maintenant=maintenant)


@acte
def changer_courriel(medecin: Medecin, courriel: str, *, par: Acteur, maintenant: datetime) -> None:
    """Write to a doctor at another address: the link and the codes mailed to the former one open nothing any more.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``deja_fait`` on ``courriel``.
    """
    exiger_gestion(par, medecin.prefecture_id)
    frais = Medecin.objects.select_for_update(no_key=True).get(pk=medecin.pk)
    if frais.courriel.casefold() == courriel.casefold():
        raise ErreurMetier("deja_fait", "C’est déjà son adresse.", champ="courriel")
    frais.courriel = courriel
    _changer_le_lien(frais)
    frais.save(update_fields=["courriel"])
    consigner("courriel", frais, par=par, maintenant=maintenant)


@etape
def _changer_le_lien(medecin: Medecin) -> None:
    medecin.cle, medecin.empreinte = nouvelle_cle(USAGE)
    medecin.save(update_fields=["cle", "empreinte"])
    medecin.codes.all().delete()


@etape
def consigner(geste: str, medecin: Medecin, *, par: Acteur, maintenant: datetime, **charge: int) -> None:
    """Write in the journal of the préfecture what is done to a doctor of its list."""
    journaliser(
        f"medecin:{geste}",
        par=par,
        maintenant=maintenant,
        prefecture_id=medecin.prefecture_id,
        charge={"medecin_id": medecin.pk, **charge},
    )


@etape
def ecrire(medecin: Medecin, modele: str, *, cle: str, contexte: dict[str, int], maintenant: datetime) -> None:
    """Write a message to a doctor in the outbox; links and codes are derived when it leaves."""
    Notification.objects.get_or_create(
        cle=f"{modele}:{cle}",
        defaults={
            "modele": modele,
            "destinataire": medecin.courriel,
            "contexte": {"medecin_id": medecin.pk, **contexte},
            "prochain_essai_le": maintenant,
        },
    )
    reveiller()
