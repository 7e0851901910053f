"""Which addresses may be contacted."""

import pytest
from address_vectors import ODD_HOSTS, PRIVATE, PROPER_HOSTS, PUBLIC

from sources.addresses import Allowed, is_proper_host, is_public, parse


def test_the_vectors_must_be_many() -> None:
    assert len({*PRIVATE, *PUBLIC, *ODD_HOSTS}) >= 200


@pytest.mark.parametrize("address", PRIVATE)
def test_private_and_special_addresses_must_not_be_public(address: str) -> None:
    parsed = parse(address)
    assert parsed is not None
    assert not is_public(parsed)


@pytest.mark.parametrize("address", PUBLIC)
def test_ordinary_addresses_must_be_public(address: str) -> None:
    parsed = parse(address)
    assert parsed is not None
    assert is_public(parsed)


@pytest.mark.parametrize("spelling", [*ODD_HOSTS, "127。0。0。1", "①②⑦.0.0.1", "１２７.0.0.1", "localhost", ""])
def test_odd_spellings_must_not_be_read_as_addresses(spelling: str) -> None:
    assert parse(spelling) is None


@pytest.mark.parametrize(
    "host", [*ODD_HOSTS, "", ".", "a" * 254, "ne ws.example", "news.example\n", "bücher.example"]
)
def test_hosts_that_programs_read_differently_must_not_be_proper(host: str) -> None:
    assert not is_proper_host(host)


@pytest.mark.parametrize("host", PROPER_HOSTS)
def test_ordinary_hosts_must_be_proper(host: str) -> None:
    assert is_proper_host(host)


ALLOWED = {
    "127.0.0.1": True,
    "127.0.0.2": False,
    "10.1.200.3": True,
    "10.2.0.1": False,
    "::1": True,
    "::ffff:127.0.0.1": False,
    "::ffff:10.1.0.1": False,
    "fe80::1": True,
    "fe80::1%eth0": False,
    "8.8.8.8": False,
}


@pytest.mark.parametrize("address", ALLOWED)
def test_the_configuration_must_open_exactly_what_it_names(address: str) -> None:
    parsed = parse(address)
    assert parsed is not None
    assert (parsed in Allowed(("127.0.0.1", "10.1.0.0/16", "::1", "fe80::/10"))) is ALLOWED[address]
