"""Reads of the pages about the appointments of the former booking module."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Count, Q

from demandes.droits import Droit
from demandes.models import Agent, Demande, Motif, Prefecture, Site
from planipref.commun.export import Cellule
from planning.models import Creneau, FileGuichet, ImportReprise, LigneReprise, MotifRepris
from planning.selectors_deports_reprise import sans_deport
from planning.selectors_jugement_reprise import Candidat, creneaux_proches, juger
from planning.selectors_lecture_reprise import LectureReprise, LigneDeReprise, Sort
from planning.selectors_ouvertures import planifie_partout

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


def avancement(agent: Agent, prefecture: Prefecture, *, maintenant: datetime) -> Avancement:
    """Return where the taking over of the sites that an agent plans stands."""
    lignes = _planifiees(agent, prefecture)
    comptes = dict.fromkeys(Etat.values, 0) | dict(lignes.order_by().values_list("etat").annotate(n=Count("pk")))
    a_venir = lignes.filter(etat=Etat.REPRISE, rendez_vous__etat="pris", rendez_vous__creneau__debut__gt=maintenant)
    seuls = a_venir.filter(demande__usager__courriel="", demande__usager__telephone="")
    return Avancement(comptes, dernier_import(agent, prefecture), seuls.count())


def dernier_import(agent: Agent, prefecture: Prefecture) -> ImportReprise | None:
    """Return the last file given in a préfecture; their own last one to who plans only some of its sites."""
    imports = ImportReprise.objects.filter(prefecture=prefecture)
    return (imports if planifie_partout(agent.pk, prefecture) else imports.filter(agent=agent)).first()


def _planifiees(agent: Agent, prefecture: Prefecture) -> models.QuerySet[LigneReprise]:
    """Return the lines of the sites that an agent plans, of demandes that they may see, none of their déports."""
    sites = Site.objects.visibles_par(agent, Droit.PLANIFIER)
    lignes = LigneReprise.objects.filter(prefecture=prefecture, file__site__in=sites)
    lignes = lignes.filter(Q(demande=None) | Q(demande__in=Demande.objects.visibles_par(agent)))
    return sans_deport(lignes, agent.deports_tenus, prefecture)


def lignes_a_resoudre(agent: Agent, prefecture: Prefecture, collision: str) -> models.QuerySet[LigneReprise]:
    """Return the lines that something stands in the way of, the first to come first; perhaps of one sort only."""
    lignes = _planifiees(agent, prefecture).filter(etat=Etat.COLLISION)
    if collision in LigneReprise.Collision.values:
        lignes = lignes.filter(collision=collision)
    return lignes.select_related("motif", "file__site", "demande__usager").order_by("debut", "pk")


def sortes_a_resoudre(agent: Agent, prefecture: Prefecture) -> list[tuple[str, str, int]]:
    """Return the sorts of what stands in the way: code, words, how many lines."""
    lignes = _planifiees(agent, prefecture).filter(etat=Etat.COLLISION).order_by()
    comptes = dict(lignes.values_list("collision").annotate(n=Count("pk")))
    return [(c.value, str(c.label), comptes[c.value]) for c in LigneReprise.Collision if c.value in comptes]


def ligne_planifiee(agent: Agent, pk: int) -> LigneReprise | None:
    """Return a line to be resolved where the agent plans, of somebody at whom none of their déports aims."""
    ligne = LigneReprise.objects.filter(pk=pk).select_related("prefecture").first()
    if ligne is None:
        return None
    lignes = _planifiees(agent, ligne.prefecture).filter(pk=pk, etat=Etat.COLLISION)
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


def issues_de(ligne: LigneReprise, *, agent: Agent, maintenant: datetime) -> Issues:
    """Return what an agent may do with a line now."""
    debut = ligne.debut_nouveau or ligne.debut
    candidat = Candidat(debut, ligne.motif, ligne.file, dict(ligne.personne))
    juger(ligne.prefecture, [candidat], agent=agent, maintenant=maintenant)
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


def files_proposees(agent: Agent, prefecture: Prefecture) -> models.QuerySet[FileGuichet]:
    """Return the queues that may receive for it, of the sites that the agent plans: not those of the doctors."""
    siens = Site.objects.visibles_par(agent, Droit.PLANIFIER).filter(prefecture=prefecture)
    sites = siens.exclude(genre=Site.Genre.MEDICAL)
    return FileGuichet.objects.actives().filter(site__in=sites).select_related("site").order_by("site", "pk")


@dataclass(frozen=True)
class Rapport:
    """A report, and the files whose persons it names: reading it is a consultation of each.

    Args:
        rangees: under `ENTETES`.
        demandes: identifiers of the files named.
    """

    rangees: list[list[Cellule]]
    demandes: list[int]


def rapport(agent: Agent, prefecture: Prefecture, *, maintenant: datetime) -> Rapport:
    """Return what became of every line of the sites that an agent plans, and what the last import could not read.

    Persons are named until the hour of their appointment; then the number of the demande is enough.
    """
    zone = ZoneInfo(prefecture.fuseau)
    lignes = _planifiees(agent, prefecture).select_related("motif", "file__site", "demande__usager")
    rangees: list[list[Cellule]] = []
    nommees: list[int] = []
    for ligne in lignes.order_by("debut", "pk").iterator():
        rangee = _rangee(ligne, zone)
        if ligne.debut > maintenant:
            usager = ligne.demande.usager if ligne.demande else None
            rangee += [ligne.qui, usager.telephone if usager else ligne.personne.get("telephone", "")]
            nommees += [ligne.demande.pk] if ligne.demande else []
        rangees.append(rangee)
    dernier = dernier_import(agent, prefecture)
    refusees = dernier.illisibles if dernier else []
    return Rapport(rangees + [["", rang, *[""] * 4, "Refusée", raison] for rang, raison in refusees], nommees)


def _rangee(ligne: LigneReprise, zone: ZoneInfo) -> list[Cellule]:
    local = ligne.debut.astimezone(zone)
    return [
        ligne.reference,
        ligne.rang,
        f"{local:%d/%m/%Y}",
        f"{local:%H:%M}",
        ligne.motif.libelle_court,
        f"{ligne.file.nom}, {ligne.file.site.nom}",
        ligne.get_etat_display(),
        ligne.get_collision_display() or ligne.raison,
        ligne.demande.numero if ligne.demande else "",
    ]


def rapport_avant(lecture: LectureReprise, fuseau: str) -> Rapport:
    """Return what would become of every line of a file, before anything is written."""
    zone = ZoneInfo(fuseau)
    rangees = [_rangee_avant(ligne, zone) for ligne in lecture.lignes]
    dites = [x.candidat.demande for x in lecture.lignes if x.candidat is not None and not x.deportee]
    return Rapport(rangees, sorted({d.pk for d in dites if d is not None}))


def _rangee_avant(ligne: LigneDeReprise, zone: ZoneInfo) -> list[Cellule]:
    candidat = ligne.candidat
    rangee: list[Cellule] = [ligne.reference, ligne.rang or None]
    if ligne.deportee:
        return [*rangee, *[""] * 4, SORTS[ligne.sort], DEPORTEE]
    if candidat is None:
        return [*rangee, *[""] * 4, SORTS[ligne.sort], ligne.raison]
    local = candidat.debut.astimezone(zone)
    rangee += [f"{local:%d/%m/%Y}", f"{local:%H:%M}", candidat.motif.libelle_court, candidat.file.nom]
    rangee += [SORTS[ligne.sort], candidat.libelle or ligne.raison]
    demande = candidat.demande.numero if candidat.demande else ""
    return [*rangee, demande, _nom(candidat.personne), candidat.personne.get("telephone", "")]


DEPORTEE = "De vos déports : un collègue s’en charge"
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
    return [_dire_collision(x, x.candidat) for x in lecture.collisions[:nombre] if x.candidat]


def _dire_collision(ligne: LigneDeReprise, candidat: Candidat) -> CollisionDite:
    pourquoi = DEPORTEE if ligne.deportee else candidat.libelle
    proche = candidat.proche.debut if candidat.proche else None
    return CollisionDite(ligne.rang, candidat.debut, candidat.motif.libelle_court, pourquoi, proche)
