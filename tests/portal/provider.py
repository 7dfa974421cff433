"""An OpenID provider that is strict as ProConnect is, and can be told to cheat.

Real HTTP on loopback, real RS256 keys. It refuses a parameter that it does not know, a state or
nonce under 32 characters, a code used twice or after 30 seconds, a wrong secret or verifier.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "siei", "un secret de client"
KNOWN = {"response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "acr_values"}
PKCE = {"code_challenge", "code_challenge_method"}


def encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Provider:
    """What it is told: `faute` how to cheat, `courriel` who signs in, `ecran` to show a page."""

    def __init__(self, horloge: Callable[[], datetime]) -> None:
        self.horloge = horloge
        self.key = RSAKey.generate_key(2048, {"kid": "un", "use": "sig", "alg": "RS256"})
        self.other = RSAKey.generate_key(2048, {"kid": "un", "use": "sig", "alg": "RS256"})
        self.courriel = "coord@exemple.invalid"
        self.faute = ""
        self.pkce = False
        self.ecran = False
        self.asked: list[dict[str, str]] = []
        self.left: list[dict[str, str]] = []
        self._codes: dict[str, tuple[datetime, dict[str, str]]] = {}
        self._tokens: dict[str, str] = {}
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/jwks", self.jwks),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/userinfo", self.userinfo),
                Route("/logout", self.logout),
            ]
        )
        self.url = ""
        self._server: uvicorn.Server | None = None

    def start(self) -> None:
        config = uvicorn.Config(self.app, port=0, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        threading.Thread(target=self._server.run, daemon=True).start()
        while not self._server.started:
            time.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        assert self._server is not None
        self._server.should_exit = True

    async def discovery(self, request: Request) -> Response:
        issuer = "https://autre.invalid" if self.faute == "decouverte" else self.url
        return JSONResponse(
            {"issuer": issuer}
            | {
                f"{name}_endpoint": f"{self.url}/{path}"
                for name, path in (
                    ("authorization", "authorize"), ("token", "token"), ("userinfo", "userinfo"),
                    ("end_session", "logout"),
                )
            }
            | {"jwks_uri": f"{self.url}/jwks"}
        )  # fmt: skip

    async def jwks(self, request: Request) -> Response:
        return JSONResponse(KeySet([self.key]).as_dict(private=False))

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.asked.append(asked)
        known = KNOWN | PKCE if self.pkce else KNOWN
        wrong = set(asked) - known
        short = [name for name in ("state", "nonce") if len(asked.get(name, "")) < 32]
        if wrong or short or asked.get("client_id") != CLIENT or asked["response_type"] != "code":
            return JSONResponse({"error": "invalid_request"}, 400)
        if self.ecran and "ok" not in request.headers.get("cookie", ""):
            page = (
                '<!doctype html><html lang="fr"><title>Fournisseur</title><h1>Fournisseur</h1>'
                f'<a href="{self.url}/authorize?{urlencode(asked)}" id="oui">Continuer</a></html>'
            )
            response = HTMLResponse(page)
            response.set_cookie("ok", "ok")
            return response
        code = secrets.token_urlsafe(32)
        self._codes[code] = (self.horloge(), asked)
        state = "x" * 43 if self.faute == "state" else asked["state"]
        answer = {"code": code, "state": state}
        if self.faute == "iss":
            answer["iss"] = "https://autre.invalid"
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)

    async def token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        since, asked = self._codes.pop(form.get("code", ""), (None, {}))
        late = since is None or (self.horloge() - since).total_seconds() > 30
        client = (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        if late or not client or form.get("redirect_uri") != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        if "code_challenge" in asked:
            hashed = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if encode(hashed) != asked["code_challenge"]:
                return JSONResponse({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(32)
        self._tokens[access] = self.courriel
        claims = self.claims() | {"nonce": asked["nonce"]}
        if "acr_values" in asked:
            claims["acr"] = asked["acr_values"]
        changed: dict[str, dict[str, Any]] = {
            "nonce": {"nonce": "y" * 43},
            "aud": {"aud": "un autre"},
            "azp": {"aud": [CLIENT, "un autre"], "azp": "un autre"},
            "issuer": {"iss": "https://autre.invalid"},
            "exp": {"exp": claims["iat"] - 3600},
            "iat": {"iat": claims["iat"] + 3600},
            "nbf": {"nbf": claims["iat"] + 3600},
            "acr": {"acr": "eidas0"},
        }
        claims |= changed.get(self.faute, {})
        return JSONResponse(
            {"access_token": access, "token_type": "Bearer", "id_token": self.sign(claims, "id")}
        )

    def claims(self) -> dict[str, Any]:
        now = int(self.horloge().timestamp())
        return {"iss": self.url, "aud": CLIENT, "sub": "s1", "iat": now, "exp": now + 60}

    def sign(self, claims: dict[str, Any], which: str) -> str:
        header = {"alg": "RS256", "kid": self.key.kid}
        if self.faute == f"signature_{which}":
            return jwt.encode(header, claims, self.other)
        body = jwt.encode(header, claims, self.key).split(".")[1]
        if self.faute == f"none_{which}":
            return ".".join((encode(b'{"alg":"none"}'), body, ""))
        if self.faute == f"hs256_{which}":
            # The public key taken for a shared secret: the classic confusion.
            head = encode(json.dumps({"alg": "HS256", "kid": self.key.kid}).encode())
            mac = hmac.new(self.key.as_pem(private=False), f"{head}.{body}".encode(), "sha256")
            return f"{head}.{body}.{encode(mac.digest())}"
        return jwt.encode(header, claims, self.key)

    async def userinfo(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self._tokens:
            return JSONResponse({"error": "invalid_token"}, 401)
        claims = self.claims() | {
            "given_name": "Angela", "usual_name": "Dubois", "email": self._tokens[token],
        }  # fmt: skip
        if self.faute == "sujet":
            claims["sub"] = "s2"
        if self.faute == "sans_courriel":
            del claims["email"]
        if self.faute == "non_verifie":
            claims["email_verified"] = "false"
        if self.faute == "non_signe":
            return JSONResponse(claims)
        return Response(self.sign(claims, "userinfo"), media_type="application/jwt")

    async def logout(self, request: Request) -> Response:
        self.left.append(dict(request.query_params))
        asked = self.left[-1]
        return RedirectResponse(
            f"{asked['post_logout_redirect_uri']}?{urlencode({'state': asked['state']})}", 302
        )

    def turn_keys(self) -> None:
        """Sign with a new key from now on, published as it should be."""
        self.key = RSAKey.generate_key(2048, {"kid": "deux", "use": "sig", "alg": "RS256"})
