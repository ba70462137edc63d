"""The journal of a load: events put back in the order of time, ranked and chained as the database would do it."""

from __future__ import annotations

from typing import NamedTuple

from demandes.calculs.chaine import Ligne, sceller
from planipref.pages.chargement.calendrier import JOUR, instant_utc, texte


class Fait(NamedTuple):
    """An event to come in the journal.

    Args:
        instant: when.
        demande_id: file concerned.
        nature: family and verb.
        acteur: kind and identifier.
        charge: payload, as PostgreSQL writes ``jsonb`` to text.
        de: state left.
        vers: state reached.
    """

    instant: int
    demande_id: int
    nature: str
    acteur: tuple[str, int]
    charge: str = "{}"
    de: str = ""
    vers: str = ""


class Registre:
    """A préfecture's chain, continued.

    Args:
        prefecture_id: whose chain.
        rang: rank of its present head.
        condensat: hash of its present head; empty when it has none.
        lignes: where the lines for COPY go.
    """

    def __init__(self, prefecture_id: int, rang: int, condensat: bytes, lignes: list[str]) -> None:
        self.prefecture_id = prefecture_id
        self.rang = rang
        self.condensat = condensat
        self._lignes = lignes
        self._jours: dict[int, list[Fait]] = {}

    def inscrire(self, fait: Fait) -> None:
        """Note an event; it is chained once its day (in UTC) is complete."""
        self._jours.setdefault(fait.instant // JOUR, []).append(fait)

    def sceller(self, avant: int) -> None:
        """Chain every event of the days before the one of an instant."""
        for jour in sorted(j for j in self._jours if j < avant // JOUR):
            for fait in sorted(self._jours.pop(jour), key=lambda f: f.instant):
                self._sceller(fait)

    def _sceller(self, f: Fait) -> None:
        self.rang += 1
        # The function that the verification uses: one text, one hash, nowhere else.
        ligne = Ligne(
            self.rang,
            self.prefecture_id,
            f.demande_id,
            f.nature,
            f.de,
            f.vers,
            *f.acteur,
            instant_utc(f.instant),
            f.charge,
        )
        self.condensat = sceller(self.condensat, ligne)
        self._lignes.append(
            f"{self.prefecture_id}\t{f.demande_id}\t{f.nature}\t{f.de}\t{f.vers}\t{f.acteur[0]}\t{f.acteur[1]}"
            f"\t{texte(f.instant)}\t{f.charge}\t{self.rang}\t\\\\x{self.condensat.hex()}\n"
        )
