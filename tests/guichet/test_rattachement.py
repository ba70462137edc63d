"""Who came without a demande is given one at the counter, and nobody else is changed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from demandes.models import Agent, Demande, Evenement
from guichet.models import Passage
from guichet.services.accueil import enregistrer_sans_rdv
from guichet.services.guichet import appeler_suivant, recevoir
from guichet.services.rattachement import rattacher_demande
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from tests.demandes.factories import INSTANT, DemandeFactory, PrefectureFactory
from tests.guichet.aide import MINUTE, Salle, au_guichet, salle
from tests.parcours import acteur, amener_a

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


@pytest.fixture
def lieu() -> Salle:
    return salle()


@pytest.fixture
def passage(lieu: Salle, chloe: Agent) -> Passage:
    """A person with a ticket of the kiosk, received by Chloé."""
    enregistrer_sans_rdv(lieu.file, motif=lieu.motif, par=acteur(chloe), maintenant=INSTANT)
    appele = appeler_suivant(lieu.guichet, [lieu.file], par=acteur(chloe), maintenant=INSTANT)
    assert appele is not None
    return recevoir(appele, par=acteur(chloe), maintenant=INSTANT)


def rattacher(client: Client, passage: Passage, numero: str | None) -> Any:
    return client.post(f"/guichet/passages/{passage.pk}/rattacher/", {"numero": numero or "", "confirme": "oui"})


def test_name_shows_whose_demandes_there_are_to_choose_from(
    client: Client, chloe: Agent, lieu: Salle, passage: Passage
) -> None:
    demande = lieu.demande("complete", "Hariri")
    au_guichet(client, chloe, lieu)
    page = rattacher(client, passage, "hariri").content.decode()
    assert 'data-action="choisir-demande"' in page
    assert str(demande.numero) in page
    passage.refresh_from_db()
    assert passage.demande is None
    assert rattacher(client, passage, "personne").status_code == 422


def test_known_demande_is_attached_received_and_journalled(
    client: Client, chloe: Agent, lieu: Salle, passage: Passage
) -> None:
    demande = lieu.demande("complete")
    assert demande.numero is not None
    page = au_guichet(client, chloe, lieu).get("/guichet/").content.decode()
    assert 'data-action="rattacher-demande"' in page
    assert lieu.motif.libelle_court in page

    assert rattacher(client, passage, demande.numero.lower()).status_code == 303

    passage.refresh_from_db()
    demande.refresh_from_db()
    assert (passage.demande, passage.etat, demande.etat) == (demande, "recu", "recue")
    assert Evenement.objects.filter(demande=demande, nature="passage:demande_rattachee").count() == 1
    page = client.get("/guichet/").content.decode()
    assert f'data-numero="{demande.numero}"' in page
    assert 'data-action="rattacher-demande"' not in page


def test_appointment_of_today_of_the_demande_attached_is_honoured(
    client: Client, chloe: Agent, lieu: Salle, passage: Passage
) -> None:
    rendez_vous = lieu.rendez_vous(INSTANT + 20 * MINUTE)
    au_guichet(client, chloe, lieu)
    assert rattacher(client, passage, rendez_vous.convocation.demande.numero).status_code == 303
    rendez_vous.refresh_from_db()
    assert rendez_vous.etat == "honore"


@pytest.mark.parametrize(
    ("cas", "phrase"),
    [
        ("inconnue", "Aucune demande ne porte ce numéro ici."),
        ("fermée", "Cette demande est terminée"),
        ("ailleurs", "Cette personne a déjà un ticket."),
        ("vide", "obligatoire"),
    ],
)
def test_demande_that_cannot_be_attached_is_refused_beside_the_number(
    client: Client, chloe: Agent, lieu: Salle, passage: Passage, cas: str, phrase: str
) -> None:
    au_guichet(client, chloe, lieu)
    numero: str | None = "" if cas == "vide" else "67-2030-999999"
    if cas == "fermée":
        numero = lieu.demande("sans_suite").numero
    elif cas == "ailleurs":
        demande = lieu.demande()
        lieu.entrer(demande, chloe)
        numero = demande.numero
    reponse = rattacher(client, passage, numero)
    assert reponse.status_code == 422
    assert phrase in reponse.content.decode()
    assert not numero or f'value="{numero}"' in reponse.content.decode()
    passage.refresh_from_db()
    assert passage.demande is None


def test_demande_of_another_prefecture_is_as_unknown_as_a_wrong_number(
    client: Client, chloe: Agent, lieu: Salle, passage: Passage
) -> None:
    ailleurs = amener_a(DemandeFactory(motif=lieu.motif, prefecture=PrefectureFactory(departement="93")), "deposee")
    au_guichet(client, chloe, lieu)
    assert rattacher(client, passage, ailleurs.numero).status_code == 422
    with pytest.raises(ErreurMetier, match="Aucune demande"):
        rattacher_demande(passage, ailleurs, par=acteur(chloe), maintenant=INSTANT)


def test_visit_that_has_its_demande_or_another_agent_s_is_not_changed(
    client: Client, chloe: Agent, denis: Agent, bruno: Agent, lieu: Salle, passage: Passage
) -> None:
    autre = lieu.demande(nom="Diallo")
    with pytest.raises(ErreurMetier, match="plus en cours"):
        rattacher_demande(passage, autre, par=acteur(denis), maintenant=INSTANT)
    with pytest.raises(DroitRefuse):
        rattacher_demande(passage, autre, par=acteur(bruno), maintenant=INSTANT)
    rattacher_demande(passage, lieu.demande(), par=acteur(chloe), maintenant=INSTANT)
    au_guichet(client, chloe, lieu)
    assert rattacher(client, passage, autre.numero).status_code == 409
    passage.refresh_from_db()
    assert passage.demande != autre


def test_demande_opened_at_the_counter_is_attached_and_brings_back_to_it(
    client: Client, chloe: Agent, lieu: Salle, passage: Passage
) -> None:
    au_guichet(client, chloe, lieu)
    adresse = f"/guichet/passages/{passage.pk}/ouvrir/"
    page = client.get(adresse).content.decode()
    assert f'value="{lieu.motif.code}" selected' in page
    assert client.post(adresse, {"motif": lieu.motif.code}).status_code == 422

    champs = {"motif": lieu.motif.code, "nom": "Diallo", "prenoms": "Awa", "date_naissance": "01/02/1990"}
    reponse = client.post(adresse, champs)

    assert (reponse.status_code, reponse["Location"]) == (303, "/guichet/")
    demande = Demande.objects.get(usager__nom="Diallo")
    passage.refresh_from_db()
    assert (passage.demande, demande.canal) == (demande, "guichet")
    assert Evenement.objects.filter(demande=demande, nature="passage:demande_rattachee").count() == 1
    assert client.post(adresse, champs).status_code == 409
    assert Demande.objects.filter(usager__nom="Diallo").count() == 1
