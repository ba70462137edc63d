"""Acts and letters as accessible PDF (PDF/UA-1), and their electronic seal (PAdES B-B)."""

from __future__ import annotations

import mimetypes
import os
import secrets
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from django.template.loader import render_to_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import InvisSigSettings, SigFieldSpec, SigSeedSubFilter
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from planipref.commun.horloge import maintenant

SCHEME = "statique:"
DONNEES_ACCEPTEES = ("data:image/svg+xml", "data:image/png")
CHAMP_CACHET = "Cachet"
SUJET_DEMONSTRATION = "PlaniPref — démonstration"
VALIDITE_DEMONSTRATION = timedelta(days=3650)


class AccesStatique(URLFetcher):  # type: ignore[misc]
    """Fetcher that reads our static files (``statique:path``) and inline images, and refuses the rest."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Return the resource.

        Raises:
            ValueError: the address is not one of ours; WeasyPrint logs it and goes on without it.
        """
        if url.startswith(DONNEES_ACCEPTEES):
            return super().fetch(url, headers)
        if not url.startswith(SCHEME):
            raise ValueError(f"refused address in a PDF: {url[:80]}")
        chemin = finders.find(url.removeprefix(SCHEME).lstrip("/"))
        if not chemin:
            raise ValueError(f"unknown static file in a PDF: {url[:80]}")
        type_mime = mimetypes.guess_type(chemin)[0] or "application/octet-stream"
        return URLFetcherResponse(url, Path(chemin).read_bytes(), {"Content-Type": type_mime})


def rendre_pdf(gabarit: str, contexte: dict[str, object]) -> bytes:
    """Render a template as a tagged PDF/UA-1; its ``<title>`` and ``lang`` become those of the document.

    Args:
        gabarit: template, usually extending ``pdf/base.html``; it names static files as ``statique:path``.
        contexte: values shown.
    """
    document = HTML(
        string=render_to_string(gabarit, contexte),
        base_url=SCHEME,
        url_fetcher=AccesStatique(allowed_protocols=["data"]),
    )
    pdf: bytes = document.write_pdf(pdf_variant="pdf/ua-1", font_config=FontConfiguration())
    return pdf


def sceller(pdf: bytes, *, raison: str, nom: str) -> bytes:
    """Seal a PDF with the service's certificate (PAdES baseline B-B): any later change shows.

    No network: no timestamp and no revocation data are fetched. Not to be called inside a transaction.

    Args:
        pdf: document to seal; kept as it is, the seal is appended.
        raison: why it is sealed, shown by PDF readers.
        nom: the authority in whose name it is sealed, shown by PDF readers.

    Raises:
        ImproperlyConfigured: no usable certificate, outside the demonstration.
    """
    sortie = signers.sign_pdf(
        IncrementalPdfFileWriter(BytesIO(pdf)),
        signers.PdfSignatureMetadata(
            field_name=CHAMP_CACHET,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            reason=raison,
            name=nom,
        ),
        signer=_signataire(),
        # PDF/UA wants an untagged, invisible widget to be hidden.
        new_field_spec=SigFieldSpec(
            CHAMP_CACHET, invis_sig_settings=InvisSigSettings(set_print_flag=False, set_hidden_flag=True)
        ),
    )
    return bytes(sortie.getvalue())


def certificat_du_cachet() -> bytes:
    """Return the seal's certificate, DER encoded, for the public check of an act."""
    certificat: bytes = _signataire().signing_cert.dump()  # type: ignore[union-attr] # set by PKCS#12
    return certificat


def _signataire() -> signers.SimpleSigner:
    """Load the key and certificate configured, or those of the demonstration."""
    configure = str(getattr(settings, "PLANIPREF_CACHET_P12", "") or "")
    if configure:
        mot_de_passe = str(getattr(settings, "PLANIPREF_CACHET_MOT_DE_PASSE", "") or "")
        return _charger(Path(configure), mot_de_passe.encode() or None)
    if not getattr(settings, "PLANIPREF_DEMO", False):
        raise ImproperlyConfigured("PLANIPREF_CACHET_P12 is not set: acts cannot be sealed.")
    return _charger(_cachet_de_demonstration(), None)


def _charger(chemin: Path, mot_de_passe: bytes | None) -> signers.SimpleSigner:
    """Load a PKCS#12 file."""
    try:
        signataire: signers.SimpleSigner = signers.SimpleSigner.load_pkcs12_data(
            chemin.read_bytes(), other_certs=[], passphrase=mot_de_passe
        )
    except (OSError, ValueError) as erreur:
        raise ImproperlyConfigured(f"The seal cannot be loaded from {chemin.name}: {erreur}") from erreur
    return signataire


def _cachet_de_demonstration() -> Path:
    """Return the demonstration's self-signed certificate, made once; of two at once, the first stays."""
    chemin = Path(settings.PLANIPREF_DATA) / "cachet" / "demonstration.p12"
    if chemin.exists():
        return chemin
    chemin.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    provisoire = chemin.with_name(f"{secrets.token_hex(8)}.tmp")
    descripteur = os.open(provisoire, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descripteur, "wb") as fichier:
        fichier.write(_fabriquer_p12())
    try:
        os.link(provisoire, chemin)
    except FileExistsError:
        pass
    finally:
        provisoire.unlink()
    return chemin


def _fabriquer_p12() -> bytes:
    """Make a P-256 key and a self-signed certificate whose subject says that it is a demonstration."""
    cle = ec.generate_private_key(ec.SECP256R1())
    sujet = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SUJET_DEMONSTRATION)])
    debut = maintenant()
    usages = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificat = (
        x509.CertificateBuilder()
        .subject_name(sujet)
        .issuer_name(sujet)
        .public_key(cle.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(debut - timedelta(days=1))
        .not_valid_after(debut + VALIDITE_DEMONSTRATION)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usages, critical=True)
        .sign(cle, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(SUJET_DEMONSTRATION.encode(), cle, certificat, None, NoEncryption())
