"""Many convoked at once: as many as the places open until their links end can take, and not one more."""

from __future__ import annotations

from collections import Counter
from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from demandes.models import Agent, Convocation, Demande, Deport, Evenement
from demandes.services.convocation import convoquer
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planning import tasks
from planning.models import LigneConvocation, RegleCreneaux
from planning.services import lots
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory, MandatFactory, MotifFactory, SiteFactory
from tests.parcours import acteur, amener_a, convocation_active
from tests.planning.aide_lots import POURQUOI, Attente
from tests.planning.factories import PREMIER_CRENEAU, CreneauFactory, FileGuichetFactory, PlageOuvertureFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def etats(lot):
    return Counter(lot.lignes.order_by("pk").values_list("etat", flat=True))


def _bilan(projet):
    assert projet.bilan is not None
    return projet.bilan


def test_preparer_lot_keeps_those_who_fit_and_says_who_does_not():
    a = Attente(personnes=3, places=2)
    lot = a.preparer()
    assert etats(lot) == {"a_faire": 2, "sans_place": 1}
    assert lots.convoquer_lot(lot) == 2
    assert etats(lot) == {"convoquee": 2, "sans_place": 1}
    convocations = Convocation.objects.filter(ligne_convocation__lot=lot)
    assert {c.motivation for c in convocations} == {POURQUOI}
    assert {c.emise_par_id for c in convocations} == {a.chloe.pk}
    assert {s for c in convocations for s in c.sites.all()} == {a.site}
    evenement = Evenement.objects.get(nature="planning:lot_convocations")
    assert evenement.charge == {"lot_id": lot.pk, "retenues": 2, "sans_place": 1}


def test_preparer_lot_serves_the_nearest_legal_deadline_first_then_the_oldest():
    a = Attente(personnes=3, places=2)
    premiere, _, derniere = a.demandes
    Demande.objects.filter(pk=premiere.pk).update(echeance=None)
    Demande.objects.filter(pk=derniere.pk).update(echeance=date(2030, 3, 20))
    assert [d.pk for d in a.projeter().retenues] == [derniere.pk, a.demandes[1].pk]
    assert [d.pk for d in a.projeter().debout] == [premiere.pk]


def test_live_convocations_without_appointment_have_their_places():
    a = Attente(personnes=3, places=2)
    convoquer(a.demandes[0], motivation="Venez", sites=[a.site], par=acteur(a.chloe), maintenant=INSTANT)
    projet = a.projeter()
    assert len(projet.retenues) == 1
    assert [r for _, r in projet.tri.refus] == [lots.DEJA]
    assert (_bilan(projet).offertes, _bilan(projet).promises) == ({a.file.pk: 2}, {a.file.pk: 1})


def test_appointment_taken_is_no_promise_any_more():
    a = Attente(personnes=2, places=1)
    amener_a(a.demandes[0], "rdv_pris")  # at a slot of its own
    assert len(a.projeter().retenues) == 1


def test_expired_convocation_promises_nothing():
    a = Attente(personnes=2, places=1)
    convoquee = amener_a(a.demandes[0], "convoquee")
    assert a.projeter().retenues == []
    Convocation.objects.filter(demande=convoquee).update(
        emise_le=INSTANT - timedelta(days=9), expire_le=INSTANT - timedelta(days=1)
    )
    assert len(a.projeter().retenues) == 1


def test_demande_of_a_lot_under_way_is_promised_its_place():
    a = Attente(personnes=2, places=1)
    a.preparer(a.pks[:1])
    projet = a.projeter()
    assert projet.retenues == []
    assert [r for _, r in projet.tri.refus] == [lots.EN_COURS]
    with pytest.raises(ErreurMetier, match="plus de place"):
        a.preparer(a.pks[1:])


def test_place_after_the_link_ends_is_no_place():
    a = Attente(personnes=1, places=0)
    jours = a.motif.validite_convocation_jours
    a.ouvrir(1, PREMIER_CRENEAU + timedelta(days=jours))
    projet = a.projeter()
    assert (projet.retenues, _bilan(projet).manques[a.file.pk].places) == ([], 1)
    assert _bilan(projet).manques[a.file.pk].avant == INSTANT.date() + timedelta(days=jours)


def test_visit_of_two_slots_wants_two_in_a_row():
    a = Attente(personnes=2, places=0)
    a.motif.guichet_minutes = 2 * a.minutes
    a.motif.save(update_fields=["guichet_minutes"])
    a.ouvrir(1)
    a.ouvrir(3, PREMIER_CRENEAU + timedelta(hours=2))
    projet = a.projeter()
    assert len(projet.retenues) == 1
    assert (_bilan(projet).manques[a.file.pk].places, _bilan(projet).manques[a.file.pk].attente) == (2, 1)


def test_kept_place_counts_only_for_who_may_take_it():
    a = Attente(personnes=2, places=0)
    RegleCreneaux.objects.create(site=a.site, accompagne_pourcent=50)
    CreneauFactory(file=a.file, debut=PREMIER_CRENEAU, places=1, gardees_accompagne=1, gardees_jusqu_a=PREMIER_CRENEAU)
    assert a.projeter().retenues == []
    MandatFactory(demande=a.demandes[1])
    assert a.projeter().retenues == [a.demandes[1]]


def test_slot_of_a_later_wave_counts():
    a = Attente(personnes=1, places=0)
    CreneauFactory(file=a.file, debut=PREMIER_CRENEAU + timedelta(days=6), places=1, ouvre_le=PREMIER_CRENEAU)
    assert len(a.projeter().retenues) == 1


def test_days_that_the_waves_will_open_before_the_link_ends_count():
    """The site publishes seven days; the link lasts thirty: four Tuesdays are still to be opened."""
    a = Attente(personnes=5, places=0)
    RegleCreneaux.objects.create(site=a.site, horizon_jours=7)
    PlageOuvertureFactory(file=a.file, debut=time(9), fin=time(9, a.minutes), nb_guichets=1)
    projet = a.projeter()
    assert _bilan(projet).offertes == {a.file.pk: 4}
    assert len(projet.retenues) == 4


def test_person_who_may_go_elsewhere_leaves_room():
    """One queue serves both motifs, another only the first: nobody is left out."""
    a = Attente(personnes=1, places=1)
    autre = MotifFactory(pieces=0, guichet_minutes=a.minutes)
    a.file.motifs.add(autre)
    seconde = FileGuichetFactory(site=a.site, code="seconde", motifs=[a.motif])
    CreneauFactory(file=seconde, places=1)
    demande = amener_a(DemandeFactory(motif=autre), "complete")
    projet = lots.projeter([*a.pks, demande.pk], [a.site], par=acteur(a.chloe), maintenant=INSTANT)
    assert len(projet.retenues) == 2


@pytest.mark.parametrize(
    ("etat", "raison"),
    [("deposee", "Déposée"), ("convoquee", lots.DEJA), ("a_remettre", lots.REMISE)],
)
def test_demande_in_another_state_is_refused_with_why(etat, raison):
    demande = amener_a(DemandeFactory(), etat)
    tri = lots.trier([demande.pk], acteur(AgentFactory(instructeur=True)))
    assert tri.convocables == []
    assert raison in tri.refus[0][1]


def test_demande_that_the_agent_may_not_convoke_is_refused():
    a = Attente(personnes=1, places=1)
    assert lots.trier(a.pks, acteur(AgentFactory(accueil=True))).refus == [(a.demandes[0], lots.SANS_DROIT)]
    Deport.objects.create(agent=a.chloe, numero_demande=str(a.demandes[0].numero), declare_le=INSTANT)
    assert "ne pas devoir traiter" in lots.trier(a.pks, acteur(a.chloe)).refus[0][1]


def test_demande_that_a_doctor_examines_is_refused():
    motif = MotifFactory(pieces=0, examen="medecin")
    demande = amener_a(DemandeFactory(motif=motif), "complete")
    assert lots.trier([demande.pk], acteur(AgentFactory(instructeur=True))).refus[0][1] == lots.EXAMEN


def test_demande_that_no_queue_of_the_sites_serves_is_refused():
    a = Attente(personnes=1, places=1)
    ailleurs = SiteFactory(code="67-autre")
    projet = lots.projeter(a.pks, [ailleurs], par=acteur(a.chloe), maintenant=INSTANT)
    assert projet.tri.refus == [(a.demandes[0], lots.SANS_FILE)]


def test_preparer_lot_is_refused_to_who_may_not_convoke():
    a = Attente(personnes=1, places=1)
    for agent in (AgentFactory(accueil=True), AgentFactory(instructeur=True, prefecture=_autre())):
        with pytest.raises(DroitRefuse):
            lots.preparer_lot(a.pks, motivation="Venez", sites=[a.site], par=acteur(agent), maintenant=INSTANT)
    with pytest.raises(ErreurMetier) as refus:
        lots.preparer_lot(a.pks, motivation=" ", sites=[a.site], par=acteur(a.chloe), maintenant=INSTANT)
    assert refus.value.champ == "motivation"


def _autre():
    return SiteFactory(code="93-siege", prefecture__departement="93").prefecture


def test_convoquer_lot_begun_again_convokes_nobody_twice(monkeypatch):
    a = Attente(personnes=3, places=3)
    lot = a.preparer()
    vrai, faits = convoquer, list[int]()

    def meurt(demande, **reste):
        if len(faits) == 1:
            raise KeyboardInterrupt
        faits.append(demande.pk)
        return vrai(demande, **reste)

    monkeypatch.setattr(lots, "convoquer", meurt)
    with pytest.raises(KeyboardInterrupt):
        lots.convoquer_lot(lot)
    assert etats(lot) == {"convoquee": 1, "a_faire": 2}
    monkeypatch.undo()
    assert tasks.convoquer_lots() == {"convocations": 2}
    assert tasks.convoquer_lots() == {"convocations": 0}
    assert Convocation.objects.count() == 3


def casse_sur(monkeypatch, fautif, erreur):
    """Let the convocation of one demande fail as nobody foresaw."""

    def convoque(demande, **reste):
        if demande.pk == fautif.pk:
            raise erreur
        return convoquer(demande, **reste)

    monkeypatch.setattr(lots, "convoquer", convoque)


def test_line_that_fails_unforeseen_is_said_and_stops_neither_its_lot_nor_the_others(monkeypatch, caplog):
    a = Attente(personnes=3, places=3)
    lot, suivant = a.preparer(a.pks[:2]), a.preparer(a.pks[2:])
    casse_sur(monkeypatch, a.demandes[0], RuntimeError("Amina Haddad, 0612345678"))
    assert lots.convoquer_lots() == 2
    assert (etats(lot), etats(suivant)) == ({"refusee": 1, "convoquee": 1}, {"convoquee": 1})
    ligne = lot.lignes.get(demande=a.demandes[0])
    assert ligne.raison == lots.INATTENDUE
    assert f"ligne de convocation {ligne.pk} : RuntimeError" in caplog.text
    assert "Amina" not in caplog.text
    monkeypatch.undo()
    assert a.projeter().retenues == [a.demandes[0]]  # not lost: it may be convoked again


def test_line_that_finds_the_base_busy_still_waits_and_stops_none(monkeypatch):
    a = Attente(personnes=2, places=2)
    lot = a.preparer()
    casse_sur(monkeypatch, a.demandes[0], OperationalError("canceling statement due to lock timeout"))
    assert lots.convoquer_lots() == 1
    assert etats(lot) == {"a_faire": 1, "convoquee": 1}
    monkeypatch.undo()
    assert lots.convoquer_lots() == 1
    assert etats(lot) == {"convoquee": 2}


def test_worker_without_its_base_stops_and_the_lines_wait(monkeypatch):
    a = Attente(personnes=1, places=1)
    lot = a.preparer()
    casse_sur(monkeypatch, a.demandes[0], OperationalError("server closed the connection"))
    monkeypatch.setattr(connection, "is_usable", lambda: False, raising=False)
    with pytest.raises(OperationalError):
        lots.convoquer_lot(lot)
    assert etats(lot) == {"a_faire": 1}


def test_demande_convoked_by_a_colleague_meanwhile_leaves_the_lot():
    a = Attente(personnes=2, places=2)
    lot = a.preparer()
    convoquer(a.demandes[0], motivation="Venez", sites=[a.site], par=acteur(a.denis), maintenant=INSTANT)
    assert lot.lignes.get(demande=a.demandes[0]).convocation == convocation_active(a.demandes[0])
    assert lots.convoquer_lot(lot) == 1


def test_demande_withdrawn_meanwhile_is_refused_with_why():
    a = Attente(personnes=1, places=1)
    lot = a.preparer()
    amener_a(a.demandes[0], "sans_suite")
    assert lots.convoquer_lot(lot) == 0
    assert "n’est pas possible" in lot.lignes.get().raison


def test_lot_acts_with_the_rights_that_its_agent_has_now():
    a = Attente(personnes=1, places=1)
    lot = a.preparer()
    Agent.objects.filter(pk=a.chloe.pk).update(is_active=False)
    assert lots.convoquer_lot(lot) == 0
    assert lot.lignes.get().etat == LigneConvocation.Etat.REFUSEE


def test_lot_is_given_to_the_worker_beyond_twenty(monkeypatch):
    reveils: list[str] = []
    monkeypatch.setattr(lots, "reveiller", reveils.append)
    monkeypatch.setattr(lots, "IMMEDIAT_MAX", 1)
    a = Attente(personnes=2, places=2)
    a.preparer()
    assert reveils == ["planning.tasks.convoquer_lots"]


def test_demande_waits_in_one_lot_at_a_time_by_constraint():
    a = Attente(personnes=1, places=2)
    lot = a.preparer()
    autre = type(lot).objects.create(prefecture=lot.prefecture, agent=lot.agent, motivation="Venez", cree_le=INSTANT)
    with pytest.raises(IntegrityError, match="ligne_convocation_a_faire_unique"), transaction.atomic():
        LigneConvocation.objects.create(lot=autre, demande=a.demandes[0], etat="a_faire")
