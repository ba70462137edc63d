"""What the dossier unique shows: the same blocks at every state and for every motif."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demandes.acteur import Acteur
from demandes.cycle import PIECES_OUVERTES, Etat
from demandes.droits import Droit
from demandes.forms.verification import FormulaireMessage
from demandes.models import Convocation, Demande, Evenement, Notification, Piece, SuiteNonRemise
from demandes.models.journal import SANS_SUITE
from demandes.querysets import CODE_ACCES
from demandes.selectors import PieceAttendue, doublon_de, etapes_suivies, pieces_attendues
from demandes.selectors_reglages import reponses_lues
from demandes.services.avis import peut_saisir_avis
from demandes.services.courriels import objet_court
from demandes.services.notifications import dire_canaux
from demandes.services.pieces import peut_constater
from planipref.commun.formulaires import FormulaireDsfr
from planipref.commun.langues import code_django
from planipref.commun.nombres import nombre
from planipref.pages.actions import Action, formulaire_de, offertes
from planipref.pages.journal import phrases
from planipref.pages.listes import delai_de
from planning.models import RendezVous
from planning.selectors_besoins import besoins_en_clair

EVENEMENTS_MONTRES = 100
RAISONS_USUELLES = (
    "Document illisible : envoyez une photo plus nette.",
    "Document périmé.",
    "Document incomplet : il manque une page ou une face.",
    "Ce n’est pas le document demandé.",
    "Le nom ne correspond pas à celui de la demande.",
    "Traduction par un traducteur agréé à joindre.",
)


def _active(convocations: Sequence[Convocation]) -> int:
    """Return the convocation whose link lives, or the one that bears the link of its family; 0 when none does."""
    actives = (c.jointe_a_id or c.pk for c in convocations if c.etat == Convocation.Etat.ACTIVE)
    return next(actives, 0)


@dataclass(frozen=True)
class LignePiece:
    """One line of the checklist.

    Args:
        attendue: what is asked for and what was given.
        statut: ``attendue``, ``recue``, ``conforme``, ``non_conforme`` or ``facultative``.
        libelle_statut: the same in words.
        choisie: whether it is the one shown beside.
    """

    attendue: PieceAttendue
    statut: str
    libelle_statut: str
    choisie: bool

    @property
    def piece(self) -> Piece | None:
        """The file given."""
        return self.attendue.piece

    @property
    def peut_recevoir(self) -> bool:
        """Say whether the line offers to add a file: nothing right yet, and no file waiting its turn."""
        return self.statut != "conforme" and (self.choisie or self.statut != "recue")

    @property
    def est_image(self) -> bool:
        """Say whether the file shows as an image rather than in a frame."""
        return self.piece is not None and self.piece.type_contenu.startswith("image/")


def checklist(attendues: list[PieceAttendue], cle: str, *, a_verifier: bool) -> list[LignePiece]:
    """Return the lines of the checklist.

    Args:
        attendues: pieces of the demande.
        cle: key of the piece to show, from the address; else the first to check.
        a_verifier: whether pieces are being checked; when not, nothing opens by itself.
    """
    choisie = next((a.piece for a in attendues if a.piece and str(a.piece.cle) == cle), None)
    if choisie is None and a_verifier:
        ouvertes = (a.piece for a in attendues if a.piece and a.piece.verdict == Piece.Verdict.A_VERIFIER)
        choisie = next(ouvertes, None)
    return [LignePiece(a, *_statut(a), choisie is not None and a.piece == choisie) for a in attendues]


def _statut(attendue: PieceAttendue) -> tuple[str, str]:
    piece = attendue.piece
    if piece is None:
        if attendue.requise.au_guichet:
            return "facultative", "Au guichet"
        return ("attendue", "Manquante") if attendue.exigee else ("facultative", "Facultative")
    if piece.verdict == Piece.Verdict.CONFORME:
        return "conforme", "Original vu" if piece.vue_au_guichet else "Conforme"
    if piece.verdict == Piece.Verdict.NON_CONFORME:
        return "non_conforme", "Non conforme"
    return ("recue", "À vérifier") if piece.scan == Piece.Scan.SAINE else ("recue", piece.get_scan_display())


def reponses(demande: Demande) -> list[tuple[str, str]]:
    """Return the answers that count, in the order of the form, in words."""
    return [(libelle, texte) for _, libelle, texte in reponses_lues(demande)]


@dataclass(frozen=True)
class ActionOfferte:
    """An act with its form.

    Args:
        action: the act.
        form: its form, None when a page of its own asks first.
        empechee: whether the pieces must be found right before.
    """

    action: Action
    form: FormulaireDsfr | None
    empechee: bool = False


def actions_offertes(
    demande: Demande,
    par: Acteur,
    convocations: list[Convocation],
    *,
    maintenant: datetime,
    attendues: list[PieceAttendue],
) -> list[ActionOfferte]:
    """Return the acts that the agent may do, with their forms."""
    incomplete = any(p.empeche_la_completude for p in attendues)
    remise = any(
        c.objet == Convocation.Objet.REMISE and c.etat == Convocation.Etat.ACTIVE and c.expire_le > maintenant
        for c in convocations
    )
    return [
        ActionOfferte(
            a,
            None if a.a_confirmer else formulaire_de(a, demande, par, maintenant=maintenant),
            empechee=incomplete and a.transition == "constater_completude",
        )
        for a in offertes(demande, par, convoquee_pour_remise=remise)
    ]


def reste_a_faire(attendues: list[PieceAttendue]) -> str:
    """Say what the pieces still lack before completeness: to check, or to ask for."""
    restantes = [p for p in attendues if p.empeche_la_completude]
    manquantes = sum(p.manque for p in restantes)
    if len(restantes) > manquantes:
        return f"Il reste {nombre(len(restantes) - manquantes, 'pièce', 'pièces')} à vérifier"
    return nombre(manquantes, "pièce manque ou n’est pas conforme", "pièces manquent ou ne sont pas conformes")


def contexte_dossier(demande: Demande, par: Acteur, *, cle_piece: str, maintenant: datetime) -> dict[str, Any]:
    """Return everything that the page shows; the number of queries depends on the state only."""
    convocations = list(demande.convocations.select_related("emise_par").prefetch_related("sites"))
    verifie = par.peut_sur(Droit.VERIFIER, demande)
    ouvertes = demande.etat in PIECES_OUVERTES
    attendues = pieces_attendues(demande)
    pieces = checklist(attendues, cle_piece, a_verifier=demande.etat in (Etat.DEPOSEE, Etat.A_COMPLETER))
    evenements = Evenement.objects.du_dossier(demande.pk).order_by("-le", "-pk")[:EVENEMENTS_MONTRES]
    return {
        "demande": demande,
        "doublon": doublon_de(demande.usager, par) if verifie else None,
        "prevenu_par": dire_canaux(demande),
        "etapes": etapes_suivies(demande),
        "delai": delai_de(demande),
        "reponses": reponses(demande),
        "pieces": pieces,
        "choisie": next((p for p in pieces if p.choisie), None),
        "peut_verifier": verifie and ouvertes,
        "peut_constater": ouvertes and peut_constater(demande, par),
        "peut_joindre": ouvertes and (verifie or par.peut_sur(Droit.OUVRIR, demande)),
        "peut_ecrire": verifie,
        "raisons": RAISONS_USUELLES,
        "actions": actions_offertes(demande, par, convocations, maintenant=maintenant, attendues=attendues),
        "reste_a_faire": reste_a_faire(attendues),
        "complements": list(demande.complements.all()),
        "convocations": convocations,
        "besoins": besoins_en_clair([c.pk for c in convocations]).get(_active(convocations), []),
        "rendez_vous": list(RendezVous.objects.du_dossier(demande.pk)),
        "decision": getattr(demande, "decision", None),
        "avis": list(demande.avis.avec_signatures().order_by("-pk")) if demande.motif.examen else [],
        "peut_saisir_avis": peut_saisir_avis(demande, par),
        "actes": list(demande.actes.all()),
        "envois": envois(demande, verifie=verifie),
        "fil": list(demande.messages.select_related("agent", "organisme", "piece_jointe")),
        "mandats": list(demande.mandats.du_dossier(demande.pk)),
        "famille": _famille(demande, par),
        "form_message": FormulaireMessage(auto_id="message-%s"),
        "journal": phrases(evenements),
        "journal_plafond": EVENEMENTS_MONTRES,
    }


@dataclass(frozen=True)
class Famille:
    """The other demandes of a family, as an agent may see them.

    Args:
        demandes: those that the agent may open.
        ailleurs: how many others another service follows.
    """

    demandes: list[Demande]
    ailleurs: int


def _famille(demande: Demande, par: Acteur) -> Famille | None:
    """Return the rest of the family, drafts apart (one query); None when the demande is alone."""
    siennes = Demande.objects.deposees().de_la_famille(demande).exclude(pk=demande.pk)
    autres = list(siennes.select_related("usager", "motif"))
    visibles = [d for d in autres if par.peut_sur(Droit.CONSULTER, d)]
    return Famille(visibles, len(autres) - len(visibles)) if autres else None


@dataclass(frozen=True)
class Envoi:
    """A message to the usager, as the agent reads what became of it.

    Args:
        notification: the message.
        objet: what it is about.
        situation: what became of it, in words, before its dates.
        peut_revenir: whether the agent may say that the post brought it back.
        a_traiter: whether it did not arrive, and nobody has dealt with it.
        suite: what an agent did about it, in words.
        muet: why its words are not shown, when it left and they are not kept.
        langue: code of the language of its words; empty for a letter, which may say them in two.
    """

    notification: Notification
    objet: str
    situation: str
    peut_revenir: bool
    a_traiter: bool
    suite: str
    muet: str
    langue: str


def envois(demande: Demande, *, verifie: bool) -> list[Envoi]:
    """Return the messages of a file, oldest first, with what became of each (one query)."""
    langue = code_django(demande.usager.langue)
    lues = demande.notifications.select_related("suite__agent", "lot").order_by("pk")
    return [_envoi(n, langue, verifie=verifie) for n in lues]


def _envoi(notification: Notification, langue: str, *, verifie: bool) -> Envoi:
    suite = getattr(notification, "suite", None)
    par_lettre = notification.canal == Notification.Canal.COURRIER
    partie = notification.etat == Notification.Etat.ENVOYEE
    perdue = notification.etat == Notification.Etat.ECHEC or notification.refusee_le is not None
    return Envoi(
        notification,
        objet_court(notification.modele),
        _situation_de_la_lettre(notification) if par_lettre else notification.get_etat_display().lower(),
        peut_revenir=verifie and par_lettre and partie and not perdue,
        a_traiter=verifie and perdue and suite is None and notification.modele not in SANS_SUITE,
        suite=_dire_la_suite(suite) if suite else "",
        muet=_pourquoi_muet(notification.modele) if partie and not notification.texte else "",
        langue="" if par_lettre else langue,
    )


def _pourquoi_muet(modele: str) -> str:
    if modele == CODE_ACCES:
        return "Son texte n’est pas gardé : il donnait un code d’accès."
    return "Son texte n’a pas été gardé : il est parti avant que PlaniPref ne garde ce qu’il envoie."


def _situation_de_la_lettre(lettre: Notification) -> str:
    if lettre.sans_adresse:
        return "jamais partie, aucune adresse"
    if lettre.lot is not None:
        return f"{'postée' if lettre.envoyee_le else 'préparée'}, lot n° {lettre.lot.numero},"
    return "attend d’être imprimée" if lettre.etat == Notification.Etat.A_ENVOYER else lettre.get_etat_display().lower()


def _dire_la_suite(suite: SuiteNonRemise) -> str:
    note = f" ({suite.note})" if suite.note else ""
    return f"{suite.get_issue_display().lower()}{note} par {suite.agent}"
