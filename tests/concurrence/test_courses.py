"""What happens when everybody presses at once: one winner, no loss, no deadlock, and the race proved to exist."""

import random
import time
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from datetime import time as dt_time
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Count

from demandes.acteur import acteur_usager
from demandes.cycle import Etat
from demandes.models import AvisMedical, Convocation, Demande, Evenement, Prefecture
from demandes.services import depot, journal
from demandes.services.suites import retirer
from guichet.models import Passage
from guichet.services import accueil, guichet, mouvements
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import maintenant
from planning.models import (
    Creneau,
    FileGuichet,
    OffreAttente,
    PlageOuverture,
    Prolongement,
    RegleCreneaux,
    RendezVous,
    RetenuePlace,
)
from planning.services import attente, reservation
from planning.services.examens import contresigner, rendre_avis
from planning.services.publication import publier
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory, MotifFactory
from tests.parcours import acteur, amener_a, creneau_libre, equipe
from tests.planning.aide_medical import APTE, agenda, examen, medecin, motif_examen
from tests.planning.factories import CreneauFactory, GuichetFactory, PlageOuvertureFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]


def convoquees(nombre, **motif):
    """Make demandes that hold a live link, of one motif."""
    motif = MotifFactory(pieces=0, **{"etapes": [2, 3], **motif})
    return [amener_a(DemandeFactory(motif=motif), Etat.CONVOQUEE) for _ in range(nombre)]


def liens(demandes):
    convocations = Convocation.objects.filter(demande__in=demandes).select_related(
        "demande__usager", "demande__motif", "demande__prefecture"
    )
    return list(convocations.order_by("pk"))


def reserver(convocation, creneau):
    par = acteur_usager(convocation.demande.usager_id)
    return lambda: reservation.reserver(convocation, creneau, par=par, maintenant=INSTANT) and "pris"


def verifier_le_compte():
    """Every slot's counter equals its live, honoured and missed appointments, counted again."""
    for creneau in Creneau.objects.all():
        tenus = RendezVous.objects.filter(creneau=creneau).exclude(etat__in=["annule", "deplace"]).count()
        tenus += Prolongement.objects.filter(creneau=creneau).count()
        assert creneau.prises == tenus, creneau.pk
        assert 0 <= creneau.prises <= creneau.places


def verifier_les_chaines():
    for prefecture in Prefecture.objects.select_related("tete"):
        assert journal.verifier(prefecture) is None
    assert not Evenement.objects.filter(condensat=None).exists()


def test_reserver_50_threads_on_the_last_place_gives_one_booking(courir):
    convocations = liens(convoquees(50))
    creneau = creneau_libre(convocations[0].demande)
    Creneau.objects.filter(pk=creneau.pk).update(places=1)
    issues = Counter(courir([reserver(c, creneau) for c in convocations]))
    assert issues == {"pris": 1, "creneau_complet": 49}
    assert RendezVous.objects.count() == 1
    assert Creneau.objects.get(pk=creneau.pk).prises == 1
    assert Demande.objects.filter(etat=Etat.RDV_PRIS).count() == 1
    verifier_les_chaines()


def test_naive_read_then_write_lets_more_than_one_through(courir):
    """The control: without the conditional UPDATE, the same threads overbook. It proves that the race exists."""
    creneau = CreneauFactory(places=1)

    def naif():
        with transaction.atomic():
            lu = Creneau.objects.get(pk=creneau.pk)
            if not lu.places:
                return "complet"
            time.sleep(0.02)  # what an application does between reading and writing
            Creneau.objects.filter(pk=creneau.pk).update(places=lu.places - 1)
            return "pris"

    issues = Counter(courir([naif] * 50))
    assert issues["pris"] > 1
    assert Creneau.objects.get(pk=creneau.pk).places == 0  # it even hides the damage


def test_reserver_40_threads_with_one_link_gives_one_appointment(courir):
    (convocation,) = liens(convoquees(1))
    creneaux = [creneau_libre(convocation.demande) for _ in range(8)]
    issues = Counter(courir([reserver(convocation, creneaux[i % 8]) for i in range(40)]))
    assert issues == {"pris": 1, "deja_pris": 39}
    assert RendezVous.objects.count() == 1
    verifier_le_compte()


def salle_de_huit(e):
    """Return what calls the next person for each of 8 agents, at 8 counters of one queue."""
    agents = [AgentFactory(instructeur=True) for _ in range(8)]
    guichets = [GuichetFactory(site=e.site, numero=10 + i, files=[e.file]) for i in range(8)]
    return [
        partial(guichet.appeler_suivant, poste, [e.file], par=acteur(agent), maintenant=INSTANT)
        for poste, agent in zip(guichets, agents, strict=True)
    ]


def test_appeler_suivant_by_8_agents_gives_8_different_persons_again_and_again(courir):
    e = equipe(DemandeFactory(motif__pieces=0))
    appels = salle_de_huit(e)
    for tour in range(5):
        for rang in range(10):  # the tenth has priority and comes last: she is among the first eight all the same
            accueil.enregistrer_sans_rdv(e.file, par=acteur(e.chloe), maintenant=INSTANT, priorite=rang == 9)
        attendus = [p.ticket for p in Passage.objects.en_attente()[:8]]
        assert sorted(p.ticket for p in courir(appels)) == sorted(attendus), tour
        Passage.objects.exclude(etat="arrive").update(etat="termine", recu_le=INSTANT, termine_le=INSTANT)
    assert Passage.objects.filter(etat="arrive").count() == 5 * 2


def test_appeler_suivant_by_8_agents_for_3_persons_gives_each_once_and_nobody_to_the_others(courir):
    e = equipe(DemandeFactory(motif__pieces=0))
    appels = salle_de_huit(e)
    for _ in range(5):
        for _ in range(3):
            accueil.enregistrer_sans_rdv(e.file, par=acteur(e.chloe), maintenant=INSTANT)
        attendus = {p.pk for p in Passage.objects.en_attente()}
        issues = courir(appels)
        assert {p.pk for p in issues if p} == attendus
        assert issues.count(None) == 5
        Passage.objects.exclude(etat="arrive").update(etat="termine", recu_le=INSTANT, termine_le=INSTANT)


def test_appeler_without_skipping_locks_gives_one_person_to_several(courir):
    """The control: agents who read then write call the same person. It proves that the race exists."""
    e = equipe(DemandeFactory(motif__pieces=0))
    for _ in range(8):
        accueil.enregistrer_sans_rdv(e.file, par=acteur(e.chloe), maintenant=INSTANT)

    def naif():
        with transaction.atomic():
            lu = Passage.objects.en_attente()[0]
            time.sleep(0.02)
            Passage.objects.filter(pk=lu.pk).update(nb_appels=1)
            return lu.pk

    assert len(set(courir([naif] * 8))) < 8


def test_appeler_suivant_by_one_agent_8_times_at_once_gives_one_person(courir):
    e = equipe(DemandeFactory(motif__pieces=0))
    for _ in range(10):
        accueil.enregistrer_sans_rdv(e.file, par=acteur(e.chloe), maintenant=INSTANT)
    par = acteur(e.chloe)
    appel = lambda: guichet.appeler_suivant(e.guichet, [e.file], par=par, maintenant=INSTANT) and "appelé"  # noqa: E731
    issues = Counter(courir([appel] * 8))
    assert issues == {"appelé": 1, "passage_en_cours": 7}
    assert Passage.objects.filter(etat="appele").count() == 1


def test_visit_put_aside_is_taken_back_by_one_of_8_agents(courir):
    e = equipe(DemandeFactory(motif__pieces=0))
    par = acteur(e.chloe)
    accueil.enregistrer_sans_rdv(e.file, par=par, maintenant=INSTANT)
    appele = guichet.appeler_suivant(e.guichet, [e.file], par=par, maintenant=INSTANT)
    assert appele is not None
    recu = guichet.recevoir(appele, par=par, maintenant=INSTANT)
    passage = mouvements.suspendre(recu, par=par, maintenant=INSTANT)
    postes = [GuichetFactory(site=e.file.site, numero=90 + rang, files=[e.file]) for rang in range(8)]
    agents = [AgentFactory(instructeur=True) for _ in range(8)]

    def reprise(poste, agent):
        return mouvements.reprendre(passage, poste, par=acteur(agent), maintenant=INSTANT) and "repris"

    issues = Counter(courir([partial(reprise, p, a) for p, a in zip(postes, agents, strict=True)]))
    assert issues == {"repris": 1, "passage_ferme": 7}
    assert passage.phases.filter(fin=None).count() == 1


@pytest.mark.parametrize(
    ("fuseau", "veille", "minuit"),
    [
        # An hour does not exist that night, the next one exists twice, and overseas the day begins elsewhere.
        ("Europe/Paris", datetime(2030, 3, 31, 21, 59, tzinfo=UTC), datetime(2030, 3, 31, 22, 0, tzinfo=UTC)),
        ("Europe/Paris", datetime(2030, 10, 26, 21, 59, tzinfo=UTC), datetime(2030, 10, 26, 22, 0, tzinfo=UTC)),
        ("Indian/Reunion", datetime(2030, 3, 4, 19, 59, tzinfo=UTC), datetime(2030, 3, 4, 20, 0, tzinfo=UTC)),
    ],
    ids=["spring", "autumn", "réunion"],
)
def test_tickets_of_200_arrivals_at_once_follow_each_other_by_civil_day(courir, fuseau, veille, minuit):
    e = equipe(DemandeFactory(motif__pieces=0))
    Prefecture.objects.update(fuseau=fuseau)
    par, file = acteur(e.chloe), FileGuichet.objects.select_related("site__prefecture").get(pk=e.file.pk)

    def arriver(instant):
        return [accueil.enregistrer_sans_rdv(file, par=par, maintenant=instant).ticket for _ in range(20)]

    for instant in (veille, minuit):  # the first ticket of the day is 1 again
        recus = [ticket for lot in courir([partial(arriver, instant)] * 10) for ticket in lot]
        assert sorted(recus) == list(range(1, 201))
    assert Passage.objects.values("jour").distinct().count() == 2
    verifier_les_chaines()


def test_walk_in_form_sent_4_times_at_once_gives_one_demande_and_one_ticket(courir):
    e = equipe(DemandeFactory(motif__pieces=0))
    identite = {"nom": "Sow", "prenoms": "Awa", "date_naissance": "1990-01-01"}
    commun: dict[str, Any] = {
        "identite": identite,
        "saisie": uuid.uuid4(),
        "par": acteur(e.chloe),
        "maintenant": INSTANT,
    }
    motif = e.file.motifs.get()
    tickets = courir([lambda: accueil.ouvrir_sans_rdv(e.file, motif, **commun).pk] * 4)
    assert len(set(tickets)) == 1
    assert Passage.objects.count() == Demande.objects.filter(canal="guichet").count() == 1


def test_deposer_30_at_once_gives_consecutive_numbers(courir):
    motif = MotifFactory(pieces=0)
    demandes = [DemandeFactory(motif=motif) for _ in range(30)]

    def depot_de(demande):
        par = acteur_usager(demande.usager_id)
        return lambda: depot.deposer(demande, par=par, maintenant=INSTANT).numero

    numeros = courir([depot_de(d) for d in demandes])
    assert sorted(numeros) == [f"67-2030-{n:06d}" for n in range(1, 31)]
    verifier_les_chaines()


def test_deposer_one_draft_10_times_at_once_gives_one_number_and_one_receipt(courir):
    demande = DemandeFactory(motif__pieces=0)
    par = acteur_usager(demande.usager_id)

    def pression():
        relue = Demande.objects.get(pk=demande.pk)
        return lambda: depot.deposer(relue, par=par, maintenant=INSTANT) and "déposée"

    pressions = [pression() for _ in range(10)]
    assert Counter(courir(pressions)) == {"déposée": 1, "transition_interdite": 9}
    demande.refresh_from_db()
    assert demande.numero == "67-2030-000001"
    assert demande.actes.count() == demande.notifications.count() == 1


def test_reserver_against_retirer_leaves_no_place_taken(courir):
    """The usager withdraws in one window and books in another: whoever wins, no slot is held for nothing."""
    demandes = convoquees(12)
    convocations = liens(demandes)
    creneau = creneau_libre(demandes[0])
    Creneau.objects.filter(pk=creneau.pk).update(places=12)
    retraits = [
        lambda d=d: retirer(d, par=acteur_usager(d.usager_id), maintenant=INSTANT) and "retirée" for d in demandes
    ]
    issues = courir([a for c, r in zip(convocations, retraits, strict=True) for a in (reserver(c, creneau), r)])
    assert issues.count("retirée") == 12
    assert Creneau.objects.get(pk=creneau.pk).prises == 0
    assert not RendezVous.objects.actifs().exists()
    verifier_les_chaines()


def test_storm_of_books_moves_cancels_and_publications_has_no_deadlock_and_counts_right(courir):
    """16 persons on 8 slots, visits of two slots in a row, a manager who publishes, places offered, for 8 seconds."""
    RegleCreneaux.objects.create(remise_minutes=1, offre_minutes=15, offres_max=10)
    demandes = convoquees(16, guichet_minutes=30)
    convocations = liens(demandes)
    creneaux = [creneau_libre(demandes[0]) for _ in range(8)]
    for rang, creneau in enumerate(creneaux):
        Creneau.objects.filter(pk=creneau.pk).update(places=1 + rang % 3)
    file = creneaux[0].file
    PlageOuvertureFactory(file=file, jour=creneaux[0].debut.isoweekday(), debut=dt_time(9), fin=dt_time(11))
    fin = time.monotonic() + 8

    def publie():
        faits: Counter[str] = Counter()
        while time.monotonic() < fin:
            PlageOuverture.objects.filter(file=file).update(nb_guichets=2 + faits["publier"] % 3)
            publier(file.site.prefecture, maintenant=INSTANT, horizon_jours=7)
            faits["publier"] += 1
        return faits

    def offre():
        """Offer what is freed; now and then time runs, so that offers end and pass on."""
        faits: Counter[str] = Counter()
        while time.monotonic() < fin:
            instant = INSTANT + timedelta(minutes=20 if faits["tours"] % 10 == 9 else 0)
            faits += Counter(attente.proposer_places(maintenant=instant)) + Counter(tours=1)
        return faits

    def agite(convocation, graine):
        hasard, par = random.Random(graine), acteur_usager(convocation.demande.usager_id)
        faits: Counter[str] = Counter()
        while time.monotonic() < fin:
            geste: Any = hasard.choice(
                [
                    *(reservation.reserver, reservation.deplacer, reservation.deplacer, reservation.annuler),
                    *(attente.inscrire, attente.accepter),
                ]
            )
            instant = INSTANT + timedelta(minutes=hasard.randrange(10))  # most holds are over, offers are not
            cible: tuple[Any, ...] = ()
            if geste is attente.accepter:
                derniere = OffreAttente.objects.filter(inscription__convocation=convocation).order_by("-pk").first()
                cible = (derniere.pk if derniere else 0,)
            elif geste in (reservation.reserver, reservation.deplacer):
                cible = (hasard.choice(creneaux),)
            frais = Convocation.objects.select_related("demande__motif", "demande__prefecture").get(pk=convocation.pk)
            try:
                geste(frais, *cible, par=par, maintenant=instant)
                faits[geste.__name__] += 1
            except ErreurMetier as erreur:
                faits[erreur.code] += 1
        return faits

    foule = [lambda c=c, g=g: agite(c, g) for g, c in enumerate(convocations)]
    bilan: Counter[str] = sum(courir([*foule, publie, offre]), Counter())
    attendus = ("reserver", "deplacer", "annuler", "publier", "inscrire", "tours")
    assert min(bilan[fait] for fait in attendus) >= 2, bilan
    verifier_le_compte()
    for creneau in Creneau.objects.all():  # what each says is held is what the holds say
        tenues = RetenuePlace.objects.filter(creneau=creneau).count()
        assert creneau.retenues <= tenues, creneau.pk
    verifier_les_chaines()
    actifs = RendezVous.objects.actifs().values("convocation").annotate(n=Count("pk")).filter(n__gt=1)
    assert not actifs.exists()
    avec = set(RendezVous.objects.actifs().values_list("convocation__demande", flat=True))
    assert avec == set(Demande.objects.filter(etat=Etat.RDV_PRIS).values_list("pk", flat=True))
    with connection.cursor() as curseur:
        curseur.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert curseur.fetchone() == (0,)


def test_journal_chain_is_whole_and_ranks_follow_after_parallel_commits(courir):
    motif = MotifFactory(pieces=0)
    demandes = [amener_a(DemandeFactory(motif=motif), Etat.DEPOSEE) for _ in range(20)]
    courir(
        [
            lambda d=d, i=i: journal.consigner_lecture(
                d, par=acteur_usager(d.usager_id), maintenant=INSTANT + timedelta(seconds=i)
            )
            for i, d in enumerate(demandes * 2)
        ]
    )
    rangs = list(Evenement.objects.order_by("rang").values_list("rang", flat=True))
    assert rangs == list(range(1, len(rangs) + 1))
    assert Evenement.objects.filter(nature="lecture:dossier").count() == 40
    verifier_les_chaines()


def test_creneau_counter_by_bare_sql_never_passes_the_places(courir):
    """Below the services: the trigger alone, 40 threads, 5 places."""
    creneau = CreneauFactory(places=5)

    def prendre(convocation):
        try:
            RendezVous.objects.create(convocation=convocation, creneau=creneau, pris_le=INSTANT)
        except IntegrityError:
            return 0
        return 1

    assert sum(courir([partial(prendre, c) for c in liens(convoquees(40))])) == 5
    assert Creneau.objects.get(pk=creneau.pk).prises == 5


def test_two_doctors_press_at_once_one_opinion_two_signatures(courir, temps_fige):
    lieu = agenda([medecin(0), medecin(1)], motif_examen())
    vu = examen(lieu, lieu.file.motifs.get())
    temps_fige.move_to(vu.rendez_vous.creneau.debut)
    premier, second = lieu.medecins.order_by("pk")
    instant = maintenant()
    rendre = [partial(rendre_avis, vu.rendez_vous, d, APTE, maintenant=instant) for d in (premier, second)]
    issues = courir([lambda r=r: r() and "rendu" for r in rendre * 4])
    assert Counter(getattr(i, "code", i) for i in issues)["rendu"] == 1
    avis = AvisMedical.objects.get()
    autre = second if avis.signatures.get().medecin == premier else premier
    signer = partial(contresigner, avis, autre, maintenant=instant)
    issues = courir([lambda: signer() and "signe"] * 8)
    assert Counter(getattr(i, "code", i) for i in issues)["signe"] == 1
    assert avis.signatures.count() == 2
    assert Demande.objects.get(pk=vu.demande.pk).etat == Etat.EN_INSTRUCTION
    verifier_les_chaines()
