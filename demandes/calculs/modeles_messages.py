"""Texts of messages that a webmestre writes: what each step may say, what it must say, and how it is filled in.

A text is plain, with `{names}` to fill in and blank lines between paragraphs. It is parsed, never evaluated: a name
is a name of this list, without attribute, index or conversion, and what fills it in is not parsed again.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import urlsplit

COURRIEL, SMS, COURRIER = "courriel", "sms", "courrier"
TEXTE_MAX = 4000
OBJET_MAX = 150
PARTIES_MAX = 4  # of a text message

VARIABLES: dict[str, str] = {
    "numero": "numéro de la demande",
    "motif": "nom de la démarche",
    "prefecture": "nom de la préfecture",
    "service": "nom du service qui suit la demande",
    "jour": "jour du rendez-vous, ou de la place proposée",
    "heure": "heure du rendez-vous, ou de la place proposée",
    "lieu": "adresse du rendez-vous, ou de la place proposée",
    "limite": "dernier jour pour agir",
    "piece": "nom du document refusé",
    "lien": "adresse personnelle de la convocation",
    "lien_suivi": "adresse personnelle du suivi de la demande",
}
# A mail has its button, whatever its text says: the same address twice would be one too many.
_LIENS = frozenset({"lien", "lien_suivi"})


@dataclass(frozen=True)
class Etape:
    """A message to usagers whose text may be written anew.

    Args:
        code: its own name.
        libelle: what it tells, for agents.
        modele: the message of the outbox; several steps are cases of the same one.
        variables: what it knows.
        exigees: what its text cannot do without.
        exigees_sms: the same of its text message; None when there is none.
    """

    code: str
    libelle: str
    modele: str
    variables: frozenset[str]
    exigees: frozenset[str]
    exigees_sms: frozenset[str] | None

    def permises(self, canal: str) -> list[str]:
        """Return what a text may name on a channel, in the order of `VARIABLES`."""
        ici = self.variables - _LIENS if canal == COURRIEL else self.variables
        return [v for v in VARIABLES if v in ici]

    def necessaires(self, canal: str) -> list[str]:
        """Return what a text must name on a channel."""
        ici = (self.exigees_sms or frozenset()) if canal == SMS else self.exigees
        return [v for v in VARIABLES if v in ici]

    def canaux(self) -> list[str]:
        """Return the channels that it takes."""
        return [COURRIEL, *([SMS] if self.exigees_sms is not None else []), COURRIER]


def _etape(code: str, libelle: str, plus: str = "", exigees: str = "", sms: str = "", modele: str = "") -> Etape:
    communes = "motif prefecture" if code == "brouillon" else "numero motif prefecture service lien_suivi"
    return Etape(
        code,
        libelle,
        modele or code,
        frozenset(f"{communes} {plus}".split()),
        frozenset(exigees.split()),
        frozenset(sms.split()) if sms else None,
    )


_RDV = "jour heure lieu"
# Left out: codes, mandates, changed addresses and links. Their words protect the person; they are the software's.
_TOUTES = (
    _etape("brouillon", "Demande commencée, pas encore déposée"),
    _etape("depot", "Demande déposée", exigees="numero"),
    _etape("piece_refusee", "Document qui n’a pas pu être gardé", "piece", "piece"),
    _etape("pieces_demandees", "Il manque des pièces", "limite", "limite", "limite lien_suivi"),
    _etape("rappel_pieces", "Rappel : il manque des pièces", "limite", "limite", "limite lien_suivi"),
    _etape("pieces_recues", "Pièces reçues"),
    _etape("complete", "Dossier complet"),
    _etape("convocation", "Convocation : prendre rendez-vous", "limite lien", "limite", "lien"),
    _etape("convocation_remise", "Titre arrivé : prendre rendez-vous", "limite lien", "limite", "lien", "convocation"),
    _etape("relance_lien", "Relance : rendez-vous pas encore pris", "limite lien", "limite", "lien"),
    _etape("convocation_revoquee", "Convocation annulée"),
    _etape("rendez_vous", "Rendez-vous confirmé ou déplacé", f"{_RDV} lien", _RDV, "jour heure lien"),
    _etape("confirmation", "Rendez-vous repris : confirmer sa venue", f"{_RDV} lien", _RDV, "jour heure lien"),
    _etape("relance_confirmation", "Relance : venue pas encore confirmée", f"{_RDV} lien", _RDV, "jour heure lien"),
    _etape("rappel_rendez_vous", "Rappel du rendez-vous", f"{_RDV} lien", _RDV, "jour heure lien"),
    _etape("place_proposee", "Place plus tôt proposée", f"{_RDV} lien", _RDV, "jour heure lien"),
    _etape("rendez_vous_annule", "Rendez-vous annulé", "jour heure lien", "jour heure", "jour lien_suivi"),
    _etape("absence", "Rendez-vous manqué", "lien"),
    _etape("avis_medical", "Avis médical transmis"),
    _etape("decision_accord", "Décision : demande accordée", modele="decision"),
    _etape("decision_refus", "Décision : demande refusée", modele="decision"),
    _etape("remise", "Titre remis"),
    _etape("sans_suite_delai", "Classement sans suite : pièces pas arrivées", modele="sans_suite"),
    _etape("sans_suite_usager", "Demande retirée par l’usager", modele="sans_suite"),
    _etape("sans_suite_service", "Demande retirée par le service", modele="sans_suite"),
    _etape("message", "Message du service à lire en ligne"),
)
ETAPES: dict[str, Etape] = {e.code: e for e in _TOUTES}


def etape_de(modele: str, *, objet: str = "", sens: str = "", retiree_par: str = "") -> Etape | None:
    """Return the step of a message of the outbox, by its case; None when its text is the software's only.

    Args:
        modele: name of the message.
        objet: of its convocation.
        sens: of its decision.
        retiree_par: who withdrew the demande, ``usager`` or ``service``; else it was closed.
    """
    cas = {
        "convocation": "convocation_remise" if objet == "remise" else "convocation",
        "decision": f"decision_{'accord' if sens == 'accord' else 'refus'}",
        "sans_suite": f"sans_suite_{retiree_par if retiree_par in ('usager', 'service') else 'delai'}",
    }
    return ETAPES.get(cas.get(modele, modele))


def nettoyer(texte: str) -> str:
    """Return a text with plain line ends, no space at the end of a line and one blank line between paragraphs."""
    lignes = [ligne.rstrip() for ligne in texte.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lignes)).strip()


def paragraphes(texte: str) -> list[str]:
    """Return the paragraphs of a text."""
    return [p for p in nettoyer(texte).split("\n\n") if p]


def analyser(texte: str, etape: Etape, canal: str) -> list[str]:
    """Return the faults of a text, as sentences for who wrote it; none when it may leave."""
    if not texte.strip():
        return ["Écrivez le texte du message."]
    if len(texte) > TEXTE_MAX:
        return [f"Le texte a {len(texte)} caractères ; {TEXTE_MAX} au plus."]
    fautes, nommees = _lire(texte, etape.permises(canal))
    manquent = [v for v in etape.necessaires(canal) if v not in nommees]
    if manquent:
        fautes.append(f"Ce message doit dire : {_enumerer(manquent)}.")
    return fautes


def analyser_objet(objet: str, etape: Etape, canal: str) -> list[str]:
    """Return the faults of the subject of a mail or a letter: one line, with the same names but the links."""
    if len(objet) > OBJET_MAX:
        return [f"L’objet a {len(objet)} caractères ; {OBJET_MAX} au plus."]
    permises = [v for v in etape.permises(canal) if v not in _LIENS]
    fautes, _ = _lire(objet, permises)
    if "\n" in objet or "\r" in objet:
        fautes.append("L’objet tient sur une ligne.")
    return fautes


def remplir(texte: str, valeurs: Mapping[str, str]) -> str:
    """Return a text with its names filled in.

    Raises:
        KeyError: a name that nothing fills in; ValueError: a brace that does not close.
    """
    morceaux = string.Formatter().parse(texte)
    return "".join(avant + ("" if nom is None else valeurs[nom]) for avant, nom, _, _ in morceaux)


def _lire(texte: str, permises: list[str]) -> tuple[list[str], set[str]]:
    """Return the faults of a text and the names in it."""
    try:
        morceaux = list(string.Formatter().parse(texte))
    except ValueError:
        return ["Une accolade est seule. Écrivez une variable entre deux accolades, comme {motif}."], set()
    fautes = []
    if any(c in avant for avant, *_ in morceaux for c in "{}"):
        fautes.append("Une variable s’écrit entre deux accolades seulement, une de chaque côté, comme {motif}.")
    nommees: set[str] = set()
    for _, nom, precision, conversion in morceaux:
        if nom is None:
            continue
        if nom in permises and not precision and conversion is None:
            nommees.add(nom)
        else:
            fautes.append(_inconnue(nom, permises))
    # A letter stands for what fills a name in: « {motif}.com » is an address too.
    fautes += _caracteres(texte) + _adresses("".join(a + ("" if nom is None else "x") for a, nom, *_ in morceaux))
    return list(dict.fromkeys(fautes)), nommees


def _inconnue(nom: str, permises: list[str]) -> str:
    proche = get_close_matches(nom.strip(), permises, n=1)
    connues = f"Écriviez-vous {{{proche[0]}}} ?" if proche else f"Possibles : {_enumerer(permises)}."
    return f"« {{{nom[:40]}}} » n’est pas une variable de ce message. {connues}"


def _enumerer(noms: Iterable[str]) -> str:
    return ", ".join(f"{{{nom}}}" for nom in noms)


def _caracteres(texte: str) -> list[str]:
    """Refuse what is not seen: control characters, and marks that turn a text around. Joiners are letters' own."""
    for caractere in texte:
        invisible = unicodedata.category(caractere) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        if invisible and caractere not in "\n\r\u200c\u200d":
            return [f"Le texte contient un caractère invisible (U+{ord(caractere):04X}) : enlevez-le."]
    return []


_ADRESSE = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|www\.)\S*|\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\S*)?|[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}(?:[:/?#\\]\S*)?",
    re.IGNORECASE,
)
# Joiners, and other marks that no reader sees and no browser keeps in a host (Unicode: Default_Ignorable_Code_Point).
_IGNORES = ((0x200C, 0x200D), (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164),
            (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF))  # fmt: skip
_LIANTS = dict.fromkeys(c for debut, fin in _IGNORES for c in range(debut, fin + 1))
_SURES = re.compile(r"(?:^|\.)(?:gouv\.fr|service-public\.fr)$")


def _adresses(texte: str) -> list[str]:
    """Refuse an address that is not the State's: who reads the message trusts it as the préfecture's word."""
    # As a reader's software may see it: letters of full width, joiners, and the Chinese full stop of a host.
    vu = re.sub(
        r"(?<=[a-z0-9])。(?=[a-z])", ".", unicodedata.normalize("NFKC", texte).translate(_LIANTS), flags=re.IGNORECASE
    )
    for trouvee in _ADRESSE.finditer(vu):
        if not _SURES.search(_hote(trouvee.group().rstrip(".,;:!?)»"))):
            return [
                f"« {trouvee.group()[:60]} » : seules les adresses en .gouv.fr et service-public.fr sont permises. "
                "Si ce n’est pas une adresse, mettez une espace après le point."
            ]
    return []


def _hote(adresse: str) -> str:
    """Return the host that an address opens; empty when it is not plain: another scheme, a name before ``@``…"""
    try:
        lue = urlsplit(adresse if "://" in adresse else f"https://{adresse}")
        hote = lue.hostname or ""
    except ValueError:
        return ""
    plain = lue.scheme in ("http", "https") and not re.search(r"[@\\]", lue.netloc)
    return hote if plain and re.fullmatch(r"[a-z0-9.-]+", hote) else ""
