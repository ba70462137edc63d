"""The opinion of an agréé doctor on the fitness to drive: what it may say, and until when it holds. Pure, no Django.

Sources: code de la route R221-10, R221-14, R224-12, R226-1 to R226-4; arrêté of 31 July 2012; notice 51676#02 of the
cerfa 14880*02; codes of restrictions of directive 2006/126/CE, annex I. No medical fact: codes only, no free text.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from demandes.calculs.delais import ajouter_mois

# The opinion serves to decide for so long after the examination (notice 51676#02).
VALIDITE_ADMINISTRATIVE_MOIS = 24
DUREE_MAX_MOIS = 180
# How many doctors sign (arrêté of 31 July 2012): one in a practice, two in a commission.
SIGNATURES, SIGNATURES_COMMISSION = 1, 2


class Sens(StrEnum):
    """What an opinion concludes."""

    APTE = "apte"
    APTE_TEMPORAIRE = "apte_temporaire"
    APTE_RESTRICTIONS = "apte_restrictions"
    EAD = "ead"
    INAPTE_TEMPORAIRE = "inapte_temporaire"
    INAPTE = "inapte"
    RENVOI = "renvoi"


LIBELLES_SENS: dict[str, str] = {
    Sens.APTE: "Apte",
    Sens.APTE_TEMPORAIRE: "Apte pour une durée limitée",
    Sens.APTE_RESTRICTIONS: "Apte avec restrictions",
    Sens.EAD: "Apte avec un éthylotest antidémarrage (EAD)",
    Sens.INAPTE_TEMPORAIRE: "Inapte temporairement",
    Sens.INAPTE: "Inapte",
    Sens.RENVOI: "Renvoi devant la commission médicale",
}


class Exigence(StrEnum):
    """Whether something is part of an opinion."""

    REQUISE = "requise"
    PERMISE = "permise"
    INTERDITE = "interdite"


@dataclass(frozen=True)
class Regle:
    """What goes with a conclusion.

    Args:
        favorable: whether the person may drive.
        duree: whether it holds for a time.
        restrictions: whether it carries codes.
        commission: whether only a commission may conclude so.
    """

    favorable: bool
    duree: Exigence
    restrictions: Exigence
    commission: bool = False


_R, _P, _I = Exigence.REQUISE, Exigence.PERMISE, Exigence.INTERDITE
REGLES: dict[str, Regle] = {
    Sens.APTE: Regle(True, _P, _I),
    Sens.APTE_TEMPORAIRE: Regle(True, _R, _P),
    Sens.APTE_RESTRICTIONS: Regle(True, _P, _R),
    Sens.EAD: Regle(True, _R, _P, commission=True),
    Sens.INAPTE_TEMPORAIRE: Regle(False, _R, _I),
    Sens.INAPTE: Regle(False, _I, _I),
    Sens.RENVOI: Regle(False, _I, _I),
}
FAVORABLES = frozenset(s for s, r in REGLES.items() if r.favorable)

CATEGORIES = ("AM", "A1", "A2", "A", "B1", "B", "BE", "C1", "C1E", "C", "CE", "D1", "D1E", "D", "DE")
_GROUPE_C = frozenset({"C1", "C1E", "C", "CE"})
_GROUPE_D = frozenset({"D1", "D1E", "D", "DE"})

# As they are printed on the licence; 69 is the conclusion « EAD » itself.
RESTRICTIONS: dict[str, str] = {
    "01": "Correction ou protection de la vision",
    "02": "Aide auditive ou à la communication",
    "03": "Prothèse ou orthèse des membres",
    "10": "Boîte de vitesses adaptée",
    "15": "Embrayage adapté",
    "20": "Freinage adapté",
    "25": "Accélération adaptée",
    "35": "Commandes adaptées",
    "40": "Direction adaptée",
    "42": "Rétroviseurs adaptés",
    "43": "Siège adapté",
    "61": "Conduite de jour seulement",
    "62": "Conduite dans un rayon limité autour du domicile",
    "63": "Conduite sans passager",
    "64": "Conduite à vitesse limitée",
    "65": "Conduite accompagnée d’un titulaire du permis",
    "66": "Conduite sans remorque",
    "67": "Pas de conduite sur autoroute",
    "68": "Pas d’alcool",
}


@dataclass(frozen=True)
class Saisie:
    """An opinion as a doctor gives it.

    Args:
        sens: the conclusion, a value of `Sens`.
        categories: categories of licence that it is about, among `CATEGORIES`.
        duree_mois: how many months it holds; None without limit.
        restrictions: codes among `RESTRICTIONS`.
    """

    sens: str
    categories: Sequence[str]
    duree_mois: int | None = None
    restrictions: Sequence[str] = ()


def defaut(saisie: Saisie, *, age: int | None, en_commission: bool) -> tuple[str, str] | None:
    """Return the field to mend and why, in French; None when the opinion holds together.

    Args:
        saisie: the opinion.
        age: of the person, in years, on the day of the examination; None when unknown.
        en_commission: whether a commission gives it.
    """
    regle = REGLES.get(saisie.sens)
    if regle is None:
        return "sens", "Choisissez une conclusion."
    return (
        _defaut_de_sens(saisie, regle, en_commission=en_commission)
        or _defaut_de_codes(saisie, regle)
        or _defaut_de_duree(saisie, regle, age)
    )


def _defaut_de_sens(saisie: Saisie, regle: Regle, *, en_commission: bool) -> tuple[str, str] | None:
    if regle.commission and not en_commission:
        return "sens", "Seule une commission médicale peut conclure ainsi."
    if saisie.sens == Sens.RENVOI and en_commission:
        return "sens", "La commission ne renvoie pas devant elle-même."
    return None


def _defaut_de_codes(saisie: Saisie, regle: Regle) -> tuple[str, str] | None:
    if not saisie.categories or not set(saisie.categories) <= set(CATEGORIES):
        return "categories", "Choisissez au moins une catégorie de permis."
    if not set(saisie.restrictions) <= set(RESTRICTIONS):
        return "restrictions", "Choisissez les restrictions dans la liste."
    if regle.restrictions is _R and not saisie.restrictions:
        return "restrictions", "Cochez au moins une restriction, ou concluez « Apte »."
    if regle.restrictions is _I and saisie.restrictions:
        return "restrictions", "Cette conclusion ne porte pas de restriction."
    return None


def _defaut_de_duree(saisie: Saisie, regle: Regle, age: int | None) -> tuple[str, str] | None:
    maximum = duree_maximale(saisie.categories, age) if regle.favorable else None
    if saisie.duree_mois is None:
        if regle.duree is _R or maximum is not None:
            return "duree_mois", "Écrivez la durée de validité de l’avis, en mois."
        return None
    if regle.duree is _I:
        return "duree_mois", "Cette conclusion ne porte pas de durée."
    if not 1 <= saisie.duree_mois <= DUREE_MAX_MOIS:
        return "duree_mois", f"La durée va de 1 à {DUREE_MAX_MOIS} mois."
    if maximum is not None and saisie.duree_mois > maximum:
        return "duree_mois", f"Pour ces catégories et cet âge, l’avis vaut {maximum} mois au plus."
    return None


def duree_maximale(categories: Collection[str], age: int | None) -> int | None:
    """Return the longest time that a favourable opinion holds, in months; None without limit (notice 51676#02).

    Five years under 60 for heavy vehicles, then two years for goods (one past 76) and one year for passengers.

    Args:
        categories: of licence.
        age: in years; None when unknown: the shortest is then not assumed.
    """
    bornes = []
    if _GROUPE_C & set(categories):
        bornes.append(60 if age is None or age < 60 else 24 if age <= 76 else 12)
    if _GROUPE_D & set(categories):
        bornes.append(60 if age is None or age < 60 else 12)
    return min(bornes, default=None)


def valable_jusqu_au(examine_le: date, duree_mois: int | None) -> date | None:
    """Return the last day of what an opinion says; None without limit."""
    return None if duree_mois is None else ajouter_mois(examine_le, duree_mois)


def fonde_un_accord(sens: str, examine_le: date, duree_mois: int | None, jour: date) -> bool:
    """Say whether a grant may stand on an opinion on a day: favourable, still running, and not two years old."""
    fin = valable_jusqu_au(examine_le, duree_mois)
    return (
        sens in FAVORABLES
        and jour <= ajouter_mois(examine_le, VALIDITE_ADMINISTRATIVE_MOIS)
        and (fin is None or jour <= fin)
    )


def est_rpps(numero: str) -> bool:
    """Say whether a number may be a doctor's RPPS: 11 digits, with the Luhn key."""
    if len(numero) != 11 or not (numero.isascii() and numero.isdigit()):
        return False
    somme = 0
    for rang, chiffre in enumerate(reversed(numero)):
        valeur = int(chiffre) * (2 if rang % 2 else 1)
        somme += valeur - 9 if valeur > 9 else valeur
    return somme % 10 == 0


def signatures_voulues(*, en_commission: bool) -> int:
    """Return how many doctors sign an opinion."""
    return SIGNATURES_COMMISSION if en_commission else SIGNATURES
