"""What the summary of a draft shows, in the words of the questions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from demandes.forms.depot import FormulaireCoordonnees, FormulaireIdentite, valeur_de
from demandes.models import Acte, Demande, Question
from demandes.selectors import PieceAttendue, pieces_attendues
from demandes.selectors_reglages import questions_posees
from demandes.views.parcours import (
    COORDONNEES,
    IDENTITE,
    PIECES,
    QUESTIONS,
    TITRES,
    adresse,
    adresse_question,
    etapes_du_depot,
)
from demandes.views.televersement import en_ligne
from planipref.commun.formulaires import ChampDate, ChampTelephone, FormulaireDsfr
from planipref.commun.templatetags.planipref import date_civile, traduit


@dataclass(frozen=True)
class Ligne:
    """One line of the summary.

    Args:
        question: what was asked.
        reponse: the answer, in words.
        adresse: page that changes this answer alone; empty when a page of the block holds several.
    """

    question: str
    reponse: str
    adresse: str = ""


@dataclass(frozen=True)
class Bloc:
    """One part of the summary.

    Args:
        etape: code of the step.
        lignes: questions and answers.
        adresse: page that changes them together; empty when each has its own.
    """

    etape: str
    lignes: list[Ligne]
    adresse: str = ""

    @property
    def titre(self) -> str:
        """Title of the page."""
        return str(TITRES[self.etape])


@dataclass(frozen=True)
class Recapitulatif:
    """The whole summary.

    Args:
        blocs: identity, contact, answers.
        pieces: documents to send, with what was given.
        adresse_pieces: page of the documents; empty when the motif asks for none.
    """

    blocs: list[Bloc]
    pieces: list[PieceAttendue]
    adresse_pieces: str


def recapituler(demande: Demande) -> Recapitulatif:
    """Return the summary of a draft."""
    codes = etapes_du_depot(demande)
    blocs = [
        _bloc(IDENTITE, FormulaireIdentite(demande=demande), demande),
        _bloc(COORDONNEES, FormulaireCoordonnees(demande=demande), demande),
    ]
    if QUESTIONS in codes:
        blocs.append(Bloc(QUESTIONS, reponses_lisibles(demande)))
    adresse_pieces = adresse(demande, PIECES, corrige=True) if PIECES in codes else ""
    return Recapitulatif(blocs, en_ligne(pieces_attendues(demande)), adresse_pieces)


def reponses_lisibles(demande: Demande) -> list[Ligne]:
    """Return the questions that apply, with the answers as people say them."""
    return [
        Ligne(
            traduit(q.libelle),
            _dire(q, demande.reponses.get(q.code)),
            adresse_question(demande, q.code, corrige=True),
        )
        for q in questions_posees(demande)
    ]


def accuse_de(demande: Demande) -> Acte | None:
    """Return the receipt of a deposited demande."""
    return demande.actes.filter(genre=Acte.Genre.ACCUSE_RECEPTION).first()


def _bloc(etape: str, form: FormulaireDsfr, demande: Demande) -> Bloc:
    return Bloc(etape, _lignes(form, demande), adresse(demande, etape, corrige=True))


def _lignes(form: FormulaireDsfr, demande: Demande) -> list[Ligne]:
    lignes = []
    for nom, champ in form.fields.items():
        valeur: Any = valeur_de(demande, nom)
        if isinstance(champ, ChampDate):
            valeur = date_civile(valeur)
        elif isinstance(champ, ChampTelephone):
            valeur = champ.prepare_value(valeur)
        elif nom == "langue":
            valeur = demande.usager.get_langue_display()
        lignes.append(Ligne(str(champ.label), str(valeur) or _("Non renseigné")))
    return lignes


def _dire(question: Question, reponse: Any) -> str:
    if reponse in (None, ""):
        return str(_("Pas de réponse"))
    if question.genre == Question.Genre.OUI_NON:
        return str(_("Oui") if reponse == "oui" else _("Non"))
    if question.genre == Question.Genre.DATE:
        return date_civile(date.fromisoformat(str(reponse)))
    if question.genre == Question.Genre.TELEPHONE:
        return str(ChampTelephone().prepare_value(reponse))
    options = {o["valeur"]: traduit(o["libelle"]) for o in question.options}
    return options.get(reponse, str(reponse))
