"""Composing a message of the outbox when it leaves: links are derived now, files read now."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext, gettext_noop

from demandes.calculs.modeles_messages import paragraphes
from demandes.models import (
    Acte,
    Aidant,
    Convocation,
    Demande,
    DemandeComplement,
    Mandat,
    Medecin,
    Notification,
    Organisme,
    Piece,
)
from demandes.selectors import membres, personne_a_venir
from demandes.services.actes import produire
from demandes.services.convocation import USAGE
from demandes.services.mandataires import GESTES, USAGE_MANDAT
from demandes.services.medecins import USAGE as USAGE_MEDECIN
from demandes.services.medecins import USAGE_CODE
from demandes.services.modeles_messages import TexteRempli, texte_propre, valeurs
from demandes.services.textes_sms import TEXTES_SMS
from planipref.commun.canaux import Courriel, PieceJointe
from planipref.commun.horloge import maintenant
from planipref.commun.ics import invitation
from planipref.commun.jetons import deriver
from planipref.commun.langues import code_django
from planipref.commun.masque import RIEN, Garde, masquer
from planipref.commun.sms import Sms, alleger

OBJETS = {
    "brouillon": gettext_noop("Reprenez votre demande quand vous voulez"),
    "depot": gettext_noop("Votre demande {numero} est déposée"),
    "pieces_demandees": gettext_noop("Il manque des pièces à votre demande {numero}"),
    "pieces_recues": gettext_noop("Nous avons reçu vos pièces — demande {numero}"),
    "complete": gettext_noop("Votre dossier {numero} est complet"),
    "convocation": gettext_noop("Prenez rendez-vous — demande {numero}"),
    "convocation_revoquee": gettext_noop("Votre convocation est annulée — demande {numero}"),
    "convocation_lien": gettext_noop("Le lien de votre convocation a changé — demande {numero}"),
    "relance_lien": gettext_noop("Vous n’avez pas encore pris rendez-vous — demande {numero}"),
    "rendez_vous": gettext_noop("Votre rendez-vous — demande {numero}"),
    "confirmation": gettext_noop("Confirmez que vous viendrez — demande {numero}"),
    "relance_confirmation": gettext_noop("Votre rendez-vous n’est pas encore confirmé — demande {numero}"),
    "rappel_rendez_vous": gettext_noop("Rappel de votre rendez-vous — demande {numero}"),
    "rappel_pieces": gettext_noop("Rappel : il manque des pièces à votre demande {numero}"),
    "place_proposee": gettext_noop("Une place plus tôt vous est proposée — demande {numero}"),
    "rendez_vous_annule": gettext_noop("Votre rendez-vous est annulé — demande {numero}"),
    "absence": gettext_noop("Rendez-vous manqué — demande {numero}"),
    "decision": gettext_noop("Décision sur votre demande {numero}"),
    "remise": gettext_noop("Votre titre vous a été remis — demande {numero}"),
    "sans_suite": gettext_noop("Votre demande {numero} est classée sans suite"),
    "piece_refusee": gettext_noop("Un document est à renvoyer — demande {numero}"),
    "message": gettext_noop("Vous avez un message — demande {numero}"),
    "mandat_propose": gettext_noop("Un organisme demande à agir pour vous"),
    "mandat_donne": gettext_noop("Vous avez donné un mandat à un organisme"),
    "mandat_termine": gettext_noop("Un mandat que vous aviez donné est terminé"),
    "acte_mandataire": gettext_noop("Un organisme a agi pour vous"),
    "adresse_changee": gettext_noop("Votre adresse ne sert plus pour la demande {numero}"),
    "code_acces": gettext_noop("Votre code pour suivre votre demande"),
    "avis_medical": gettext_noop("Votre avis médical est transmis — demande {numero}"),
}
# To agréé doctors, in French.
OBJETS_MEDECIN = {
    "medecin_lien": "Votre page de médecin agréé",
    "medecin_code": "Votre code pour ouvrir votre page de médecin agréé",
}

# To agents, in French: what happened; their page says the rest.
OBJETS_AGENT = {
    "conge_acceptee": "Votre demande de congé est acceptée",
    "conge_refusee": "Votre demande de congé est refusée",
    "conge_supprime": "Un congé qui vous était accordé est supprimé",
    "echange_propose": "Un collègue vous propose un échange de demi-journées",
    "echange_decline": "Votre échange de demi-journées est décliné",
    "echange_valide": "Votre échange de demi-journées est fait",
    "echange_refuse": "Votre échange de demi-journées est refusé",
    "echange_perime": "Votre échange de demi-journées n’aura pas lieu : le planning a changé",
    "ouverture_demandee": "Des places manquent pour convoquer : on vous demande d’en ouvrir",
    "ouverture_satisfaite": "Les places que vous avez demandées sont ouvertes",
    "ouverture_refusee": "Les places que vous avez demandées ne seront pas ouvertes",
    "liens_dormants": "Des personnes que vous avez convoquées n’ont pas pris rendez-vous",
    "delais_proches": "Des délais légaux prennent bientôt fin dans votre service",
}
# What the mail opens, where it is not the planning: what the link says, and its address.
LIENS_AGENT = {
    "ouverture_demandee": ("Voir les places demandées", "/planning/"),
    "ouverture_satisfaite": ("Convoquer", "/agent/?etat=complete"),
    "ouverture_refusee": ("Voir les dossiers complets", "/agent/?etat=complete"),
    "liens_dormants": ("Voir les demandes sans rendez-vous", "/agent/?etat=convoquee"),
    "delais_proches": ("Voir les demandes les plus urgentes", "/agent/"),
}


def objet_court(modele: str) -> str:
    """Return the subject of a message of the outbox, without the number, as agents read it."""
    objet = OBJETS.get(modele, modele)
    for suite in (" — demande {numero}", " {numero}"):
        objet = objet.replace(suite, "")
    return objet


def lien_suivi(demande: Demande) -> str:
    """Return the address that opens the follow-up page of a demande, derived, never stored."""
    chemin = reverse("pages:suivi_lien", args=[demande.cle, deriver("suivi", str(demande.cle))])
    return f"{settings.PLANIPREF_URL}{chemin}"


def lien_mandat(mandat: Mandat) -> str:
    """Return the address by which a person gives or takes back a mandate, derived, never stored."""
    return f"{settings.PLANIPREF_URL}{reverse('demandes:mandat', args=[deriver(USAGE_MANDAT, str(mandat.cle))])}"


def lien_organisme(demande: Demande) -> str:
    """Return where a mandated organisation follows a demande: no secret, the mandate is read at each page."""
    return f"{settings.PLANIPREF_URL}{reverse('pages:suivi_dossier', args=[demande.numero or demande.cle])}"


def lien_reprise(demande: Demande) -> str:
    """Return the address of a draft; it opens nothing without a birth date and a mailed code."""
    return f"{settings.PLANIPREF_URL}{reverse('demandes:depot', args=[demande.cle])}"


def lien_convocation(convocation: Convocation) -> str:
    """Return the nominative link of a convocation, derived, never stored."""
    chemin = reverse("planning:lien", args=[deriver(USAGE, str(convocation.cle))])
    return f"{settings.PLANIPREF_URL}{chemin}"


def composer(notification: Notification) -> Courriel:
    """Compose the mail of an outbox row, with its links and attached files.

    It speaks the usager's language, whoever triggered it, and says the préfecture's local time.
    """
    if notification.modele in OBJETS_AGENT:
        return _composer_a_l_agent(notification)
    if notification.demande_id is None:
        return _composer_au_medecin(notification)
    demande = Demande.objects.avec_destinataire().get(notifications=notification)
    langue = code_django(demande.usager.langue)
    with translation.override(langue), timezone.override(ZoneInfo(demande.prefecture.fuseau)):
        contexte = contexte_de(notification, demande)
        propre = texte_propre(demande, notification.modele, Notification.Canal.COURRIEL, contexte)
        objet, texte, html = rediger(notification.modele, contexte, propre)
        pieces = tuple(_pieces_jointes(notification, demande))
    return Courriel(
        destinataire=notification.destinataire,
        objet=objet,
        texte=texte,
        html=html,
        pieces=pieces,
        garde=garder(contexte, objet, texte),
    )


def rediger(modele: str, contexte: dict[str, Any], propre: TexteRempli | None) -> tuple[str, str, str]:
    """Return subject, plain text and HTML of a mail in the current language.

    Args:
        modele: name of the message.
        contexte: what it says.
        propre: text of a webmestre, in place of the software's; button, warnings and signature stay.
    """
    objet = objet_de(modele, contexte, propre)
    texte, html = (rendre(modele, contexte | {"titre": objet}, propre, f) for f in ("txt", "html"))
    return objet, texte, html


def objet_de(modele: str, contexte: dict[str, Any], propre: TexteRempli | None) -> str:
    """Return the subject of a mail, or of a letter, in the current language; see `rediger`."""
    if propre is not None and propre.objet:
        return propre.objet
    return gettext(OBJETS[modele]).format(numero=contexte["demande"].numero or "")


def rendre(modele: str, contexte: dict[str, Any], propre: TexteRempli | None, forme: str) -> str:
    """Return the words of a mail, or of a letter, as plain text (``txt``) or HTML (``html``); see `rediger`."""
    gabarit = f"courriels/{modele}.{forme}"
    if propre is None:
        return render_to_string(gabarit, contexte)
    propres = {"gabarit": gabarit, "texte_du_modele": propre.texte, "paragraphes": paragraphes(propre.texte)}
    return render_to_string(f"courriels/modele.{forme}", contexte | propres)


def composer_sms(notification: Notification) -> Sms:
    """Compose the text message of an outbox row, in the usager's language, with the letters that cost least."""
    demande = Demande.objects.avec_destinataire().get(notifications=notification)
    langue = code_django(demande.usager.langue)
    with translation.override(langue), timezone.override(ZoneInfo(demande.prefecture.fuseau)):
        contexte = contexte_de(notification, demande)
        propre = texte_propre(demande, notification.modele, Notification.Canal.SMS, contexte)
        texte = rediger_sms(notification.modele, contexte, propre)
    return Sms(notification.destinataire, texte, garder(contexte, "", texte))


def garder(contexte: dict[str, Any], objet: str, texte: str) -> Garde:
    """Return what the dossier keeps of a message: its words without its links; nothing of one that tells a code.

    Args:
        contexte: what it was made with (`contexte_de`).
        objet: subject, as it left.
        texte: plain text, as it left.
    """
    if "code" in contexte:
        return RIEN
    site = settings.PLANIPREF_URL
    liens = [v for v in contexte.values() if isinstance(v, str) and v.startswith(f"{site}/")]
    return Garde(masquer(objet, liens, site=site), masquer(texte, liens, site=site))


def rediger_sms(modele: str, contexte: dict[str, Any], propre: TexteRempli | None) -> str:
    """Return a text message in the current language; see `rediger`."""
    if propre is not None:
        return alleger(propre.texte)
    dites = valeurs(contexte, contexte["demande"], Notification.Canal.SMS)
    return alleger(gettext(TEXTES_SMS[modele]).format(**dites))


def _composer_a_l_agent(notification: Notification) -> Courriel:
    """Compose a mail to an agent about their work, in French; it names no usager."""
    planning = ("Ouvrir mon planning", reverse("planning:mon_planning"))
    libelle, chemin = LIENS_AGENT.get(notification.modele, planning)
    donnees = notification.contexte
    contexte: dict[str, Any] = {
        "titre": OBJETS_AGENT[notification.modele],
        "precisions": donnees.get("precisions", []),
        "libelle": libelle,
        "lien": f"{settings.PLANIPREF_URL}{donnees.get('chemin', chemin)}",
        "url_site": settings.PLANIPREF_URL,
        "demonstration": settings.PLANIPREF_DEMO,
    }
    with translation.override("fr"):
        texte, html = (render_to_string(f"courriels/agent.{f}", contexte) for f in ("txt", "html"))
    return Courriel(notification.destinataire, contexte["titre"], texte, html, ())


def _composer_au_medecin(notification: Notification) -> Courriel:
    """Compose a mail to an agréé doctor, in French: about no demande, it names nobody."""
    donnees = notification.contexte
    medecin = Medecin.objects.select_related("prefecture").get(pk=donnees["medecin_id"])
    contexte: dict[str, Any] = {
        "titre": OBJETS_MEDECIN[notification.modele],
        "medecin": medecin,
        "prefecture": medecin.prefecture,
        "url_site": settings.PLANIPREF_URL,
        "demonstration": settings.PLANIPREF_DEMO,
    }
    if "lien" in donnees:
        chemin = reverse("planning:medecin", args=[deriver(USAGE_MEDECIN, str(medecin.cle))])
        contexte["lien"] = f"{settings.PLANIPREF_URL}{chemin}"
    if "code_medecin_id" in donnees:
        contexte["code"] = code_derive(donnees["code_medecin_id"], usage=USAGE_CODE)
    with translation.override("fr"):
        texte, html = (render_to_string(f"courriels/{notification.modele}.{f}", contexte) for f in ("txt", "html"))
    return Courriel(notification.destinataire, contexte["titre"], texte, html, ())


def contexte_de(notification: Notification, demande: Demande) -> dict[str, Any]:
    """Return what the words of a message may say, whatever carries them: links are derived here, files read here."""
    donnees = notification.contexte
    contexte: dict[str, Any] = {
        "demande": demande,
        "service": demande.service,
        "prefecture": demande.prefecture,
        "donnees": donnees,
        "lien_suivi": lien_suivi(demande),
        "lien_reprise": lien_reprise(demande),
        "url_site": settings.PLANIPREF_URL,
        "demonstration": settings.PLANIPREF_DEMO,
    }
    if "mandat_id" in donnees:
        contexte |= _du_mandat(donnees)
    if "convocation_id" in donnees:
        contexte |= _de_la_convocation(donnees["convocation_id"], demande)
    if "piece_id" in donnees:
        contexte["piece"] = Piece.objects.select_related("piece_requise").get(pk=donnees["piece_id"])
    if "complement_id" in donnees:
        contexte["complement"] = DemandeComplement.objects.get(pk=donnees["complement_id"])
    contexte |= _instants(donnees)
    if "code_acces_id" in donnees:
        contexte["code"] = code_derive(donnees["code_acces_id"])
    if "organisme_id" in donnees:  # sent to who helps: the person's own links would outlive the mandate
        relais = Organisme.objects.get(pk=donnees["organisme_id"])
        contexte["personnes"] = []  # the others of the visit mandated nobody
        contexte |= {"relais": relais, "lien_suivi": lien_organisme(demande), "lien": lien_organisme(demande)}
    return contexte


def _instants(donnees: dict[str, Any]) -> dict[str, datetime]:
    """Return when the appointment begins (and began elsewhere), or the place offered, and until when it is held."""
    dits = donnees | (donnees.get("rdv") or donnees.get("offre") or {})
    return {cle: datetime.fromisoformat(dits[cle]) for cle in ("debut", "jusqu_a", "ancien_debut") if cle in dits}


def _de_la_convocation(pk: int, demande: Demande) -> dict[str, Any]:
    """Return what the mails about a convocation say: its link, and who else comes on the same visit.

    Who has left a family since they were written reads their own link, now dead, never that of those who stay.
    """
    convocation = Convocation.objects.select_related("jointe_a").get(pk=pk)
    if convocation.demande_id != demande.pk:
        convocation = demande.convocations.select_related("jointe_a").latest("pk")
    porteuse = Convocation.objects.avec_page().get(pk=convocation.porteuse.pk)
    reunies = membres(porteuse)
    return {
        "convocation": convocation,
        "convocation_active": convocation.etat == Convocation.Etat.ACTIVE and convocation.expire_le > maintenant(),
        "lien": lien_convocation(porteuse),
        "personnes": [personne_a_venir(c.demande) for c in reunies] if len(reunies) > 1 else [],
    }


def _du_mandat(donnees: dict[str, Any]) -> dict[str, Any]:
    """Return what the mails about a mandate say; the aidant is named where one acted."""
    mandat = Mandat.objects.avec_parties().get(pk=donnees["mandat_id"])
    contexte: dict[str, Any] = {"mandat": mandat, "lien_mandat": lien_mandat(mandat)}
    if "aidant_id" in donnees:
        contexte["aidant"] = Aidant.objects.avec_compte().get(pk=donnees["aidant_id"])
        contexte["geste"] = gettext(GESTES[donnees["geste"]])
        contexte["le"] = datetime.fromisoformat(donnees["le"])
    return contexte


def code_derive(identifiant: int, *, usage: str = "code") -> str:
    """Return the six digits of an access code, derived from the server's key: only their hash is stored."""
    octets = deriver(usage, str(identifiant)).encode()
    return f"{int.from_bytes(octets[:8], 'big') % 1_000_000:06d}"


def _pieces_jointes(notification: Notification, demande: Demande) -> list[PieceJointe]:
    donnees, pieces = notification.contexte, []
    if "acte_id" in donnees:
        acte = produire(Acte.objects.get(pk=donnees["acte_id"]), maintenant=maintenant())
        with acte.pdf.open("rb") as fichier:
            pieces.append(PieceJointe(f"{acte.genre}-{demande.numero}.pdf", "application/pdf", fichier.read()))
    if "rdv" in donnees:
        # Mail programmes read the method beside the type (RFC 6047 § 2.4): without it a cancellation is but a file.
        genre = f"text/calendar; method={donnees['rdv']['methode']}"
        pieces.append(PieceJointe("rendez-vous.ics", genre, ics(donnees["rdv"], demande)))
    return pieces


def ics(rdv: dict[str, Any], demande: Demande) -> bytes:
    """Return the calendar file of an appointment (``donnees_ics``) in the current language, without any secret link."""
    return invitation(
        uid=rdv["uid"],
        sequence=rdv["sequence"],
        methode=rdv["methode"],
        debut=datetime.fromisoformat(rdv["debut"]),
        fin=datetime.fromisoformat(rdv["fin"]),
        titre=gettext("Rendez-vous en préfecture — %(numero)s")
        % {"numero": ", ".join(rdv.get("numeros") or [demande.numero])},
        lieu=rdv["lieu"],
        description=gettext("%(motif)s. Apportez vos pièces originales.") % {"motif": gettext(demande.motif.libelle)},
        url=settings.PLANIPREF_URL,
        organisateur=demande.service.courriel,
    )
