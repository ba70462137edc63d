"""Slots where more is taken than given: the list, and each way out."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from demandes.cycle import Etat
from demandes.models import Agent, Convocation, Demande, Evenement, Motif, Notification, Usager
from planning.calculs.affectation.amorce import amorcer
from planning.models import Affectation, Creneau, FileGuichet, PlacePlan, PlageOuverture, RendezVous
from planning.selectors_semaine import lire_semaine
from planning.services import reservation
from planning.services.plans import publier_plan
from planning.services.publication import publier
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory, OrganismeFactory
from tests.parcours import acteur, amener_a, convocation_active, equipe
from tests.planning.aide_semaine import LUNDI, Service
from tests.planning.factories import PlageOuvertureFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


@pytest.fixture
def motif(db: None) -> Motif:
    """A motif without pieces."""
    return MotifFactory(pieces=0)


def pris(motif: Motif, creneau: Creneau) -> RendezVous:
    """Book a slot."""
    demande = amener_a(DemandeFactory(motif=motif), Etat.CONVOQUEE)
    creneau.file.motifs.add(motif)
    convocation = Convocation.objects.avec_page().get(pk=convocation_active(demande).pk)
    convocation.sites.add(creneau.file.site)
    par = acteur(equipe(demande).chloe)
    return reservation.reserver(convocation, creneau, par=par, maintenant=INSTANT)


@pytest.fixture
def en_conflit(motif: Motif) -> Creneau:
    """A slot of two places, both taken, of which one counter is gone since."""
    file = equipe(DemandeFactory(motif=motif)).file
    plage = PlageOuvertureFactory(file=file, fin=time(10), nb_guichets=2)
    publier(file.site.prefecture, maintenant=INSTANT)
    creneau = Creneau.objects.earliest("debut")
    for _ in range(2):
        pris(motif, creneau)
    PlageOuverture.objects.filter(pk=plage.pk).update(nb_guichets=1)
    assert publier(file.site.prefecture, maintenant=INSTANT).conflits == 1
    return Creneau.objects.get(pk=creneau.pk)


def resoudre(client: Client, creneau: Creneau, **donnees: Any) -> str:
    return client.post(f"/planning/conflits/{creneau.pk}/resoudre/", donnees, follow=True).content.decode()


def numero(rendez_vous: RendezVous) -> str:
    return str(Demande.objects.get(convocations=rendez_vous.convocation_id).numero)


def test_conflits_list_and_page_show_who_was_last_and_the_nearest_place(
    client: Client, denis: Agent, en_conflit: Creneau
) -> None:
    client.force_login(denis)
    site = en_conflit.file.site.code
    assert f"/planning/conflits/{en_conflit.pk}/" in client.get(f"/planning/conflits/?site={site}").content.decode()
    page = client.get(f"/planning/conflits/{en_conflit.pk}/").content.decode()
    dernier = RendezVous.objects.latest("pk")
    assert page.index(numero(dernier)) < page.index(numero(RendezVous.objects.earliest("pk")))
    assert "9\u00a0h\u00a015" in page


def test_conflits_number_of_queries_does_not_grow(
    client: Client, denis: Agent, en_conflit: Creneau, django_assert_max_num_queries: Any
) -> None:
    client.force_login(denis)
    with django_assert_max_num_queries(8):
        client.get(f"/planning/conflits/?site={en_conflit.file.site.code}")
    Creneau.objects.filter(prises=0).update(prevues=-1)
    with django_assert_max_num_queries(8):
        page = client.get(f"/planning/conflits/?site={en_conflit.file.site.code}").content.decode()
    assert page.count("/planning/conflits/") > 10


def test_deplacer_moves_tells_the_usager_and_solves_once(client: Client, denis: Agent, en_conflit: Creneau) -> None:
    client.force_login(denis)
    dernier = RendezVous.objects.latest("pk")
    suivant = Creneau.objects.order_by("debut")[1]
    choix = {"geste": "deplacer", "rendez_vous": dernier.pk, "vers": suivant.pk}
    assert "déplacé au mardi 5 mars 2030 à 9\u00a0h\u00a015" in resoudre(client, en_conflit, **choix)
    en_conflit.refresh_from_db()
    assert (en_conflit.places, en_conflit.prises) == (1, 1)
    nouveau = RendezVous.objects.actifs().get(convocation=dernier.convocation_id)
    assert nouveau.creneau == suivant
    message = Notification.objects.filter(modele="rendez_vous").latest("pk")
    assert message.contexte["par_le_service"] is True
    assert Evenement.objects.get(nature="planning:conflit_deplace").charge["creneau_id"] == en_conflit.pk
    assert "n’existe plus" in resoudre(client, en_conflit, **choix)
    assert RendezVous.objects.actifs().count() == 2


def test_deplacer_after_the_usager_cancelled_moves_nobody(client: Client, denis: Agent, en_conflit: Creneau) -> None:
    client.force_login(denis)
    premier, dernier = RendezVous.objects.order_by("pk")
    convocation = Convocation.objects.avec_page().get(pk=premier.convocation_id)
    par = acteur(equipe(convocation.demande).chloe)
    reservation.annuler(convocation, par=par, maintenant=INSTANT)
    suivant = Creneau.objects.order_by("debut")[1]
    assert "n’existe plus" in resoudre(client, en_conflit, geste="deplacer", rendez_vous=dernier.pk, vers=suivant.pk)
    assert RendezVous.objects.actifs().get().creneau == en_conflit
    en_conflit.refresh_from_db()
    assert (en_conflit.places, en_conflit.prises) == (1, 1)  # what was given back is not offered again


def test_garder_accepts_the_surplus_once_and_survives_the_next_publication(
    client: Client, denis: Agent, en_conflit: Creneau
) -> None:
    client.force_login(denis)
    assert "gardés en surplus" in resoudre(client, en_conflit, geste="garder")
    assert "n’existe plus" in resoudre(client, en_conflit, geste="garder")
    assert Evenement.objects.filter(nature="planning:conflit_garde").count() == 1
    assert publier(en_conflit.file.site.prefecture, maintenant=INSTANT).conflits == 0


def test_closure_over_appointments_is_a_conflict(motif: Motif) -> None:
    file = equipe(DemandeFactory(motif=motif)).file
    plage = PlageOuvertureFactory(file=file, fin=time(10), nb_guichets=3)
    publier(file.site.prefecture, maintenant=INSTANT)
    creneau = Creneau.objects.earliest("debut")
    pris(motif, creneau)
    plage.delete()
    bilan = publier(file.site.prefecture, maintenant=INSTANT)
    creneau.refresh_from_db()
    assert (bilan.conflits, creneau.places, creneau.prevues) == (1, 1, 0)


def test_renforcer_gives_a_free_agent_a_counter_and_its_places(client: Client, denis: Agent, motif: Motif) -> None:
    service = Service(agents=5, code="67-conflit", prefecture=denis.attributions.get().prefecture)
    file: FileGuichet = service.sejour
    plan = service.plan()
    lue = lire_semaine(plan)
    PlacePlan.objects.bulk_create(lue.ecrire(amorcer(lue.semaine)))
    publier_plan(plan, par=acteur(denis), maintenant=INSTANT)
    publier(service.site.prefecture, maintenant=INSTANT)
    creneau = Creneau.objects.filter(file=file).du_jour(LUNDI, "Europe/Paris").earliest("debut")
    assert creneau.places == 2
    for _ in range(2):
        pris(motif, creneau)
    tenue = Affectation.objects.filter(file=file, pendant__contains=creneau.debut).latest("pk")
    PlacePlan.objects.filter(plan=plan, agent=tenue.agent, demi_journee=0).delete()
    tenue.delete()
    assert publier(service.site.prefecture, maintenant=INSTANT).conflits == 1
    client.force_login(denis)
    page = client.get(f"/planning/conflits/{creneau.pk}/").content.decode()
    assert f'value="{tenue.agent_id}"' in page
    assert "tient le guichet" in resoudre(client, creneau, geste="renforcer", agent=tenue.agent_id)
    creneau.refresh_from_db()
    assert (creneau.prevues, creneau.places) == (2, 2)
    assert Affectation.objects.filter(file=file, agent=tenue.agent, pendant__contains=creneau.debut).exists()
    assert "n’existe plus" in resoudre(client, creneau, geste="renforcer", agent=tenue.agent_id)


def prises(creneau: Creneau) -> tuple[int, int]:
    """Places taken, and those kept in surplus."""
    creneau.refresh_from_db()
    return creneau.prises, creneau.surplus


def test_surplus_given_back_is_no_surplus_any_more_and_a_later_cut_is_a_conflict(
    client: Client, denis: Agent, motif: Motif
) -> None:
    file = equipe(DemandeFactory(motif=motif)).file
    plage = PlageOuvertureFactory(file=file, fin=time(10), nb_guichets=3)
    publier(file.site.prefecture, maintenant=INSTANT)
    creneau = Creneau.objects.earliest("debut")
    rendez_vous = [pris(motif, creneau) for _ in range(3)]
    PlageOuverture.objects.filter(pk=plage.pk).update(nb_guichets=2)
    publier(file.site.prefecture, maintenant=INSTANT)
    client.force_login(denis)
    resoudre(client, creneau, geste="garder")
    assert prises(creneau) == (3, 1)
    convocation = Convocation.objects.avec_page().get(pk=rendez_vous[0].convocation_id)
    reservation.annuler(convocation, par=acteur(equipe(convocation.demande).chloe), maintenant=INSTANT)
    assert prises(creneau) == (2, 0)
    PlageOuverture.objects.filter(pk=plage.pk).update(nb_guichets=1)
    assert publier(file.site.prefecture, maintenant=INSTANT).conflits == 1


def test_surplus_ends_when_the_plan_gives_the_places_again(client: Client, denis: Agent, en_conflit: Creneau) -> None:
    client.force_login(denis)
    resoudre(client, en_conflit, geste="garder")
    assert prises(en_conflit) == (2, 1)
    PlageOuverture.objects.update(nb_guichets=2)
    publier(en_conflit.file.site.prefecture, maintenant=INSTANT)
    assert prises(en_conflit) == (2, 0)
    PlageOuverture.objects.update(nb_guichets=1)
    assert publier(en_conflit.file.site.prefecture, maintenant=INSTANT).conflits == 1


def test_appointment_moved_by_the_service_stays_the_organisations_and_chosen(
    client: Client, denis: Agent, en_conflit: Creneau
) -> None:
    organisme = OrganismeFactory()
    dernier = RendezVous.objects.latest("pk")
    RendezVous.objects.filter(pk=dernier.pk).update(organisme=organisme, choisi=True)
    client.force_login(denis)
    suivant = Creneau.objects.order_by("debut")[1]
    resoudre(client, en_conflit, geste="deplacer", rendez_vous=dernier.pk, vers=suivant.pk)
    nouveau = RendezVous.objects.actifs().get(convocation=dernier.convocation_id)
    assert (nouveau.creneau, nouveau.organisme, nouveau.choisi) == (suivant, organisme, True)


def test_queries_of_a_conflict_do_not_grow_with_its_appointments(
    client: Client, denis: Agent, motif: Motif, django_assert_max_num_queries: Any
) -> None:
    file = equipe(DemandeFactory(motif=motif)).file
    plage = PlageOuvertureFactory(file=file, fin=time(10), nb_guichets=6)
    publier(file.site.prefecture, maintenant=INSTANT)
    creneau = Creneau.objects.earliest("debut")
    client.force_login(denis)
    for _ in range(2):
        pris(motif, creneau)
    PlageOuverture.objects.filter(pk=plage.pk).update(nb_guichets=1)
    publier(file.site.prefecture, maintenant=INSTANT)
    adresse = f"/planning/conflits/{creneau.pk}/"
    with CaptureQueriesContext(connection) as peu:
        assert client.get(adresse).content.decode().count('data-action="deplacer"') == 2
    Creneau.objects.filter(pk=creneau.pk).update(places=6)
    for _ in range(3):
        pris(motif, creneau)
    with django_assert_max_num_queries(len(peu)):
        assert client.get(adresse).content.decode().count('data-action="deplacer"') == 5


def test_who_has_no_mail_is_to_be_called_and_a_late_place_is_said(
    client: Client, denis: Agent, en_conflit: Creneau
) -> None:
    client.force_login(denis)
    dernier = RendezVous.objects.latest("pk")
    demande = Demande.objects.get(convocations=dernier.convocation_id)
    Usager.objects.filter(pk=demande.usager_id).update(courriel="")
    Demande.objects.filter(pk=demande.pk).update(echeance=INSTANT.date())
    page = client.get(f"/planning/conflits/{en_conflit.pk}/").content.decode()
    assert "sans courriel" in page
    assert "après la fin du délai légal" in page
    suivant = Creneau.objects.order_by("debut")[1]
    dit = resoudre(client, en_conflit, geste="deplacer", rendez_vous=dernier.pk, vers=suivant.pk)
    assert "appelez-la" in dit
    assert "est prévenu" not in dit


def test_page_of_openings_leads_to_the_conflicts(client: Client, denis: Agent, en_conflit: Creneau) -> None:
    client.force_login(denis)
    page = client.get(f"/planning/?site={en_conflit.file.site.code}").content.decode()
    assert "Conflits à résoudre (1)" in page
