"""Reads of the settings in force for a demande: what is asked there, who may deposit, where it goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from demandes.calculs.conditions import est_vraie, noms_de
from demandes.calculs.faits import FAITS, NOMS_DES_FAITS, Personne, expiration, faits
from demandes.calculs.vocabulaire import Nom, Vocabulaire
from demandes.models import Demande, Motif, PieceRequise, Question, RegleAiguillage, RegleEligibilite, Usager
from planipref.commun.horloge import aujourdhui
from planipref.commun.templatetags.planipref import date_civile

Exigence = TypeVar("Exigence", PieceRequise, Question)


def _en_vigueur(lignes: Iterable[Exigence]) -> list[Exigence]:
    """Put the local values in place of the national ones, on rows read for this page and never saved."""
    liste = list(lignes)
    for ligne in liste:
        local = getattr(ligne, "local", None)
        if local is None:
            continue
        ligne.actif = ligne.actif if local.actif is None else local.actif
        ligne.obligatoire = ligne.obligatoire if local.obligatoire is None else local.obligatoire
        ligne.condition = local.condition if local.condition_propre else ligne.condition
    return liste


def questions_du_motif(motif: Motif, prefecture_id: int | None) -> list[Question]:
    """Return all the questions of a motif with the values of a préfecture, those switched off too (one query)."""
    return _en_vigueur(motif.questions.avec_local(prefecture_id))


def pieces_du_motif(motif: Motif, prefecture_id: int | None) -> list[PieceRequise]:
    """Return all the pieces of a motif with the values of a préfecture, those switched off too (one query)."""
    return _en_vigueur(motif.pieces_requises.avec_local(prefecture_id))


def questions_de(demande: Demande) -> list[Question]:
    """Return the questions that a demande is asked, conditions apart: see `questions_posees`."""
    return [q for q in questions_du_motif(demande.motif, demande.prefecture_id) if q.actif]


def questions_posees(demande: Demande, reponses: dict[str, Any] | None = None) -> list[Question]:
    """Return the questions to ask, in order, as facts and answers decide (one query).

    A question that is not asked has no answer for those that follow.

    Args:
        demande: with its usager, its motif and its préfecture.
        reponses: answers to take instead of those kept, those that no longer apply included.
    """
    donnees = demande.reponses if reponses is None else reponses
    gardees: dict[str, Any] = {}
    posees = []
    for question in questions_de(demande):
        if est_vraie(question.condition, valeurs_de(demande, gardees)):
            posees.append(question)
            if question.code in donnees:
                gardees[question.code] = donnees[question.code]
    return posees


def pieces_de(demande: Demande) -> list[PieceRequise]:
    """Return the pieces that a demande may call for, conditions apart."""
    return [p for p in pieces_du_motif(demande.motif, demande.prefecture_id) if p.actif]


def valeurs_de(demande: Demande, reponses: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what conditions compare: the facts of a demande and its answers.

    The facts are those of the day of the deposit: afterwards a birthday changes nothing, nor another demande of the
    same person, a merge of records, or a change of language.

    Args:
        demande: with its usager, its motif and its préfecture.
        reponses: answers to take instead of those kept.
    """
    donnees = demande.reponses if reponses is None else reponses
    jour = aujourdhui(demande.prefecture.fuseau, demande.deposee_le)
    valeurs = faits(
        _personne(demande),
        motif=demande.motif.code,
        prefecture=demande.prefecture.departement,
        canal=demande.canal,
        jour=jour,
        expire_le=expiration(demande.motif.fenetre_depot, donnees),
    )
    return valeurs | donnees


def _personne(demande: Demande) -> Personne:
    """Return the person as deposited; of a draft, or of a deposit from before this was kept, read from the record.

    The counter asks little: what it did not know is read from the record, once somebody wrote it there.
    """
    gardee, fiche = demande.personne_au_depot, personne_de(demande.usager)
    if gardee is None:
        return fiche
    if demande.canal == Demande.Canal.GUICHET:
        return Personne.relue(asdict(fiche) | {c: v for c, v in gardee.items() if v})
    return Personne.relue(gardee)


def personne_de(usager: Usager) -> Personne:
    """Return the facts of a person."""
    champs = ("date_naissance", "nationalite", "numero_etranger", "code_postal", "commune", "langue")
    return Personne(**{c: getattr(usager, c) for c in champs}, certifiee=usager.est_certifie)


def nom_de(question: Question) -> Nom:
    """Return a question as conditions name it."""
    options = {str(o["valeur"]): str(o["libelle"]) for o in question.options}
    return Nom(question.code, question.libelle, question.genre, options)


def vocabulaire_du_motif(motif: Motif | None, avant: Question | None = None) -> Vocabulaire:
    """Return what a condition of a motif may name (one query).

    Args:
        motif: None for the facts alone: a rule of all motifs.
        avant: the question that carries the condition: only those before it count.
    """
    questions = list(motif.questions.order_by("ordre", "pk")) if motif else []
    noms = [*FAITS] if motif else [*FAITS, _nom_des_motifs()]
    rang = next((r for r, q in enumerate(questions) if avant and q.pk == avant.pk), len(questions))
    return Vocabulaire([*noms, *map(nom_de, questions[:rang])], plus_tard=[q.code for q in questions[rang:]])


def vocabulaire_des_dates() -> Vocabulaire:
    """Return the facts and every question that is a date: enough to write a condition of any motif (one query)."""
    questions = Question.objects.filter(genre=Question.Genre.DATE).order_by("pk")
    return Vocabulaire([*FAITS, *{q.code: nom_de(q) for q in questions}.values()])


def _nom_des_motifs() -> Nom:
    """Return the fact `motif` with the codes that exist: a rule of all motifs chooses among them."""
    codes = dict(Motif.objects.order_by("code").values_list("code", "libelle_court"))
    return Nom("motif", "la démarche", "choix", codes, '"ETR-DUP"', fait=True)


def regles_du_motif(motif_id: int, prefecture_id: int | None) -> list[RegleEligibilite]:
    """Return the rules of eligibility of a motif in a préfecture, those switched off too (one query).

    A local rule that replaces a national one stands in its place.
    """
    regles = list(RegleEligibilite.objects.pour(motif_id, prefecture_id))
    remplacees = {r.remplace_id for r in regles}
    return [r for r in regles if r.pk not in remplacees]


@dataclass(frozen=True)
class AvisEligibilite:
    """A rule that holds: this motif is not for them.

    Args:
        message: why.
        ailleurs: where to go instead; empty when nothing is written.
        bloquante: whether the deposit is refused; else it is a warning.
    """

    message: str
    ailleurs: str
    bloquante: bool


def avis_eligibilite(demande: Demande, *, connu_seulement: bool = False) -> list[AvisEligibilite]:
    """Return the rules that hold, those that refuse first (one query).

    Args:
        demande: with its usager, its motif and its préfecture.
        connu_seulement: leave the rules that name something not said yet: « est vide » is not true of a question
            that nobody was asked.
    """
    regles = [r for r in regles_du_motif(demande.motif_id, demande.prefecture_id) if r.actif]
    if not regles:
        return []
    valeurs = valeurs_de(demande)
    if connu_seulement:
        regles = [r for r in regles if all(_est_dit(nom, demande, valeurs) for nom in noms_de(r.condition))]
    tenues = [AvisEligibilite(r.message, r.ailleurs, r.bloquante) for r in regles if est_vraie(r.condition, valeurs)]
    return sorted(tenues, key=lambda a: not a.bloquante)


def _est_dit(nom: str, demande: Demande, valeurs: dict[str, Any]) -> bool:
    """Tell whether a question was passed, or a fact is known; all the facts are once identity and address are given."""
    if nom in demande.reponses or valeurs.get(nom) not in (None, ""):
        return True
    return nom in NOMS_DES_FAITS and bool(demande.usager.nom and demande.usager.adresse)


def regle_d_aiguillage(demande: Demande) -> RegleAiguillage | None:
    """Return the first rule of routing that holds (one query)."""
    regles = list(RegleAiguillage.objects.pour(demande.motif_id, demande.prefecture_id))
    valeurs = valeurs_de(demande) if regles else {}
    return next((r for r in regles if est_vraie(r.condition, valeurs)), None)


def reponses_lues(demande: Demande) -> list[tuple[str, str, str]]:
    """Return the answers that count, in the order of the form: code of the question, its words, the answer in words."""
    lignes = []
    valeurs = valeurs_de(demande)
    for question in questions_du_motif(demande.motif, demande.prefecture_id):
        valeur = demande.reponses.get(question.code)
        if valeur not in (None, "") and est_vraie(question.condition, valeurs):
            lignes.append((question.code, question.libelle, _en_mots(question, valeur)))
    return lignes


def _en_mots(question: Question, valeur: Any) -> str:
    texte = str(valeur)
    if question.genre == Question.Genre.DATE:
        return str(date_civile(texte)) if len(texte) >= 10 else texte
    libelles = {str(o.get("valeur")): str(o.get("libelle")) for o in question.options if isinstance(o, dict)}
    if question.genre == Question.Genre.OUI_NON:
        libelles = {"oui": "Oui", "non": "Non", "True": "Oui", "False": "Non"} | libelles
    return libelles.get(texte, texte)
