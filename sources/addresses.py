"""Which network addresses may be contacted. Pure."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

#: Special networks that Python's `is_global` lets through.
_SPECIAL = tuple(
    ip_network(network)
    for network in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/32",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)


class Allowed:
    """The private addresses and networks that the configuration opens."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks = tuple(ip_network(network, strict=False) for network in networks)

    def __contains__(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self._networks)


def parse(text: str) -> Address | None:
    """Read an address in its one proper spelling; None for names and for odd spellings like 0x7f.1."""
    try:
        return ip_address(text.strip("[]"))
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Tell whether an address is an ordinary public one: not private, special, mapped, tunnelled or multicast."""
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, IPv6Address) and address.scope_id:
        return False
    return not any(_within(address, network) for network in _SPECIAL)


def _within(address: Address, network: object) -> bool:
    same = isinstance(network, IPv6Network) == isinstance(address, IPv6Address)
    return same and address in network  # type: ignore[operator]
