"""A family convoked together: one link, one appointment long enough for all, and each keeps their own life."""

import pytest
from django.db import IntegrityError, transaction

from demandes.models import Convocation, Notification
from demandes.services.convocation import expirer_les_convocations, revoquer_convocation
from demandes.services.courriels import composer, lien_convocation
from demandes.services.suites import retirer
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.jetons import deriver
from planning.models import Prolongement, RendezVous
from planning.services import reservation
from planning.services.rappels import rendez_vous_confirmes
from tests.demandes.factories import INSTANT, AidantFactory, DemandeFactory, MandatFactory, MotifFactory
from tests.demandes.outils_famille import convoquer_ensemble, creneaux, etats, famille
from tests.parcours import acteur, amener_a, equipe, verifier_contraintes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def reserver(porteuse, creneau):
    return reservation.reserver(porteuse, creneau, par=acteur(porteuse.demande.usager), maintenant=INSTANT)


@pytest.fixture
def reunis():
    """Three persons, 20 minutes each by the motif, in slots of 15 minutes: four slots."""
    demandes = famille(3, guichet_minutes=20)
    return demandes, convoquer_ensemble(demandes)


def prises(places):
    return [c.refresh_from_db() or c.prises for c in places]


def test_one_act_convokes_all_with_one_link_and_one_mail(reunis):
    demandes, porteuse = reunis
    assert etats(*demandes) == ["convoquee"] * 3
    assert porteuse.personnes == 3
    assert Convocation.objects.jointes_a(porteuse.pk).count() == 2
    for demande in demandes:
        assert demande.evenements.filter(nature="transition:convoquer").count() == 1
    message = Notification.objects.get(modele="convocation")
    courriel = composer(message)
    lien = f"/rdv/{deriver('convocation', str(porteuse.cle))}/"
    for texte in (lien, *(d.numero for d in demandes), "Enfant1"):
        assert texte in courriel.texte
        assert texte in courriel.html


def test_appointment_is_long_enough_for_all_and_frees_everything_when_cancelled(reunis):
    demandes, porteuse = reunis
    places = creneaux(demandes[0], 6)
    rendez_vous = reserver(porteuse, places[0])
    assert etats(*demandes) == ["rdv_pris"] * 3
    assert prises(places) == [1, 1, 1, 1, 0, 0]
    reservation.deplacer(porteuse, places[1], par=acteur(porteuse.demande.usager), maintenant=INSTANT)
    assert prises(places) == [0, 1, 1, 1, 1, 0]
    reservation.annuler(porteuse, par=acteur(porteuse.demande.usager), maintenant=INSTANT)
    assert prises(places) == [0] * 6
    assert etats(*demandes) == ["convoquee"] * 3
    verifier_contraintes()
    for demande in demandes:
        natures = list(demande.evenements.values_list("nature", flat=True))
        assert natures.count("transition:reserver") == natures.count("rendez_vous:deplace") == 1
    ics = composer(Notification.objects.filter(modele="rendez_vous").earliest("pk")).pieces[0].donnees.decode()
    assert all(d.numero in ics.replace("\r\n ", "") for d in demandes)
    assert rendez_vous.convocation_id == porteuse.pk


def test_different_motifs_add_their_minutes_and_need_a_queue_that_serves_both():
    long, court = MotifFactory(pieces=0, guichet_minutes=40), MotifFactory(pieces=0, guichet_minutes=10)
    demandes = famille(2, motifs=[long, court])
    porteuse = convoquer_ensemble(demandes)
    places = creneaux(demandes[0], 5)
    reserver(porteuse, places[0])
    assert prises(places) == [1, 1, 1, 1, 0]  # 50 minutes


def test_hand_over_of_several_titles_is_one_appointment_of_five_minutes_each():
    demandes = famille(4, "a_remettre")
    porteuse = convoquer_ensemble(demandes)
    places = creneaux(demandes[0], 3)
    reserver(porteuse, places[0])
    assert prises(places) == [1, 1, 0]  # 20 minutes
    assert etats(*demandes) == ["a_remettre"] * 4
    assert all(d.evenements.filter(nature="rendez_vous:pris").exists() for d in demandes)


@pytest.mark.parametrize("rang", [0, 1, 2])
def test_revoking_one_keeps_the_appointment_of_the_others_and_shortens_it(reunis, rang):
    demandes, porteuse = reunis
    places = creneaux(demandes[0], 4)
    reserver(porteuse, places[0])
    revoquer_convocation(demandes[rang], par=acteur(equipe(demandes[0]).chloe), maintenant=INSTANT)
    attendus = ["rdv_pris"] * 3
    attendus[rang] = "complete"
    assert etats(*demandes) == attendus
    assert prises(places) == [1, 1, 1, 0]  # 40 minutes
    lien = Convocation.objects.get(pk=porteuse.pk)
    assert (lien.etat, lien.personnes) == ("active", 2)
    assert lien.empreinte != porteuse.empreinte  # who left does not hold the link of those who stay
    assert not demandes[rang].convocations.actives().exists()
    verifier_contraintes()
    assert Notification.objects.filter(modele="convocation_revoquee", demande=demandes[rang]).count() == 1
    assert Notification.objects.filter(modele="rendez_vous").count() == 2  # taken, then shortened


def test_message_to_who_left_gives_nothing_of_those_who_stay(reunis):
    demandes, porteuse = reunis
    reserver(porteuse, creneaux(demandes[0], 4)[0])
    Notification.objects.filter(modele="rendez_vous").update(etat=Notification.Etat.ECHEC)  # to be sent again
    message = Notification.objects.get(modele="rendez_vous", demande=demandes[0])
    assert rendez_vous_confirmes([message], INSTANT) == {message.pk}
    revoquer_convocation(demandes[0], par=acteur(equipe(demandes[0]).chloe), maintenant=INSTANT)
    message.refresh_from_db()
    texte = composer(message).texte
    assert lien_convocation(Convocation.objects.get(pk=porteuse.pk)) not in texte
    assert "Enfant" not in texte
    assert rendez_vous_confirmes([message], INSTANT) == set()


def test_calendars_know_the_appointment_by_one_name_though_its_link_changes(reunis):
    demandes, porteuse = reunis
    par = acteur(equipe(demandes[0]).chloe)
    reserver(porteuse, creneaux(demandes[0], 4)[0])
    for demande in demandes[1:]:
        revoquer_convocation(demande, par=par, maintenant=INSTANT)  # twice, another link
    reservation.annuler(porteuse, par=par, maintenant=INSTANT)
    invitations = Notification.objects.filter(contexte__has_key="rdv").order_by("pk").values_list("contexte", flat=True)
    suivies = [c["rdv"] for c in invitations if c["convocation_id"] == porteuse.pk]
    assert [rdv["sequence"] for rdv in suivies] == [0, 1, 2, 3]
    assert [rdv["methode"] for rdv in suivies] == ["PUBLISH", "PUBLISH", "PUBLISH", "CANCEL"]
    assert {rdv["uid"] for rdv in suivies} == {f"{porteuse.cle}@planipref"}


def test_withdrawing_all_one_after_the_other_frees_the_slots(reunis):
    demandes, porteuse = reunis
    places = creneaux(demandes[0], 4)
    reserver(porteuse, places[0])
    for demande in demandes:
        retirer(demande, par=acteur(demande.usager), maintenant=INSTANT)
    assert prises(places) == [0] * 4
    assert not RendezVous.objects.actifs().exists()
    assert not Convocation.objects.actives().exists()
    verifier_contraintes()


def test_expiry_ends_the_convocation_of_each(reunis):
    demandes, porteuse = reunis
    assert expirer_les_convocations(maintenant=porteuse.expire_le) == 3
    assert etats(*demandes) == ["complete"] * 3


def test_one_revoked_may_be_convoked_alone_again(reunis):
    demandes, _ = reunis
    e = equipe(demandes[0])
    revoquer_convocation(demandes[1], par=acteur(e.chloe), maintenant=INSTANT)
    seule = convoquer_ensemble([demandes[1]])
    places = creneaux(demandes[0], 2)
    reserver(seule, places[0])
    assert etats(*demandes) == ["convoquee", "rdv_pris", "convoquee"]


def test_convoquer_with_a_stranger_or_one_not_ready_is_refused_and_writes_nothing():
    demandes = famille(2)
    autre = amener_a(DemandeFactory(motif=demandes[0].motif), "complete")
    with pytest.raises(ErreurMetier) as refus:
        convoquer_ensemble([demandes[0], autre])
    assert (refus.value.code, refus.value.champ) == ("autre_famille", "avec")
    amener_a(demandes[1], "en_instruction")
    with pytest.raises(ErreurMetier) as refus:
        convoquer_ensemble(demandes)
    assert refus.value.code == "transition_interdite"
    assert not Convocation.objects.actives().exists()


def test_database_refuses_a_joined_convocation_of_another_family_and_an_appointment_on_one(reunis):
    demandes, porteuse = reunis
    jointe = Convocation.objects.jointes_a(porteuse.pk)[0]
    etrangere = amener_a(DemandeFactory(motif=demandes[0].motif), "convoquee").convocations.get()
    for pk, cible in ((etrangere.pk, porteuse.pk), (jointe.pk, jointe.pk), (porteuse.pk, jointe.pk)):
        with pytest.raises(IntegrityError, match="même famille"), transaction.atomic():
            Convocation.objects.filter(pk=pk).update(jointe_a=cible)
    creneau = creneaux(demandes[0], 1)[0]
    with pytest.raises(IntegrityError, match="n’est plus valable"), transaction.atomic():
        RendezVous.objects.create(convocation=jointe, creneau=creneau, pris_le=INSTANT)


def test_link_page_names_each_and_opens_with_the_birth_date_of_one(client, reunis):
    demandes, porteuse = reunis
    creneaux(demandes[0], 4)
    adresse = f"/rdv/{deriver('convocation', str(porteuse.cle))}/"
    assert client.post(adresse, {"date_naissance": "01/01/1999"}).status_code == 422
    assert client.post(adresse, {"date_naissance": "05/01/2001"}).status_code == 303
    page = client.get(adresse).content.decode()
    for demande in demandes:
        assert f'data-personne="{demande.numero}"' in page
    assert "3 personnes, ensemble" in page
    assert page.count("data-creneau=") == 1  # four in a row: one start only


def test_own_token_of_a_joined_convocation_opens_the_common_page(client, reunis):
    _, porteuse = reunis
    jointe = Convocation.objects.jointes_a(porteuse.pk)[0]
    adresse = f"/rdv/{deriver('convocation', str(jointe.cle))}/"
    assert client.post(adresse, {"date_naissance": "02/03/1985"}).status_code == 303
    assert "3 personnes, ensemble" in client.get(adresse).content.decode()


def test_aidant_books_for_a_family_with_a_mandate_on_each(client, reunis):
    demandes, porteuse = reunis
    places = creneaux(demandes[0], 4)
    aidant = AidantFactory()
    for demande in demandes[:2]:
        MandatFactory(demande=demande, organisme=aidant.organisme, aidant=aidant)
    client.force_login(aidant.agent)
    adresse = f"/rdv/mandat-{porteuse.cle}/reserver/"
    assert client.post(adresse, {"creneau": places[0].pk}).status_code == 403
    MandatFactory(demande=demandes[2], organisme=aidant.organisme, aidant=aidant)
    assert client.post(adresse, {"creneau": places[0].pk}).status_code == 303
    assert etats(*demandes) == ["rdv_pris"] * 3
    assert demandes[2].evenements.get(nature="transition:reserver").acteur_genre == "organisme"
    assert Prolongement.objects.count() == 3


def test_revoking_the_hand_over_of_one_frees_what_it_held_and_lets_it_be_convoked_again():
    demandes = famille(4, "a_remettre")
    porteuse = convoquer_ensemble(demandes)
    places = creneaux(demandes[0], 3)
    reserver(porteuse, places[0])
    par = acteur(equipe(demandes[0]).chloe)
    revoquer_convocation(demandes[0], par=par, maintenant=INSTANT)
    assert prises(places) == [1, 0, 0]  # 15 minutes
    assert demandes[0].evenements.latest("pk").nature == "convocation:remise_revoquee"
    for demande in demandes[1:]:
        revoquer_convocation(demande, par=par, maintenant=INSTANT)
    assert prises(places) == [0, 0, 0]
    assert etats(*demandes) == ["a_remettre"] * 4
    assert not Convocation.objects.actives().exists()
    assert set(Convocation.objects.values_list("etat", flat=True).order_by("pk")) == {"revoquee"}
    assert {n.demande_id for n in Notification.objects.filter(modele="convocation_revoquee")} == {
        d.pk for d in demandes
    }
    assert convoquer_ensemble(demandes).etat == "active"
    verifier_contraintes()


def test_revoking_a_hand_over_asks_for_the_right_and_a_convocation(bruno, etienne):
    demande = famille(1, "a_remettre")[0]
    par = acteur(equipe(demande).chloe)
    with pytest.raises(ErreurMetier) as refus:
        revoquer_convocation(demande, par=par, maintenant=INSTANT)
    assert refus.value.code == "transition_interdite"
    convoquer_ensemble([demande])
    for agent in (bruno, etienne):
        with pytest.raises(ErreurMetier) as refus:
            revoquer_convocation(demande, par=acteur(agent), maintenant=INSTANT)
        assert refus.value.statut == 403
