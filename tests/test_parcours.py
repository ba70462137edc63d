"""The helper that walks a demande must reach every state by itself, or no other test proves anything."""

from typing import Any

import pytest

from demandes.cycle import TABLE, Etat
from demandes.models import Demande
from tests.demandes.factories import DemandeFactory
from tests.parcours import PAS, amener_a, chemin, verifier_contraintes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


@pytest.mark.parametrize("etat", list(Etat))
def test_amener_a_any_state_is_reached_and_journaled(etat):
    demande = amener_a(DemandeFactory(), etat)
    verifier_contraintes()
    assert Demande.objects.get(pk=demande.pk).etat == etat


@pytest.mark.parametrize("transition", [(t.nom, d) for t in TABLE for d in t.depuis], ids="-".join)
def test_pas_each_row_of_the_table_is_walked_by_a_service(transition):
    """One motif at least lets each row through, and its service gets there."""
    nom, depuis = transition
    motifs = ([1, 2, 3, 4], [1, 3], [2, 3], [3], [1, 2], [2], [2, 4], [1, 4], [4], [1, 3])
    for rang, etapes in enumerate(motifs, start=1):
        examen = "medecin" if rang == len(motifs) else ""
        demande: Any = DemandeFactory(motif__etapes=etapes, motif__plein_droit=True, motif__examen=examen)
        regles = demande.motif.regles
        ligne = next(t for t in TABLE if t.nom == nom)
        if ligne.permise(regles, depuis) and chemin(regles, "brouillon", depuis) is not None:
            demande = amener_a(demande, depuis)
            PAS[nom](demande)
            assert Demande.objects.get(pk=demande.pk).etat == ligne.vers
            verifier_contraintes()
            return
    pytest.fail(f"Aucun motif ne passe par {nom} depuis {depuis}.")
