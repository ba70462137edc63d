"""`/accompagnement/`: an organisation sees the people who mandated it, acts in its own name, then no more."""

from datetime import timedelta

import pytest
from django.test import Client

from demandes.models import Convocation, Demande, Mandat, Notification
from demandes.services.mandats import revoquer, titulaire
from demandes.services.notifications import POSTE
from planipref.commun.horloge import maintenant
from tests.demandes.factories import INSTANT, AidantFactory, DemandeFactory, MandatFactory
from tests.demandes.outils_depot import COORDONNEES, IDENTITE, motif_ouvert, ouvrir_session, photo
from tests.pages.outils_accompagnement import connecter, mandater, personne
from tests.parcours import amener_a, convocation_active, creneau_libre, equipe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def gestes(demande):
    """What the person was told was done in their name."""
    return [n.contexte["geste"] for n in Notification.objects.filter(demande=demande, modele="acte_mandataire")]


def test_login_of_an_aidant_leads_to_the_worklist(client):
    aidant = AidantFactory()
    reponse = client.post("/connexion/", {"username": aidant.agent.username, "password": "ouvre-toi-sesame"})
    assert reponse["Location"] == "/accompagnement/"
    assert client.get("/agent/").status_code == 403


def test_list_shows_only_who_mandated_the_organisation():
    mien, autre = mandater(demande={"usager__nom": "Mandant"}), mandater(demande={"usager__nom": "Inconnu"})
    page = connecter(mien.aidant).get("/accompagnement/").content.decode()
    assert mien.demande.numero in page
    assert "INCONNU" not in page
    assert autre.demande.numero not in page


@pytest.mark.parametrize("combien", [2, 12])
def test_list_reads_the_same_number_of_queries(combien, django_assert_num_queries):
    aidant = AidantFactory()
    for _ in range(combien):
        mandater(organisme=aidant.organisme)
    client = connecter(aidant)
    with django_assert_num_queries(8):
        client.get("/accompagnement/")


def test_list_filters_by_state_and_situation():
    aidant = AidantFactory()
    deposee, completee = (mandater(e, organisme=aidant.organisme).demande for e in ("deposee", "a_completer"))
    revoque = mandater(organisme=aidant.organisme, revoque=True).demande
    client = connecter(aidant)
    page = client.get("/accompagnement/?etat=a_completer").content.decode()
    assert completee.numero in page
    assert "Envoyer les documents demandés." in page
    assert deposee.numero not in page
    assert revoque.numero not in client.get("/accompagnement/").content.decode()
    assert revoque.numero in client.get("/accompagnement/?situation=termines").content.decode()


@pytest.mark.parametrize("texte", ["chercho", "{numero}"])
def test_search_in_the_body_finds_by_name_or_number_among_its_own(texte):
    mien = mandater(demande={"usager__nom": "Cherchons"})
    mandater(demande={"usager__nom": "Cherchable"})
    reponse = connecter(mien.aidant).post("/accompagnement/", {"texte": texte.format(numero=mien.demande.numero)})
    page = reponse.content.decode()
    assert "CHERCHONS" in page
    assert "CHERCHABLE" not in page


def test_nouvelle_on_paper_opens_a_draft_that_the_aidant_fills_and_deposits():
    aidant, motif = AidantFactory(), motif_ouvert()
    client = connecter(aidant)
    assert client.post("/accompagnement/nouvelle/", personne(motif.code)).status_code == 303
    mandat = Mandat.objects.get()
    demande = mandat.demande
    assert (demande.canal, mandat.aidant, mandat.organisme) == ("accompagnement", aidant, aidant.organisme)
    base = f"/depot/{demande.cle}/"
    assert "Vous agissez au nom de" in client.get(f"{base}identite/").content.decode()
    assert client.post(f"{base}identite/", IDENTITE).status_code == 303
    assert client.post(f"{base}coordonnees/", COORDONNEES).status_code == 303
    assert client.post(f"{base}pieces/", {"piece_piece-0": photo()}).status_code == 303
    assert client.post(f"{base}recapitulatif/", {"sincerite": "on"}).status_code == 303
    demande.refresh_from_db()
    assert demande.etat == "deposee"
    depot = demande.evenements.get(nature="transition:deposer")
    assert (depot.acteur_genre, depot.acteur_id) == ("organisme", aidant.organisme_id)
    assert depot.charge["aidant_id"] == aidant.pk
    assert depot.charge["mandat_id"] == mandat.pk
    # each act once, the pages of the form once a day
    assert gestes(demande) == ["mandat:enregistre", "brouillon:rempli", "piece:jointe", "transition:deposer"]
    assert demande.evenements.filter(nature="lecture:suivi").count() == 1


def test_nouvelle_without_email_deposits_and_the_receipt_goes_to_the_organisation():
    aidant, motif = AidantFactory(), motif_ouvert(pieces=0)
    client = connecter(aidant)
    client.post("/accompagnement/nouvelle/", personne(motif.code, courriel=""))
    demande = Demande.objects.get()
    base = f"/depot/{demande.cle}/"
    client.post(f"{base}coordonnees/", COORDONNEES | {"courriel": ""})
    assert client.post(f"{base}recapitulatif/", {"sincerite": "on"}).status_code == 303
    recus = dict(Notification.objects.filter(modele="depot").values_list("canal", "destinataire"))
    assert recus == {"courriel": aidant.organisme.courriel, "courrier": POSTE}  # the letter is the person's own
    assert not Notification.objects.filter(modele="acte_mandataire").exists()


@pytest.mark.parametrize(
    ("valeurs", "champ"),
    [
        ({"portee": []}, "portee"),
        ({"fin": "02/03/2031"}, "fin"),
        ({"fin": "01/03/2030"}, "fin"),
        ({"signe_le": "05/03/2030"}, "signe_le"),
        ({"signe_le": ""}, "signe_le"),
        ({"original_garde": ""}, "original_garde"),
        ({"prefecture": "93"}, "prefecture"),
        ({"motif": "INCONNU"}, "motif"),
        ({"signature": "electronique", "courriel": ""}, "courriel"),
        ({"nom": "4"}, "nom"),
    ],
)
def test_nouvelle_refused_says_why_beside_the_field_and_loses_nothing(valeurs, champ):
    motif = motif_ouvert()
    reponse = connecter(AidantFactory()).post(
        "/accompagnement/nouvelle/", personne(motif.code, prenoms="Gardé Là", **valeurs)
    )
    assert reponse.status_code == 422
    assert champ in reponse.context["form"].errors
    assert "Gardé Là" in reponse.content.decode()
    assert not Demande.objects.exists()


def test_nouvelle_with_the_address_of_an_organisation_or_of_any_aidant_is_refused():
    aidant, collegue, motif = AidantFactory(), AidantFactory(agent__email="lea@example.org"), motif_ouvert()
    for adresse in (aidant.organisme.courriel.upper(), collegue.organisme.courriel, "Lea@example.org"):
        reponse = connecter(aidant).post("/accompagnement/nouvelle/", personne(motif.code, courriel=adresse))
        assert reponse.status_code == 422
        assert "courriel" in reponse.context["form"].errors
    assert not Demande.objects.exists()


def test_worklist_does_not_send_to_a_link_that_has_expired():
    mandat = mandater("convoquee")
    client = connecter(mandat.aidant)
    assert "Choisir un rendez-vous" in client.get("/accompagnement/").content.decode()
    Convocation.objects.update(emise_le=maintenant() - timedelta(days=9), expire_le=maintenant())
    assert "Choisir un rendez-vous" not in client.get("/accompagnement/").content.decode()


def test_nouvelle_sent_twice_opens_one_draft():
    aidant, motif = AidantFactory(), motif_ouvert()
    client = connecter(aidant)
    statuts = [client.post("/accompagnement/nouvelle/", personne(motif.code)).status_code for _ in range(2)]
    assert statuts == [303, 409]
    assert Demande.objects.count() == 1


def test_aidant_cannot_put_another_address_in_place_of_the_persons():
    mandat = mandater("brouillon")
    base = f"/depot/{mandat.demande.cle}/"
    client = connecter(mandat.aidant)
    reponse = client.post(f"{base}coordonnees/", COORDONNEES | {"courriel": "autre@example.org"})
    assert reponse.status_code == 422
    assert "Seule la personne peut changer" in reponse.content.decode()


def adresses(mandat):
    """Every address by which an aidant reaches a demande, with what the method is."""
    demande, numero = mandat.demande, mandat.demande.numero
    piece, acte = demande.pieces.first(), demande.actes.first()
    rdv = f"/rdv/mandat-{convocation_active(demande).cle}/"
    return [
        ("get", f"/suivi/{numero}/"), ("post", f"/suivi/{numero}/message/"), ("post", f"/suivi/{numero}/pieces/"),
        ("get", f"/suivi/{numero}/retirer/"), ("get", f"/depot/{demande.cle}/"),
        ("get", f"/depot/{demande.cle}/confirmation/"), ("get", f"/depot/{demande.cle}/identite/"),
        ("get", f"/pieces/{piece.cle}/"), ("get", f"/actes/{acte.code}.pdf"),
        ("get", rdv), ("post", f"{rdv}reserver/"), ("get", f"{rdv}deplacer/"), ("post", f"{rdv}annuler/"),
        ("get", f"{rdv}rendez-vous.ics"),
    ]  # fmt: skip


def statuts(client, mandat):
    return {getattr(client, methode)(adresse, {"corps": "x"}).status_code for methode, adresse in adresses(mandat)}


def test_foreign_aidant_finds_nothing_at_any_address():
    mandat = mandater("rdv_pris")
    assert statuts(connecter(AidantFactory()), mandat) == {404}


@pytest.mark.parametrize("fin", ["revoque", "expire"])
def test_ended_mandate_is_403_at_every_address(fin):
    mandat = mandater("rdv_pris", revoque=fin == "revoque", expire=fin == "expire")
    assert statuts(connecter(mandat.aidant), mandat) == {403}


@pytest.mark.parametrize("qui", ["organisme", "aidant", "compte"])
def test_suspended_account_is_403_at_every_address_and_on_the_worklist(qui):
    mandat = mandater("rdv_pris")
    client = connecter(mandat.aidant)
    aidant = mandat.aidant
    if qui == "organisme":
        type(aidant.organisme).objects.filter(pk=aidant.organisme_id).update(actif=False)
    elif qui == "aidant":
        type(aidant).objects.filter(pk=aidant.pk).update(actif=False)
    else:
        type(aidant).objects.filter(pk=aidant.pk).update(pendant=(None, INSTANT.date()))
    assert statuts(client, mandat) == {403}
    assert client.get("/accompagnement/").status_code == 403
    assert client.get(f"/accompagnement/mandats/{mandat.pk}/").status_code == 403


def test_revocation_closes_the_very_next_request():
    mandat = mandater("rdv_pris")
    client = connecter(mandat.aidant)
    assert client.get(f"/suivi/{mandat.demande.numero}/").status_code == 200
    revoquer(mandat, par=titulaire(mandat), maintenant=INSTANT)
    assert statuts(client, mandat) == {403}


def test_mandate_of_another_demande_of_the_same_person_opens_nothing():
    mandat = mandater()
    autre = amener_a(DemandeFactory(usager=mandat.usager, motif=motif_ouvert()), "deposee")
    assert connecter(mandat.aidant).get(f"/suivi/{autre.numero}/").status_code == 404


def test_unsigned_mandate_opens_nothing():
    mandat = mandater("brouillon", a_signer=True, ouvre_la_demande=True)
    client = connecter(mandat.aidant)
    assert client.get(f"/depot/{mandat.demande.cle}/identite/").status_code == 403
    assert "À signer" in client.get("/accompagnement/?situation=a-signer").content.decode()


def test_persons_own_session_or_link_gives_an_aidant_nothing():
    """An aidant acts in their own name only: a session that the person opened before is not theirs."""
    demande = amener_a(DemandeFactory(motif=motif_ouvert()), "deposee")
    aidant = AidantFactory()
    client = Client()
    ouvrir_session(client, demande)
    assert client.get(f"/suivi/{demande.numero}/").status_code == 200
    client.force_login(aidant.agent)
    ouvrir_session(client, demande)
    assert client.get(f"/suivi/{demande.numero}/").status_code == 404


def test_scope_without_the_right_refuses_the_act_and_hides_its_button():
    mandat = mandater("a_completer", portee=["reserver"])
    client, numero = connecter(mandat.aidant), mandat.demande.numero
    page = client.get(f"/suivi/{numero}/").content.decode()
    for action in ("completer", "ecrire", "retirer", "revoquer"):
        assert f'data-action="{action}"' not in page
    assert client.post(f"/suivi/{numero}/message/", {"corps": "Bonjour"}).status_code == 403
    fichiers = {"piece_piece-0": photo()}
    assert client.post(f"/suivi/{numero}/pieces/", fichiers).status_code == 403
    assert gestes(mandat.demande) == []


def test_scope_never_withdraws_and_never_takes_back_its_own_mandate():
    mandat = mandater()
    client, numero = connecter(mandat.aidant), mandat.demande.numero
    client.post(f"/suivi/{numero}/retirer/")
    assert client.post(f"/suivi/{numero}/mandats/{mandat.pk}/retirer/").status_code == 403
    mandat.demande.refresh_from_db()
    assert mandat.demande.etat == "deposee"


def test_aidant_completes_and_writes_in_the_name_of_the_organisation():
    mandat = mandater("a_completer")
    client, demande = connecter(mandat.aidant), mandat.demande
    client.post(f"/suivi/{demande.numero}/pieces/", {"piece_piece-0": photo()})
    client.post(f"/suivi/{demande.numero}/message/", {"corps": "Voici les pièces."})
    demande.refresh_from_db()
    assert demande.etat == "deposee"
    assert demande.messages.get().organisme == mandat.organisme
    assert gestes(demande) == ["piece:jointe", "transition:completer", "message:envoye"]
    assert mandat.organisme.nom in client.get(f"/suivi/{demande.numero}/").content.decode()


def test_aidant_books_moves_and_cancels_without_the_secret_of_the_link():
    mandat = mandater("convoquee")
    client, demande = connecter(mandat.aidant), mandat.demande
    convocation = convocation_active(demande)
    page = client.get(f"/suivi/{demande.numero}/").content.decode()
    rdv = f"/rdv/mandat-{convocation.cle}/"
    assert rdv in page
    creneau, autre = creneau_libre(demande), creneau_libre(demande)
    assert client.get(rdv).status_code == 200
    assert client.post(f"{rdv}reserver/", {"creneau": creneau.pk}).status_code == 303
    pris = convocation.rendez_vous.get(etat="pris")
    assert pris.organisme == mandat.organisme
    assert client.post(f"{rdv}deplacer/", {"creneau": autre.pk}).status_code == 303
    assert client.post(f"{rdv}annuler/").status_code == 303
    assert gestes(demande) == ["transition:reserver", "rendez_vous:deplace", "transition:annuler"]


def test_aidants_address_of_booking_opens_nothing_to_anybody_else(client):
    demande = amener_a(DemandeFactory(motif=motif_ouvert()), "convoquee")
    rdv = f"/rdv/mandat-{convocation_active(demande).cle}/"
    assert client.get(rdv).status_code == 404
    client.force_login(equipe(demande).chloe)
    assert client.get(rdv).status_code == 404


def test_booking_over_the_quota_is_refused_with_its_reason_and_alerts():
    mandat = mandater("convoquee")
    organisme, demande = mandat.organisme, mandat.demande
    type(organisme).objects.filter(pk=organisme.pk).update(quota_rendez_vous=1)
    client = connecter(mandat.aidant)
    rdv = f"/rdv/mandat-{convocation_active(demande).cle}/"
    client.post(f"{rdv}reserver/", {"creneau": creneau_libre(demande).pk})
    second = mandater("convoquee", organisme=organisme, demande={"motif": demande.motif})
    rdv = f"/rdv/mandat-{convocation_active(second.demande).cle}/"
    reponse = client.post(f"{rdv}reserver/", {"creneau": creneau_libre(second.demande).pk})
    assert reponse.status_code == 409
    assert "la limite" in reponse.content.decode()
    assert set(organisme.alertes.values_list("genre", "niveau")) == {
        ("rendez_vous", "seuil"),
        ("rendez_vous", "refus"),
    }
    second.demande.refresh_from_db()
    assert second.demande.etat == "convoquee"


def test_inviter_answers_alike_whether_the_demande_exists_or_not():
    demande = amener_a(DemandeFactory(motif=motif_ouvert()), "deposee")
    client = connecter(AidantFactory())
    saisie = {"numero": demande.numero, "date_naissance": "17/05/1980", "portee": ["suivre"], "fin": "01/09/2030"}
    pages = []
    for valeurs in ({}, {"numero": "67-2030-999999"}, {"date_naissance": "18/05/1980"}):
        reponse = client.post("/accompagnement/inviter/", saisie | valeurs, follow=True)
        jeton = str(reponse.context["csrf_token"])
        pages.append(reponse.content.decode())
        assert str(demande.numero) not in pages[-1].replace(jeton, "")
    assert len({len(p) for p in pages}) == 1
    mandat = Mandat.objects.get()
    assert Notification.objects.filter(modele="mandat_propose").count() == 1
    assert client.get(f"/accompagnement/mandats/{mandat.pk}/").status_code == 404
    assert client.get(f"/suivi/{demande.numero}/").status_code == 404


def test_agent_revokes_from_the_dossier_and_the_person_is_told():
    mandat = mandater()
    demande = mandat.demande
    client = Client()
    client.force_login(equipe(demande).chloe)
    page = client.get(f"/agent/demandes/{demande.numero}/").content.decode()
    assert mandat.organisme.nom in page
    assert client.post(f"/agent/demandes/{demande.numero}/mandats/{mandat.pk}/revoquer/").status_code == 303
    mandat.refresh_from_db()
    assert (mandat.revoque_par_genre, mandat.revoque_par_id) == ("agent", equipe(demande).chloe.pk)
    assert Notification.objects.filter(demande=demande, modele="mandat_termine").count() == 1


def test_person_sees_who_helps_and_takes_the_mandate_back(client):
    mandat = mandater()
    ouvrir_session(client, mandat.demande)
    numero = mandat.demande.numero
    assert mandat.organisme.nom in client.get(f"/suivi/{numero}/").content.decode()
    assert client.post(f"/suivi/{numero}/mandats/{mandat.pk}/retirer/").status_code == 303
    assert connecter(mandat.aidant).get(f"/suivi/{numero}/").status_code == 403
    assert "Qui vous accompagne" not in client.get(f"/suivi/{numero}/").content.decode()


def test_person_cannot_take_back_a_mandate_of_another_demande(client):
    mandat, autre = mandater(), mandater()
    ouvrir_session(client, mandat.demande)
    assert client.post(f"/suivi/{mandat.demande.numero}/mandats/{autre.pk}/retirer/").status_code == 404


def test_aidant_gives_a_mandate_up_and_sends_a_link_again():
    mandat = mandater("brouillon", a_signer=True, ouvre_la_demande=True)
    client = connecter(mandat.aidant)
    base = f"/accompagnement/mandats/{mandat.pk}/"
    assert [client.post(f"{base}renvoyer/").status_code for _ in range(4)] == [303, 303, 303, 429]
    assert Notification.objects.filter(modele="mandat_propose").count() == 3
    assert client.post(f"{base}terminer/").status_code == 303
    assert client.post(f"{base}renvoyer/").status_code == 409


def test_mandate_page_of_another_organisation_is_unknown():
    mandat = mandater()
    client = connecter(AidantFactory())
    for suite in ("", "renvoyer/", "terminer/"):
        methode = client.post if suite else client.get
        assert methode(f"/accompagnement/mandats/{mandat.pk}/{suite}").status_code == 404


def test_journal_names_the_aidant_and_the_organisation():
    mandat = mandater()
    connecter(mandat.aidant).get(f"/suivi/{mandat.demande.numero}/")
    client = Client()
    client.force_login(equipe(mandat.demande).chloe)
    page = client.get(f"/agent/demandes/{mandat.demande.numero}/").content.decode()
    assert f"{mandat.aidant.agent} ({mandat.organisme.nom}) a consulté la demande" in page


def test_aidant_who_begins_a_demarche_is_led_to_the_mandate():
    motif = motif_ouvert()
    reponse = connecter(AidantFactory()).post(f"/demarches/{motif.code}/commencer/", {"prefecture": "67"})
    assert reponse["Location"] == "/accompagnement/nouvelle/"
    assert not Demande.objects.exists()


def test_two_organisations_each_hold_their_own_mandate():
    premier = mandater()
    second = MandatFactory(demande=premier.demande)
    assert connecter(second.aidant).get(f"/suivi/{premier.demande.numero}/").status_code == 200
    revoquer(premier, par=titulaire(premier), maintenant=INSTANT)
    assert connecter(second.aidant).get(f"/suivi/{premier.demande.numero}/").status_code == 200


def test_next_person_of_a_family_has_a_mandate_of_their_own_and_joins_the_family(client):
    premiere = mandater()
    client.force_login(premiere.aidant.agent)
    page = client.get(f"/suivi/{premiere.demande.numero}/").content.decode()
    assert f"/depot/{premiere.demande.cle}/famille/" in page
    suite = client.get(f"/depot/{premiere.demande.cle}/famille/")
    assert suite["Location"] == f"/accompagnement/nouvelle/?famille={premiere.demande.cle}"
    donnees = personne(premiere.demande.motif.code, prenoms="Lina", date_naissance="17/05/2001")
    assert client.post(suite["Location"], donnees).status_code == 422  # who she is for the first one
    assert client.post(suite["Location"], donnees | {"lien": "enfant"}).status_code == 303
    mandat = Mandat.objects.latest("pk")
    assert mandat.demande.principale_id == premiere.demande_id
    assert mandat.demande.evenements.filter(nature="famille:rattachee", acteur_genre="organisme").exists()


def test_family_of_somebody_else_is_unknown_to_an_aidant(client):
    autre = mandater()
    client.force_login(mandater().aidant.agent)
    adresse = f"/accompagnement/nouvelle/?famille={autre.demande.cle}"
    assert client.get(adresse).status_code == 404
    donnees = personne(autre.demande.motif.code) | {"lien": "enfant"}
    assert client.post(adresse, donnees).status_code == 404
    assert client.get("/accompagnement/nouvelle/?famille=x").status_code == 404
    assert not autre.demande.rattachees.exists()
