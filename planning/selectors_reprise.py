"""Reads of the pages about the appointments of the former booking module."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Count

from demandes.droits import Droit
from demandes.models import Agent, Motif, Prefecture
from planipref.commun.export import Cellule
from planning.models import Creneau, FileGuichet, ImportReprise, LigneReprise, MotifRepris
from planning.services.jugement_reprise import Candidat, creneaux_proches, juger
from planning.services.lecture_reprise import LectureReprise, Sort

Etat = LigneReprise.Etat
PROCHES = 12
ENTETES = ("Référence", "Ligne", "Jour", "Heure", "Démarche", "File", "État", "Pourquoi", "Demande", "Nom", "Téléphone")


@dataclass(frozen=True)
class Avancement:
    """Where the taking over of a préfecture stands.

    Args:
        comptes: lines by state.
        dernier: its last import.
        sans_contact: appointments taken over, to come, of people whom nothing tells.
    """

    comptes: dict[str, int]
    dernier: ImportReprise | None
    sans_contact: int

    @property
    def total(self) -> int:
        """How many lines there are."""
        return sum(self.comptes.values())

    @property
    def en_attente(self) -> int:
        """How many the worker has not tried yet."""
        return self.comptes[Etat.ATTENTE]

    @property
    def faites(self) -> int:
        """How many it has tried."""
        return self.total - self.en_attente


def avancement(prefecture: Prefecture, *, maintenant: datetime) -> Avancement:
    """Return where the taking over stands (three queries)."""
    lignes = LigneReprise.objects.filter(prefecture=prefecture)
    comptes = dict.fromkeys(Etat.values, 0) | dict(lignes.order_by().values_list("etat").annotate(n=Count("pk")))
    a_venir = lignes.filter(etat=Etat.REPRISE, rendez_vous__etat="pris", rendez_vous__creneau__debut__gt=maintenant)
    seuls = a_venir.filter(demande__usager__courriel="", demande__usager__telephone="")
    return Avancement(comptes, ImportReprise.objects.filter(prefecture=prefecture).first(), seuls.count())


def lignes_a_resoudre(prefecture: Prefecture, collision: str) -> models.QuerySet[LigneReprise]:
    """Return the lines that something stands in the way of, the first to come first; perhaps of one sort only."""
    lignes = LigneReprise.objects.filter(prefecture=prefecture, etat=Etat.COLLISION)
    if collision in LigneReprise.Collision.values:
        lignes = lignes.filter(collision=collision)
    return lignes.select_related("motif", "file__site", "demande__usager").order_by("debut", "pk")


def sortes_a_resoudre(prefecture: Prefecture) -> list[tuple[str, str, int]]:
    """Return the sorts of what stands in the way: code, words, how many lines."""
    lignes = LigneReprise.objects.filter(prefecture=prefecture, etat=Etat.COLLISION).order_by()
    comptes = dict(lignes.values_list("collision").annotate(n=Count("pk")))
    return [(c.value, str(c.label), comptes[c.value]) for c in LigneReprise.Collision if c.value in comptes]


def ligne_planifiee(agent: Agent, pk: int) -> LigneReprise | None:
    """Return a line to be resolved where the agent plans."""
    prefectures = Prefecture.objects.visibles_par(agent, Droit.PLANIFIER)
    lignes = LigneReprise.objects.filter(pk=pk, prefecture__in=prefectures, etat=Etat.COLLISION)
    return lignes.select_related("prefecture", "motif", "file__site", "rendez_vous__creneau", "demande__usager").first()


@dataclass(frozen=True)
class Issues:
    """What may be done with a line.

    Args:
        creneaux: slots that it may take, the nearest first.
        en_surplus: the slot of its hour, when it is full and one more may be agreed to.
        peut_reprendre: whether only its hour stands in its way.
    """

    creneaux: list[Creneau]
    en_surplus: Creneau | None
    peut_reprendre: bool


def issues_de(ligne: LigneReprise, *, maintenant: datetime) -> Issues:
    """Return what may be done with a line now."""
    debut = ligne.debut_nouveau or ligne.debut
    candidat = Candidat(debut, ligne.motif, ligne.file, dict(ligne.personne))
    juger(ligne.prefecture, [candidat], maintenant=maintenant)
    de_l_heure = LigneReprise.Collision.SANS_CRENEAU, LigneReprise.Collision.COMPLET, LigneReprise.Collision.PAS_OUVERT
    d_heure = candidat.collision in ("", *de_l_heure, LigneReprise.Collision.FERME, LigneReprise.Collision.PASSE)
    possible = d_heure or ligne.rendez_vous is not None
    complet = candidat.creneau if candidat.collision == LigneReprise.Collision.COMPLET else None
    proches = creneaux_proches(ligne.prefecture, candidat, nombre=PROCHES, maintenant=maintenant) if possible else []
    return Issues(proches, complet if ligne.rendez_vous is None else None, possible)


def motifs_repris(prefecture: Prefecture) -> models.QuerySet[MotifRepris]:
    """Return what the objects of the former module are here."""
    connus = MotifRepris.objects.filter(prefecture=prefecture)
    return connus.select_related("prefecture", "motif", "file__site").order_by("libelle", "pk")


def motifs_proposes() -> models.QuerySet[Motif]:
    """Return the motifs that an object of the former module may be."""
    return Motif.objects.actifs().order_by("libelle", "pk")


def files_proposees(prefecture: Prefecture) -> models.QuerySet[FileGuichet]:
    """Return the queues that may receive for it."""
    return (
        FileGuichet.objects.actives().filter(site__prefecture=prefecture).select_related("site").order_by("site", "pk")
    )


def rapport(prefecture: Prefecture, *, maintenant: datetime) -> list[list[Cellule]]:
    """Return what became of every line, and the lines of the last import that could not be read."""
    zone = ZoneInfo(prefecture.fuseau)
    lignes = LigneReprise.objects.filter(prefecture=prefecture).select_related("motif", "file__site", "demande__usager")
    rangees: list[list[Cellule]] = []
    for ligne in lignes.order_by("debut", "pk").iterator():
        local = ligne.debut.astimezone(zone)
        usager = ligne.demande.usager if ligne.demande else None
        rangees.append(
            [
                ligne.reference,
                ligne.rang,
                f"{local:%d/%m/%Y}",
                f"{local:%H:%M}",
                ligne.motif.libelle_court,
                f"{ligne.file.nom}, {ligne.file.site.nom}",
                ligne.get_etat_display(),
                ligne.get_collision_display() or ligne.raison,
                ligne.demande.numero if ligne.demande else "",
                ligne.qui,
                usager.telephone if usager else ligne.personne.get("telephone", ""),
            ]
        )
    dernier = ImportReprise.objects.filter(prefecture=prefecture).first()
    return rangees + [
        ["", rang, *[""] * 4, "Refusée", raison] for rang, raison in (dernier.illisibles if dernier else [])
    ]


def rapport_avant(lecture: LectureReprise, fuseau: str) -> list[list[Cellule]]:
    """Return what would become of every line of a file, before anything is written."""
    zone = ZoneInfo(fuseau)
    rangees: list[list[Cellule]] = []
    for ligne in lecture.lignes:
        candidat = ligne.candidat
        pourquoi = candidat.libelle if candidat and candidat.collision else ligne.raison
        rangee: list[Cellule] = [ligne.reference, ligne.rang or None]
        if candidat is None:
            rangee += [""] * 4
        else:
            local = candidat.debut.astimezone(zone)
            rangee += [f"{local:%d/%m/%Y}", f"{local:%H:%M}", candidat.motif.libelle_court, candidat.file.nom]
        rangee += [SORTS[ligne.sort], pourquoi]
        if candidat is not None:
            demande = candidat.demande.numero if candidat.demande else ""
            rangee += [demande, _nom(candidat.personne), candidat.personne.get("telephone", "")]
        rangees.append(rangee)
    return rangees


SORTS: dict[Sort, str] = {
    Sort.NOUVELLE: "Nouvelle",
    Sort.CHANGEE: "Changée",
    Sort.DEPLACEE: "Déplacée",
    Sort.DISPARUE: "Disparue",
    Sort.INCHANGEE: "Inchangée",
    Sort.IGNOREE: "Sans effet",
    Sort.REFUSEE: "Refusée",
}


def _nom(personne: dict[str, str]) -> str:
    return f"{personne.get('nom', '').upper()} {personne.get('prenoms', '')}".strip()


@dataclass(frozen=True)
class CollisionDite:
    """A line that something stands in the way of, as the preview shows it."""

    rang: int
    debut: datetime
    motif: str
    pourquoi: str
    proche: datetime | None


def dire_collisions(lecture: LectureReprise, nombre: int) -> list[CollisionDite]:
    """Return the first collisions of a file."""
    lignes: Iterable[tuple[int, Candidat]] = ((x.rang, x.candidat) for x in lecture.collisions[:nombre] if x.candidat)
    return [
        CollisionDite(rang, c.debut, c.motif.libelle_court, c.libelle, c.proche.debut if c.proche else None)
        for rang, c in lignes
    ]
