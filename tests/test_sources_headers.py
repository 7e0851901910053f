"""Headers as text and as bytes."""

import pytest

from sources.errors import Refused
from sources.headers import as_utf8, conditions, decoded, encoded, own_headers


def test_every_byte_a_header_may_hold_must_come_back_unchanged() -> None:
    wire = [(b"ETag", bytes([9, *range(32, 127), *range(128, 256)]))]
    assert encoded(decoded(wire)) == [(b"etag", wire[0][1])]


def test_headers_of_the_same_name_must_be_joined() -> None:
    assert decoded([(b"Link", b"a"), (b"X", b""), (b"LINK", b"b")]) == {"link": "a, b", "x": ""}


def test_a_callers_headers_must_be_lower_case() -> None:
    assert own_headers({"X-Api-Key": "k"}) == {"x-api-key": "k"}
    assert own_headers(None) == {}


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "ä", "\x00", "(x)"])
def test_a_name_no_header_may_have_must_be_refused(name: str) -> None:
    with pytest.raises(Refused):
        own_headers({name: "x"})


@pytest.mark.parametrize("value", ["a\r\nX: b", "a\n", "\x00", "\x7f", "☃"])
def test_a_value_no_header_may_have_must_be_refused_or_left_out(value: str) -> None:
    with pytest.raises(Refused):
        own_headers({"x": value})
    assert conditions(value, value) == {}


def test_what_a_site_did_not_give_must_not_be_asked() -> None:
    assert conditions(None, "") == {}
    assert conditions('"a"', None) == {"if-none-match": '"a"'}
    assert conditions(None, "Tue") == {"if-modified-since": "Tue"}


@pytest.mark.parametrize(("wire", "text"), [("/café".encode(), "/café"), (b"/caf\xe9", "/café"), (b"/a", "/a")])
def test_a_location_must_be_read_as_utf8_where_it_is(wire: bytes, text: str) -> None:
    assert as_utf8(wire.decode("latin-1")) == text
