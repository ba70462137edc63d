"""How a doctor comes to their page: the secret link, then a six-digit code mailed to their professional address."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from demandes.acteur import SYSTEME
from demandes.models import CodeMedecin, Medecin
from demandes.services.acces import DUREE_CODE, ESSAIS_PAR_CODE
from demandes.services.courriels import code_derive
from demandes.services.medecins import USAGE_CODE, consigner, ecrire
from planipref.commun import debit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.jetons import empreinte
from planipref.commun.transactions import acte

CODES_PAR_HEURE = 5
SURSIS = timedelta(days=30)
# Past so many wrong codes on one link, it opens no more: the préfecture mails another.
ECHECS_MAX = 30
PERIODE_ECHECS = timedelta(days=365)


def medecin_du_lien(jeton: str, *, maintenant: datetime) -> Medecin:
    """Return the doctor whose page a link opens.

    Raises:
        ErreurMetier: ``lien_inconnu`` (404); ``lien_suspendu``, ``sans_agrement`` (410).
    """
    medecin = Medecin.objects.par_empreinte(empreinte(jeton)).first()
    if medecin is None:
        raise ErreurMetier("lien_inconnu", "Ce lien n’existe pas, ou un autre l’a remplacé.", statut=404)
    if not medecin.actif:
        raise ErreurMetier("lien_suspendu", "Votre accès est suspendu : appelez la préfecture.", statut=410)
    # Kept for a month after the end, for the opinions still to give; each act reads the agrément of the day examined.
    if not medecin.agrements.filter(pendant__endswith__gte=(maintenant - SURSIS).date()).exists():
        raise ErreurMetier("sans_agrement", "Votre agrément est terminé : appelez la préfecture.", statut=410)
    return medecin


def demander_code(medecin: Medecin, *, maintenant: datetime) -> None:
    """Mail a code to the doctor.

    Raises:
        ErreurMetier: ``trop_d_essais`` (429).
    """
    debit.exiger("medecin-code", str(medecin.pk), capacite=CODES_PAR_HEURE, periode=timedelta(hours=1))
    _creer_code(medecin, maintenant=maintenant)


@acte
def _creer_code(medecin: Medecin, *, maintenant: datetime) -> None:
    medecin.codes.filter(utilise_le__isnull=True).delete()  # one code lives at a time
    code = CodeMedecin.objects.create(medecin=medecin, empreinte="", expire_le=maintenant + DUREE_CODE)
    code.empreinte = _empreinte(code.pk, code_derive(code.pk, usage=USAGE_CODE))
    code.save(update_fields=["empreinte"])
    ecrire(medecin, "medecin_code", cle=str(code.pk), contexte={"code_medecin_id": code.pk}, maintenant=maintenant)


def verifier_code(medecin: Medecin, code: str, *, origine: str, maintenant: datetime) -> None:
    """Check a code and use it up.

    Raises:
        ErreurMetier: ``trop_d_essais``, ``lien_bloque`` (429); ``code_faux`` on ``code``.
    """
    cle = str(medecin.pk)
    debit.exiger("medecin-essai-adresse", f"{cle}|{origine}", capacite=ESSAIS_PAR_CODE, periode=DUREE_CODE)
    debit.exiger("medecin-essai", cle, capacite=4 * ESSAIS_PAR_CODE, periode=DUREE_CODE)
    if not debit.reste("medecin-echecs", str(medecin.cle), capacite=ECHECS_MAX, periode=PERIODE_ECHECS):
        raise ErreurMetier("lien_bloque", "Ce lien est bloqué : appelez la préfecture.", statut=429)
    if not _consommer(medecin, code, maintenant=maintenant):
        debit.consommer("medecin-echecs", str(medecin.cle), capacite=ECHECS_MAX, periode=PERIODE_ECHECS)
        _consigner_echec(medecin, maintenant=maintenant)
        raise ErreurMetier("code_faux", "Ce code n’est pas le bon, ou il n’est plus valable.", champ="code")


@acte
def _consommer(medecin: Medecin, code: str, *, maintenant: datetime) -> bool:
    valables = medecin.codes.filter(utilise_le__isnull=True, expire_le__gt=maintenant)
    for candidat in valables.select_for_update(no_key=True).order_by("-pk"):
        if hmac.compare_digest(candidat.empreinte, _empreinte(candidat.pk, code)):
            candidat.utilise_le = maintenant
            candidat.save(update_fields=["utilise_le"])
            return True
    return False


@acte
def _consigner_echec(medecin: Medecin, *, maintenant: datetime) -> None:
    consigner("code_faux", medecin, par=SYSTEME, maintenant=maintenant)


def _empreinte(identifiant: int, code: str) -> str:
    return empreinte(f"medecin:{identifiant}:{code}")
