"""Django's admin: superusers only, facts read and never written, each reading of a person's in the journal."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from demandes.models import Notification
from tests.architecture.monde import Monde, creer_monde
from tests.architecture.table_acces import ROLES
from tests.architecture.test_acces import connecter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


@pytest.fixture
def monde() -> Monde:
    return creer_monde()


@pytest.mark.parametrize("role", ROLES)
def test_admin_opens_to_superusers_only(client: Client, role: str) -> None:
    connecter(client, role)
    attendu = {"anonyme": 200, "superutilisateur": 200}.get(role, 403)
    listes = [f"admin:{m._meta.app_label}_{m._meta.model_name}_changelist" for m in admin.site._registry]
    for nom in ("admin:index", *listes):
        reponse = client.get(reverse(nom), follow=True)
        assert reponse.status_code == attendu, nom
        assert (role == "anonyme") == (reponse.request["PATH_INFO"] == "/connexion/")


FAITS = ("demandes_demande", "demandes_piece", "demandes_evenement", "demandes_decision", "planning_rendezvous")


@pytest.mark.parametrize("fait", FAITS)
def test_admin_adds_and_changes_no_fact(client: Client, monde: Monde, fait: str) -> None:
    connecter(client, "superutilisateur")
    assert client.get(reverse(f"admin:{fait}_add")).status_code == 403
    modele = next(m for m in admin.site._registry if f"{m._meta.app_label}_{m._meta.model_name}" == fait)
    fait_existant = modele._default_manager.order_by("pk").first()
    if fait_existant is not None:
        page = reverse(f"admin:{fait}_change", args=[fait_existant.pk])
        assert client.get(page).status_code == 200
        assert client.post(page, {"etat": "accordee"}).status_code == 403


@pytest.mark.parametrize("fait", ["demande", "usager", "piece", "acte", "convocation"])
def test_admin_reading_of_a_personal_fact_is_journaled(client: Client, monde: Monde, fait: str) -> None:
    connecter(client, "superutilisateur")
    demande = monde.demande
    lus = {
        "demande": demande,
        "usager": demande.usager,
        "piece": demande.pieces.get(),
        "acte": demande.actes.first(),
        "convocation": monde.convocation,
    }
    objet = lus[fait]
    assert objet is not None
    client.get(reverse(f"admin:demandes_{fait}_change", args=[objet.pk]))
    assert demande.evenements.filter(nature="lecture:admin").count() == 1


def test_admin_shows_an_outgoing_message_without_what_it_says(client: Client, monde: Monde) -> None:
    connecter(client, "superutilisateur")
    ligne = monde.demande.notifications.latest("pk")
    Notification.objects.filter(pk=ligne.pk).update(objet="Objet gardé", texte="Texte gardé")
    page = client.get(reverse("admin:demandes_notification_change", args=[ligne.pk])).content.decode()
    assert ligne.destinataire in page
    assert "gardé" not in page
