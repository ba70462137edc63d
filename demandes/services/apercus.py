"""What a text would give: filled in with the facts of a real message, or with an invented one. Nothing is sent.

Of a real message come facts only: motif, service, day, hour, place, time limit. Never a name, a secret link, what an
agent wrote, nor the number of a demande that the reader may not open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.utils import timezone, translation
from django.utils.translation import gettext

from demandes.calculs.modeles_messages import PARTIES_MAX, SMS, Etape, etape_de
from demandes.models import Agent, Convocation, Demande, Motif, Notification, Piece, PieceRequise, Prefecture, Service
from demandes.selectors import acteur_agent
from demandes.selectors_modeles import (
    demande_lisible,
    est_lisible,
    messages_de_la_demande,
    messages_recents,
    motif_au_nom_le_plus_long,
    objets_des_convocations,
)
from demandes.services.courriels import contexte_de, lien_convocation, lien_suivi, rediger, rediger_sms
from demandes.services.lecture import consulter
from demandes.services.lettres import en_corps
from demandes.services.modeles_messages import Adresse, TexteRempli, rempli, valeurs
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import maintenant
from planipref.commun.langues import code_django
from planipref.commun.sms import Mesure, mesurer

# The longest day and hour to write in French: what is measured with them is not exceeded in earnest.
DEBUT = datetime(2030, 9, 25, 12, 30, tzinfo=ZoneInfo("UTC"))
LIEU = "Préfecture d’exemple, 5 place de la République d’Exemple, 67000 Strasbourg"
SERVICE = {
    "nom": "Service d’exemple",
    "adresse": "5 place de la République d’Exemple, 67000 Strasbourg",
    "courriel": "service@exemple.gouv.fr",
    "telephone": "+33353010000",  # a number of fiction
}
DONNEES_MONTREES = ("sens", "retiree_par", "lien_change", "par_le_service", "ancien_debut", "epuisee")


@dataclass(frozen=True)
class Apercu:
    """A message as it would leave.

    Args:
        reel: the message whose facts fill it in; None when they are invented.
        numero: number of its demande, when the reader may open it.
        objet: empty for a text message.
        texte: plain text.
        html: of a mail, else empty.
        mesure: of a text message.
    """

    reel: Notification | None
    numero: str
    objet: str
    texte: str
    html: str
    mesure: Mesure | None


def message_d_exemple(ou: Adresse, agent: Agent, numero: str = "") -> tuple[Notification | None, str]:
    """Return the message whose facts a preview shows, and its number when the agent may read that file.

    Args:
        ou: text that is previewed.
        agent: who reads.
        numero: of a demande to take; empty for the newest message.

    Raises:
        ErreurMetier: ``numero``, the same whether the demande does not exist, cannot be read or had no such message.
    """
    if numero:
        demande = demande_lisible(agent, numero.strip(), ou.prefecture)
        trouve = _du_cas(ou.etape, messages_de_la_demande(ou.etape, [ou.canal], demande)) if demande else None
        if demande is None or trouve is None:
            raise ErreurMetier(
                "numero", "Aucune demande que vous pouvez ouvrir n’a reçu ce message sous ce numéro.", champ="numero"
            )
    else:
        trouve = _du_cas(ou.etape, messages_recents(ou.etape, ou.canal, agent, ou.prefecture), motif=ou.motif)
    if trouve is None or trouve.demande is None or not est_lisible(agent, trouve.demande):
        return trouve, ""
    consulter(trouve.demande, par=acteur_agent(agent), maintenant=maintenant(), quoi="apercu")
    return trouve, trouve.demande.numero or ""


def _du_cas(etape: Etape, candidats: Sequence[Notification], motif: Motif | None = None) -> Notification | None:
    """Return the first message that is a case of a step, of a motif when it is given."""
    ids = {c.contexte["convocation_id"] for c in candidats if "convocation_id" in c.contexte}
    objets = objets_des_convocations(ids)
    for candidat in candidats:
        donnees = candidat.contexte
        cas = etape_de(
            candidat.modele,
            objet=objets.get(donnees.get("convocation_id", 0), ""),
            sens=donnees.get("sens", ""),
            retiree_par=donnees.get("retiree_par", ""),
        )
        if cas == etape and candidat.demande and motif in {None, candidat.demande.motif}:
            return candidat
    return None


def apercevoir(ou: Adresse, objet: str, texte: str, *, reel: Notification | None, numero: str = "") -> Apercu:
    """Return a message as it would leave, in the language of its text; the software's own when the text is empty.

    Args:
        ou: which text.
        objet: as typed, without faults.
        texte: the same.
        reel: message whose facts fill it in.
        numero: of its demande, when the reader may open it.
    """
    with faits(ou, reel, numero) as (montre, contexte):
        propre = propre_a(ou, contexte, objet, texte)
        if ou.canal == SMS:
            dit = rediger_sms(ou.etape.modele, contexte, propre)
            return Apercu(montre, numero, "", dit, "", mesurer(dit))
        if ou.canal == Notification.Canal.COURRIER:
            corps = en_corps(ou.etape.modele, contexte, propre)
            suite = [f"{corps.action}\N{NO-BREAK SPACE}:\n{corps.lien}"] if corps.lien else []
            return Apercu(montre, numero, corps.objet, "\n\n".join([*corps.paragraphes, *suite]), "", None)
        sujet, clair, html = rediger(ou.etape.modele, contexte, propre)
        return Apercu(montre, numero, sujet, clair, html, None)


@contextmanager
def faits(
    ou: Adresse, reel: Notification | None, numero: str, langue: str = ""
) -> Iterator[tuple[Notification | None, dict[str, Any]]]:
    """Give what fills a text in, in its language and at the local time; the message it comes from, None if invented.

    Args:
        ou: which text.
        reel: message whose facts fill it in.
        numero: of its demande, when the reader may open it.
        langue: of `Usager.Langue`; that of the text when omitted.
    """
    demande = Demande.objects.avec_dossier().get(pk=reel.demande_id) if reel and reel.demande_id else None
    fuseau = (demande.prefecture if demande else ou.prefecture or _prefecture()).fuseau
    with translation.override(code_django(langue or ou.langue)), timezone.override(ZoneInfo(fuseau)):
        contexte = _montre(ou, reel, demande, numero) if reel and demande else None
        yield (reel, contexte) if contexte else (None, _invente(ou))


def propre_a(ou: Adresse, contexte: dict[str, Any], objet: str, texte: str) -> TexteRempli | None:
    """Return a text as typed, filled in; None for the software's own."""
    return rempli(objet, texte, valeurs(contexte, contexte["demande"], ou.canal)) if texte else None


def exiger_sms_court(ou: Adresse, texte: str) -> None:
    """Refuse a text message that costs too many parts, measured with long values.

    Raises:
        ErreurMetier: ``texte``.
    """
    long = replace(ou, motif=ou.motif or motif_au_nom_le_plus_long())
    mesure = apercevoir(long, "", texte, reel=None).mesure if ou.canal == SMS else None
    if mesure and mesure.parties > PARTIES_MAX:
        raise ErreurMetier(
            "trop_long",
            f"Ce SMS prendrait {mesure.parties} parties ({mesure.caracteres} caractères, {mesure.alphabet.value}) ; "
            f"{PARTIES_MAX} au plus.",
            champ="texte",
        )


def _prefecture() -> Prefecture:
    return Prefecture(nom="Préfecture d’exemple", fuseau=settings.TIME_ZONE)


def _liens() -> dict[str, str]:
    """Return addresses that open nothing, as long as the real ones."""
    modele = f"{settings.PLANIPREF_URL}/apercu-sans-effet/"
    return {
        "lien": modele.ljust(len(lien_convocation(Convocation())), "x"),
        "lien_suivi": modele.ljust(len(lien_suivi(Demande())), "x"),
        "lien_reprise": modele,
    }


def _demande(ou: Adresse, source: Demande | None, numero: str) -> Demande:
    prefecture = source.prefecture if source else ou.prefecture or _prefecture()
    service = source.service if source else Service(**SERVICE)
    motif = ou.motif or (source.motif if source else Motif(libelle="Démarche d’exemple"))
    return Demande(numero=numero, prefecture=prefecture, service=service, motif=motif)


def _cadre(ou: Adresse, demande: Demande) -> dict[str, Any]:
    """Return what every preview says around the text: nobody is named, no agent's words are shown."""
    manquant = {"libelle": gettext("Justificatif de domicile"), "raison": gettext("Pièce absente du dossier.")}
    dans = DEBUT + timedelta(days=7)
    etape = ou.etape.code
    return {
        **_liens(),
        "demande": demande,
        "service": demande.service,
        "prefecture": demande.prefecture,
        "donnees": {"sens": etape.removeprefix("decision_"), "retiree_par": etape.removeprefix("sans_suite_")},
        "url_site": settings.PLANIPREF_URL,
        "demonstration": settings.PLANIPREF_DEMO,
        "personnes": [],
        "jusqu_a": dans,
        "convocation_active": True,
        "convocation": Convocation(objet="remise" if etape == "convocation_remise" else "reception", expire_le=dans),
        "piece": Piece(piece_requise=PieceRequise(libelle=gettext("Justificatif de domicile"))),
        "complement": SimpleNamespace(limite=dans.date(), manquants=[manquant], message=""),
    }


def _invente(ou: Adresse) -> dict[str, Any]:
    departement = ou.prefecture.departement if ou.prefecture else "67"
    contexte = _cadre(ou, _demande(ou, None, f"{departement}-2030-000000"))
    contexte["donnees"] |= {"rdv": {"lieu": LIEU}}
    return _accorder(ou, contexte | {"debut": DEBUT})


def _montre(ou: Adresse, reel: Notification, demande: Demande, numero: str) -> dict[str, Any] | None:
    """Return the facts of a real message in the place of the invented ones; None when what it told of is gone since."""
    try:
        vrai = contexte_de(reel, demande)
    except ObjectDoesNotExist:
        return None
    cache = f"{demande.prefecture.departement}-{(demande.numero or '0-0').split('-')[1]}-××××××"
    contexte = _cadre(ou, _demande(ou, demande, numero or cache))
    donnees = {c: vrai["donnees"][c] for c in DONNEES_MONTREES if c in vrai["donnees"]}
    lieu = (vrai["donnees"].get("rdv") or vrai["donnees"].get("offre") or {}).get("lieu", "")
    contexte["donnees"] |= donnees | {"rdv": {"lieu": lieu}}
    contexte |= {c: vrai[c] for c in ("debut", "jusqu_a", "ancien_debut", "convocation_active") if c in vrai}
    if "convocation" in vrai:
        contexte["convocation"] = Convocation(objet=vrai["convocation"].objet, expire_le=vrai["convocation"].expire_le)
    if "complement" in vrai:
        contexte["complement"].limite = vrai["complement"].limite
    if "piece" in vrai:
        contexte["piece"] = Piece(piece_requise=vrai["piece"].piece_requise)
    return _accorder(ou, contexte)


def _accorder(ou: Adresse, contexte: dict[str, Any]) -> dict[str, Any]:
    """Keep of the time limits the one that the step speaks of, and put the place where its mail looks for it."""
    contexte["donnees"]["offre"] = contexte["donnees"]["rdv"]
    if ou.etape.code not in {"pieces_demandees", "rappel_pieces"}:
        del contexte["complement"]
    return contexte
