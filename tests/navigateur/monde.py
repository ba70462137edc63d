"""A small préfecture for the browser tests: the real catalogue, three agents, one queue, one counter."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, time, timedelta

from PIL import Image
from playwright.sync_api import FilePayload
from psycopg.types.range import DateRange

from demandes.models import Agent, Attribution, Delegation, Motif, Prefecture, Site
from demandes.services import catalogue
from planipref.commun.horloge import maintenant
from planning.models import Creneau, FileGuichet, Guichet, PlageOuverture
from planning.services.publication import publier

SECRET = "Navigateur-2026-essai"
TOUJOURS = DateRange(date(2020, 1, 1), None)


@dataclass(frozen=True)
class Monde:
    """What the tests act on.

    Args:
        prefecture: the Bas-Rhin, its clock moved so that it is about noon there.
        site: Strasbourg.
        file: queue of the étrangers and of the hand-overs.
    """

    prefecture: Prefecture
    site: Site
    file: FileGuichet


def creer_monde() -> Monde:
    """Build it through the real services."""
    catalogue.charger_catalogue()
    catalogue.charger_prefectures(["67"])
    prefecture = Prefecture.objects.get(departement="67")
    prefecture.fuseau = fuseau_de_midi()
    prefecture.save(update_fields=["fuseau"])
    site = Site.objects.get(code="67-strasbourg")
    for identifiant, role in (("bruno", "accueil"), ("chloe", "instructeur"), ("denis", "chef_service")):
        _agent(identifiant, role, prefecture)
    file = FileGuichet.objects.create(
        site=site, code="etrangers", nom="Étrangers", lettre="E", pas_minutes=15, remises=True
    )
    file.motifs.set(Motif.objects.filter(genre_service="etrangers"))
    Guichet.objects.create(site=site, numero=1).files.add(file)
    for jour in range(1, 6):
        PlageOuverture.objects.create(
            file=file, jour=jour, debut=time(9), fin=time(12), nb_guichets=2, pendant=TOUJOURS
        )
    publier(prefecture, maintenant=maintenant())
    return Monde(prefecture, site, file)


def fuseau_de_midi() -> str:
    """Return a timezone where it is now between 11:00 and 13:00: the same civil day before and after."""
    decalage = 12 - maintenant().hour
    return f"Etc/GMT{-decalage:+d}" if decalage else "Etc/GMT"


def creneau_du_jour(monde: Monde) -> Creneau:
    """Open a slot later today, since published slots start tomorrow."""
    debut = (maintenant() + timedelta(minutes=90)).replace(minute=0, second=0, microsecond=0)
    return Creneau.objects.create(file=monde.file, debut=debut, minutes=15, places=2)


def _agent(identifiant: str, role: str, prefecture: Prefecture) -> None:
    agent = Agent.objects.create_user(identifiant, password=SECRET, first_name=identifiant.title(), last_name="Essai")
    Attribution.objects.create(agent=agent, role=role, prefecture=prefecture, pendant=TOUJOURS)
    if role == "chef_service":
        Delegation.objects.create(agent=agent, prefecture=prefecture, reference="RAA n° 1", pendant=TOUJOURS)


def photo() -> FilePayload:
    """Return a file as Playwright takes it: a photo from the phone."""
    sortie = io.BytesIO()
    Image.new("RGB", (900, 600), "white").save(sortie, "JPEG")
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": sortie.getvalue()}
