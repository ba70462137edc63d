"""An *étape* takes part in an *acte*; alone, it is a programming error."""

import pytest

from demandes.acteur import SYSTEME
from demandes.models import Demande
from demandes.services.journal import journaliser
from demandes.services.transitions import appliquer, verrouiller
from tests.demandes.factories import INSTANT


@pytest.mark.parametrize(
    "etape",
    [
        lambda d: appliquer(d, "retirer", par=SYSTEME, maintenant=INSTANT),
        verrouiller,
        lambda d: journaliser("essai", par=SYSTEME, maintenant=INSTANT, demande=d),
    ],
    ids=["appliquer", "verrouiller", "journaliser"],
)
def test_etape_outside_an_acte_is_a_programming_error(etape):
    with pytest.raises(RuntimeError, match="acte"):
        etape(Demande())
