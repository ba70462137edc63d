"""Files of titles, and demandes that wait for theirs."""

from __future__ import annotations

from datetime import date
from typing import Any

from demandes.models import Demande, Site
from guichet.models import Titre
from guichet.services.lecture_titres import COLONNES, LigneTitre, TitreRecu, lire_titres
from guichet.services.titres import enregistrer_titre, importer_titres
from planning.models import Creneau, FileGuichet
from tests.demandes.factories import INSTANT, DemandeFactory, UsagerFactory
from tests.parcours import acteur, amener_a, equipe
from tests.planning.factories import CreneauFactory

JOUR = date(2030, 3, 4)
ENTETE = ";".join(COLONNES)


def ligne(numero: str = "AB1234567", etranger: str = "9912345678", nom: str = "BEN ALI", **reste: str) -> str:
    """Return a line of the file."""
    return ";".join([numero, etranger, nom, reste.get("prenoms", "Amina"), reste.get("date", "01/03/2030")])


def fichier(*lignes: str) -> str:
    """Return a file with its headings."""
    return "\r\n".join([ENTETE, *lignes])


def qui_attend(etranger: str = "9912345678", etat: str = "accordee", **champs: Any) -> Demande:
    """Return a demande whose usager has this foreigner's number."""
    return amener_a(DemandeFactory(usager=UsagerFactory(numero_etranger=etranger), **champs), etat)


def recu(numero: str = "AB1234567", etranger: str = "9912345678", recu_le: date = JOUR) -> TitreRecu:
    """Return a card as typed."""
    return TitreRecu(numero, etranger, "BEN ALI", "Amina", recu_le)


def arriver(demande: Demande, numero: str = "AB1234567", *, recu_le: date = JOUR) -> Titre:
    """Register the title of a demande at its team's site."""
    e = equipe(demande)
    carte = recu(numero, demande.usager.numero_etranger, recu_le)
    return enregistrer_titre(e.site, carte, par=acteur(e.chloe), maintenant=INSTANT)


def importer(contenu: str, site: Site, agent: Any) -> list[LigneTitre]:
    """Read a file and register its good lines."""
    par = acteur(agent)
    lignes = lire_titres(contenu, site, par=par, jour=JOUR)
    importer_titres(lignes, site, lot="essai", par=par, maintenant=INSTANT)
    return lignes


def places_de_remise(site: Site, places: int = 10) -> Creneau:
    """Open a slot at the queue of a site that hands titles over."""
    return CreneauFactory(file=FileGuichet.objects.get(site=site, remises=True), places=places)
