"""Reads of the wait announced: the room as it is now, and what past days say of durations, arrivals and absences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import (
    Avg,
    Case,
    Count,
    Exists,
    F,
    FloatField,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    Variance,
    When,
)
from django.db.models.functions import Cast, Extract

from demandes.cycle import Etat
from demandes.models import Convocation, Demande, Motif, ParametrageMotif, Site
from guichet.calculs.attente import Annonce, Attendu, Devant, Flux, Poste, Salle, annoncer
from guichet.calculs.durees import Loi, Mesure, loi_de
from guichet.calculs.ordre import MINUTE
from guichet.models import CompteurTicket, Passage, Pause, Phase
from guichet.selectors import RECENT, regles_de
from planipref.commun.horloge import aujourdhui
from planning.models import Affectation, FileGuichet, Guichet, RendezVous
from planning.querysets import bornes_du_jour
from planning.selectors import MINUTES_REMISE
from planning.selectors_horaires import JoursFermes, horaires

HISTOIRE = timedelta(days=28)
# Longer, a visit was forgotten open.
DUREE_MAX = timedelta(hours=2)
# Minutes after which a counter whose agent is on a pause is thought to call again.
REPRISE = 15.0
# Appointments looked at: nobody so late comes any more, nobody so far ahead passes before those here.
RETARD_MAX, AVENIR = timedelta(hours=1), timedelta(hours=4)
# Minutes that a day is open: they turn arrivals a day into arrivals a minute.
OUVERTURE = 360
# Share of appointments kept before any measure, and the number of appointments that it weighs.
PRESENCE, POIDS_PRESENCE = 0.85, 20
DUREE_CACHE = 3600
# How old the waits told to the phones may be.
FRAICHEUR = timedelta(seconds=3)

CleDuree = tuple[int, int | None, bool]


@dataclass(frozen=True)
class Habitudes:
    """What the days before today say of a site.

    Args:
        minutes: the catalogue's minutes at the counter by motif, as the préfecture sets them.
        pas: length of a slot by queue, for who comes without a demande.
        mesures: visits measured, by queue, motif, and whether a title was handed over.
        jours: days when the site received.
        sans_rdv: arrivals a minute without appointment, by queue and priority.
        presence: probability that somebody comes to their appointment.
    """

    minutes: Mapping[int, int]
    pas: Mapping[int, int]
    mesures: Mapping[CleDuree, Mesure]
    jours: int
    sans_rdv: Mapping[tuple[int, int], float]
    presence: float

    def loi(self, file_id: int, motif_id: int | None, *, remise: bool, personnes: int = 1) -> Loi:
        """Return the law of a visit."""
        minutes = MINUTES_REMISE if remise else self.minutes.get(motif_id or 0) or self.pas.get(file_id, 15)
        return loi_de(minutes, self.mesures.get((file_id, motif_id, remise))).fois(personnes)

    def flux(self) -> list[Flux]:
        """Return the arrivals without appointment; their visits are as long as a slot of the queue."""
        return [Flux(f, n, priorite, Loi(self.pas.get(f, 15))) for (f, priorite), n in self.sans_rdv.items()]


def habitudes_de(site: Site, jour: date) -> Habitudes:
    """Return what the four weeks before a day say: the same all day long, so that each process may keep it."""
    cle = f"guichet:habitudes:{site.pk}:{jour}"
    gardees: Habitudes | None = cache.get(cle)
    if gardees is None:
        gardees = _lire_habitudes(site, jour)
        cache.set(cle, gardees, DUREE_CACHE)
    return gardees


def _lire_habitudes(site: Site, jour: date) -> Habitudes:
    passages = Passage.objects.filter(site=site, jour__gte=jour - HISTOIRE, jour__lt=jour)
    minutes = dict(Motif.objects.values_list("pk", "guichet_minutes"))
    locales = ParametrageMotif.objects.filter(prefecture=site.prefecture_id, guichet_minutes__isnull=False)
    minutes |= {motif_id: locale for motif_id, locale in locales.values_list("motif", "guichet_minutes") if locale}
    jours = CompteurTicket.objects.filter(site=site, jour__gte=jour - HISTOIRE, jour__lt=jour).count()
    venus = (
        passages.filter(rendez_vous=None)
        .exclude(etat=Passage.Etat.ANNULE)
        .values_list("file", "priorite")
        .annotate(n=Count("pk"))
        .order_by()
    )
    rendus = RendezVous.objects.filter(
        creneau__file__site=site,
        creneau__debut__gte=bornes_du_jour(jour - HISTOIRE, site.prefecture.fuseau)[0],
        creneau__debut__lt=bornes_du_jour(jour, site.prefecture.fuseau)[0],
    ).aggregate(honores=Count("pk", filter=Q(etat="honore")), absents=Count("pk", filter=Q(etat="absent")))
    connus = rendus["honores"] + rendus["absents"]
    return Habitudes(
        minutes=minutes,
        pas=dict(FileGuichet.objects.filter(site=site).values_list("pk", "pas_minutes")),
        mesures=_mesurer(passages),
        jours=jours,
        sans_rdv={(f, p): n / jours / OUVERTURE for f, p, n in venus} if jours else {},
        presence=(rendus["honores"] + PRESENCE * POIDS_PRESENCE) / (connus + POIDS_PRESENCE),
    )


def _mesurer(passages: Any) -> dict[CleDuree, Mesure]:
    """Measure how long each kind of visit of one person held its counter, from the call to the end (one query)."""
    duree = F("termine_le") - F("appele_le")
    minutes = Cast(Extract(duree, "epoch"), FloatField()) / 60
    lignes = (
        passages.filter(etat="termine", personnes=1, termine_le__lte=F("appele_le") + DUREE_MAX)
        .exclude(phases__etat=Passage.Etat.SUSPENDU)
        .annotate(remise=Case(When(remises__isnull=False, then=Value(True)), default=Value(False)))
        .values_list("file", "demande__motif", "remise")
        .annotate(n=Count("pk"), moyenne=Avg(minutes), variance=Variance(minutes))
        .order_by()
    )
    return {(f, m, r): Mesure(n, moyenne, variance) for f, m, r, n, moyenne, variance in lignes}


@dataclass(frozen=True)
class Ticket:
    """What somebody who waits is told.

    Args:
        avant: how many are to be called before.
        annonce: the wait left; None when no counter that serves them is open or about to.
    """

    avant: int
    annonce: Annonce | None


@dataclass(frozen=True)
class Attentes:
    """The waits of a site at an instant.

    Args:
        salle: counters, and those to come.
        presents: who waits, in the order of call: rank in minutes from now, identifier, queue and law.
    """

    salle: Salle
    presents: list[tuple[float, int, Devant]]

    def ticket(self, passage: Passage) -> Ticket:
        """Return what is told to somebody who waits."""
        place = next((i for i, (_, pk, _) in enumerate(self.presents) if pk == passage.pk), None)
        if place is None:
            return Ticket(0, None)
        devant = [qui for _, _, qui in self.presents[:place]]
        return Ticket(place, annoncer(passage.file_id, self.presents[place][0], devant, self.salle))

    def en_arrivant(self, file_id: int) -> Annonce | None:
        """Return the wait of somebody who would come now, without appointment nor priority."""
        return annoncer(file_id, 0.0, [qui for rang, _, qui in self.presents if rang <= 0], self.salle)


def passage_attendu(demande: Demande, *, maintenant: datetime) -> Passage | None:
    """Return the visit of a demande that waits or is called today, with its site and counter."""
    jour = aujourdhui(demande.prefecture.fuseau, maintenant)
    ici = Passage.objects.de_la_demande(demande).filter(jour=jour, etat__in=["arrive", "appele"])
    return ici.select_related("site__prefecture", "file", "guichet").order_by("pk").first()


def attentes_de(site: Site, *, maintenant: datetime) -> Attentes:
    """Read the waits of a site: six queries at most, and seven more once a day in each process.

    Args:
        site: with its préfecture loaded.
        maintenant: instant.
    """
    jour = aujourdhui(site.prefecture.fuseau, maintenant)
    habitudes = habitudes_de(site, jour)
    passages = list(
        Passage.objects.du_jour(site.pk, jour)
        .filter(Q(etat__in=["arrive", "appele", "recu"]) | Q(termine_le__gte=maintenant - RECENT))
        .select_related("demande")
        .annotate(a_part=Subquery(_de_cote()))
        .only("file", "etat", "rang", "guichet", "appele_le", "personnes", "demande__etat", "demande__motif")
        .order_by("rang", "pk")
    )
    presents = [
        ((p.rang - maintenant) / MINUTE, p.pk, Devant(p.file_id, _loi(p, habitudes)))
        for p in passages
        if p.etat == Passage.Etat.ARRIVE
    ]
    postes = _postes(site, passages, habitudes, maintenant) or _postes_prevus(site, jour, maintenant)
    attendus = _attendus(site, habitudes, maintenant)
    return Attentes(Salle(postes, attendus, habitudes.flux(), regles_de(site)), presents)


def _de_cote() -> Any:
    """Return how long a visit has been put aside since its call: its counter served others meanwhile."""
    siennes = Phase.objects.filter(
        passage=OuterRef("pk"), etat=Passage.Etat.SUSPENDU, debut__gte=OuterRef("appele_le"), fin__isnull=False
    )
    return siennes.order_by().values("passage").annotate(duree=Sum(F("fin") - F("debut"))).values("duree")


def attentes_partagees(passage: Passage, *, maintenant: datetime) -> Attentes:
    """Return the waits of a visit's site, a few seconds old at most: the same for the thousand phones of a room."""
    site = passage.site
    cle = f"guichet:attentes:{site.pk}"
    gardees: tuple[datetime, Attentes] | None = cache.get(cle)
    recentes = gardees is not None and timedelta() <= maintenant - gardees[0] < FRAICHEUR
    if gardees is None or not recentes or all(pk != passage.pk for _, pk, _ in gardees[1].presents):
        gardees = (maintenant, attentes_de(site, maintenant=maintenant))
        cache.set(cle, gardees, FRAICHEUR.total_seconds())
    return gardees[1]


def _loi(passage: Passage, habitudes: Habitudes) -> Loi:
    demande = passage.demande
    remise = demande is not None and demande.etat in (Etat.A_REMETTRE, Etat.REMISE)
    motif_id = demande.motif_id if demande else None
    return habitudes.loi(passage.file_id, motif_id, remise=remise, personnes=passage.personnes)


def _postes(site: Site, passages: list[Passage], habitudes: Habitudes, maintenant: datetime) -> list[Poste]:
    """Return the counters in use, and those that the planning gives to an agent today (two queries)."""
    tenus = {p.guichet_id: p for p in passages if p.etat in (Passage.Etat.APPELE, Passage.Etat.RECU)}
    servis = {p.guichet_id for p in passages if p.guichet_id is not None}
    fin = bornes_du_jour(aujourdhui(site.prefecture.fuseau, maintenant), site.prefecture.fuseau)[1]
    affectes = Affectation.objects.filter(
        site=site, guichet__isnull=False, pendant__overlap=(maintenant, fin)
    ).order_by("-pendant")
    heures = {a.guichet_id: _heures(a, maintenant) for a in affectes}  # the earliest post of a counter is kept
    en_pause = Exists(Pause.objects.filter(guichet=OuterRef("guichet"), fin=None))
    liens = Guichet.files.through.objects.filter(guichet__site=site, guichet__actif=True).order_by("guichet")
    lus = liens.values_list("guichet", "fileguichet", en_pause)
    postes = []
    for (guichet_id, pause), lignes in groupby(lus, key=lambda lien: (lien[0], lien[2])):
        if guichet_id in heures or guichet_id in servis:
            files, tenu = frozenset(f for _, f, _ in lignes), tenus.get(guichet_id)
            ouvre, ferme = heures.get(guichet_id, (0.0, float("inf")))
            ouvre = max(ouvre, REPRISE) if pause else ouvre
            if tenu is not None and tenu.appele_le is not None:
                # The plugin of mypy does not know what another function annotates.
                a_part: timedelta | None = getattr(tenu, "a_part", None)
                ecoule = (maintenant - tenu.appele_le - (a_part or timedelta())) / MINUTE
                postes.append(Poste(files, 0.0, ferme, en_cours=_loi(tenu, habitudes), ecoule=ecoule))
            else:
                postes.append(Poste(files, ouvre, ferme))
    return postes


def _heures(affectation: Affectation, maintenant: datetime) -> tuple[float, float]:
    """Return when a post begins and ends, in minutes from now."""
    pendant = affectation.pendant
    fin = float("inf") if pendant.upper is None else (pendant.upper - maintenant) / MINUTE
    return max(0.0, (pendant.lower - maintenant) / MINUTE), fin


def _postes_prevus(site: Site, jour: date, maintenant: datetime) -> list[Poste]:
    """Return the counters that the openings of the day promise, when none is in use yet (four queries)."""
    local = maintenant.astimezone(ZoneInfo(site.prefecture.fuseau))
    files = FileGuichet.objects.actives().filter(site=site)
    ouverts = horaires(files, [jour], JoursFermes(site.prefecture, [jour]))
    prochaines = {h.file_id: h for tenus in ouverts.values() for h in reversed(tenus) if h.fin > local.time()}
    return [
        Poste(frozenset({p.file_id}), max(0.0, (datetime.combine(jour, p.debut, local.tzinfo) - local) / MINUTE))
        for p in prochaines.values()
        for _ in range(p.nb_guichets)
    ]


def _attendus(site: Site, habitudes: Habitudes, maintenant: datetime) -> list[Attendu]:
    """Return the appointments whose people may still come (one query)."""
    lignes = RendezVous.objects.actifs().filter(
        creneau__file__site=site,
        creneau__debut__gte=maintenant - RETARD_MAX,
        creneau__debut__lt=maintenant + AVENIR,
        passage__isnull=True,
    )
    champs = ("creneau__file", "creneau__debut", "convocation__demande__motif", "convocation__objet")
    return [
        Attendu(
            file_id,
            (debut - maintenant) / MINUTE,
            habitudes.presence,
            habitudes.loi(file_id, motif_id, remise=objet == Convocation.Objet.REMISE, personnes=personnes),
        )
        for file_id, debut, motif_id, objet, personnes in lignes.order_by("creneau__debut", "pk").values_list(
            *champs, "convocation__personnes"
        )
    ]
