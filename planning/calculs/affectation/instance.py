"""The file format of a week to plan: `shared/data/rostering/semaine60.json`, with rest and lunches besides."""

from __future__ import annotations

from typing import Any

from planning.calculs.affectation.moteur import Plan, Resultat
from planning.calculs.affectation.semaine import AgentSemaine, Dejeuner, Poste, Semaine


class InstanceIllisible(Exception):
    """A file that does not describe a week."""


def lire(donnees: Any) -> Semaine:
    """Read a week.

    Args:
        donnees: what the JSON file holds.

    Raises:
        InstanceIllisible: a part is missing, or is not what it should be.
    """
    try:
        return _lire(donnees)
    except (KeyError, TypeError, ValueError, AttributeError) as erreur:
        raise InstanceIllisible(f"{type(erreur).__name__} : {erreur}") from erreur


def _lire(donnees: dict[str, Any]) -> Semaine:
    semaine = Semaine(
        postes=tuple(Poste(int(p["id"]), str(p["type"]), p["zone"], bool(p["sensible"])) for p in donnees["posts"]),
        agents=tuple(_agent(a) for a in donnees["agents"]),
        demande={
            (poste["id"], demi_journee): int(nombre)
            for poste, nombres in zip(donnees["posts"], donnees["demande"], strict=True)
            for demi_journee, nombre in enumerate(nombres)
        },
        demi_journees=max(map(len, donnees["demande"]), default=0),
        quatre_yeux=tuple((int(un), int(autre)) for un, autre in donnees["quatre_yeux"]),
        max_guichet=int(donnees["max_guichet"]),
        max_meme_sensible=int(donnees["max_meme_sensible"]),
        repos=tuple((int(avant), int(apres)) for avant, apres in donnees.get("repos", [])),
        dejeuners=tuple(
            Dejeuner(int(d["jour"]), frozenset(map(int, d["posts"])), int(d["minimum"]))
            for d in donnees.get("dejeuners", [])
        ),
        actuel=lire_plan(donnees.get("actuel", {})),
    )
    inconnus = {p for a in semaine.agents for p in a.competences} - set(semaine.poste)
    if inconnus:
        raise ValueError(f"compétences sur des postes inconnus : {sorted(inconnus)}")
    return semaine


def _agent(donnees: dict[str, Any]) -> AgentSemaine:
    return AgentSemaine(
        id=int(donnees["id"]),
        competences=frozenset(map(int, donnees["skills"])),
        quotite=int(donnees["quotite"]),
        maximum=int(donnees["max"]),
        conges=frozenset(map(int, donnees["conges"])),
        teletravail=frozenset(map(int, donnees["teletravail"])),
        senior=bool(donnees["senior"]),
        guichets_passes=int(donnees["hist_guichet"]),
        interdits=frozenset(map(int, donnees["interdit"])),
        preference=donnees["pref"],
    )


def lire_plan(affectations: dict[str, int]) -> Plan:
    """Read a plan: post by "agent,half-day"."""
    plan: Plan = {}
    for cle, poste in affectations.items():
        agent, demi_journee = cle.split(",")
        plan[int(agent), int(demi_journee)] = int(poste)
    return plan


def ecrire(resultat: Resultat) -> dict[str, Any]:
    """Return what `affecter --json` prints."""
    return {
        "affectations": {f"{agent},{periode}": poste for (agent, periode), poste in sorted(resultat.plan.items())},
        "objectif": resultat.objectif,
        "borne": resultat.borne,
        "prouve": resultat.prouve,
        "secondes": round(resultat.secondes, 2),
    }
