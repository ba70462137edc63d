"""Walking a demande to a state by the real services, along the shortest path of the table: no test forges a state."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from demandes.acteur import SYSTEME, Acteur, acteur_usager
from demandes.calculs.fichiers import Fichier
from demandes.cycle import Etat, Regles, permises
from demandes.models import Agent, Convocation, Demande, Piece, Site, Usager
from demandes.selectors import acteur_agent, pieces_attendues
from demandes.services import completude, convocation, decision, depot, pieces, suites
from demandes.services.reprise import convoquer_pour_reprise
from guichet.models import Passage
from guichet.services import accueil, guichet, remise
from planipref.commun.horloge import maintenant
from planning.models import Creneau, FileGuichet, Guichet, RendezVous
from planning.services import reservation
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory, PrefectureFactory, SiteFactory
from tests.demandes.outils_depot import pdf
from tests.planning.factories import CreneauFactory, FileGuichetFactory, GuichetFactory

PDF = Fichier(pdf().read(), "pdf")


def acteur(qui: Agent | Usager | None) -> Acteur:
    """Return the actor of an agent or an usager; the system for None. Reads the agent's rights afresh."""
    if qui is None:
        return SYSTEME
    if isinstance(qui, Usager):
        return acteur_usager(qui.pk)
    return acteur_agent(Agent.objects.get(pk=qui.pk))


def verifier_contraintes() -> None:
    """Fire the deferred constraints and triggers now, as a commit would (the journal is sealed then)."""
    with connection.cursor() as curseur:
        curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")
        curseur.execute("SET CONSTRAINTS ALL DEFERRED")


@dataclass(frozen=True)
class Equipe:
    """Who and where `amener_a` works with in a préfecture.

    Args:
        chloe: checks and convokes (instructrice).
        denis: decides (chef de service, with a delegation).
        site: where the usager is received.
        file: queue of this site.
        guichet: counter of this queue.
    """

    chloe: Agent
    denis: Agent
    site: Site
    file: FileGuichet
    guichet: Guichet


def equipe(demande: Demande) -> Equipe:
    """Return the team that serves a demande: always the same in a préfecture, at a site of its own."""
    reunie: Equipe = vars(demande).get("_equipe") or _reunir(demande)
    vars(demande)["_equipe"] = reunie  # not built again at each step of a walk
    return reunie


def _reunir(demande: Demande) -> Equipe:
    prefecture = demande.prefecture
    d = prefecture.departement
    site = SiteFactory(prefecture=prefecture, code=f"{d}-parcours")
    file = FileGuichetFactory(site=site, code="parcours", motifs=[demande.motif])
    return Equipe(
        chloe=AgentFactory(username=f"parcours-chloe-{d}", instructeur=True, prefecture=prefecture),
        denis=AgentFactory(username=f"parcours-denis-{d}", chef_service=True, prefecture=prefecture),
        site=site,
        file=file,
        guichet=GuichetFactory(site=site, numero=1, files=[file]),
    )


def chemin(regles: Regles, depart: str, arrivee: str) -> list[str] | None:
    """Return the names of the transitions of the shortest path, None when the motif never gets there."""
    vus = {str(depart)}
    suite: deque[tuple[str, list[str]]] = deque([(str(depart), [])])
    while suite:
        etat, noms = suite.popleft()
        if etat == str(arrivee):
            return noms
        for transition in permises(regles, etat):
            if transition.vers.value not in vus:
                vus.add(transition.vers.value)
                suite.append((transition.vers.value, [*noms, transition.nom]))
    return None


def amener_a(demande: Demande, etat: str) -> Demande:
    """Bring a demande to a state by the shortest path from where it is, through the real services.

    Its team is `equipe(demande)`: the appointment, if any, is at the site ``<département>-parcours``; a visit that the
    path opens is finished. Returns the demande fresh from the database.
    """
    noms = chemin(demande.motif.regles, demande.etat, etat)
    assert noms is not None, f"Ce motif ({demande.motif.etapes}) ne mène jamais de {demande.etat} à {etat}."
    for nom in noms:
        PAS[nom](demande)
        suivante = Demande.objects.get(pk=demande.pk)
        vars(suivante)["_equipe"] = equipe(demande)
        demande = suivante
    assert demande.etat == etat
    return demande


def deposer(demande: Demande) -> None:
    """Answer, attach what is asked and deposit."""
    par, instant = acteur_usager(demande.usager_id), maintenant()
    depot.enregistrer_reponses(demande, reponses_plausibles(demande), par=par, maintenant=instant)
    joindre_les_pieces(demande, par=par)
    depot.deposer(demande, par=par, maintenant=instant)


def reponses_plausibles(demande: Demande) -> dict[str, Any]:
    """Return an answer to each question of the motif."""
    valeurs: dict[str, Any] = {"date": "2029-01-01", "nombre": 1, "oui_non": "oui", "telephone": "+33612345678"}
    return {
        q.code: q.options[0]["valeur"] if q.options else valeurs.get(q.genre, "réponse")
        for q in demande.motif.questions.all()
    }


def joindre_les_pieces(demande: Demande, *, par: Acteur) -> None:
    """Attach a file for each piece that is missing."""
    demande = Demande.objects.get(pk=demande.pk)
    for attendue in pieces_attendues(demande):
        if attendue.manque:
            pieces.joindre(demande, attendue.requise, PDF, nom="scan.pdf", par=par, maintenant=maintenant())


def juger_les_pieces(demande: Demande, *, conforme: bool, par: Acteur) -> None:
    """Find every piece not judged conforme right, or wrong."""
    for piece in demande.pieces.courantes().exclude(verdict=Piece.Verdict.CONFORME):
        pieces.verifier_piece(
            piece, conforme=conforme, raison="" if conforme else "Photo floue.", par=par, maintenant=maintenant()
        )


def _demander_complements(demande: Demande) -> None:
    par = acteur(equipe(demande).chloe)
    juger_les_pieces(demande, conforme=False, par=par)
    limite = maintenant().date() + timedelta(days=20)
    completude.demander_complements(demande, limite=limite, message="", par=par, maintenant=maintenant())


def _completer(demande: Demande) -> None:
    par = acteur_usager(demande.usager_id)
    joindre_les_pieces(demande, par=par)
    completude.completer(demande, par=par, maintenant=maintenant())


def _classer_incomplete(demande: Demande) -> None:
    limite: date = demande.complements.get(clos_le__isnull=True).limite
    completude.classer_incomplete(demande, maintenant=maintenant() + (limite - maintenant().date()) + timedelta(days=2))


def _constater_completude(demande: Demande) -> None:
    par = acteur(equipe(demande).chloe)
    if demande.etat == Etat.A_COMPLETER:
        joindre_les_pieces(demande, par=acteur_usager(demande.usager_id))
    juger_les_pieces(demande, conforme=True, par=par)
    completude.constater_completude(demande, par=par, maintenant=maintenant())


def _convoquer(demande: Demande) -> None:
    e = equipe(demande)
    convocation.convoquer(
        demande, motivation="Prise d’empreintes", sites=[e.site], par=acteur(e.chloe), maintenant=maintenant()
    )


def _revoquer(demande: Demande) -> None:
    convocation.revoquer_convocation(demande, par=acteur(equipe(demande).chloe), maintenant=maintenant())


def _expirer(demande: Demande) -> None:
    active = convocation_active(demande)
    convocation.expirer(active, maintenant=active.expire_le)


def convocation_active(demande: Demande) -> Convocation:
    """Return the live convocation of a demande."""
    return Convocation.objects.actives().select_related("demande__motif", "demande__prefecture").get(demande=demande)


def _reserver(demande: Demande) -> None:
    reservation.reserver(
        convocation_active(demande),
        creneau_libre(demande),
        par=acteur_usager(demande.usager_id),
        maintenant=maintenant(),
    )


def creneau_libre(demande: Demande) -> Creneau:
    """Return a new slot, in three days and within the validity of any link, at the team's site."""
    file = equipe(demande).file
    zone = ZoneInfo(demande.prefecture.fuseau)
    debut = (maintenant() + timedelta(days=3)).astimezone(zone).replace(hour=9, minute=0, second=0, microsecond=0)
    while Creneau.objects.filter(file=file, debut=debut).exists():
        debut += timedelta(minutes=file.pas_minutes)
    return CreneauFactory(file=file, debut=debut)


def occuper(creneau: Creneau, places: int = 1) -> RendezVous:
    """Take places of a slot, each with a convocation of its own; return the last appointment."""
    for _ in range(places):
        convocation = convocation_active(amener_a(DemandeFactory(), Etat.CONVOQUEE))
        pris = RendezVous.objects.create(convocation=convocation, creneau=creneau, pris_le=INSTANT)
    return pris


def _annuler(demande: Demande) -> None:
    reservation.annuler(convocation_active(demande), par=acteur_usager(demande.usager_id), maintenant=maintenant())


def _constater_absence(demande: Demande) -> None:
    """The usager comes, is called, and at the hour of the appointment is not there any more."""
    passage = _appeler(demande)
    assert passage.rendez_vous is not None
    heure = max(passage.arrive_le + guichet.ENTRE_DEUX_APPELS, passage.rendez_vous.creneau.debut)
    guichet.constater_absence(passage, par=acteur(equipe(demande).chloe), maintenant=heure)


def _recevoir(demande: Demande) -> None:
    passage = _appeler(demande)
    par = acteur(equipe(demande).chloe)
    guichet.recevoir(passage, par=par, maintenant=passage.arrive_le)
    guichet.terminer(passage, par=par, maintenant=passage.arrive_le)


def _appeler(demande: Demande) -> Passage:
    """Register the arrival, on the day of the appointment if any, and call."""
    e = equipe(demande)
    par, instant = acteur(e.chloe), maintenant()
    if demande.etat == Etat.RDV_PRIS:
        rendez_vous = convocation_active(demande).rendez_vous.get(etat="pris")
        instant = rendez_vous.creneau.debut
        accueil.enregistrer_arrivee(rendez_vous, par=par, maintenant=instant)
    else:
        accueil.enregistrer_sans_rdv(e.file, demande=demande, par=par, maintenant=instant)
    passage = guichet.appeler_suivant(e.guichet, [e.file], par=par, maintenant=instant)
    assert passage is not None
    assert passage.demande_id == demande.pk, "Quelqu’un d’autre attendait dans la file du parcours."
    return passage


def _instruire(demande: Demande) -> None:
    decision.instruire(demande, par=acteur(equipe(demande).chloe), maintenant=maintenant())


def _accorder(demande: Demande) -> None:
    decision.accorder(demande, par=acteur(equipe(demande).denis), maintenant=maintenant())


def _refuser(demande: Demande) -> None:
    decision.refuser(
        demande,
        motifs_droit="Article L432-1 du CESEDA.",
        motifs_fait="Les conditions ne sont pas remplies.",
        par=acteur(equipe(demande).denis),
        maintenant=maintenant(),
    )


def _constater_titre_pret(demande: Demande) -> None:
    suites.constater_titre_pret(demande, par=acteur(equipe(demande).chloe), maintenant=maintenant())


def _remettre(demande: Demande) -> None:
    remise.remettre(
        demande,
        numero_titre="9912345678",
        identite_verifiee=True,
        signature_nom=demande.usager.nom_complet,
        par=acteur(equipe(demande).chloe),
        maintenant=maintenant(),
    )


def _retirer(demande: Demande) -> None:
    suites.retirer(demande, par=acteur_usager(demande.usager_id), maintenant=maintenant())


def _cloturer(demande: Demande) -> None:
    suites.cloturer(demande, par=acteur(equipe(demande).chloe), maintenant=maintenant())


def _reprendre(demande: Demande) -> None:
    e = equipe(demande)
    with transaction.atomic():
        convoquer_pour_reprise(
            demande, e.site, jusqu_au=maintenant() + timedelta(days=3), par=acteur(e.chloe), maintenant=maintenant()
        )


PAS: dict[str, Callable[[Demande], None]] = {
    "deposer": deposer,
    "demander_complements": _demander_complements,
    "completer": _completer,
    "classer_incomplete": _classer_incomplete,
    "constater_completude": _constater_completude,
    "convoquer": _convoquer,
    "reprendre": _reprendre,
    "revoquer_convocation": _revoquer,
    "expirer_convocation": _expirer,
    "reserver": _reserver,
    "annuler": _annuler,
    "constater_absence": _constater_absence,
    "recevoir": _recevoir,
    "instruire": _instruire,
    "accorder": _accorder,
    "refuser": _refuser,
    "constater_titre_pret": _constater_titre_pret,
    "remettre": _remettre,
    "retirer": _retirer,
    "cloturer": _cloturer,
}


def reunion() -> Any:
    """Return the préfecture of La Réunion (UTC+4 all year)."""
    return PrefectureFactory(reunion=True)
