from __future__ import annotations

import hashlib
import stat
from io import BytesIO

import pikepdf
import pytest
from asn1crypto import x509  # type: ignore[import-untyped]
from django.core.exceptions import ImproperlyConfigured
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from planipref.commun import pdf as module
from planipref.commun.pdf import AccesStatique, certificat_du_cachet, rendre_pdf, sceller
from planipref.commun.qr import qr_data_uri

CONTEXTE: dict[str, object] = {
    "emetteur": {
        "autorite": "Préfète du Bas-Rhin",
        "service": "Bureau du séjour",
        "adresse": ["5 place de la République", "67000 Strasbourg"],
        "telephone": "03 88 21 67 68",
        "courriel": "sejour@exemple.fr",
    },
    "agent": {"nom": "", "reference": "67-A-042"},
    "destinataire": {"nom": "Mme Amina BENALI نجاة", "adresse": ["12 rue des Lilas"]},
    "numero": "67-2030-000123",
    "lieu": "Strasbourg",
    "date": "2030-03-04",
    "verification": {
        "qr": qr_data_uri("https://exemple.fr/v/1"),
        "code": "ABCD-1234",
        "url": "https://exemple.fr/v/",
    },
    "demonstration": True,
}


@pytest.fixture(scope="module")
def lettre():
    return rendre_pdf("pdf/base.html", CONTEXTE)


@pytest.fixture
def demonstration(settings, tmp_path):
    settings.PLANIPREF_CACHET_P12 = ""
    settings.PLANIPREF_DEMO = True
    settings.PLANIPREF_DATA = tmp_path
    return tmp_path / "cachet" / "demonstration.p12"


def verifier(pdf):
    certificat = x509.Certificate.load(certificat_du_cachet())
    signature = PdfFileReader(BytesIO(pdf)).embedded_signatures[0]
    return validate_pdf_signature(signature, ValidationContext(trust_roots=[certificat], allow_fetching=False))


def test_letter_declares_pdf_ua(lettre):
    with pikepdf.open(BytesIO(lettre)) as document:
        assert bool(document.Root.MarkInfo.Marked)
        assert "/StructTreeRoot" in document.Root
        assert str(document.Root.Lang) == "fr"
        assert bool(document.Root.ViewerPreferences.DisplayDocTitle)
        assert str(document.docinfo["/Title"]) == "Courrier – demande n° 67-2030-000123"
        with document.open_metadata() as metadonnees:
            assert metadonnees["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
            assert "Courrier" in str(metadonnees["dc:title"])


def test_letter_embeds_the_fonts_of_the_state(lettre):
    with pikepdf.open(BytesIO(lettre)) as document:
        polices = {str(police.BaseFont) for page in document.pages for police in page.Resources.Font.values()}
    assert any("Marianne" in police for police in polices)
    assert any("DejaVu" in police or "Noto" in police for police in polices)


@pytest.mark.parametrize(
    "adresse",
    [
        "file:///etc/passwd",
        "https://exemple.fr/x.png",
        "statique:../../pyproject.toml",
        "statique:absent.css",
    ],
)
def test_fetch_of_anything_but_our_static_files_is_refused(adresse):
    with pytest.raises(Exception, match=r"refused|unknown|outside|located"):
        AccesStatique(allowed_protocols=["data"]).fetch(adresse)


def test_seal_validates_and_leaves_the_letter_as_it_was(lettre, demonstration):
    scelle = sceller(lettre, raison="Accusé de réception", nom="Préfecture du Bas-Rhin")
    etat = verifier(scelle)
    assert etat.bottom_line
    assert etat.md_algorithm == "sha256"
    assert scelle.startswith(lettre)
    signature = PdfFileReader(BytesIO(scelle)).embedded_signatures[0]
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature.sig_object["/Reason"] == "Accusé de réception"
    assert signature.signer_cert.subject.native["common_name"] == "PlaniPref — démonstration"


def test_one_changed_byte_breaks_the_seal(lettre, demonstration):
    scelle = bytearray(sceller(lettre, raison="Décision", nom="Préfecture"))
    position = scelle.find(b"endstream") - 20
    scelle[position] ^= 0x01
    assert not verifier(bytes(scelle)).bottom_line


def test_sealed_letter_hides_its_widget_as_pdf_ua_wants(lettre, demonstration):
    with pikepdf.open(BytesIO(sceller(lettre, raison="Décision", nom="Préfecture"))) as document:
        assert int(document.Root.AcroForm.Fields[0].F) & 2
        assert "/StructTreeRoot" in document.Root


def test_demonstration_certificate_is_made_once_for_its_owner_alone(lettre, demonstration):
    sceller(lettre, raison="Décision", nom="Préfecture")
    avant = hashlib.sha256(demonstration.read_bytes()).digest()
    sceller(lettre, raison="Décision", nom="Préfecture")
    assert hashlib.sha256(demonstration.read_bytes()).digest() == avant
    assert stat.S_IMODE(demonstration.stat().st_mode) == 0o600
    assert [chemin.name for chemin in demonstration.parent.iterdir()] == ["demonstration.p12"]


def test_second_process_making_the_certificate_keeps_the_first_one(demonstration, monkeypatch):
    def double(*, deja=module._fabriquer_p12):
        demonstration.write_bytes(b"premier")
        return deja()

    monkeypatch.setattr(module, "_fabriquer_p12", double)
    assert module._cachet_de_demonstration().read_bytes() == b"premier"


def test_production_without_a_certificate_refuses_to_seal(lettre, demonstration, settings):
    settings.PLANIPREF_DEMO = False
    with pytest.raises(ImproperlyConfigured, match="PLANIPREF_CACHET_P12"):
        sceller(lettre, raison="Décision", nom="Préfecture")
    assert not demonstration.exists()


def test_unreadable_certificate_is_never_replaced(lettre, demonstration, settings, tmp_path):
    settings.PLANIPREF_CACHET_P12 = str(tmp_path / "absent.p12")
    with pytest.raises(ImproperlyConfigured, match=r"absent\.p12"):
        sceller(lettre, raison="Décision", nom="Préfecture")
    assert not demonstration.exists()
