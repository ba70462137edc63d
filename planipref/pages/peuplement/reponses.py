"""Credible answers to the questions of a motif, within its formats."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from random import Random
from typing import Any

from demandes.calculs.conditions import est_vraie
from demandes.models import Question

LETTRES = "ABCDEFGHJKLMNPRTVWXYZ"


def _chiffres(alea: Random, nombre: int) -> str:
    return "".join(str(alea.randrange(10)) for _ in range(nombre))


def _plaque(alea: Random) -> str:
    def deux() -> str:
        return alea.choice("ABCDEFGH") + alea.choice("ABCDEFGH")

    return f"{deux()}-{alea.randrange(1, 999):03d}-{deux()}"


PAR_CODE: dict[str, Callable[[Random], str]] = {
    "numero_visa": lambda a: "FRA" + _chiffres(a, 8),
    "numero_titre": lambda a: "Z" + _chiffres(a, 8),
    "numero_pre_demande": lambda a: "".join(a.choice(LETTRES) for _ in range(5)) + _chiffres(a, 5),
    "neph": lambda a: _chiffres(a, 2) + f"{a.randrange(1, 13):02d}" + _chiffres(a, 8),
    "immatriculation": _plaque,
    "vin": lambda a: "VF1" + "".join(a.choice("ABCDEFGHJKLMNPRSTUVWXYZ0123456789") for _ in range(14)),
    "rna": lambda a: "W" + _chiffres(a, 9),
    "siret": lambda a: _chiffres(a, 14),
    "nom_association": lambda a: a.choice(("Les Amis de l’Îlot", "Chœur d’Hommes d’Alsace", "Entraide & Partage")),
    "pays_permis": lambda a: a.choice(("Côte d’Ivoire", "Maroc", "Japon", "États-Unis (Ohio)")),
    "commune_nouvelle": lambda a: a.choice(("Sélestat", "L’Haÿ-les-Roses", "Le Raincy")),
    "numero_dossier_anef": lambda a: "AN" + _chiffres(a, 12),
    "langue_interprete": lambda a: a.choice(("tigrigna", "dari", "soninké", "géorgien")),
}
# Answers that lead somewhere sensible: who says no here would not be asking for this.
IMPOSEES = {"absence_plus_3_ans": "non", "residence_10_ans": "oui", "entree_visa": "oui", "hebergement": "non"}


def repondre(questions: Iterable[Question], *, alea: Random, jour: date) -> dict[str, Any]:
    """Answer every question whose condition holds, in order.

    Args:
        questions: questions of the motif, in order.
        alea: source of randomness.
        jour: day of the answers; dates are set around it.
    """
    reponses: dict[str, Any] = {}
    for question in questions:
        if est_vraie(question.condition, reponses):
            reponses[question.code] = _repondre(question, alea, jour)
    return reponses


def _repondre(question: Question, alea: Random, jour: date) -> Any:
    if question.code in PAR_CODE:
        return PAR_CODE[question.code](alea)
    if question.genre == Question.Genre.OUI_NON:
        impose = IMPOSEES.get(question.code)
        return impose if impose and alea.random() < 0.85 else alea.choice(("oui", "non"))
    if question.genre == Question.Genre.CHOIX:
        return alea.choice(question.options)["valeur"]
    if question.genre == Question.Genre.DATE:
        return _jour(question.code, alea, jour).isoformat()
    return {
        Question.Genre.NOMBRE: alea.randrange(1, 7),
        Question.Genre.TELEPHONE: f"+3363998{alea.randrange(10_000):04d}",
        Question.Genre.COMMUNE: alea.choice(("Haguenau", "Saint-Denis", "Compiègne")),
        Question.Genre.TEXTE_LONG: "Je souhaite savoir où en est ma demande, s’il vous plaît. Merci d’avance.",
    }.get(Question.Genre(question.genre), "Noé-Gabriel")


def _jour(code: str, alea: Random, jour: date) -> date:
    """Return a date: to come for what ends or happens, past for what has happened."""
    if code in {"date_expiration_titre", "date_manifestation", "date_fin_mesure"}:
        return jour + timedelta(days=alea.randrange(10, 58))
    ecoules = alea.randrange(20, 80) if code == "date_demenagement" else alea.randrange(200, 2500)
    return jour - timedelta(days=ecoules)
