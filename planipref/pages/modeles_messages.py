"""What the pages of the texts of messages show: those written here, the languages that they lack, their versions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from django.utils import translation
from django.utils.translation import gettext

from demandes.calculs.modeles_messages import ETAPES, OBJET_MAX, SMS, VARIABLES
from demandes.forms.modeles_messages import LANGUES, TOUTES
from demandes.models import ModeleMessage, Modification, Motif, Notification
from demandes.selectors_modeles import modeles_de_la_portee, versions
from demandes.services.modeles_messages import Adresse
from demandes.services.textes_sms import TEXTES_SMS
from planipref.commun.langues import code_django
from planipref.pages.parametrage import Portee

CANAUX: dict[str, str] = dict(Notification.Canal.choices)


@dataclass(frozen=True)
class LigneModele:
    """A text of the list, in the languages in which it is written.

    Args:
        etape: code.
        libelle: what the message tells.
        canal: code.
        par: name of the channel.
        code: of the motif, or « toutes ».
        demarche: name of the motif; empty for all.
        ecrites: code and name of the languages in which it is written.
        manquantes: those in which the text above holds.
    """

    etape: str
    libelle: str
    canal: str
    par: str
    code: str
    demarche: str
    ecrites: list[tuple[str, str]]
    manquantes: list[tuple[str, str]]


def lignes_de_modeles(prefecture_id: int | None) -> list[LigneModele]:
    """Return the texts written in a scope (one query)."""
    lignes = []
    for _, groupe in groupby(modeles_de_la_portee(prefecture_id), key=lambda m: (m.etape, m.canal, m.motif_id)):
        modeles = list(groupe)
        modele, ecrites = modeles[0], {m.langue for m in modeles}
        lignes.append(
            LigneModele(
                modele.etape,
                nom_d_etape(modele.etape),
                modele.canal,
                modele.get_canal_display(),
                modele.motif.code if modele.motif else TOUTES,
                modele.motif.libelle_court if modele.motif else "",
                [(c, nom) for c, nom in LANGUES.items() if c in ecrites],
                [(c, nom) for c, nom in LANGUES.items() if c not in ecrites],
            )
        )
    return lignes


def nom_d_etape(code: str) -> str:
    """Return what a message tells; its code when the software does not know it any more."""
    return ETAPES[code].libelle if code in ETAPES else code


def adresse_de(portee: Portee, etape: str, canal: str, langue: str, motif: Motif | None) -> Adresse | None:
    """Return the text of an address of the site, None when there is no such message."""
    connue = ETAPES.get(etape)
    if connue is None or canal not in connue.canaux() or langue not in LANGUES:
        return None
    return Adresse(portee.prefecture, connue, canal, langue, motif)


@dataclass(frozen=True)
class NomPermis:
    """A name that the text may hold.

    Args:
        nom: itself, in its braces.
        sens: what fills it in.
        necessaire: whether the text must hold it.
    """

    nom: str
    sens: str
    necessaire: bool


def noms_permis(ou: Adresse) -> list[NomPermis]:
    """Return what a text may name."""
    necessaires = ou.etape.necessaires(ou.canal)
    return [NomPermis(f"{{{v}}}", VARIABLES[v], v in necessaires) for v in ou.etape.permises(ou.canal)]


@dataclass(frozen=True)
class Version:
    """A version of a text.

    Args:
        modification: who, when.
        objet: its subject.
        texte: its words; empty when it was removed.
        avant: the words before.
        courante: whether it is the present one.
    """

    modification: Modification
    objet: str
    texte: str
    avant: str
    courante: bool


def versions_de(ou: Adresse) -> list[Version]:
    """Return the versions of a text, the last first."""
    lignes = versions(*ou.cle)
    return [
        Version(m, (m.apres or {}).get("objet", ""), _texte(m.apres), _texte(m.avant), rang == 0)
        for rang, m in enumerate(lignes)
    ]


def _texte(ligne: dict[str, str] | None) -> str:
    return (ligne or {}).get("texte", "")


def depart(ou: Adresse, modele: ModeleMessage | None, liste: list[Version], version: str) -> dict[str, str | int]:
    """Return what the form begins with: an older version asked for, the text written, else the software's SMS."""
    vue = liste[0].modification.pk if liste else 0
    reprise = next((v for v in liste if str(v.modification.pk) == version and v.texte), None)
    if reprise:
        return {"objet": reprise.objet[:OBJET_MAX], "texte": reprise.texte, "version": vue}
    if modele:
        return {"objet": modele.objet, "texte": modele.texte, "version": vue}
    with translation.override(code_django(ou.langue)):
        logiciel = gettext(TEXTES_SMS[ou.etape.modele]) if ou.canal == SMS else ""
    return {"objet": "", "texte": logiciel, "version": vue}
