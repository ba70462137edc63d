"""Who is expected to come: a ridge logistic regression, whose effects shrink towards nothing when facts are few.

Nothing about the person is a feature but how often they missed before (`quant.md` §1.4: no nationality, name, age nor
address). Probabilities size the capacity; they never rank nor refuse anybody. Prior: rdv-insertion (inclusion.gouv.fr,
4 November 2025), absence of 11.2 % when the person chose the slot and 23.8 % when it was imposed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Vecteur = NDArray[np.float64]

ABSENCE_CHOISI, ABSENCE_IMPOSE = 0.112, 0.238
# Precisions of the effects around nothing (1 / variance of a log-odds): the published rates hold until facts say
# otherwise, and a motif or a weekday must prove that it differs.
PENALITES = {"base": 5.0, "choisi": 5.0, "jour": 8.0, "motif": 8.0}
PENALITE = 2.0
DELAI_REPERE, RAPPELS_MAX, ABSENCES_MAX = 14.0, 3, 3
ITERATIONS, TOLERANCE = 30, 1e-8
PRESENCE_MIN, PRESENCE_MAX = 0.02, 0.995


@dataclass(frozen=True)
class Circonstances:
    """What is known of an appointment before its day.

    Args:
        motif: identifier of the motif.
        choisi: whether the person chose the slot.
        delai: days between the booking and the appointment.
        rappels: reminders sent.
        absences: appointments that this person missed before.
        heure: local hour of the appointment, 13.5 for half past one.
        jour: 0 (Monday) to 6.
    """

    motif: int
    choisi: bool
    delai: float
    rappels: int = 0
    absences: int = 0
    heure: float = 10.0
    jour: int = 0


@dataclass(frozen=True)
class Effet:
    """What a circumstance does to the probability of coming.

    Args:
        nom: key of `NOMS`.
        points: how many points of per cent it adds, or takes away, for this appointment.
    """

    nom: str
    points: float


NOMS = {
    "choisi": "créneau choisi par la personne",
    "impose": "créneau donné par l’administration",
    "delai": "délai entre la réservation et le rendez-vous",
    "rappels": "rappels envoyés",
    "absences": "rendez-vous déjà manqués",
    "heure": "heure de la journée",
    "jour": "jour de la semaine",
    "motif": "démarche",
}


@dataclass(frozen=True)
class Modele:
    """What was learned.

    Args:
        coefficients: by column.
        colonnes: name and value of each column.
        faits: appointments that it was learned from.
    """

    coefficients: Vecteur
    colonnes: tuple[tuple[str, int], ...]
    faits: int

    def presence(self, rendez_vous: Circonstances) -> float:
        """Return the probability that somebody comes, between 0.02 and 0.995."""
        return float(self.presences([rendez_vous])[0])

    def presences(self, rendez_vous: Sequence[Circonstances]) -> Vecteur:
        """Return the probabilities of several appointments."""
        if not rendez_vous:
            return np.zeros(0)
        logits = _a_priori(rendez_vous) + _matrice(rendez_vous, self.colonnes) @ self.coefficients
        bornees: Vecteur = np.clip(_sigmoide(logits), PRESENCE_MIN, PRESENCE_MAX)
        return bornees

    def expliquer(self, rendez_vous: Circonstances) -> list[Effet]:
        """Return what each circumstance adds to the probability of this appointment, the strongest first.

        Each is compared with its absence: no reminder, nothing missed, two weeks ahead, at noon, the mean motif and
        weekday; a slot chosen with the same one given, and the other way round.
        """
        ligne = _matrice([rendez_vous], self.colonnes)[0] * self.coefficients
        logit = float(_a_priori([rendez_vous])[0] + ligne.sum())
        ici = float(_sigmoide(np.array([logit]))[0])
        par_nom: dict[str, float] = {}
        for (nom, _), effet in zip(self.colonnes, ligne, strict=True):
            par_nom[nom] = par_nom.get(nom, 0.0) + float(effet)
        effets = [
            Effet(nom, 100 * (ici - float(_sigmoide(np.array([logit - effet]))[0])))
            for nom, effet in par_nom.items()
            if nom not in ("base", "choisi") and abs(effet) > 1e-9
        ]
        autrement = float(self.presences([replace(rendez_vous, choisi=not rendez_vous.choisi)])[0])
        effets.append(Effet("choisi" if rendez_vous.choisi else "impose", 100 * (ici - autrement)))
        return sorted(effets, key=lambda e: -abs(e.points))


def apprendre(passes: Sequence[Circonstances], venus: Sequence[bool]) -> Modele:
    """Learn from appointments that are over; with none, the prior alone answers.

    Args:
        passes: appointments before the day that is planned, and none after.
        venus: whether each came.
    """
    motifs = sorted({c.motif for c in passes})
    colonnes = (
        *((nom, 0) for nom in ("base", "choisi", "delai", "rappels", "absences", "heure")),
        *(("jour", jour) for jour in range(7)),
        *(("motif", motif) for motif in motifs),
    )
    if not passes:
        return Modele(np.zeros(len(colonnes)), colonnes, 0)
    x, y = _matrice(passes, colonnes), np.array(venus, dtype=np.float64)
    penalites = np.array([PENALITES.get(nom, PENALITE) for nom, _ in colonnes])
    return Modele(_moindres_carres_repetes(x, y, _a_priori(passes), penalites), colonnes, len(passes))


@dataclass(frozen=True)
class Dixieme:
    """Appointments with near probabilities: a well calibrated model expects as many as come.

    Args:
        nombre: appointments.
        prevu: mean of the probabilities, between 0 and 1.
        observe: share who came.
    """

    nombre: int
    prevu: float
    observe: float


def calibrer(presences: Sequence[float], venus: Sequence[bool], *, groupes: int = 10) -> list[Dixieme]:
    """Compare what was expected with who came, by tenth of the appointments, from the least to the most probable.

    Args:
        presences: probabilities given before the day.
        venus: whether each came.
        groupes: how many groups of the same size.
    """
    ordre = np.argsort(np.array(presences), kind="stable")
    p, y = np.array(presences)[ordre], np.array(venus, dtype=np.float64)[ordre]
    lots = zip(np.array_split(p, groupes), np.array_split(y, groupes), strict=True)
    return [Dixieme(len(a), float(a.mean()), float(b.mean())) for a, b in lots if len(a)]


def _moindres_carres_repetes(x: Vecteur, y: Vecteur, a_priori: Vecteur, penalites: Vecteur) -> Vecteur:
    """Maximise the penalised likelihood by Newton's method (iteratively reweighted least squares)."""
    coefficients = np.zeros(x.shape[1])
    for _ in range(ITERATIONS):
        p = _sigmoide(a_priori + x @ coefficients)
        gradient = x.T @ (y - p) - penalites * coefficients
        hessienne = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalites)
        pas = np.linalg.solve(hessienne, gradient)
        coefficients += pas
        if float(np.abs(pas).max()) < TOLERANCE:
            break
    return coefficients


def _a_priori(rendez_vous: Sequence[Circonstances]) -> Vecteur:
    absences = np.array([ABSENCE_CHOISI if c.choisi else ABSENCE_IMPOSE for c in rendez_vous])
    logits: Vecteur = np.log((1 - absences) / absences)
    return logits


def _matrice(rendez_vous: Sequence[Circonstances], colonnes: Sequence[tuple[str, int]]) -> Vecteur:
    """Return one row for each appointment, its columns of one scale."""
    suites = np.array(
        [
            (
                1.0,
                c.choisi,
                np.log1p(max(c.delai, 0.0)) / np.log1p(DELAI_REPERE) - 1,
                min(c.rappels, RAPPELS_MAX),
                min(c.absences, ABSENCES_MAX),
                (c.heure - 12) / 4,
            )
            for c in rendez_vous
        ],
        dtype=np.float64,
    )
    groupes = np.array(
        [[(c.jour if nom == "jour" else c.motif) == valeur for nom, valeur in colonnes[6:]] for c in rendez_vous],
        dtype=np.float64,
    )
    return np.hstack([suites, groupes])


def _sigmoide(logits: Vecteur) -> Vecteur:
    p: Vecteur = 1 / (1 + np.exp(-logits))
    return p
