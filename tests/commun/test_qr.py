from __future__ import annotations

import xml.etree.ElementTree as ET

from planipref.commun.qr import qr_data_uri, qr_svg

ADRESSE = "https://exemple.fr/verifier/?code=ABCD&x=<script>"


def test_inline_qr_is_well_formed_without_style_or_script():
    racine = ET.fromstring(qr_svg(ADRESSE, titre='Code <QR> "du" rendez-vous'))
    assert racine.get("aria-label") == 'Code <QR> "du" rendez-vous'
    assert racine.get("role") == "img"
    noms = {element.tag.rpartition("}")[2] for element in racine.iter()}
    assert noms <= {"svg", "g", "path"}
    assert not [element for element in racine.iter() if element.get("style")]


def test_qr_depends_on_the_data_alone():
    assert qr_svg("a") == qr_svg("a")
    assert qr_svg("a") != qr_svg("b")


def test_data_uri_is_an_svg_picture():
    assert qr_data_uri(ADRESSE).startswith("data:image/svg+xml")
    assert '"' not in qr_data_uri(ADRESSE)
