"""The journal is read while it is written: a chain verified in the middle of commits is never said broken."""

import pytest

from demandes.acteur import acteur_usager
from demandes.cycle import Etat
from demandes.models import Evenement, Prefecture
from demandes.services import journal
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory
from tests.parcours import amener_a

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]

ECRITURES = 60


def test_verifier_while_others_write_never_sees_a_break(courir):
    demandes = [amener_a(DemandeFactory(motif=MotifFactory(pieces=0)), Etat.DEPOSEE) for _ in range(2)]
    prefecture = Prefecture.objects.get()
    finis = []

    def ecrire(demande):
        par = acteur_usager(demande.usager_id)
        try:
            for _ in range(ECRITURES):
                journal.consigner_lecture(demande, par=par, maintenant=INSTANT)
        finally:
            finis.append(demande)

    def relire():
        tailles = set()
        while len(finis) < len(demandes):
            examen = journal.examiner(prefecture)
            assert examen.rupture is None
            tailles.add(examen.evenements)
        return tailles

    *_, tailles = courir([*(lambda d=d: ecrire(d) for d in demandes), relire])
    assert len(tailles) > 5, "the reader did read in the middle of the writing"
    assert journal.examiner(prefecture).evenements == Evenement.objects.count()
