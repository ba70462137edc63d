"""The letter to who has no e-mail and no telephone: the words of the mail, in an envelope with a window."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from html import unescape
from io import BytesIO
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pikepdf
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.html import strip_tags
from django.utils.translation import gettext, gettext_noop

from demandes.calculs.adresse_postale import tenir_en_ligne
from demandes.models import Acte, Convocation, Demande, Notification, Service, Site
from demandes.selectors import PersonneAVenir, membres, personne_a_venir
from demandes.services.actes import produire
from demandes.services.courriels import contexte_de, objet_de, rendre
from demandes.services.modeles_messages import TexteRempli, texte_propre
from planipref.commun.champs import ChampTelephone
from planipref.commun.horloge import aujourdhui
from planipref.commun.langues import FRANCAIS, code_django
from planipref.commun.masque import Garde, masquer
from planipref.commun.pdf import rendre_pdf
from planipref.commun.qr import qr_data_uri

LARGE = 34  # characters: beyond, the address is written smaller
# The letters that make the person come: the link page says why and what to bring, but not to who has no Internet.
FAIT_VENIR = frozenset({"convocation", "convocation_lien", "rendez_vous"})
DE_DROITE_A_GAUCHE = frozenset({"ar"})
FLASHER = gettext_noop("Flashez ce code avec un téléphone, ou écrivez cette adresse dans un navigateur :")
SANS_INTERNET = gettext_noop("Sans Internet, appelez le service au {telephone}, ou venez à son guichet.")
SANS_TELEPHONE = gettext_noop("Sans Internet, venez au guichet du service.")
MENTION = gettext_noop("La préfecture ne demande jamais d’argent par courrier, par téléphone ou par message.")


class Corps(NamedTuple):
    """The words of a letter, in one language.

    Args:
        objet: what it is about.
        paragraphes: its paragraphs, without the link.
        action: what the link does.
        lien: the link; empty when there is none.
        liens: every link that its words may say.
    """

    objet: str
    paragraphes: list[str]
    action: str
    lien: str
    liens: set[str]


class Lettre(NamedTuple):
    """A letter composed.

    Args:
        documents: its PDF, then those of the acts that go in the same envelope.
        garde: what is kept of it once it is posted.
    """

    documents: list[bytes]
    garde: Garde


def corps_de_lettre(notification: Notification, demande: Demande, langue: str) -> Corps:
    """Return the words of a message for a letter, in the current language: those of the mail, the link set apart.

    Args:
        notification: the message.
        demande: what it is about, with its dossier.
        langue: of `Usager.Langue`, the current one.
    """
    contexte = contexte_de(notification, demande)
    propre = texte_propre(demande, notification.modele, Notification.Canal.COURRIER, contexte, langue=langue)
    return en_corps(notification.modele, contexte, propre)


def en_corps(modele: str, contexte: dict[str, Any], propre: TexteRempli | None) -> Corps:
    """Return the words of a letter; see `demandes.services.courriels.rediger`."""
    contexte = contexte | {"lettre": True}
    texte = rendre(modele, contexte, propre, "txt")
    objet = objet_de(modele, contexte, propre)
    liens = {contexte["lien_suivi"], contexte.get("lien", "")} - {""}
    blocs = [[ligne.rstrip() for ligne in bloc.strip().splitlines()] for bloc in texte.strip().split("\n\n")]
    # The frame's own link is the last one; a text of the préfecture may say it too, among its words.
    du_lien = max((rang for rang, lignes in enumerate(blocs) if lignes and lignes[-1] in liens), default=-1)
    paragraphes, action, lien = [], "", ""
    for rang, lignes in enumerate(blocs):
        if rang == du_lien:
            lien = lignes.pop()
            action = lignes.pop().rstrip(" \N{NO-BREAK SPACE}:：") if lignes else ""
        if lignes:
            paragraphes.append("\n".join(lignes))
    return Corps(objet, paragraphes, action, lien, liens)


def composer_lettre(notification: Notification, *, maintenant: datetime) -> Lettre:
    """Return a letter with the acts that go in the same envelope.

    Args:
        notification: the message, of the channel ``courrier``.
        maintenant: instant; its day is written on the letter.
    """
    demande = Demande.objects.avec_destinataire().get(notifications=notification)
    actes = list(_actes(notification, maintenant))
    contexte = _contexte(notification, demande, maintenant) | {"joints": [a.get_genre_display() for a in actes]}
    with translation.override("fr"):
        lettre = rendre_pdf("pdf/courrier.html", contexte)
    joints = []
    for acte in actes:
        with acte.pdf.open("rb") as fichier:
            joints.append(fichier.read())
    return Lettre([lettre, *joints], _garde(contexte))


def _garde(contexte: dict[str, Any]) -> Garde:
    """Return the words of a letter in the order of its page, without its link."""
    adresse = contexte["lien"]["adresse"] if contexte["lien"] else ""
    blocs: list[str] = []
    for rang, texte in enumerate(contexte["textes"]):
        blocs += [*([texte["objet"]] if rang else []), *texte["corps"], _en_clair(texte["venue"])]
        if rang == 0:
            blocs += [texte["action"], texte["flash"], adresse, texte["telephone"]] if adresse else []
            blocs.append(texte["mention"])
    if contexte["joints"]:
        blocs.append(f"Pièce jointe\N{NO-BREAK SPACE}: {', '.join(contexte['joints'])}")
    liens, site = contexte["liens"], settings.PLANIPREF_URL
    clair = "\n\n".join(bloc for bloc in blocs if bloc)
    return Garde(*(masquer(mots, liens, site=site) for mots in (contexte["textes"][0]["objet"], clair)))


def _en_clair(html: str) -> str:
    """Return the words of a piece of a page, a line each."""
    lignes = (" ".join(ligne.split()) for ligne in unescape(strip_tags(html)).splitlines())
    return "\n".join(ligne for ligne in lignes if ligne)


def _actes(notification: Notification, maintenant: datetime) -> Iterator[Acte]:
    if "acte_id" in notification.contexte:
        yield produire(Acte.objects.get(pk=notification.contexte["acte_id"]), maintenant=maintenant)


def _contexte(notification: Notification, demande: Demande, maintenant: datetime) -> dict[str, Any]:
    textes = []
    for langue in langues_de_lettre(demande.usager.langue):
        with translation.override(code_django(langue)), timezone.override(ZoneInfo(demande.prefecture.fuseau)):
            corps = corps_de_lettre(notification, demande, langue)
            textes.append(en_page(corps, langue, demande.service, _venue(notification, demande)))
    return feuille(demande, textes, corps, _destinataire(demande), maintenant)


def langues_de_lettre(langue: str) -> list[str]:
    """Return in which languages a letter speaks, the reader's first: whoever helps them reads French."""
    return [langue] if langue == FRANCAIS else [langue, FRANCAIS]


def en_page(corps: Corps, langue: str, service: Service, venue: str) -> dict[str, Any]:
    """Return what the page of a letter says in one language, the current one.

    Args:
        corps: the words.
        langue: of `Usager.Langue`.
        service: who is called, where there is no Internet.
        venue: HTML; why to come and what to bring.
    """
    telephone = _telephone(service)
    return {
        "langue": code_django(langue),
        "sens": "rtl" if langue in DE_DROITE_A_GAUCHE else "ltr",
        "objet": corps.objet,
        "corps": corps.paragraphes,
        "venue": venue,
        "action": corps.action,
        "flash": gettext(FLASHER),
        "telephone": gettext(SANS_INTERNET if telephone else SANS_TELEPHONE).format(telephone=telephone),
        "mention": gettext(MENTION),
    }


def _telephone(service: Service) -> str:
    return str(ChampTelephone().prepare_value(service.telephone) or "")


def feuille(
    demande: Demande, textes: list[dict[str, Any]], corps: Corps, destinataire: dict[str, Any], maintenant: datetime
) -> dict[str, Any]:
    """Return what the template of a letter shows, but for the names of the acts that it goes with.

    Args:
        demande: what it is about.
        textes: see `en_page`.
        corps: the words in one of the languages: the link is the same in all.
        destinataire: see `_destinataire`.
        maintenant: instant; its day is written on the letter.
    """
    service, prefecture, lien = demande.service, demande.prefecture, corps.lien
    adresses = Site.objects.filter(prefecture=prefecture.pk, genre=Site.Genre.PREFECTURE)
    return {
        "emetteur": {
            "autorite": prefecture.nom,
            "service": service.nom,
            "adresse": service.adresse.split(", "),
            "telephone": _telephone(service),
            "courriel": service.courriel,
            "reference": f"Demande n° {demande.numero}" if demande.numero else prefecture.nom,
        },
        "destinataire": destinataire,
        "textes": textes,
        "lien": {"qr": qr_data_uri(lien), "adresse": lien} if lien else None,
        "liens": corps.liens,
        "numero": demande.numero,
        "lieu": adresses.values_list("commune", flat=True).first() or "",
        "date": aujourdhui(prefecture.fuseau, maintenant).isoformat(),
        "demonstration": settings.PLANIPREF_DEMO,
        "apercu": False,
    }


def _venue(notification: Notification, demande: Demande) -> str:
    """Return why to come and what to bring, in the current language; a family's list stands in the words already."""
    if notification.modele not in FAIT_VENIR:
        return ""
    porteuse = Convocation.objects.select_related("jointe_a").get(pk=notification.contexte["convocation_id"]).porteuse
    return en_venue(porteuse, demande, personne_a_venir(demande) if len(membres(porteuse)) == 1 else None)


def en_venue(convocation: Convocation, demande: Demande, personne: PersonneAVenir | None) -> str:
    """Return the HTML of why to come, and of what one person brings, in the current language."""
    contexte = {
        "convocation": convocation,
        "personne": personne,
        "motif": demande.motif,
        "remise": convocation.objet == Convocation.Objet.REMISE,
    }
    return render_to_string("pdf/_venue.html", contexte)


def _destinataire(demande: Demande) -> dict[str, Any]:
    """Return the block seen through the window: who, in whose care, where."""
    usager, representant = demande.usager, demande.representant
    qui = [tenir_en_ligne(usager.nom_complet)]
    if representant:
        qui.append(tenir_en_ligne(f"Représenté(e) par {representant}"))
    lignes = [*qui, *usager.adresse_postale]
    return {"lignes": lignes, "serre": len(lignes) > 5 or any(len(ligne) > LARGE for ligne in lignes)}


def assembler(documents: list[bytes]) -> bytes:
    """Join PDF in one to print on both sides: each begins on a new sheet, nobody's page backs another's.

    What is printed is kept nowhere: the seal of an act and the tags of a letter stay in the files they come from.
    """
    with pikepdf.new() as ensemble:
        for document in documents:
            with pikepdf.open(BytesIO(document)) as lu:
                _aplatir(lu)
                ensemble.pages.extend(lu.pages)
                if len(lu.pages) % 2:
                    ensemble.add_blank_page(page_size=(595, 842))
        sortie = BytesIO()
        ensemble.save(sortie)
        return sortie.getvalue()


def _aplatir(document: pikepdf.Pdf) -> None:
    """Take off a PDF what paper does not show: its seal and its links."""
    for objet, cle in [(document.Root, "/AcroForm"), *((page.obj, "/Annots") for page in document.pages)]:
        if cle in objet:
            del objet[cle]
