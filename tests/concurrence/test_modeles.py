"""One text of a message, several webmestres: nobody writes over what they have not seen."""

from collections import Counter

import pytest

from demandes.calculs.modeles_messages import ETAPES
from demandes.models import ModeleMessage, Modification
from demandes.selectors import acteur_agent
from demandes.services.modeles_messages import Adresse
from demandes.services.parametrage_modeles import derniere_version, enregistrer_modele, retirer_modele
from tests.demandes.factories import AgentFactory, PrefectureFactory

pytestmark = pytest.mark.usefixtures("temps_fige")


def _ecrire(ou, texte, vue, agent):
    return lambda: enregistrer_modele(ou, objet="", texte=texte, vue=vue, par=acteur_agent(agent)) and "ecrit"


def test_8_webmestres_at_once_write_one_first_text_then_one_second(courir):
    agents = [AgentFactory(webmestre=True) for _ in range(8)]
    ou = Adresse(PrefectureFactory(), ETAPES["complete"], "courriel", "fr", None)
    for tour in (1, 2):
        vue = derniere_version(ou)
        gestes = [_ecrire(ou, f"Texte {tour}, {rang}", vue, agent) for rang, agent in enumerate(agents)]
        assert Counter(courir(gestes)) == {"ecrit": 1, "modifie_depuis": 7}
        assert Modification.objects.filter(modele="modelemessage").count() == tour
    assert ModeleMessage.objects.get().texte.startswith("Texte 2, ")


def test_text_removed_and_written_at_once_has_one_winner(courir):
    agents = [AgentFactory(webmestre=True) for _ in range(2)]
    ou = Adresse(PrefectureFactory(), ETAPES["complete"], "courriel", "fr", None)
    _ecrire(ou, "Avant", 0, agents[0])()
    vue = derniere_version(ou)

    def retirer():
        retirer_modele(ou, vue=vue, par=acteur_agent(agents[1]))
        return "retire"

    issues = Counter(courir([_ecrire(ou, "Après", vue, agents[0]), retirer]))
    assert issues["modifie_depuis"] == 1
    assert [m.texte for m in ModeleMessage.objects.all()] == (["Après"] if issues["ecrit"] else [])
