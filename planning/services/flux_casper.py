"""The address where CASPER is read: one GET with a token, tried again when the network fails, never for long."""

from __future__ import annotations

import time
from contextlib import closing
from urllib.parse import quote

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from demandes.models import Prefecture
from planipref.commun.adresses import est_protegee
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.tableur import decoder
from planning.selectors_lecture_casper import OCTETS_MAX

DELAIS_SECONDES = (3.05, 8)  # to connect, then between two bytes
DUREE_MAX = 20.0  # seconds for the whole answer: a page waits for it
ESSAIS = Retry(
    total=2, backoff_factor=0.3, status_forcelist=(429, 502, 503, 504), allowed_methods=("GET",), redirect=0,
    raise_on_status=False, respect_retry_after_header=False,
)  # fmt: skip
MORCEAU = 65_536


def est_relie() -> bool:
    """Say whether an address of CASPER is configured."""
    return bool(settings.PLANIPREF_CASPER_URL)


def recuperer(prefecture: Prefecture) -> str:
    """Return what CASPER answers for a préfecture, CSV or JSON.

    Raises:
        ErreurMetier: ``casper_absent``, no address; ``casper_injoignable`` (503); ``casper_refus``, it answers
            something else; ``fichier_lourd``, ``fichier_illisible``.
    """
    adresse = settings.PLANIPREF_CASPER_URL.replace("{departement}", quote(prefecture.departement, safe=""))
    if not adresse or not est_protegee(adresse):
        raise ErreurMetier("casper_absent", "L’adresse de CASPER n’est pas configurée, ou n’est pas en https.")
    try:
        return decoder(_lire(adresse), OCTETS_MAX)
    except requests.HTTPError as erreur:
        message = f"CASPER refuse de répondre ({erreur}). Réessayez, ou importez un fichier."
        raise ErreurMetier("casper_refus", message, statut=503) from erreur
    except requests.RequestException as erreur:
        message = "CASPER ne répond pas. Réessayez plus tard, ou importez un fichier."
        raise ErreurMetier("casper_injoignable", message, statut=503) from erreur


def _lire(adresse: str) -> bytes:
    entetes = {"Accept": "text/csv, application/json"}
    if settings.PLANIPREF_CASPER_JETON:
        entetes["Authorization"] = f"Bearer {settings.PLANIPREF_CASPER_JETON}"
    with requests.Session() as session:
        session.mount("https://", HTTPAdapter(max_retries=ESSAIS))
        session.mount("http://", HTTPAdapter(max_retries=ESSAIS))
        reponse = session.get(adresse, headers=entetes, timeout=DELAIS_SECONDES, stream=True, allow_redirects=False)
        with closing(reponse):
            if reponse.status_code != requests.codes.ok:
                raise requests.HTTPError(str(reponse.status_code))
            lus = bytearray()
            fin = time.monotonic() + DUREE_MAX
            for morceau in reponse.iter_content(MORCEAU):
                lus += morceau
                if time.monotonic() > fin:
                    raise requests.Timeout
                if len(lus) > OCTETS_MAX:
                    break  # too heavy: `decoder` says so
            return bytes(lus)
