"""The waiting list: who is offered a freed place, how long it is theirs, and whom it passes to."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from demandes.acteur import SYSTEME, acteur_usager
from demandes.cycle import Etat
from demandes.models import Convocation, Demande, Motif, Notification, RegleMessages
from demandes.services.convocation import USAGE, revoquer_convocation
from demandes.services.courriels import composer
from demandes.services.envoi import vider
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.jetons import deriver
from planipref.commun.transactions import acte
from planning.models import (
    Creneau,
    InscriptionAttente,
    OffreAttente,
    PlageOuverture,
    RegleCreneaux,
    RendezVous,
    RetenuePlace,
)
from planning.selectors_attente import attentes_possibles, places_liberees
from planning.services import attente, reservation, retenues
from planning.services.absence import marquer_absent
from planning.services.publication import publier
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory
from tests.parcours import acteur, amener_a, equipe
from tests.planning.factories import CreneauFactory, PlageOuvertureFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

MOTIF = {"pieces": 0, "etapes": [2, 3]}


@pytest.fixture
def motif(db: None) -> Motif:
    """A motif without pieces."""
    return MotifFactory(**MOTIF)


def convoquer(motif: Motif, **champs: Any) -> Convocation:
    """Convoke somebody."""
    demande = amener_a(DemandeFactory(motif=motif), Etat.CONVOQUEE)
    Demande.objects.filter(pk=demande.pk).update(**champs)
    return Convocation.objects.avec_page().get(demande=demande)


def creneau(motif: Motif, jour: int, heure: int = 9) -> Creneau:
    """Make a slot of one place, in March."""
    file = equipe(DemandeFactory(motif=motif)).file
    return CreneauFactory(file=file, debut=datetime(2030, 3, jour, heure, tzinfo=UTC), places=1)


def usager(convocation: Convocation) -> Any:
    return acteur_usager(convocation.demande.usager_id)


def reserver(convocation: Convocation, place: Creneau, instant: datetime = INSTANT) -> RendezVous:
    return reservation.reserver(convocation, place, par=usager(convocation), maintenant=instant)


def liberer(motif: Motif, place: Creneau) -> None:
    """Book a slot; an agent gives it back: nobody may take it back."""
    convocation = convoquer(motif)
    reserver(convocation, place)
    annuler_par_un_agent(convocation)


def annuler_par_un_agent(convocation: Convocation) -> None:
    reservation.annuler(convocation, par=acteur(equipe(convocation.demande).chloe), maintenant=INSTANT)


def attendre(convocation: Convocation, instant: datetime = INSTANT) -> InscriptionAttente:
    return attente.inscrire(convocation, par=usager(convocation), maintenant=instant)


def proposer(instant: datetime = INSTANT) -> dict[str, int]:
    return attente.proposer_places(maintenant=instant)


def servi() -> Convocation:
    return OffreAttente.objects.get(etat="proposee").inscription.convocation


def test_freed_place_is_held_a_random_while_then_free_again_without_any_task(
    motif: Motif, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retenues._hasard, "randint", lambda _a, b: b)
    place = creneau(motif, 12)
    liberer(motif, place)
    autre = convoquer(motif)
    with pytest.raises(ErreurMetier, match="vient d’être pris"):
        reserver(autre, place, INSTANT + timedelta(minutes=29))
    reserver(autre, place, INSTANT + timedelta(minutes=30))
    place.refresh_from_db()
    assert place.prises == 1


def test_freed_place_without_delay_is_free_at_once(motif: Motif) -> None:
    RegleCreneaux.objects.create(site=None, remise_minutes=0)
    place = creneau(motif, 12)
    liberer(motif, place)
    reserver(convoquer(motif), place)


def test_freed_place_is_offered_and_taken_in_one_move(motif: Motif) -> None:
    tot, tard = creneau(motif, 12), creneau(motif, 20)
    convocation = convoquer(motif)
    reserver(convocation, tard)
    attendre(convocation)
    liberer(motif, tot)
    assert proposer() == {"echues": 0, "proposees": 1}
    assert proposer() == {"echues": 0, "proposees": 0}
    offre = OffreAttente.objects.get()
    with pytest.raises(ErreurMetier, match="vient d’être pris"):
        reserver(convoquer(motif), tot)
    attente.accepter(convocation, offre.pk, par=usager(convocation), maintenant=INSTANT + timedelta(minutes=5))
    assert RendezVous.objects.actifs().get(convocation=convocation).creneau == tot
    tot.refresh_from_db()
    tard.refresh_from_db()
    assert (tot.prises, tot.retenues, tard.prises) == (1, 0, 0)
    assert InscriptionAttente.objects.get().close_le is not None
    with pytest.raises(ErreurMetier, match="plus tenue"):
        attente.accepter(convocation, offre.pk, par=usager(convocation), maintenant=INSTANT + timedelta(minutes=6))


def test_convocation_without_place_takes_an_offer(motif: Motif) -> None:
    convocation = convoquer(motif)
    attendre(convocation)
    liberer(motif, creneau(motif, 12))
    proposer()
    attente.accepter(convocation, OffreAttente.objects.get().pk, par=usager(convocation), maintenant=INSTANT)
    assert Demande.objects.get(pk=convocation.demande_id).etat == Etat.RDV_PRIS


def test_offer_goes_by_deadline_or_title_then_by_age_of_the_request(motif: Motif) -> None:
    Motif.objects.filter(pk=motif.pk).update(fenetre_depot={"question": "expiration_titre"})
    ancien = convoquer(motif, echeance=None)
    presse = convoquer(motif, echeance=date(2030, 5, 2))
    titre = convoquer(motif, echeance=date(2030, 6, 2), reponses={"expiration_titre": "2030-04-01"})
    for rang, convocation in enumerate((ancien, presse, titre)):
        attendre(convocation, INSTANT + timedelta(minutes=rang))
    ordre = []
    for jour in (12, 13, 14):
        liberer(motif, creneau(motif, jour))
        proposer()
        offre = OffreAttente.objects.get(etat="proposee")
        qui = offre.inscription.convocation
        ordre.append(qui)
        attente.accepter(qui, offre.pk, par=usager(qui), maintenant=INSTANT)
    assert ordre == [titre, presse, ancien]


def test_offer_refused_passes_to_the_next_and_never_back(motif: Motif) -> None:
    premier, second = convoquer(motif), convoquer(motif)
    attendre(premier)
    attendre(second, INSTANT + timedelta(seconds=1))
    liberer(motif, creneau(motif, 12))
    proposer()
    assert servi() == premier
    attente.refuser(premier, OffreAttente.objects.get().pk, par=usager(premier), maintenant=INSTANT)
    proposer()
    assert servi() == second
    attente.refuser(second, OffreAttente.objects.latest("pk").pk, par=usager(second), maintenant=INSTANT)
    assert proposer() == {"echues": 0, "proposees": 0}


def test_offer_that_nobody_answers_ends_by_itself_and_passes_to_the_next(motif: Motif) -> None:
    premier, second = convoquer(motif), convoquer(motif)
    attendre(premier)
    attendre(second, INSTANT + timedelta(seconds=1))
    place = creneau(motif, 12)
    liberer(motif, place)
    proposer()
    offre = OffreAttente.objects.get()
    apres = offre.jusqu_a
    with pytest.raises(ErreurMetier, match="plus tenue"):
        attente.accepter(premier, offre.pk, par=usager(premier), maintenant=apres)
    assert proposer(apres) == {"echues": 1, "proposees": 1}
    assert servi() == second
    with pytest.raises(ErreurMetier, match="vient d’être pris"):
        reserver(premier, place, apres)


def test_who_lets_too_many_offers_go_leaves_the_list(motif: Motif) -> None:
    RegleCreneaux.objects.create(site=None, offres_max=2)
    convocation = convoquer(motif)
    inscription = attendre(convocation)
    for jour in (12, 13, 14):
        liberer(motif, creneau(motif, jour))
        proposer()
        for offre in OffreAttente.objects.filter(etat="proposee"):
            attente.refuser(convocation, offre.pk, par=usager(convocation), maintenant=INSTANT)
    inscription.refresh_from_db()
    assert inscription.close_le == INSTANT
    assert inscription.offres.count() == 2


def test_place_too_near_or_too_late_is_not_offered(motif: Motif) -> None:
    tot = creneau(motif, 12)
    convocation = convoquer(motif)
    reserver(convocation, tot)
    attendre(convocation)
    liberer(motif, creneau(motif, 4, heure=22))  # in fourteen hours
    liberer(motif, creneau(motif, 20))
    assert proposer()["proposees"] == 0


def test_leaving_the_list_gives_the_offered_place_to_the_next(motif: Motif) -> None:
    premier, second = convoquer(motif), convoquer(motif)
    attendre(premier)
    attendre(second, INSTANT + timedelta(seconds=1))
    liberer(motif, creneau(motif, 12))
    proposer()
    for _ in range(2):
        attente.desinscrire(premier, par=usager(premier), maintenant=INSTANT)
    proposer()
    assert servi() == second


def test_longer_visit_is_offered_with_its_further_slot(motif: Motif) -> None:
    premiere = creneau(motif, 12)
    CreneauFactory(file=premiere.file, debut=premiere.debut + timedelta(minutes=15), places=1)
    convocation = convoquer(motif)
    Convocation.objects.filter(pk=convocation.pk).update(personnes=2)
    attendre(Convocation.objects.avec_page().get(pk=convocation.pk))
    liberer(motif, premiere)
    assert proposer()["proposees"] == 1
    assert RetenuePlace.objects.filter(offre__isnull=False).count() == 2


def test_mail_of_an_offer_gives_the_place_its_end_and_the_link(motif: Motif) -> None:
    convocation = convoquer(motif)
    attendre(convocation)
    liberer(motif, creneau(motif, 12))
    proposer()
    message = composer(Notification.objects.get(modele="place_proposee"))
    assert "mardi 12 mars 2030 à 10\u00a0h" in message.texte
    assert "lundi 4 mars 2030 à 11\u00a0h" in message.texte
    assert deriver(USAGE, str(convocation.cle)) in message.texte


def test_pages_of_the_link_join_show_accept(client: Client, motif: Motif) -> None:
    convocation = convoquer(motif)
    jeton = deriver(USAGE, str(convocation.cle))
    naissance = convocation.demande.usager.date_naissance
    annee, mois, jour = naissance.split("-")
    client.post(f"/rdv/{jeton}/", {"date_naissance": f"{jour}/{mois}/{annee}"})
    assert 'data-action="attendre"' in client.get(f"/rdv/{jeton}/").content.decode()
    assert client.post(f"/rdv/{jeton}/attente/", {"geste": "inscrire"}).status_code == 303
    assert 'data-action="quitter-attente"' in client.get(f"/rdv/{jeton}/").content.decode()
    liberer(motif, creneau(motif, 12))
    proposer()
    page = client.get(f"/rdv/{jeton}/").content.decode()
    assert "mardi 12 mars 2030 à 10\u00a0h" in page
    offre = OffreAttente.objects.get()
    with time_machine.travel(offre.jusqu_a, tick=False):
        assert 'data-action="accepter-place"' not in client.get(f"/rdv/{jeton}/").content.decode()
        client.post(f"/rdv/{jeton}/offre/", {"geste": "accepter", "offre": offre.pk})
        assert "n’est plus tenue pour vous" in client.get(f"/rdv/{jeton}/").content.decode()
    client.post(f"/rdv/{jeton}/offre/", {"geste": "accepter", "offre": offre.pk})
    assert RendezVous.objects.actifs().get(convocation=convocation).creneau == offre.creneau


def test_freed_place_without_delay_is_still_held_for_who_waits(motif: Motif) -> None:
    RegleCreneaux.objects.create(site=None, remise_minutes=0)
    convocation = convoquer(motif)
    attendre(convocation)
    liberer(motif, creneau(motif, 12))
    assert proposer()["proposees"] == 1
    assert servi() == convocation


def publiee(motif: Motif, nombre: int) -> tuple[Creneau, PlageOuverture]:
    """Publish the slots of a Tuesday hour with some counters; return the first one."""
    file = equipe(DemandeFactory(motif=motif)).file
    plage = PlageOuvertureFactory(file=file, fin=time(10), nb_guichets=nombre)
    publier(file.site.prefecture, maintenant=INSTANT)
    return Creneau.objects.filter(file=file, debut__day=12).earliest("debut"), plage


def offerte(motif: Motif, place: Creneau) -> tuple[Convocation, OffreAttente]:
    """Make somebody wait, and offer them a place given back there."""
    convocation = convoquer(motif)
    attendre(convocation)
    liberer(motif, place)
    proposer()
    return convocation, OffreAttente.objects.get()


def test_place_offered_is_taken_though_its_counter_was_cut_meanwhile(motif: Motif) -> None:
    place, plage = publiee(motif, 2)
    reserver(convoquer(motif), place)
    convocation, offre = offerte(motif, place)
    PlageOuverture.objects.filter(pk=plage.pk).update(nb_guichets=1)
    publier(place.file.site.prefecture, maintenant=INSTANT)
    with pytest.raises(ErreurMetier, match="vient d’être pris"):
        reserver(convoquer(motif), place)
    attente.accepter(convocation, offre.pk, par=usager(convocation), maintenant=INSTANT)
    place.refresh_from_db()
    assert (place.prises, place.prevues, place.en_trop) == (2, 1, 1)


def test_place_offered_is_taken_though_its_opening_is_no_more(motif: Motif) -> None:
    place, plage = publiee(motif, 1)
    convocation, offre = offerte(motif, place)
    plage.delete()
    publier(place.file.site.prefecture, maintenant=INSTANT)
    attente.accepter(convocation, offre.pk, par=usager(convocation), maintenant=INSTANT)
    assert RendezVous.objects.actifs().get(convocation=convocation).creneau == place
    place.refresh_from_db()
    assert place.en_trop == 1


def test_place_offered_then_cut_is_nobodys_once_the_offer_has_lapsed(motif: Motif) -> None:
    place, plage = publiee(motif, 1)
    offre = offerte(motif, place)[1]
    plage.delete()
    publier(place.file.site.prefecture, maintenant=INSTANT)
    with pytest.raises(ErreurMetier, match="vient d’être pris"):
        reserver(convoquer(motif), place, offre.jusqu_a)
    publier(place.file.site.prefecture, maintenant=offre.jusqu_a)
    place.refresh_from_db()
    assert place.etat == "retire"


def test_place_offered_is_taken_though_places_are_kept_for_priority_demandes_since(motif: Motif) -> None:
    place, _ = publiee(motif, 2)
    convocation, offre = offerte(motif, place)
    RegleCreneaux.objects.create(site=None, titre_pourcent=80, gardees_jours=1)
    Creneau.objects.filter(pk=place.pk).update(gardees_titre=1, gardees_accompagne=1, gardees_jusqu_a=place.debut)
    attente.accepter(convocation, offre.pk, par=usager(convocation), maintenant=INSTANT)
    place.refresh_from_db()
    assert (place.prises, place.places, place.gardees_titre, place.gardees_accompagne) == (1, 2, 1, 0)


def test_queries_of_an_offer_do_not_grow_with_those_who_wait(motif: Motif, django_assert_max_num_queries: Any) -> None:
    convocations = [convoquer(motif) for _ in range(5)]
    attendre(convocations[0])
    liberer(motif, creneau(motif, 12))
    with CaptureQueriesContext(connection) as peu:
        assert proposer()["proposees"] == 1
    for convocation in convocations[1:]:
        attendre(convocation)
    liberer(motif, creneau(motif, 13))
    with django_assert_max_num_queries(len(peu)):
        assert proposer()["proposees"] == 1
    Convocation.objects.filter(pk=convocations[-1].pk).update(personnes=2)  # there is no second slot for them
    place = Creneau.objects.get(debut__day=13)
    with django_assert_max_num_queries(9):
        assert len(list(attentes_possibles(place, maintenant=INSTANT))) == 2


def test_who_moved_their_appointment_later_still_waits_for_any_earlier_place(motif: Motif) -> None:
    convocation = convoquer(motif)
    reserver(convocation, creneau(motif, 12))
    attendre(convocation)
    reservation.deplacer(convocation, creneau(motif, 20), par=usager(convocation), maintenant=INSTANT)
    liberer(motif, creneau(motif, 14))
    assert proposer()["proposees"] == 1


def test_place_held_a_short_while_is_free_before_one_held_longer_at_its_slot(motif: Motif) -> None:
    RegleCreneaux.objects.create(site=None, remise_minutes=1)
    place = creneau(motif, 12)
    Creneau.objects.filter(pk=place.pk).update(places=2)
    convocation, un, deux = (convoquer(motif) for _ in range(3))
    reserver(un, place)
    reserver(deux, place)
    attendre(convocation)
    annuler_par_un_agent(un)
    assert proposer()["proposees"] == 1
    annuler_par_un_agent(deux)
    plus_tard = INSTANT + timedelta(minutes=30)
    with pytest.raises(ErreurMetier, match="vient d’être pris"):
        reserver(deux, place)
    proposer(plus_tard)
    place.refresh_from_db()
    assert (place.retenues, RetenuePlace.objects.count()) == (1, 1)
    reserver(deux, place, plus_tard)
    with pytest.raises(ErreurMetier, match="vient d’être pris"):
        reserver(un, place, plus_tard)


def test_run_that_read_the_list_before_another_offers_no_place_that_nobody_freed(motif: Motif) -> None:
    place = creneau(motif, 12)
    Creneau.objects.filter(pk=place.pk).update(places=3)
    for _ in range(2):
        attendre(convoquer(motif))
    liberer(motif, place)
    (liberee,) = places_liberees(maintenant=INSTANT)
    assert proposer()["proposees"] == 1
    (second,) = attentes_possibles(liberee, maintenant=INSTANT)
    with pytest.raises(attente.PlusLiberee):
        attente._proposer(liberee, second, maintenant=INSTANT)
    assert attente._offrir(liberee, INSTANT) is False
    place.refresh_from_db()
    assert (OffreAttente.objects.count(), place.retenues) == (1, 1)


def se_faire_offrir(convocation: Convocation, place: Creneau) -> None:
    """Refuse the place, as another run has offered it meanwhile."""
    proposer()
    attente.refuser(convocation, OffreAttente.objects.get().pk, par=usager(convocation), maintenant=INSTANT)


def prendre_plus_tot(convocation: Convocation, place: Creneau) -> None:
    reserver(convocation, CreneauFactory(file=place.file, debut=place.debut - timedelta(days=1), places=1))


def retirer_le_lien(convocation: Convocation, place: Creneau) -> None:
    par = acteur(equipe(convocation.demande).chloe)
    revoquer_convocation(convocation.demande, par=par, maintenant=INSTANT)


@pytest.mark.parametrize("geste", [se_faire_offrir, prendre_plus_tot, retirer_le_lien])
def test_who_is_not_to_be_offered_a_place_any_more_is_not_though_read_on_the_list(motif: Motif, geste: Any) -> None:
    convocation, place = convoquer(motif), creneau(motif, 12)
    attendre(convocation)
    liberer(motif, place)
    (liberee,) = places_liberees(maintenant=INSTANT)
    (lue,) = attentes_possibles(liberee, maintenant=INSTANT)
    geste(convocation, place)
    assert attente._proposer(liberee, lue, maintenant=INSTANT) is False
    assert not OffreAttente.objects.filter(etat="proposee").exists()


def test_offer_that_fails_stops_neither_the_next_person_nor_the_next_place(
    motif: Motif, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    premier, *autres = (convoquer(motif) for _ in range(3))
    for rang, convocation in enumerate((premier, *autres)):
        attendre(convocation, INSTANT + timedelta(seconds=rang))
    for jour in (12, 13):
        liberer(motif, creneau(motif, jour))
    annoncer = attente._annoncer

    def tomber(offre: OffreAttente, place: Creneau, convocation: Convocation, *, maintenant: datetime) -> bool:
        if convocation.pk == premier.pk:
            raise IntegrityError
        return annoncer(offre, place, convocation, maintenant=maintenant)

    monkeypatch.setattr(attente, "_annoncer", tomber)
    assert proposer()["proposees"] == 2
    servis = OffreAttente.objects.values_list("inscription__convocation", flat=True)
    assert set(servis) == {c.pk for c in autres}
    assert "IntegrityError" in caplog.text


def test_link_used_up_leaves_the_list_and_is_offered_nothing(motif: Motif) -> None:
    RegleMessages.objects.create(prefecture=None, reprises=0)
    convocation, place = convoquer(motif), creneau(motif, 12)
    manque = reserver(convocation, creneau(motif, 20))
    inscription = attendre(convocation)
    liberer(motif, place)
    (lue,) = attentes_possibles(place, maintenant=INSTANT)
    proposer()
    manque = RendezVous.objects.select_related("convocation__demande").get(pk=manque.pk)
    acte(marquer_absent)(manque, par=SYSTEME, maintenant=INSTANT)
    inscription.refresh_from_db()
    assert inscription.close_le == INSTANT
    assert OffreAttente.objects.get().etat == "refusee"
    OffreAttente.objects.all().delete()
    InscriptionAttente.objects.update(close_le=None)  # as if it had been read before
    assert attente._proposer(place, lue, maintenant=INSTANT) is False


def test_mail_of_an_offer_that_has_ended_does_not_leave(motif: Motif, temps_fige: Any) -> None:
    for jour in (12, 13):
        attendre(convoquer(motif))
        liberer(motif, creneau(motif, jour))
    vider()
    proposer()
    finie = OffreAttente.objects.earliest("pk")
    convocation = finie.inscription.convocation
    attente.refuser(convocation, finie.pk, par=usager(convocation), maintenant=INSTANT)
    vider()
    etats = Notification.objects.filter(modele="place_proposee").order_by("pk").values_list("etat", flat=True)
    assert list(etats) == ["annulee", "envoyee"]


def test_offer_ends_well_before_its_slot_begins(motif: Motif) -> None:
    RegleCreneaux.objects.create(site=None, offre_minutes=1440, offre_heures=1)
    place = creneau(motif, 4, heure=14)  # in six hours
    attendre(convoquer(motif))
    liberer(motif, place)
    assert proposer()["proposees"] == 1
    assert OffreAttente.objects.get().jusqu_a == place.debut - retenues.MARGE
