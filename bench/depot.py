"""A scanned PDF of 10 MB sent to the page of the documents, to a real web server: read, checked, cleaned, kept."""

from __future__ import annotations

import io
import os
import time
from http.client import HTTPConnection
from typing import Any

import pikepdf
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils.crypto import get_random_string
from PIL import Image

from bench.pages import HOTE, temoins_de
from bench.rapport import dire, quantile
from demandes.models import Demande
from demandes.selectors import pieces_attendues
from demandes.views.televersement import PREFIXE, en_ligne

MOTIF = "ETR-RES10-REN"
FOIS, FOIS_RAPIDE = 10, 2
A4 = (1240, 1754)  # pixels: 150 dots per inch


def mesurer(port: int, *, departement: str, rapide: bool) -> dict[str, Any]:
    """Send the largest PDF allowed, again and again; each must be kept, in the place of the one before.

    Args:
        port: of the web server.
        departement: of a préfecture that takes demandes online.
        rapide: small numbers.
    """
    fichier = scan(settings.PLANIPREF_PIECE_OCTETS_MAX)
    client = Client(SERVER_NAME=HOTE)
    client.post(f"/demarches/{MOTIF}/commencer/", {"prefecture": departement})
    demande = Demande.objects.filter(motif__code=MOTIF, etat="brouillon").order_by("-pk")[0]
    piece = en_ligne(pieces_attendues(demande))[0].requise
    adresse, champ = f"/depot/{demande.cle}/pieces/", PREFIXE + piece.code
    durees = [_envoyer(port, client, adresse, champ, fichier) for _ in range(FOIS_RAPIDE if rapide else FOIS)]
    if demande.pieces.count() != len(durees):
        raise RuntimeError(f"{demande.pieces.count()} fichiers gardés sur {len(durees)}")
    dire(f"dépôt d’un PDF de {len(fichier)} octets : {quantile(durees, 0.5):.2f} s")
    return {
        "octets": len(fichier),
        "envois": len(durees),
        "p50_ms": round(quantile(durees, 0.5) * 1000),
        "max_ms": round(max(durees) * 1000),
    }


def scan(octets: int) -> bytes:
    """Return a PDF of photographed pages, as heavy as allowed: less than 1 % under it.

    Args:
        octets: greatest size.
    """
    grain = Image.frombytes("L", A4, os.urandom(A4[0] * A4[1]))  # nothing compresses less
    page = io.BytesIO()
    grain.convert("RGB").save(page, "JPEG", quality=75)
    document = pikepdf.new()
    reste = octets - 4_000
    while reste > page.tell():
        _ajouter_page(document, page.getvalue())
        reste -= page.tell() + 1_000
    document.Root.Reste = document.make_stream(os.urandom(max(reste, 0)))
    sortie = io.BytesIO()
    document.save(sortie)
    return sortie.getvalue()


def _ajouter_page(document: pikepdf.Pdf, jpeg: bytes) -> None:
    image = document.make_stream(
        jpeg,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=A4[0],
        Height=A4[1],
        ColorSpace=pikepdf.Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
    )
    page = document.add_blank_page(page_size=(595, 842))
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=image))
    page.Contents = document.make_stream(b"595 0 0 842 0 0 cm /P Do")


def _envoyer(port: int, client: Client, adresse: str, champ: str, fichier: bytes) -> float:
    """Send a file as a browser does; return how long the server took, in seconds."""
    jeton = get_random_string(32)
    donnees = {champ: SimpleUploadedFile("scan.pdf", fichier, "application/pdf"), "enregistrer": "1"}
    corps = encode_multipart(BOUNDARY, donnees | {"csrfmiddlewaretoken": jeton})
    entetes = {
        "Cookie": f"{temoins_de(client)}; {settings.CSRF_COOKIE_NAME}={jeton}",
        "Content-Type": MULTIPART_CONTENT,
    }
    connexion = HTTPConnection("127.0.0.1", port, timeout=60)
    depart = time.perf_counter()
    connexion.request("POST", adresse, body=corps, headers=entetes)
    reponse = connexion.getresponse()
    texte = reponse.read()
    duree = time.perf_counter() - depart
    connexion.close()
    if reponse.status != 303:
        raise RuntimeError(f"{adresse} : {reponse.status} {texte[:300]!r}")
    return duree
