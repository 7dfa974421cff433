"""OpenID Connect as ProConnect speaks it: code, state and nonce, signed userinfo, logout.

Checked against numerique-gouv/proconnect-documentation: `state` and `nonce` have 32 characters or
more; a parameter that it does not know is an error, so PKCE is a setting; the code lives 30 s; the
userinfo is a signed JWT; `sub` differs between identity providers, so that rights go by e-mail.
"""

import base64
import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from siei_match.portal.config import PortalSettings
from siei_match.portal.signin.sessions import WaitingSignIn, same

ALGORITHMS: Final = ["RS256", "ES256"]
"""Never `none`, never a shared secret: what the provider's public keys verify."""
KNOWN_FOR: Final = timedelta(hours=1)
LEEWAY: Final = 60
TIMEOUT: Final = 8.0
RETOUR: Final = "/connexion/retour"
SORTIE: Final = "/deconnexion/retour"


class OidcError(Exception):
    """The provider's answer is not to be trusted, or there is none; the message is for the log."""


@dataclass(frozen=True)
class SignedInPerson:
    """Who signed in, as the provider says."""

    courriel: str
    id_token: str


class IdentityProvider:
    """The provider: what it announces, its keys, and the three requests made to it."""

    def __init__(self, settings: PortalSettings, transport: httpx.BaseTransport | None = None):
        self._settings = settings
        self._secret = settings.secret()
        self._client = httpx.Client(timeout=TIMEOUT, transport=transport, follow_redirects=False)
        self._lock = threading.Lock()
        self._known: tuple[datetime, dict[str, Any]] | None = None
        self._keys: KeySet | None = None

    @property
    def origin(self) -> str:
        parts = urlsplit(self._settings.oidc_emetteur or "")
        return f"{parts.scheme}://{parts.netloc}"

    def ask(self, state: str, waiting: WaitingSignIn, when: datetime) -> str:
        """Return where to send the browser to sign in."""
        parameters = {
            "response_type": "code",
            "client_id": self._settings.oidc_client or "",
            "redirect_uri": self._settings.url + RETOUR,
            "scope": self._settings.oidc_portees,
            "state": state,
            "nonce": waiting.nonce,
        }
        if self._settings.oidc_acr:
            parameters["acr_values"] = self._settings.oidc_acr
        if self._settings.oidc_pkce:
            hashed = hashlib.sha256(waiting.verifier.encode()).digest()
            challenge = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
            parameters |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        return f"{self._announced(when)['authorization_endpoint']}?{urlencode(parameters)}"

    def receive(self, code: str, waiting: WaitingSignIn, when: datetime) -> SignedInPerson:
        """Exchange the code, and return who signed in.

        Raises:
            OidcError: the provider cannot be reached, or a signature, the nonce, the audience, the
                time or the subject is not the one expected, or no e-mail is given.
        """
        tokens = self._exchange(code, waiting, when)
        id_token = str(tokens.get("id_token", ""))
        claims = self._verify(id_token, when)
        if not same(str(claims.get("nonce", "")), waiting.nonce):
            raise OidcError("nonce of another sign-in")
        self._require_level(claims)
        told = self._userinfo(str(tokens.get("access_token", "")), when)
        if told.get("sub") != claims.get("sub") or not told.get("sub"):
            raise OidcError("userinfo of another subject")
        courriel = told.get("email")
        # Said by nobody (ProConnect), or said to be so: "false" and 0 are no yes.
        if not isinstance(courriel, str) or told.get("email_verified", True) is not True:
            raise OidcError("no e-mail")
        return SignedInPerson(courriel, id_token)

    def _require_level(self, claims: Mapping[str, Any]) -> None:
        """Make sure that who signed in proved it as strongly as was asked (`oidc_acr`)."""
        asked = (self._settings.oidc_acr or "").split()
        if asked and claims.get("acr") not in asked:
            raise OidcError("the sign-in was not as strong as asked (acr)")

    def leave(self, id_token: str, state: str, when: datetime) -> str | None:
        """Return where to send the browser to sign out there too, None if it cannot."""
        end = self._announced(when).get("end_session_endpoint")
        parameters = {
            "id_token_hint": id_token,
            "state": state,
            "post_logout_redirect_uri": self._settings.url + SORTIE,
        }
        return f"{end}?{urlencode(parameters)}" if end else None

    def _announced(self, when: datetime) -> dict[str, Any]:
        with self._lock:
            if self._known is None or when - self._known[0] > KNOWN_FOR:
                issuer = self._settings.oidc_emetteur or ""
                told = self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration").json()
                if told.get("issuer") != issuer:
                    raise OidcError("the discovery document is another issuer's")
                self._known, self._keys = (when, told), None
            return self._known[1]

    def _exchange(self, code: str, waiting: WaitingSignIn, when: datetime) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.url + RETOUR,
            "client_id": self._settings.oidc_client or "",
            "client_secret": self._secret,
        }
        if self._settings.oidc_pkce:
            form["code_verifier"] = waiting.verifier
        try:
            answer = self._client.post(self._announced(when)["token_endpoint"], data=form)
            tokens = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError, KeyError) as failure:
            raise OidcError(f"the code was not taken ({type(failure).__name__})") from None
        if not isinstance(tokens, dict):
            raise OidcError("the code was not taken")
        return tokens

    def _userinfo(self, access_token: str, when: datetime) -> dict[str, Any]:
        answer = self._get(
            self._announced(when)["userinfo_endpoint"],
            {"Authorization": f"Bearer {access_token}"},
        )
        if not answer.headers.get("content-type", "").startswith("application/jwt"):
            raise OidcError("the userinfo is not signed")
        return self._verify(answer.text.strip(), when, timed=False)

    def _verify(self, token: str, when: datetime, *, timed: bool = True) -> dict[str, Any]:
        """Return the claims of a JWT that this provider signed for us, now."""
        claims = self._decode(token, when)
        audience = claims.get("aud", [] if timed else self._settings.oidc_client)
        audiences = [audience] if isinstance(audience, str) else list(audience or [])
        if claims.get("iss", None if timed else self._settings.oidc_emetteur) != (
            self._settings.oidc_emetteur
        ):
            raise OidcError("issuer of another")
        if self._settings.oidc_client not in audiences:
            raise OidcError("audience of another")
        if len(audiences) > 1 and claims.get("azp") != self._settings.oidc_client:
            raise OidcError("several audiences without ours as azp")
        if timed or "exp" in claims:
            now, until = when.timestamp(), claims.get("exp")
            if not isinstance(until, int | float) or until + LEEWAY < now:
                raise OidcError("expired")
            for name in ("iat", "nbf"):
                since = claims.get(name, 0)
                if not isinstance(since, int | float) or since > now + LEEWAY:
                    raise OidcError("issued later")
        return claims

    def _decode(self, token: str, when: datetime) -> dict[str, Any]:
        for fresh in (False, True):
            try:
                return dict(jwt.decode(token, self._keyset(when, fresh), ALGORITHMS).claims)
            except (JoseError, ValueError, TypeError) as failure:
                # The provider may have changed its keys since they were read: asked once more.
                if fresh:
                    raise OidcError(f"signature refused ({type(failure).__name__})") from None
        raise OidcError("signature refused")

    def _keyset(self, when: datetime, fresh: bool) -> KeySet:
        if self._keys is None or fresh:
            self._keys = KeySet.import_key_set(self._get(self._announced(when)["jwks_uri"]).json())
        return self._keys

    def _get(self, url: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        try:
            return self._client.get(url, headers=dict(headers or {})).raise_for_status()
        except httpx.HTTPError as failure:
            raise OidcError(f"the provider does not answer ({type(failure).__name__})") from None
