"""Reads of the reception desk: today's appointments, the crowd, the search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, Value

from demandes.models import Agent, Convocation, Demande, Site
from guichet.calculs.attente import Annonce
from guichet.models import Passage, Venue
from guichet.selectors import (
    RESULTATS_MAX,
    SANS_PASSAGE,
    LigneAttente,
    est_retablissable,
    lignes_attente,
    minutes_entre,
)
from guichet.selectors_attente import attentes_de
from planipref.commun.horloge import aujourdhui
from planning.models import FileGuichet, RendezVous
from planning.selectors_besoins import besoins_en_clair

LIBELLES = {
    "attendu": "Attendu",
    "en_retard": "En retard",
    "arrive": "Arrivé",
    "appele": "Appelé",
    "recu": "Reçu, au guichet",
    "suspendu": "Mis de côté",
    "termine": "Reçu, reparti",
    "honore": "Reçu",
    "absent": "Absent",
    "parti": "Parti sans être reçu",
    "annule": "Annulé",
    "deplace": "Rendez-vous déplacé",
}
# A mistake of the desk is seen within this time; it is then undone from a list of so many visits at most.
RECENTS, FINIS_MAX = timedelta(hours=1), 10
COULEURS = {
    "en_retard": "warning",
    "arrive": "info",
    "appele": "info",
    "recu": "success",
    "suspendu": "warning",
    "termine": "success",
    "honore": "success",
    "absent": "error",
    "parti": "error",
}


@dataclass(frozen=True)
class LigneRendezVous:
    """An appointment of the day, and where the person is.

    Args:
        rendez_vous: the appointment.
        passage: the visit, once arrived.
        statut: key of `LIBELLES`.
        libelle: the status in words.
        couleur: variant of the badge, empty for neutral.
        retard: minutes past the hour while nobody came, else 0.
        peut_arriver: whether the arrival may be registered.
        autres: of a family, the others who come to it.
        besoins: what they said they need on that day.
    """

    rendez_vous: RendezVous
    passage: Passage | None
    statut: str
    libelle: str
    couleur: str
    retard: int
    peut_arriver: bool
    autres: tuple[Demande, ...] = ()
    besoins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Foule:
    """A queue as the desk sees it.

    Args:
        nom: its name.
        nombre: how many wait.
        annonce: the wait of who comes now without appointment; None when it cannot be told.
    """

    nom: str
    nombre: int
    annonce: Annonce | None


@dataclass(frozen=True)
class Affluence:
    """The crowd in the room.

    Args:
        lignes: who waits, in the order of call.
        plus_longue: longest wait, in minutes.
        par_file: each queue in use, by name.
        finis: visits ended lately before they were received, the last one first; each may be put back.
    """

    lignes: list[LigneAttente]
    plus_longue: int
    par_file: list[Foule]
    finis: list[Passage]

    @property
    def nombre(self) -> int:
        """How many visits wait."""
        return len(self.lignes)


def affluence(site: Site, *, maintenant: datetime) -> Affluence:
    """Return who waits at a site, and the wait of who would come now (three queries, and those of `attentes_de`)."""
    lignes = lignes_attente(site, maintenant=maintenant)
    nombres = Counter(x.passage.file_id for x in lignes)
    attentes = attentes_de(site, maintenant=maintenant)
    files = FileGuichet.objects.actives().filter(site=site).order_by("nom", "pk")
    return Affluence(
        lignes,
        max((x.attente for x in lignes), default=0),
        [Foule(f.nom, nombres[f.pk], attentes.en_arrivant(f.pk)) for f in files],
        _finis(site, maintenant=maintenant),
    )


def _finis(site: Site, *, maintenant: datetime) -> list[Passage]:
    passages = Passage.objects.du_jour(site.pk, aujourdhui(site.prefecture.fuseau, maintenant))
    recents = (
        passages.sans_reception().filter(termine_le__gte=maintenant - RECENTS).avec_ligne().order_by("-termine_le")
    )
    return [p for p in recents[:FINIS_MAX] if est_retablissable(p)]


def journee(site: Site, *, aussi: Collection[int] = (), maintenant: datetime) -> list[LigneRendezVous]:
    """Return today's appointments of a site by time, with their state (two queries, three when a family comes).

    Args:
        site: with its préfecture loaded.
        aussi: identifiers of appointments of the day to return even once cancelled or moved.
        maintenant: instant.
    """
    fuseau = site.prefecture.fuseau
    pris = RendezVous.objects.du_jour(site.pk, aujourdhui(fuseau, maintenant), fuseau, aussi=aussi)
    lignes = list(pris.select_related("passage__file", "passage__guichet", "passage__site__prefecture"))
    autres: dict[int, list[Demande]] = {}
    a_plusieurs = [r.convocation_id for r in lignes if r.convocation.personnes > 1]
    jointes = Convocation.objects.filter(jointe_a__in=a_plusieurs).select_related("demande__usager", "demande__motif")
    for jointe in jointes.order_by("pk") if a_plusieurs else ():
        autres.setdefault(jointe.jointe_a_id or 0, []).append(jointe.demande)
    besoins = besoins_en_clair([r.convocation_id for r in lignes])
    return [_ligne(r, autres.get(r.convocation_id, []), besoins.get(r.convocation_id, []), maintenant) for r in lignes]


def _ligne(
    rendez_vous: RendezVous, autres: Sequence[Demande], besoins: Sequence[str], maintenant: datetime
) -> LigneRendezVous:
    passage: Passage | None = getattr(rendez_vous, "passage", None)
    attendu = passage is None and rendez_vous.etat == RendezVous.Etat.PRIS
    retard = minutes_entre(rendez_vous.creneau.debut, maintenant) if attendu else 0
    present = str(passage.etat if passage else rendez_vous.etat)
    absent = "en_retard" if retard else "attendu"
    statut = absent if attendu else present
    return LigneRendezVous(
        rendez_vous,
        passage,
        statut,
        LIBELLES[statut],
        COULEURS.get(statut, ""),
        retard,
        peut_arriver=attendu,
        autres=tuple(autres),
        besoins=tuple(besoins),
    )


@dataclass(frozen=True)
class Resultat:
    """A demande found at the desk.

    Args:
        demande: the file.
        rendez_vous: its live appointment today at this site, if any.
        autre_rendez_vous: its live appointment on another day or at another site, if any.
        passage: its visit under way, if any.
        peut_entrer: whether a ticket may be given.
    """

    demande: Demande
    rendez_vous: RendezVous | None
    autre_rendez_vous: RendezVous | None
    passage: Passage | None
    peut_entrer: bool


def rechercher(agent: Agent, site: Site, texte: str, *, maintenant: datetime) -> list[Resultat]:
    """Find demandes of the site's préfecture by number or name, that the agent may see (four queries)."""
    if not texte.strip():
        return []
    fuseau = site.prefecture.fuseau
    demandes = list(
        Demande.objects.visibles_par(agent)
        .filter(prefecture=site.prefecture_id)
        .recherche(texte)
        .avec_liste()
        .order_by("-pk")[:RESULTATS_MAX]
    )
    pris = RendezVous.objects.actifs().de_ces_demandes(demandes)
    pris = pris.select_related("convocation", "creneau__file__site").order_by("creneau__debut", "pk")
    attendus: dict[int, RendezVous] = {}
    autres: dict[int, RendezVous] = {}
    for rendez_vous in pris:
        ici = rendez_vous.creneau.file.site_id == site.pk
        du_jour = aujourdhui(fuseau, rendez_vous.creneau.debut) == aujourdhui(fuseau, maintenant)
        for demande_id in (rendez_vous.convocation.demande_id, *rendez_vous.jointes):  # type: ignore[attr-defined]
            (attendus if ici and du_jour else autres).setdefault(demande_id, rendez_vous)
    sur_place = _sur_place(demandes)
    return [
        Resultat(
            d,
            attendus.get(d.pk),
            autres.get(d.pk),
            sur_place.get(d.pk),
            peut_entrer=d.pk not in sur_place and d.etat not in SANS_PASSAGE,
        )
        for d in demandes
    ]


def _sur_place(demandes: Sequence[Demande]) -> dict[int | None, Passage]:
    """Return the visit under way of each demande, its own or its family's (one query)."""
    venues = Venue.objects.filter(demande__in=demandes, etat__in=[Venue.Etat.ATTENDUE, Venue.Etat.RECUE])
    presents = Passage.objects.filter(
        Q(demande__in=demandes) | Q(pk__in=venues.values("passage")), etat__in=Passage.SUR_PLACE
    )
    ensemble = ArrayAgg("venues__demande", filter=Q(venues__isnull=False), default=Value([]))
    trouves: dict[int | None, Passage] = {}
    for passage in presents.select_related("file").annotate(ensemble=ensemble).order_by("pk"):
        trouves |= dict.fromkeys([passage.demande_id, *passage.ensemble], passage)  # type: ignore[attr-defined]
    return trouves
