"""What the tests of the organisations share: an aidant signed in, and the form of a new person."""

from __future__ import annotations

from typing import Any

from django.test import Client

from demandes.models import Organisme
from tests.demandes.factories import AidantFactory, DemandeFactory, MandatFactory
from tests.demandes.outils_depot import motif_ouvert
from tests.parcours import amener_a


def connecter(aidant: Any) -> Client:
    """Return a browser where an aidant is signed in."""
    client = Client()
    client.force_login(aidant.agent)
    return client


def mandater(etat: str = "deposee", *, organisme: Organisme | None = None, **valeurs: Any) -> Any:
    """Return a mandate on a demande brought to a state."""
    demande = DemandeFactory(**{"motif": motif_ouvert()} | valeurs.pop("demande", {}))
    aidant = AidantFactory(organisme=organisme) if organisme else AidantFactory()
    return MandatFactory(demande=amener_a(demande, etat), organisme=aidant.organisme, aidant=aidant, **valeurs)


def personne(motif_code: str, **valeurs: Any) -> dict[str, Any]:
    """Return the form of a new person, on paper."""
    return {
        "nom": "Ben Ali",
        "prenoms": "Amina",
        "date_naissance": "17/05/1980",
        "courriel": "amina@example.org",
        "telephone": "",
        "prefecture": "67",
        "motif": motif_code,
        "portee": ["deposer", "completer", "reserver", "suivre"],
        "fin": "01/09/2030",
        "signature": "papier",
        "signe_le": "01/03/2030",
        "original_garde": "on",
    } | valeurs
