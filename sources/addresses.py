"""Which network addresses may be contacted. Pure."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: Written out whole, because what `is_global` says differs between versions of Python.
_SPECIAL: tuple[Network, ...] = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' own
        "127.0.0.0/8",  # this machine
        "169.254.0.0/16",  # this link, clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "2001::/23",  # Teredo, ORCHID and other protocols
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, carries an IPv4 address
        "3fff::/20",  # documentation
    )
)
#: All IPv6 addresses in ordinary use. Outside are loopback, mapped, translated, local and multicast ones.
_ORDINARY_V6 = IPv6Network("2000::/3")

_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)


class Allowed:
    """The private addresses and networks that the configuration opens."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks = tuple(ip_network(network, strict=False) for network in networks)

    def __contains__(self, address: Address) -> bool:
        return _is_plain(address) and _is_within(address, self._networks)


def parse(text: str) -> Address | None:
    """Read an address in its one proper spelling; None for names and for odd spellings like 0x7f.1."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Tell whether an address is an ordinary public one: not private, special, mapped, tunnelled or multicast."""
    if isinstance(address, IPv6Address) and address not in _ORDINARY_V6:
        return False
    return address.is_global and _is_plain(address) and not _is_within(address, _SPECIAL)


def is_proper_host(host: str) -> bool:
    """Tell whether all programs read a lower-case host alike: a plain name or a properly spelled address.

    A last label that is a number makes an address of the whole for many programs (127.1, 0x7f000001), but not
    for all of them.
    """
    if parse(host) is not None:
        return True
    last = host.rstrip(".").rpartition(".")[2]
    return len(host) <= 253 and bool(_NAME.fullmatch(host)) and ".." not in host and not _NUMBER.fullmatch(last)


def _is_plain(address: Address) -> bool:
    """Tell whether an address has no zone, which would name one of our own network cards."""
    return not (isinstance(address, IPv6Address) and address.scope_id)


def _is_within(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
