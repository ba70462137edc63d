"""Rights and roles: a table, nothing else. Scope (préfecture, site, service) lives in `Attribution`."""

from __future__ import annotations

from enum import StrEnum

from planipref.commun.textes import gettext_noop


class Droit(StrEnum):
    """What an actor may do; views, transitions and buttons name these."""

    CONSULTER = "consulter"
    OUVRIR = "ouvrir"
    VERIFIER = "verifier"
    CONVOQUER = "convoquer"
    ACCUEILLIR = "accueillir"
    RECEVOIR = "recevoir"
    INSTRUIRE = "instruire"
    DECIDER = "decider"
    REMETTRE = "remettre"
    PLANIFIER = "planifier"
    STATISTIQUES = "statistiques"
    PARAMETRER = "parametrer"
    ADMINISTRER = "administrer"
    # Rights of the person the demande belongs to, or of whom that person mandated.
    DEPOSER = "deposer"
    COMPLETER = "completer"
    RESERVER = "reserver"
    RETIRER = "retirer"
    SUIVRE = "suivre"
    # Right of the agréé doctor whom the person is convoked to.
    EXAMINER = "examiner"
    # Rights of the machine: deadlines that pass, messages that leave.
    AUTOMATISER = "automatiser"


class Role(StrEnum):
    """Roles given by an `Attribution`."""

    ACCUEIL = "accueil"
    INSTRUCTEUR = "instructeur"
    SIGNATAIRE = "signataire"
    CHEF_SERVICE = "chef_service"
    WEBMESTRE = "webmestre"
    ADMINISTRATEUR = "administrateur"


LIBELLES_ROLES: dict[str, str] = {
    Role.ACCUEIL: "Agent d’accueil",
    Role.INSTRUCTEUR: "Agent instructeur",
    Role.SIGNATAIRE: "Agent signataire (délégation)",
    Role.CHEF_SERVICE: "Chef de service",
    Role.WEBMESTRE: "Webmestre",
    Role.ADMINISTRATEUR: "Administrateur national",
}

_INSTRUCTION = frozenset(
    {
        Droit.CONSULTER,
        Droit.OUVRIR,
        Droit.VERIFIER,
        Droit.CONVOQUER,
        Droit.ACCUEILLIR,
        Droit.RECEVOIR,
        Droit.INSTRUIRE,
        Droit.REMETTRE,
    }
)

# Rights that are used at a counter: where doctors examine, there is none.
DROITS_DE_GUICHET = frozenset({Droit.ACCUEILLIR, Droit.RECEVOIR, Droit.REMETTRE})

# Rights over who comes, whatever service follows their file: a counter receives whoever is called to it. What is done
# to the file follows its service, and only its service may say that the visit is over.
DROITS_DE_PRESENCE = frozenset({Droit.ACCUEILLIR, Droit.RECEVOIR})

DROITS_PAR_ROLE: dict[Role, frozenset[Droit]] = {
    Role.ACCUEIL: frozenset({Droit.CONSULTER, Droit.OUVRIR, Droit.ACCUEILLIR}),
    Role.INSTRUCTEUR: _INSTRUCTION,
    Role.SIGNATAIRE: _INSTRUCTION | {Droit.DECIDER},
    Role.CHEF_SERVICE: _INSTRUCTION | {Droit.DECIDER, Droit.PLANIFIER, Droit.STATISTIQUES},
    Role.WEBMESTRE: frozenset({Droit.PARAMETRER, Droit.STATISTIQUES}),
    Role.ADMINISTRATEUR: frozenset({Droit.PARAMETRER, Droit.ADMINISTRER, Droit.STATISTIQUES}),
}

DROITS_USAGER: frozenset[Droit] = frozenset(
    {Droit.DEPOSER, Droit.COMPLETER, Droit.RESERVER, Droit.RETIRER, Droit.SUIVRE}
)
DROITS_MEDECIN: frozenset[Droit] = frozenset({Droit.EXAMINER})
DROITS_SYSTEME: frozenset[Droit] = frozenset({Droit.AUTOMATISER})


class Portee(StrEnum):
    """What a mandate allows; withdrawing a demande is never one of them."""

    DEPOSER = "deposer"
    COMPLETER = "completer"
    RESERVER = "reserver"
    SUIVRE = "suivre"


LIBELLES_PORTEES: dict[str, str] = {
    Portee.DEPOSER: gettext_noop("remplir et déposer la demande"),
    Portee.COMPLETER: gettext_noop("envoyer les documents demandés"),
    Portee.RESERVER: gettext_noop("prendre, déplacer et annuler les rendez-vous"),
    Portee.SUIVRE: gettext_noop("suivre la demande et écrire au service"),
}
# Each scope is one right; reading the file goes with any of them.
DROITS_PAR_PORTEE: dict[str, Droit] = {
    Portee.DEPOSER: Droit.DEPOSER,
    Portee.COMPLETER: Droit.COMPLETER,
    Portee.RESERVER: Droit.RESERVER,
    Portee.SUIVRE: Droit.SUIVRE,
}
