"""Batches of letters: who may, what is taken, posted or given back; two agents never share a letter."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from threading import Barrier, Thread
from typing import Any

import pikepdf
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from demandes.models import Agent, Deport, Evenement, LotCourrier, ModeleMessage, Notification, Service
from demandes.selectors_courrier import lettres_par_service
from demandes.services import lots_courrier as services
from demandes.services.convocation import revoquer_convocation
from demandes.services.lots_courrier import abandonner_lot, composer_lots, poster_lot, preparer_lot, retirer_lettre
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.masque import LIEN, Garde
from planning.services import reservation
from tests.demandes.aide_lettres import ecrire, lettres, sans_adresse_electronique
from tests.demandes.factories import INSTANT, AgentFactory, PrefectureFactory, ServiceFactory
from tests.parcours import acteur, convocation_active, equipe

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]


@pytest.fixture(autouse=True)
def _dossier(settings: Any, tmp_path: Any) -> None:
    settings.PLANIPREF_DATA = tmp_path


@pytest.fixture
def demande() -> Any:
    """A file with two letters that wait."""
    demande = sans_adresse_electronique("complete")
    ecrire(demande, "depot", cle="x")
    return demande


def preparer(demande: Any, qui: Agent | None = None) -> LotCourrier:
    """Prepare a batch of the service of a file."""
    lot = preparer_lot(demande.service, par=acteur(qui or equipe(demande).chloe), maintenant=INSTANT)
    assert lot is not None
    return lot


def natures(prefixe: str = "courrier:") -> list[str]:
    return list(Evenement.objects.filter(nature__startswith=prefixe).order_by("pk").values_list("nature", flat=True))


def test_prepared_composed_and_posted_each_letter_is_sent_once(demande):
    par = acteur(equipe(demande).chloe)
    lot = preparer(demande)
    assert (lot.numero, lot.nb_lettres) == (1, 2)
    assert {n.etat for n in lettres()} == {"en_envoi"}
    with pytest.raises(ErreurMetier, match="pas encore composé"):
        poster_lot(lot, par=par, maintenant=INSTANT)
    assert composer_lots() == 1
    assert composer_lots() == 0
    lot.refresh_from_db()
    with lot.pdf.open("rb") as fichier, pikepdf.open(BytesIO(fichier.read())) as pdf:
        assert len(pdf.pages) == 2 * (1 + lot.nb_lettres)
    reserve, nom = lot.pdf.storage, str(lot.pdf.name)
    assert poster_lot(lot, par=par, maintenant=INSTANT) == 2
    assert {(n.etat, n.envoyee_le, n.lot_id) for n in lettres()} == {("envoyee", INSTANT, lot.pk)}
    assert not reserve.exists(nom)
    assert natures() == ["courrier:prepare", "courrier:poste"]
    with pytest.raises(ErreurMetier, match="déjà posté"):
        poster_lot(lot, par=par, maintenant=INSTANT)


def test_what_is_kept_of_a_letter_is_what_was_printed_though_its_text_changes_before_the_post(demande):
    lot = preparer(demande)
    composer_lots()
    imprimes = {n.pk: (n.objet, n.texte) for n in lettres()}
    assert all(LIEN in texte for _, texte in imprimes.values())
    ModeleMessage.objects.create(etape="complete", canal="courrier", langue="fr", objet="Autre", texte="Autre")
    poster_lot(lot, par=acteur(equipe(demande).chloe), maintenant=INSTANT)
    assert {n.pk: (n.objet, n.texte) for n in lettres()} == imprimes


def test_a_letter_given_back_has_said_nothing(demande):
    lot = preparer(demande)
    composer_lots()
    abandonner_lot(lot, par=acteur(equipe(demande).chloe), maintenant=INSTANT)
    assert {(n.objet, n.texte) for n in lettres()} == {("", "")}


def test_given_up_its_letters_wait_again_and_the_next_batch_has_its_own_number(demande):
    par = acteur(equipe(demande).chloe)
    premier = preparer(demande)
    assert abandonner_lot(premier, par=par, maintenant=INSTANT) == 2
    assert {(n.etat, n.lot_id) for n in lettres()} == {("a_envoyer", None)}
    assert preparer(demande).numero == 2
    with pytest.raises(ErreurMetier, match="déjà abandonné"):
        abandonner_lot(premier, par=par, maintenant=INSTANT)


def test_a_batch_takes_no_more_than_it_holds(demande, monkeypatch):
    monkeypatch.setattr(services, "LETTRES_PAR_LOT", 1)
    assert [preparer(demande).nb_lettres for _ in range(2)] == [1, 1]
    assert preparer_lot(demande.service, par=acteur(equipe(demande).chloe), maintenant=INSTANT) is None


def test_two_agents_pressing_at_once_share_no_letter(demande, monkeypatch):
    monkeypatch.setattr(services, "LETTRES_PAR_LOT", 2)
    for n in range(6):
        ecrire(demande, "complete", cle=f"t{n}")
    par, depart = acteur(equipe(demande).chloe), Barrier(4)
    faits: list[Any] = []

    def presser() -> None:
        depart.wait()
        lot = preparer_lot(demande.service, par=par, maintenant=INSTANT)
        faits.append(lot and set(lot.lettres.values_list("pk", flat=True)))
        connection.close()

    fils = [Thread(target=presser) for _ in range(4)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert [len(f) for f in faits] == [2, 2, 2, 2]
    assert len(set().union(*faits)) == 8
    assert sorted(LotCourrier.objects.values_list("numero", flat=True)) == [1, 2, 3, 4]


def test_a_letter_that_is_no_longer_true_is_cancelled_not_printed():
    demande = sans_adresse_electronique("convoquee")
    par = acteur(equipe(demande).chloe)
    revoquer_convocation(demande, par=par, maintenant=INSTANT)
    lot = preparer(demande)
    assert {n.modele: n.etat for n in lettres()} == {
        "complete": "en_envoi",
        "convocation": "annulee",
        "convocation_revoquee": "en_envoi",
    }
    assert lot.nb_lettres == 2


def test_of_a_convocation_and_the_appointment_taken_since_only_the_appointment_is_printed():
    demande = sans_adresse_electronique("rdv_pris")
    preparer(demande)
    assert {n.modele: n.etat for n in lettres()} == {
        "complete": "en_envoi",
        "convocation": "annulee",
        "rendez_vous": "en_envoi",
    }
    reservation.annuler(convocation_active(demande), par=acteur(demande.usager), maintenant=INSTANT)
    composer_lots()
    with pytest.raises(ErreurMetier, match="plus vraies"):
        poster_lot(LotCourrier.objects.get(), par=acteur(equipe(demande).chloe), maintenant=INSTANT)


def test_a_letter_grown_false_in_the_pile_is_taken_out_before_posting():
    demande = sans_adresse_electronique("convoquee")
    par = acteur(equipe(demande).chloe)
    lot = preparer(demande)
    composer_lots()
    vraie, fausse = lettres()
    with pytest.raises(ErreurMetier, match="bonne à envoyer"):
        retirer_lettre(lot, vraie.pk, par=par, maintenant=INSTANT)
    revoquer_convocation(demande, par=par, maintenant=INSTANT)
    with pytest.raises(ErreurMetier, match=demande.numero):
        poster_lot(lot, par=par, maintenant=INSTANT)
    retirer_lettre(lot, fausse.pk, par=par, maintenant=INSTANT)
    assert poster_lot(lot, par=par, maintenant=INSTANT) == 1
    assert [n.etat for n in lettres()][:2] == ["envoyee", "annulee"]


def test_a_letter_without_a_whole_address_stays(demande):
    demande.usager.commune = ""
    demande.usager.save(update_fields=["commune"])
    assert preparer_lot(demande.service, par=acteur(equipe(demande).chloe), maintenant=INSTANT) is None
    assert {n.etat for n in lettres()} == {"a_envoyer"}


def test_one_letter_that_cannot_be_made_becomes_a_task_and_the_others_are_printed(demande):
    preparer(demande)
    casse = lettres()[0]
    Notification.objects.filter(pk=casse.pk).update(modele="inconnu")
    composer_lots()
    lot = LotCourrier.objects.get()
    assert (lot.nb_lettres, bool(lot.pdf)) == (1, True)
    casse.refresh_from_db()
    assert (casse.etat, casse.lot_id) == ("echec", None)


def test_a_batch_whose_worker_died_is_composed_again(demande, monkeypatch):
    lot = preparer(demande)
    assert services._reclamer() is not None
    assert services._reclamer() is None
    LotCourrier.objects.filter(pk=lot.pk).update(compose_le=INSTANT - services.SILENCE * 2)
    assert composer_lots() == 1


def test_composed_after_it_was_given_up_leaves_no_file(demande, tmp_path):
    lot = preparer(demande)
    abandonner_lot(lot, par=acteur(equipe(demande).chloe), maintenant=INSTANT)
    services._ranger(lot, b"%PDF-", {n.pk: Garde("Objet", "Texte") for n in lettres()})
    lot.refresh_from_db()
    assert not lot.pdf
    assert not list(tmp_path.rglob("courriers/*.pdf"))


@pytest.mark.parametrize("role", ["accueil", "webmestre", "administrateur"])
def test_who_does_not_write_to_usagers_prepares_nothing(demande, role):
    with pytest.raises(DroitRefuse):
        preparer_lot(demande.service, par=acteur(AgentFactory(role=role)), maintenant=INSTANT)


def test_an_agent_of_another_service_or_prefecture_sees_and_does_nothing(demande):
    lot = preparer(demande)
    ailleurs = PrefectureFactory(departement="56")
    autre = ServiceFactory(genre=Service.Genre.COMMUNICATION)
    etranger = AgentFactory(instructeur=True, prefecture=ailleurs)
    voisine = AgentFactory(instructeur=True)
    voisine.attributions.update(service=autre)
    for qui in (etranger, voisine):
        assert not LotCourrier.objects.visibles_par(Agent.objects.get(pk=qui.pk)).exists()
        with pytest.raises(DroitRefuse):
            abandonner_lot(lot, par=acteur(qui), maintenant=INSTANT)


def test_an_agent_who_declared_not_to_handle_a_person_neither_prints_nor_sees_the_letter(demande):
    chloe, denis = equipe(demande).chloe, equipe(demande).denis
    Deport.objects.create(agent=chloe, numero_demande=demande.numero, declare_le=INSTANT)
    assert lettres_par_service(Agent.objects.get(pk=chloe.pk)) == []
    assert preparer_lot(demande.service, par=acteur(chloe), maintenant=INSTANT) is None
    lot = preparer(demande, denis)
    assert not LotCourrier.objects.visibles_par(Agent.objects.get(pk=chloe.pk)).exists()
    with pytest.raises(DroitRefuse):
        poster_lot(lot, par=acteur(chloe), maintenant=INSTANT)


def test_the_database_keeps_each_letter_in_one_posted_batch(demande):
    lot = preparer(demande)
    composer_lots()
    poster_lot(lot, par=acteur(equipe(demande).chloe), maintenant=INSTANT)
    ecrire(demande, "complete", cle="z")
    autre = preparer(demande)
    for champs in ({"lot": autre}, {"lot": None}, {"etat": "a_envoyer", "lot": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Notification.objects.filter(lot=lot).update(**champs)
    with pytest.raises(IntegrityError), transaction.atomic():
        Notification.objects.filter(lot=autre).update(lot=None)


def test_the_page_takes_a_letter_from_waiting_to_posted(demande, client: Client):
    client.force_login(equipe(demande).chloe)
    page = client.get("/agent/courriers/").content.decode()
    assert "2 lettres en attente" in page
    reponse: Any = client.post(f"/agent/courriers/services/{demande.service_id}/preparer/")
    lot = LotCourrier.objects.get()
    assert reponse.url == f"/agent/courriers/{lot.pk}/"
    assert "va commencer" in client.get(reponse.url).content.decode()
    assert "HX-Refresh" not in client.get(f"{reponse.url}etat/").headers
    composer_lots()
    assert client.get(f"{reponse.url}etat/").headers["HX-Refresh"] == "true"
    pdf: Any = client.get(f"{reponse.url}lettres.pdf")
    assert b"".join(pdf.streaming_content).startswith(b"%PDF-")
    assert natures("lecture:courrier") == ["lecture:courrier"]
    client.post(f"{reponse.url}poster/")
    lot.refresh_from_db()
    assert lot.etat == "poste"
    dossier = client.get(f"/agent/demandes/{demande.numero}/").content.decode()
    assert "postée, lot n° 1" in dossier
    assert "a déposé une lettre à la poste" in dossier
    assert client.get(f"{reponse.url}lettres.pdf").status_code == 404


def test_composition_that_lasts_too_long_keeps_what_is_made_and_gives_the_rest_back(demande, monkeypatch):
    monkeypatch.setattr(services, "DUREE_MAX", timedelta(seconds=-1))
    lot = preparer(demande)
    assert composer_lots() == 1
    lot.refresh_from_db()
    assert (lot.nb_lettres, bool(lot.pdf)) == (1, True)
    assert [(n.etat, n.lot_id) for n in lettres()] == [("en_envoi", lot.pk), ("a_envoyer", None)]
    assert natures() == ["courrier:prepare", "courrier:abandonne"]
    assert poster_lot(lot, par=acteur(equipe(demande).chloe), maintenant=INSTANT) == 1
    assert preparer(demande).nb_lettres == 1


def test_batch_whose_letters_have_all_left_is_given_up_not_posted(demande, client: Client):
    lot = preparer(demande)
    Notification.objects.filter(lot=lot).update(modele="inconnu")
    composer_lots()
    client.force_login(equipe(demande).chloe)
    page = client.get(f"/agent/courriers/{lot.pk}/").content.decode()
    assert "plus de lettre dans ce lot" in page
    assert "poster-lot" not in page
    with pytest.raises(ErreurMetier, match="plus de lettre"):
        poster_lot(lot, par=acteur(equipe(demande).chloe), maintenant=INSTANT)
    assert abandonner_lot(lot, par=acteur(equipe(demande).chloe), maintenant=INSTANT) == 0


def test_file_that_the_store_has_lost_is_made_again(demande, client: Client):
    lot = preparer(demande)
    composer_lots()
    lot.refresh_from_db()
    lot.pdf.storage.delete(str(lot.pdf.name))
    client.force_login(equipe(demande).chloe)
    adresse = f"/agent/courriers/{lot.pk}/lettres.pdf"
    assert client.get(adresse).status_code == 303
    assert natures("lecture:courrier") == []  # nothing was read
    assert composer_lots() == 1
    assert client.get(adresse).status_code == 200


def test_batch_whose_file_does_not_come_says_what_to_do(demande, client: Client, temps_fige):
    lot = preparer(demande)
    client.force_login(equipe(demande).chloe)
    adresse = f"/agent/courriers/{lot.pk}/"
    assert "devrait être finie" not in client.get(adresse).content.decode()
    temps_fige.move_to(INSTANT + services.PATIENCE + timedelta(seconds=1))
    client.force_login(equipe(demande).chloe)
    for page in (adresse, f"{adresse}etat/"):
        assert "devrait être finie" in client.get(page).content.decode()


def test_the_list_has_pages_and_leads_to_batches_closed_long_ago(demande, client: Client, monkeypatch):
    monkeypatch.setattr("demandes.views.courriers.LOTS_PAR_PAGE", 2)
    par = acteur(equipe(demande).chloe)
    lots = []
    for _ in range(4):
        lots.append(preparer(demande))
        abandonner_lot(lots[-1], par=par, maintenant=INSTANT)
    client.force_login(equipe(demande).chloe)
    premiere = client.get("/agent/courriers/").content.decode()
    seconde = client.get("/agent/courriers/?page=2").content.decode()
    for page, montres in ((premiere, lots[2:]), (seconde, lots[:2])):
        assert [f"/agent/courriers/{lot.pk}/" in page for lot in lots] == [lot in montres for lot in lots]
    assert "Abandonné" in seconde
    assert client.get(f"/agent/courriers/{lots[0].pk}/").status_code == 200


def test_page_of_a_batch_asks_as_much_of_the_base_for_many_letters_as_for_few(client: Client):
    demande = sans_adresse_electronique("rdv_pris")
    convoquee = sans_adresse_electronique("convoquee", motif=demande.motif)
    client.force_login(equipe(demande).chloe)

    def requetes() -> int:
        lot = preparer(demande)
        with CaptureQueriesContext(connection) as faites:
            page = client.get(f"/agent/courriers/{lot.pk}/").content.decode()
        assert page.count("retirer-lettre") == 0
        assert page.count("À poster") == lot.nb_lettres
        abandonner_lot(lot, par=acteur(equipe(demande).chloe), maintenant=INSTANT)
        return len(faites)

    peu = requetes()
    contextes = {n.modele: n.contexte for n in lettres()}
    for n in range(4):
        ecrire(demande, "rendez_vous", cle=f"r{n}", contexte=contextes["rendez_vous"])
        ecrire(convoquee, "convocation", cle=f"c{n}", contexte=_convocation(convoquee))
        ecrire(convoquee, "convocation_lien", cle=f"l{n}", contexte=_convocation(convoquee))
        ecrire(demande, "message", cle=f"m{n}")
    quelques = requetes()
    for n in range(4, 9):
        ecrire(demande, "rendez_vous", cle=f"r{n}", contexte=contextes["rendez_vous"])
        ecrire(convoquee, "convocation", cle=f"c{n}", contexte=_convocation(convoquee))
        ecrire(convoquee, "convocation_lien", cle=f"l{n}", contexte=_convocation(convoquee))
    assert requetes() == quelques
    assert quelques <= peu + 4


def _convocation(demande: Any) -> dict[str, int]:
    return {"convocation_id": convocation_active(demande).pk}
