"""`verifier_journal`: a whole journal is said whole; what was tampered with below the triggers is found and named."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import IntegrityError

from demandes.cycle import Etat
from demandes.models import Evenement, Prefecture, TeteJournal
from demandes.services import journal
from tests.demandes.factories import DemandeFactory, PrefectureFactory
from tests.parcours import amener_a, verifier_contraintes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


@pytest.fixture
def evenements() -> list[Evenement]:
    """Two chains, sealed; the events of the Bas-Rhin in order."""
    amener_a(DemandeFactory(), Etat.COMPLETE)
    amener_a(DemandeFactory(prefecture=PrefectureFactory(departement="93")), Etat.DEPOSEE)
    PrefectureFactory(departement="56")  # nothing ever happened there
    verifier_contraintes()
    return list(Evenement.objects.filter(prefecture__departement="67").order_by("rang"))


def frauder(*ordres: str, **valeurs: int) -> None:
    """Do what an administrator of the database can: SQL with the triggers off."""
    with transaction.atomic(), connection.cursor() as curseur:
        curseur.execute("SET LOCAL session_replication_role = replica")
        for ordre in ordres:
            curseur.execute(ordre, valeurs or None)
        curseur.execute("SET LOCAL session_replication_role = origin")


def constater(capsys) -> tuple[str, list[dict[str, Any]]]:
    """Run the command; return what it says of the first break, and its JSON."""
    with pytest.raises(CommandError) as erreur:
        call_command("verifier_journal", "--json")
    assert erreur.value.returncode == 1
    constat = json.loads(capsys.readouterr().out)
    assert not constat["entier"]
    return str(erreur.value), constat["prefectures"]


def test_verifier_journal_on_whole_chains_says_each_prefecture(evenements, capsys):
    call_command("verifier_journal")
    lignes = capsys.readouterr().out.splitlines()
    assert [ligne.split(" : ")[0] for ligne in lignes] == ["56", "67", "93"]
    assert lignes[0] == "56 : chaîne entière, 0 événement."
    tete = bytes(evenements[-1].condensat or b"").hex()
    assert lignes[1] == f"67 : chaîne entière, {len(evenements)} événements, tête {tete}."


def test_verifier_journal_in_json_on_whole_chains_gives_the_heads(evenements, capsys):
    call_command("verifier_journal", "--json")
    constat = json.loads(capsys.readouterr().out)
    assert constat["entier"]
    assert [p["rupture"] for p in constat["prefectures"]] == [None] * 3
    tetes = {p["prefecture"]: (p["evenements"], p["tete"]) for p in constat["prefectures"]}
    for tete in TeteJournal.objects.select_related("prefecture"):
        assert tetes[tete.prefecture.departement] == (tete.rang, bytes(tete.condensat).hex())


@pytest.mark.parametrize(
    "colonne",
    [
        "nature = nature || 'x'",
        "de = 'refusee'",
        "vers = 'accordee'",
        "acteur_genre = 'organisme'",
        "acteur_id = acteur_id + 1",
        "le = le + interval '1 microsecond'",
        """charge = charge || '{"piece_id": 0}'""",
        "demande_id = NULL",
        "condensat = sha256('faux')",
    ],
)
def test_verifier_journal_after_any_column_changed_names_the_event(evenements, colonne, capsys):
    vise = evenements[2]
    frauder(f"UPDATE demandes_evenement SET {colonne} WHERE id = %(id)s", id=vise.pk)
    message, prefectures = constater(capsys)
    assert message == (
        f"Journal rompu — préfecture 67, rang 3, événement {vise.pk} : L’événement a été modifié ou déplacé."
    )
    assert [p["rupture"] is None for p in prefectures] == [True, False, True]
    assert prefectures[1]["rupture"] == {
        "rang": 3, "evenement": vise.pk, "raison": "L’événement a été modifié ou déplacé."
    }  # fmt: skip
    assert prefectures[1]["evenements"] == 2


def test_verifier_journal_after_a_change_sealed_again_names_the_next_event(evenements, capsys):
    """Whoever also forges the seal of the event they changed breaks the one after."""
    vise, suivant = evenements[1:3]
    frauder(
        "UPDATE demandes_evenement SET acteur_id = 4242 WHERE id = %(id)s",
        "UPDATE demandes_evenement e SET condensat = sha256(p.condensat || "
        "convert_to(evenement_canonique(e, e.rang), 'UTF8')) FROM demandes_evenement p "
        "WHERE e.id = %(id)s AND p.prefecture_id = e.prefecture_id AND p.rang = e.rang - 1",
        id=vise.pk,
    )
    message, _ = constater(capsys)
    assert f"rang 3, événement {suivant.pk}" in message


def test_verifier_journal_after_a_removal_names_the_gap(evenements, capsys):
    frauder("DELETE FROM demandes_evenement WHERE id = %(id)s", id=evenements[1].pk)
    message, _ = constater(capsys)
    assert message == (
        f"Journal rompu — préfecture 67, rang 2, événement {evenements[2].pk} : Un événement a été retiré."
    )


def test_verifier_journal_after_a_removal_renumbered_names_the_gap(evenements, capsys):
    frauder(
        "DELETE FROM demandes_evenement WHERE id = %(id)s",
        "UPDATE demandes_evenement SET rang = -rang WHERE prefecture_id = %(prefecture)s AND rang > 2",
        "UPDATE demandes_evenement SET rang = -rang - 1 WHERE prefecture_id = %(prefecture)s AND rang < 0",
        id=evenements[1].pk,
        prefecture=evenements[1].prefecture_id,
    )
    message, _ = constater(capsys)
    assert f"rang 2, événement {evenements[2].pk} : L’événement a été modifié ou déplacé." in message


@pytest.mark.parametrize("avec_sceaux", [False, True])
def test_verifier_journal_after_two_events_swapped_names_the_first(evenements, avec_sceaux, capsys):
    un, deux = evenements[1:3]
    echange = "rang = {}" + (", condensat = (SELECT condensat FROM demandes_evenement WHERE id = {})" * avec_sceaux)
    frauder(
        "UPDATE demandes_evenement SET rang = -1 WHERE id = %(un)s",
        f"UPDATE demandes_evenement SET {echange.format(2, '%(un)s')} WHERE id = %(deux)s",
        f"UPDATE demandes_evenement SET {echange.format(3, '%(deux)s')} WHERE id = %(un)s",
        un=un.pk,
        deux=deux.pk,
    )
    message, _ = constater(capsys)
    assert f"rang 2, événement {deux.pk} : L’événement a été modifié ou déplacé." in message


@pytest.mark.parametrize("retires", [1, 3])
def test_verifier_journal_after_a_truncated_tail_names_the_missing_rank(evenements, retires, capsys):
    reste = len(evenements) - retires
    frauder(
        "DELETE FROM demandes_evenement WHERE prefecture_id = %(prefecture)s AND rang > %(reste)s",
        prefecture=evenements[0].prefecture_id,
        reste=reste,
    )
    message, prefectures = constater(capsys)
    assert message == f"Journal rompu — préfecture 67, rang {reste + 1} : La fin de la chaîne manque."
    assert prefectures[1]["rupture"]["evenement"] is None


def test_verifier_journal_after_everything_removed_still_sees_it(evenements, capsys):
    frauder("DELETE FROM demandes_evenement WHERE prefecture_id = %(p)s", p=evenements[0].prefecture_id)
    message, _ = constater(capsys)
    assert "préfecture 67, rang 1 : La fin de la chaîne manque." in message


@pytest.mark.parametrize("ordre", ["DELETE FROM demandes_tetejournal", "UPDATE demandes_tetejournal SET rang = 1"])
def test_verifier_journal_after_the_head_changed_says_so(evenements, ordre, capsys):
    frauder(ordre)
    message, prefectures = constater(capsys)
    assert f"préfecture 67, rang {len(evenements) + 1} : La tête de la chaîne a été modifiée." in message
    assert [p["rupture"] is None for p in prefectures] == [True, False, False]


def test_verifier_journal_after_an_event_added_below_the_triggers_names_it(evenements, capsys):
    frauder(
        "INSERT INTO demandes_evenement (prefecture_id, nature, de, vers, acteur_genre, acteur_id, le, charge) "
        "VALUES (%(p)s, 'lecture:dossier', '', '', 'agent', 1, now(), '{}')",
        p=evenements[0].prefecture_id,
    )
    intrus = Evenement.objects.latest("pk")
    message, _ = constater(capsys)
    assert f"rang {len(evenements) + 1}, événement {intrus.pk} : Événement hors de la chaîne." in message


def test_verifier_journal_after_an_event_moved_to_another_prefecture_names_the_gap(evenements, capsys):
    frauder(
        "UPDATE demandes_evenement SET prefecture_id = %(vers)s, rang = 900 WHERE id = %(id)s",
        vers=Prefecture.objects.get(departement="93").pk,
        id=evenements[-1].pk,
    )
    message, prefectures = constater(capsys)
    assert f"préfecture 67, rang {len(evenements)} : La fin de la chaîne manque." in message
    assert prefectures[2]["rupture"]["evenement"] == evenements[-1].pk


def test_verifier_with_more_events_than_a_batch_reads_them_all(evenements, monkeypatch):
    monkeypatch.setattr(journal, "_LOT", 2)
    assert journal.verifier(evenements[0].prefecture) is None
    assert journal.examiner(evenements[0].prefecture).evenements == len(evenements)


@pytest.mark.parametrize(
    "ordre",
    [
        "UPDATE demandes_evenement SET acteur_id = 7",
        "UPDATE demandes_evenement SET condensat = NULL, rang = NULL",
        "DELETE FROM demandes_evenement",
        "TRUNCATE demandes_evenement",
    ],
)
def test_evenement_with_the_triggers_on_is_refused(evenements, ordre):
    """The control: none of the frauds above is possible while the triggers stand."""
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as curseur:
        curseur.execute(ordre)
    assert journal.verifier(evenements[0].prefecture) is None
