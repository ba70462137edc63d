"""FranceConnect v2: who an usager is, proved by OpenID Connect. It never signs anybody in: accounts are agents'."""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass
from typing import Any, NoReturn, cast
from urllib.parse import urlencode

import jwt
import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import get_random_string
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import (
    absolutify,
    add_state_and_verifier_and_nonce_to_session,
    generate_code_challenge,
)

journal = logging.getLogger(__name__)

RETOUR = "demandes:franceconnect_retour"
ESSAIS_EN_SESSION = "oidc_states"  # the name is the library's
DUREE_ESSAI_SECONDES = 1800
NIVEAU = "eidas1"
NIVEAUX = frozenset({"eidas1", "eidas2", "eidas3"})
FRANCE = "99100"
NAISSANCE = re.compile(r"(19|20)\d\d-(0\d|1[0-2])-([0-2]\d|3[01])")


class EchecFranceConnect(Exception):
    """FranceConnect did not answer (503), or what came back can't be believed (400)."""

    def __init__(self, raison: str, *, statut: int = 400) -> None:
        super().__init__(raison)
        self.statut = statut


@dataclass(frozen=True)
class IdentitePivot:
    """What the State certifies of a person.

    Args:
        sub: FranceConnect's identifier of this person for this service; never stored.
        nom: family name of birth.
        prenoms: given names.
        date_naissance: ``AAAA-MM-JJ``, 00 for what civil status doesn't know.
        lieu_naissance: commune or country, by its INSEE code; empty when unknown.
        nom_usage: preferred name, if any.
        courriel: contact, not certified.
    """

    sub: str
    nom: str
    prenoms: str
    date_naissance: str
    lieu_naissance: str
    nom_usage: str
    courriel: str


@dataclass(frozen=True)
class Identification:
    """A person just identified, and the token that will end their session over there."""

    pivot: IdentitePivot
    jeton: str


def est_actif() -> bool:
    """Say whether FranceConnect is configured."""
    return bool(settings.FRANCECONNECT)


def commencer(request: HttpRequest, *, destination: str) -> str:
    """Return the address where the browser goes to identify; the session keeps what the return must prove.

    Args:
        request: of the usager.
        destination: what the identity is for, given back by `reprendre`; never an address.
    """
    etat, verifieur = get_random_string(32), get_random_string(64)
    parametres = {
        "response_type": "code",
        "client_id": settings.FRANCECONNECT["OIDC_RP_CLIENT_ID"],
        "scope": settings.FRANCECONNECT["OIDC_RP_SCOPES"],
        "redirect_uri": absolutify(request, reverse(RETOUR)),
        "state": etat,
        "nonce": get_random_string(32),
        "acr_values": NIVEAU,
        "code_challenge": generate_code_challenge(verifieur, "S256"),
        "code_challenge_method": "S256",
    }
    add_state_and_verifier_and_nonce_to_session(request, etat, parametres, verifieur)
    request.session[ESSAIS_EN_SESSION][etat]["destination"] = destination
    request.session.modified = True
    return f"{settings.FRANCECONNECT['OIDC_OP_AUTHORIZATION_ENDPOINT']}?{urlencode(parametres)}"


def reprendre(request: HttpRequest) -> dict[str, Any]:
    """Take out of the session, once and for all, the try that this return answers.

    Raises:
        EchecFranceConnect: no such try in this session: forged, replayed, too late, or somebody else's.
    """
    essais = request.session.get(ESSAIS_EN_SESSION, {})
    essai = essais.pop(request.GET.get("state", ""), None)
    if essai is None:
        raise EchecFranceConnect("etat")
    request.session.modified = True
    request.session.save()  # before the network: a second return finds nothing
    if time.time() - essai["added_on"] > DUREE_ESSAI_SECONDES:
        raise EchecFranceConnect("trop_tard")
    return cast("dict[str, Any]", essai)


def identifier(request: HttpRequest, essai: dict[str, Any]) -> Identification:
    """Exchange the code of the return for an identity: signatures, issuer, audience, nonce and expiry checked.

    Raises:
        EchecFranceConnect: 503 when FranceConnect doesn't answer, 400 when its answer can't be believed.
    """
    try:
        obtenue = ClientFranceConnect().authenticate(
            request, nonce=essai["nonce"], code_verifier=essai["code_verifier"]
        )
    except (requests.ConnectionError, requests.Timeout) as erreur:
        raise EchecFranceConnect("injoignable", statut=503) from erreur
    except (SuspiciousOperation, jwt.PyJWTError, requests.RequestException, LookupError, ValueError, TypeError) as e:
        journal.warning("franceconnect refused: %s", type(e).__name__)
        raise EchecFranceConnect("refus") from e
    if not isinstance(obtenue, Identification):
        raise EchecFranceConnect("refus")
    return obtenue


def adresse_de_deconnexion(request: HttpRequest, jeton: str) -> str:
    """Return the address that ends the session at FranceConnect, then comes back to the home page."""
    parametres = {
        "id_token_hint": jeton,
        "state": get_random_string(32),
        "post_logout_redirect_uri": absolutify(request, "/"),
    }
    return f"{settings.FRANCECONNECT['DECONNEXION']}?{urlencode(parametres)}"


class ClientFranceConnect(OIDCAuthenticationBackend):  # type: ignore[misc]
    """The exchanges of mozilla-django-oidc, made stricter, and giving an identity instead of an account."""

    @staticmethod
    def get_settings(attr: str, *args: Any) -> Any:
        """Read our settings under the library's names."""
        if attr == "OIDC_AUTHENTICATION_CALLBACK_URL":
            return RETOUR
        if attr not in settings.FRANCECONNECT and not args:
            raise ImproperlyConfigured(attr)
        return settings.FRANCECONNECT.get(attr, *args)

    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        """Check signature and nonce, then what the library leaves out: issuer, audience, an expiry."""
        charge: dict[str, Any] = super().verify_token(token, **kwargs)
        pour = charge.get("aud")
        if charge.get("iss") != settings.FRANCECONNECT["EMETTEUR"]:
            _refuser("iss")
        if self.OIDC_RP_CLIENT_ID not in (pour if isinstance(pour, list) else [pour]):
            _refuser("aud")
        if "exp" not in charge:
            _refuser("exp")
        return charge

    def get_userinfo(self, access_token: str, id_token: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Read the identity, signed: plain JSON is refused."""
        reponse = requests.get(
            self.OIDC_OP_USER_ENDPOINT,
            headers={"Authorization": f"Bearer {access_token}", "Accept": "application/jwt"},
            timeout=self.get_settings("OIDC_TIMEOUT"),
        )
        reponse.raise_for_status()
        if not reponse.headers.get("content-type", "").lower().startswith("application/jwt"):
            _refuser("userinfo")
        return self.verify_token(reponse.text)

    def get_or_create_user(self, access_token: str, id_token: str, payload: dict[str, Any]) -> Identification:
        """Return the identity; no account is read, made or signed in."""
        donnees = self.get_userinfo(access_token, id_token, payload)
        if donnees["sub"] != payload["sub"]:
            _refuser("sub")
        if payload.get("acr", NIVEAU) not in NIVEAUX:
            _refuser("acr")
        return Identification(_pivot(donnees), id_token)


def _refuser(raison: str) -> NoReturn:
    # Not a SuspiciousOperation: the library would swallow it.
    raise ValueError(raison)


def _pivot(donnees: dict[str, Any]) -> IdentitePivot:
    textes = {c: str(v).strip() for c, v in donnees.items() if isinstance(v, str)}
    if not NAISSANCE.fullmatch(textes["birthdate"]) or not all(textes[c] for c in ("sub", "family_name", "given_name")):
        _refuser("identite")
    return IdentitePivot(
        sub=textes["sub"],
        nom=textes["family_name"][:100],
        prenoms=textes["given_name"][:150],
        date_naissance=textes["birthdate"],
        lieu_naissance=_lieu(textes.get("birthplace", ""), textes.get("birthcountry", "")),
        nom_usage=textes.get("preferred_username", "")[:100],
        courriel=textes.get("email", "")[:254],
    )


def _lieu(commune: str, pays: str) -> str:
    """Say the place by its INSEE code: the names would need the whole geographic code, with its history."""
    if commune:
        return f"commune {commune[:5]} (code INSEE)"
    return f"pays {pays[:5]} (code INSEE)" if pays and pays != FRANCE else ""
