"""After an outage: what the paper list says is written down, with the hours of the paper."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Agent, Convocation, Motif, Site
from guichet.models import Passage
from guichet.selectors_accueil import LigneRendezVous
from guichet.services.absences import constater_sans_venue
from guichet.services.accueil import enregistrer_arrivee, inscrire_arrivee, ouvrir_etape_sans_rdv
from guichet.services.guichet import exiger, honorer, journaliser_passage
from guichet.services.phases import archiver_reception, passer
from guichet.services.venues import clore_venues, constater_presences
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.templatetags.planipref import heure
from planipref.commun.transactions import acte, etape
from planning.models import FileGuichet, Guichet, RendezVous


def exiger_sans_suite(ligne: LigneRendezVous) -> None:
    """Refuse a line of the paper whose appointment has had a follow-up since the page was shown, and say which.

    Raises:
        ErreurMetier: ``deja_ecrite`` on ``issue`` (409).
    """
    if ligne.peut_arriver:
        return
    fait = ligne.libelle.lower()
    if ligne.passage is not None:
        arrivee = heure(ligne.passage.arrive_le.astimezone(ZoneInfo(ligne.passage.site.prefecture.fuseau)).time())
        fait = f"{fait}, ticket {ligne.passage.numero_ticket}, arrivée à {arrivee}"
    phrase = f"Déjà noté entre-temps : {fait}. Cette ligne n’est pas écrite : comparez, puis « Rien à noter »."
    raise ErreurMetier("deja_ecrite", phrase, champ="issue", statut=409)


def rattraper_arrivee(rendez_vous: RendezVous, *, arrive_le: datetime, par: Acteur, maintenant: datetime) -> Passage:
    """Register somebody who still waits, at the hour that the paper says: their rank counts from it.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``heures`` on ``arrive``; ``deja_arrive`` (409) at another hour; those of
            `enregistrer_arrivee`.
    """
    _exiger_heures(rendez_vous.creneau.file.site.prefecture.fuseau, [arrive_le], maintenant)
    passage = enregistrer_arrivee(rendez_vous, arrive_le=arrive_le, par=par, maintenant=maintenant)
    if passage.arrive_le != arrive_le:  # by the kiosk, or a colleague: their hour stands
        raise ErreurMetier("deja_arrive", f"Cette personne a déjà le ticket {passage.numero_ticket}.", statut=409)
    return passage


@dataclass(frozen=True)
class VisiteEcrite:
    """What the paper says of a visit that took place.

    Args:
        guichet: counter, of the site.
        arrive_le: arrival.
        recu_le: when the counter took the person.
        termine_le: when they left it.
        recu_par: who received them; the one who writes when None.
        absentes: of a family, identifiers of the demandes whose person did not come.
    """

    guichet: Guichet
    arrive_le: datetime
    recu_le: datetime
    termine_le: datetime
    recu_par: Agent | None = None
    absentes: Collection[int] = ()


@acte
def rattraper_visite(rendez_vous: RendezVous, visite: VisiteEcrite, *, par: Acteur, maintenant: datetime) -> Passage:
    """Write down a whole visit that took place on paper: the appointment is honoured, the demande received.

    Args:
        rendez_vous: of today.
        visite: what the paper says.
        par: agent who writes; what was decided is then written in the file.
        maintenant: instant of the writing.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``heures`` on ``arrive``, ``guichet``; ``personne_presente`` on ``absentes``;
            ``deja_arrive`` (409); those of `enregistrer_arrivee`.
    """
    if rendez_vous.convocation.objet == Convocation.Objet.REMISE:
        phrase = "Une remise se signe : notez l’arrivée, appelez la personne, puis remettez le titre au guichet."
        raise ErreurMetier("remise", phrase, champ="issue")
    _exiger_visite(visite, rendez_vous.creneau.file.site, par, maintenant)
    passage = inscrire_arrivee(rendez_vous, arrive_le=visite.arrive_le, par=par, maintenant=maintenant)
    if passage.etat != Passage.Etat.ARRIVE or passage.appele_le is not None or passage.arrive_le != visite.arrive_le:
        raise ErreurMetier("deja_arrive", "Cette personne est déjà enregistrée.", statut=409)
    _ecrire(passage, visite, par=par, maintenant=maintenant)
    return passage


@acte
def rattraper_sans_rdv(
    file: FileGuichet,
    motif: Motif,
    visite: VisiteEcrite,
    *,
    identite: dict[str, Any],
    par: Acteur,
    maintenant: datetime,
) -> Passage:
    """Write down the whole visit, on paper, of somebody who came without appointment: their demande is opened.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``heures`` on ``arrivee``, ``guichet``; ``identite_incomplete``.
    """
    try:
        _exiger_visite(visite, file.site, par, maintenant)
    except ErreurMetier as erreur:
        champ = "arrivee" if erreur.champ == "arrive" else erreur.champ
        raise ErreurMetier(erreur.code, erreur.message, champ=champ) from erreur
    quand: dict[str, Any] = {"arrive_le": visite.arrive_le, "maintenant": maintenant}
    passage = ouvrir_etape_sans_rdv(file, motif, identite=identite, par=par, **quand)
    _ecrire(passage, visite, par=par, maintenant=maintenant)
    return passage


def _exiger_visite(visite: VisiteEcrite, site: Site, par: Acteur, maintenant: datetime) -> None:
    exiger(par, Droit.RECEVOIR, site)
    _exiger_heures(site.prefecture.fuseau, [visite.arrive_le, visite.recu_le, visite.termine_le], maintenant)
    if visite.guichet.site_id != site.pk:
        raise ErreurMetier("guichet", "Ce guichet n’est pas de ce site.", champ="guichet")


@etape
def _ecrire(passage: Passage, visite: VisiteEcrite, *, par: Acteur, maintenant: datetime) -> None:
    """End a visit just registered with the hours of the paper; the journal says who received and who writes."""
    recu_par = visite.recu_par.pk if visite.recu_par else par.pk
    tenue = {"guichet": visite.guichet, "agent_id": recu_par, "appele_le": visite.recu_le, "nb_appels": 1}
    heures = {"recu_le": visite.recu_le, "termine_le": visite.termine_le}
    passer(passage, Passage.Etat.TERMINE, maintenant=visite.recu_le, **heures, **tenue)
    archiver_reception(passage, debut=visite.recu_le, fin=visite.termine_le)
    for demande in constater_presences(passage, visite.absentes, par=par, maintenant=maintenant):
        honorer(passage, demande, par=par, maintenant=maintenant)
    clore_venues(passage)
    journaliser_passage("passage:termine", passage, par, maintenant, recu_par_id=recu_par)


def rattraper_absence(rendez_vous: RendezVous, *, par: Acteur, maintenant: datetime) -> None:
    """Note that nobody came to an appointment whose hour is past.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``heures`` on ``issue``; ``rendez_vous_termine`` (409).
    """
    exiger(par, Droit.ACCUEILLIR, rendez_vous.creneau.file.site)
    if rendez_vous.creneau.debut > maintenant:
        raise ErreurMetier("heures", "Ce rendez-vous n’est pas encore passé.", champ="issue")
    constater_sans_venue(rendez_vous, par=par, maintenant=maintenant)


def _exiger_heures(fuseau: str, heures: list[datetime], maintenant: datetime) -> None:
    """Refuse hours that go backwards, that are to come, or of another day."""
    jour = aujourdhui(fuseau, maintenant)
    if heures != sorted(heures) or heures[-1] > maintenant or aujourdhui(fuseau, heures[0]) != jour:
        raise ErreurMetier("heures", "Ces heures ne se suivent pas, ou ne sont pas encore passées.", champ="arrive")
