"""Messages that did not arrive: who is told, what an agent does about them, once each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from demandes.acteur import Acteur
from demandes.cycle import Etat
from demandes.droits import Droit
from demandes.models import Demande, Notification, Organisme, SuiteNonRemise, Usager
from demandes.selectors_deports import exiger_sans_deport
from demandes.services.changement_de_mains import changer_de_mains
from demandes.services.journal import journaliser
from demandes.services.notifications import LETTRES, POSTE, ecrire
from demandes.services.textes_sms import TEXTES_SMS
from demandes.services.transitions import verrouiller
from planipref.commun.canal_sms import est_relie
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte, etape

Canal, Issue = Notification.Canal, SuiteNonRemise.Issue
RENVOI = ":renvoi"
# What a new address receives by itself: see `changer_de_mains`.
REDITS = frozenset({"depot", "convocation"})


@dataclass(frozen=True)
class Coordonnees:
    """How to reach a person.

    Args:
        courriel: e-mail address, or nothing.
        telephone: as it is stored, or nothing.
        adresse: number and street.
        code_postal: five digits.
        commune: town.
    """

    courriel: str
    telephone: str
    adresse: str
    code_postal: str
    commune: str


def peut_partir_par_lettre(notification: Notification) -> bool:
    """Say whether a message that did not arrive may be sent again as a letter."""
    demande = notification.demande
    return (
        demande is not None
        and notification.modele in LETTRES
        and "organisme_id" not in notification.contexte
        and bool(demande.usager.adresse_postale)
    )


@acte
def renvoyer(notification: Notification, *, par: Acteur, maintenant: datetime) -> Notification:
    """Send again a message that did not arrive, to the address that the person, or the organisation, has now.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``deja_traitee``, ``sans_adresse`` (409).
    """
    demande, perdue = _verrouiller(notification, par)
    return _renvoyer(demande, perdue, perdue.canal, par=par, maintenant=maintenant)


@acte
def envoyer_par_lettre(notification: Notification, *, par: Acteur, maintenant: datetime) -> Notification:
    """Send as a letter a message that did not arrive otherwise.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``deja_traitee``, ``sans_lettre`` (409).
    """
    demande, perdue = _verrouiller(notification, par)
    perdue.demande = demande
    if not peut_partir_par_lettre(perdue):
        raise ErreurMetier("sans_lettre", "Ce message ne part pas par lettre, ou l’adresse manque.", statut=409)
    return _renvoyer(demande, perdue, Canal.COURRIER, par=par, maintenant=maintenant)


@acte
def noter_prevenu(notification: Notification, note: str, *, par: Acteur, maintenant: datetime) -> SuiteNonRemise:
    """Say that the person was told otherwise, and how.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``deja_traitee`` (409), ``note_absente`` on ``note``.
    """
    demande, perdue = _verrouiller(notification, par)
    if not note.strip():
        raise ErreurMetier("note_absente", "Dites comment la personne a été prévenue.", champ="note")
    return _clore(demande, perdue, Issue.PREVENU, note.strip()[:300], par=par, maintenant=maintenant)


@acte
def noter_retour(notification: Notification, *, par: Acteur, maintenant: datetime) -> None:
    """Say that the post brought a letter back (NPAI, unclaimed): it becomes a task.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``pas_postee`` (409).
    """
    demande = _exiger_demande(notification, par)
    postees = Notification.objects.filter(pk=notification.pk, canal=Canal.COURRIER, etat="envoyee", refusee_le=None)
    if not postees.update(refusee_le=maintenant):
        raise ErreurMetier("pas_postee", "Cette lettre n’est pas partie, ou son retour est déjà noté.", statut=409)
    charge = {"notification_id": notification.pk}
    journaliser("courrier:revenu", par=par, maintenant=maintenant, demande=demande, charge=charge)


@acte
def corriger_coordonnees(
    notification: Notification, lues: Coordonnees, *, par: Acteur, maintenant: datetime
) -> Notification | None:
    """Correct how to reach a person to whom a message did not arrive, and send it again.

    Another e-mail is another hand: every link mailed so far dies, as `changer_de_mains` says, which writes anew what
    the person needs.

    Returns:
        The message sent again; None when the new address already receives it by itself.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``deja_traitee``, ``fiche_commune``, ``sans_adresse`` (409).
    """
    _verrouiller_les_demandes(notification)
    demande, perdue = _verrouiller(notification, par)
    usager = Usager.objects.select_for_update(of=("self",), no_key=True).get(pk=demande.usager_id)
    demandes = list(usager.demandes.order_by("pk"))
    if usager.absorbes.exists() or not all(_peut_changer(d, par) for d in demandes):
        raise ErreurMetier(
            "fiche_commune",
            "Un autre service suit aussi cette personne : voyez avec lui avant de corriger.",
            statut=409,
        )
    ancien = usager.courriel
    for champ, valeur in vars(lues).items():
        setattr(usager, champ, valeur)
    usager.save(update_fields=list(vars(lues)))
    demande.usager = usager
    journaliser("usager:coordonnees", par=par, maintenant=maintenant, demande=demande)
    if lues.courriel.lower() == ancien.lower():
        return _renvoyer(demande, perdue, perdue.canal, par=par, maintenant=maintenant)
    for sienne in demandes:
        sienne.usager = usager
        changer_de_mains(sienne, {ancien}, par=par, maintenant=maintenant)
    if perdue.modele in REDITS:
        _clore(demande, perdue, Issue.RENVOYEE, "", par=par, maintenant=maintenant)
        return None
    return _renvoyer(demande, perdue, perdue.canal, par=par, maintenant=maintenant)


@etape
def _verrouiller_les_demandes(notification: Notification) -> None:
    """Lock every file of the person, and the principal ones of their families, in one order for everybody."""
    siennes = Demande.objects.filter(usager__demandes=notification.demande_id)
    ids = {pk for couple in siennes.values_list("pk", "principale") for pk in couple if pk}
    list(Demande.objects.filter(pk__in=ids).select_for_update(of=("self",), no_key=True).order_by("pk"))


def _peut_changer(demande: Demande, par: Acteur) -> bool:
    return demande.etat == Etat.BROUILLON or par.peut_sur(Droit.VERIFIER, demande)


def _exiger_demande(notification: Notification, par: Acteur) -> Demande:
    """Lock the file of a message and check that the agent writes to its person."""
    if notification.demande is None:
        raise DroitRefuse
    demande = verrouiller(notification.demande)
    if not par.est_agent or not par.peut_sur(Droit.VERIFIER, demande):
        raise DroitRefuse
    exiger_sans_deport(demande, par)
    return demande


@etape
def _verrouiller(notification: Notification, par: Acteur) -> tuple[Demande, Notification]:
    """Lock a message that did not arrive, and of which nobody has yet dealt."""
    demande = _exiger_demande(notification, par)
    perdue = Notification.objects.select_for_update(of=("self",)).get(pk=notification.pk)
    if SuiteNonRemise.objects.filter(notification=perdue).exists():
        raise ErreurMetier("deja_traitee", "Un collègue s’est déjà occupé de ce message.", statut=409)
    if perdue.etat != Notification.Etat.ECHEC and perdue.refusee_le is None:
        raise ErreurMetier("deja_traitee", "Ce message n’est pas revenu.", statut=409)
    return demande, perdue


@etape
def _renvoyer(demande: Demande, perdue: Notification, canal: str, *, par: Acteur, maintenant: datetime) -> Notification:
    """Write the message again, under a key of its own, and close the task."""
    canal, destinataire = _ou(demande, perdue, canal)
    if not destinataire:
        raise ErreurMetier("sans_adresse", "Il n’y a plus d’adresse où renvoyer ce message.", statut=409)
    cle = f"{perdue.cle.partition(RENVOI)[0]}{RENVOI}{perdue.pk}"
    nouvelle = ecrire(
        demande, perdue.modele, canal, destinataire, cle=cle, contexte=perdue.contexte, maintenant=maintenant
    )
    issue = Issue.LETTRE if canal == Canal.COURRIER else Issue.RENVOYEE
    _clore(demande, perdue, issue, "", par=par, maintenant=maintenant)
    return nouvelle


def ou_renvoyer(perdue: Notification) -> tuple[str, str]:
    """Return the channel and the address to which `renvoyer` would send a message now; no address when it has none."""
    if perdue.demande is None:
        return perdue.canal, ""
    return _ou(perdue.demande, perdue, perdue.canal)


def _ou(demande: Demande, perdue: Notification, canal: str) -> tuple[str, str]:
    destinataire = _destinataire(demande, perdue, canal)
    if not destinataire and (perdue.sans_adresse or canal != Canal.COURRIER):  # the person has another address now
        canal = next((c for c in Canal.values if _destinataire(demande, perdue, c)), canal)
        destinataire = _destinataire(demande, perdue, canal)
    return canal, destinataire


def _destinataire(demande: Demande, perdue: Notification, canal: str) -> str:
    usager = demande.usager
    if "organisme_id" in perdue.contexte:
        courriel = Organisme.objects.values_list("courriel", flat=True).get(pk=perdue.contexte["organisme_id"])
        return courriel if canal == Canal.COURRIEL else ""
    if canal == Canal.COURRIEL:
        return usager.courriel
    if canal == Canal.SMS:
        return usager.telephone if perdue.modele in TEXTES_SMS and est_relie() else ""
    return POSTE if perdue.modele in LETTRES and usager.adresse_postale else ""


@etape
def _clore(
    demande: Demande, perdue: Notification, issue: str, note: str, *, par: Acteur, maintenant: datetime
) -> SuiteNonRemise:
    charge = {"notification_id": perdue.pk, "issue": str(issue)}
    journaliser("message:suite", par=par, maintenant=maintenant, demande=demande, charge=charge)
    return SuiteNonRemise.objects.create(notification=perdue, issue=issue, note=note, agent_id=par.pk, le=maintenant)
