from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from demandes.acteur import acteur_usager
from demandes.cycle import Etat
from demandes.models import Convocation, Demande
from demandes.services.convocation import convoquer, revoquer_convocation
from planipref.commun.jetons import deriver
from planning.models import Creneau, RendezVous
from planning.services import reservation
from planning.services.annonces import donnees_ics
from tests.demandes.factories import INSTANT, DemandeFactory, PieceRequiseFactory, PrefectureFactory, SiteFactory
from tests.parcours import acteur, amener_a, convocation_active, creneau_libre, equipe
from tests.planning.factories import CreneauFactory, FileGuichetFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

NAISSANCE = "17/05/1980"
JAMAIS = {"op": "egal", "question": "q", "valeur": "oui"}


@pytest.fixture
def convocation():
    return convocation_active(amener_a(DemandeFactory(), Etat.CONVOQUEE))


@pytest.fixture
def creneau(convocation):
    return creneau_libre(convocation.demande)


def adresse(convocation, nom="lien"):
    return reverse(f"planning:{nom}", args=[deriver("convocation", str(convocation.cle))])


def ouvrir(client, convocation):
    reponse = client.post(adresse(convocation), {"date_naissance": NAISSANCE})
    assert reponse.status_code == 303
    return adresse(convocation)


def prendre(client, convocation, creneau):
    ouvrir(client, convocation)
    return client.post(adresse(convocation, "reserver"), {"creneau": creneau.pk})


def texte(reponse):
    return reponse.content.decode()


# --- Second check -----------------------------------------------------------------------------------


def test_lien_before_the_second_check_shows_nothing_identifying(client, convocation, creneau):
    page = client.get(adresse(convocation))
    assert page.status_code == 200
    usager = convocation.demande.usager
    for secret in (usager.nom, usager.prenoms, convocation.demande.numero, convocation.motivation):
        assert secret not in texte(page)
    assert "data-creneau" not in texte(page)
    assert "date_naissance" in texte(page)


@pytest.mark.parametrize("nom", ["reserver", "deplacer", "annuler", "calendrier"])
def test_lien_other_pages_before_the_second_check_send_back_to_it(client, convocation, creneau, nom):
    methode = client.post if nom == "reserver" else client.get
    reponse = methode(adresse(convocation, nom), {"creneau": creneau.pk})
    assert reponse.status_code == 303
    assert reponse["Location"] == adresse(convocation)
    assert not RendezVous.objects.exists()


def test_lien_with_a_wrong_birth_date_is_422_then_429_even_with_the_right_one(client, convocation):
    for _ in range(5):
        assert client.post(adresse(convocation), {"date_naissance": "01/01/1990"}).status_code == 422
    reponse = client.post(adresse(convocation), {"date_naissance": NAISSANCE})
    assert reponse.status_code == 429
    assert convocation.demande.numero not in texte(client.get(adresse(convocation)))


def test_lien_with_an_empty_birth_date_is_422_and_costs_no_try(client, convocation):
    for _ in range(6):
        assert client.post(adresse(convocation), {"date_naissance": ""}).status_code == 422
    ouvrir(client, convocation)


def test_lien_second_check_opens_this_convocation_only(client, convocation):
    ouvrir(client, convocation)
    autre = convocation_active(amener_a(DemandeFactory(), Etat.CONVOQUEE))
    assert autre.demande.numero not in texte(client.get(adresse(autre)))


def test_lien_unknown_is_404(client):
    assert client.get(reverse("planning:lien", args=["x" * 32])).status_code == 404


def test_lien_expired_or_revoked_is_410_and_says_what_to_do(client, convocation):
    with time_machine.travel(convocation.expire_le, tick=False):
        expire = client.get(adresse(convocation))
    assert expire.status_code == 410
    assert "/suivi/" in texte(expire)
    demande = convocation.demande
    revoquer_convocation(demande, par=acteur(equipe(demande).chloe), maintenant=INSTANT)
    assert client.get(adresse(convocation)).status_code == 410


def test_lien_used_is_410(client, convocation):
    amener_a(convocation.demande, Etat.RECUE)
    assert client.get(adresse(convocation)).status_code == 410


def test_lien_pages_are_neither_cached_nor_indexed_nor_sent_as_referrer(client, convocation):
    for reponse in (
        client.get(adresse(convocation)),
        client.get(reverse("planning:lien", args=["inconnu"])),
        client.post(adresse(convocation), {"date_naissance": NAISSANCE}),
    ):
        assert reponse["Cache-Control"] == "no-store"
        assert reponse["Referrer-Policy"] == "no-referrer"
        assert "noindex" in reponse["X-Robots-Tag"]


# --- What the page says -----------------------------------------------------------------------------


def test_lien_says_why_what_to_bring_for_how_many_and_until_when(client):
    demande = DemandeFactory()
    PieceRequiseFactory(motif=demande.motif, libelle="Deux photos d’identité", au_guichet=True)
    PieceRequiseFactory(motif=demande.motif, libelle="Passeport d’essai", identite=True, au_guichet=True)
    PieceRequiseFactory(motif=demande.motif, libelle="Pièce sans objet", au_guichet=True, condition=JAMAIS)
    convocation = convocation_active(amener_a(demande, Etat.CONVOQUEE))
    page = texte(client.get(ouvrir(client, convocation)))
    for attendu in ("Prise d’empreintes", "Deux photos", "Passeport d’essai", "1 personne", "mercredi 3 avril 2030"):
        assert attendu in page
    assert f'data-numero="{convocation.demande.numero}"' in page
    assert 'data-etat="convoquee"' in page


@pytest.mark.parametrize(("langue", "dit"), [("fr", ""), ("en", "French:"), ("ar", "بالفرنسية")])
def test_lien_says_that_the_reason_is_in_french_to_who_reads_another_language(client, langue, dit):
    demande = amener_a(DemandeFactory(usager__langue=langue), Etat.CONVOQUEE)
    page = texte(client.get(ouvrir(client, convocation_active(demande))))
    avant, apres = page.split('<div lang="fr" dir="ltr">')
    assert convocation_active(demande).motivation in apres.split("</div>")[0]
    introduit = avant.rpartition("</h2>")[2]
    assert dit in introduit
    assert ("<p>" in introduit) == bool(dit)


def test_lien_offers_free_slots_of_its_queues_only(client, convocation, creneau):
    file = creneau.file
    caches = [
        CreneauFactory(file=file, complet=True),
        CreneauFactory(file=file, ferme=True),
        CreneauFactory(file=file, retire=True),
        CreneauFactory(file=file, passe=True),
        CreneauFactory(file=FileGuichetFactory(site=SiteFactory(code="ailleurs")), debut=creneau.debut),
    ]
    page = texte(client.get(ouvrir(client, convocation)))
    assert f'data-creneau="{creneau.pk}"' in page
    assert 'data-action="reserver"' in page
    for cache in caches:
        assert f'data-creneau="{cache.pk}"' not in page


def test_lien_opens_on_the_first_week_with_a_slot_and_moves_by_week(client, convocation):
    plus_tard = CreneauFactory(file=equipe(convocation.demande).file, debut=datetime(2030, 3, 19, 8, 0, tzinfo=UTC))
    url = ouvrir(client, convocation)
    page = texte(client.get(url))
    assert f'data-creneau="{plus_tard.pk}"' in page
    assert "semaine=2030-W11" in page
    assert "semaine=2030-W13" in page
    avant = texte(client.get(url, {"semaine": "2030-W11"}))
    assert "Aucun créneau libre cette semaine" in avant


@pytest.mark.parametrize("semaine", ["", "2030-W99", "abc", "99999999999999999999-W1", "2020-W01", "2099-W01"])
def test_lien_with_any_week_in_the_address_answers(client, convocation, creneau, semaine):
    assert client.get(ouvrir(client, convocation), {"semaine": semaine, "site": "x"}).status_code == 200


def test_lien_filters_by_site_when_there_are_several(client, convocation, creneau):
    autre = SiteFactory(code="67-haguenau", nom="Sous-préfecture de Haguenau")
    convocation.sites.add(autre)
    file = FileGuichetFactory(site=autre, motifs=[convocation.demande.motif])
    ailleurs = CreneauFactory(file=file, debut=creneau.debut)
    url = ouvrir(client, convocation)
    tous = texte(client.get(url))
    assert f'data-creneau="{ailleurs.pk}"' in tous
    seul = texte(client.get(url, {"site": autre.pk}))
    assert f'data-creneau="{ailleurs.pk}"' in seul
    assert f'data-creneau="{creneau.pk}"' not in seul


def test_lien_shows_hours_in_the_time_of_the_prefecture(client):
    demande = DemandeFactory(prefecture=PrefectureFactory(reunion=True))
    convocation = convocation_active(amener_a(demande, Etat.CONVOQUEE))
    creneau_libre(demande)  # 9:00 in La Réunion
    assert "9\u00a0h" in texte(client.get(ouvrir(client, convocation)))


def test_lien_slots_and_appointment_take_few_queries(client, convocation, creneau, django_assert_max_num_queries):
    for _ in range(5):
        CreneauFactory(file=creneau.file)
    url = ouvrir(client, convocation)
    with django_assert_max_num_queries(15):
        client.get(url)
    client.post(adresse(convocation, "reserver"), {"creneau": creneau.pk})
    client.get(url)  # the success message is read and its cookie removed
    with django_assert_max_num_queries(13):
        client.get(url)


# --- Booking, moving, cancelling ---------------------------------------------------------------------


def test_reserver_a_free_slot_shows_the_appointment(client, convocation, creneau):
    reponse = prendre(client, convocation, creneau)
    assert reponse.status_code == 303
    page = texte(client.get(reponse["Location"]))
    for attendu in ("jeudi 7 mars 2030", "9\u00a0h", creneau.file.site.adresse, 'data-etat="rdv_pris"', "<svg"):
        assert attendu in page
    assert 'data-action="deplacer"' in page
    assert 'data-action="annuler"' in page
    assert Demande.objects.get(pk=convocation.demande_id).etat == Etat.RDV_PRIS


def test_reserver_twice_the_same_slot_is_harmless(client, convocation, creneau):
    prendre(client, convocation, creneau)
    reponse = client.post(adresse(convocation, "reserver"), {"creneau": creneau.pk})
    assert reponse.status_code == 303
    assert RendezVous.objects.count() == 1
    assert Creneau.objects.get(pk=creneau.pk).prises == 1


def test_reserver_another_slot_on_top_is_409_and_shows_the_appointment(client, convocation, creneau):
    prendre(client, convocation, creneau)
    autre = creneau_libre(convocation.demande)
    reponse = client.post(adresse(convocation, "reserver"), {"creneau": autre.pk})
    assert reponse.status_code == 409
    assert "Vous avez déjà un rendez-vous" in texte(reponse)
    assert Creneau.objects.get(pk=autre.pk).prises == 0


def test_reserver_a_slot_taken_meanwhile_is_409_with_the_list_refreshed(client, convocation, creneau):
    libre = CreneauFactory(file=creneau.file, debut=creneau.debut + timedelta(minutes=30))
    url = ouvrir(client, convocation)
    assert f'data-creneau="{creneau.pk}"' in texte(client.get(url))
    Creneau.objects.filter(pk=creneau.pk).update(places=0)
    reponse = client.post(adresse(convocation, "reserver"), {"creneau": creneau.pk})
    assert reponse.status_code == 409
    assert "vient d’être pris" in texte(reponse)
    assert f'data-creneau="{creneau.pk}"' not in texte(reponse)
    assert f'data-creneau="{libre.pk}"' in texte(reponse)


def test_reserver_nothing_is_422_and_a_foreign_slot_404(client, convocation, creneau):
    ouvrir(client, convocation)
    assert client.post(adresse(convocation, "reserver"), {}).status_code == 422
    assert client.post(adresse(convocation, "reserver"), {"creneau": "x"}).status_code == 422
    ailleurs = CreneauFactory(file=FileGuichetFactory(site=SiteFactory(code="ailleurs")))
    assert client.post(adresse(convocation, "reserver"), {"creneau": ailleurs.pk}).status_code == 404
    assert client.post(adresse(convocation, "reserver"), {"creneau": 2**62}).status_code == 404
    assert not RendezVous.objects.exists()


def test_deplacer_frees_the_former_slot(client, convocation, creneau):
    prendre(client, convocation, creneau)
    autre = creneau_libre(convocation.demande)
    page = texte(client.get(adresse(convocation, "deplacer")))
    assert "Il reste réservé" in page
    assert f'data-creneau="{autre.pk}"' in page
    assert client.post(adresse(convocation, "deplacer"), {"creneau": autre.pk}).status_code == 303
    assert [Creneau.objects.get(pk=c.pk).prises for c in (creneau, autre)] == [0, 1]


def test_deplacer_opens_on_the_week_of_the_appointment(client, convocation, creneau):
    plus_tard = CreneauFactory(file=creneau.file, debut=creneau.debut + timedelta(days=14))
    prendre(client, convocation, plus_tard)
    semaine = client.get(adresse(convocation, "deplacer")).context["semaine"]
    assert semaine.lundi <= plus_tard.debut.date() < semaine.lundi + timedelta(days=7)


def test_deplacer_to_a_full_slot_keeps_the_appointment(client, convocation, creneau):
    prendre(client, convocation, creneau)
    plein = CreneauFactory(file=creneau.file, complet=True)
    assert client.post(adresse(convocation, "deplacer"), {"creneau": plein.pk}).status_code == 409
    assert RendezVous.objects.actifs().get().creneau_id == creneau.pk


def test_annuler_asks_first_then_frees_the_slot(client, convocation, creneau):
    prendre(client, convocation, creneau)
    assert 'data-action="annuler"' in texte(client.get(adresse(convocation, "annuler")))
    assert RendezVous.objects.actifs().exists()
    assert client.post(adresse(convocation, "annuler")).status_code == 303
    assert not RendezVous.objects.actifs().exists()
    assert Creneau.objects.get(pk=creneau.pk).prises == 0
    assert client.post(adresse(convocation, "annuler")).status_code == 303
    assert f'data-creneau="{creneau.pk}"' in texte(client.get(adresse(convocation)))


def test_calendrier_gives_the_appointment_without_the_secret_link(client, convocation, creneau):
    ouvrir(client, convocation)
    assert client.get(adresse(convocation, "calendrier")).status_code == 404
    prendre(client, convocation, creneau)
    reponse = client.get(adresse(convocation, "calendrier"))
    assert reponse["Content-Type"].startswith("text/calendar")
    assert b"BEGIN:VEVENT" in reponse.content
    assert deriver("convocation", str(convocation.cle)).encode() not in reponse.content


def test_lien_of_a_hand_over_takes_an_appointment_too(client):
    demande = amener_a(DemandeFactory(), Etat.A_REMETTRE)
    e = equipe(demande)
    convocation = convoquer(demande, motivation="Retrait", sites=[e.site], par=acteur(e.chloe), maintenant=INSTANT)
    creneau = creneau_libre(demande)
    assert prendre(client, convocation, creneau).status_code == 303
    assert RendezVous.objects.actifs().get(convocation=convocation).creneau_id == creneau.pk
    assert Demande.objects.get(pk=demande.pk).etat == Etat.A_REMETTRE


def test_donnees_ics_of_a_long_visit_end_with_its_last_slot(convocation):
    file = equipe(convocation.demande).file
    premier = CreneauFactory(file=file)
    CreneauFactory(file=file)
    Convocation.objects.filter(pk=convocation.pk).update(personnes=2)
    convocation = convocation_active(convocation.demande)
    par = acteur_usager(convocation.demande.usager_id)
    rendez_vous = reservation.reserver(convocation, premier, par=par, maintenant=INSTANT)
    donnees = donnees_ics(rendez_vous)
    duree = datetime.fromisoformat(donnees["fin"]) - datetime.fromisoformat(donnees["debut"])
    assert duree == timedelta(minutes=30)
