"""How an usager comes back to a demande: a six-digit code by mail, asked for with a birth date."""

from __future__ import annotations

import hmac
import uuid
from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from demandes.acteur import acteur_usager
from demandes.models import CodeAcces, Demande
from demandes.services.courriels import code_derive
from demandes.services.journal import journaliser
from demandes.services.notifications import notifier
from planipref.commun import debit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.jetons import deriver, empreinte
from planipref.commun.transactions import acte, etape

USAGE = "suivi"
DUREE_CODE = timedelta(minutes=15)
CODES_PAR_HEURE = 5
ESSAIS_PAR_CODE = 5
# All network addresses together are allowed so many times the tries of one.
ADRESSES = 4


def demande_par_reference(reference: str | uuid.UUID) -> Demande | None:
    """Return the demande behind a number, or behind the public key of a draft, with what its page shows."""
    demandes = Demande.objects.filter(purgee_le__isnull=True).avec_suivi()
    if isinstance(reference, uuid.UUID):
        return demandes.filter(cle=reference).first()
    try:
        return demandes.filter(cle=uuid.UUID(reference)).first()
    except ValueError:
        return demandes.par_numero(reference).first()


def demande_du_lien(cle: uuid.UUID, jeton: str, *, maintenant: datetime) -> Demande:
    """Return the demande that a follow-up link opens, each opening journaled; the token is compared in constant time.

    Raises:
        ErreurMetier: ``lien_inconnu`` (404).
    """
    juste = hmac.compare_digest(deriver(USAGE, str(cle)).encode(), jeton.encode())
    demande = demande_par_reference(cle) if juste else None
    if demande is None:
        raise ErreurMetier("lien_inconnu", _("Ce lien n’existe pas. Recopiez-le en entier."), statut=404)
    _consigner_ouverture(demande, maintenant=maintenant)
    return demande


@acte
def _consigner_ouverture(demande: Demande, *, maintenant: datetime) -> None:
    journaliser("acces:lien", par=acteur_usager(demande.usager_id), maintenant=maintenant, demande=demande)


@etape
def _prouver_adresse(demande: Demande) -> None:
    """Record that whoever comes reads the mailbox; the first time, shut what was opened without that proof.

    By a code only: machines that check mails open the links in them.
    """
    if Demande.objects.filter(pk=demande.pk, adresse_prouvee=False).update(
        adresse_prouvee=True, rang_acces=F("rang_acces") + 1
    ):
        demande.refresh_from_db(fields=["adresse_prouvee", "rang_acces"])


def demander_code(reference: str, date_naissance: str, *, origine: str, maintenant: datetime) -> None:
    """Mail a code if the demande and the birth date match; say nothing in either case.

    The try is counted outside the transaction, so that a failure never gives it back.

    Args:
        reference: number, or public key of a draft.
        date_naissance: as `ChampDateNaissance` cleans it.
        origine: network address of who asks.
        maintenant: instant.

    Raises:
        ErreurMetier: ``trop_d_essais`` (429).
    """
    _exiger_essai("code-demande", reference, origine, capacite=CODES_PAR_HEURE, periode=timedelta(hours=1))
    _creer_code(reference, date_naissance, maintenant=maintenant)


def _exiger_essai(seau: str, reference: str, origine: str, *, capacite: int, periode: timedelta) -> None:
    """Count a try for each network address, then for all of them together.

    So a stranger who knows a number does not use up the tries of its holder.

    Raises:
        ErreurMetier: ``trop_d_essais`` (429).
    """
    debit.exiger(f"{seau}-adresse", f"{reference}|{origine}", capacite=capacite, periode=periode)
    debit.exiger(seau, reference, capacite=capacite * ADRESSES, periode=periode)


@acte
def _creer_code(reference: str, date_naissance: str, *, maintenant: datetime) -> None:
    demande = demande_par_reference(reference)
    if demande is None or not demande.usager.courriel or demande.usager.date_naissance != date_naissance:
        return
    code = CodeAcces.objects.create(demande=demande, empreinte="", expire_le=maintenant + DUREE_CODE)
    code.empreinte = _empreinte(code.pk, code_derive(code.pk))
    code.save(update_fields=["empreinte"])
    notifier(demande, "code_acces", maintenant=maintenant, cle=str(code.pk), contexte={"code_acces_id": code.pk})


def verifier_code(reference: str, code: str, *, origine: str, maintenant: datetime) -> Demande:
    """Check a code and use it up.

    Args:
        reference: number, or public key of a draft.
        code: six digits.
        origine: network address of who tries.
        maintenant: instant.

    Raises:
        ErreurMetier: ``trop_d_essais`` (429); ``code_faux`` on ``code``, whether wrong, expired, used or unknown.
    """
    _exiger_essai("code-essai", reference, origine, capacite=ESSAIS_PAR_CODE, periode=DUREE_CODE)
    demande = _consommer_code(reference, code, maintenant=maintenant)
    if demande is None:
        raise ErreurMetier(
            "code_faux",
            _("Ce code n’est pas le bon, ou il n’est plus valable. Vérifiez-le dans votre courriel."),
            champ="code",
        )
    return demande


@acte
def _consommer_code(reference: str, code: str, *, maintenant: datetime) -> Demande | None:
    demande = demande_par_reference(reference)
    if demande is None:
        return None
    valables = demande.codes_acces.filter(utilise_le__isnull=True, expire_le__gt=maintenant)
    for candidat in valables.select_for_update(no_key=True).order_by("-pk"):
        if hmac.compare_digest(candidat.empreinte, _empreinte(candidat.pk, code)):
            candidat.utilise_le = maintenant
            candidat.save(update_fields=["utilise_le"])
            par = acteur_usager(demande.usager_id)
            journaliser("acces:code", par=par, maintenant=maintenant, demande=demande)
            _prouver_adresse(demande)
            return demande
    return None


def _empreinte(identifiant: int, code: str) -> str:
    return empreinte(f"{identifiant}:{code}")
