"""Making the slots of the weeks to come from the weekly openings; idempotent, never below what is taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from demandes.models import Prefecture, Site
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte
from planning.calculs.creneaux import debuts
from planning.models import Creneau, FileGuichet
from planning.selectors_horaires import Horaire, JoursFermes, horaires
from planning.selectors_medical import jours_agrees

HORIZON_JOURS = 35

_SQL_POSER = """
INSERT INTO planning_creneau (file_id, debut, minutes, places, reserve, prises, ecart, etat)
SELECT %(file)s, d.debut, %(minutes)s, d.places, d.reserve, 0, 0, 'ouvert'
FROM unnest(%(debuts)s::timestamptz[], %(places)s::int[], %(reserves)s::int[]) AS d(debut, places, reserve)
ON CONFLICT (file_id, debut) DO UPDATE
SET places = GREATEST(planning_creneau.prises, EXCLUDED.places + planning_creneau.ecart),
    reserve = EXCLUDED.reserve,
    etat = CASE WHEN planning_creneau.etat = 'ferme' THEN 'ferme' ELSE 'ouvert' END
WHERE planning_creneau.etat = 'retire'
   OR planning_creneau.reserve <> EXCLUDED.reserve
   OR planning_creneau.places <> GREATEST(planning_creneau.prises, EXCLUDED.places + planning_creneau.ecart)
RETURNING (xmax = 0)
"""


@dataclass
class Bilan:
    """What a publication did.

    Args:
        crees: slots made.
        modifies: slots whose places changed.
        retires: empty slots withdrawn.
        surplus: slots kept although no opening holds them any more, because someone has taken them.
    """

    crees: int = 0
    modifies: int = 0
    retires: int = 0
    surplus: int = 0


def publier(
    prefecture: Prefecture,
    *,
    maintenant: datetime,
    horizon_jours: int = HORIZON_JOURS,
    une_file: FileGuichet | None = None,
) -> Bilan:
    """Make or bring up to date the slots of a préfecture, from tomorrow to the horizon.

    One transaction per queue: bookings elsewhere never wait, and those of this queue only for its own slots.

    Args:
        prefecture: whose queues.
        maintenant: instant.
        horizon_jours: how many days ahead.
        une_file: this queue only.
    """
    bilan = Bilan()
    demain = aujourdhui(prefecture.fuseau, maintenant) + timedelta(days=1)
    jours = [demain + timedelta(days=i) for i in range(horizon_jours)]
    fermes = JoursFermes(prefecture, jours)
    files = (
        FileGuichet.objects.actives()
        .filter(site__prefecture=prefecture)
        .select_related("site__prefecture")
        .order_by("pk")
    )
    for file in files.filter(pk=une_file.pk) if une_file else files:
        possibles = jours_agrees(file, jours) if file.site.genre == Site.Genre.MEDICAL else jours
        _publier_file(file, possibles, fermes, demain, bilan, maintenant)
    return bilan


@acte
def _publier_file(
    file: FileGuichet, jours: list[date], fermes: JoursFermes, demain: date, bilan: Bilan, maintenant: datetime
) -> None:
    fuseau = file.site.prefecture.fuseau
    _verrouiller(file, demain, fuseau)
    voulus: dict[datetime, tuple[int, int]] = {}
    for (_, jour), ouverts in horaires([file], jours, fermes).items():
        for horaire in ouverts:
            _poser_horaire(voulus, horaire, jour, file.pas_minutes, fuseau)
    if voulus:
        with connection.cursor() as curseur:
            curseur.execute(
                _SQL_POSER,
                {
                    "file": file.pk,
                    "minutes": file.pas_minutes,
                    "debuts": list(voulus),
                    "places": [p for p, _ in voulus.values()],
                    "reserves": [r for _, r in voulus.values()],
                },
            )
            issues = [ligne[0] for ligne in curseur.fetchall()]
        bilan.crees += sum(issues)
        bilan.modifies += len(issues) - sum(issues)
    _retirer_les_autres(file, voulus, demain, fuseau, bilan, maintenant)


def _verrouiller(file: FileGuichet, demain: date, fuseau: str) -> None:
    """Keep other publications of the queue out, then lock its slots in the order that bookings follow."""
    FileGuichet.objects.select_for_update(of=("self",), no_key=True).get(pk=file.pk)
    creneaux = Creneau.objects.filter(file=file).depuis_le_jour(demain, fuseau)
    list(creneaux.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _poser_horaire(
    voulus: dict[datetime, tuple[int, int]], horaire: Horaire, jour: date, pas: int, fuseau: str
) -> None:
    places = horaire.nb_guichets - horaire.reserve_sans_rdv
    for debut in debuts(jour, horaire.debut, horaire.fin, pas_minutes=pas, fuseau=fuseau):
        voulus[debut] = (places, horaire.reserve_sans_rdv)


def _retirer_les_autres(
    file: FileGuichet,
    voulus: dict[datetime, tuple[int, int]],
    demain: date,
    fuseau: str,
    bilan: Bilan,
    maintenant: datetime,
) -> None:
    autres = (
        Creneau.objects.filter(file=file, etat=Creneau.Etat.OUVERT, debut__gt=maintenant)
        .exclude(debut__in=list(voulus))
        .depuis_le_jour(demain, fuseau)
    )
    # A conditional update: a slot taken meanwhile stays open, in surplus, for the manager to solve.
    bilan.retires += autres.filter(prises=0).update(etat=Creneau.Etat.RETIRE)
    bilan.surplus += autres.filter(prises__gt=0).count()
