"""A letter as it would be printed, to see a text: its addressee is invented, its link and its code open nothing."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import gettext

from demandes.models import Acte, Demande, Notification, PieceRequise
from demandes.selectors import PersonneAVenir
from demandes.services.apercus import faits, propre_a
from demandes.services.lettres import FAIT_VENIR, en_corps, en_page, en_venue, feuille, langues_de_lettre
from demandes.services.modeles_messages import Adresse, texte_propre
from planipref.commun.horloge import maintenant
from planipref.commun.pdf import rendre_pdf

PERSONNE = {"lignes": ["Camille EXEMPLE", "12 rue de l’Exemple", "67000 EXEMPLE-VILLE"], "serre": False}
MOTIVATION = "Exemple : ici, ce que l’agent écrit à la personne quand il la convoque."


def apercevoir_lettre(ou: Adresse, objet: str, texte: str, *, reel: Notification | None, numero: str = "") -> bytes:
    """Return the PDF of a letter; see `demandes.services.apercus.apercevoir`.

    The other language of a letter, French, says the text that holds today.
    """
    contexte = _feuille(ou, objet, texte, reel, numero)
    with translation.override("fr"):
        return rendre_pdf("pdf/courrier.html", contexte | {"apercu": True, "joints": _joints(reel)})


def _feuille(ou: Adresse, objet: str, texte: str, reel: Notification | None, numero: str) -> dict[str, Any]:
    textes = []
    for langue in langues_de_lettre(ou.langue):
        with faits(ou, reel, numero, langue) as (_, contexte):
            demande, modele = contexte["demande"], ou.etape.modele
            if langue == ou.langue:
                propre = propre_a(ou, contexte, objet, texte)
            else:
                propre = texte_propre(demande, modele, ou.canal, contexte, langue=langue)
            corps = en_corps(modele, contexte, propre)
            textes.append(en_page(corps, langue, demande.service, _venue(ou, contexte, demande)))
    return feuille(demande, textes, corps, PERSONNE, maintenant())


def _venue(ou: Adresse, contexte: dict[str, Any], demande: Demande) -> str:
    if ou.etape.modele not in FAIT_VENIR:
        return ""
    convocation = contexte["convocation"]
    convocation.motivation = MOTIVATION
    exemple = PieceRequise(libelle=gettext("Justificatif de domicile"), obligatoire=True)
    return en_venue(convocation, demande, PersonneAVenir(demande, [exemple], identite_demandee=False))


def _joints(reel: Notification | None) -> list[str]:
    """Return the names of the acts that go with the message shown."""
    actes = Acte.objects.filter(pk=reel.contexte.get("acte_id")) if reel else Acte.objects.none()
    return [acte.get_genre_display() for acte in actes]
