"""Acts and letters: what they say is frozen as data in the transaction; the PDF is made once, afterwards."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils.translation import override

from demandes.models import Acte, Agent, AvisMedical, Decision, Demande, DemandeComplement, Site
from demandes.selectors import pieces_attendues
from planipref.commun.champs import ChampTelephone
from planipref.commun.horloge import aujourdhui
from planipref.commun.jetons import code_de_verification
from planipref.commun.pdf import rendre_pdf, sceller
from planipref.commun.qr import qr_data_uri
from planipref.commun.transactions import etape

GABARITS = {
    Acte.Genre.ACCUSE_RECEPTION: "pdf/accuse_reception.html",
    Acte.Genre.DEMANDE_PIECES: "pdf/demande_pieces.html",
    Acte.Genre.DECISION: "pdf/decision.html",
    Acte.Genre.REMISE: "pdf/remise.html",
    Acte.Genre.SANS_CRENEAU: "pdf/sans_creneau.html",
    Acte.Genre.AVIS_MEDICAL: "pdf/avis_medical.html",
}
MINISTRE = "ministre de l’Intérieur"
MINISTRE_ADRESSE = "place Beauvau, 75800 Paris Cedex 08"


def _jour(instant: datetime, demande: Demande) -> str:
    return aujourdhui(demande.prefecture.fuseau, instant).isoformat()


def _commun(demande: Demande, maintenant: datetime) -> dict[str, Any]:
    """What every letter carries: who writes, to whom, about what (CRPA L111-2, L111-3)."""
    prefecture, service, usager = demande.prefecture, demande.service, demande.usager
    return {
        "numero": demande.numero,
        "motif": demande.motif.libelle,
        "date": _jour(maintenant, demande),
        "lieu": prefecture.sites.filter(genre=Site.Genre.PREFECTURE).values_list("commune", flat=True).first() or "",
        "prefecture": {"nom": prefecture.nom, "article": prefecture.article},
        "service": {
            "nom": service.nom,
            "adresse": service.adresse,
            "courriel": service.courriel,
            "telephone": ChampTelephone().prepare_value(service.telephone),
        },
        "destinataire": {
            "nom": usager.nom_complet,
            "adresse": usager.adresse,
            "code_postal": usager.code_postal,
            "commune": usager.commune,
        }
        | ({"representant": demande.representant} if demande.representant else {}),
    }


def _recours(demande: Demande) -> dict[str, Any]:
    """Ways and time to contest, from the motif and the préfecture; no delay is made up (CJA R421-1, R421-5)."""
    motif, prefecture = demande.motif, demande.prefecture
    return {
        "delai_mois": motif.recours.get("delai_mois"),
        "fondement": motif.recours.get("fondement") or "",
        "prefet": f"préfet {prefecture.article}",
        "prefet_adresse": prefecture.adresse,
        "ministre": MINISTRE,
        "ministre_adresse": MINISTRE_ADRESSE,
        "tribunal": prefecture.tribunal_nom,
        "tribunal_adresse": prefecture.tribunal_adresse,
    }


@etape
def preparer_accuse(demande: Demande, *, maintenant: datetime) -> Acte:
    """Freeze the accusé de réception, with every mention of CRPA R112-5 and R112-11-1 for this motif."""
    motif, attendues = demande.motif, pieces_attendues(demande)
    contenu = _commun(demande, maintenant) | {
        "recue_le": _jour(demande.deposee_le or maintenant, demande),
        "canal": demande.get_canal_display(),
        "delai": {
            "valeur": motif.delai_valeur,
            "unite": motif.get_delai_unite_display() if motif.delai_unite else "",
            "fondement": motif.delai_fondement,
            "base": motif.delai_base,
            "echeance": demande.echeance.isoformat() if isinstance(demande.echeance, date) else None,
            "silence": motif.silence,
            "silence_fondement": motif.silence_fondement,
        },
        "recours": _recours(demande),
        "pieces_recues": [p.requise.libelle for p in attendues if p.piece],
        "pieces_manquantes": [p.requise.libelle for p in attendues if p.manque],
    }
    return _creer(demande, Acte.Genre.ACCUSE_RECEPTION, contenu, maintenant)


@etape
def preparer_demande_de_pieces(demande: Demande, complement: DemandeComplement, *, maintenant: datetime) -> Acte:
    """Freeze the letter that lists what is missing, its deadline and what it does to the clock (CRPA L114-5)."""
    demande.refresh_from_db(fields=["echeance"])
    contenu = _commun(demande, maintenant) | {
        "agent": _agent(complement.agent),
        "manquants": complement.manquants,
        "message": complement.message,
        "limite": complement.limite.isoformat(),
        "suspensif": complement.suspensif,
        "silence": demande.motif.silence,
        "echeance": demande.echeance.isoformat() if demande.echeance else None,
    }
    return _creer(demande, Acte.Genre.DEMANDE_PIECES, contenu, maintenant)


@etape
def preparer_decision(demande: Demande, decision: Decision, *, maintenant: datetime) -> Acte:
    """Freeze the decision: motives, signatory and delegation, ways to contest."""
    contenu = _commun(demande, maintenant) | {
        "sens": decision.sens,
        "motifs_droit": decision.motifs_droit,
        "motifs_fait": decision.motifs_fait,
        "agent": _agent(decision.agent),
        "delegation": decision.delegation.reference,
        "plein_droit": demande.motif.plein_droit,
        "suite_remise": 4 in demande.motif.etapes,
        "taxe": demande.motif.taxe,
        "recours": _recours(demande),
        "avis": _avis(demande),
    }
    return _creer(demande, Acte.Genre.DECISION, contenu, maintenant)


def _avis(demande: Demande) -> dict[str, Any] | None:
    """Return what the decision says of the last medical opinion; None where no doctor was heard."""
    avis = demande.avis.rendus().first() if demande.motif.examen else None
    return _ce_que_dit(avis) if avis else None


def _ce_que_dit(avis: AvisMedical) -> dict[str, Any]:
    return {
        "conclusion": avis.get_sens_display(),
        "categories": avis.categories,
        "restrictions": avis.libelles_restrictions,
        "examine_le": avis.examine_le.isoformat(),
        "duree_mois": avis.duree_mois,
        "jusqu_au": avis.jusqu_au.isoformat() if avis.jusqu_au else None,
        "en_commission": avis.signatures_voulues > 1,
    }


@etape
def preparer_avis(demande: Demande, avis: AvisMedical, *, maintenant: datetime) -> Acte:
    """Freeze a medical opinion: who was examined, what is concluded, which doctors signed; nothing medical."""
    signatures = avis.signatures.select_related("medecin", "agrement").order_by("pk")
    contenu = _commun(demande, maintenant) | {
        "avis": _ce_que_dit(avis),
        "naissance": demande.usager.date_naissance,
        "neph": str(demande.reponses.get("neph") or ""),
        "signataires": [
            {
                "nom": str(s.medecin),
                "rpps": s.medecin.rpps,
                "agrement": s.agrement.reference,
                "signe_le": _jour(s.signe_le, demande),
            }
            for s in signatures
        ],
    }
    return _creer(demande, Acte.Genre.AVIS_MEDICAL, contenu, maintenant)


@etape
def preparer_remise(
    demande: Demande, *, numero_titre: str, signature_nom: str, agent: Agent, maintenant: datetime
) -> Acte:
    """Freeze the certificate of a hand-over: what was given, to whom, who signed."""
    contenu = _commun(demande, maintenant) | {
        "agent": _agent(agent),
        "numero_titre": numero_titre,
        "signature_nom": signature_nom,
        "remise_le": _jour(maintenant, demande),
    }
    return _creer(demande, Acte.Genre.REMISE, contenu, maintenant)


@etape
def preparer_sans_creneau(
    demande: Demande, *, lieux: list[str], depuis: date, jusqu_au: date, maintenant: datetime
) -> Acte:
    """Freeze the statement that nothing was offered to someone asked to come.

    Args:
        demande: the file.
        lieux: names of the sites where the person may come.
        depuis: day of the invitation.
        jusqu_au: last day that the link allows.
        maintenant: instant of the search.
    """
    contenu = _commun(demande, maintenant) | {
        "lieux": lieux,
        "constate_le": maintenant.astimezone(ZoneInfo(demande.prefecture.fuseau)).strftime("%d/%m/%Y à %H h %M"),
        "depuis": depuis.isoformat(),
        "jusqu_au": jusqu_au.isoformat(),
    }
    return _creer(demande, Acte.Genre.SANS_CRENEAU, contenu, maintenant)


def _agent(agent: Agent) -> dict[str, str]:
    return {"nom": agent.signature, "qualite": agent.qualite}


@etape
def _creer(demande: Demande, genre: str, contenu: dict[str, Any], maintenant: datetime) -> Acte:
    return Acte.objects.create(
        demande=demande, genre=genre, contenu=contenu, code=code_de_verification(), cree_le=maintenant
    )


def contexte_pdf(acte: Acte) -> dict[str, Any]:
    """Return what the template of an act shows: the frozen content, laid out for ``pdf/base.html``."""
    c: dict[str, Any] = acte.contenu
    destinataire = c["destinataire"]
    representant = destinataire.get("representant")
    lignes = [
        f"Représenté(e) par {representant}" if representant else "",
        destinataire["adresse"],
        f"{destinataire['code_postal']} {destinataire['commune']}".strip(),
    ]
    adresse = f"{settings.PLANIPREF_URL}/verifier/{acte.code}/"
    return c | {
        "emetteur": {
            "autorite": c["prefecture"]["nom"],
            "service": c["service"]["nom"],
            "adresse": c["service"]["adresse"].split(", "),
            "telephone": c["service"]["telephone"],
            "courriel": c["service"]["courriel"],
        },
        "destinataire": {"nom": destinataire["nom"], "adresse": [ligne for ligne in lignes if ligne]},
        "verification": {"qr": qr_data_uri(adresse), "code": acte.code, "url": adresse},
        "demonstration": settings.PLANIPREF_DEMO,
    }


def produire(acte: Acte, *, maintenant: datetime) -> Acte:
    """Make and seal the PDF of an act, once; safe to call again and from several processes.

    Runs outside any transaction: the one that writes first wins, the other's file is thrown away.

    Args:
        acte: the act; brought up to date.
        maintenant: instant.
    """
    if acte.produit_le is not None:
        return acte
    with override("fr"):  # an act is French whoever opens it first
        pdf = sceller(
            rendre_pdf(GABARITS[Acte.Genre(acte.genre)], contexte_pdf(acte)),
            raison=acte.get_genre_display(),
            nom=acte.contenu["prefecture"]["nom"],
        )
    condensat = sha256(pdf).hexdigest()
    acte.pdf.save("acte.pdf", ContentFile(pdf), save=False)
    gagne = Acte.objects.filter(pk=acte.pk, produit_le__isnull=True).update(
        pdf=acte.pdf.name, sha256=condensat, produit_le=maintenant
    )
    if not gagne:
        acte.pdf.delete(save=False)
    acte.refresh_from_db()
    return acte
