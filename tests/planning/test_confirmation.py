"""Who comes from the former booking module is asked whether they will come; agents call the others."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from demandes.models import Convocation, Evenement, Notification
from demandes.services.courriels import composer, composer_sms
from demandes.services.deports import Vise, declarer_deport
from demandes.services.journal import verifier
from demandes.services.validite import est_encore_vraie
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.jetons import deriver
from planning.models import RendezVous
from planning.services import ancien_module, confirmation, reservation
from planning.services.rappels import rappeler_partout
from tests.demandes.factories import INSTANT, AgentFactory, AttributionFactory, PrefectureFactory, SiteFactory
from tests.parcours import acteur
from tests.planning.aide_reprise import Ancien, ancien

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]
JOUR = INSTANT + timedelta(days=14, hours=1)
LISTE = "/planning/reprise/a-confirmer/"
DANS_3_JOURS = INSTANT + timedelta(days=3, hours=2)


@pytest.fixture
def a(transactional_db: None) -> Ancien:
    """The préfecture that leaves its module, with a slot in two weeks."""
    fait = ancien()
    fait.creneau(JOUR, places=9)
    return fait


def repris(a: Ancien, reference: str = "R1", **dits: str) -> RendezVous:
    """Take over one appointment, in two weeks at ten."""
    a.reprendre(a.ligne(reference, **{"date": "18/03/2030", "heure": "10:00"} | dits))
    return RendezVous.objects.select_related("convocation__demande__usager").latest("pk")


def ecrits(modele: str) -> list[Notification]:
    return list(Notification.objects.filter(modele=modele).order_by("pk"))


def adresse(rendez_vous: RendezVous, nom: str = "lien") -> str:
    return reverse(f"planning:{nom}", args=[deriver("convocation", str(rendez_vous.convocation.cle))])


def ouvrir(client: Client, rendez_vous: RendezVous) -> str:
    """Pass the second check, and return the page of the link."""
    client.post(adresse(rendez_vous), {"date_naissance": "17/05/1980"})
    return client.get(adresse(rendez_vous)).content.decode()


def confirmer(rendez_vous: RendezVous, quand: datetime = INSTANT) -> RendezVous:
    convocation = Convocation.objects.avec_page().get(pk=rendez_vous.convocation_id)
    return confirmation.confirmer(convocation, par=acteur(convocation.demande.usager), maintenant=quand)


def test_invitation_says_to_confirm_by_mail_and_by_text(a: Ancien, monkeypatch: pytest.MonkeyPatch) -> None:
    repris(a)
    (message,) = ecrits("confirmation")
    courriel = composer(message)
    assert "Confirmez que vous viendrez" in courriel.objet
    for corps in (courriel.texte, courriel.html):
        assert "Confirmez que vous viendrez" in corps
        assert "ancien service" in corps
        assert "est confirmé" not in corps
    monkeypatch.setattr("demandes.services.notifications.est_relie", lambda: True)
    repris(a, "R2", nom="Diallo", courriel="", telephone="0612345678")
    texto = ecrits("confirmation")[-1]
    assert texto.canal == "sms"
    assert "Confirmez que vous viendrez" in composer_sms(texto).texte


def test_one_tap_confirms_and_a_second_one_changes_nothing(client: Client, a: Ancien) -> None:
    rendez_vous = repris(a)
    assert 'data-action="confirmer"' in ouvrir(client, rendez_vous)
    for _ in range(2):
        reponse = client.post(adresse(rendez_vous, "confirmer"), follow=True)
        assert "Nous vous attendons" in reponse.content.decode()
    page = client.get(adresse(rendez_vous)).content.decode()
    assert 'data-action="confirmer"' not in page
    assert "Vous avez confirmé votre venue" in page
    rendez_vous.refresh_from_db()
    assert rendez_vous.confirme_le == INSTANT
    evenement = Evenement.objects.get(nature="rendez_vous:confirme")
    assert (evenement.demande_id, evenement.charge["rendez_vous_id"]) == (
        rendez_vous.convocation.demande_id,
        rendez_vous.pk,
    )
    assert verifier(a.prefecture) is None


def test_nobody_confirms_without_the_second_check(client: Client, a: Ancien) -> None:
    rendez_vous = repris(a)
    assert client.post(adresse(rendez_vous, "confirmer")).headers["Location"] == adresse(rendez_vous)
    rendez_vous.refresh_from_db()
    assert rendez_vous.attend_confirmation


def test_cancelled_or_past_is_not_confirmed_and_the_page_says_so(client: Client, a: Ancien) -> None:
    rendez_vous = repris(a)
    with pytest.raises(ErreurMetier) as refus:
        confirmer(rendez_vous, JOUR)
    assert refus.value.code == "rien_a_confirmer"
    ouvrir(client, rendez_vous)
    reservation.annuler(rendez_vous.convocation, par=acteur(rendez_vous.convocation.demande.usager), maintenant=INSTANT)
    page = client.post(adresse(rendez_vous, "confirmer"), follow=True).content.decode()
    assert "il ne se confirme plus" in page
    assert not Evenement.objects.filter(nature="rendez_vous:confirme").exists()


def test_appointment_booked_here_asks_nothing(client: Client, a: Ancien) -> None:
    rendez_vous = repris(a)
    RendezVous.objects.update(a_confirmer=False)
    assert 'data-action="confirmer"' not in ouvrir(client, rendez_vous)
    client.post(adresse(rendez_vous, "confirmer"))
    rendez_vous.refresh_from_db()
    assert rendez_vous.confirme_le is None
    with pytest.raises(IntegrityError), transaction.atomic():
        RendezVous.objects.update(confirme_le=INSTANT)


def test_who_moves_it_has_confirmed_who_is_moved_has_not(a: Ancien) -> None:
    onze = a.creneau(JOUR + timedelta(hours=1))
    midi = a.creneau(JOUR + timedelta(hours=2))
    rendez_vous = repris(a)
    (ligne,) = a.reprendre(a.ligne("R1", date="18/03/2030", heure="11:00"))
    ancien_module.resoudre(ligne, creneau=onze, par=acteur(a.denis), maintenant=INSTANT)
    deplace = RendezVous.objects.actifs().get()
    assert deplace.attend_confirmation
    _, message = ecrits("confirmation")
    texte = composer(message).texte
    assert "Nous avons dû changer l’heure" in texte
    assert "Confirmez que vous viendrez" in texte
    assert [est_encore_vraie(m, INSTANT) for m in ecrits("confirmation")] == [False, True]
    qui = acteur(rendez_vous.convocation.demande.usager)
    reservation.deplacer(rendez_vous.convocation, midi, par=qui, maintenant=INSTANT)
    assert not RendezVous.objects.actifs().get().a_confirmer
    assert len(ecrits("rendez_vous")) == 1


def test_confirmed_appointment_that_the_service_moves_stays_so(a: Ancien) -> None:
    onze = a.creneau(JOUR + timedelta(hours=1))
    confirmer(repris(a))
    (ligne,) = a.reprendre(a.ligne("R1", date="18/03/2030", heure="11:00"))
    ancien_module.resoudre(ligne, creneau=onze, par=acteur(a.denis), maintenant=INSTANT)
    deplace = RendezVous.objects.actifs().get()
    assert (deplace.a_confirmer, deplace.confirme_le) == (True, INSTANT)
    assert len(ecrits("rendez_vous")) == 1


# The reminder


def test_asked_once_more_three_days_after_and_never_again(a: Ancien) -> None:
    rendez_vous = repris(a)
    for jours in range(14):
        for heure in (2, 5):
            rappeler_partout(maintenant=INSTANT + timedelta(days=jours, hours=heure))
        assert len(ecrits("relance_confirmation")) == (0 if jours < 3 else 1)
    (relance,) = ecrits("relance_confirmation")
    assert relance.contexte["rendez_vous_id"] == rendez_vous.pk
    assert "pas encore confirmé" in composer(relance).texte


def test_who_confirmed_or_comes_soon_is_not_asked_again(a: Ancien) -> None:
    confirmer(repris(a))
    a.creneau(INSTANT + timedelta(days=5))
    a.reprendre(a.ligne("R2", nom="Diallo", date="09/03/2030"))
    assert RendezVous.objects.a_confirmer(INSTANT).count() == 1
    rappeler_partout(maintenant=DANS_3_JOURS)
    assert ecrits("relance_confirmation") == []


@pytest.mark.parametrize("entretemps", ["confirme", "annule", "proche"])
def test_reminder_not_true_any_more_does_not_leave(a: Ancien, entretemps: str) -> None:
    rendez_vous = repris(a)
    rappeler_partout(maintenant=DANS_3_JOURS)
    part = DANS_3_JOURS
    if entretemps == "confirme":
        confirmer(rendez_vous, DANS_3_JOURS)
    elif entretemps == "annule":
        usager = rendez_vous.convocation.demande.usager
        reservation.annuler(rendez_vous.convocation, par=acteur(usager), maintenant=DANS_3_JOURS)
    else:
        part = JOUR - timedelta(days=1)
    (relance,) = ecrits("relance_confirmation")
    assert est_encore_vraie(relance, DANS_3_JOURS) is (entretemps == "proche")
    assert not est_encore_vraie(relance, part)


# What agents do


def test_list_says_who_when_and_how_to_reach_them(client: Client, a: Ancien) -> None:
    repris(a, telephone="0612345678")
    repris(a, "R2", nom="Diallo", courriel="")
    client.force_login(a.denis)
    assert "2 rendez-vous à confirmer" in client.get("/planning/reprise/").content.decode()
    page = client.get(LISTE).content.decode()
    assert 'data-nombre="2"' in page
    for dit in (
        "lundi 18 mars 2030 à 10",
        "BEN ALI",
        "tel:+33612345678",
        "DIALLO",
        "aucun moyen connu",
    ):
        assert dit in page
    ailleurs = AgentFactory(chef_service=True, prefecture=PrefectureFactory(departement="68"))
    client.force_login(ailleurs)
    assert "data-nombre" not in client.get(LISTE).content.decode()
    assert client.get(f"{LISTE}?prefecture=67").status_code == 404


def test_list_costs_the_same_for_one_and_for_many(client: Client, a: Ancien) -> None:
    client.force_login(a.denis)
    repris(a)
    couts = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as requetes:
            client.get(LISTE)
        couts.append(len(requetes))
        for n, nom in enumerate(("Un", "Deux", "Trois", "Quatre")):
            repris(a, f"S{n}", nom=nom)
    assert couts[0] == couts[1]


def test_agent_notes_a_confirmation_by_telephone(client: Client, a: Ancien) -> None:
    rendez_vous = repris(a)
    client.force_login(a.denis)
    client.post(f"{LISTE}{rendez_vous.pk}/")
    assert RendezVous.objects.actifs().get().attend_confirmation
    reponse = client.post(f"{LISTE}{rendez_vous.pk}/", {"geste": "confirmer"}, follow=True)
    assert "c’est noté" in reponse.content.decode()
    assert "data-nombre" not in reponse.content.decode()
    evenement = Evenement.objects.get(nature="rendez_vous:confirme")
    assert evenement.acteur_id == a.denis.pk
    assert RendezVous.objects.actifs().get().confirme_le == INSTANT


def test_agent_frees_the_place_after_a_question_and_the_person_is_told(client: Client, a: Ancien) -> None:
    rendez_vous = repris(a)
    client.force_login(a.denis)
    assert "Oui, libérer la place" in client.get(f"{LISTE}{rendez_vous.pk}/").content.decode()
    assert RendezVous.objects.actifs().exists()
    client.post(f"{LISTE}{rendez_vous.pk}/", {"geste": "liberer"})
    rendez_vous.refresh_from_db()
    assert rendez_vous.etat == "annule"
    assert len(ecrits("rendez_vous_annule")) == 1
    assert client.get(f"{LISTE}{rendez_vous.pk}/").status_code == 303  # nothing left to ask


def test_stale_page_frees_no_place_of_who_has_just_confirmed(client: Client, a: Ancien) -> None:
    rendez_vous = repris(a)
    client.force_login(a.denis)
    confirmer(rendez_vous)
    reponse = client.post(f"{LISTE}{rendez_vous.pk}/", {"geste": "liberer"}, follow=True)
    assert "vient d’être confirmé" in reponse.content.decode()
    assert RendezVous.objects.actifs().count() == 1


def test_other_agents_neither_confirm_nor_free(client: Client, a: Ancien) -> None:
    rendez_vous = repris(a)
    montre = RendezVous.objects.select_related("convocation", "creneau__file__site__prefecture").get()
    ailleurs = AgentFactory(chef_service=True, prefecture=PrefectureFactory(departement="68"))
    for qui in (ailleurs, AgentFactory(instructeur=True, prefecture=a.prefecture)):
        for geste in (confirmation.confirmer_par_agent, confirmation.liberer_la_place):
            with pytest.raises(DroitRefuse):
                geste(montre, par=acteur(qui), maintenant=INSTANT)
    client.force_login(ailleurs)
    assert client.post(f"{LISTE}{rendez_vous.pk}/", {"geste": "liberer"}).status_code == 404
    assert RendezVous.objects.actifs().get().attend_confirmation


def test_agent_is_kept_from_who_they_must_not_handle(client: Client, a: Ancien) -> None:
    rendez_vous = repris(a)
    montre = RendezVous.objects.select_related("convocation", "creneau__file__site__prefecture").get()
    vise = Vise(nom="Ben Ali", date_naissance="1980-05-17")
    declarer_deport(a.denis, vise, jusqu_au=None, par=acteur(a.denis), maintenant=INSTANT)
    client.force_login(a.denis)
    assert "BEN ALI" not in client.get(LISTE).content.decode()
    assert client.post(f"{LISTE}{rendez_vous.pk}/", {"geste": "liberer"}).status_code == 404
    with pytest.raises(DroitRefuse):
        confirmation.liberer_la_place(montre, par=acteur(a.denis), maintenant=INSTANT)
    assert RendezVous.objects.actifs().exists()


def test_nothing_is_freed_by_itself(a: Ancien) -> None:
    repris(a)
    for jours in range(14):
        rappeler_partout(maintenant=INSTANT + timedelta(days=jours, hours=2))
    assert RendezVous.objects.actifs().get().attend_confirmation


def test_manager_of_another_site_neither_sees_nor_frees_the_place(client: Client, a: Ancien) -> None:
    rendez_vous = repris(a)
    ailleurs = AgentFactory(username="ailleurs")
    site = SiteFactory(prefecture=a.prefecture, code="67-selestat")
    AttributionFactory(agent=ailleurs, role="chef_service", prefecture=a.prefecture, site=site)
    client.force_login(ailleurs)
    assert "BEN ALI" not in client.get(LISTE).content.decode()
    assert client.get(f"{LISTE}{rendez_vous.pk}/").status_code == 404
    for geste in (confirmation.confirmer_par_agent, confirmation.liberer_la_place):
        with pytest.raises(DroitRefuse):
            geste(rendez_vous, par=acteur(ailleurs), maintenant=INSTANT)
    ici = AgentFactory(username="ici")
    AttributionFactory(agent=ici, role="chef_service", prefecture=a.prefecture, site=a.file.site)
    client.force_login(ici)
    assert "BEN ALI" in client.get(LISTE).content.decode()
    confirmation.confirmer_par_agent(rendez_vous, par=acteur(ici), maintenant=INSTANT)
