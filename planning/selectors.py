"""Reads of the planning that are not one queryset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from demandes.cycle import Etat
from demandes.models import Convocation, Demande, Motif, Prefecture, Site
from demandes.selectors import parametres_motifs
from demandes.selectors_messages import regles_de_la_prefecture
from planipref.commun.horloge import aujourdhui
from planning.calculs.creneaux import nombre_de_creneaux
from planning.calculs.regles import Quota
from planning.models import Creneau, FileGuichet, RendezVous
from planning.querysets import CreneauQuerySet
from planning.selectors_regles import quotas_de

MINUTES_REMISE = 5


@dataclass(frozen=True)
class CreneauPropose:
    """A start that a convocation may take.

    Args:
        creneau: first slot.
        suite: further slots that the visit takes after it.
    """

    creneau: Creneau
    suite: tuple[Creneau, ...]


@dataclass(frozen=True)
class Besoin:
    """What a visit needs.

    Args:
        files: queues that serve everybody who is convoked, in the sites of the convocation.
        minutes: time at the counter, for all of them.
        fuseau: timezone of their préfecture.
        quotas_des: day from which they may take the places kept for each quota; those never theirs are left out.
        retard: how long after an opening their turn comes.
    """

    files: tuple[FileGuichet, ...]
    minutes: int
    fuseau: str
    quotas_des: Mapping[Quota, date] = field(default_factory=dict)
    retard: timedelta = timedelta(0)

    def quotas(self, maintenant: datetime) -> frozenset[Quota]:
        """Return the quotas whose kept places they may take now."""
        jour = aujourdhui(self.fuseau, maintenant)
        return frozenset(quota for quota, des in self.quotas_des.items() if des <= jour)

    def longueur(self, file: FileGuichet) -> int:
        """Return how many slots in a row the visit takes in a queue."""
        return nombre_de_creneaux(self.minutes, file.pas_minutes)

    @property
    def longueurs(self) -> dict[int, int]:
        """How many slots in a row the visit takes, by queue."""
        return {f.pk: self.longueur(f) for f in self.files}

    def sur(self, site_id: int | None) -> Besoin:
        """Return the same need at one site; at all of them when none is given."""
        return self if site_id is None else replace(self, files=tuple(f for f in self.files if f.site_id == site_id))


def besoin_de(convocation: Convocation) -> Besoin:
    """Return what the visit of a convocation needs, its family's with it (three queries, four for a family)."""
    return besoins_de([convocation])[convocation.pk]


def membres_de(convocations: Iterable[Convocation]) -> dict[int, list[Convocation]]:
    """Return the convocations of some visits, each with the one that bears its link first (one query if several come).

    Args:
        convocations: those that bear the links.
    """
    reunies = {c.pk: [c] for c in convocations}
    if familles := [pk for pk, (c,) in reunies.items() if c.personnes > 1]:
        for jointe in Convocation.objects.jointes_a(*familles):
            reunies[jointe.jointe_a_id or 0].append(jointe)
    return reunies


def besoins_de(convocations: Sequence[Convocation]) -> dict[int, Besoin]:
    """Return what some visits need, by convocation, in a number of queries that theirs does not change.

    Args:
        convocations: those that bear the links, with their demandes, motifs and préfectures loaded.
    """
    reunies = membres_de(convocations)
    files = _files_de(convocations, reunies)
    durees = _durees(convocations, reunies)
    quotas = quotas_de([(reunies[pk], {f.site_id for f in files[pk]}) for pk in reunies])
    besoins = {}
    for convocation, des in zip(convocations, quotas, strict=True):
        minutes = durees[convocation.pk]
        # Persons who come along without a demande take as long as the one who is convoked.
        seuls = max(0, convocation.personnes - len(reunies[convocation.pk]))
        ensemble = sum(minutes[c.demande.motif_id] for c in reunies[convocation.pk])
        total = ensemble + seuls * minutes[convocation.demande.motif_id]
        fuseau = convocation.demande.prefecture.fuseau
        besoins[convocation.pk] = Besoin(tuple(files[convocation.pk]), total, fuseau, des)
    return besoins


def _files_de(
    convocations: Sequence[Convocation], reunies: Mapping[int, list[Convocation]]
) -> dict[int, list[FileGuichet]]:
    """Return the queues that serve everybody of each visit, in the sites of its convocation (one query)."""
    lues = FileGuichet.objects.des_convocations([c.pk for c in convocations])
    files = list(lues.select_related("site__prefecture").order_by("site", "pk"))
    return {
        c.pk: [
            f
            for f in files
            if c.pk in f.convocations  # type: ignore[attr-defined]  # annotated by `des_convocations`
            and f.sert({m.demande.motif_id for m in reunies[c.pk]}, remise=c.objet == Convocation.Objet.REMISE)
        ]
        for c in convocations
    }


def _durees(convocations: Sequence[Convocation], reunies: Mapping[int, list[Convocation]]) -> dict[int, dict[int, int]]:
    """Return the minutes of each motif, by convocation (one query for a préfecture and its handing overs)."""
    groupes: dict[tuple[int, bool], list[Convocation]] = {}
    for c in convocations:
        groupes.setdefault((c.demande.prefecture_id, c.objet == Convocation.Objet.REMISE), []).append(c)
    durees: dict[int, dict[int, int]] = {}
    for (_, remise), groupe in groupes.items():
        motifs = {m.demande.motif_id: m.demande.motif for c in groupe for m in reunies[c.pk]}
        minutes = minutes_au_guichet(motifs.values(), groupe[0].demande.prefecture, remise=remise)
        durees |= dict.fromkeys((c.pk for c in groupe), minutes)
    return durees


def minutes_au_guichet(motifs: Iterable[Motif], prefecture: Prefecture, *, remise: bool) -> dict[int, int]:
    """Return the minutes that one person takes at the counter, by motif, by the parameters of the préfecture."""
    if remise:
        return {m.pk: MINUTES_REMISE for m in motifs}
    return {pk: p.guichet_minutes for pk, p in parametres_motifs(motifs, prefecture).items()}


def files_de(convocation: Convocation) -> list[FileGuichet]:
    """Return the queues that serve a convocation, in its sites."""
    return list(besoin_de(convocation).files)


def creneaux_proposes(
    convocation: Convocation,
    lundi: date,
    *,
    maintenant: datetime,
    besoin: Besoin | None = None,
) -> list[CreneauPropose]:
    """Return the starts free in a week for a convocation, by time then site.

    Args:
        convocation: with its demande, motif and préfecture loaded.
        lundi: first day of the week.
        maintenant: instant; only later slots are free.
        besoin: of the convocation, when already read.
    """
    besoin = besoin or besoin_de(convocation)
    libres = libres_pour(besoin, maintenant).filter(debut__lte=convocation.expire_le)
    return debuts_possibles(list(libres.de_la_semaine(lundi, besoin.fuseau).avec_file()), besoin.longueurs)


def prochains_debuts(
    demande: Demande, site: Site, *, jusqu_au: datetime, nombre: int, maintenant: datetime
) -> list[CreneauPropose]:
    """Return the next starts free at a site for somebody not convoked yet, one for each time (three queries).

    Args:
        demande: with its motif and préfecture loaded.
        site: where they would come.
        jusqu_au: last instant.
        nombre: slots read, from the earliest.
        maintenant: instant.
    """
    remise = demande.etat == Etat.A_REMETTRE
    files = tuple(FileGuichet.objects.pour([demande.motif_id], [site.pk], remise=remise))
    minutes = minutes_au_guichet([demande.motif], demande.prefecture, remise=remise)[demande.motif_id]
    libres = Creneau.objects.libres(maintenant).filter(file__in=files, debut__lte=jusqu_au).avec_file()[:nombre]
    proposes = debuts_possibles(list(libres), Besoin(files, minutes, demande.prefecture.fuseau).longueurs)
    return list({p.creneau.debut: p for p in reversed(proposes)}.values())[::-1]


def rien_de_libre(convocation: Convocation, *, maintenant: datetime, besoin: Besoin | None = None) -> bool:
    """Say whether a convocation finds no slot at all, in any week of its life and at any of its sites.

    Args:
        convocation: with its demande, motif and préfecture loaded.
        maintenant: instant.
        besoin: of the convocation, when already read.
    """
    besoin = besoin or besoin_de(convocation)
    return not debuts_libres(convocation, maintenant=maintenant, besoin=besoin)


def debuts_libres(convocation: Convocation, *, maintenant: datetime, besoin: Besoin) -> list[CreneauPropose]:
    """Return every start free for a convocation, by time then site (one query)."""
    return debuts_libres_de([(convocation, besoin)], maintenant=maintenant)[convocation.pk]


def debuts_libres_de(
    visites: Iterable[tuple[Convocation, Besoin]], *, maintenant: datetime
) -> dict[int, list[CreneauPropose]]:
    """Return every start free for some convocations, by time then site (one query for those of the same quotas).

    Args:
        visites: convocations, each with what it needs.
        maintenant: instant.
    """
    groupes: dict[frozenset[Quota], list[tuple[Convocation, Besoin]]] = {}
    for convocation, besoin in visites:
        groupes.setdefault(besoin.quotas(maintenant), []).append((convocation, besoin))
    debuts = {}
    for quotas, groupe in groupes.items():
        files = {f.pk for _, besoin in groupe for f in besoin.files}
        fin = max(c.expire_le for c, _ in groupe)
        libres = Creneau.objects.libres(maintenant, quotas=quotas).filter(file__in=files, debut__lte=fin)
        creneaux = list(libres.avec_file())
        for convocation, besoin in groupe:
            siennes = {f.pk for f in besoin.files}
            siens = [c for c in creneaux if c.file_id in siennes and c.debut <= convocation.expire_le]
            debuts[convocation.pk] = debuts_possibles(siens, besoin.longueurs)
    return debuts


def libres_pour(besoin: Besoin, maintenant: datetime) -> CreneauQuerySet:
    """Return the slots free for a visit, at the queues that serve it; the end of a link is for the caller to say."""
    libres = Creneau.objects.libres(maintenant, quotas=besoin.quotas(maintenant), retard=besoin.retard)
    return libres.filter(file__in=besoin.files)


def debuts_possibles(libres: Sequence[Creneau], longueurs: Mapping[int, int]) -> list[CreneauPropose]:
    """Return those of some free slots from which a visit finds all the slots it takes.

    Args:
        libres: free slots.
        longueurs: how many slots in a row the visit takes, by queue (`Besoin.longueurs`).
    """
    par_instant = {(c.file_id, c.debut): c for c in libres}
    proposes = []
    for creneau in libres:
        suite = [
            par_instant.get((creneau.file_id, creneau.debut + timedelta(minutes=creneau.minutes * i)))
            for i in range(1, longueurs[creneau.file_id])
        ]
        trouves = tuple(c for c in suite if c is not None)
        if len(trouves) == len(suite):
            proposes.append(CreneauPropose(creneau, trouves))
    return proposes


def debuts_par_demande(demandes: Iterable[Any]) -> dict[int, datetime]:
    """Return when each demande has its live appointment, its own or its family's (one query)."""
    pris = RendezVous.objects.actifs().de_ces_demandes(demandes).order_by("pk")
    debuts: dict[int, datetime] = {}
    # The plugin of mypy does not know what another queryset method annotates.
    lignes = pris.values_list("convocation__demande", "creneau__debut", "jointes")  # type: ignore[misc]
    for titulaire, debut, jointes in lignes:
        debuts |= dict.fromkeys([titulaire, *jointes], debut)
    return debuts


def est_epuisee(convocation: Convocation) -> bool:
    """Say whether more appointments were missed with a link than it lets one take again (one query, or two)."""
    manques = convocation.rendez_vous.filter(etat=RendezVous.Etat.ABSENT).count()
    return manques > 0 and manques > regles_de_la_prefecture(convocation.demande.prefecture_id).reprises


def rendez_vous_actif(convocation: Convocation) -> RendezVous | None:
    """Return the live appointment of a convocation."""
    return RendezVous.objects.actifs().de_la_convocation(convocation.pk).first()


def creneau_par_numero(pk: int) -> Creneau | None:
    """Return a slot, whatever its state: the booking itself says whether it may be taken."""
    return Creneau.objects.avec_file().filter(pk=pk).first()


def places_libres(file_ids: Iterable[int], *, maintenant: datetime) -> dict[int, int]:
    """Return the free places to come by site, for agents who convoke: never convoke into a full service."""
    libres = Creneau.objects.libres(maintenant).filter(file__in=list(file_ids)).order_by()
    places: dict[int, int] = {}
    # The plugin of mypy does not know what another queryset method annotates.
    for site_id, restantes in libres.values_list("file__site", "restantes"):  # type: ignore[misc]
        places[site_id] = places.get(site_id, 0) + restantes
    return places


def promesses_par_site(files: Iterable[FileGuichet], *, maintenant: datetime) -> dict[int, int]:
    """Return how many people convoked to some queues have not chosen yet, by site (one query).

    Who may choose among several sites counts at each: all of them may come to one.
    """
    lues = list(files)
    servies = Q(objet=Convocation.Objet.RECEPTION, demande__motif__files__in=lues)
    if any(f.remises for f in lues):
        servies |= Q(objet=Convocation.Objet.REMISE)
    attendent = (
        Convocation.objects.actives()
        .filter(servies, sites__in={f.site_id for f in lues}, expire_le__gt=maintenant, jointe_a=None)
        .filter(~Exists(RendezVous.objects.actifs().filter(convocation=OuterRef("pk"))))
    )
    comptes = attendent.order_by("sites").values_list("sites").annotate(n=Count("pk", distinct=True))
    return dict(comptes)
