from __future__ import annotations

import uuid

import pytest
import time_machine

from demandes.models import CodeAcces, Convocation, Notification
from demandes.selectors import acteur_agent
from demandes.services.courriels import code_derive
from demandes.services.messages import ecrire
from planipref.commun.horloge import maintenant
from planipref.commun.jetons import deriver
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory
from tests.demandes.outils_depot import motif_ouvert, ouvrir_session, photo
from tests.parcours import amener_a

pytestmark = pytest.mark.django_db
NAISSANCE = "17/05/1980"


@pytest.fixture(autouse=True)
def _lundi():
    with time_machine.travel(INSTANT, tick=False):
        yield


@pytest.fixture
def deposee():
    return amener_a(DemandeFactory(motif=motif_ouvert()), "deposee")


def demander(client, numero, naissance=NAISSANCE):
    return client.post("/suivi/", {"numero": numero, "date_naissance": naissance})


def test_code_by_mail_opens_the_demande_once(client, deposee):
    assert demander(client, deposee.numero).url == "/suivi/code/"
    code = CodeAcces.objects.get()
    assert Notification.objects.get(modele="code_acces").contexte == {"code_acces_id": code.pk}
    chiffres = code_derive(code.pk)
    assert chiffres not in code.empreinte
    assert client.get(f"/suivi/{deposee.numero}/").status_code == 404
    reponse = client.post("/suivi/code/", {"code": f"{chiffres[:3]} {chiffres[3:]}"})
    assert reponse.url == f"/suivi/{deposee.numero}/"
    page = client.get(reponse.url).content.decode()
    assert f'data-numero="{deposee.numero}"' in page
    assert 'data-etat="deposee"' in page
    demander(client, deposee.numero, "01/01/1990")
    assert client.post("/suivi/code/", {"code": chiffres}).status_code == 422


def test_draft_resumed_speaks_of_the_birth_date_alone(client, deposee):
    demander(client, deposee.numero)
    assert "Si le numéro et la date de naissance sont justes" in client.get("/suivi/code/").content.decode()
    client.post(f"/depot/{uuid.uuid4()}/", {"date_naissance": NAISSANCE})
    assert "Si la date de naissance est juste" in client.get("/suivi/code/").content.decode()


def test_code_expires_after_a_quarter_of_an_hour(client, deposee):
    demander(client, deposee.numero)
    code = CodeAcces.objects.get()
    code.expire_le = maintenant()
    code.save()
    assert client.post("/suivi/code/", {"code": code_derive(code.pk)}).status_code == 422


def test_answer_is_the_same_whether_number_and_birth_date_match_or_not(client, deposee):
    reponses = [
        demander(client, deposee.numero),
        demander(client, deposee.numero, "01/01/1990"),
        demander(client, "67-2030-999999"),
    ]
    assert {(r.status_code, r.url) for r in reponses} == {(303, "/suivi/code/")}
    assert CodeAcces.objects.count() == 1
    assert client.post("/suivi/code/", {"code": "000000"}).status_code == 422


def test_number_is_read_with_spaces_and_without_its_zeros(client, deposee):
    departement, annee, rang = deposee.numero.split("-")
    demander(client, f" {departement} {annee}–{int(rang)} ")
    assert CodeAcces.objects.get().demande == deposee


def test_bad_number_is_kept_and_explained(client):
    reponse = demander(client, "n'importe quoi")
    assert reponse.status_code == 422
    assert "n&#x27;importe quoi" in reponse.content.decode()


def test_too_many_requests_for_one_number_are_429(client, deposee):
    statuts = [demander(client, deposee.numero, "01/01/1990").status_code for _ in range(6)]
    assert statuts == [303] * 5 + [429]


def test_too_many_wrong_codes_are_429_even_for_the_right_one(client, deposee):
    demander(client, deposee.numero)
    bon = code_derive(CodeAcces.objects.get().pk)
    faux = f"{(int(bon) + 1) % 1_000_000:06d}"
    assert [client.post("/suivi/code/", {"code": faux}).status_code for _ in range(5)] == [422] * 5
    assert client.post("/suivi/code/", {"code": bon}).status_code == 429
    assert client.get(f"/suivi/{deposee.numero}/").status_code == 404


def test_mailed_link_opens_the_demande_and_a_wrong_one_is_404(client, deposee):
    jeton = deriver("suivi", str(deposee.cle))
    assert client.get(f"/suivi/lien/{deposee.cle}/{jeton}/").url == f"/suivi/{deposee.numero}/"
    assert client.get(f"/suivi/lien/{deposee.cle}/{jeton[::-1]}/").status_code == 404
    inconnue = uuid.uuid4()
    assert client.get(f"/suivi/lien/{inconnue}/{deriver('suivi', str(inconnue))}/").status_code == 404


def test_every_action_on_a_foreign_demande_is_404(client, deposee):
    ouvrir_session(client, DemandeFactory(motif=deposee.motif))
    assert client.get(f"/suivi/{deposee.numero}/").status_code == 404
    for action in ("pieces", "message", "retirer"):
        assert client.post(f"/suivi/{deposee.numero}/{action}/", {"corps": "x"}).status_code == 404
    deposee.refresh_from_db()
    assert deposee.etat == "deposee"
    assert not deposee.messages.exists()


@pytest.mark.parametrize(
    ("etat", "attendu"),
    [
        ("deposee", "Un agent vérifie votre dossier"),
        ("a_completer", "Envoyez les documents demandés"),
        ("complete", "Votre dossier est complet"),
        ("en_instruction", "Un agent examine votre demande"),
        ("accordee", "Votre demande est acceptée"),
        ("refusee", "Votre demande est refusée"),
        ("a_remettre", "Votre titre est prêt"),
        ("remise", "Votre titre vous a été remis"),
        ("sans_suite", "Votre demande est arrêtée"),
        ("cloturee", "Votre demande est terminée"),
    ],
)
def test_page_says_what_happens_next(client, etat, attendu):
    demande = amener_a(DemandeFactory(motif=motif_ouvert()), etat)
    ouvrir_session(client, demande)
    page = client.get(f"/suivi/{demande.numero}/").content.decode()
    assert attendu in page
    assert f'data-etat="{etat}"' in page


@pytest.mark.parametrize("etat", ["convoquee", "rdv_pris"])
def test_page_leads_to_the_appointment(client, etat):
    demande = amener_a(DemandeFactory(motif=motif_ouvert()), etat)
    ouvrir_session(client, demande)
    page = client.get(f"/suivi/{demande.numero}/").content.decode()
    jeton = deriver("convocation", str(demande.convocations.get().cle))
    assert f'href="/rdv/{jeton}/"' in page
    if etat == "rdv_pris":
        assert "jeudi 7 mars 2030" in page


def test_page_says_what_silence_is_worth(client, deposee):
    ouvrir_session(client, deposee)
    assert (
        "Sans réponse le jeudi 4 juillet 2030, votre demande sera réputée rejetée."
        in client.get(f"/suivi/{deposee.numero}/").content.decode()
    )


@pytest.mark.parametrize("etat", ["deposee", "a_completer", "convoquee", "rdv_pris", "accordee"])
def test_page_reads_nine_queries_at_most(client, etat, django_assert_max_num_queries):
    demande = amener_a(DemandeFactory(motif=motif_ouvert(pieces=3)), etat)
    ouvrir_session(client, demande)
    with django_assert_max_num_queries(9):
        client.get(f"/suivi/{demande.numero}/")


def test_pieces_asked_for_are_sent_and_the_demande_goes_back(client):
    demande = amener_a(DemandeFactory(motif=motif_ouvert(pieces=2)), "a_completer")
    ouvrir_session(client, demande)
    adresse = f"/suivi/{demande.numero}/pieces/"
    assert client.post(adresse, {}).status_code == 422
    assert client.post(adresse, {"piece_piece-0": photo()}).status_code == 303
    demande.refresh_from_db()
    assert demande.etat == "a_completer"
    assert "piece_piece-0" not in client.get(f"/suivi/{demande.numero}/").content.decode()
    assert client.post(adresse, {"piece_piece-1": photo()}).status_code == 303
    demande.refresh_from_db()
    assert demande.etat == "deposee"
    assert client.post(adresse, {"piece_piece-1": photo()}).status_code == 303
    assert demande.pieces.courantes().count() == 2


def test_message_is_written_and_an_empty_one_is_422(client, deposee):
    ouvrir_session(client, deposee)
    adresse = f"/suivi/{deposee.numero}/message/"
    assert client.post(adresse, {"corps": "  "}).status_code == 422
    assert client.post(adresse, {"corps": "Bonjour <b>"}).status_code == 303
    assert "Bonjour &lt;b&gt;" in client.get(f"/suivi/{deposee.numero}/").content.decode()
    statuts = [client.post(adresse, {"corps": "encore"}).status_code for _ in range(10)]
    assert statuts[-1] == 429


def test_message_of_the_service_is_marked_read_when_seen(client, deposee):
    agent = AgentFactory(instructeur=True)
    ecrire(deposee, "Apportez l’original.", par=acteur_agent(agent), maintenant=maintenant())
    ouvrir_session(client, deposee)
    assert "Apportez l’original." in client.get(f"/suivi/{deposee.numero}/").content.decode()
    assert deposee.messages.get().lu_le == INSTANT


def test_withdrawal_asks_first_and_is_done_once(client, deposee):
    ouvrir_session(client, deposee)
    adresse = f"/suivi/{deposee.numero}/retirer/"
    assert 'data-action="retirer"' in client.get(adresse).content.decode()
    deposee.refresh_from_db()
    assert deposee.etat == "deposee"
    assert client.post(adresse).url == f"/suivi/{deposee.numero}/"
    deposee.refresh_from_db()
    assert deposee.etat == "sans_suite"
    assert client.post(adresse).status_code == 303


def test_leaving_forgets_the_demande(client, deposee):
    ouvrir_session(client, deposee)
    assert client.post("/suivi/quitter/").status_code == 303
    assert client.get(f"/suivi/{deposee.numero}/").status_code == 404


def test_page_opens_while_an_agent_revokes_the_invitation_of_an_appointment(client):
    """Demande, invitation and appointment are read one after the other: a page may see them of two instants."""
    demande = amener_a(DemandeFactory(motif=motif_ouvert()), "rdv_pris")
    ouvrir_session(client, demande)
    Convocation.objects.filter(demande=demande).update(etat="revoquee")
    page = client.get(f"/suivi/{demande.numero}/")
    assert page.status_code == 200
    assert "Rechargez cette page." in page.content.decode()
