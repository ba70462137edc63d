"""A file cut on its way is refused, whatever the libraries of the PDF have changed in Pillow."""

from __future__ import annotations

import io

import pytest
import weasyprint  # noqa: F401 - sets ImageFile.LOAD_TRUNCATED_IMAGES for everyone
from PIL import Image

from demandes.calculs.fichiers import assainir
from planipref.commun.erreurs import ErreurMetier


@pytest.mark.parametrize("part", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("genre", ["JPEG", "PNG", "HEIF"])
def test_assainir_a_photo_cut_on_its_way_is_refused(genre, part):
    sortie = io.BytesIO()
    Image.effect_noise((300, 200), 80).convert("RGB").save(sortie, genre)
    entiere = sortie.getvalue()
    assert assainir(entiere, octets_max=len(entiere)).extension == "jpg"
    with pytest.raises(ErreurMetier, match="abîmé ou illisible"):
        assainir(entiere[: int(len(entiere) * part)], octets_max=len(entiere))
