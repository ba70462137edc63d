"""Taking back an appointment just given up: who may, until when, once; and until when one may give it up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from demandes.acteur import acteur_usager
from demandes.cycle import Etat
from demandes.models import Convocation, Evenement, Notification
from demandes.services.convocation import revoquer_convocation
from demandes.services.courriels import composer
from planipref.commun.erreurs import ErreurMetier
from planning.models import Creneau, InscriptionAttente, RegleCreneaux, RendezVous, RetenuePlace
from planning.services import attente, reservation
from planning.services.limites import REPRISE
from planning.services.reprise import reprendre
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory
from tests.parcours import acteur, amener_a, equipe
from tests.planning.factories import CreneauFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

A_TEMPS = INSTANT + REPRISE - timedelta(seconds=1)
APRES = INSTANT + REPRISE


@pytest.fixture
def motif(db: None) -> Any:
    return MotifFactory(pieces=0, etapes=[2, 3])


@pytest.fixture
def amina(motif: Any) -> Convocation:
    return convoquer(motif)


@pytest.fixture
def creneau(amina: Convocation) -> Creneau:
    return place(amina)


def convoquer(motif: Any) -> Convocation:
    return Convocation.objects.avec_page().get(demande=amener_a(DemandeFactory(motif=motif), Etat.CONVOQUEE))


def place(convocation: Convocation, **champs: Any) -> Creneau:
    return CreneauFactory(file=equipe(convocation.demande).file, **({"places": 1} | champs))


def usager(convocation: Convocation) -> Any:
    return acteur_usager(convocation.demande.usager_id)


def chloe(convocation: Convocation) -> Any:
    return acteur(equipe(convocation.demande).chloe)


def prendre(convocation: Convocation, creneau: Creneau, instant: datetime = INSTANT) -> RendezVous:
    return reservation.reserver(convocation, creneau, par=usager(convocation), maintenant=instant)


def annuler(convocation: Convocation, instant: datetime = INSTANT) -> None:
    reservation.annuler(convocation, par=usager(convocation), maintenant=instant)


def revenir(convocation: Convocation, instant: datetime = A_TEMPS) -> RendezVous:
    return reprendre(convocation, par=usager(convocation), maintenant=instant)


def refus(geste: Any) -> str:
    with pytest.raises(ErreurMetier) as erreur:
        geste()
    return erreur.value.code


def compte(creneau: Creneau) -> tuple[int, int]:
    creneau.refresh_from_db()
    return creneau.prises, creneau.retenues


# --- Taking back ------------------------------------------------------------------------------------


def test_reprendre_a_cancelled_appointment_gives_the_same_place(amina: Convocation, creneau: Creneau) -> None:
    prendre(amina, creneau)
    annuler(amina)
    assert compte(creneau) == (0, 1)
    assert revenir(amina).creneau_id == creneau.pk
    assert compte(creneau) == (1, 0)
    assert not RetenuePlace.objects.exists()
    amina.demande.refresh_from_db()
    assert amina.demande.etat == Etat.RDV_PRIS
    assert Evenement.objects.filter(nature="rendez_vous:repris").count() == 1


def test_reprendre_a_moved_appointment_frees_the_new_place(amina: Convocation, creneau: Creneau) -> None:
    prendre(amina, creneau)
    autre = place(amina)
    reservation.deplacer(amina, autre, par=usager(amina), maintenant=INSTANT)
    assert revenir(amina).creneau_id == creneau.pk
    assert compte(creneau) == (1, 0)
    assert compte(autre) == (0, 1)  # as any place freed: for nobody, a random while
    assert not RetenuePlace.objects.filter(rendu__isnull=False).exists()


def test_place_given_up_is_nobody_elses_while_it_may_be_taken_back(amina: Convocation, creneau: Creneau) -> None:
    autre = convoquer(amina.demande.motif)
    attente.inscrire(autre, par=usager(autre), maintenant=INSTANT)
    prendre(amina, creneau)
    annuler(amina)
    assert not Creneau.objects.libres(A_TEMPS).exists()
    assert refus(lambda: prendre(autre, creneau, A_TEMPS)) == "creneau_complet"
    assert attente.proposer_places(maintenant=A_TEMPS)["proposees"] == 0
    revenir(amina)


def test_place_not_taken_back_goes_on_to_the_waiting_list(amina: Convocation, creneau: Creneau) -> None:
    autre = convoquer(amina.demande.motif)
    attente.inscrire(autre, par=usager(autre), maintenant=INSTANT)
    plus_tard = place(amina, debut=creneau.debut + timedelta(days=7))
    prendre(amina, plus_tard)
    annuler(amina)
    assert attente.proposer_places(maintenant=APRES)["proposees"] == 1
    assert refus(lambda: revenir(amina)) == "reprise_finie"


def test_place_not_taken_back_is_free_later_than_anybody_can_know(amina: Convocation, creneau: Creneau) -> None:
    fins = set()
    for _ in range(6):
        convocation = convoquer(amina.demande.motif)
        prise = place(convocation)
        prendre(convocation, prise)
        annuler(convocation)
        fins.add(RetenuePlace.objects.get(creneau=prise).jusqu_a)
    assert len(fins) > 1
    assert min(fins) >= APRES + timedelta(minutes=1)


def test_reprendre_too_late_is_refused(amina: Convocation, creneau: Creneau) -> None:
    prendre(amina, creneau)
    annuler(amina)
    assert refus(lambda: revenir(amina, APRES)) == "reprise_finie"
    assert not RendezVous.objects.actifs().exists()


def test_reprendre_is_once_for_a_link(amina: Convocation, creneau: Creneau) -> None:
    prendre(amina, creneau)
    annuler(amina)
    revenir(amina)
    annuler(amina, A_TEMPS)
    assert not RetenuePlace.objects.filter(rendu__isnull=False).exists()
    assert refus(lambda: revenir(amina)) == "reprise_finie"


def test_moved_then_cancelled_gives_back_what_was_cancelled(amina: Convocation, creneau: Creneau) -> None:
    prendre(amina, creneau)
    autre = place(amina)
    reservation.deplacer(amina, autre, par=usager(amina), maintenant=INSTANT)
    annuler(amina)
    assert revenir(amina).creneau_id == autre.pk


def test_one_link_never_holds_two_places_given_up(amina: Convocation) -> None:
    for _ in range(3):
        prendre(amina, place(amina))
        annuler(amina)
        assert RetenuePlace.objects.filter(rendu__isnull=False).count() == 1


def test_giving_up_one_appointment_after_the_other_keeps_no_place(amina: Convocation) -> None:
    for _ in range(4):
        prendre(amina, place(amina))
        annuler(amina)
    assert not RetenuePlace.objects.filter(rendu__isnull=False).exists()
    assert RetenuePlace.objects.order_by("-jusqu_a")[0].jusqu_a < INSTANT + timedelta(minutes=35)


def test_another_appointment_taken_ends_the_choice(amina: Convocation, creneau: Creneau) -> None:
    prendre(amina, creneau)
    annuler(amina)
    prendre(amina, place(amina))
    assert refus(lambda: revenir(amina)) == "reprise_finie"


def test_agent_who_cancels_leaves_nothing_to_take_back(amina: Convocation, creneau: Creneau) -> None:
    prendre(amina, creneau)
    reservation.annuler(amina, par=chloe(amina), maintenant=INSTANT)
    assert refus(lambda: revenir(amina)) == "reprise_finie"


def test_link_withdrawn_ends_the_choice(amina: Convocation, creneau: Creneau) -> None:
    prendre(amina, creneau)
    annuler(amina)
    revoquer_convocation(amina.demande, par=chloe(amina), maintenant=INSTANT)
    assert not RetenuePlace.objects.filter(rendu__isnull=False).exists()


def test_appointment_about_to_begin_is_not_held(amina: Convocation, creneau: Creneau) -> None:
    RegleCreneaux.objects.create(site=None, annuler_heures=0)
    prendre(amina, creneau)
    annuler(amina, creneau.debut - REPRISE)
    assert not RetenuePlace.objects.exists()


def test_near_appointment_is_held_no_longer_than_its_person_needs(amina: Convocation, creneau: Creneau) -> None:
    RegleCreneaux.objects.create(site=None, annuler_heures=0)
    prendre(amina, creneau)
    annuler(amina, creneau.debut - timedelta(hours=1))
    creneau.refresh_from_db()
    assert creneau.retenues_jusqu_a == creneau.debut - timedelta(hours=1) + REPRISE + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("qui", "attendue", "minutes"),
    [("usager", False, 11), ("usager", True, 13), ("agent", True, 3), ("agent", False, 0)],
)
def test_least_delay_of_a_freed_place_is_what_the_settings_say(
    amina: Convocation, creneau: Creneau, qui: str, attendue: bool, minutes: int
) -> None:
    RegleCreneaux.objects.create(site=None, remise_minutes=0)
    if attendue:
        autre = convoquer(amina.demande.motif)
        attente.inscrire(autre, par=usager(autre), maintenant=INSTANT)
    prendre(amina, creneau)
    reservation.annuler(amina, par=usager(amina) if qui == "usager" else chloe(amina), maintenant=INSTANT)
    fins = list(RetenuePlace.objects.values_list("jusqu_a", flat=True))
    assert fins == ([INSTANT + timedelta(minutes=minutes)] if minutes else [])


def test_reprendre_comes_back_to_the_kept_place(amina: Convocation) -> None:
    Convocation.objects.filter(pk=amina.pk).update(prioritaire=True)
    amina.prioritaire = True
    RegleCreneaux.objects.create(site=None, vulnerable_pourcent=50)
    creneau = place(amina, gardees_vulnerable=1, gardees_jusqu_a=INSTANT + timedelta(days=1))
    assert prendre(amina, creneau).quota == "vulnerable"
    annuler(amina)
    assert revenir(amina).quota == "vulnerable"
    creneau.refresh_from_db()
    assert (creneau.prises, creneau.gardees_vulnerable_prises) == (1, 1)


def test_reprendre_a_visit_of_several_slots_takes_them_all(amina: Convocation) -> None:
    Convocation.objects.filter(pk=amina.pk).update(personnes=2)
    amina = Convocation.objects.avec_page().get(pk=amina.pk)
    premier, second = place(amina), place(amina)
    prendre(amina, premier)
    annuler(amina)
    assert (compte(premier), compte(second)) == ((0, 1), (0, 1))
    assert revenir(amina).prolongements.get().creneau_id == second.pk
    assert (compte(premier), compte(second)) == ((1, 0), (1, 0))


def test_reprendre_keeps_the_place_though_its_slot_was_cut(amina: Convocation, creneau: Creneau) -> None:
    prendre(amina, creneau)
    annuler(amina)
    Creneau.objects.filter(pk=creneau.pk).update(places=0, prevues=0)
    revenir(amina)
    assert compte(creneau) == (1, 0)


def test_invitation_goes_up_at_each_step_and_says_once_that_it_is_taken_back(
    amina: Convocation, creneau: Creneau
) -> None:
    prendre(amina, creneau)
    reservation.deplacer(amina, place(amina), par=usager(amina), maintenant=INSTANT)
    annuler(amina)
    revenir(amina)
    envois = Notification.objects.filter(contexte__has_key="rdv").order_by("pk")
    fichiers = [Calendar.from_ical(composer(n).pieces[0].donnees) for n in envois]
    evenements = [f.walk("VEVENT")[0] for f in fichiers]
    assert [str(f["method"]) for f in fichiers] == ["PUBLISH", "PUBLISH", "CANCEL", "PUBLISH"]
    assert [e["status"] for e in evenements] == ["CONFIRMED", "CONFIRMED", "CANCELLED", "CONFIRMED"]
    assert [e["sequence"] for e in evenements] == [0, 1, 2, 3]
    assert len({e["uid"] for e in evenements}) == 1


# --- Until when -------------------------------------------------------------------------------------


@pytest.mark.parametrize("geste", ["annuler", "deplacer"])
def test_appointment_is_not_taken_back_once_it_could_not_be_given_up_any_more(
    amina: Convocation, creneau: Creneau, geste: str
) -> None:
    """Its place would be lost to all if its person, who gave it up once, did not come."""
    RegleCreneaux.objects.create(site=None, **{"annuler_heures": 0, "deplacer_heures": 0, f"{geste}_heures": 5})
    prendre(amina, creneau)
    limite = creneau.debut - timedelta(hours=5)
    instant = limite - timedelta(minutes=3)
    if geste == "annuler":
        annuler(amina, instant)
    else:
        autre = place(amina, debut=creneau.debut + timedelta(days=2))
        reservation.deplacer(amina, autre, par=usager(amina), maintenant=instant)
    assert RetenuePlace.objects.get(rendu__isnull=False).reprise_jusqu_a == limite
    assert refus(lambda: revenir(amina, limite)) == "reprise_finie"
    assert revenir(amina, limite - timedelta(seconds=1)).creneau_id == creneau.pk


def test_move_is_not_undone_once_the_new_appointment_has_begun(amina: Convocation, creneau: Creneau) -> None:
    """Until then it is, though the new one is too near to be moved: who pressed on the wrong hour would miss it."""
    prendre(amina, creneau)
    proche = place(amina, debut=INSTANT + timedelta(minutes=5))
    reservation.deplacer(amina, proche, par=usager(amina), maintenant=INSTANT)
    assert refus(lambda: revenir(amina, proche.debut)) == "reprise_finie"
    assert revenir(amina, proche.debut - timedelta(seconds=1)).creneau_id == creneau.pk


@pytest.mark.parametrize("geste", ["annuler", "deplacer"])
def test_change_too_near_the_appointment_is_an_agents(amina: Convocation, creneau: Creneau, geste: str) -> None:
    prendre(amina, creneau)
    autre = place(amina, debut=creneau.debut + timedelta(days=2))
    limite = creneau.debut - timedelta(hours=2)

    def faire(par: Any, instant: datetime) -> Any:
        if geste == "annuler":
            return reservation.annuler(amina, par=par, maintenant=instant)
        return reservation.deplacer(amina, autre, par=par, maintenant=instant)

    assert refus(lambda: faire(usager(amina), limite)) == "trop_tard"
    assert compte(creneau) == (1, 0)
    faire(chloe(amina), limite)
    assert compte(creneau)[0] == 0


def test_each_change_has_its_own_limit_of_the_site(amina: Convocation, creneau: Creneau) -> None:
    RegleCreneaux.objects.create(site=creneau.file.site, deplacer_heures=20, annuler_heures=0)
    prendre(amina, creneau)
    instant = creneau.debut - timedelta(hours=10)
    autre = place(amina, debut=creneau.debut + timedelta(days=2))
    assert refus(lambda: reservation.deplacer(amina, autre, par=usager(amina), maintenant=instant)) == "trop_tard"
    annuler(amina, instant)


def test_offer_of_the_service_is_accepted_past_the_limit(amina: Convocation, creneau: Creneau) -> None:
    RegleCreneaux.objects.create(site=None, deplacer_heures=168)
    tard = place(amina, debut=creneau.debut + timedelta(days=3))
    prendre(amina, tard)
    attente.inscrire(amina, par=usager(amina), maintenant=INSTANT)
    autre = convoquer(amina.demande.motif)
    prendre(autre, creneau)
    reservation.annuler(autre, par=chloe(autre), maintenant=INSTANT)
    attente.proposer_places(maintenant=INSTANT)
    offre = InscriptionAttente.objects.get().offres.get()
    attente.accepter(amina, offre.pk, par=usager(amina), maintenant=INSTANT)
    assert compte(creneau)[0] == 1
