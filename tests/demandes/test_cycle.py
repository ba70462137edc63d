"""The table of transitions, as pure data: nothing dead, nothing skipped, whatever the motif."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from demandes import cycle
from demandes.cycle import (
    EN_COURS,
    ETAPE_DE,
    LIBELLES,
    PAR_NOM,
    REPONDUS,
    TABLE,
    TERMINAUX,
    Etat,
    Regles,
    mermaid,
    paires,
    permises,
)
from demandes.droits import Droit
from demandes.services.avis import oublier_en_attente
from guichet.services.guichet import exiger_absent, quitter_la_file, recevoir_la_demande
from guichet.services.titres import exiger_titre_en_stock
from planning.services.agendas import exiger_agrement
from planning.services.lots import noter_convocation
from planning.services.reservation import liberer_apres_fin
from tests.parcours import PAS, chemin

DONNEES = Path(__file__).resolve().parents[2] / "demandes" / "donnees" / "motifs"
MOTIFS = {
    m["code"]: Regles(frozenset(m["etapes"]), m["plein_droit"], bool(m["examen"]))
    for m in (json.loads(f.read_text(encoding="utf-8")) for f in sorted(DONNEES.glob("*.json")))
}
# Any motif a webmestre may write: each non-empty set of steps, plein droit or not, heard by doctors or not.
POSSIBLES = [
    Regles(frozenset(n for n in (1, 2, 3, 4) if masque & 1 << n - 1), plein, examen)
    for masque in range(1, 16)
    for plein in (False, True)
    for examen in (False, True)
]
# States that each step of a motif brings with it.
ETATS_DE_L_ETAPE = {
    1: {Etat.A_COMPLETER, Etat.COMPLETE},
    2: {Etat.CONVOQUEE, Etat.RDV_PRIS, Etat.RECUE},
    3: {Etat.ACCORDEE},
    4: {Etat.A_REMETTRE, Etat.REMISE},
}
TOUJOURS = {Etat.BROUILLON, Etat.DEPOSEE, Etat.SANS_SUITE, Etat.CLOTUREE}


def atteints(regles, depart=Etat.BROUILLON):
    return {e for e in Etat if chemin(regles, depart, e) is not None}


def un_nom(regles):
    return "-".join(map(str, sorted(regles.etapes))) + ("-plein-droit" if regles.plein_droit else "")


def test_catalogue_holds_the_33_motifs():
    assert len(MOTIFS) == 33


@pytest.mark.parametrize("regles", [*MOTIFS.values(), *POSSIBLES], ids=[*MOTIFS, *map(un_nom, POSSIBLES)])
class TestChaqueMotif:
    def test_states_reached_are_those_of_its_steps(self, regles):
        attendus = TOUJOURS.union(*(ETATS_DE_L_ETAPE[e] for e in regles.etapes))
        if regles.examen:
            attendus |= ETATS_DE_L_ETAPE[2]  # at a doctor's
        if 1 not in regles.etapes and (2 in regles.etapes or regles.examen):
            attendus |= {Etat.COMPLETE}  # where a revoked or expired convocation leads back to
        if 3 in regles.etapes:
            attendus |= {Etat.EN_INSTRUCTION, Etat.REFUSEE}
        assert atteints(regles) == attendus

    def test_every_state_reached_leads_to_the_end(self, regles):
        for etat in atteints(regles):
            assert chemin(regles, etat, Etat.CLOTUREE) is not None, etat

    def test_no_step_of_the_motif_is_skipped_on_the_way_to_its_last_state(self, regles):
        """Without retirer and classer_incomplete, every path to cloturee crosses one state of each step."""
        for etape in sorted(regles.etapes - {1}):
            passages = {Etat.RECUE} if etape == 2 else {Etat.ACCORDEE, Etat.REFUSEE} if etape == 3 else {Etat.REMISE}
            if etape == 4:
                passages |= {Etat.REFUSEE}  # a refusal ends it
            assert not _mene_sans(regles, passages), etape

    def test_decision_at_the_counter_only_for_plein_droit(self, regles):
        directe = PAR_NOM["accorder"].permise(regles, Etat.RECUE)
        assert directe == (regles.plein_droit and 3 in regles.etapes)
        assert not PAR_NOM["refuser"].permise(regles, Etat.RECUE)

    def test_brouillon_is_left_by_deposer_only(self, regles):
        assert [t.nom for t in permises(regles, Etat.BROUILLON)] == ["deposer"]

    def test_cloturee_is_terminal(self, regles):
        assert not list(permises(regles, Etat.CLOTUREE))


def _mene_sans(regles, interdits):
    """Say whether cloturee is reached from deposee without these states nor a withdrawal."""
    vus, pile = {Etat.DEPOSEE}, [Etat.DEPOSEE]
    while pile:
        for transition in permises(regles, pile.pop()):
            if transition.vers not in interdits | vus | {Etat.SANS_SUITE}:
                vus.add(transition.vers)
                pile.append(transition.vers)
    return Etat.CLOTUREE in vus


def test_table_no_row_is_dead():
    utiles = {(t.nom, e) for regles in POSSIBLES for e in atteints(regles) for t in permises(regles, e)}
    assert {(t.nom, d) for t in TABLE if not t.reprise for d in t.depuis} == utiles


def test_table_only_the_import_of_the_former_module_has_a_row_of_its_own():
    assert [t.nom for t in TABLE if t.reprise] == ["reprendre"]
    assert PAR_NOM["reprendre"].permise(Regles(frozenset({1, 2, 3}), plein_droit=False), Etat.DEPOSEE)
    assert not PAR_NOM["reprendre"].permise(Regles(frozenset({1, 3}), plein_droit=False), Etat.DEPOSEE)


@pytest.mark.parametrize(("etapes", "retour"), [({1, 2, 3}, Etat.DEPOSEE), ({2, 3}, Etat.COMPLETE)])
def test_revoking_leads_back_to_where_completeness_still_waits(etapes, retour):
    regles = Regles(frozenset(etapes), plein_droit=False)
    assert PAR_NOM["revoquer_convocation"].arrivee(regles, Etat.DEPOSEE) == retour
    assert PAR_NOM["revoquer_convocation"].arrivee(regles, Etat.RECUE) == Etat.RECUE
    assert PAR_NOM["revoquer_convocation"].arrivee(regles, None) == Etat.COMPLETE


@pytest.mark.parametrize("code", MOTIFS)
def test_motif_of_the_catalogue_ends_without_a_withdrawal(code):
    assert _mene_sans(MOTIFS[code], set())


@pytest.mark.parametrize("code", [c for c, r in MOTIFS.items() if 4 not in r.etapes])
def test_motif_without_hand_over_never_reaches_a_remettre(code):
    assert Etat.A_REMETTRE not in atteints(MOTIFS[code])


def test_states_are_all_named_and_placed():
    assert set(LIBELLES) == set(ETAPE_DE) == set(Etat)
    assert set(EN_COURS) | set(REPONDUS) | {Etat.BROUILLON} == set(Etat)
    assert not set(EN_COURS) & set(REPONDUS)
    assert TERMINAUX == (Etat.CLOTUREE,)


def test_names_are_unique_and_each_has_a_service():
    assert len(PAR_NOM) == len(TABLE)
    assert set(PAS) == set(PAR_NOM)


def test_paires_are_those_of_the_table_and_never_come_back_to_brouillon():
    assert set(paires()) == {(d.value, a.value) for t in TABLE for d in t.depuis for a in t.arrivees}
    assert not [p for p in paires() if p[1] == Etat.BROUILLON or p[0] == Etat.CLOTUREE]


def test_system_alone_holds_no_decision():
    automatiques = {t.nom for t in TABLE if Droit.AUTOMATISER in t.droits}
    assert automatiques == {"annuler", "classer_incomplete", "expirer_convocation", "constater_absence", "cloturer"}


def test_decisions_are_reserved_to_those_who_decide():
    assert {t.nom for t in TABLE if Droit.DECIDER in t.droits} == {"accorder", "refuser"}
    assert all(PAR_NOM[n].droits == (Droit.DECIDER,) for n in ("accorder", "refuser"))


def test_reactions_registered_are_the_expected_ones():
    """The couplings between apps: adding one changes this test and docs/cycle.md."""
    trouvees = {t.nom: cycle.reactions(t.nom) for t in TABLE if cycle.reactions(t.nom)}
    assert trouvees == {
        "convoquer": (exiger_agrement, noter_convocation, exiger_titre_en_stock),
        "reprendre": (exiger_agrement, noter_convocation),
        "revoquer_convocation": (liberer_apres_fin, exiger_absent),
        "retirer": (liberer_apres_fin, oublier_en_attente, quitter_la_file),
        "refuser": (oublier_en_attente,),
        "constater_completude": (recevoir_la_demande,),
    }


def test_apres_unknown_transition_is_refused():
    with pytest.raises(KeyError):
        cycle.apres("inconnue", recevoir_la_demande)


def test_apres_twice_registers_once():
    cycle.apres("retirer", liberer_apres_fin)
    assert cycle.reactions("retirer").count(liberer_apres_fin) == 1


def test_donnees_sures_keeps_no_text():
    donnees = {"creneau_id": 3, "nb_pieces": 2, "au_guichet": True, "sens_code": "accord", "nom": "Ben Ali"}
    assert cycle.donnees_sures(donnees) == {k: v for k, v in donnees.items() if k != "nom"}


def test_mermaid_draws_each_row():
    lignes = mermaid().splitlines()
    assert len(lignes) == 3 + sum(len(t.depuis) * len(t.arrivees) for t in TABLE)
    assert "    convoquee --> rdv_pris : reserver" in lignes


def test_docs_cycle_is_fresh():
    call_command("cycle", "--verifier")


def test_docs_cycle_stale_fails_the_check(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    with pytest.raises(CommandError):
        call_command("cycle", "--verifier")
    call_command("cycle")
    call_command("cycle", "--verifier")
