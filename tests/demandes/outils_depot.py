"""What the tests of the usager's pages share: files to send, and a walk through the deposit."""

from __future__ import annotations

import io
from typing import Any

import pikepdf
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from demandes.models import Demande, Motif
from demandes.views.acces import CLE_SESSION
from tests.demandes.factories import MotifFactory, PrefectureFactory, ServiceFactory

IDENTITE = {
    "nom": "Ben Ali",
    "nom_usage": "",
    "prenoms": "Amina",
    "date_naissance": "17/05/1980",
    "commune_naissance": "Tunis",
    "nationalite": "tunisienne",
    "numero_etranger": "",
}
COORDONNEES = {
    "courriel": "amina@example.org",
    "telephone": "06 12 34 56 78",
    "adresse": "1 rue de la Paix",
    "code_postal": "67000",
    "commune": "Strasbourg",
    "langue": "fr",
}


def photo(nom: str = "photo.png") -> SimpleUploadedFile:
    """Return a small image."""
    sortie = io.BytesIO()
    Image.new("RGB", (60, 60), "blue").save(sortie, "PNG")
    return SimpleUploadedFile(nom, sortie.getvalue(), "image/png")


def pdf(mot_de_passe: str = "") -> SimpleUploadedFile:
    """Return a PDF of one page, locked when a password is given."""
    sortie = io.BytesIO()
    document = pikepdf.new()
    document.add_blank_page()
    protection = pikepdf.Encryption(owner=mot_de_passe, user=mot_de_passe) if mot_de_passe else False
    document.save(sortie, encryption=protection)
    return SimpleUploadedFile("scan.pdf", sortie.getvalue(), "application/pdf")


def motif_ouvert(**valeurs: Any) -> Motif:
    """Return a motif that the Bas-Rhin takes online."""
    motif = MotifFactory(**valeurs)
    ServiceFactory(prefecture=PrefectureFactory(), genre=motif.genre_service)
    return motif


def commencer(client: Client, motif: Motif) -> Demande:
    """Begin a demande as the button does."""
    reponse = client.post(f"/demarches/{motif.code}/commencer/", {"prefecture": "67"})
    assert reponse.status_code == 303, reponse.content.decode()
    return Demande.objects.get(cle=reponse["Location"].split("/")[2])


def ouvrir_session(client: Client, *demandes: Demande) -> None:
    """Open demandes in the session, as a mailed link does."""
    session = client.session
    session[CLE_SESSION] = [d.cle_session for d in demandes]
    session.save()


def deposer(client: Client, motif: Motif) -> Demande:
    """Walk the whole deposit of a motif without questions."""
    demande = commencer(client, motif)
    base = f"/depot/{demande.cle}/"
    assert client.post(f"{base}identite/", IDENTITE).status_code == 303
    assert client.post(f"{base}coordonnees/", COORDONNEES).status_code == 303
    fichiers = {f"piece_{p.code}": photo() for p in motif.pieces_requises.all()}
    if fichiers:
        assert client.post(f"{base}pieces/", fichiers).status_code == 303
    reponse = client.post(f"{base}recapitulatif/", {"sincerite": "on"})
    assert reponse.status_code == 303, reponse.content.decode()
    demande.refresh_from_db()
    return demande
