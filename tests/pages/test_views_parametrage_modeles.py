"""The pages of the texts of messages: write, preview on a real message, versions, and who may not."""

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from demandes.calculs.modeles_messages import ETAPES
from demandes.forms.modeles_messages import LANGUES
from demandes.models import Evenement, ModeleMessage, Modification, Notification, Usager
from demandes.services.convocation import USAGE
from demandes.services.lettres import FAIT_VENIR
from planipref.commun.jetons import deriver
from planipref.commun.qr import qr_data_uri
from tests.demandes.aide_lettres import sans_adresse_electronique
from tests.demandes.factories import (
    INSTANT,
    AgentFactory,
    AttributionFactory,
    DemandeFactory,
    MotifFactory,
    PrefectureFactory,
)
from tests.parcours import amener_a, convocation_active

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
BASE = "/parametrage/67/modeles/"
COURRIEL = f"{BASE}rendez_vous/courriel/fr/toutes/"
SMS = f"{BASE}rendez_vous/sms/fr/toutes/"
TEXTE = "Bonjour,\n\nVenez le {jour} à {heure} : {lieu}."


@pytest.fixture
def web(client):
    client.force_login(AgentFactory(webmestre=True))
    return client


def envoi(texte=TEXTE, geste="enregistrer", version=0, **champs):
    return {"texte": texte, "geste": geste, "version": version} | champs


def corps(reponse, statut=200):
    assert reponse.status_code == statut
    return reponse.content.decode()


def derniere():
    return Modification.objects.latest("pk").pk


class TestWriting:
    def test_text_is_saved_here_and_listed_with_the_languages_that_it_lacks(self, web):
        assert "Aucun texte écrit ici" in corps(web.get(BASE))
        reponse = web.post(COURRIEL, envoi(objet="Rendez-vous {numero}"))
        assert (reponse.status_code, reponse.url) == (303, COURRIEL)
        modele = ModeleMessage.objects.get(prefecture__departement="67")
        assert (modele.objet, modele.texte) == ("Rendez-vous {numero}", TEXTE)
        texte = corps(web.get(BASE))
        assert 'data-etape="rendez_vous" data-canal="courriel"' in texte
        assert "rendez_vous/courriel/en/toutes/" in texte
        assert "français facile (FALC)" in texte.split("Dans ces langues")[1]
        assert TEXTE in corps(web.get(COURRIEL)).replace("&#x27;", "'")

    def test_text_for_one_motif_stands_beside_the_one_for_all(self, web):
        MotifFactory(code="ETR-TEST")
        web.post(COURRIEL, envoi())
        assert web.post(f"{BASE}rendez_vous/courriel/fr/ETR-TEST/", envoi()).status_code == 303
        assert [m.motif and m.motif.code for m in ModeleMessage.objects.order_by("pk")] == [None, "ETR-TEST"]

    def test_letter_has_a_text_too(self, web):
        assert (
            web.post(f"{BASE}convocation/courrier/fr/toutes/", envoi("Avant le {limite} : {lien}")).status_code == 303
        )

    @pytest.mark.parametrize(
        ("champs", "champ", "faute"),
        [
            ({"texte": "Venez."}, "texte", "Ce message doit dire"),
            ({"texte": TEXTE + " {date}"}, "texte", "n’est pas une variable"),
            ({"texte": TEXTE + " exemple.com"}, "texte", "seules les adresses"),
            ({"texte": ""}, "texte", "Écrivez le texte"),
            ({"texte": " "}, "texte", "Écrivez le texte"),
            ({"objet": "{lieux}"}, "objet", "Écriviez-vous {lieu}"),
        ],
    )
    @pytest.mark.parametrize("geste", ["enregistrer", "apercu"])
    def test_fault_is_said_beside_its_field_and_nothing_typed_is_lost(self, web, champs, champ, faute, geste):
        page = corps(web.post(COURRIEL, envoi(geste=geste, objet="Mon objet") | champs), 422)
        assert faute in page
        assert f"id_{champ}_error" in page
        assert champs.get("texte", TEXTE) in page
        assert not ModeleMessage.objects.exists()

    def test_text_message_of_five_parts_is_refused(self, web):
        trop = "Le {jour} à {heure} : {lien}. " + "Apportez tout. " * 40
        assert "4 au plus" in corps(web.post(SMS, envoi(trop)), 422)
        page = corps(web.post(f"{BASE}rendez_vous/sms/ru/toutes/", envoi("{jour} {heure} {lien} " + "я" * 200)), 422)
        assert "UCS-2" in page
        assert not ModeleMessage.objects.exists()

    def test_text_message_is_measured_with_the_longest_name_of_a_motif(self, web):
        texte = "Le {jour} à {heure} : {lien}. {motif} {motif} {motif}"
        assert web.post(SMS, envoi(texte)).status_code == 303
        MotifFactory(libelle="Un nom qui n’en finit pas " * 7)
        assert "4 au plus" in corps(web.post(SMS, envoi(texte, version=derniere())), 422)

    def test_form_begins_with_the_text_message_of_the_software_in_its_language(self, web):
        assert "rendez-vous confirmé, {jour} à {heure}" in corps(web.get(SMS))
        assert (
            "Préfecture : rendez-vous"
            not in corps(web.get(f"{BASE}rendez_vous/sms/en/toutes/")).split("data-apercu")[0]
        )

    def test_page_shows_what_leaves_today(self, web):
        assert "Votre rendez-vous est confirmé" in corps(web.get(COURRIEL))
        ModeleMessage.objects.create(etape="rendez_vous", canal="courriel", langue="fr", texte="Du pays le {jour}")
        page = corps(web.get(COURRIEL))
        assert "Du pays le mercredi 25 septembre 2030" in page
        assert "Votre rendez-vous est confirmé" not in page

    def test_choice_leads_to_the_text_and_refuses_a_channel_never_taken(self, web):
        choix = {"etape": "rendez_vous", "canal": "sms", "langue": "ar", "motif": "toutes"}
        assert web.get(BASE, choix).url == f"{BASE}rendez_vous/sms/ar/toutes/"
        assert "ne part jamais par SMS" in corps(web.get(BASE, choix | {"etape": "depot"}), 422)

    @pytest.mark.parametrize(
        "adresse",
        [
            "code_acces/courriel/fr/toutes/",
            "depot/sms/fr/toutes/",
            "depot/courriel/xx/toutes/",
            "depot/courriel/fr/RIEN/",
        ],
    )
    def test_message_that_nobody_writes_is_unknown(self, web, adresse):
        assert web.get(BASE + adresse).status_code == 404
        assert web.post(BASE + adresse, envoi()).status_code == 404

    def test_list_takes_the_same_queries_however_many_texts(self, web, django_assert_num_queries):
        web.get(BASE)
        for combien, langues in ((1, ["fr"]), (7, ["en", "ar", "es", "pt", "ru", "tr"])):
            for langue in langues:
                web.post(f"{BASE}rendez_vous/courriel/{langue}/toutes/", envoi())
            assert ModeleMessage.objects.count() == combien
            with django_assert_num_queries(7):
                web.get(BASE)


class TestVersions:
    def test_older_version_is_taken_up_again_and_removal_is_undone(self, web):
        web.post(COURRIEL, envoi())
        premiere = derniere()
        web.post(COURRIEL, envoi("Second {jour} {heure} {lieu}", version=premiere))
        page = corps(web.get(COURRIEL))
        assert page.count("data-version=") == 2
        assert "Second {jour}" in corps(web.get(COURRIEL)).split("<textarea")[1].split("</textarea>")[0]
        reprise = corps(web.get(f"{COURRIEL}?version={premiere}")).split("<textarea")[1].split("</textarea>")[0]
        assert TEXTE in reprise
        assert web.post(COURRIEL, {"geste": "retirer", "version": derniere()}).status_code == 303
        assert not ModeleMessage.objects.exists()
        assert "Texte retiré. Il disait" in corps(web.get(COURRIEL))
        historique = corps(web.get("/parametrage/67/historique/"))
        assert "Texte d’un message : Rendez-vous confirmé ou déplacé" in historique
        web.post(f"/parametrage/67/historique/{derniere()}/annuler/")
        assert ModeleMessage.objects.get().texte == "Second {jour} {heure} {lieu}"

    def test_version_of_another_text_is_not_shown(self, web):
        web.post(f"{BASE}rendez_vous/courriel/en/toutes/", envoi("Other {jour} {heure} {lieu}"))
        page = corps(web.get(f"{COURRIEL}?version={derniere()}"))
        assert "Other {jour}" not in page
        assert "data-version=" not in page

    @pytest.mark.parametrize("geste", ["enregistrer", "retirer"])
    def test_text_changed_meanwhile_is_not_written_over_unseen(self, web, geste):
        web.post(COURRIEL, envoi())
        reponse = web.post(COURRIEL, envoi("Autre {jour} {heure} {lieu}", geste=geste, version=0))
        assert ModeleMessage.objects.get().texte == TEXTE
        page = corps(reponse, 422 if geste == "enregistrer" else 409)
        assert "vient de changer ce texte" in page
        if geste == "enregistrer":
            assert "Autre {jour}" in page
            assert f'name="version" value="{derniere()}"' in page


class TestPreview:
    def test_webmestre_sees_the_facts_of_the_newest_message_without_its_number_or_links(self, web):
        demande = amener_a(DemandeFactory(usager__nom="DUPONT-SECRET"), "rdv_pris")
        page = corps(web.post(COURRIEL, envoi(geste="apercu")))
        assert Notification.objects.get(demande=demande, modele="rendez_vous").contexte["rdv"]["lieu"] in page
        assert "67-2030-××××××" in page or "××××××" in page
        assert demande.numero not in page
        assert "DUPONT-SECRET" not in page
        assert "apercu-sans-effet" in page
        assert deriver(USAGE, str(convocation_active(demande).cle)) not in page
        assert deriver("suivi", str(demande.cle)) not in page
        assert 'name="numero"' not in page
        assert not ModeleMessage.objects.exists()

    def test_agent_who_may_read_files_sees_the_number_and_it_is_journaled(self, client):
        demande = amener_a(DemandeFactory(), "rdv_pris")
        agent = AgentFactory(webmestre=True)
        AttributionFactory(agent=agent, role="instructeur", prefecture=demande.prefecture)
        client.force_login(agent)
        page = corps(client.post(COURRIEL, envoi(geste="apercu", numero=demande.numero)))
        assert f"Avec ce que dit le message de la demande {demande.numero}" in page
        assert deriver(USAGE, str(convocation_active(demande).cle)) not in page
        assert Evenement.objects.filter(demande=demande, acteur_id=agent.pk, nature="lecture:apercu").count() == 1

    def test_number_of_a_demande_out_of_reach_says_the_same_as_an_unknown_one(self, client):
        agent = AgentFactory(webmestre=True)
        AttributionFactory(agent=agent, role="instructeur", prefecture=PrefectureFactory())
        client.force_login(agent)
        ailleurs = amener_a(DemandeFactory(prefecture=PrefectureFactory(departement="68")), "rdv_pris")
        pages = [corps(client.post(COURRIEL, envoi(geste="apercu", numero=n)), 422) for n in (ailleurs.numero, "67-0")]
        assert all("Aucune demande que vous pouvez ouvrir" in p for p in pages)

    def test_webmestre_without_the_right_cannot_choose_a_demande(self, web):
        demande = amener_a(DemandeFactory(), "rdv_pris")
        page = corps(web.post(COURRIEL, envoi(geste="apercu", numero=demande.numero)))
        assert demande.numero not in page

    def test_message_of_another_prefecture_is_never_shown(self, web):
        amener_a(DemandeFactory(prefecture=PrefectureFactory(departement="68")), "rdv_pris")
        assert "Exemple inventé" in corps(web.post(COURRIEL, envoi(geste="apercu")))

    def test_words_of_an_agent_are_never_shown(self, web):
        demande = amener_a(DemandeFactory(), "a_completer")
        demande.complements.update(message="Secret de l’agent", manquants=[{"libelle": "Acte", "raison": "Secret"}])
        page = corps(web.post(f"{BASE}pieces_demandees/courriel/fr/toutes/", envoi("Avant le {limite}", "apercu")))
        assert "Secret" not in page
        assert "Exemple inventé" not in page.split('data-apercu="aujourdhui"')[0]

    def test_message_whose_piece_is_gone_gives_an_invented_example(self, web):
        demande = amener_a(DemandeFactory(), "rdv_pris")
        lignes = Notification.objects.filter(demande=demande, modele="rendez_vous")
        contexte = lignes.get().contexte | {"piece_id": 0}
        Notification.objects.create(
            demande=demande, modele="rendez_vous", contexte=contexte, cle="x", prochain_essai_le=INSTANT
        )
        assert "Exemple inventé" in corps(web.post(COURRIEL, envoi(geste="apercu"))).split("aujourdhui")[0]

    def test_text_message_says_its_alphabet_and_parts(self, web):
        page = corps(web.post(SMS, envoi("Le {jour} à {heure} : {lien}", "apercu")))
        assert 'data-parties="1" data-alphabet="GSM-7"' in page.split('data-apercu="apercu"')[1]

    def test_mail_is_shown_alone_under_a_policy_without_script(self, web):
        reponse = web.post(f"{COURRIEL}html/", envoi("<script>x</script> {jour} {heure} {lieu}"))
        page = corps(reponse)
        assert "&lt;script&gt;x" in page
        politique = reponse.headers["Content-Security-Policy"]
        assert "default-src 'none'" in politique
        assert "sandbox" in politique
        assert "script-src" not in politique
        assert web.post(f"{COURRIEL}html/", envoi("Rien")).status_code == 422


class TestLetter:
    ADRESSE = f"{BASE}convocation/courrier/{{}}/toutes/"
    DIT = "Venez avant le {limite} : {lien}. Ou {lien_suivi}."

    def pdf(self, web, langue="fr", etape="convocation", texte=DIT):
        reponse = web.post(
            f"{self.ADRESSE.format(langue)}lettre.pdf".replace("convocation/", f"{etape}/"), envoi(texte)
        )
        assert (reponse.status_code, reponse.headers["Content-Type"]) == (200, "application/pdf")
        return reponse.content

    @pytest.fixture
    def montree(self, monkeypatch):
        """What the template of the letter shows."""
        vues = []

        def garder(gabarit, contexte):
            vues.append(contexte | {"mots": render_to_string(gabarit, contexte)})
            return b"%PDF-"

        monkeypatch.setattr("demandes.services.apercus_lettres.rendre_pdf", garder)
        return vues

    def test_letter_is_printed_to_an_invented_person_with_a_code_that_opens_nothing(self, web, montree, client):
        demande = sans_adresse_electronique("convoquee", usager__nom="DUPONT-SECRET")
        self.pdf(web)
        (vue,) = montree
        assert vue["destinataire"]["lignes"][0] == "Camille EXEMPLE"
        assert "apercu-sans-effet" in vue["lien"]["adresse"]
        assert vue["lien"]["qr"] == qr_data_uri(vue["lien"]["adresse"])
        assert client.get(vue["lien"]["adresse"].removeprefix(settings.PLANIPREF_URL)).status_code == 404
        assert vue["emetteur"]["service"] == demande.service.nom
        assert "Pourquoi vous devez venir" in vue["mots"]
        assert 'class="lettre apercu"' in vue["mots"]
        jetons = [deriver(USAGE, str(convocation_active(demande).cle)), deriver("suivi", str(demande.cle))]
        caches = [*jetons, "DUPONT-SECRET", str(demande.numero), convocation_active(demande).motivation]
        assert not [c for c in caches if c in str(vue)]

    @pytest.mark.parametrize("etape", sorted(ETAPES))
    def test_every_step_gives_a_letter_without_any_message_yet(self, web, montree, etape):
        noms = " ".join(f"{{{nom}}}" for nom in ETAPES[etape].necessaires("courrier"))
        self.pdf(web, etape=etape, texte=f"Bonjour {noms}")
        assert "{" not in montree[0]["mots"]
        assert "None" not in montree[0]["mots"]
        assert ("Pourquoi vous devez venir" in montree[0]["mots"]) == (ETAPES[etape].modele in FAIT_VENIR)

    def test_letter_in_another_language_says_in_french_the_text_that_holds(self, web, montree):
        ModeleMessage.objects.create(etape="convocation", canal="courrier", langue="fr", texte="En vigueur {limite}")
        self.pdf(web, "ar", texte="تعال {limite} {lien}")
        (vue,) = montree
        assert [(t["langue"], t["sens"]) for t in vue["textes"]] == [("ar", "rtl"), ("fr", "ltr")]
        assert "تعال" in vue["textes"][0]["corps"][0]
        assert "En vigueur" in "".join(vue["textes"][1]["corps"])

    def test_pdf_is_one_and_its_page_leads_to_it(self, web):
        assert self.pdf(web).startswith(b"%PDF-")
        page = corps(web.get(self.ADRESSE.format("fr")))
        assert "lettre.pdf" in page
        assert "lettre.pdf" not in corps(web.get(COURRIEL))

    def test_preview_says_all_the_words_of_the_letter(self, web):
        page = corps(web.post(self.ADRESSE.format("fr"), envoi(self.DIT, "apercu")))
        apercu = page.split('data-apercu="apercu"')[1]
        assert "Choisir mon rendez-vous" in apercu
        assert "n’y répondez pas" not in apercu
        assert "Prenez rendez-vous au plus tard" in corps(web.get(self.ADRESSE.format("fr")))

    def test_text_with_faults_and_other_channels_give_no_letter(self, web):
        assert web.post(f"{self.ADRESSE.format('fr')}lettre.pdf", envoi("{rien}")).status_code == 422
        assert web.post(f"{COURRIEL}lettre.pdf", envoi()).status_code == 404


class TestRights:
    @pytest.mark.parametrize("role", ["instructeur", "chef_service", "accueil"])
    def test_who_sets_nothing_is_refused(self, client, role):
        client.force_login(AgentFactory(**{role: True}))
        assert client.get(COURRIEL).status_code == 403
        assert client.post(COURRIEL, envoi()).status_code == 403

    def test_webmestre_writes_neither_elsewhere_nor_for_the_country(self, web):
        PrefectureFactory(departement="68")
        for ou in ("68", "national"):
            assert web.post(COURRIEL.replace("67", ou), envoi()).status_code == 404
        assert not ModeleMessage.objects.exists()

    def test_national_administrator_writes_for_the_country(self, client):
        client.force_login(AgentFactory(administrateur=True))
        assert client.post(COURRIEL.replace("67", "national"), envoi()).status_code == 303
        assert ModeleMessage.objects.get().prefecture is None
        assert 'data-portee="national"' in corps(client.get(COURRIEL.replace("67", "national")))


def test_every_language_of_usagers_has_a_name_for_agents():
    assert set(LANGUES) == set(Usager.Langue.values)
