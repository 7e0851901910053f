"""A small OpenID provider on loopback that signs with real keys: discovery, authorisation, tokens, keys.

    with WebServer() as web:
        provider = OpenIdProvider(web)
        provider.person = {"sub": "1", "email": "head@school.example", "email_verified": True}
        back = provider.signs_in(departure_address)      # what the browser brings back
        provider.claims["aud"] = "another"               # the next token lies

It keeps the rules a provider must keep (registered return address, PKCE, a code once), so that a test sees who
refuses: it, or the service.
"""

import base64
import hashlib
import hmac
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from web_server import Answer, Asked, WebServer

CLIENT, SECRET = "watcher-at-school", "a-secret-of-the-client"
TENANT = "8d3f0c5e-1b7a-4f0e-9a51-2f6d1c0b7e44"
PAGE = """<!doctype html><html lang="en"><title>Provider</title><main><h1>Choose an account</h1>
<form action="/yes"><input type="hidden" name="asked" value="{asked}"><button>Go on as the head</button></form></main>"""


@dataclass
class OpenIdProvider:
    """A provider, and what it is told to do wrong."""

    web: WebServer
    return_to: str  #: the registered return address
    now: Callable[[], datetime]
    path: str = f"/{TENANT}/v2.0"
    person: dict[str, Any] = field(default_factory=dict)  #: who signs in: claims
    claims: dict[str, Any] = field(default_factory=dict)  #: what the next tokens say otherwise; None leaves one out
    header: dict[str, Any] = field(default_factory=dict)
    described: dict[str, Any] = field(default_factory=dict)  #: what the discovery document says otherwise
    forge: Callable[[dict[str, Any]], str] | None = None  #: makes the next tokens instead of our key
    asks: bool = False  #: show a page before going back
    names_itself: bool = True
    key: RSAKey = field(
        default_factory=lambda: RSAKey.generate_key(2048, parameters={"use": "sig", "kid": "first"})
    )
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.web.otherwise = self._answer

    @property
    def issuer(self) -> str:
        return self.web.url(self.path)

    def signs_in(self, departure: str) -> str:
        """Follow a browser that is sent to us; return the address, query and all, that it is sent back to."""
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            opener.open(departure, timeout=5)  # the test's own server
        except urllib.error.HTTPError as error:
            with error:
                return error.headers["Location"] or f"refused: {error.read().decode()}"
        raise AssertionError("the provider did not answer with a redirect")

    def _answer(self, asked: Asked) -> Answer:
        path, query = urlsplit(asked.path).path, dict(parse_qsl(urlsplit(asked.path).query))
        if path == f"{self.path}/.well-known/openid-configuration":
            return _json(self._discovery())
        if path == "/keys":
            odd = [{"kty": "new", "kid": "odd"}, {"kty": "RSA", "kid": "broken"}, "no key"]
            return _json({"keys": [*odd, self.key.as_dict(private=False)]})
        if path == "/authorize":
            return self._authorize(query, urlsplit(asked.path).query)
        if path == "/yes":
            return self._go_back(dict(parse_qsl(query["asked"])))
        if path == "/token":
            return self._token(asked)
        return Answer(b"nothing here", 404)

    def _discovery(self) -> dict[str, Any]:
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": self.web.url("/authorize"),
            "token_endpoint": self.web.url("/token"),
            "jwks_uri": self.web.url("/keys"),
            "end_session_endpoint": self.web.url("/out"),
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "authorization_response_iss_parameter_supported": self.names_itself,
        }
        return told | self.described

    def _authorize(self, query: dict[str, str], raw: str) -> Answer:
        wrong = [
            name
            for name, value in {
                "response_type": "code", "client_id": CLIENT, "redirect_uri": self.return_to, "code_challenge_method": "S256"
            }.items()
            if query.get(name) != value
        ]  # fmt: skip
        if wrong or "openid" not in query.get("scope", "").split():
            return Answer(f"wrong: {wrong}".encode(), 400)
        if self.asks:
            return Answer(
                PAGE.format(asked=raw.replace("&", "&amp;")).encode(), headers={"Content-Type": "text/html"}
            )
        return self._go_back(query)

    def _go_back(self, query: dict[str, str]) -> Answer:
        code = secrets.token_urlsafe(400)  # codes of Entra are long
        self.codes[code] = query
        back = {"code": code, "state": query["state"]} | ({"iss": self.issuer} if self.names_itself else {})
        return Answer(status=302, headers={"Location": f"{query['redirect_uri']}?{urlencode(back)}"})

    def _token(self, asked: Asked) -> Answer:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        given = asked.headers.get("authorization", "")
        if given != "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode():
            return _json({"error": "invalid_client"}, 401)
        query = self.codes.pop(form.get("code", ""), None)
        if query is None or form.get("redirect_uri") != query["redirect_uri"]:
            return _json({"error": "invalid_grant"}, 400)
        proof = _base64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if proof != query["code_challenge"]:
            return _json({"error": "invalid_grant"}, 400)
        return _json({"access_token": "x", "token_type": "Bearer", "id_token": self._id_token(query["nonce"])})

    def _id_token(self, nonce: str) -> str:
        at = int(self.now().timestamp())
        usual = {"iss": self.issuer, "aud": CLIENT, "iat": at, "exp": at + 3600, "nonce": nonce, "tid": TENANT}
        said = {name: value for name, value in (usual | self.person | self.claims).items() if value is not None}
        if self.forge:
            return self.forge(said)
        return jwt.encode({"alg": "RS256", "kid": self.key.kid} | self.header, said, self.key)


def unsigned(said: dict[str, Any]) -> str:
    """Return a token without a signature."""
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(said)}."


def signed_with_what_all_know(key: RSAKey) -> Callable[[dict[str, Any]], str]:
    """Return a forger who takes the public key for a shared secret."""

    def forge(said: dict[str, Any]) -> str:
        signed = f"{_part({'alg': 'HS256', 'kid': key.kid})}.{_part(said)}"
        return f"{signed}.{_base64(hmac.digest(key.as_pem(private=False), signed.encode(), 'sha256'))}"

    return forge


def signed_with_another_key(kid: str) -> Callable[[dict[str, Any]], str]:
    """Return a forger with a key of his own."""
    own = RSAKey.generate_key(2048)
    return lambda said: jwt.encode({"alg": "RS256", "kid": kid}, said, own)


def _part(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def _json(value: dict[str, Any], status: int = 200) -> Answer:
    return Answer(json.dumps(value).encode(), status, {"Content-Type": "application/json"})
