"""What each step of a demande's life does, through the services that the pages call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from demandes.acteur import Acteur, acteur_usager
from demandes.cycle import DECISION, Etat
from demandes.models import Convocation, Demande, Motif, Service, Site
from demandes.selectors import pieces_attendues
from demandes.services import completude, convocation, decision, depot, pieces, suites
from guichet.services.lecture_titres import TitreRecu
from guichet.services.titres import enregistrer_titre
from planipref.commun.horloge import aujourdhui
from planipref.pages.peuplement import lots, passe
from planipref.pages.peuplement.noms import identite
from planipref.pages.peuplement.organisation import Monde
from planipref.pages.peuplement.reponses import repondre
from planning.calculs.creneaux import lundi_de
from planning.selectors import creneaux_proposes
from planning.services import reservation

RAISONS = (
    "La photo est floue : refaites-la à la lumière du jour.",
    "Le document date de plus de six mois.",
    "Il manque le verso du document.",
    "Le nom n’est pas celui de la demande.",
)
MOTIVATIONS = (
    "Relevé de vos empreintes et présentation de vos pièces originales.",
    "Examen de votre dossier avec vous, pièces originales en main.",
    "Prise d’empreintes et vérification de votre domicile.",
)


@dataclass
class Vie:
    """A demande of the history.

    Args:
        motif: what is asked for.
        cible: state it must be in today.
        site: where the person goes.
        papiers: whether who came to the counter had everything.
        demande: the file, once opened.
    """

    motif: Motif
    cible: Etat
    site: Site
    papiers: bool = True
    demande: Demande | None = None
    pris_le: datetime | None = field(default=None, repr=False)

    @property
    def dossier(self) -> Demande:
        """The file; it must be open."""
        if self.demande is None:
            raise RuntimeError("Cette demande n’est pas encore ouverte.")
        return self.demande

    @property
    def usager(self) -> Acteur:
        """The person it belongs to."""
        return acteur_usager(self.dossier.usager_id)

    def convocation(self) -> Convocation:
        """The live convocation."""
        active: Convocation = self.dossier.convocations.actives().select_related("demande__prefecture").get()
        return active


Pas = Callable[[Monde, Vie, datetime], None]


def identite_de(monde: Monde, vie: Vie) -> dict[str, str]:
    """Draw the person of a demande."""
    etranger = vie.motif.genre_service == Service.Genre.ETRANGERS
    code_postal = vie.site.code_postal or f"{monde.prefecture.departement}000"
    return identite(monde.alea, etranger=etranger, commune=vie.site.commune, code_postal=code_postal)


def preparer(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Open a draft, fill in the form; the pieces come with the deposit, or half of them in a draft."""
    vie.demande = depot.commencer(vie.motif, monde.prefecture, maintenant=instant)
    depot.enregistrer_identite(vie.demande, identite_de(monde, vie), par=vie.usager, maintenant=instant)
    jour = instant.astimezone(ZoneInfo(monde.prefecture.fuseau)).date()
    reponses = repondre(vie.motif.questions.all(), alea=monde.alea, jour=jour)
    depot.enregistrer_reponses(vie.demande, reponses, par=vie.usager, maintenant=instant)
    if vie.cible == Etat.BROUILLON:
        _joindre(monde, vie, instant, moitie=True)


def _joindre(monde: Monde, vie: Vie, instant: datetime, *, moitie: bool = False) -> None:
    vie.demande = Demande.objects.avec_dossier().get(pk=vie.dossier.pk)
    exigees = [p.requise for p in pieces_attendues(vie.demande) if p.exigee]
    if moitie:
        exigees = exigees[: len(exigees) // 2]
    lots.joindre(vie.demande, exigees, alea=monde.alea, par=vie.usager, maintenant=instant)


def deposer(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Attach every required piece and deposit."""
    _joindre(monde, vie, instant - timedelta(minutes=8))
    depot.deposer(vie.dossier, par=vie.usager, maintenant=instant)


def ouvrir_au_guichet(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Open the demande of someone who came with papers: the agent sees each original."""
    par = monde.agents["instructeur"]
    champs = identite_de(monde, vie)
    if monde.alea.random() < 0.3:
        champs["courriel"] = ""
    ouverte = depot.ouvrir_au_guichet(vie.motif, vie.site, identite=champs, par=par, maintenant=instant)
    vie.demande = Demande.objects.avec_dossier().get(pk=ouverte.pk)
    if vie.papiers:
        exigees = [p.requise for p in pieces_attendues(vie.demande) if p.exigee]
        lots.constater_vues(vie.demande, exigees, par=par, maintenant=instant)


def _verifier(monde: Monde, vie: Vie, instant: datetime, *, sauf_une: bool = False) -> None:
    par = monde.agents["instructeur"]
    presentes = [p.piece for p in pieces_attendues(vie.dossier) if p.piece and not p.est_conforme]
    if sauf_une and presentes:
        fautive, raison = presentes.pop(0), monde.alea.choice(RAISONS)
        pieces.verifier_piece(fautive, conforme=False, raison=raison, par=par, maintenant=instant)
    lots.verifier(vie.dossier, presentes, par=par, maintenant=instant)


def demander_complements(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Find one piece wrong and ask for what is missing."""
    _verifier(monde, vie, instant, sauf_une=True)
    jour = instant.astimezone(ZoneInfo(monde.prefecture.fuseau)).date()
    completude.demander_complements(
        vie.dossier,
        limite=jour + timedelta(days=30),
        message="Merci de nous envoyer ces pièces : votre dossier sera alors complet.",
        par=monde.agents["instructeur"],
        maintenant=instant,
    )


def completer(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Give again what was asked."""
    manquantes = [p.requise for p in pieces_attendues(vie.dossier) if p.manque]
    lots.joindre(vie.dossier, manquantes, alea=monde.alea, par=vie.usager, maintenant=instant)
    completude.completer(vie.dossier, par=vie.usager, maintenant=instant)


def constater_completude(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Check every piece and establish completeness."""
    _verifier(monde, vie, instant)
    completude.constater_completude(vie.dossier, par=monde.agents["instructeur"], maintenant=instant)


def convoquer(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Send the nominative link."""
    remise = vie.dossier.etat == Etat.A_REMETTRE
    convocation.convoquer(
        vie.dossier,
        motivation="Votre titre est prêt : venez le retirer." if remise else monde.alea.choice(MOTIVATIONS),
        sites=[vie.site],
        par=monde.agents["instructeur"],
        maintenant=instant,
    )


def reserver(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Take a free slot of the two weeks to come."""
    active = vie.convocation()
    lundi = lundi_de(monde.maintenant.date())
    proposes = [
        p
        for semaine in range(1, 4)
        for p in creneaux_proposes(active, lundi + timedelta(weeks=semaine), maintenant=instant)
    ]
    if proposes:
        choisi = monde.alea.choice(proposes).creneau
        reservation.reserver(active, choisi, par=vie.usager, maintenant=instant)


def prendre_rendez_vous(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Book, in the past: the appointment's row comes with its outcome."""
    passe.prendre(vie.convocation(), par=vie.usager, maintenant=instant)
    vie.pris_le = instant


def manquer(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Miss a past appointment."""
    passe.manquer(monde, vie.convocation(), vie.site, pris_le=vie.pris_le or instant, instant=instant)


def recevoir(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Come to a past appointment."""
    passe.recevoir(monde, vie.dossier, vie.site, pris_le=vie.pris_le, instant=instant, decider=_decidee(vie))


def recevoir_sans_rdv(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Come without an appointment."""
    passe.recevoir(monde, vie.dossier, vie.site, pris_le=None, instant=instant, decider=_decidee(vie))


def _decidee(vie: Vie) -> bool:
    """Say whether the decision falls at the counter."""
    se_decide = vie.motif.plein_droit and DECISION in vie.motif.etapes
    return se_decide and vie.cible in (Etat.ACCORDEE, Etat.A_REMETTRE, Etat.REMISE, Etat.CLOTUREE)


def decider_au_guichet(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Nothing left to do: the visit decided."""
    vie.dossier.refresh_from_db()


def instruire(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Send to examination."""
    decision.instruire(vie.dossier, par=monde.agents["instructeur"], maintenant=instant)


def accorder(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Grant from the back office."""
    decision.accorder(vie.dossier, par=monde.agents["signataire"], maintenant=instant)


def refuser(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Refuse, with motives in law and in fact."""
    decision.refuser(
        vie.dossier,
        motifs_droit="Les conditions prévues par les textes applicables à cette démarche ne sont pas réunies.",
        motifs_fait="Les pièces produites n’établissent pas la réalité de la situation déclarée.",
        par=monde.agents["signataire"],
        maintenant=instant,
    )


def constater_titre_pret(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Receive the title from the makers: registered at the site, or only said to be there."""
    dossier, par = vie.dossier, monde.agents["instructeur"]
    usager = dossier.usager
    if usager.numero_etranger:
        carte = TitreRecu(
            numero_titre=f"T{dossier.pk:08d}",
            numero_etranger=usager.numero_etranger,
            nom=usager.nom.upper()[:100],
            prenoms=usager.prenoms,
            recu_le=aujourdhui(dossier.prefecture.fuseau, instant),
        )
        enregistrer_titre(vie.site, carte, par=par, maintenant=instant)
        dossier.refresh_from_db()
    if dossier.etat != Etat.A_REMETTRE:
        suites.constater_titre_pret(dossier, par=par, maintenant=instant)


def remettre(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Hand the title over at the counter."""
    passe.remettre(monde, vie.dossier, vie.site, instant=instant)


def retirer(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Give up."""
    suites.retirer(vie.dossier, par=vie.usager, maintenant=instant)


def classer(monde: Monde, vie: Vie, instant: datetime) -> None:
    """Close a demande left incomplete."""
    completude.classer_incomplete(vie.dossier, maintenant=instant)


def cloturer(monde: Monde, vie: Vie, instant: datetime) -> None:
    """End the file."""
    suites.cloturer(vie.dossier, par=monde.agents["instructeur"], maintenant=instant)


PAS: dict[str, Pas] = {
    p.__name__: p
    for p in (
        preparer,
        deposer,
        ouvrir_au_guichet,
        demander_complements,
        completer,
        constater_completude,
        convoquer,
        reserver,
        prendre_rendez_vous,
        manquer,
        recevoir,
        recevoir_sans_rdv,
        decider_au_guichet,
        instruire,
        accorder,
        refuser,
        constater_titre_pret,
        remettre,
        retirer,
        classer,
        cloturer,
    )
}
PAS["convoquer_remise"] = convoquer
