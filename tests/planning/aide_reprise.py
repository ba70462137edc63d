"""A préfecture that leaves its former booking module: what its words mean here, slots, and a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from demandes.models import Agent, Motif, Prefecture
from planipref.commun.horloge import maintenant
from planning.models import Creneau, FileGuichet, ImportReprise, LigneReprise, MotifRepris
from planning.services.ancien_module import importer_rendez_vous, reprendre_en_attente
from tests.demandes.factories import INSTANT, AgentFactory, MotifFactory, PrefectureFactory, ServiceFactory, SiteFactory
from tests.parcours import acteur
from tests.planning.factories import CreneauFactory, FileGuichetFactory

ENTETE = "reference;date;heure;motif;nom;prenoms;date_naissance;courriel;telephone;numero_etranger;numero;etat"
MARDI = INSTANT + timedelta(days=1)  # 9:00 in Paris


@dataclass
class Ancien:
    """What a test of the import works with."""

    prefecture: Prefecture
    motif: Motif
    file: FileGuichet
    denis: Agent

    def ligne(self, reference: str, **dits: str) -> str:
        """Write a line, for Amina on Tuesday at nine unless told."""
        valeurs = {
            "reference": reference,
            "date": "05/03/2030",
            "heure": "09:00",
            "motif": "Titre de séjour",
            "nom": "Ben Ali",
            "prenoms": "Amina",
            "date_naissance": "17/05/1980",
            "courriel": "amina@example.org",
        } | dits
        return ";".join(valeurs.get(c, "") for c in ENTETE.split(";"))

    def fichier(self, *lignes: str) -> str:
        """Write a file."""
        return "\n".join([ENTETE, *lignes])

    def importer(self, *lignes: str) -> ImportReprise:
        """Import a file, without the worker."""
        return importer_rendez_vous(
            self.prefecture, self.fichier(*lignes), par=acteur(self.denis), maintenant=maintenant()
        )

    def reprendre(self, *lignes: str) -> list[LigneReprise]:
        """Import a file and let the worker do its lines."""
        self.importer(*lignes)
        reprendre_en_attente(maintenant=maintenant)
        return list(LigneReprise.objects.order_by("pk"))

    def creneau(self, debut: datetime = MARDI, **champs: Any) -> Creneau:
        """Make a slot, on Tuesday at nine unless told."""
        creneau: Creneau = CreneauFactory(file=self.file, debut=debut, **champs)
        return creneau


def ancien(**motif: Any) -> Ancien:
    """Make a préfecture that knows one object of its former module."""
    prefecture = PrefectureFactory()
    demarche = MotifFactory(**{"pieces": 1, **motif})
    ServiceFactory(prefecture=prefecture)
    site = SiteFactory(prefecture=prefecture, code=f"{prefecture.departement}-parcours")
    file = FileGuichetFactory(site=site, code="parcours", motifs=[demarche])  # those of `tests.parcours.equipe`
    MotifRepris.objects.create(prefecture=prefecture, libelle="Titre de séjour", motif=demarche, file=file)
    denis = AgentFactory(username="denis-67", chef_service=True, prefecture=prefecture)
    return Ancien(prefecture, demarche, file, denis)
