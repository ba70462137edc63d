"""The links of mails: on a device that chose no language, their pages speak that of the person they were sent to."""

from __future__ import annotations

import pytest
from django.test import Client

from demandes.models import Demande
from planipref.commun.jetons import deriver
from tests.demandes.factories import DemandeFactory, MandatFactory, MotifFactory
from tests.demandes.outils_depot import motif_ouvert
from tests.parcours import amener_a, convocation_active

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def demande(langue, **champs):
    return DemandeFactory(usager__langue=langue, **champs)


def lien_suivi(suivie, jeton=""):
    return f"/suivi/lien/{suivie.cle}/{jeton or deriver('suivi', str(suivie.cle))}/"


def lien_rdv(convoquee):
    return f"/rdv/{deriver('convocation', str(convocation_active(convoquee).cle))}/"


def langue(reponse):
    return reponse.content.decode().partition('<html lang="')[2].partition('"')[0]


def test_link_of_an_appointment_speaks_the_language_of_the_person():
    adresse = lien_rdv(amener_a(demande("ar"), "convoquee"))
    verification = Client().get(adresse)
    assert langue(verification) == "ar"
    assert 'dir="rtl"' in verification.content.decode()
    assert verification["Content-Language"] == "ar"
    assert langue(Client(headers={"accept-language": "ru"}).get(adresse)) == "ar"


def test_language_of_a_link_is_not_kept_for_other_pages():
    adresse = lien_rdv(amener_a(demande("ar"), "convoquee"))
    navigateur = Client()
    navigateur.get(adresse)
    assert langue(navigateur.get("/")) == "fr"


def test_language_chosen_in_the_browser_wins():
    adresse = lien_rdv(amener_a(demande("ar"), "convoquee"))
    navigateur = Client()
    navigateur.cookies["langue"] = "es"
    assert langue(navigateur.get(adresse)) == "es"


def test_person_whose_mails_are_french_is_offered_what_the_browser_reads():
    navigateur = Client(headers={"accept-language": "tr"})
    reponse = navigateur.get(lien_rdv(amener_a(demande("fr"), "convoquee")))
    assert langue(reponse) == "fr"
    assert "Bu sayfaları Türkçe okuyun" in reponse.content.decode()
    assert "Bu sayfaları" not in navigateur.get("/").content.decode()


def test_link_of_the_follow_up_speaks_the_language_of_the_person_to_the_end_of_the_visit():
    navigateur = Client()
    reponse = navigateur.get(lien_suivi(amener_a(demande("ru"), "deposee")), follow=True)
    assert langue(reponse) == "ru"
    assert langue(navigateur.get("/demarches/")) == "ru"
    navigateur.post("/suivi/quitter/")
    assert langue(navigateur.get("/demarches/")) == "fr"


def test_draft_taken_up_again_speaks_the_language_of_the_person():
    brouillon = demande("ar", motif=motif_ouvert())
    reponse = Client().get(lien_suivi(brouillon), follow=True)
    assert reponse.redirect_chain[-1][0].startswith(f"/depot/{brouillon.cle}/")
    assert langue(reponse) == "ar"


def test_link_of_a_mandate_speaks_the_language_of_the_person():
    donne = MandatFactory(demande=demande("pt", motif=MotifFactory()))
    assert langue(Client().get(f"/mandat/{deriver('mandat', str(donne.cle))}/")) == "pt"


@pytest.mark.parametrize("adresse", ["/suivi/lien/{0.cle}/faux/", "/depot/{0.cle}/identite/", "/suivi/{0.numero}/"])
def test_address_that_opens_nothing_says_nothing_of_the_language(adresse):
    suivie = amener_a(demande("ar"), "deposee")
    reponse = Client().get(adresse.format(suivie))
    assert (reponse.status_code, langue(reponse)) == (404, "fr")


def test_agent_who_opens_the_link_reads_french(chloe):
    navigateur = Client()
    navigateur.force_login(chloe)
    assert langue(navigateur.get(lien_rdv(amener_a(demande("ar"), "convoquee")))) == "fr"
    assert Demande.objects.get().usager.langue == "ar"
