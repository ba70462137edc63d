"""A delay goes from one event to another: both must be unique in a life, which the table of transitions proves."""

from __future__ import annotations

import pytest

from demandes.cycle import PAR_NOM, TABLE, Etat
from statistiques.calculs.delais import DECISION, ETAPES_MESUREES, EtapeMesuree
from statistiques.selectors import JALONS


def accessibles(etat: str) -> set[str]:
    """States that may follow a state, near or far."""
    vus: set[str] = set()
    reste = [etat]
    while reste:
        depart = reste.pop()
        suivants = {str(t.vers) for t in TABLE if depart in t.depuis} - vus
        vus |= suivants
        reste += suivants
    return vus


def peut_revenir(nom: str) -> bool:
    """Say whether a transition may happen twice in a life."""
    transition = PAR_NOM[nom]
    return bool({str(d) for d in transition.depuis} & (accessibles(transition.vers) | {str(transition.vers)}))


def test_the_proof_sees_a_transition_that_comes_back() -> None:
    assert peut_revenir("convoquer")
    assert Etat.CLOTUREE in accessibles(Etat.DEPOSEE)


@pytest.mark.parametrize("etape", ETAPES_MESUREES, ids=lambda e: e.code)
def test_each_delay_has_one_start_and_one_end(etape: EtapeMesuree) -> None:
    for nom in (etape.debut, *etape.fins):
        assert nom == "recevoir" or not peut_revenir(nom)  # who comes again is received again: each time counts
    for fin in etape.fins:
        assert set(map(str, PAR_NOM[fin].depuis)) & (
            accessibles(PAR_NOM[etape.debut].vers) | {PAR_NOM[etape.debut].vers}
        )


def test_the_two_decisions_exclude_each_other() -> None:
    assert {str(PAR_NOM[n].vers) for n in DECISION} == {"accordee", "refusee"}
    assert "refusee" not in accessibles("accordee")
    assert "accordee" not in accessibles("refusee")


def test_codes_are_unique_and_counted_natures_exist() -> None:
    assert len({e.code for e in ETAPES_MESUREES}) == len(ETAPES_MESUREES)
    assert {nature.removeprefix("transition:") for nature in JALONS} <= set(PAR_NOM)
