"""Signing in with an account elsewhere: OpenID Connect, authorisation code with PKCE. The one door to Authlib.

What the provider says of somebody is taken only with its signature, from the issuer that is configured, for us,
now, and for this very trip.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import Key, KeySet, import_key
from joserfc.jws import JWSRegistry

from sources.client import Client
from sources.errors import SourceError
from watcher.provider import Provider, is_private_to_us
from watcher.review.accounts import NotSignedIn
from watcher.review.trip import Trip
from watcher.store.records import Identity

KEPT = timedelta(hours=1)  #: how long a provider's addresses and keys are believed
LEEWAY = 60  #: seconds by which clocks may differ
#: Signatures with a key that only the provider has; never "none", never HMAC, whose key could be a public one.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_PLACES = ("authorization_endpoint", "token_endpoint", "jwks_uri")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Description:
    """What a provider says of itself."""

    authorize: str
    token: str
    keys: str
    end_session: str  #: where people sign out there; "" where it does not say
    names_itself: bool  #: its answers carry its issuer
    method: str  #: how it wants our secret
    read_at: datetime


class OpenId:
    """Speaks with one provider. Thread-safe. Everything raises NotSignedIn where it cannot be done."""

    def __init__(self, provider: Provider, client: Client, return_to: str, now: Callable[[], datetime]) -> None:
        self.provider = provider
        self.return_to = return_to  #: the address that the provider must know
        self._client = client
        self._now = now
        self._description: _Description | None = None
        self._keys: KeySet | None = None
        self._lock = threading.Lock()

    def departure(self, trip: Trip) -> str:
        """Return the provider's address to send a browser to."""
        address: str = prepare_grant_uri(
            self._described().authorize,
            self.provider.client_id,
            "code",
            redirect_uri=self.return_to,
            scope="openid email profile"
            if self.provider.tenant
            else "openid email",  # Entra's tid is of the profile
            state=trip.state,
            nonce=trip.nonce,
            code_challenge=create_s256_code_challenge(trip.verifier),
            code_challenge_method="S256",
            prompt="select_account",
            **({"hd": self.provider.domain} if self.provider.domain else {}),
        )
        return address

    def arrival(self, answer: Mapping[str, str], trip: Trip) -> Identity:
        """Return whom the provider vouches for, from the query that a browser has brought back."""
        described = self._described()
        if answer.get("state") != trip.state:
            raise NotSignedIn("openid-old")
        if answer.get("iss", "" if described.names_itself else self.provider.issuer) != self.provider.issuer:
            raise NotSignedIn("openid-forged")
        if "code" not in answer:
            log.info("the provider sent somebody back", error=answer.get("error", "")[:40])
            raise NotSignedIn("openid-declined")
        tokens = self._redeemed(answer["code"], trip, described)
        return identity_of(self._claims(tokens, trip), self.provider)

    def end_session(self) -> str:
        """Return where people sign out of their account, as far as the provider has said by now."""
        return self._description.end_session if self._description else ""

    def check(self) -> str:
        """Ask the provider for its description and keys; return what was found."""
        described = self._read_description()
        keys = self._read_keys(described)
        return f"{self.provider.issuer} answers, {len(keys.keys)} keys; it must know {self.return_to}"

    def _described(self) -> _Description:
        with self._lock:
            known = self._description
            if known is None or self._now() - known.read_at > KEPT:
                self._description = known = self._read_description()
                self._keys = None
            return known

    def _read_description(self) -> _Description:
        found = self._asked("GET", f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.provider.issuer:
            raise self._away(f"it calls itself {str(found.get('issuer'))[:100]}")
        authorize, token, keys = (self._place(found, what) for what in _PLACES)
        end = str(found.get("end_session_endpoint", ""))
        methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return _Description(
            authorize,
            token,
            keys,
            end_session=end if is_private_to_us(end) else "",
            names_itself=found.get("authorization_response_iss_parameter_supported") is True,
            method="client_secret_basic" if "client_secret_basic" in methods else "client_secret_post",
            read_at=self._now(),
        )

    def _place(self, found: Mapping[str, Any], what: str) -> str:
        address = str(found.get(what, ""))
        if not is_private_to_us(address):
            raise self._away(f"its {what} is not an https address")
        return address

    def _read_keys(self, described: _Description) -> KeySet:
        told = self._asked("GET", described.keys).get("keys")
        keys = [key for one in told if (key := _key(one))] if isinstance(told, list) else []
        if not keys:
            raise self._away("it has no keys that can be read")
        return KeySet(keys)

    def _redeemed(self, code: str, trip: Trip, described: _Description) -> dict[str, Any]:
        """Return the tokens for a code, which works once."""
        provider = self.provider
        body = prepare_token_request(
            "authorization_code", redirect_uri=self.return_to, code=code, code_verifier=trip.verifier
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        auth = ClientAuth(provider.client_id, provider.client_secret, described.method)
        _, headers, body = auth.prepare("POST", described.token, headers, body)
        tokens = self._asked("POST", described.token, headers, body.encode())
        if not isinstance(tokens.get("id_token"), str):
            log.warning("the provider gave no token", error=str(tokens.get("error", ""))[:40])
            raise NotSignedIn("openid-old" if tokens.get("error") == "invalid_grant" else "openid-away")
        return tokens

    def _claims(self, tokens: dict[str, Any], trip: Trip) -> dict[str, Any]:
        """Return what the provider says of somebody, every proof checked."""
        provider = self.provider
        try:
            token = self._verified(tokens["id_token"])
            wanted: dict[str, Any] = {
                "iss": {"essential": True, "values": list(provider.issuers)},
                "aud": {"essential": True, "value": provider.client_id},
                "sub": {"essential": True},
            }
            known = {
                "nonce": trip.nonce,
                "client_id": provider.client_id,
                "access_token": tokens.get("access_token"),
            }
            claims = CodeIDToken(token.claims, token.header, wanted, known)
            claims.validate(now=int(self._now().timestamp()), leeway=LEEWAY)
        except (JoseError, ValueError, TypeError) as error:
            log.warning("the provider's token was refused", reason=type(error).__name__)
            raise NotSignedIn("openid-forged") from error
        return dict(claims)

    def _verified(self, token: str) -> jwt.Token:
        """Return a token whose signature is the provider's; with a key not seen before, its keys are read anew."""
        described = self._described()
        rules = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        keys = self._keys
        if keys is not None:
            try:
                return jwt.decode(token, keys, registry=rules)
            except InvalidKeyIdError:
                pass
        self._keys = keys = self._read_keys(described)
        return jwt.decode(token, keys, registry=rules)

    def _asked(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> dict[str, Any]:
        """Return what the provider answers to one request, which leads nowhere else."""
        try:
            answer = self._client.request(method, url, headers=headers, body=body, allow_status=(400, 401))
            found = json.loads(answer.body)
        except SourceError as error:
            raise self._away(str(error)) from error
        except ValueError as error:
            raise self._away("it answers something that is not JSON") from error
        finally:
            self._client.close()  # people seldom sign in; no connection waits for the next one
        if not isinstance(found, dict) or answer.url != url:
            raise self._away("it answers from elsewhere, or something unexpected")
        return found

    def _away(self, reason: str) -> NotSignedIn:
        log.warning("the provider cannot be asked", issuer=self.provider.issuer, reason=reason)
        refusal = NotSignedIn("openid-away")
        refusal.add_note(reason)  # for the technician; people read the words alone
        return refusal


def _key(told: Any) -> Key | None:
    """Return a key of a provider; None for one of a kind that is not known here, and that we would not use."""
    try:
        return import_key(told) if isinstance(told, dict) and told.get("kty") in ("RSA", "EC") else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def identity_of(claims: Mapping[str, Any], provider: Provider) -> Identity:
    """Return whom checked claims speak of. Pure. Raises NotSignedIn where they are of another school."""
    if provider.tenant and str(claims.get("tid", "")).lower() != provider.tenant:
        raise NotSignedIn("openid-elsewhere")
    if provider.domain and str(claims.get("hd", "")).lower() != provider.domain:
        raise NotSignedIn("openid-elsewhere")
    email = str(claims.get("email", "")).strip().lower() if _has_proved_email(claims, provider) else ""
    return Identity(provider.issuer, str(claims["sub"]), email)


def _has_proved_email(claims: Mapping[str, Any], provider: Provider) -> bool:
    """Tell whether the provider has checked that an e-mail address belongs to whom it says.

    Entra lets administrators write any address into an account; only xms_edov says that the domain was proved.
    """
    if provider.kind == "entra":
        return claims.get("xms_edov") in (True, 1, "1", "true")
    return claims.get("email_verified") is True
