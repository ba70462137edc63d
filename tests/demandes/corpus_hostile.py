"""A hundred files made to harm, each small: disguised programs, polyglots, cut files, documents that act, bombs."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image, PngImagePlugin

MALICE = b"MALICE-app.alert(1)-calc.exe"  # what must never be found in what is kept
TEXTE = MALICE.decode()

# What a file really is, by its first bytes; the name and the type sent say that it is a scan.
DEBUTS: dict[str, bytes] = {
    "programme Windows": b"MZ\x90\x00\x03\x00\x00\x00",
    "programme Linux": b"\x7fELF\x02\x01\x01\x00",
    "programme Mac": b"\xcf\xfa\xed\xfe\x07\x00\x00\x01",
    "classe Java": b"\xca\xfe\xba\xbe\x00\x00\x00\x34",
    "programme Android": b"dex\n035\x00",
    "WebAssembly": b"\x00asm\x01\x00\x00\x00",
    "script shell": b"#!/bin/sh\n",
    "script Python": b"#!/usr/bin/env python3\nimport os\n",
    "script PHP": b"<?php system($_GET[0]); ?>",
    "script Windows": b"@echo off\r\n",
    "script PowerShell": b"Invoke-Expression ",
    "raccourci Windows": b"L\x00\x00\x00\x01\x14\x02\x00",
    "page HTML": b"<!DOCTYPE html><script>",
    "page HTML après des espaces": b"  \n\t <html><body onload=",
    "page HTML en UTF-16": "<html><script>".encode("utf-16"),
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>',
    "XML à entité externe": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "XML qui enfle": b'<!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>',
    "feuille de style XSL": b'<?xml-stylesheet href="x.xsl"?>',
    "JavaScript": b"window.location='http://exemple.test/'//",
    "JSON": b'{"a":',
    "document Word ancien": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "RTF": b"{\\rtf1\\ansi{\\object\\objocx",
    "PostScript": b"%!PS-Adobe-3.0\n(calc) run\n",
    "EPS binaire": b"\xc5\xd0\xd3\xc6\x1e\x00\x00\x00",
    "courriel": b"From: a@exemple.test\r\nContent-Type: text/html\r\n\r\n",
    "tableur CSV à formule": b"=cmd|'/c calc'!A1,",
    "contact": b"BEGIN:VCARD\r\nVERSION:3.0\r\n",
    "agenda": b"BEGIN:VCALENDAR\r\n",
    "GIF": b"GIF89a\x01\x00\x01\x00\x80\x00\x00",
    "GIF qui est un script": b"GIF89a=1;/*",
    "BMP": b"BM\x3a\x00\x00\x00\x00\x00\x00\x00\x36",
    "TIFF": b"II*\x00\x08\x00\x00\x00",
    "TIFF gros-boutiste": b"MM\x00*\x00\x00\x00\x08",
    "WebP": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    "icône": b"\x00\x00\x01\x00\x01\x00",
    "Photoshop": b"8BPS\x00\x01",
    "JPEG 2000": b"\x00\x00\x00\x0cjP  \r\n\x87\n",
    "AVIF": b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00",
    "film": b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00",
    "HEIC vide": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
    "HEIC tronqué": b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic\x00\x00\x0f\xffmeta",
    "son": b"ID3\x03\x00",
    "son WAV": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "Flash": b"CWS\x0a",
    "base SQLite": b"SQLite format 3\x00",
    "archive RAR": b"Rar!\x1a\x07\x00",
    "archive 7z": b"7z\xbc\xaf\x27\x1c",
    "archive xz": b"\xfd7zXZ\x00",
    "archive bzip2": b"BZh91AY&SY",
    "archive CAB": b"MSCF\x00\x00\x00\x00",
    "image disque": b"\x00" * 64 + b"CD001",
    "aide Windows": b"ITSF\x03\x00\x00\x00",
    "police": b"OTTO\x00\x0a",
    "clé privée": b"-----BEGIN RSA PRIVATE KEY-----\n",
    "octets nuls": b"\x00" * 32,
    "JPEG de trois octets": b"\xff\xd8\xff",
    "PNG de huit octets": b"\x89PNG\r\n\x1a\n",
    "PDF sans rien": b"%PDF-1.7\n",
    "PDF sans objet": b"%PDF-1.7\n%%EOF\n",
}


def archives() -> Iterator[tuple[str, bytes]]:
    """Archives, office documents and their bombs."""
    for nom, entree in (
        ("document Word à macros", "word/vbaProject.bin"),
        ("classeur Excel à macros", "xl/vbaProject.bin"),
        ("document OpenDocument", "content.xml"),
        ("application Java", "META-INF/MANIFEST.MF"),
        ("archive qui remonte", "../../../etc/cron.d/x"),
    ):
        sortie = io.BytesIO()
        with zipfile.ZipFile(sortie, "w") as archive:
            archive.writestr(entree, MALICE)
        yield nom, sortie.getvalue()
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(5_000_000))
    yield "bombe zip", sortie.getvalue()
    yield "bombe gzip", gzip.compress(bytes(5_000_000))
    sortie = io.BytesIO()
    with tarfile.open(fileobj=sortie, mode="w") as archive_tar:
        archive_tar.addfile(tarfile.TarInfo("x"))
    yield "archive tar", sortie.getvalue()


def image(genre: str, **options: object) -> bytes:
    """A good small photo, whose bytes do not compress."""
    sortie = io.BytesIO()
    Image.effect_noise((120, 80), 60).convert("RGB").save(sortie, genre, **options)
    return sortie.getvalue()


def photos() -> Iterator[tuple[str, bytes]]:
    """Photos that hide something, lie about their size, or stop before their end."""
    jpeg, png = image("JPEG"), image("PNG")
    for reste in (4, 20, 100, 300, len(jpeg) // 2):
        yield f"JPEG coupé à {reste} octets", jpeg[:reste]
    for reste in (16, 40, 200, len(png) // 2):
        yield f"PNG coupé à {reste} octets", png[:reste]
    yield "JPEG suivi d’une archive", jpeg + b"PK\x03\x04" + MALICE
    yield "JPEG suivi d’une page", jpeg + b"<script>" + MALICE
    yield "PNG suivi d’un programme", png + b"MZ" + MALICE
    exif = Image.Exif()
    exif[0x010E], exif[0x8825] = TEXTE, {1: "N", 2: (48.0, 34.0, 0.0)}
    yield "JPEG qui dit où il a été pris", image("JPEG", exif=exif)
    yield "JPEG à commentaire PHP", image("JPEG", comment=b"<?php " + MALICE)
    yield "JPEG à profil de couleurs", image("JPEG", icc_profile=MALICE * 50)
    infos = PngImagePlugin.PngInfo()
    infos.add_itxt("Comment", TEXTE)
    infos.add_text("Raw profile type", TEXTE, zip=True)
    yield "PNG à texte caché", image("PNG", pnginfo=infos)
    yield "PNG à somme fausse", png[:45] + bytes([png[45] ^ 255]) + png[46:]
    yield "PNG de 60 000 × 60 000", png[:16] + struct.pack(">II", 60_000, 60_000) + png[24:]
    entete = b"IHDR" + struct.pack(">IIBBBBB", 7000, 7000, 16, 6, 0, 0, 0)
    geant = struct.pack(">I", 13) + entete + struct.pack(">I", zlib.crc32(entete))
    yield "PNG de 49 millions de points", png[:8] + geant + png[33:]
    yield "PNG de largeur nulle", png[:16] + struct.pack(">II", 0, 80) + png[24:]
    rang = jpeg.index(b"\xff\xc0")
    yield "JPEG de 65 000 × 65 000", jpeg[: rang + 5] + struct.pack(">HH", 65_000, 65_000) + jpeg[rang + 9 :]
    yield "PNG qui est un JPEG après huit octets", b"\x89PNG\r\n\x1a\n" + jpeg


def document(agir: Callable[[pikepdf.Pdf], None], **options: object) -> bytes:
    """A PDF of one page, made worse."""
    sortie = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        agir(pdf)
        pdf.save(sortie, compress_streams=False, **options)  # type: ignore[arg-type]
    return sortie.getvalue()


def _annotation(genre: str, **cles: Any) -> Callable[[pikepdf.Pdf], None]:
    def agir(pdf: pikepdf.Pdf) -> None:
        note = Dictionary(Type=Name.Annot, Subtype=Name(f"/{genre}"), Rect=Array([0, 0, 9, 9]))
        for cle, valeur in cles.items():
            note[f"/{cle}"] = valeur
        pdf.pages[0].Annots = pdf.make_indirect(Array([pdf.make_indirect(note)]))

    return agir


def _racine(cle: str, valeur: object) -> Callable[[pikepdf.Pdf], None]:
    return lambda pdf: pdf.Root.__setitem__(cle, valeur)


def _page(cle: str, valeur: object) -> Callable[[pikepdf.Pdf], None]:
    return lambda pdf: pdf.pages[0].__setitem__(cle, valeur)


def _joindre(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["facture.exe"] = b"MZ" + MALICE


def _ajouter_pages(pdf: pikepdf.Pdf) -> None:
    for _ in range(70):
        pdf.add_blank_page()


def _oter_pages(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0]


def _boucler(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Pages.Kids.append(pdf.Root.Pages)


def documents() -> Iterator[tuple[str, bytes]]:
    """PDF that act, hide, loop or stop before their end."""
    script = Dictionary(S=Name.JavaScript, JS=TEXTE)
    lance = Dictionary(S=Name.Launch, F=TEXTE)
    envoi = Dictionary(S=Name.SubmitForm, F=TEXTE)
    adresse = Dictionary(S=Name.URI, URI=TEXTE)
    yield "PDF à script d’ouverture", document(_racine("/OpenAction", script))
    yield (
        "PDF à scripts nommés",
        document(_racine("/Names", Dictionary(JavaScript=Dictionary(Names=Array(["a", script]))))),
    )
    yield "PDF qui lance un programme", document(_racine("/OpenAction", lance))
    yield "PDF à script de page", document(_page("/AA", Dictionary(O=script, C=lance)))
    yield "PDF à script caché dans les ressources", document(_page("/Resources", Dictionary(X=Dictionary(A=script))))
    yield "PDF à lien qui envoie", document(_annotation("Link", A=envoi))
    yield "PDF à lien vers ailleurs", document(_annotation("Link", A=adresse))
    yield "PDF à note qui agit", document(_annotation("Stamp", AA=Dictionary(E=script), Contents=TEXTE))
    yield "PDF à film", document(_annotation("RichMedia", RichMediaContent=Dictionary(X=TEXTE)))
    yield "PDF à objet 3D", document(_annotation("3D", OnInstantiate=TEXTE))
    yield "PDF à fichier joint", document(_joindre)
    yield "PDF à formulaire XFA", document(_racine("/AcroForm", Dictionary(XFA=TEXTE, Fields=Array([]))))
    yield "PDF à métadonnées", document(lambda pdf: pdf.docinfo.__setitem__("/Title", TEXTE))
    yield "PDF à dossier de fichiers", document(_racine("/Collection", Dictionary(D=TEXTE)))
    yield "PDF de 71 pages", document(_ajouter_pages)
    yield "PDF sans page", document(_oter_pages)
    yield "PDF dont les pages tournent en rond", document(_boucler)
    protege = pikepdf.Encryption(owner="b", user="a")
    yield "PDF chiffré", document(_joindre, encryption=protege)
    yield (
        "PDF chiffré à l’ancienne",
        document(_joindre, encryption=pikepdf.Encryption(owner="b", user="a", R=3, aes=False, metadata=False)),
    )
    bon = document(_joindre)
    for reste in (12, 60, 200, len(bon) // 2, len(bon) - 40):
        yield f"PDF coupé à {reste} octets", bon[:reste]
    yield "PDF suivi d’une page", document(lambda pdf: None) + b"<script>" + MALICE
    yield "PDF suivi d’une archive", document(lambda pdf: None) + b"PK\x03\x04" + MALICE
    yield "programme qui finit en PDF", b"MZ\x90\x00" + MALICE + b"\n" + bon
    yield "PDF de crochets", b"%PDF-1.7\n1 0 obj " + b"[" * 20_000 + b"]" * 20_000 + b" endobj\n"
    yield "PDF dont la table ment", bon.replace(b"startxref\n", b"startxref\n9999999999")


def corpus() -> list[tuple[str, bytes]]:
    """Return every file with what it is."""
    disguises = [(quoi, debut + MALICE) for quoi, debut in DEBUTS.items()]
    return [("fichier vide", b""), *disguises, *archives(), *photos(), *documents()]
