"""Whose accounts people sign in with, beside the service's own: a provider that speaks OpenID Connect. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from sources.keys import Fault

_ISSUERS = {"entra": "https://login.microsoftonline.com/{tenant}/v2.0", "google": "https://accounts.google.com"}
_NAMES = {"entra": "Microsoft", "google": "Google"}


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider as configured."""

    kind: str  #: entra, google, other
    issuer: str  #: who must have signed; the address under which the provider describes itself
    tenant: str  #: Entra's directory; "" for others
    domain: str  #: Google's Workspace domain; "" for others
    name: str  #: what people call it
    client_id: str
    client_secret: str = field(repr=False)
    passwords: bool = True  #: whether those of this page do beside it

    @property
    def issuers(self) -> tuple[str, ...]:
        """How tokens may name the issuer; Google leaves the scheme out at times."""
        bare = self.issuer.removeprefix("https://")
        return (self.issuer, bare) if self.kind == "google" else (self.issuer,)


def provider_of(values: Mapping[str, Any]) -> Provider:
    """Return the provider that a checked table describes."""
    kind = values["provider"]
    return Provider(
        kind=kind,
        issuer=values["issuer"] or _ISSUERS.get(kind, "").format(tenant=values["tenant"]),
        tenant=values["tenant"],
        domain=values["domain"].lower(),
        name=values["name"] or _NAMES.get(kind, "your other account"),
        client_id=values["client_id"],
        client_secret=values["client_secret"],
        passwords=values["passwords"],
    )


def faults_of(values: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what is missing for a kind of provider, or would let others in."""
    needed = {"entra": "tenant", "google": "domain", "other": "issuer"}[values["provider"]]
    if not values[needed]:
        yield Fault(needed, f'a value, which provider = "{values["provider"]}" needs', "nothing")
    issuer = values["issuer"]
    if issuer and not is_private_to_us(issuer):
        yield Fault("issuer", "an address that begins with https://", issuer)
    if issuer and values["provider"] == "entra" and values["tenant"] not in issuer.split("/"):
        yield Fault("issuer", "an address with the tenant in it", issuer)
    if find_spec("authlib") is None:
        yield Fault("provider", "its extra: pip install 'nursery-watcher[openid]'", "nothing installed")


def is_private_to_us(url: str) -> bool:
    """Tell whether nobody on the way can read or change what goes to an address: https, or this very computer."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
