"""Making the slots of the weeks to come from the weekly openings; idempotent, never below what is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Least

from demandes.models import Prefecture, Site
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte
from planning.calculs.creneaux import debuts, lundi_de
from planning.calculs.regles import Partage, Quota, ReglesCreneaux, fin_de_garde, partager, vague
from planning.models import Creneau, FileGuichet, RetenuePlace
from planning.models.declencheurs import reste_du_surplus
from planning.querysets import bornes_du_jour
from planning.selectors_horaires import Horaire, JoursFermes, guichets_tenus, horaires
from planning.selectors_medical import jours_agrees
from planning.selectors_regles import regles_des_sites


def _colonnes(prefixe: str) -> str:
    return ", ".join(f"{prefixe}gardees_{q}" for q in Quota)


_GARDEES = _colonnes("")
_SURPLUS = reste_du_surplus(
    "planning_creneau.prises",
    "EXCLUDED.places + GREATEST(planning_creneau.ecart, 0)",
    "planning_creneau.surplus",
)
# Whoever has taken a slot takes it for as long as it was then.
_MINUTES = "CASE WHEN planning_creneau.prises = 0 THEN EXCLUDED.minutes ELSE planning_creneau.minutes END"
_SQL_POSER = f"""
INSERT INTO planning_creneau (file_id, debut, minutes, guichets, places, prevues, reserve, {_GARDEES},
                              gardees_jusqu_a, ouvre_le, prises, ecart, etat)
SELECT %(file)s, d.debut, %(minutes)s, d.guichets, d.places, d.places, d.reserve, {_colonnes("d.")},
       d.jusqu_a, d.ouvre_le, 0, 0, 'ouvert'
FROM unnest(%(debuts)s::timestamptz[], %(guichets)s::int[], %(places)s::int[], %(reserves)s::int[],
            {", ".join(f"%({q})s::int[]" for q in Quota)}, %(jusqu_a)s::timestamptz[], %(ouvre_le)s::timestamptz[])
     AS d(debut, guichets, places, reserve, {_GARDEES}, jusqu_a, ouvre_le)
ON CONFLICT (file_id, debut) DO UPDATE
SET minutes = {_MINUTES},
    guichets = EXCLUDED.guichets,
    places = GREATEST(planning_creneau.prises, EXCLUDED.places + planning_creneau.ecart),
    prevues = EXCLUDED.places + planning_creneau.ecart,
    surplus = {_SURPLUS},
    reserve = EXCLUDED.reserve,
    ({_GARDEES}) = ({_colonnes("EXCLUDED.")}),
    gardees_jusqu_a = EXCLUDED.gardees_jusqu_a,
    ouvre_le = EXCLUDED.ouvre_le,
    etat = CASE WHEN planning_creneau.etat = 'ferme' THEN 'ferme' ELSE 'ouvert' END
WHERE planning_creneau.etat = 'retire'
   OR (planning_creneau.minutes, planning_creneau.guichets,
       planning_creneau.places, planning_creneau.prevues, planning_creneau.surplus,
       planning_creneau.reserve, {_colonnes("planning_creneau.")}, planning_creneau.gardees_jusqu_a,
       planning_creneau.ouvre_le)
      IS DISTINCT FROM
      ({_MINUTES}, EXCLUDED.guichets, GREATEST(planning_creneau.prises, EXCLUDED.places + planning_creneau.ecart),
       EXCLUDED.places + planning_creneau.ecart, {_SURPLUS}, EXCLUDED.reserve, {_colonnes("EXCLUDED.")},
       EXCLUDED.gardees_jusqu_a, EXCLUDED.ouvre_le)
RETURNING (xmax = 0)
"""  # noqa: S608 (constants)


@dataclass
class Bilan:
    """What a publication did.

    Args:
        crees: slots made.
        modifies: slots whose places changed.
        retires: empty slots withdrawn.
        surplus: slots kept although no opening holds them any more, because someone has taken them or is offered one.
        conflits: slots where more is taken than given, for the manager to solve.
        sans_agent: days of exceptional hours, by queue, with slots that no agent of the plan in force holds.
    """

    crees: int = 0
    modifies: int = 0
    retires: int = 0
    surplus: int = 0
    conflits: int = 0
    sans_agent: int = 0


def publier(
    prefecture: Prefecture,
    *,
    maintenant: datetime,
    horizon_jours: int | None = None,
    une_file: FileGuichet | None = None,
) -> Bilan:
    """Make or bring up to date the slots of a préfecture, from tomorrow to the horizon of each site.

    Those of today stand as they are, unless the site is closed today: then they are withdrawn too.

    Where a plan of the week is in force, the places are those of the counters that agents hold; elsewhere, those of the
    openings. One transaction per queue: bookings elsewhere never wait, and those of this queue only for its own slots.

    Args:
        prefecture: whose queues.
        maintenant: instant.
        horizon_jours: how many days ahead; each site's own when omitted.
        une_file: this queue only.
    """
    bilan = Bilan()
    aujourd_hui = aujourdhui(prefecture.fuseau, maintenant)
    demain = aujourd_hui + timedelta(days=1)
    files = (
        FileGuichet.objects.actives()
        .filter(site__prefecture=prefecture)
        .select_related("site__prefecture")
        .order_by("pk")
    )
    files = files.filter(pk=une_file.pk) if une_file else files
    regles = regles_des_sites({f.site_id for f in files})
    horizons = {site_id: horizon_jours or r.horizon_jours for site_id, r in regles.items()}
    tous = [demain + timedelta(days=i) for i in range(max(horizons.values(), default=0))]
    fermes = JoursFermes(prefecture, [demain - timedelta(days=365), *tous])  # a wave may open days before its own
    for file in files:
        jours = tous[: horizons[file.site_id]]
        possibles = jours_agrees(file, jours) if file.site.genre == Site.Genre.MEDICAL else jours
        apres = demain + timedelta(days=len(jours))
        depuis = aujourd_hui if fermes.fermeture(file.site_id, aujourd_hui) else demain
        calendrier = Calendrier(depuis, possibles, apres, fermes, prefecture.fuseau)
        _publier_file(file, calendrier, regles[file.site_id], bilan, maintenant)
    return bilan


def places_des_vagues(
    files: Sequence[FileGuichet], jusqu_au: date, *, maintenant: datetime
) -> dict[tuple[FileGuichet, datetime], Partage]:
    """Return the places of the days that are not published yet, as they would be today: later waves open them.

    Args:
        files: of one préfecture, with their sites and préfectures; those where doctors examine have no wave.
        jusqu_au: last day.
        maintenant: instant.
    """
    prevues: dict[tuple[FileGuichet, datetime], Partage] = {}
    regles = regles_des_sites({f.site_id for f in files})
    for file in files:
        prefecture = file.site.prefecture
        premier = aujourdhui(prefecture.fuseau, maintenant) + timedelta(days=1 + regles[file.site_id].horizon_jours)
        jours = [premier + timedelta(days=i) for i in range((jusqu_au - premier).days + 1)]
        if not jours or file.site.genre == Site.Genre.MEDICAL:
            continue
        fermes = JoursFermes(prefecture, [premier - timedelta(days=365), *jours])
        calendrier = Calendrier(premier, jours, jusqu_au, fermes, prefecture.fuseau)
        voulus = _voulus(file, calendrier, regles[file.site_id], Bilan())
        prevues |= {(file, debut): voulu.partage for debut, voulu in voulus.items()}
    return prevues


@dataclass(frozen=True)
class Calendrier:
    """The days of a publication.

    Args:
        depuis: the first one: tomorrow, or today where that is a day of closure.
        possibles: those when the queue may open.
        apres: the first day that is not looked at: what is taken from then on stands.
        fermes: closures and public holidays.
        fuseau: IANA timezone of the préfecture.
    """

    depuis: date
    possibles: list[date]
    apres: date
    fermes: JoursFermes
    fuseau: str


@dataclass(frozen=True)
class Voulu:
    """What a slot should be.

    Args:
        partage: its places.
        gardees_jusqu_a: when the places kept open to all; None when none is kept.
        ouvre_le: when it becomes bookable; None for at once.
    """

    partage: Partage
    gardees_jusqu_a: datetime | None
    ouvre_le: datetime | None


@acte
def _publier_file(
    file: FileGuichet, calendrier: Calendrier, regles: ReglesCreneaux, bilan: Bilan, maintenant: datetime
) -> None:
    _verrouiller(file, calendrier)
    voulus = _voulus(file, calendrier, regles, bilan)
    if voulus:
        with connection.cursor() as curseur:
            curseur.execute(
                _SQL_POSER,
                {
                    "file": file.pk,
                    "minutes": file.pas_minutes,
                    "debuts": list(voulus),
                    "guichets": [v.partage.guichets for v in voulus.values()],
                    "places": [v.partage.places for v in voulus.values()],
                    "reserves": [v.partage.reserve for v in voulus.values()],
                    **{q.value: [v.partage.gardees[i] for v in voulus.values()] for i, q in enumerate(Quota)},
                    "jusqu_a": [v.gardees_jusqu_a for v in voulus.values()],
                    "ouvre_le": [v.ouvre_le for v in voulus.values()],
                },
            )
            issues = [ligne[0] for ligne in curseur.fetchall()]
        bilan.crees += sum(issues)
        bilan.modifies += len(issues) - sum(issues)
    _retirer_les_autres(file, voulus, calendrier, bilan, maintenant)
    bilan.conflits += Creneau.objects.filter(file=file).en_conflit(maintenant).count()


def _verrouiller(file: FileGuichet, calendrier: Calendrier) -> None:
    """Keep other publications of the queue out, then lock its slots in the order that bookings follow."""
    FileGuichet.objects.select_for_update(of=("self",), no_key=True).get(pk=file.pk)
    creneaux = Creneau.objects.filter(file=file).depuis_le_jour(calendrier.depuis, calendrier.fuseau)
    list(creneaux.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _voulus(file: FileGuichet, calendrier: Calendrier, regles: ReglesCreneaux, bilan: Bilan) -> dict[datetime, Voulu]:
    """Return what each slot of the days should be (four queries)."""
    tenus = guichets_tenus([file], calendrier.possibles, calendrier.fuseau)
    voulus: dict[datetime, Voulu] = {}
    for (_, jour), ouverts in horaires([file], calendrier.possibles, calendrier.fermes).items():
        du_jour: dict[datetime, Horaire] = {}
        for horaire in ouverts:
            instants = debuts(jour, horaire.debut, horaire.fin, pas_minutes=file.pas_minutes, fuseau=calendrier.fuseau)
            du_jour |= dict.fromkeys(instants, horaire)
        periodes = tenus.get((file.pk, lundi_de(jour)))
        guichets = [
            horaire.nb_guichets if periodes is None else sum(debut in periode for periode in periodes)
            for debut, horaire in du_jour.items()
        ]
        bilan.sans_agent += any(h.exceptionnel and not n for h, n in zip(du_jour.values(), guichets, strict=True))
        reserves = [horaire.reserve_sans_rdv for horaire in du_jour.values()]
        partages = partager(guichets, reserves, rythme=file.rythme, regles=regles)
        voulus |= {d: _voulu(p, jour, file, calendrier, regles) for d, p in zip(du_jour, partages, strict=True)}
    return voulus


def _voulu(partage: Partage, jour: date, file: FileGuichet, calendrier: Calendrier, regles: ReglesCreneaux) -> Voulu:
    if file.site.genre == Site.Genre.MEDICAL:  # a doctor opens their own slots, one person at a time
        return Voulu(replace(partage, gardees=(0,) * len(Quota)), None, None)
    fin = fin_de_garde(jour, regles, fuseau=calendrier.fuseau) if any(partage.gardees) else None
    return Voulu(partage, fin, vague(jour, regles, fuseau=calendrier.fuseau, feries=calendrier.fermes.feries))


def _retirer_les_autres(
    file: FileGuichet, voulus: dict[datetime, Voulu], calendrier: Calendrier, bilan: Bilan, maintenant: datetime
) -> None:
    autres = (
        Creneau.objects.filter(file=file, etat=Creneau.Etat.OUVERT, debut__gt=maintenant)
        .exclude(debut__in=list(voulus))
        .depuis_le_jour(calendrier.depuis, calendrier.fuseau)
    )
    # A conditional update: a slot taken meanwhile stays open, in surplus, for the manager to solve. So does one with a
    # place offered: it is kept until the offer ends.
    offertes = Exists(RetenuePlace.objects.a_quelqu_un(maintenant).filter(creneau=OuterRef("pk")))
    bilan.retires += autres.exclude(offertes).filter(prises=0).update(etat=Creneau.Etat.RETIRE)
    pris = autres.filter(Q(prises__gt=0) | offertes, debut__lt=bornes_du_jour(calendrier.apres, calendrier.fuseau)[0])
    bilan.surplus += pris.count()
    # Nothing more is booked there: what is given back is not offered again.
    rien = Least(F("ecart"), 0)
    pris.exclude(prevues=rien, places=F("prises")).update(prevues=rien, places=F("prises"))
