"""The pages of the deposit, in order, for one demande."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from demandes.models import Demande
from demandes.selectors_reglages import pieces_de, questions_de

IDENTITE, COORDONNEES, QUESTIONS, PIECES, RECAPITULATIF = (
    "identite",
    "coordonnees",
    "questions",
    "pieces",
    "recapitulatif",
)
TITRES = {
    IDENTITE: _("Qui êtes-vous ?"),
    COORDONNEES: _("Comment vous joindre ?"),
    QUESTIONS: _("Votre situation"),
    PIECES: _("Vos documents"),
    RECAPITULATIF: _("Vérifiez et déposez"),
}


@dataclass(frozen=True)
class Position:
    """Where a page stands in the deposit.

    Args:
        etape: code of the page.
        codes: pages of this demande, in order.
    """

    etape: str
    codes: tuple[str, ...]

    @property
    def titre(self) -> str:
        """Title of the page."""
        return str(TITRES[self.etape])

    @property
    def rang(self) -> int:
        """Rank of the page, from 1."""
        return self.codes.index(self.etape) + 1

    @property
    def total(self) -> int:
        """Number of pages."""
        return len(self.codes)

    @property
    def precedente(self) -> str:
        """Code of the page before; empty on the first one."""
        return self.codes[self.rang - 2] if self.rang > 1 else ""

    @property
    def suivante(self) -> str:
        """Code of the page after; empty on the last one."""
        return self.codes[self.rang] if self.rang < self.total else ""

    @property
    def titre_suivant(self) -> str:
        """Title of the page after; empty on the last one."""
        return str(TITRES[self.suivante]) if self.suivante else ""


def etapes_du_depot(demande: Demande) -> tuple[str, ...]:
    """Return the pages that this motif needs: no questions, no page of questions."""
    codes = [IDENTITE, COORDONNEES]
    if questions_de(demande):
        codes.append(QUESTIONS)
    if any(not p.au_guichet for p in pieces_de(demande)):
        codes.append(PIECES)
    return (*codes, RECAPITULATIF)


def etape_a_reprendre(demande: Demande) -> str:
    """Return the first page that still has nothing in it."""
    codes = etapes_du_depot(demande)
    if not demande.usager.nom:
        return IDENTITE
    if not demande.usager.adresse:
        return COORDONNEES
    if QUESTIONS in codes and not demande.reponses:
        return QUESTIONS
    return PIECES if PIECES in codes else RECAPITULATIF
