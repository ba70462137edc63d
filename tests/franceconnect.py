"""A FranceConnect on this machine: oidc-provider-mock served over HTTP, its identities signed as FranceConnect does."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import jwt
import requests
import werkzeug.serving
from django.test import Client
from django.utils.functional import cached_property
from oidc_provider_mock import app as application

CLIENT, SECRET = "planipref-essai", "secret-de-l-essai-assez-long-pour-un-hmac"
AMINA = {
    "given_name": "Amina Fatima",
    "family_name": "BEN ALI",
    "birthdate": "1980-05-17",
    "birthplace": "",
    "birthcountry": "99351",
    "email": "amina.fc@example.org",
    "preferred_username": "DURAND",
}
Modifier = Callable[[dict[str, Any]], "dict[str, Any] | str"]


@dataclass
class FournisseurDEssai:
    """The provider, and what a hostile one would change in its answers.

    Args:
        adresse: where it listens; also its issuer.
        id_token: changes the claims of the ID token before they are signed again, or returns another token.
        userinfo: the same for the identity; None to answer plain JSON.
    """

    adresse: str = ""
    cle: Any = None
    id_token: Modifier = dict
    userinfo: Modifier | None = dict
    jetons_servis: list[str] = field(default_factory=list)

    @cached_property
    def reglage(self) -> dict[str, Any]:
        """Settings that point at this provider."""
        return {
            "EMETTEUR": self.adresse,
            "DECONNEXION": f"{self.adresse}/oauth2/end_session",
            "OIDC_OP_AUTHORIZATION_ENDPOINT": f"{self.adresse}/oauth2/authorize",
            "OIDC_OP_TOKEN_ENDPOINT": f"{self.adresse}/oauth2/token",
            "OIDC_OP_USER_ENDPOINT": f"{self.adresse}/userinfo",
            "OIDC_OP_JWKS_ENDPOINT": f"{self.adresse}/jwks",
            "OIDC_RP_CLIENT_ID": CLIENT,
            "OIDC_RP_CLIENT_SECRET": SECRET,
            "OIDC_RP_SIGN_ALGO": "RS256",
            "OIDC_RP_SCOPES": "openid profile email",
            "OIDC_TIMEOUT": 5,
        }

    def signer(self, charge: dict[str, Any] | str) -> str:
        """Sign claims with the provider's own key; a token already made goes as it is."""
        if isinstance(charge, str):
            return charge
        return jwt.encode(charge, jwt.PyJWK(self.cle).key, algorithm="RS256", headers={"kid": self.cle["kid"]})

    def connaitre(self, sub: str, **valeurs: str) -> None:
        """Tell the provider who somebody is."""
        requests.put(f"{self.adresse}/users/{sub}", json=AMINA | valeurs, timeout=5).raise_for_status()

    def autoriser(self, adresse: str, sub: str) -> str:
        """Sign in over there as a person does; return where the browser is sent back, path and query."""
        return self._repondre(adresse, {"sub": sub})

    def refuser(self, adresse: str) -> str:
        """Refuse over there."""
        return self._repondre(adresse, {"action": "deny"})

    def _repondre(self, adresse: str, donnees: dict[str, str]) -> str:
        reponse = requests.post(adresse, data=donnees, allow_redirects=False, timeout=5)
        assert reponse.status_code == 302, reponse.text
        retour = urlsplit(reponse.headers["Location"])
        return f"{retour.path}?{retour.query}"


def identifier(client: Client, fc: FournisseurDEssai, *, demande: str = "", sub: str = "amina") -> Any:
    """Press the button, sign in over there, come back."""
    depart = client.get("/franceconnect/", {"demande": demande} if demande else {})
    assert depart.status_code == 302, depart.status_code
    return client.get(fc.autoriser(depart["Location"], sub))


def parametres(adresse: str) -> dict[str, str]:
    """Return the parameters of an address."""
    return {c: v[0] for c, v in parse_qs(urlsplit(adresse).query).items()}


@contextlib.contextmanager
def fournisseur() -> Iterator[FournisseurDEssai]:
    """Serve the provider on a free port, in a thread, until the end of the block."""
    essai, appli = FournisseurDEssai(), application(require_nonce=True)

    @appli.after_request
    def transformer(reponse: Any) -> Any:
        essai.cle = flask.g.oidc_provider_mock_storage.jwk.as_dict(is_private=True)
        if reponse.status_code == 200 and flask.request.path == "/userinfo" and essai.userinfo:
            charge = {"iss": essai.adresse, "aud": CLIENT, "exp": 4102444800, **json.loads(reponse.data)}
            reponse.data, reponse.content_type = essai.signer(essai.userinfo(charge)), "application/jwt"
        if reponse.status_code == 200 and flask.request.path == "/oauth2/token":
            corps = json.loads(reponse.data)
            charge = jwt.decode(corps["id_token"], options={"verify_signature": False})
            corps["id_token"] = essai.signer(essai.id_token(charge))
            essai.jetons_servis.append(corps["id_token"])
            reponse.data = json.dumps(corps)
        return reponse

    serveur = werkzeug.serving.make_server("localhost", 0, appli, threaded=True)
    essai.adresse = f"http://localhost:{serveur.server_port}"
    fil = threading.Thread(target=serveur.serve_forever, args=(0.05,), daemon=True)
    fil.start()
    try:
        yield essai
    finally:
        serveur.shutdown()
        fil.join(5)
        serveur.server_close()
