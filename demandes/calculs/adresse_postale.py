"""Postal addresses as an envelope shows them: few lines, the last with the postcode (La Poste, NF Z 10-011)."""

from __future__ import annotations

import re
from textwrap import wrap

# Where an address was typed in one field, at the reception desk, it says its postcode and its town.
_ENTIERE = re.compile(r"^(?P<voie>.*\S)[\s,;–-]+(?P<ville>\d{5}\s+\D.*)$", re.DOTALL)
_VILLE_SEULE = re.compile(r"^\d{5}\s+\D")
_COUPE = re.compile(r"\s*[,;\n]\s*")
# What the norm allows on a line, and what is left between the name and the town.
CARACTERES_MAX = 38
LIGNES_MAX = 3


def lignes_postales(adresse: str, code_postal: str, commune: str) -> list[str]:
    """Return the lines of an address below the name; empty when a letter could not be delivered there.

    Args:
        adresse: number and street, or all of it.
        code_postal: five digits, or nothing.
        commune: town, or nothing.
    """
    voie, ville = adresse.strip(), f"{code_postal} {commune}".strip()
    if not (code_postal and commune):
        entiere = _ENTIERE.match(voie)
        if entiere is None:
            return []
        voie, ville = entiere["voie"], " ".join(entiere["ville"].split())
    lignes = [morceau for ligne in _COUPE.split(voie) for morceau in wrap(ligne, CARACTERES_MAX)]
    if len(lignes) > LIGNES_MAX:
        lignes = wrap(" ".join(lignes), CARACTERES_MAX, max_lines=LIGNES_MAX, placeholder="…")
    return [*lignes, tenir_en_ligne(ville)] if lignes else []


def manques_a_l_adresse(adresse: str, code_postal: str, commune: str) -> list[str]:
    """Name what a postal address lacks before a letter may go there; nothing when there is none at all.

    Args:
        adresse: number and street, or all of it.
        code_postal: five digits, or nothing.
        commune: town, or nothing.
    """
    parties = {"numéro et rue": adresse, "code postal": code_postal, "commune": commune}
    if not any(v.strip() for v in parties.values()) or lignes_postales(adresse, code_postal, commune):
        return []
    if _VILLE_SEULE.match(adresse.strip()):  # typed in one field, without its street
        return ["numéro et rue"]
    return [nom for nom, valeur in parties.items() if not valeur.strip()]


def tenir_en_ligne(texte: str) -> str:
    """Return a name or a town as one line of an envelope holds it."""
    serre = " ".join(texte.split())
    return serre if len(serre) <= CARACTERES_MAX else f"{serre[: CARACTERES_MAX - 1].rstrip()}…"
