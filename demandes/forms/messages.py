"""The rules of the messages, each beside the value that holds when it is empty."""

from __future__ import annotations

from typing import Any

from demandes.calculs.rappels import JOURS_MAX, ReglesMessages
from demandes.models import RegleMessages
from demandes.models.messages import BORNES
from demandes.selectors_messages import CHAMPS
from planipref.commun.champs_de_regle import champ_de_regle
from planipref.commun.formulaires import FormulaireDsfr


class FormulaireMessages(FormulaireDsfr):
    """The rules of a préfecture, or of the country; an empty field follows what is above."""

    def __init__(self, *args: Any, au_dessus: ReglesMessages, national: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        source = "la valeur de PlaniPref" if national else "la valeur nationale"
        for nom in CHAMPS:
            valeur = getattr(au_dessus, nom)
            self.fields[nom] = champ_de_regle(RegleMessages, nom, BORNES, valeur, au_plus=JOURS_MAX, source=source)
