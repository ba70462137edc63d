"""The pages of the deposit, in order, for one demande."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from demandes.models import Demande, Question
from demandes.selectors_reglages import pieces_de, questions_posees

IDENTITE, COORDONNEES, QUESTIONS, PIECES, RECAPITULATIF = (
    "identite",
    "coordonnees",
    "questions",
    "pieces",
    "recapitulatif",
)
CORRIGE = "corrige"  # in the address of a page reached from the summary
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
        demande: the draft.
        etape: code of the step.
        codes: steps of this demande, in order.
        question: code of the question asked on the page, in the step of the questions.
        corrige: whether the page was reached from the summary, and leads back to it.
        proche: who began the draft for the person now in front of it, and still reads it; empty for anybody else.
    """

    demande: Demande
    etape: str
    codes: tuple[str, ...]
    question: str = ""
    corrige: bool = False
    proche: str = ""

    @property
    def titre(self) -> str:
        """Title of the step; who answers for somebody else is not asked who they are."""
        pour_un_proche = self.demande.principale_id is not None and not self.proche
        if pour_un_proche and self.etape == IDENTITE:
            return str(_("Qui est cette personne ?"))
        return str(TITRES[self.etape])

    @property
    def rang(self) -> int:
        """Rank of the step, from 1."""
        return self.codes.index(self.etape) + 1

    @property
    def total(self) -> int:
        """Number of steps."""
        return len(self.codes)

    @property
    def titre_suivant(self) -> str:
        """Title of the step after; empty on the last one."""
        return str(TITRES[self.codes[self.rang]]) if self.rang < self.total else ""

    @cached_property
    def questions(self) -> list[Question]:
        """Questions to ask, as the answers given before this page decide."""
        return questions_posees(self.demande)

    @property
    def rang_question(self) -> int:
        """Rank of the question of the page, from 1."""
        return [q.code for q in self.questions].index(self.question) + 1

    @property
    def precedente(self) -> str:
        """Address of the page before; empty on the first one."""
        if self.corrige:
            return adresse(self.demande, RECAPITULATIF)
        if self.question and self.rang_question > 1:
            return adresse_question(self.demande, self.questions[self.rang_question - 2].code)
        return adresse(self.demande, self.codes[self.rang - 2]) if self.rang > 1 else ""

    def suivante(self) -> str:
        """Return the address of the page after, once what the page asks is saved."""
        if self.corrige:
            manque = question_a_poser(self.demande)
            if manque:
                return adresse_question(self.demande, manque, corrige=True)
            return adresse(self.demande, RECAPITULATIF)
        codes = [q.code for q in questions_posees(self.demande)] if self.question else []
        reste = codes[codes.index(self.question) + 1 :] if self.question in codes else []
        return adresse_question(self.demande, reste[0]) if reste else adresse(self.demande, self.codes[self.rang])


def adresse(demande: Demande, etape: str, *, corrige: bool = False) -> str:
    """Return the address of a step; `corrige` makes it lead back to the summary."""
    return _vers_le_recapitulatif(reverse("demandes:depot_etape", args=[demande.cle, etape]), corrige)


def adresse_question(demande: Demande, code: str, *, corrige: bool = False) -> str:
    """Return the address of the page of a question; `corrige` makes it lead back to the summary."""
    return _vers_le_recapitulatif(reverse("demandes:depot_question", args=[demande.cle, code]), corrige)


def _vers_le_recapitulatif(chemin: str, corrige: bool) -> str:
    return f"{chemin}?{CORRIGE}=1" if corrige else chemin


def question_a_poser(demande: Demande) -> str:
    """Return the code of the first question never passed; empty when each was."""
    return next((q.code for q in questions_posees(demande) if q.code not in demande.reponses), "")


def etapes_du_depot(demande: Demande) -> tuple[str, ...]:
    """Return the steps that this motif needs: no questions, no step of questions."""
    codes = [IDENTITE, COORDONNEES]
    if questions_posees(demande):
        codes.append(QUESTIONS)
    if any(not p.au_guichet for p in pieces_de(demande)):
        codes.append(PIECES)
    return (*codes, RECAPITULATIF)


def etape_a_reprendre(demande: Demande) -> str:
    """Return the first step that still has nothing in it."""
    codes = etapes_du_depot(demande)
    if not demande.usager.nom:
        return IDENTITE
    if not demande.usager.adresse:
        return COORDONNEES
    if question_a_poser(demande):
        return QUESTIONS
    return PIECES if PIECES in codes else RECAPITULATIF
