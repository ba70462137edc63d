"""The hand-over of a title, signed for."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from guichet.services.remise import SIGNATURE_OCTETS_MAX
from planipref.commun.formulaires import FormulaireDsfr

PREFIXE = "data:image/png;base64,"
SIGNATURE_PNG = b"\x89PNG\r\n\x1a\n"


class FormulaireRemise(FormulaireDsfr):
    """Number of the title, identity checked, name of who signs; the drawn signature is a plus."""

    numero_titre = forms.CharField(
        label="Numéro du titre",
        max_length=20,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )
    identite_verifiee = forms.BooleanField(
        label="J’ai comparé la personne avec le titre",
        error_messages={"required": "Vérifiez l’identité avant de remettre."},
    )
    signature_nom = forms.CharField(
        label="Nom de la personne qui signe",
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    signature_image = forms.CharField(required=False, widget=forms.HiddenInput({"data-signature-image": ""}))

    def __init__(self, *args: Any, en_stock: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "remise_%s")
        super().__init__(*args, **kwargs)
        if en_stock:
            # On the bound field: the one of the class was read when the form was built.
            self["numero_titre"].help_text = f"En stock pour cette demande : {en_stock}. Lisez-le sur le titre."

    def clean_signature_image(self) -> str:
        """Accept a PNG drawn by the signature pad, or nothing."""
        image = str(self.cleaned_data["signature_image"])
        if image and not _est_un_trace(image):
            raise ValidationError("Le tracé de la signature n’est pas lisible : recommencez.", code="signature")
        return image


def _est_un_trace(image: str) -> bool:
    if not image.startswith(PREFIXE) or len(image) > SIGNATURE_OCTETS_MAX:
        return False
    try:
        return b64decode(image.removeprefix(PREFIXE), validate=True).startswith(SIGNATURE_PNG)
    except binascii.Error:
        return False
