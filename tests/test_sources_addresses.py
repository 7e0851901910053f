"""Which addresses may be contacted."""

import pytest

from sources.addresses import Allowed, is_public, parse

PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.254",
    "127.0.0.1",
    "127.1.2.3",
    "127.255.255.254",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.254",
    "192.0.0.1",
    "192.0.0.8",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.254",
    "198.18.0.1",
    "198.19.255.254",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "224.0.0.251",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:192.168.1.1",
    "::ffff:8.8.8.8",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:53aa:64c::1",
    "2001:2::1",
    "2001:10::1",
    "2001:db8::1",
    "2001:db8:ffff::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2002:c0a8:101::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fec0::1",
    "feff::1",
    "ff00::1",
    "ff01::1",
    "ff02::1",
    "ff02::fb",
    "ff05::2",
    "ff0e::1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.9.9.9",
    "93.184.216.34",
    "151.101.1.69",
    "185.15.59.224",
    "2606:4700:4700::1111",
    "2a00:1450:4009::1",
]
ODD = [
    "2130706433",
    "0x7f000001",
    "017700000001",
    "127.1",
    "0x7f.1",
    "0177.0.0.1",
    "127.0.0.1.nip.io",
    "localhost",
    "LOCALHOST",
    "127.000.000.001",
    "１２７.0.0.1",
    "127。0。0。1",
    "①②⑦.0.0.1",
    "127.0.0.1:80",
    "[::1]:80",
    "127.0.0.1/",
    "127.0.0.1#",
    "0",
    "1",
    "256.1.1.1",
    "1.2.3",
    "1.2.3.4.5",
    ":::1",
    "::g",
    "12345::1",
    "example.org",
    "metadata.google.internal",
]


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


@pytest.mark.parametrize("spelling", ODD)
def test_odd_spellings_must_not_be_read_as_addresses(spelling: str) -> None:
    assert parse(spelling) is None


@pytest.mark.parametrize(
    ("address", "allowed"),
    [("127.0.0.1", True), ("127.0.0.2", False), ("10.1.200.3", True), ("10.2.0.1", False), ("::1", True)],
)
def test_the_configuration_must_open_private_addresses_one_by_one(address: str, allowed: bool) -> None:
    parsed = parse(address)
    assert parsed is not None
    assert (parsed in Allowed(("127.0.0.1", "10.1.0.0/16", "::1"))) is allowed
