"""A family and the crowd: all of it or nothing, no deadlock, whoever acts on whichever of its persons."""

import random
import time
from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.db import connection

from demandes.acteur import acteur_usager
from demandes.cycle import Etat
from demandes.models import Convocation, Demande
from demandes.services.convocation import revoquer_convocation
from demandes.services.famille import commencer_pour_un_proche
from demandes.services.suites import retirer
from planipref.commun.erreurs import ErreurMetier
from planning.models import Creneau, Prolongement, RegleCreneaux, RendezVous
from planning.services import reservation
from tests.concurrence.test_courses import verifier_le_compte, verifier_les_chaines
from tests.demandes.factories import INSTANT, MotifFactory
from tests.demandes.outils_famille import convoquer_ensemble, creneaux, famille
from tests.parcours import acteur, equipe

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]


def motif():
    return MotifFactory(pieces=0, etapes=[2, 3], guichet_minutes=15)


def reserver(porteuse, creneau):
    par = acteur_usager(porteuse.demande.usager_id)
    return lambda: reservation.reserver(porteuse, creneau, par=par, maintenant=INSTANT) and "pris"


def sans_interblocage():
    with connection.cursor() as curseur:
        curseur.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert curseur.fetchone() == (0,)


def test_ten_families_of_three_on_the_same_three_slots_give_one_whole_family(courir):
    m = motif()
    familles = [famille(3, Etat.DEPOSEE, motifs=[m] * 3) for _ in range(10)]
    porteuses = [convoquer_ensemble(f) for f in familles]
    places = creneaux(familles[0][0], 3)
    Creneau.objects.update(places=1)
    issues = Counter(courir([reserver(p, places[0]) for p in porteuses]))
    assert issues == {"pris": 1, "creneau_complet": 9}
    assert (RendezVous.objects.count(), Prolongement.objects.count()) == (1, 2)
    assert Demande.objects.filter(etat=Etat.RDV_PRIS).count() == 3
    verifier_le_compte()
    verifier_les_chaines()
    sans_interblocage()


def test_one_link_pressed_by_many_hands_gives_one_appointment(courir):
    demandes = famille(3, Etat.DEPOSEE, motifs=[motif()] * 3)
    porteuse = convoquer_ensemble(demandes)
    places = creneaux(demandes[0], 8)
    frais = [Convocation.objects.avec_page().get(pk=porteuse.pk) for _ in range(20)]
    issues = Counter(courir([reserver(c, places[i % 5]) for i, c in enumerate(frais)]))
    assert issues == {"pris": 1, "deja_pris": 19}
    assert Demande.objects.filter(etat=Etat.RDV_PRIS).count() == 3
    verifier_le_compte()


def test_twenty_hands_that_add_to_one_family_stop_at_ten(courir):
    (tete,) = famille(1, Etat.BROUILLON, motifs=[motif()])
    par = acteur_usager(tete.usager_id)
    geste = partial(commencer_pour_un_proche, tete, tete.motif, lien="enfant", par=par, maintenant=INSTANT)
    issues: Counter[str] = Counter(courir([lambda: geste() and "ouverte"] * 20))
    assert issues == {"ouverte": 9, "famille_complete": 11}


def test_storm_on_families_keeps_counts_chains_and_states(courir):
    """Book, move, cancel by the link, while persons withdraw and agents revoke one of them, for six seconds."""
    RegleCreneaux.objects.create(remise_minutes=0)  # places given back are free at once: there is more to fight for
    m = motif()
    familles = [famille(4, Etat.DEPOSEE, motifs=[m] * 4) for _ in range(4)]
    porteuses = [convoquer_ensemble(f) for f in familles]
    places = creneaux(familles[0][0], 10)
    Creneau.objects.update(places=6)  # some are kept for who may take them back
    agent = acteur(equipe(familles[0][0]).chloe)
    fin = time.monotonic() + 6

    def agite(porteuse, graine):
        hasard = random.Random(graine)
        faits: Counter[str] = Counter()
        while time.monotonic() < fin:
            geste: Any = hasard.choice([reservation.reserver, reservation.deplacer, reservation.annuler])
            cible = () if geste is reservation.annuler else (hasard.choice(places),)
            frais = Convocation.objects.avec_page().get(pk=porteuse.pk)
            try:
                geste(frais, *cible, par=acteur_usager(frais.demande.usager_id), maintenant=INSTANT)
                faits[geste.__name__] += 1
            except ErreurMetier as erreur:
                faits[erreur.code] += 1
        return faits

    def retranche(demandes, graine):
        hasard = random.Random(graine)
        faits: Counter[str] = Counter()
        for demande in demandes[:3]:  # the bearer of the link first, then two more; one is left
            time.sleep(hasard.uniform(0.5, 1.5))
            frais = Demande.objects.get(pk=demande.pk)
            try:
                if hasard.random() < 0.5:
                    retirer(frais, par=acteur_usager(frais.usager_id), maintenant=INSTANT)
                else:
                    revoquer_convocation(frais, par=agent, maintenant=INSTANT)
                faits["retranchée"] += 1
            except ErreurMetier as erreur:
                faits[erreur.code] += 1
        return faits

    appels = [partial(agite, p, g) for g, p in enumerate(porteuses * 2)]
    appels += [partial(retranche, f, 100 + g) for g, f in enumerate(familles)]
    bilan: Counter[str] = sum(courir(appels), Counter())
    assert bilan["retranchée"] == 12, bilan
    assert min(bilan[fait] for fait in ("reserver", "deplacer", "annuler")) >= 2, bilan
    verifier_le_compte()
    verifier_les_chaines()
    sans_interblocage()
    for demandes, porteuse in zip(familles, porteuses, strict=True):
        seule = Convocation.objects.get(pk=porteuse.pk)
        assert (seule.demande_id, seule.personnes, seule.etat) == (demandes[3].pk, 1, "active")
        actif = RendezVous.objects.actifs().filter(convocation=seule).first()
        assert (actif is not None) == (Demande.objects.get(pk=demandes[3].pk).etat == Etat.RDV_PRIS)
        assert actif is None or actif.prolongements.count() == 0
    assert not Convocation.objects.actives().filter(jointe_a__isnull=False).exists()
