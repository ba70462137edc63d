"""What the counter measures of a queue, for the planning: how long a place lasts, and how many come without one."""

from __future__ import annotations

from datetime import date

from demandes.models import Site
from guichet.calculs.durees import Mesure, loi_de
from guichet.selectors_attente import OUVERTURE, Habitudes, habitudes_de
from planning.calculs.creneaux import nombre_de_creneaux
from planning.mesures import Duree, Mesures
from planning.models import FileGuichet
from planning.selectors import MINUTES_REMISE


def mesurer(file: FileGuichet, jour: date) -> Mesures:
    """Return what the four weeks before a day say of a queue, by place: see `Mesures`.

    A visit longer than a slot takes several places, whose durations add up: each has its share of the mean and of the
    variance.

    Args:
        file: with its site and préfecture loaded.
        jour: nothing of this day nor after is read.
    """
    habitudes = habitudes_de(file.site, jour)
    lues = {(motif, remise): m for (f, motif, remise), m in habitudes.mesures.items() if f == file.pk}
    longueurs = {cle: nombre_de_creneaux(_minutes(habitudes, file, *cle), file.pas_minutes) for cle in lues}
    parts = [Mesure(m.nombre * n, m.moyenne / n, m.variance / n) for cle, m in lues.items() if (n := longueurs[cle])]
    loi = loi_de(_catalogue(habitudes, file), _ensemble(parts))
    passages = sum(m.nombre for m in lues.values())
    places_par_passage = sum(m.nombre for m in parts) / passages if passages else 1.0
    venus = OUVERTURE * sum(n for (f, _), n in habitudes.sans_rdv.items() if f == file.pk)
    return Mesures(passages, loi.moyenne, loi.cv, habitudes.jours, venus * places_par_passage)


def _minutes(habitudes: Habitudes, file: FileGuichet, motif_id: int | None, remise: bool) -> int:
    return MINUTES_REMISE if remise else habitudes.minutes.get(motif_id or 0) or file.pas_minutes


def _catalogue(habitudes: Habitudes, file: FileGuichet) -> float:
    """Return the minutes of a place by the catalogue: the mean of what the queue serves at the counter."""
    motifs = file.motifs.order_by("pk").values_list("pk", flat=True)
    minutes = [m for pk in motifs if (m := habitudes.minutes.get(pk, 0))]
    minutes += [MINUTES_REMISE] if file.remises else []
    par_place = [m / nombre_de_creneaux(m, file.pas_minutes) for m in minutes]
    return sum(par_place) / len(par_place) if par_place else file.pas_minutes


def _ensemble(parts: list[Mesure]) -> Mesure | None:
    """Return the measure of several kinds of visits taken together."""
    nombre = sum(p.nombre for p in parts)
    if not nombre:
        return None
    moyenne = sum(p.nombre * p.moyenne for p in parts) / nombre
    carres = sum(p.nombre * (p.variance + p.moyenne**2) for p in parts) / nombre
    return Mesure(nombre, moyenne, max(0.0, carres - moyenne**2))


def durees_des_files(site: Site, jour: date) -> dict[int, Duree]:
    """Return the visits of one person in the four weeks before a day, by queue."""
    habitudes = habitudes_de(site, jour)
    sommes: dict[int, tuple[int, float, float]] = {}
    for (file_id, motif_id, remise), mesure in habitudes.mesures.items():
        prevue = MINUTES_REMISE if remise else habitudes.minutes.get(motif_id or 0) or habitudes.pas.get(file_id, 0)
        if prevue:
            n, prevues, mesurees = sommes.get(file_id, (0, 0.0, 0.0))
            sommes[file_id] = (
                n + mesure.nombre,
                prevues + mesure.nombre * prevue,
                mesurees + mesure.nombre * mesure.moyenne,
            )
    return {file_id: Duree(n, prevues / n, mesurees / n) for file_id, (n, prevues, mesurees) in sommes.items()}
