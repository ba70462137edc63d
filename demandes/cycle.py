"""The life of a demande: one table of transitions. Services, buttons, triggers, docs and tests derive from it.

Pure data, without Django. `demandes.services.transitions.appliquer` is the only code that follows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from demandes.droits import Droit
from planipref.commun.textes import gettext_noop


class Etat(StrEnum):
    """States of a demande, in the order of a life."""

    BROUILLON = "brouillon"
    DEPOSEE = "deposee"
    A_COMPLETER = "a_completer"
    COMPLETE = "complete"
    CONVOQUEE = "convoquee"
    RDV_PRIS = "rdv_pris"
    RECUE = "recue"
    EN_INSTRUCTION = "en_instruction"
    ACCORDEE = "accordee"
    REFUSEE = "refusee"
    A_REMETTRE = "a_remettre"
    REMISE = "remise"
    SANS_SUITE = "sans_suite"
    CLOTUREE = "cloturee"


LIBELLES: dict[str, str] = {
    Etat.BROUILLON: gettext_noop("Brouillon"),
    Etat.DEPOSEE: gettext_noop("Déposée"),
    Etat.A_COMPLETER: gettext_noop("À compléter"),
    Etat.COMPLETE: gettext_noop("Complète"),
    Etat.CONVOQUEE: gettext_noop("Convoquée"),
    Etat.RDV_PRIS: gettext_noop("Rendez-vous pris"),
    Etat.RECUE: gettext_noop("Reçue au guichet"),
    Etat.EN_INSTRUCTION: gettext_noop("En instruction"),
    Etat.ACCORDEE: gettext_noop("Accordée"),
    Etat.REFUSEE: gettext_noop("Refusée"),
    Etat.A_REMETTRE: gettext_noop("Titre à remettre"),
    Etat.REMISE: gettext_noop("Titre remis"),
    Etat.SANS_SUITE: gettext_noop("Sans suite"),
    Etat.CLOTUREE: gettext_noop("Clôturée"),
}

# The step of the journey each state belongs to; 0 where no step applies.
ETAPE_DE: dict[str, int] = {
    Etat.BROUILLON: 0,
    Etat.DEPOSEE: 1,
    Etat.A_COMPLETER: 1,
    Etat.COMPLETE: 1,
    Etat.CONVOQUEE: 2,
    Etat.RDV_PRIS: 2,
    Etat.RECUE: 2,
    Etat.EN_INSTRUCTION: 3,
    Etat.ACCORDEE: 3,
    Etat.REFUSEE: 3,
    Etat.A_REMETTRE: 4,
    Etat.REMISE: 4,
    Etat.SANS_SUITE: 0,
    Etat.CLOTUREE: 0,
}

COMPLETUDE, RECEPTION, DECISION, REMISE = 1, 2, 3, 4
LIBELLES_ETAPES = {
    COMPLETUDE: gettext_noop("Vérification du dossier"),
    RECEPTION: gettext_noop("Rendez-vous en préfecture"),
    DECISION: gettext_noop("Décision"),
    REMISE: gettext_noop("Remise du titre"),
}


@dataclass(frozen=True)
class Regles:
    """What the table needs to know of a motif.

    Args:
        etapes: steps the motif uses, among 1 to 4.
        plein_droit: whether the decision may fall at the counter.
        examen: whether the person may be convoked to an agréé doctor, who receives them as a counter would.
    """

    etapes: frozenset[int]
    plein_droit: bool
    examen: bool = False


Condition = Callable[[Regles, str], bool]


@dataclass(frozen=True)
class Transition:
    """One row of the table.

    Args:
        nom: verb of the trade, name of the service.
        depuis: states it may start from.
        vers: state it leads to.
        droits: rights, one of which the actor must hold.
        libelle: what the button says.
        hook: `data-action` of the button.
        si: condition on the motif's rules and the present state; None when there is none.
        retours: states it goes back to when the convocation that it ends was given from one of them.
        reprise: whether only the import of the appointments of the former booking module may use it: no button, no path
            of an ordinary life.
    """

    nom: str
    depuis: tuple[Etat, ...]
    vers: Etat
    droits: tuple[Droit, ...]
    libelle: str
    hook: str
    si: Condition | None = None
    retours: tuple[Etat, ...] = ()
    reprise: bool = False

    @property
    def arrivees(self) -> tuple[Etat, ...]:
        """States that it may lead to."""
        return (self.vers, *self.retours)

    def arrivee(self, regles: Regles, avant: str | None) -> Etat:
        """Return the state that it leads to, when the convocation that it ends was given from another."""
        retours = (e for e in self.retours if e == avant and (e != Etat.DEPOSEE or COMPLETUDE in regles.etapes))
        return next(retours, self.vers)

    def permise(self, regles: Regles, etat: str) -> bool:
        """Say whether the motif lets this transition leave this state."""
        return etat in self.depuis and (self.si is None or self.si(regles, etat))


def _completude(r: Regles, _: str) -> bool:
    return COMPLETUDE in r.etapes


def _reception(r: Regles, etat: str) -> bool:
    """Reception, at a counter or at a doctor's, follows completeness, unless the motif has no step 1.

    Under examination only a doctor is seen again: an opinion is out of date, or sends to the commission.
    """
    if etat == Etat.EN_INSTRUCTION:
        return r.examen
    return (RECEPTION in r.etapes or r.examen) and (etat != Etat.DEPOSEE or COMPLETUDE not in r.etapes)


def _reprise(r: Regles, _: str) -> bool:
    """An appointment of the former module is taken over where somebody is received, checked already or not."""
    return RECEPTION in r.etapes


def _instruction(r: Regles, etat: str) -> bool:
    """Examination follows reception; a motif without step 2 goes there once complete."""
    if DECISION not in r.etapes:
        return False
    if etat == Etat.RECUE:
        return True
    if etat == Etat.COMPLETE:
        return RECEPTION not in r.etapes
    return RECEPTION not in r.etapes and COMPLETUDE not in r.etapes


def _decision(r: Regles, etat: str) -> bool:
    """At the counter only a plein-droit motif is decided: once received, or complete when nobody has to come."""
    if etat == Etat.COMPLETE and RECEPTION in r.etapes:
        return False
    return DECISION in r.etapes and (etat == Etat.EN_INSTRUCTION or r.plein_droit)


def _titre(r: Regles, etat: str) -> bool:
    """The title comes after the last step before 4 that the motif uses."""
    avant = max((e for e in r.etapes if e < REMISE), default=0)
    attendu = {0: Etat.DEPOSEE, 1: Etat.COMPLETE, 2: Etat.RECUE, 3: Etat.ACCORDEE}[avant]
    return REMISE in r.etapes and etat == attendu


def _cloture(r: Regles, etat: str) -> bool:
    """Nothing is closed before its last step."""
    if etat in (Etat.REMISE, Etat.REFUSEE, Etat.SANS_SUITE):
        return True
    if etat == Etat.ACCORDEE:
        return REMISE not in r.etapes
    return DECISION not in r.etapes and REMISE not in r.etapes


E = Etat
EN_COURS: tuple[Etat, ...] = (
    E.DEPOSEE,
    E.A_COMPLETER,
    E.COMPLETE,
    E.CONVOQUEE,
    E.RDV_PRIS,
    E.RECUE,
    E.EN_INSTRUCTION,
)
TERMINAUX: tuple[Etat, ...] = (E.CLOTUREE,)
# The legal clock has ended in these states: a decision or a withdrawal answered the demande.
REPONDUS: tuple[Etat, ...] = (
    E.ACCORDEE,
    E.REFUSEE,
    E.A_REMETTRE,
    E.REMISE,
    E.SANS_SUITE,
    E.CLOTUREE,
)

# When an agent may add pieces, of which the usager brings or sends the missing ones.
PIECES_OUVERTES: tuple[Etat, ...] = (E.DEPOSEE, E.A_COMPLETER, E.COMPLETE, E.CONVOQUEE, E.RDV_PRIS, E.RECUE)

TABLE: tuple[Transition, ...] = (
    Transition("deposer", (E.BROUILLON,), E.DEPOSEE, (Droit.DEPOSER, Droit.OUVRIR), "Déposer la demande", "deposer"),
    Transition(
        "demander_complements",
        (E.DEPOSEE,),
        E.A_COMPLETER,
        (Droit.VERIFIER,),
        "Demander les pièces manquantes",
        "completer",
        _completude,
    ),
    Transition(
        "completer",
        (E.A_COMPLETER,),
        E.DEPOSEE,
        (Droit.COMPLETER, Droit.VERIFIER),
        "Envoyer les pièces demandées",
        "completer",
    ),
    Transition(
        "classer_incomplete",
        (E.A_COMPLETER,),
        E.SANS_SUITE,
        (Droit.AUTOMATISER, Droit.VERIFIER),
        "Classer sans suite (délai dépassé)",
        "classer-incomplete",
    ),
    Transition(
        "constater_completude",
        (E.DEPOSEE, E.A_COMPLETER),
        E.COMPLETE,
        (Droit.VERIFIER,),
        "Constater la complétude",
        "constater-completude",
        _completude,
    ),
    Transition(
        "convoquer",
        (E.DEPOSEE, E.COMPLETE, E.RECUE, E.EN_INSTRUCTION),
        E.CONVOQUEE,
        (Droit.CONVOQUER,),
        "Convoquer l’usager",
        "convoquer",
        _reception,
    ),
    Transition(  # the pieces are checked at the counter, as they were to be with the module left behind
        "reprendre",
        (E.DEPOSEE,),
        E.CONVOQUEE,
        (Droit.CONVOQUER,),
        "Reprendre le rendez-vous de l’ancien module",
        "reprendre",
        _reprise,
        reprise=True,
    ),
    Transition(
        "revoquer_convocation",
        (E.CONVOQUEE, E.RDV_PRIS),
        E.COMPLETE,
        (Droit.CONVOQUER, Droit.EXAMINER),
        "Révoquer la convocation",
        "revoquer",
        retours=(E.RECUE, E.EN_INSTRUCTION, E.DEPOSEE),
    ),
    Transition(
        "expirer_convocation",
        (E.CONVOQUEE,),
        E.COMPLETE,
        (Droit.AUTOMATISER,),
        "Constater l’expiration de la convocation",
        "expirer",
        retours=(E.RECUE, E.EN_INSTRUCTION, E.DEPOSEE),
    ),
    Transition(
        "reserver",
        (E.CONVOQUEE,),
        E.RDV_PRIS,
        (Droit.RESERVER, Droit.CONVOQUER),
        "Réserver ce créneau",
        "reserver",
    ),
    Transition(
        "annuler",
        (E.RDV_PRIS,),
        E.CONVOQUEE,
        (Droit.RESERVER, Droit.CONVOQUER, Droit.EXAMINER, Droit.AUTOMATISER),
        "Annuler le rendez-vous",
        "annuler",
    ),
    Transition(
        "constater_absence",
        (E.RDV_PRIS,),
        E.CONVOQUEE,
        (Droit.ACCUEILLIR, Droit.EXAMINER, Droit.AUTOMATISER),
        "Constater l’absence",
        "absent",
    ),
    Transition(
        "recevoir",
        (E.DEPOSEE, E.COMPLETE, E.CONVOQUEE, E.RDV_PRIS),
        E.RECUE,
        (Droit.RECEVOIR, Droit.EXAMINER),
        "Recevoir l’usager",
        "recevoir",
        _reception,
    ),
    Transition(
        "instruire",
        (E.DEPOSEE, E.COMPLETE, E.RECUE),
        E.EN_INSTRUCTION,
        (Droit.INSTRUIRE, Droit.EXAMINER),
        "Envoyer en instruction",
        "instruire",
        _instruction,
    ),
    Transition(
        "accorder",
        (E.COMPLETE, E.RECUE, E.EN_INSTRUCTION),
        E.ACCORDEE,
        (Droit.DECIDER,),
        "Accorder",
        "accorder",
        _decision,
    ),
    Transition("refuser", (E.EN_INSTRUCTION,), E.REFUSEE, (Droit.DECIDER,), "Refuser", "refuser", _decision),
    Transition(
        "constater_titre_pret",
        (E.DEPOSEE, E.COMPLETE, E.RECUE, E.ACCORDEE),
        E.A_REMETTRE,
        (Droit.REMETTRE,),
        "Titre reçu, prêt à remettre",
        "titre-pret",
        _titre,
    ),
    Transition("remettre", (E.A_REMETTRE,), E.REMISE, (Droit.REMETTRE,), "Remettre le titre", "remettre"),
    Transition(
        "retirer",
        EN_COURS,
        E.SANS_SUITE,
        (Droit.RETIRER, Droit.VERIFIER),
        "Retirer la demande",
        "retirer",
    ),
    Transition(
        "cloturer",
        (E.RECUE, E.ACCORDEE, E.REFUSEE, E.REMISE, E.SANS_SUITE),
        E.CLOTUREE,
        (Droit.INSTRUIRE, Droit.REMETTRE, Droit.AUTOMATISER),
        "Clôturer",
        "terminer",
        _cloture,
    ),
)

PAR_NOM: dict[str, Transition] = {t.nom: t for t in TABLE}

Reaction = Callable[..., object]
_reactions: dict[str, list[Reaction]] = {}


def apres(nom: str, reaction: Reaction) -> None:
    """Register what an upper app does after a transition, in the same transaction.

    Args:
        nom: name of the transition.
        reaction: called as ``reaction(demande, par=…, maintenant=…, **donnees)``.

    Raises:
        KeyError: the transition does not exist.
    """
    if nom not in PAR_NOM:
        raise KeyError(nom)
    liste = _reactions.setdefault(nom, [])
    if reaction not in liste:
        liste.append(reaction)


def reactions(nom: str) -> tuple[Reaction, ...]:
    """Return the reactions registered on a transition, in order."""
    return tuple(_reactions.get(nom, ()))


def paires() -> list[tuple[str, str]]:
    """Return the distinct (from, to) pairs that the database trigger lets pass."""
    return sorted({(str(d), str(a)) for t in TABLE for d in t.depuis for a in t.arrivees})


def permises(regles: Regles, etat: str) -> Iterable[Transition]:
    """Yield the transitions that the motif lets leave this state, those of a life that began here."""
    return (t for t in TABLE if not t.reprise and t.permise(regles, etat))


def mermaid() -> str:
    """Return the table as a Mermaid state diagram, for the documentation."""
    lignes = ["stateDiagram-v2", "    [*] --> brouillon"]
    lignes += [f"    {d} --> {a} : {t.nom}" for t in TABLE for d in t.depuis for a in t.arrivees]
    return "\n".join([*lignes, "    cloturee --> [*]"])


def donnees_sures(donnees: dict[str, Any]) -> dict[str, Any]:
    """Keep of a transition's data what may enter the journal: identifiers, codes and counts, no text."""
    return {c: v for c, v in donnees.items() if isinstance(v, int | bool) or c.endswith(("_code", "_id"))}
