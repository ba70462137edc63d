"""The parameters of the service in the admin: what the database refuses is said, not a crash."""

from datetime import time

import pytest
from django.urls import reverse

from planning.models import Creneau, FileGuichet, Habilitation
from planning.services import reservation
from planning.services.publication import publier
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory, MotifFactory
from tests.parcours import acteur, amener_a, convocation_active, equipe
from tests.planning.factories import AffectationFactory, CreneauFactory, HabilitationFactory, PlageOuvertureFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def test_habilitation_shortened_under_a_post_is_refused_in_the_words_of_the_database(client):
    habilitation = HabilitationFactory()
    AffectationFactory(agent=habilitation.agent, guichet_tenu=True, file=habilitation.file)
    client.force_login(AgentFactory(is_superuser=True, is_staff=True))
    url = reverse("admin:planning_habilitation_change", args=[habilitation.pk])
    page = client.get(url)
    champs = {n: v for n, v in page.context["adminform"].form.initial.items() if n != "pendant"}
    reponse = client.post(url, champs | {"pendant_0": "01/01/2020", "pendant_1": "01/02/2020"}, follow=True)
    assert "L’agent tient un guichet de cette file à ces dates." in reponse.content.decode()
    assert Habilitation.objects.get(pk=habilitation.pk).pendant == habilitation.pendant


def test_length_of_the_slots_of_a_queue_is_fixed_once_some_to_come_are_taken(client):
    demande = amener_a(DemandeFactory(motif=MotifFactory(pieces=0)), "convoquee")
    convocation, file = convocation_active(demande), equipe(demande).file
    client.force_login(AgentFactory(is_superuser=True, is_staff=True))
    url = reverse("admin:planning_fileguichet_change", args=[file.pk])
    creneau = CreneauFactory(file=file)
    assert "pas_minutes" in client.get(url).context["adminform"].form.fields
    reservation.reserver(convocation, creneau, par=acteur(demande.usager), maintenant=INSTANT)
    page = client.get(url)
    assert "pas_minutes" not in page.context["adminform"].form.fields
    champs = {"nom": file.nom, "code": file.code, "lettre": file.lettre, "site": file.site_id, "pas_minutes": 20}
    client.post(url, champs | {"motifs": [demande.motif_id], "rythme": 110, "actif": "on"})
    file.refresh_from_db()
    assert (file.rythme, file.pas_minutes) == (110, 15)


def test_new_length_of_the_slots_is_published_where_nobody_comes():
    plage = PlageOuvertureFactory(debut=time(9), fin=time(11))
    file = plage.file
    publier(file.site.prefecture, maintenant=INSTANT)
    FileGuichet.objects.filter(pk=file.pk).update(pas_minutes=20)
    publier(file.site.prefecture, maintenant=INSTANT)
    ouverts = Creneau.objects.filter(file=file, etat="ouvert")
    assert set(ouverts.values_list("minutes", flat=True)) == {20}
