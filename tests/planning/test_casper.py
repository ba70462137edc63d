"""Leave imported from CASPER: what each line becomes, again and again, and what it does to the plan."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from psycopg.types.range import TimestamptzRange

from demandes.models import Agent, Evenement, Prefecture
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planning.models import Absence, Affectation, AgentCasper, CodeCasper, ReglagesCasper
from planning.selectors_lecture_casper import Sort, lire_casper
from planning.services import flux_casper
from planning.services.casper import importer_casper
from planning.tasks import importer_casper as de_nuit
from tests.demandes.factories import INSTANT, AgentFactory, PrefectureFactory
from tests.parcours import acteur
from tests.planning.aide_semaine import LUNDI, Publie
from tests.planning.factories import AbsenceFactory, AffectationFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]
PARIS = ZoneInfo("Europe/Paris")
ENTETE = "agent;code;debut;fin;partie_debut;partie_fin;reference;etat"


def a(jour: int, heure: int = 0, minute: int = 0) -> datetime:
    """An instant of the week planned."""
    return datetime.combine(LUNDI + timedelta(days=jour), time(heure, minute), tzinfo=PARIS)


@pytest.fixture
def prefecture(denis: Agent, chloe: Agent) -> Prefecture:
    """The Bas-Rhin, where CASPER calls Chloé 00123 and leave CA."""
    prefecture: Prefecture = denis.attributions.get().prefecture
    AgentCasper.objects.create(prefecture=prefecture, agent=chloe, identifiant="00123")
    CodeCasper.objects.create(prefecture=prefecture, code="CA", genre="conge")
    CodeCasper.objects.create(prefecture=prefecture, code="TT", genre="")
    return prefecture


def sorts(prefecture: Prefecture, *lignes: str, ecrire: bool = True, entete: str = ENTETE) -> list[tuple[str, str]]:
    """What becomes of some lines, once written."""
    contenu = "\n".join([entete, *lignes])
    if ecrire:
        par = acteur(Agent.objects.get(attributions__role="chef_service"))
        lecture = importer_casper(prefecture, contenu, par=par, maintenant=INSTANT)
    else:
        lecture = lire_casper(prefecture, contenu, maintenant=INSTANT)
    return [(ligne.sort.value, ligne.raison) for ligne in lecture.lignes]


def test_file_again_changes_nothing_and_what_changed_is_told(prefecture: Prefecture, chloe: Agent) -> None:
    ligne = "00123;ca;12/03/2030;13/03/2030;;;R1;validé"
    assert sorts(prefecture, ligne, ecrire=False) == [("nouvelle", "")]
    assert not Absence.objects.exists()
    assert sorts(prefecture, ligne) == [("nouvelle", "")]
    absence = Absence.objects.get()
    assert (absence.agent, absence.genre, absence.source) == (chloe, "conge", "casper")
    assert absence.pendant == TimestamptzRange(a(1), a(3))
    assert sorts(prefecture, ligne) == [("inchangee", "")]
    assert sorts(prefecture, "00123;CA;12/03/2030;14/03/2030;;matin;R1;") == [("changee", "")]
    assert Absence.objects.get().pendant == TimestamptzRange(a(1), a(3, 12, 30))
    assert sorts(prefecture, "00123;CA;12/03/2030;14/03/2030;;matin;R1;Annulé") == [("retiree", "Annulée dans CASPER.")]
    assert not Absence.objects.exists()
    assert sorts(prefecture, ligne.replace("validé", "ANNULEE")) == [("ignoree", "Annulée dans CASPER.")]
    charges = [e.charge["nouvelles"] for e in Evenement.objects.filter(nature="planning:casper_importe").order_by("pk")]
    assert charges == [1, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("ligne", "raison"),
    [
        ("9;CA;12/03/2030;13/03/2030;;;R1;", "Aucun agent"),
        ("00123;ZZ;12/03/2030;13/03/2030;;;R1;", "Ce code"),
        ("00123;CA;31/02/2030;13/03/2030;;;R1;", "debut : cette date n’existe pas"),
        ("00123;CA;12/03/2030;demain;;;R1;", "fin : la date s’écrit"),
        ("00123;CA;13/03/2030;12/03/2030;;;R1;", "Le dernier jour"),
        ("00123;CA;12/03/2030;12/03/2030;soirée;;R1;", "Ce mot"),
        ("00123;CA;12/03/2030;12/03/2030;A;M;R1;", "Ces demi-journées"),
        ("00123;CA;12/03/2030;13/03/2030;M;;R1;", "Ces demi-journées"),
    ],
)
def test_line_refused_says_why_and_stops_none(prefecture: Prefecture, ligne: str, raison: str) -> None:
    (sort, dite), bonne = sorts(prefecture, ligne, "00123;conge;20/03/2030;20/03/2030;;;R2;")
    assert sort == "refusee"
    assert dite.startswith(raison)
    assert bonne == ("nouvelle", "")
    bilan = ReglagesCasper.objects.get().dernier_bilan
    assert bilan["refusees"] == [{"ligne": 2, "raison": dite}]


@pytest.mark.parametrize(
    ("parties", "debut", "fin"),
    [("M;", (1, 0), (1, 12)), ("S;", (1, 12), (2, 0)), ("Après-midi;A", (1, 12), (2, 0)), ("J;J", (1, 0), (2, 0))],
)
def test_half_days_are_read_with_the_words_of_the_prefecture(
    prefecture: Prefecture, parties: str, debut: tuple[int, int], fin: tuple[int, int]
) -> None:
    sorts(prefecture, f"00123;CA;2030-03-12 00:00;2030-03-12T23:59;{parties};R1;")
    minutes = [30 if heure == 12 else 0 for _, heure in (debut, fin)]
    attendu = TimestamptzRange(a(*debut, minutes[0]), a(*fin, minutes[1]))
    assert Absence.objects.get().pendant == attendu


def test_lines_that_keep_nobody_away_are_left_out(prefecture: Prefecture) -> None:
    obtenus = sorts(
        prefecture,
        "00123;TT;12/03/2030;12/03/2030;;;R1;",
        "00123;CA;11/02/2030;12/02/2030;;;R2;",
        "00123;CA;14/03/2030;14/03/2030;;;R3;",
        "00123;CA;18/03/2030;18/03/2030;;;R3;",
        "00123;CA;14/03/2030;15/03/2030;;;R4;",
    )
    assert [sort for sort, _ in obtenus] == ["ignoree", "ignoree", "nouvelle", "refusee", "refusee"]
    assert [raison for _, raison in obtenus[3:]] == [
        "La ligne 4 parle déjà de cette absence.",
        "Une autre absence de cet agent couvre déjà une partie de ces dates.",
    ]


def test_absence_typed_before_is_taken_over_when_it_is_the_same(prefecture: Prefecture, chloe: Agent) -> None:
    AbsenceFactory(agent=chloe, pendant=TimestamptzRange(a(1), a(2)))
    autre = AbsenceFactory(agent=chloe, pendant=TimestamptzRange(a(3), a(5)))
    obtenus = sorts(prefecture, "00123;CA;12/03/2030;12/03/2030;;;R1;", "00123;CA;14/03/2030;14/03/2030;;;R2;")
    assert [sort for sort, _ in obtenus] == ["changee", "refusee"]
    assert Absence.objects.exclude(pk=autre.pk).get().source == "casper"
    assert sorts(prefecture, "00123;CA;12/03/2030;12/03/2030;;;R1;") == [("inchangee", "")]


def test_absences_that_swap_their_dates_find_room(prefecture: Prefecture) -> None:
    sorts(prefecture, "00123;CA;12/03/2030;12/03/2030;;;R1;", "00123;CA;13/03/2030;13/03/2030;;;R2;")
    obtenus = sorts(prefecture, "00123;CA;13/03/2030;13/03/2030;;;R1;", "00123;CA;14/03/2030;14/03/2030;;;R2;")
    assert [sort for sort, _ in obtenus] == ["changee", "changee"]
    assert {a_.reference for a_ in Absence.objects.filter(pendant__overlap=TimestamptzRange(a(2), a(3)))} == {"67:R1"}


def test_without_reference_an_absence_is_named_by_what_it_says(prefecture: Prefecture) -> None:
    entete, ligne = "agent,code,debut,fin", "00123,CA,12/03/2030,12/03/2030"
    assert [s for s, _ in sorts(prefecture, ligne, entete=entete)] == ["nouvelle"]
    assert [s for s, _ in sorts(prefecture, ligne, entete=entete)] == ["inchangee"]


def test_complete_file_takes_away_what_it_holds_no_more(prefecture: Prefecture, bruno: Agent) -> None:
    sorts(
        prefecture,
        "00123;CA;12/03/2030;12/03/2030;;;R1;",
        f"{bruno.username};CA;13/03/2030;13/03/2030;;;R2;",
        "00123;CA;20/03/2030;20/03/2030;;;R3;",
    )
    restes = ["00123;CA;11/03/2030;11/03/2030;;;R0;", "00123;CA;14/03/2030;14/03/2030;;;R4;"]
    assert [s for s, _ in sorts(prefecture, *restes)] == ["nouvelle", "nouvelle"], "another file may hold the others"
    ReglagesCasper.objects.update(complet=True)
    obtenus = sorts(prefecture, *restes)
    assert [s for s, _ in obtenus] == ["inchangee", "inchangee", "retiree", "retiree"]
    references = Absence.objects.order_by("reference").values_list("reference", flat=True)
    assert list(references) == ["67:R0", "67:R3", "67:R4"], "R3 is out of the period of the file"


@pytest.mark.parametrize(
    ("ligne", "restent"),
    [
        ("00123;INCONNU;12/03/2030;13/03/2030;;;R1;", {"67:R1", "67:R3"}),
        ("00123;CA;12/03/2030;31/02/2030;;;R1;", {"67:R1", "67:R3"}),
        ("00123;CA;12/03/2030;13/03/2030;soir;;R1;", {"67:R1", "67:R3"}),
        ("inconnue;CA;12/03/2030;13/03/2030;;;R1;", {"67:R1", "67:R3"}),
        ("00123;INCONNU;12/03/2030;13/03/2030;;;;", {"67:R1", "67:R3", "67:R4"}),
        ("inconnue;CA;12/03/2030;13/03/2030;;;;", {"67:R1", "67:R2", "67:R3", "67:R4"}),
    ],
)
def test_refused_line_takes_away_no_leave_that_it_may_speak_of(
    prefecture: Prefecture, bruno: Agent, ligne: str, restent: set[str]
) -> None:
    temoin = f"{bruno.username};CA;15/03/2030;15/03/2030;;;R3;"
    sorts(
        prefecture,
        "00123;CA;12/03/2030;13/03/2030;;;R1;",
        f"{bruno.username};CA;12/03/2030;12/03/2030;;;R2;",
        temoin,
        "00123;CA;14/03/2030;14/03/2030;;;R4;",
    )
    ReglagesCasper.objects.update(complet=True)
    (sort, _), *_ = sorts(prefecture, ligne, "00123;CA;11/03/2030;11/03/2030;;;R0;", temoin)
    assert sort == "refusee"
    references = set(Absence.objects.values_list("reference", flat=True)) - {"67:R0"}
    assert references == restent


def test_dates_of_a_refused_line_are_of_the_period_of_the_file(prefecture: Prefecture, bruno: Agent) -> None:
    sorts(prefecture, f"{bruno.username};CA;13/03/2030;13/03/2030;;;R2;")
    ReglagesCasper.objects.update(complet=True)
    obtenus = sorts(prefecture, "00123;INCONNU;12/03/2030;14/03/2030;;;R1;")
    assert [s for s, _ in obtenus] == ["refusee", "retiree"]


def test_line_refused_beside_what_is_known_takes_away_nothing_without_a_reference(
    prefecture: Prefecture, chloe: Agent
) -> None:
    entete, semaine = "agent;code;debut;fin", "00123;CA;12/03/2030;13/03/2030"
    sorts(prefecture, semaine, entete=entete)
    ReglagesCasper.objects.update(complet=True)
    AbsenceFactory(agent=chloe, pendant=TimestamptzRange(a(3), a(4)))
    obtenus = sorts(prefecture, "00123;CA;12/03/2030;14/03/2030", entete=entete)
    assert [s for s, _ in obtenus] == ["refusee"], "the same leave, longer, crosses one typed by hand"
    assert Absence.objects.filter(source="casper").count() == 1


def test_reference_that_passes_to_another_agent_gives_the_first_their_posts_back() -> None:
    publie = Publie()
    prefecture = publie.service.site.prefecture

    def importer(agent: Agent) -> list[tuple[str, str, int]]:
        contenu = f"{ENTETE}\n{agent.username};conge;11/03/2030;11/03/2030;;;R1;"
        lecture = importer_casper(prefecture, contenu, par=publie.chef, maintenant=INSTANT)
        return [(x.sort.value, x.raison, x.liberes) for x in lecture.lignes]

    assert importer(publie.un) == [("nouvelle", "", 1)]
    assert not Affectation.objects.filter(agent=publie.un).exists()
    assert importer(publie.trois) == [("changee", f"Elle était celle de {publie.un}.", 1)]
    absence = Absence.objects.get()
    assert (absence.agent, absence.reference) == (publie.trois, f"{prefecture.departement}:R1")
    assert Affectation.objects.filter(agent=publie.un).count() == 1
    assert not Affectation.objects.filter(agent=publie.trois).exists()
    assert importer(publie.trois) == [("inchangee", "", 0)]


def test_reference_that_another_agent_cannot_take_stays(prefecture: Prefecture, chloe: Agent, bruno: Agent) -> None:
    sorts(prefecture, "00123;CA;12/03/2030;13/03/2030;;;R1;")
    AbsenceFactory(agent=bruno, pendant=TimestamptzRange(a(1), a(2)))
    ReglagesCasper.objects.update(complet=True)
    assert [s for s, _ in sorts(prefecture, f"{bruno.username};CA;12/03/2030;13/03/2030;;;R1;")] == ["refusee"]
    assert Absence.objects.get(reference="67:R1").agent == chloe


def test_import_frees_posts_to_come_and_begins_after_one_that_has_begun(prefecture: Prefecture, chloe: Agent) -> None:
    commence = TimestamptzRange(INSTANT - timedelta(hours=1), INSTANT + timedelta(hours=3))
    AffectationFactory(agent=chloe, pendant=commence)
    AffectationFactory(
        agent=chloe, pendant=TimestamptzRange(INSTANT + timedelta(hours=4), INSTANT + timedelta(hours=7))
    )
    jour = f"{INSTANT:%d/%m/%Y}"
    lignes = [f"00123;CA;{jour};{jour};;;R1;"]
    assert sorts(prefecture, *lignes) == [("nouvelle", "")]
    assert Affectation.objects.get().pendant == commence
    assert Absence.objects.get().pendant.lower == commence.upper
    assert sorts(prefecture, *lignes) == [("inchangee", "")]
    assert ReglagesCasper.objects.get().dernier_bilan["demi_journees_liberees"] == 0


def test_one_file_imported_twice_at_once_is_written_once(prefecture: Prefecture, denis: Agent) -> None:
    contenu, depart, faits = f"{ENTETE}\n00123;CA;12/03/2030;12/03/2030;;;R1;", Barrier(2), []

    def importer() -> None:
        depart.wait()
        try:
            lecture = importer_casper(prefecture, contenu, par=acteur(denis), maintenant=INSTANT)
            faits.append(lecture.lignes[0].sort.value)
        finally:
            connection.close()

    fils = [Thread(target=importer) for _ in range(2)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert sorted(faits) == ["inchangee", "nouvelle"]
    assert Absence.objects.count() == 1


def test_only_who_plans_there_imports(prefecture: Prefecture, etienne: Agent, chloe: Agent) -> None:
    for par in (etienne, chloe):
        with pytest.raises(DroitRefuse):
            importer_casper(prefecture, ENTETE, par=acteur(par), maintenant=INSTANT)


def test_reading_does_not_grow_with_the_file(prefecture: Prefecture, django_assert_max_num_queries: object) -> None:
    for n in range(40):
        AgentFactory(accueil=True, username=f"agent{n}")
    contenu = "\n".join([ENTETE, *(f"agent{n};CA;12/03/2030;12/03/2030;;;R{n};" for n in range(40))])
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        lecture = lire_casper(prefecture, contenu, maintenant=INSTANT)
    assert len(lecture.de(Sort.NOUVELLE)) == 40


def test_command_gives_each_prefecture_its_agents(
    prefecture: Prefecture, etienne: Agent, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fichier = tmp_path / "casper.csv"
    lignes = [
        "Matricule\tcode\tdébut\tfin",
        "00123\tCA\t12/03/2030\t12/03/2030",
        f"{etienne.username}\tconge\t12/03/2030\t12/03/2030",
        "inconnu\tconge\t12/03/2030\t12/03/2030",
    ]
    fichier.write_bytes("\r\n".join(lignes).encode("cp1252"))
    with pytest.raises(CommandError, match="Il manque des colonnes : agent"):
        call_command("importer_casper", str(fichier))
    for departement in Prefecture.objects.all():
        ReglagesCasper.objects.create(prefecture=departement, colonnes={"agent": "matricule"})
    bilans = []
    for _ in range(2):
        call_command("importer_casper", str(fichier), json=True)
        bilans.append(json.loads(capsys.readouterr().out))
    ailleurs = etienne.attributions.get().prefecture.departement
    assert [(b["prefectures"]["67"]["nouvelles"], b["prefectures"][ailleurs]["nouvelles"]) for b in bilans] == [
        (1, 1),
        (0, 0),
    ]
    assert [r["ligne"] for r in bilans[0]["refusees"]] == [4]
    assert bilans[0]["prefectures"]["67"]["refusees"] == 0
    assert Absence.objects.count() == 2
    with pytest.raises(CommandError, match="ne se lit pas"):
        call_command("importer_casper", str(tmp_path / "absent.csv"))
    with pytest.raises(CommandError, match="département 99"):
        call_command("importer_casper", str(fichier), prefecture="99")


class Casper(ThreadingHTTPServer):
    """A CASPER of ours: what it answers, in order, and what it was asked."""

    reponses: list[tuple[int, bytes]]
    demandes: list[tuple[str, str]]


class _Repond(BaseHTTPRequestHandler):
    server: Casper

    def do_GET(self) -> None:
        self.server.demandes.append((self.path, self.headers.get("Authorization", "")))
        statut, corps = self.server.reponses.pop(0)
        self.send_response(statut)
        if statut == 302:
            self.send_header("Location", "/ailleurs")
        self.send_header("Content-Length", str(len(corps)))
        self.end_headers()
        self.wfile.write(corps)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def casper(settings: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Casper]:
    """A real server on this machine, configured."""
    serveur = Casper(("127.0.0.1", 0), _Repond)
    serveur.reponses, serveur.demandes = [], []
    Thread(target=serveur.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    settings.PLANIPREF_CASPER_URL = f"http://127.0.0.1:{serveur.server_port}/{{departement}}/absences"  # type: ignore[attr-defined]
    settings.PLANIPREF_CASPER_JETON = "secret"  # type: ignore[attr-defined]
    monkeypatch.setattr(flux_casper.ESSAIS, "backoff_factor", 0)
    yield serveur
    serveur.shutdown()
    serveur.server_close()


OBJETS = [{"agent": "00123", "code": "CA", "debut": "2030-03-12", "fin": "2030-03-12", "reference": 7, "etat": None}]


def test_address_is_read_with_its_token_and_tried_again(prefecture: Prefecture, casper: Casper) -> None:
    casper.reponses = [(503, b""), (200, json.dumps({"absences": OBJETS}).encode())]
    call_command("importer_casper", prefecture="67")
    assert casper.demandes == [("/67/absences", "Bearer secret")] * 2
    assert Absence.objects.get().reference == "67:7"


@pytest.mark.parametrize(
    ("reponses", "message"),
    [
        ([(401, b"")], "refuse de répondre .401."),
        ([(302, b"")], "refuse de répondre .302."),
        ([(503, b"")] * 3, "refuse de répondre .503."),
        ([(200, b"[1]")], "n’est pas une liste"),
        ([(200, b"[{")], "n’est pas du JSON"),
        ([(200, b"x" * 1_000_000)], "trop lourd"),
    ],
)
def test_bad_answers_are_said_and_write_nothing(
    prefecture: Prefecture, casper: Casper, reponses: list[tuple[int, bytes]], message: str
) -> None:
    casper.reponses = list(reponses)
    with pytest.raises(CommandError, match=message):
        call_command("importer_casper", prefecture="67")
    assert len(casper.demandes) == len(reponses)
    assert not Absence.objects.exists()


def test_token_goes_nowhere_in_clear_and_silence_is_said(prefecture: Prefecture, settings: object) -> None:
    for adresse, code in (("", "casper_absent"), ("http://casper.example/", "casper_absent")):
        settings.PLANIPREF_CASPER_URL = adresse  # type: ignore[attr-defined]
        with pytest.raises(ErreurMetier) as refus:
            flux_casper.recuperer(prefecture)
        assert refus.value.code == code
    settings.PLANIPREF_CASPER_URL = "http://127.0.0.1:9/"  # type: ignore[attr-defined]
    with pytest.raises(ErreurMetier, match="ne répond pas"):
        flux_casper.recuperer(prefecture)


def test_night_reads_every_prefecture(prefecture: Prefecture, casper: Casper, client: Client, denis: Agent) -> None:
    PrefectureFactory(departement="93")
    casper.reponses = [(200, json.dumps(OBJETS).encode())] * Prefecture.objects.count()
    bilan = de_nuit()
    assert bilan["prefectures"]["67"]["nouvelles"] == 1
    client.force_login(denis)
    page = client.get("/planning/casper/").content.decode()
    assert "Dernier import" in page
    assert "Lire CASPER maintenant" in page
