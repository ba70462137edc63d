"""What the page of a nominative link shows: the soonest slots, the nearest, a week, and what may be taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import cast

from demandes.calculs.noms import cle_de_nom
from demandes.models import Convocation, Site, Usager
from planipref.commun.horloge import aujourdhui
from planning.calculs.creneaux import Moment, lundi_de, moment_de
from planning.models import Creneau, RendezVous, RetenuePlace
from planning.querysets import bornes_du_jour
from planning.selectors import (
    Besoin,
    CreneauPropose,
    besoin_de,
    creneaux_proposes,
    debuts_possibles,
    libres_pour,
    rien_de_libre,
)
from planning.selectors_tour import Ouverture, ouverture_a_venir, retard_de

PLUS_TOT = 3
# Starts read at each queue, from the earliest: few enough for the index to stop there (1.8 ms at forty, for five queues
# of 2,500 slots, nine in ten full). A visit of several slots may not find all of them at the first ones.
LOT, LOT_LONG = 12, 40


@dataclass(frozen=True)
class JourPropose:
    """A day of a week with its free starts; one start per time and site, whatever the queue."""

    date: date
    creneaux: tuple[dict[str, object], ...]


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
    plus_tot: tuple[dict[str, object], ...]
    plus_pres: tuple[dict[str, object], ...]
    ouverture: Ouverture | None
    besoin: Besoin
    lundis: tuple[date, ...]


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


def semaine_proposee(convocation: Convocation, *, maintenant: datetime, choix: Choix | None = None) -> Semaine:
    """Return the slots of a week free for a convocation, with the soonest and the nearest (ten queries at most more).

    Args:
        convocation: with its demande, usager, motif and préfecture loaded.
        maintenant: instant.
        choix: what the address asks for.
    """
    choix = choix or Choix()
    besoin = besoin_de(convocation)
    ouverture = ouverture_a_venir(convocation, besoin.files, maintenant=maintenant)
    if ouverture is not None:
        besoin = replace(besoin, retard=retard_de(convocation, maintenant))
    sites = _par_proximite({f.site_id: f.site for f in besoin.files}.values(), convocation.demande.usager)
    site_id = choix.site_id if choix.site_id in {s.pk for s in sites} else None
    ici, moment, fuseau = besoin.sur(site_id), choix.moment, besoin.fuseau
    chercher = _Recherche(convocation, maintenant, moment)
    premiere, derniere = (lundi_de(aujourdhui(fuseau, i)) for i in (maintenant, convocation.expire_le))
    tot = chercher.prochains(besoin, nombre=PLUS_TOT)
    lundi = choix.lundi or chercher.premiere_semaine(tot if site_id is None else chercher.un(ici)) or premiere
    lundi = min(max(lundi, premiere), derniere)
    proposes = [] if chercher.est_vain(besoin, tot) else chercher.de_la_semaine(ici, lundi)
    plusieurs = len(sites) > 1
    plus_tot = _en_clair(tot, plusieurs_sites=plusieurs)
    plus_pres = _plus_pres(chercher, besoin, sites, plus_tot) if plusieurs else ()
    pres = [cast("datetime", c["debut"]) for c in plus_pres]
    montres = [*(p.creneau.debut for p in [*proposes, *tot]), *pres]
    return Semaine(
        lundi=lundi,
        jours=_jours(proposes, lundi, fuseau, plusieurs_sites=plusieurs),
        precedente=code_semaine(lundi - timedelta(days=7)) if lundi > premiere else "",
        suivante=code_semaine(lundi + timedelta(days=7)) if lundi < derniere else "",
        sites=sites,
        site_id=site_id,
        moment=moment,
        est_vide=not proposes,
        prochain=None if proposes or chercher.est_vain(besoin, tot) else chercher.prochain(ici, lundi),
        rien_du_tout=not proposes and rien_de_libre(convocation, maintenant=maintenant, besoin=besoin),
        plus_tot=plus_tot,
        plus_pres=plus_pres,
        ouverture=ouverture,
        besoin=besoin,
        lundis=tuple(sorted({lundi_de(aujourdhui(fuseau, debut)) for debut in montres})),
    )


@dataclass(frozen=True)
class _Recherche:
    """Searches the starts free for a convocation, from the earliest, whatever the number of slots."""

    convocation: Convocation
    maintenant: datetime
    moment: Moment | None

    def prochains(self, besoin: Besoin, *, nombre: int, depuis: datetime | None = None) -> list[CreneauPropose]:
        """Return the first starts, one for each time and site (two queries; three when the visit is long)."""
        libres = libres_pour(self.convocation, besoin, self.maintenant).du_moment(self.moment, besoin.fuseau)
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
        uniques: dict[tuple[datetime, int], CreneauPropose] = {}
        for propose in trouves:
            if propose.creneau.pk in connus:
                uniques.setdefault((propose.creneau.debut, propose.creneau.file.site_id), propose)
        return list(uniques.values())[:nombre]

    def est_vain(self, besoin: Besoin, premiers: Sequence[CreneauPropose]) -> bool:
        """Say whether the first starts, once searched, leave nothing to search in any week or at any site.

        Most persons of an opening learn that all is gone: their pages are the ones to answer quickly. `LOT_LONG` starts
        without a visit of several slots prove nothing.
        """
        return not premiers and all(longueur == 1 for longueur in besoin.longueurs.values())

    def de_la_semaine(self, besoin: Besoin, lundi: date) -> list[CreneauPropose]:
        """Return the starts of a week (one query)."""
        proposes = creneaux_proposes(self.convocation, lundi, maintenant=self.maintenant, besoin=besoin)
        return [p for p in proposes if self.moment in (None, moment_de(p.creneau.debut, besoin.fuseau))]

    def _suites(self, besoin: Besoin, debuts: Sequence[Creneau]) -> list[Creneau]:
        """Return the free slots that long visits would take after some starts, those of another moment included."""
        longueurs = besoin.longueurs
        instants = {c.debut + timedelta(minutes=c.minutes * i) for c in debuts for i in range(1, longueurs[c.file_id])}
        if not instants:
            return []
        connus = [c.pk for c in debuts]
        libres = libres_pour(self.convocation, besoin, self.maintenant).filter(debut__in=instants)
        return list(libres.exclude(pk__in=connus).avec_file())

    def premiere_semaine(self, debuts: Sequence[CreneauPropose]) -> date | None:
        """Return the Monday of the week of the first of some starts."""
        fuseau = self.convocation.demande.prefecture.fuseau
        return lundi_de(aujourdhui(fuseau, debuts[0].creneau.debut)) if debuts else None

    def prochain(self, besoin: Besoin, lundi: date) -> Prochain | None:
        """Return the first start after a week, else the first one before it."""
        apres, _ = bornes_du_jour(lundi + timedelta(days=7), besoin.fuseau)
        trouve = next(iter(self.un(besoin, apres) or self.un(besoin)), None)
        if trouve is None:
            return None
        debut = trouve.creneau.debut
        return Prochain(debut, code_semaine(lundi_de(aujourdhui(besoin.fuseau, debut))))

    def un(self, besoin: Besoin, depuis: datetime | None = None) -> list[CreneauPropose]:
        """Return the first start, if there is one."""
        return self.prochains(besoin, nombre=1, depuis=depuis)


def _par_proximite(sites: Iterable[Site], usager: Usager) -> tuple[Site, ...]:
    """Return sites, those of the person's own town first."""
    return tuple(sorted(sites, key=lambda site: not _est_proche(site, usager)))


def _est_proche(site: Site, usager: Usager) -> bool:
    """Say whether a site is in the town where somebody lives, by its name or its postal code; nothing else is known."""
    commune = cle_de_nom(usager.commune)
    meme_code = bool(usager.code_postal) and usager.code_postal == site.code_postal
    return meme_code or (bool(commune) and commune == cle_de_nom(site.commune))


def _plus_pres(
    chercher: _Recherche, besoin: Besoin, sites: Sequence[Site], plus_tot: Sequence[dict[str, object]]
) -> tuple[dict[str, object], ...]:
    """Return the soonest starts in the person's town; nothing when all sites are there, or all were said already."""
    usager = chercher.convocation.demande.usager
    proches = [s for s in sites if _est_proche(s, usager)]
    if not proches or len(proches) == len(sites):
        return ()
    deja = {c["id"] for c in plus_tot}
    trouves = [p for s in proches for p in chercher.prochains(besoin.sur(s.pk), nombre=PLUS_TOT)]
    trouves.sort(key=lambda p: (p.creneau.debut, p.creneau.pk))
    return tuple(c for c in _en_clair(trouves[:PLUS_TOT], plusieurs_sites=True) if c["id"] not in deja)


def code_semaine(lundi: date) -> str:
    """Return the ISO name of a week, such as ``2030-W10``."""
    return lundi.strftime("%G-W%V")


def _en_clair(proposes: Iterable[CreneauPropose], *, plusieurs_sites: bool) -> tuple[dict[str, object], ...]:
    return tuple(
        {
            "id": p.creneau.pk,
            "debut": p.creneau.debut,
            "site": p.creneau.file.site.nom if plusieurs_sites else "",
            "restantes": p.creneau.restantes,  # type: ignore[attr-defined]  # annotated by `libres`
            "places": p.creneau.places,
        }
        for p in proposes
    )


def _jours(
    proposes: list[CreneauPropose], lundi: date, fuseau: str, *, plusieurs_sites: bool
) -> tuple[JourPropose, ...]:
    par_jour: dict[date, dict[tuple[datetime, int], dict[str, object]]] = {
        lundi + timedelta(days=i): {} for i in range(5)
    }
    clairs = _en_clair(proposes, plusieurs_sites=plusieurs_sites)
    for propose, clair in zip(proposes, clairs, strict=True):
        debut = propose.creneau.debut
        du_jour = par_jour.setdefault(aujourdhui(fuseau, debut), {})
        du_jour.setdefault((debut, propose.creneau.file.site_id), clair)
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
