"""The delays that the page measures: from one transition of the journal to another, and their names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EtapeMesuree:
    """A delay: each of its transitions happens at most once in a life, but the reception of who is convoked again.

    A test proves it on the table. Received twice, a person counts twice.

    Args:
        code: stable name, used by the export.
        libelle: French name.
        definition: what is measured, in a sentence.
        debut: transition that starts it.
        fins: transitions that end it.
    """

    code: str
    libelle: str
    definition: str
    debut: str
    fins: tuple[str, ...]


DECISION = ("accorder", "refuser")
ETAPES_MESUREES: tuple[EtapeMesuree, ...] = (
    EtapeMesuree(
        "depot_complet",
        "Du dépôt au dossier complet",
        "Comprend l’attente des pièces demandées à l’usager.",
        "deposer",
        ("constater_completude",),
    ),
    EtapeMesuree(
        "complet_recu",
        "Du dossier complet à la réception au guichet",
        "Comprend le temps que l’usager met à choisir son rendez-vous. Qui est reçu deux fois compte deux fois.",
        "constater_completude",
        ("recevoir",),
    ),
    EtapeMesuree(
        "recu_decision",
        "De la réception à la décision",
        "Vaut 0 jour quand la décision tombe au guichet.",
        "recevoir",
        DECISION,
    ),
    EtapeMesuree(
        "accord_titre",
        "De l’accord au titre prêt",
        "Temps de fabrication et d’acheminement du titre.",
        "accorder",
        ("constater_titre_pret",),
    ),
    EtapeMesuree(
        "titre_remise",
        "Du titre prêt à sa remise",
        "Comprend le temps que l’usager met à venir.",
        "constater_titre_pret",
        ("remettre",),
    ),
    EtapeMesuree(
        "depot_decision",
        "En tout, du dépôt à la décision",
        "Toutes les demandes décidées, avec ou sans rendez-vous.",
        "deposer",
        DECISION,
    ),
    EtapeMesuree(
        "depot_remise",
        "En tout, du dépôt à la remise du titre",
        "Demandes qui donnent un titre à remettre.",
        "deposer",
        ("remettre",),
    ),
)


@dataclass(frozen=True)
class Delai:
    """A delay measured.

    Args:
        nombre: demandes that ended this step in the period.
        mediane: days that half of them took at most.
        p90: days that nine out of ten took at most.
    """

    nombre: int
    mediane: float
    p90: float
