"""The rules of a site's slots, each beside the value of the country."""

from __future__ import annotations

from typing import Any

from planipref.commun.champs_de_regle import champ_de_regle
from planipref.commun.formulaires import FormulaireDsfr
from planning.calculs.regles import ReglesCreneaux
from planning.models import RegleCreneaux
from planning.models.regle import BORNES
from planning.selectors_regles import CHAMPS


class FormulaireRegles(FormulaireDsfr):
    """The rules of a site; an empty field follows the country."""

    def __init__(self, *args: Any, nationales: ReglesCreneaux, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for nom in CHAMPS:
            self.fields[nom] = champ_de_regle(RegleCreneaux, nom, BORNES, getattr(nationales, nom))
