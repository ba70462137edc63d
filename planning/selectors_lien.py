"""What the page of a nominative link shows: the soonest slots, the nearest, a week, and what may be taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import cast

from django.core.cache import cache

from demandes.calculs.noms import cle_de_nom
from demandes.models import Convocation, Site, Usager
from planipref.commun.horloge import aujourdhui
from planning.calculs.creneaux import Moment, lundi_de, moment_de
from planning.models import Creneau, RendezVous, RetenuePlace
from planning.querysets import bornes_du_jour
from planning.selectors import Besoin, CreneauPropose, besoin_de, debuts_possibles, libres_pour, rien_de_libre
from planning.selectors_tour import Ouverture, ouvertures_de

PLUS_TOT = 3
# Starts read at each queue, from the earliest: few enough for the index to stop there (1.8 ms at forty, for five queues
# of 2,500 slots, nine in ten full). A visit of several slots may not find all of them at the first ones.
LOT, LOT_LONG = 12, 40
PARTAGE = 1  # second: how long a search made during an opening answers for all who need the same


@dataclass(frozen=True, slots=True)
class DebutLibre:
    """A start that somebody may take.

    Args:
        id: of its slot.
        debut: when it is.
        dernier: when the last slot of the visit begins.
        site_id: where.
        site: name of the site.
        restantes: places left for them.
        places: places of the slot.
    """

    id: int
    debut: datetime
    dernier: datetime
    site_id: int
    site: str
    restantes: int
    places: int

    @classmethod
    def de(cls, propose: CreneauPropose) -> DebutLibre:
        """Return that of a slot read by `libres`."""
        c = propose.creneau
        dernier = (propose.suite or (c,))[-1].debut
        restantes: int = c.restantes  # type: ignore[attr-defined]  # annotated by `libres`
        return cls(c.pk, c.debut, dernier, c.file.site_id, c.file.site.nom, restantes, c.places)


@dataclass(frozen=True)
class JourPropose:
    """A day of a week with its free starts; one start per time and site, whatever the queue."""

    date: date
    creneaux: tuple[DebutLibre, ...]


@dataclass(frozen=True)
class Prochain:
    """The next slot where a week asked for has none: its start, and the name of its week."""

    debut: datetime
    semaine: str


@dataclass(frozen=True)
class Semaine:
    """Slots, as the page of a link shows them.

    Args:
        lundi: first day of the week shown.
        jours: Monday to Friday, and the weekend days that have slots.
        precedente: ``2030-W10`` of the week before, empty before the current week.
        suivante: same for the week after, empty past the expiry of the convocation.
        sites: sites among which the usager may choose, the nearest first.
        site_id: the one chosen, if any.
        moment: part of the day chosen, if any.
        est_vide: whether no slot is free.
        prochain: where the next one is, as the filters have it, when the week is empty.
        rien_du_tout: whether none is, in any week and at any site.
        plus_tot: the soonest starts, at all sites.
        plus_pres: the soonest ones at the sites of the person's own town, where those are others.
        ouverture: the next opening of places; None when none is planned.
        besoin: what the visit needs, at all sites.
        lundis: Mondays of the weeks of all that is shown.
        toutes: those of all the weeks until the link ends.
    """

    lundi: date
    jours: tuple[JourPropose, ...]
    precedente: str
    suivante: str
    sites: tuple[Site, ...]
    site_id: int | None
    moment: Moment | None
    est_vide: bool
    prochain: Prochain | None
    rien_du_tout: bool
    plus_tot: tuple[DebutLibre, ...]
    plus_pres: tuple[DebutLibre, ...]
    ouverture: Ouverture | None
    besoin: Besoin
    lundis: tuple[date, ...]
    toutes: tuple[date, ...]


@dataclass(frozen=True)
class Choix:
    """What the address of the page asks for.

    Args:
        lundi: Monday asked for, kept between this week and the expiry; the first week with a slot when omitted.
        site_id: site asked for; ignored when the convocation doesn't allow it.
        moment: part of the day asked for.
    """

    lundi: date | None = None
    site_id: int | None = None
    moment: Moment | None = None


def semaine_proposee(
    convocation: Convocation, *, maintenant: datetime, choix: Choix | None = None, a_neuf: bool = False
) -> Semaine:
    """Return the slots of a week free for a convocation, with the soonest and the nearest (ten queries at most more).

    Args:
        convocation: with its demande, usager, motif and préfecture loaded.
        maintenant: instant.
        choix: what the address asks for.
        a_neuf: search anew even while a crowd asks the same: a slot has just been refused.
    """
    choix = choix or Choix()
    besoin = besoin_de(convocation)
    ouvertures = ouvertures_de(convocation, besoin.files, maintenant=maintenant)
    if ouvertures.a_venir is not None and ouvertures.a_venir.le <= maintenant:
        besoin = replace(besoin, retard=ouvertures.a_venir.tour_le - ouvertures.a_venir.le)
    sites = _par_proximite({f.site_id: f.site for f in besoin.files}.values(), convocation.demande.usager)
    site_id = choix.site_id if choix.site_id in {s.pk for s in sites} else None
    ici, moment, fuseau = besoin.sur(site_id), choix.moment, besoin.fuseau
    partage = ouvertures.en_cours and not besoin.retard and not a_neuf
    chercher = _Recherche(maintenant, moment, convocation.expire_le, partage=partage)
    premiere, derniere = (lundi_de(aujourdhui(fuseau, i)) for i in (maintenant, convocation.expire_le))
    tot = chercher.prochains(besoin, nombre=PLUS_TOT)
    lundi = choix.lundi or _lundi_du_premier(tot if site_id is None else chercher.un(ici), fuseau) or premiere
    lundi = min(max(lundi, premiere), derniere)
    libres = [] if chercher.est_vain(besoin, tot) else chercher.de_la_semaine(ici, lundi)
    plusieurs = len(sites) > 1
    plus_tot = _en_clair(tot, plusieurs_sites=plusieurs)
    plus_pres = _plus_pres(chercher, besoin, sites, convocation.demande.usager, plus_tot) if plusieurs else ()
    return Semaine(
        lundi=lundi,
        jours=_jours(libres, lundi, fuseau, plusieurs_sites=plusieurs),
        precedente=code_semaine(lundi - timedelta(days=7)) if lundi > premiere else "",
        suivante=code_semaine(lundi + timedelta(days=7)) if lundi < derniere else "",
        sites=sites,
        site_id=site_id,
        moment=moment,
        est_vide=not libres,
        prochain=None if libres or chercher.est_vain(besoin, tot) else chercher.prochain(ici, lundi),
        rien_du_tout=not tot and not libres and chercher.rien(convocation, besoin),
        plus_tot=plus_tot,
        plus_pres=plus_pres,
        ouverture=ouvertures.a_venir,
        besoin=besoin,
        lundis=tuple(sorted({lundi_de(aujourdhui(fuseau, d.debut)) for d in [*libres, *tot, *plus_pres]})),
        toutes=tuple(premiere + timedelta(weeks=i) for i in range((derniere - premiere).days // 7 + 1)),
    )


@dataclass(frozen=True)
class _Recherche:
    """Searches free starts, from the earliest, whatever the number of slots.

    Args:
        maintenant: instant.
        moment: part of the day, if one is asked for.
        jusqu_au: end of the link: no later start is proposed.
        partage: whether a search answers for a second to all who need the same.
    """

    maintenant: datetime
    moment: Moment | None
    jusqu_au: datetime
    partage: bool

    def prochains(self, besoin: Besoin, *, nombre: int, depuis: datetime | None = None) -> list[DebutLibre]:
        """Return the first starts, one for each time and site (two queries; three when the visit is long)."""
        return self._une_fois(("prochains", nombre, depuis), besoin, lambda: self._prochains(besoin, nombre, depuis))

    def de_la_semaine(self, besoin: Besoin, lundi: date) -> list[DebutLibre]:
        """Return the starts of a week (one query)."""
        return self._une_fois(("semaine", lundi), besoin, lambda: self._de_la_semaine(besoin, lundi))

    def _une_fois(
        self, quoi: tuple[object, ...], besoin: Besoin, chercher: Callable[[], list[DebutLibre]]
    ) -> list[DebutLibre]:
        """Return what a search finds before the end of the link; the end is its person's own, the search is not."""
        if self.partage:
            quotas = sorted(besoin.quotas(self.maintenant))
            question = repr((quoi, self.moment, sorted(besoin.longueurs.items()), besoin.fuseau, quotas))
            cle = f"debuts-libres:{sha256(question.encode()).hexdigest()}"
            trouves = cast("list[DebutLibre]", cache.get_or_set(cle, chercher, PARTAGE))
        else:
            trouves = chercher()
        return [d for d in trouves if d.dernier <= self.jusqu_au]

    def _prochains(self, besoin: Besoin, nombre: int, depuis: datetime | None) -> list[DebutLibre]:
        libres = libres_pour(besoin, self.maintenant).du_moment(self.moment, besoin.fuseau)
        if depuis is not None:
            libres = libres.filter(debut__gte=depuis)
        # Each queue by the index of its slots, then the earliest of all.
        lot = LOT if all(besoin.longueur(f) == 1 for f in besoin.files) else LOT_LONG
        par_file = [libres.filter(file=f).order_by("debut", "pk").values("pk")[:lot] for f in besoin.files]
        if not par_file:
            return []
        premiers, *autres = par_file
        cles = [ligne["pk"] for ligne in premiers.union(*autres, all=True)]
        debuts = list(libres.filter(pk__in=cles).avec_file())
        trouves = debuts_possibles([*debuts, *self._suites(besoin, debuts)], besoin.longueurs)
        connus = set(cles)
        uniques: dict[tuple[datetime, int], DebutLibre] = {}
        for libre in map(DebutLibre.de, trouves):
            if libre.id in connus:
                uniques.setdefault((libre.debut, libre.site_id), libre)
        return list(uniques.values())[:nombre]

    def _de_la_semaine(self, besoin: Besoin, lundi: date) -> list[DebutLibre]:
        libres = libres_pour(besoin, self.maintenant).de_la_semaine(lundi, besoin.fuseau)
        trouves = map(DebutLibre.de, debuts_possibles(list(libres.avec_file()), besoin.longueurs))
        return [d for d in trouves if self.moment in (None, moment_de(d.debut, besoin.fuseau))]

    def est_vain(self, besoin: Besoin, premiers: Sequence[DebutLibre]) -> bool:
        """Say whether the first starts, once searched, leave nothing to search in any week or at any site.

        Most persons of an opening learn that all is gone: their pages are the ones to answer quickly. `LOT_LONG` starts
        without a visit of several slots prove nothing.
        """
        return not premiers and all(longueur == 1 for longueur in besoin.longueurs.values())

    def _suites(self, besoin: Besoin, debuts: Sequence[Creneau]) -> list[Creneau]:
        """Return the free slots that long visits would take after some starts, those of another moment included."""
        longueurs = besoin.longueurs
        instants = {c.debut + timedelta(minutes=c.minutes * i) for c in debuts for i in range(1, longueurs[c.file_id])}
        if not instants:
            return []
        connus = [c.pk for c in debuts]
        return list(libres_pour(besoin, self.maintenant).filter(debut__in=instants).exclude(pk__in=connus).avec_file())

    def prochain(self, besoin: Besoin, lundi: date) -> Prochain | None:
        """Return the first start after a week, else the first one before it."""
        apres, _ = bornes_du_jour(lundi + timedelta(days=7), besoin.fuseau)
        trouve = next(iter(self.un(besoin, apres) or self.un(besoin)), None)
        if trouve is None:
            return None
        return Prochain(trouve.debut, code_semaine(lundi_de(aujourdhui(besoin.fuseau, trouve.debut))))

    def rien(self, convocation: Convocation, besoin: Besoin) -> bool:
        """Say whether nothing is free at any hour in any week, where no first start was found.

        That search has told it already, but for another part of the day or a visit of several slots. Who waits for
        their turn cannot say so: places are opening.
        """
        if besoin.retard:
            return False
        if self.moment is None and self.est_vain(besoin, ()):
            return True
        return rien_de_libre(convocation, maintenant=self.maintenant, besoin=besoin)

    def un(self, besoin: Besoin, depuis: datetime | None = None) -> list[DebutLibre]:
        """Return the first start, if there is one."""
        return self.prochains(besoin, nombre=1, depuis=depuis)


def _lundi_du_premier(debuts: Sequence[DebutLibre], fuseau: str) -> date | None:
    """Return the Monday of the week of the first of some starts."""
    return lundi_de(aujourdhui(fuseau, debuts[0].debut)) if debuts else None


def _par_proximite(sites: Iterable[Site], usager: Usager) -> tuple[Site, ...]:
    """Return sites, those of the person's own town first."""
    return tuple(sorted(sites, key=lambda site: not _est_proche(site, usager)))


def _est_proche(site: Site, usager: Usager) -> bool:
    """Say whether a site is in the town where somebody lives, by its name or its postal code; nothing else is known."""
    commune = cle_de_nom(usager.commune)
    meme_code = bool(usager.code_postal) and usager.code_postal == site.code_postal
    return meme_code or (bool(commune) and commune == cle_de_nom(site.commune))


def _plus_pres(
    chercher: _Recherche, besoin: Besoin, sites: Sequence[Site], usager: Usager, plus_tot: Sequence[DebutLibre]
) -> tuple[DebutLibre, ...]:
    """Return the soonest starts in the person's town; nothing when all sites are there, or all were said already."""
    proches = [s for s in sites if _est_proche(s, usager)]
    if not proches or len(proches) == len(sites):
        return ()
    deja = {d.id for d in plus_tot}
    trouves = [d for s in proches for d in chercher.prochains(besoin.sur(s.pk), nombre=PLUS_TOT)]
    trouves.sort(key=lambda d: (d.debut, d.id))
    return tuple(d for d in trouves[:PLUS_TOT] if d.id not in deja)


def code_semaine(lundi: date) -> str:
    """Return the ISO name of a week, such as ``2030-W10``."""
    return lundi.strftime("%G-W%V")


def _en_clair(libres: Iterable[DebutLibre], *, plusieurs_sites: bool) -> tuple[DebutLibre, ...]:
    """Return starts without the name of their site, where there is only one."""
    return tuple(libres) if plusieurs_sites else tuple(replace(d, site="") for d in libres)


def _jours(libres: Sequence[DebutLibre], lundi: date, fuseau: str, *, plusieurs_sites: bool) -> tuple[JourPropose, ...]:
    par_jour: dict[date, dict[tuple[datetime, int], DebutLibre]] = {lundi + timedelta(days=i): {} for i in range(5)}
    for libre in _en_clair(libres, plusieurs_sites=plusieurs_sites):
        du_jour = par_jour.setdefault(aujourdhui(fuseau, libre.debut), {})
        du_jour.setdefault((libre.debut, libre.site_id), libre)
    return tuple(JourPropose(jour, tuple(creneaux.values())) for jour, creneaux in sorted(par_jour.items()))


@dataclass(frozen=True)
class Reprise:
    """An appointment just given up that its person may take back: where and when it was, and until when."""

    rendu: RendezVous
    jusqu_a: datetime


def reprise_de(convocation: Convocation, *, maintenant: datetime) -> Reprise | None:
    """Return what the person of a link may take back now (one query)."""
    lignes = RetenuePlace.objects.a_reprendre(convocation.pk, maintenant).select_related("rendu__creneau__file__site")
    ligne = lignes.order_by("pk").first()
    if ligne is None or ligne.rendu is None or ligne.reprise_jusqu_a is None:
        return None
    return Reprise(ligne.rendu, ligne.reprise_jusqu_a)
