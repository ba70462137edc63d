"""What the summary of a draft shows, in the words of the questions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from demandes.calculs.conditions import est_vraie
from demandes.forms.depot import FormulaireCoordonnees, FormulaireIdentite, valeur_de
from demandes.models import Acte, Demande, Question
from demandes.selectors import PieceAttendue, pieces_attendues
from demandes.views.parcours import COORDONNEES, IDENTITE, PIECES, QUESTIONS, TITRES, etapes_du_depot
from demandes.views.televersement import en_ligne
from planipref.commun.formulaires import ChampDate, ChampTelephone, FormulaireDsfr
from planipref.commun.templatetags.planipref import date_civile, traduit


@dataclass(frozen=True)
class Bloc:
    """One part of the summary, with the page that changes it.

    Args:
        etape: code of the page.
        lignes: question and answer.
    """

    etape: str
    lignes: list[tuple[str, str]]

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
        etape_pieces: code of the page of documents; empty when the motif asks for none.
    """

    blocs: list[Bloc]
    pieces: list[PieceAttendue]
    etape_pieces: str


def recapituler(demande: Demande) -> Recapitulatif:
    """Return the summary of a draft."""
    codes = etapes_du_depot(demande)
    blocs = [
        Bloc(IDENTITE, _lignes(FormulaireIdentite(demande=demande), demande)),
        Bloc(COORDONNEES, _lignes(FormulaireCoordonnees(demande=demande), demande)),
    ]
    if QUESTIONS in codes:
        blocs.append(Bloc(QUESTIONS, reponses_lisibles(demande)))
    return Recapitulatif(blocs, en_ligne(pieces_attendues(demande)), PIECES if PIECES in codes else "")


def reponses_lisibles(demande: Demande) -> list[tuple[str, str]]:
    """Return the questions that apply, with the answers as people say them."""
    return [
        (traduit(q.libelle), _dire(q, demande.reponses.get(q.code)))
        for q in demande.motif.questions.all()
        if est_vraie(q.condition, demande.reponses)
    ]


def accuse_de(demande: Demande) -> Acte | None:
    """Return the receipt of a deposited demande."""
    return demande.actes.filter(genre=Acte.Genre.ACCUSE_RECEPTION).first()


def _lignes(form: FormulaireDsfr, demande: Demande) -> list[tuple[str, str]]:
    lignes = []
    for nom, champ in form.fields.items():
        valeur: Any = valeur_de(demande, nom)
        if isinstance(champ, ChampDate):
            valeur = date_civile(valeur)
        elif isinstance(champ, ChampTelephone):
            valeur = champ.prepare_value(valeur)
        elif nom == "langue":
            valeur = demande.usager.get_langue_display()
        lignes.append((str(champ.label), str(valeur) or _("Non renseigné")))
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
