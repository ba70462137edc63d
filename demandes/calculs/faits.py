"""The facts of a demande that a condition may name besides the answers, and their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from demandes.calculs.territoire import REGION_DE, REGIONS, departement
from demandes.calculs.vocabulaire import Nom

_DEPARTEMENTS = {d: d for d in sorted([*REGION_DE, "975", "977", "978", "986", "987", "988"])}
CANAUX = {
    "en_ligne": "En ligne",
    "guichet": "Au guichet",
    "courrier": "Par courrier",
    "telephone": "Par téléphone",
    "accompagnement": "Avec un organisme",
}

FAITS: tuple[Nom, ...] = (
    Nom("age", "votre âge", "nombre", exemple="18", fait=True),
    Nom("nationalite", "votre nationalité", "texte", exemple='"tunisienne"', fait=True),
    Nom("numero_etranger", "votre numéro étranger", "texte", exemple='"9912345678"', fait=True),
    Nom("departement", "votre département", "choix", _DEPARTEMENTS, '"67", "2A", "974"', fait=True),
    Nom("region", "votre région", "choix", {r: r for r in REGIONS}, fait=True),
    Nom("code_postal", "votre code postal", "texte", exemple='"67500"', fait=True),
    Nom("commune", "votre commune", "commune", exemple='"Haguenau"', fait=True),
    Nom("prefecture", "le département de la préfecture", "choix", _DEPARTEMENTS, '"67"', fait=True),
    Nom("motif", "la démarche", "texte", exemple='"ETR-DUP"', fait=True),
    Nom("canal", "la façon de déposer", "choix", CANAUX, fait=True),
    Nom("langue", "votre langue", "texte", exemple='"fr"', fait=True),
    Nom("identite_certifiee", "votre identité est certifiée", "oui_non", fait=True),
    Nom("depose_le", "la date du dépôt", "date", exemple="31/12/2026", fait=True),
    Nom("titre_expire_le", "la fin de votre titre", "date", exemple="31/12/2026", fait=True),
    Nom(
        "jours_avant_expiration",
        "le nombre de jours avant la fin de votre titre",
        "nombre",
        exemple="60",
        fait=True,
    ),
)
NOMS_DES_FAITS = frozenset(f.code for f in FAITS)


@dataclass(frozen=True)
class Personne:
    """What is known of the person.

    Args:
        date_naissance: ``AAAA-MM-JJ``, day and month perhaps ``00``; empty when not known.
        nationalite: as typed.
        numero_etranger: foreigner's number.
        code_postal: five digits.
        commune: as typed.
        langue: code.
        certifiee: whether FranceConnect gave the identity.
    """

    date_naissance: str = ""
    nationalite: str = ""
    numero_etranger: str = ""
    code_postal: str = ""
    commune: str = ""
    langue: str = ""
    certifiee: bool = False

    @classmethod
    def relue(cls, gardee: Mapping[str, Any]) -> Personne:
        """Return the person that `dataclasses.asdict` gave, perhaps with another version's fields."""
        return cls(**{f.name: gardee[f.name] for f in fields(cls) if f.name in gardee})


def faits(
    personne: Personne, *, motif: str, prefecture: str, canal: str, jour: date, expire_le: date | None
) -> dict[str, Any]:
    """Return the value of each fact; None where it is not known, so that a comparison is false.

    Args:
        personne: what is known of them.
        motif: code.
        prefecture: code of the département.
        canal: how it is deposited.
        jour: day of the deposit, today before it.
        expire_le: end of the title, when a question asks for it and is answered.
    """
    ou = departement(personne.code_postal)
    return {
        "age": age(personne.date_naissance, jour),
        "nationalite": personne.nationalite or None,
        "numero_etranger": personne.numero_etranger or None,
        "departement": ou or None,
        "region": REGION_DE.get(ou),
        "code_postal": personne.code_postal or None,
        "commune": personne.commune or None,
        "prefecture": prefecture,
        "motif": motif,
        "canal": canal,
        "langue": personne.langue or None,
        "identite_certifiee": "oui" if personne.certifiee else "non",
        "depose_le": jour.isoformat(),
        "titre_expire_le": expire_le.isoformat() if expire_le else None,
        "jours_avant_expiration": (expire_le - jour).days if expire_le else None,
    }


def age(date_naissance: str, jour: date) -> int | None:
    """Return the age in years on a day; None when the part of the birth date that is unknown could change it."""
    if not date_naissance:
        return None
    annee, mois, quantieme = (int(p) for p in date_naissance.split("-"))
    plus_tot = (mois or 1, quantieme or 1)
    plus_tard = (mois or 12, quantieme or 31)
    ages = {jour.year - annee - ((jour.month, jour.day) < anniversaire) for anniversaire in (plus_tot, plus_tard)}
    return ages.pop() if len(ages) == 1 else None


def expiration(fenetre: Mapping[str, Any] | None, reponses: Mapping[str, Any]) -> date | None:
    """Return the end of the title, from the question that the window of the motif names; None for another window."""
    question = (fenetre or {}).get("question", "")
    reponse = reponses.get(question) if "expiration" in question else None
    try:
        return date.fromisoformat(reponse) if reponse else None
    except ValueError:
        return None
