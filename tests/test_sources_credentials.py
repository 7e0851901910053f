"""What every kind that reads with a credential says of it: whose it is, or that it is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from contract_sites import SITES
from lab import NOW, asking, made, serving
from scripted_site import ScriptedSite

from sources.errors import Refused
from sources.parsing import Parsers
from sources.registry import KINDS
from sources.source import Tools, Vouches

#: Kind, what is added to its keys, whose credential it is, a fault of its site, and what that says.
TABLE = [
    pytest.param("bluesky", {}, "@hollybush.bsky.social", "wrong password", "does not accept the handle with this app password", id="bluesky"),
    pytest.param("facebook", {}, "Hollybush", "token run out", "the token has run out or was withdrawn", id="facebook"),
    pytest.param("imap", {}, "folder Alerts, 0 mails", "wrong password", "does not accept", id="imap"),
    pytest.param("instagram", {}, "Hollybush", "no permission", "the token does not allow this", id="instagram"),
    pytest.param("mastodon", {"token": "t0ken"}, "application Watcher", "401", "wants a token of an account there, or a new one", id="mastodon"),
    pytest.param("x", {}, "the app's token", "401", "api.x.com answered 401", id="x"),
    pytest.param("youtube-channel", {}, "the API key", "wrong key", "does not accept the key: keyInvalid", id="youtube-channel"),
    pytest.param("youtube-search", {}, "the API key", "wrong key", "does not accept the key: keyInvalid", id="youtube-search"),
]  # fmt: skip
#: Kinds whose credential is a part of the address that is polled: it is told by the poll alone.
TOLD_BY_THE_POLL = {"google-alerts", "reddit"}


@contextmanager
def vouching(
    kind: str, more: dict[str, str], folder: Path, parsers: Parsers
) -> Iterator[tuple[ScriptedSite, Vouches]]:
    site = SITES[kind](folder)
    with serving(*site.hosts()) as server, asking(server, site.ports()) as client:
        server.otherwise = site.serve
        source = made(kind, Tools(client, parsers, ("Hollybush",), lambda: NOW), **site.table() | more)
        assert isinstance(source, Vouches)
        yield site, source
    site.close()


@pytest.mark.parametrize(("kind", "more", "whose", "fault", "words"), TABLE)
def test_a_credential_must_be_told_by_its_owner_and_a_wrong_one_as_wrong(
    kind: str, more: dict[str, str], whose: str, fault: str, words: str, tmp_path: Path, parsers: Parsers
) -> None:
    with vouching(kind, more, tmp_path, parsers) as (site, source):
        assert source.vouch() == whose
    with vouching(kind, more, tmp_path, parsers) as (site, source):
        site.fail(fault)
        with pytest.raises(Refused, match=words):
            source.vouch()


def test_every_kind_with_a_credential_must_vouch_for_it() -> None:
    asked = {kind.name for kind in KINDS.values() if not kind.credential.startswith("none")} | {"mastodon"}
    assert {str(row.values[0]) for row in TABLE} == asked - TOLD_BY_THE_POLL


def test_without_a_token_nothing_must_be_asked(tmp_path: Path, parsers: Parsers) -> None:
    with vouching("mastodon", {}, tmp_path, parsers) as (site, source):
        assert source.vouch() == ""
        assert site.asked == 0
