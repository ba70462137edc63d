"""A family at the desk and the counter: one ticket, each person's file, and an outcome for each."""

import pytest
import time_machine

from demandes.models import Convocation, Notification
from guichet.models import Passage, Venue
from guichet.selectors_accueil import rechercher
from guichet.selectors_attente import passage_attendu
from guichet.services import accueil, guichet
from guichet.services.absences import constater_les_absences
from planipref.commun.erreurs import ErreurMetier
from planning.models import RendezVous
from planning.services import reservation
from tests.demandes.factories import INSTANT
from tests.demandes.outils_famille import convoquer_ensemble, creneaux, etats, famille
from tests.parcours import acteur, equipe, verifier_contraintes
from tests.planning.factories import CreneauFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
APRES = INSTANT.replace(hour=9)


@pytest.fixture
def venue_du_jour():
    """Three persons of a family expected at 10:00 today: demandes, team, appointment."""
    demandes = famille(3, plein_droit=True, guichet_minutes=15)
    porteuse, e = convoquer_ensemble(demandes), equipe(demandes[0])
    premier, *_ = [CreneauFactory(file=e.file, debut=APRES.replace(minute=15 * i)) for i in range(3)]
    par = acteur(porteuse.demande.usager)
    return demandes, e, reservation.reserver(porteuse, premier, par=par, maintenant=INSTANT)


def arriver(e, rendez_vous):
    return accueil.enregistrer_arrivee(rendez_vous, par=acteur(e.chloe), maintenant=INSTANT)


def recevoir(e, rendez_vous, absentes=()):
    arriver(e, rendez_vous)
    par = acteur(e.denis)
    passage = guichet.appeler_suivant(e.guichet, [e.file], par=par, maintenant=INSTANT)
    assert passage is not None
    return guichet.recevoir(passage, absentes=[d.pk for d in absentes], par=par, maintenant=INSTANT)


@pytest.fixture
def au_guichet(client):
    def connecter(e):
        client.force_login(e.denis)
        assert client.post("/guichet/poste/", {"guichet": e.guichet.pk}).status_code == 303
        return client

    return connecter


@pytest.mark.parametrize("rang", [0, 1, 2])
def test_any_number_of_the_family_finds_the_visit_and_gives_one_ticket(client, venue_du_jour, rang):
    demandes, e, _ = venue_du_jour
    client.force_login(e.chloe)
    client.post("/guichet/accueil/site/", {"site": e.site.pk})
    page = client.get("/guichet/accueil/").content.decode()
    assert page.count("data-avec=") == 2
    reponse = client.post("/guichet/accueil/rattacher/", {"numero": demandes[rang].numero})
    assert reponse.status_code == 303
    passage = Passage.objects.get()
    assert passage.personnes == 3
    assert passage.venues.count() == 3
    ticket = client.get(reponse["Location"]).content.decode()
    assert all(d.numero in ticket for d in demandes)
    for demande in demandes:
        assert passage_attendu(demande, maintenant=INSTANT) == passage  # each follows the wait from their own page
        assert demande.evenements.filter(nature="passage:arrive").count() == 1
        (resultat,) = rechercher(e.chloe, e.site, demande.numero, maintenant=INSTANT)
        assert resultat.passage == passage
        with pytest.raises(ErreurMetier) as refus:
            accueil.enregistrer_sans_rdv(e.file, demande=demande, par=acteur(e.chloe), maintenant=INSTANT)
        assert refus.value.code == "deja_arrive"


def test_all_received_together_and_each_decided_at_the_counter(au_guichet, venue_du_jour):
    demandes, e, rendez_vous = venue_du_jour
    passage = recevoir(e, rendez_vous)
    assert etats(*demandes) == ["recue"] * 3
    verifier_contraintes()
    rendez_vous.refresh_from_db()
    assert rendez_vous.etat == "honore"
    assert not Convocation.objects.actives().exists()
    client = au_guichet(e)
    page = client.get("/guichet/").content.decode()
    for demande in demandes:
        assert f'data-numero="{demande.numero}"' in page
    un, deux, trois = demandes
    base = f"/guichet/passages/{passage.pk}/"
    reponse = client.post(f"{base}demande/accorder/", {"numero": deux.numero})
    assert reponse["Location"] == f"/guichet/#{deux.numero}"
    assert etats(*demandes) == ["recue", "accordee", "recue"]
    refus = client.post(f"{base}terminer/")
    assert refus.status_code == 409
    assert "DIOP Awa, DIOP Enfant1" in refus.content.decode()
    client.post(f"{base}demande/instruire/", {"numero": un.numero})
    assert client.post(f"{base}finir/", {"numero": trois.numero}).status_code == 303
    assert f'data-numero="{trois.numero}"' in client.get("/guichet/").content.decode()  # shown until the visit ends
    assert client.post(f"{base}terminer/").status_code == 303
    passage.refresh_from_db()
    assert passage.etat == "termine"
    assert etats(*demandes) == ["en_instruction", "accordee", "recue"]


@pytest.mark.parametrize("rang", [0, 1])
def test_one_absent_is_marked_and_takes_another_appointment_alone(venue_du_jour, rang):
    demandes, e, rendez_vous = venue_du_jour
    absente = demandes[rang]
    passage = recevoir(e, rendez_vous, absentes=[absente])
    verifier_contraintes()
    attendus = ["recue"] * 3
    attendus[rang] = "convoquee"
    assert etats(*demandes) == attendus
    assert passage.venues.get(demande=absente).etat == Venue.Etat.ABSENTE
    assert passage.demande_id != absente.pk
    rendez_vous.refresh_from_db()
    assert rendez_vous.etat == "honore"
    seule = Convocation.objects.actives().avec_page().get(demande=absente)
    assert (seule.jointe_a, seule.personnes) == (None, 1)
    message = Notification.objects.get(modele="absence")
    assert (message.demande_id, message.contexte["convocation_id"]) == (absente.pk, seule.pk)
    creneau = creneaux(absente, 1)[0]
    reservation.reserver(seule, creneau, par=acteur(absente.usager), maintenant=INSTANT)
    assert etats(absente) == ["rdv_pris"]


def test_screen_asks_who_is_there_before_receiving(au_guichet, venue_du_jour):
    demandes, e, rendez_vous = venue_du_jour
    arriver(e, rendez_vous)
    client = au_guichet(e)
    client.post("/guichet/appeler/")
    passage = Passage.objects.get()
    assert client.get("/guichet/").content.decode().count('name="presente"') == 3
    adresse = f"/guichet/passages/{passage.pk}/recevoir/"
    assert client.post(adresse, {"famille": "1"}).status_code == 409  # nobody ticked
    presentes = {"famille": "1", "presente": [demandes[0].numero, demandes[2].numero]}
    assert client.post(adresse, presentes).status_code == 303
    assert etats(*demandes) == ["recue", "convoquee", "recue"]
    page = client.get("/guichet/").content.decode()
    assert 'data-venue="absente"' in page
    assert f'data-numero="{demandes[1].numero}"' not in page


def test_number_of_somebody_else_opens_nothing_at_the_counter(au_guichet, venue_du_jour):
    _, e, rendez_vous = venue_du_jour
    passage = recevoir(e, rendez_vous)
    (autre,) = famille(1, "deposee")
    client = au_guichet(e)
    for suite in ("demande/accorder/", "pieces/", "finir/", "remettre/"):
        assert client.post(f"/guichet/passages/{passage.pk}/{suite}", {"numero": autre.numero}).status_code == 404
    assert etats(autre) == ["deposee"]


def test_nobody_came_and_the_family_takes_another_appointment_together(venue_du_jour):
    demandes, _, rendez_vous = venue_du_jour
    assert constater_les_absences(maintenant=INSTANT.replace(day=5)) == 1
    assert etats(*demandes) == ["convoquee"] * 3
    assert Notification.objects.filter(modele="absence").count() == 1
    assert RendezVous.objects.get(pk=rendez_vous.pk).etat == "absent"
    porteuse = Convocation.objects.avec_page().get(pk=rendez_vous.convocation_id)
    places = creneaux(demandes[0], 3)
    reservation.reserver(porteuse, places[0], par=acteur(porteuse.demande.usager), maintenant=INSTANT)
    assert etats(*demandes) == ["rdv_pris"] * 3


def test_one_who_comes_alone_before_leaves_the_visit_of_the_others(venue_du_jour):
    demandes, e, rendez_vous = venue_du_jour
    seule = demandes[0]  # who bears the link
    accueil.enregistrer_sans_rdv(e.file, demande=seule, par=acteur(e.chloe), maintenant=INSTANT)
    passage = guichet.appeler_suivant(e.guichet, [e.file], par=acteur(e.denis), maintenant=INSTANT)
    assert passage is not None
    guichet.recevoir(passage, par=acteur(e.denis), maintenant=INSTANT)
    assert etats(*demandes) == ["recue", "rdv_pris", "rdv_pris"]
    rendez_vous.refresh_from_db()
    assert (rendez_vous.etat, rendez_vous.prolongements.count()) == ("pris", 1)
    verifier_contraintes()


def test_appointment_is_not_moved_once_the_family_is_here(venue_du_jour):
    demandes, e, rendez_vous = venue_du_jour
    arriver(e, rendez_vous)
    porteuse = Convocation.objects.avec_page().get(pk=rendez_vous.convocation_id)
    with pytest.raises(ErreurMetier) as refus:
        reservation.annuler(porteuse, par=acteur(porteuse.demande.usager), maintenant=INSTANT)
    assert refus.value.code == "deja_arrive"
    assert etats(*demandes) == ["rdv_pris"] * 3


def test_paper_says_who_of_the_family_came_and_who_received_them(client, venue_du_jour):
    demandes, e, rendez_vous = venue_du_jour
    client.force_login(e.chloe)
    client.post("/guichet/accueil/site/", {"site": e.site.pk})
    prefixe = f"r{rendez_vous.pk}"
    ligne = {"issue": "recu", "arrive": "9:00", "recu": "9:05", "termine": "9:20", "guichet": e.guichet.pk}
    ligne |= {"recu_par": e.denis.pk, "absentes": [demandes[1].pk]}
    with time_machine.travel(APRES, tick=False):
        page = client.get("/guichet/accueil/rattrapage/").content.decode()
        assert "Qui n’est pas venu ?" in page
        donnees = {f"{prefixe}-{champ}": valeur for champ, valeur in ligne.items()}
        tous = donnees | {f"{prefixe}-absentes": [d.pk for d in demandes]}
        assert client.post("/guichet/accueil/rattrapage/", tous).status_code == 422
        assert client.post("/guichet/accueil/rattrapage/", donnees).status_code == 303
    passage = Passage.objects.get()
    assert (passage.etat, passage.agent, passage.guichet) == ("termine", e.denis, e.guichet)
    assert etats(*demandes) == ["recue", "convoquee", "recue"]
    assert Notification.objects.filter(demande=demandes[1], modele="absence").exists()
