"""One connection for many persons, places that change hands; limits behind a link; one live appointment at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from demandes.acteur import acteur_organisme, acteur_usager
from demandes.calculs.signalements import ReglesSignalements
from demandes.models import AdresseConnue, Convocation, Signalement
from demandes.services.convocation import USAGE
from demandes.services.signalements import DUREE_CONNEXION, cle_de
from planipref.commun.jetons import deriver
from planning import tasks
from planning.models import RendezVous, TraceConnexion
from planning.services import attente, reservation
from planning.services.reprise import reprendre
from planning.services.signalements import oublier_traces, signaler_les_connexions, tracer
from planning.views import acces
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory, MotifFactory, PrefectureFactory
from tests.parcours import acteur, amener_a, convocation_active, creneau_libre, equipe
from tests.planning.factories import CreneauFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
ADRESSE = "192.0.2.7"
SEUILS = ReglesSignalements(personnes=2, cessions=1)


def convocations(n: int) -> list[Convocation]:
    motif = MotifFactory(pieces=0)
    return [convocation_active(amener_a(DemandeFactory(motif=motif), "convoquee")) for _ in range(n)]


def noter(convocation: Convocation, minute: int = 0, origine: str = ADRESSE, **creneaux) -> None:
    par = acteur_usager(convocation.demande.usager_id, origine=origine)
    tracer(convocation, **creneaux, par=par, maintenant=INSTANT + timedelta(minutes=minute))


def chercher(maintenant=INSTANT + timedelta(hours=2)) -> dict[str, int]:
    signaler_les_connexions(PrefectureFactory(), SEUILS, maintenant=maintenant)
    return dict(Signalement.objects.order_by("pk").values_list("genre", "nombre"))


def ouvrir(client: Client, convocation: Convocation) -> str:
    """Pass the second check; return the address of the link."""
    adresse = f"/rdv/{deriver(USAGE, str(convocation.cle))}/"
    client.post(adresse, _naissance(convocation))
    return adresse


def _naissance(convocation: Convocation) -> dict[str, str]:
    annee, mois, jour = convocation.demande.usager.date_naissance.split("-")
    return {"date_naissance": f"{jour}/{mois}/{annee}"}


def test_one_connection_for_many_persons_within_an_hour_is_signaled():
    un, deux = convocations(2)
    creneau = CreneauFactory()
    noter(un, 0, prise=creneau)
    noter(deux, 60, prise=creneau)
    assert chercher() == {"connexion": 2}
    signalement = Signalement.objects.get()
    assert set(signalement.demandes.all()) == {un.demande, deux.demande}
    assert ADRESSE not in signalement.cle
    assert chercher() == {"connexion": 2}


def test_more_than_an_hour_apart_or_from_two_connections_is_not():
    un, deux, trois = convocations(3)
    creneau = CreneauFactory()
    noter(un, 0, prise=creneau)
    noter(deux, 61, prise=creneau)
    noter(trois, 0, origine="192.0.2.8", prise=creneau)
    assert chercher() == {}


def test_place_given_back_then_taken_by_another_from_one_connection_is_signaled():
    un, deux = convocations(2)
    creneau = CreneauFactory()
    noter(un, 0, rendue=creneau)
    noter(deux, 9, prise=creneau)
    assert chercher() == {"cession": 1}
    assert Signalement.objects.get().demandes.count() == 2


def test_known_shared_connection_makes_no_signal_until_its_day():
    un, deux = convocations(2)
    for convocation in (un, deux):
        noter(convocation, prise=CreneauFactory())
    AdresseConnue.objects.create(
        prefecture=un.demande.prefecture,
        cle=cle_de("connexion", ADRESSE),
        raison="Médiathèque",
        jusqu_au=INSTANT.date(),
        agent=AgentFactory(instructeur=True),
        le=INSTANT,
    )
    assert chercher() == {}
    assert chercher(INSTANT + timedelta(days=1)) == {"connexion": 2}


def test_agents_organisations_and_who_acts_from_nowhere_leave_no_trace():
    (convocation,) = convocations(1)
    usager = acteur_usager(convocation.demande.usager_id)
    ailleurs = [acteur(AgentFactory(instructeur=True)), acteur_organisme(1, 1, demande_id=convocation.demande_id)]
    for par in (*(replace(a, origine=ADRESSE) for a in ailleurs), usager):
        tracer(convocation, prise=CreneauFactory(), par=par, maintenant=INSTANT)
    assert not TraceConnexion.objects.exists()


def test_address_is_not_what_tells_one_actor_from_another_and_is_not_said_of_them():
    assert acteur_usager(1, origine=ADRESSE) == acteur_usager(1)
    assert ADRESSE not in repr(acteur_usager(1, origine=ADRESSE))


def test_traces_are_erased_after_thirty_days():
    (convocation,) = convocations(1)
    noter(convocation, prise=CreneauFactory())
    assert oublier_traces(maintenant=INSTANT + DUREE_CONNEXION) == 0
    assert oublier_traces(maintenant=INSTANT + DUREE_CONNEXION + timedelta(minutes=1)) == 1


def test_task_looks_everywhere_and_may_run_again():
    un, deux = convocations(2)
    creneau = CreneauFactory()
    for minute, convocation in enumerate((un, deux)):
        noter(convocation, minute, prise=creneau)
    assert tasks.signaler()["67"] == {
        "contacts": 0,
        "connexions": 0,
        "places": 0,
    }  # two are below the default thresholds
    assert tasks.signaler()["traces_effacees"] == 0


def test_booking_moving_and_cancelling_behind_a_link_leave_traces_without_the_address(client):
    (convocation,) = convocations(1)
    adresse = ouvrir(client, convocation)
    premier = creneau_libre(convocation.demande)
    second = creneau_libre(convocation.demande)
    client.post(f"{adresse}reserver/", {"creneau": premier.pk})
    client.post(f"{adresse}deplacer/", {"creneau": second.pk})
    client.post(f"{adresse}annuler/")
    traces = list(TraceConnexion.objects.order_by("pk").values_list("geste", "creneau"))
    assert traces == [
        ("prise", premier.pk),
        ("rendue", premier.pk),
        ("prise", second.pk),
        ("rendue", second.pk),
    ]
    assert {t.empreinte for t in TraceConnexion.objects.all()} == {cle_de("connexion", "127.0.0.1")}


def test_taking_an_appointment_back_leaves_traces(client):
    (convocation,) = convocations(1)
    adresse = ouvrir(client, convocation)
    premier = creneau_libre(convocation.demande)
    second = creneau_libre(convocation.demande)
    client.post(f"{adresse}reserver/", {"creneau": premier.pk})
    client.post(f"{adresse}deplacer/", {"creneau": second.pk})
    TraceConnexion.objects.all().delete()
    client.post(f"{adresse}reprendre/")
    traces = TraceConnexion.objects.order_by("pk").values_list("geste", "creneau", "empreinte")
    empreinte = cle_de("connexion", "127.0.0.1")
    assert list(traces) == [("rendue", second.pk, empreinte), ("prise", premier.pk, empreinte)]


def test_taking_the_place_offered_leaves_traces(client):
    un, deux = convocations(2)
    creneau = CreneauFactory(file=equipe(un.demande).file, places=1)
    agent = acteur(equipe(un.demande).chloe)
    reservation.reserver(un, creneau, par=agent, maintenant=INSTANT)
    attente.inscrire(deux, par=acteur_usager(deux.demande.usager_id), maintenant=INSTANT)
    reservation.annuler(un, par=agent, maintenant=INSTANT)
    attente.proposer_places(maintenant=INSTANT)
    adresse = ouvrir(client, deux)
    offre = deux.inscriptions.get().offres.get()
    client.post(f"{adresse}offre/", {"offre": offre.pk, "geste": "accepter"})
    trace = TraceConnexion.objects.get()
    assert (trace.geste, trace.creneau_id, trace.convocation_id) == ("prise", creneau.pk, deux.pk)


@pytest.mark.parametrize("geste", ["reserver", "deplacer", "annuler", "reprendre"])
def test_trace_and_what_it_tells_of_are_one_act(monkeypatch, geste):
    """A crash between them would leave a place taken from nowhere."""
    (convocation,) = convocations(1)
    par = acteur_usager(convocation.demande.usager_id, origine=ADRESSE)
    premier, second = (creneau_libre(convocation.demande) for _ in range(2))
    if geste != "reserver":
        reservation.reserver(convocation, premier, par=par, maintenant=INSTANT)
    if geste == "reprendre":
        reservation.annuler(convocation, par=par, maintenant=INSTANT)
    avant = list(RendezVous.objects.order_by("pk").values("pk", "etat"))

    def tomber(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(TraceConnexion.objects, "bulk_create", tomber)
    gestes = {
        "reserver": lambda: reservation.reserver(convocation, premier, par=par, maintenant=INSTANT),
        "deplacer": lambda: reservation.deplacer(convocation, second, par=par, maintenant=INSTANT),
        "annuler": lambda: reservation.annuler(convocation, par=par, maintenant=INSTANT),
        "reprendre": lambda: reprendre(convocation, par=par, maintenant=INSTANT),
    }
    with pytest.raises(OSError):  # noqa: PT011 (planted above)
        gestes[geste]()
    assert list(RendezVous.objects.order_by("pk").values("pk", "etat")) == avant


def test_refused_booking_leaves_no_trace(client):
    (convocation,) = convocations(1)
    adresse = ouvrir(client, convocation)
    plein = CreneauFactory(file=creneau_libre(convocation.demande).file, complet=True)
    assert client.post(f"{adresse}reserver/", {"creneau": plein.pk}).status_code == 409
    assert not TraceConnexion.objects.exists()


@pytest.mark.parametrize("geste", ["reserver", "deplacer", "annuler", "reprendre", "confirmer", "attente", "offre"])
def test_too_many_gestures_with_one_link_are_429(client, monkeypatch, geste):
    monkeypatch.setattr(acces, "GESTES_PAR_LIEN", 1)
    (convocation,) = convocations(1)
    adresse = ouvrir(client, convocation)
    assert client.post(f"{adresse}{geste}/").status_code != 429
    reponse = client.post(f"{adresse}{geste}/")
    assert reponse.status_code == 429
    assert "Trop d’essais" in reponse.content.decode()
    assert client.get(adresse).status_code == 200  # reading is free


def test_too_many_gestures_from_one_connection_are_429_whatever_the_link(client, monkeypatch):
    monkeypatch.setattr(acces, "GESTES_PAR_ADRESSE", 1)
    un, deux = (ouvrir(client, c) for c in convocations(2))
    assert client.post(f"{un}annuler/").status_code != 429
    assert client.post(f"{deux}annuler/").status_code == 429
    assert client.post(f"{deux}annuler/", REMOTE_ADDR="192.0.2.9").status_code != 429


def test_two_live_convocations_for_one_demande_and_object_are_refused_by_the_base():
    (convocation,) = convocations(1)
    with (
        pytest.raises(IntegrityError, match="convocation_active_unique"),
        transaction.atomic(),
        connection.cursor() as curseur,
    ):
        curseur.execute(
            "INSERT INTO demandes_convocation (cle, demande_id, objet, motivation, personnes, etat, empreinte, "
            "emise_par_id, emise_le, expire_le) SELECT gen_random_uuid(), demande_id, objet, motivation, personnes, "
            "'active', 'autre', emise_par_id, emise_le, expire_le FROM demandes_convocation WHERE id = %s",
            [convocation.pk],
        )


def test_two_live_appointments_for_one_demande_and_object_are_refused_by_the_base():
    """One link holds one live appointment; one demande and object hold one live link: together, one appointment."""
    demande = amener_a(DemandeFactory(), "rdv_pris")
    convocation = convocation_active(demande)
    pris = RendezVous.objects.get(convocation=convocation)
    autre = creneau_libre(demande)
    sql = (
        "INSERT INTO planning_rendezvous (convocation_id, creneau_id, places, etat, pris_le, quota, sequence, choisi) "
        "VALUES (%s, %s, 1, 'pris', %s, '', 0, true)"
    )
    with (
        pytest.raises(IntegrityError, match="rendez_vous_actif_unique"),
        transaction.atomic(),
        connection.cursor() as curseur,
    ):
        curseur.execute(sql, [convocation.pk, autre.pk, INSTANT])
    # Through a former link, dead or not: the trigger wants a live one.
    vieille = Convocation.objects.create(
        demande=demande,
        objet=convocation.objet,
        motivation="Venez.",
        etat="expiree",
        empreinte="vieille",
        emise_par=convocation.emise_par,
        emise_le=INSTANT - timedelta(days=9),
        expire_le=INSTANT + timedelta(days=9),
        terminee_le=INSTANT,
    )
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as curseur:
        curseur.execute(sql, [vieille.pk, autre.pk, INSTANT])
    assert RendezVous.objects.actifs().filter(convocation__demande=demande).get() == pris
