"""What every kind of source promises, tested against its own scripted site."""

import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from contract_sites import SITES
from lab import NOW, asking, serving
from scripted_site import SPOKEN, ScriptedSite, edited, items

from sources.errors import Malformed, RateLimited, SourceError
from sources.keys import read_table
from sources.parsing import Parsers
from sources.post import MAX_TEXT, PLATFORMS, Post
from sources.registry import KINDS
from sources.source import Fetched, Held, Rechecks, Source, Tools
from watcher.coverage import coverage


@dataclass(frozen=True)
class Bench:
    """A kind's source beside the site it reads."""

    kind: str
    site: ScriptedSite
    source: Source
    secrets: tuple[str, ...]

    def poll_to_end(self, cursor: str | None) -> tuple[list[Post], str]:
        """Poll until nothing new comes, and again after a failure; return everything that came."""
        posts: list[Post] = []
        for _ in range(20):
            try:
                fetched = self.source.fetch(cursor)
            except SourceError:
                continue
            cursor = fetched.cursor
            if not fetched.posts:
                return posts, cursor
            posts += fetched.posts
        raise AssertionError("the source never comes to an end")


@pytest.fixture(params=sorted(KINDS))
def bench(request: pytest.FixtureRequest, tmp_path: Path, parsers: Parsers) -> Iterator[Bench]:
    kind = KINDS[request.param]
    site = SITES[kind.name](tmp_path)
    settings, faults = read_table(site.table(), kind.keys)
    assert not faults
    secrets = tuple(kept_part(settings[key.name]) for key in kind.keys if key.secret and settings[key.name])
    with serving(*site.hosts()) as server, asking(server, site.ports()) as client:
        server.otherwise = site.serve
        tools = Tools(client, parsers, ("Hollybush Nursery School",), lambda: NOW)
        yield Bench(kind.name, site, kind.build(settings, tools), secrets)
    site.close()


def kept_part(secret: str) -> str:
    """Return what must not show of a secret: of an address, all but its host."""
    return urlsplit(secret).path if secret.startswith("https://") else secret


def numbers(posts: tuple[Post, ...] | list[Post]) -> list[int]:
    """Return which items the posts came from, in their order."""
    return [int(f"{post.title} {post.text}".split("tem ")[1].split()[0].strip(".")) for post in posts]


def said(fetched: Fetched) -> dict[int, Post]:
    return dict(zip(numbers(fetched.posts), fetched.posts, strict=True))


def test_every_kind_must_bring_a_site() -> None:
    assert set(SITES) == set(KINDS)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_key_must_be_documented_with_an_example_that_can_be_read(name: str) -> None:
    for key in KINDS[name].keys:
        assert key.doc.endswith("."), key.name
        key.read(tomllib.loads(f"value = {key.example}")["value"])


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_kind_must_say_what_it_is(name: str) -> None:
    kind = KINDS[name]
    for words in (kind.sees, kind.credential, kind.limits, kind.terms):
        assert words
    assert kind.every.total_seconds() >= 300


def test_the_first_poll_must_bring_all_in_plain_words_oldest_first(bench: Bench) -> None:
    bench.site.show(items(1, 2, 3))
    fetched = bench.source.fetch(None)
    assert numbers(fetched.posts) == [1, 2, 3]
    assert fetched.seen >= 3
    for post in fetched.posts:
        check_fields(post)
        assert SPOKEN in f"{post.title}\n{post.text}"
    assert len({post.id for post in fetched.posts}) == 3


def check_fields(post: Post) -> None:
    assert post.id
    assert post.url == "" or post.url.startswith(("https://", "http://"))
    assert post.platform in PLATFORMS
    assert len(post.text) <= MAX_TEXT
    assert post.published is None or post.published.utcoffset() is not None
    assert not any(sign in f"{post.title}{post.text}" for sign in ("&amp;", "&lt;", "<p>", "</"))


def test_an_empty_site_must_bring_nothing(bench: Bench) -> None:
    with suppress(Malformed):  # a page that shows nothing has changed its shape
        assert bench.source.fetch(None).posts == ()


def test_a_cursor_must_be_a_text_that_holds_still(bench: Bench) -> None:
    bench.site.show(items(1, 2, 3))
    first = bench.source.fetch(None)
    again = bench.source.fetch(json.loads(json.dumps(first.cursor)))
    assert again.posts == ()
    assert bench.source.fetch(again.cursor).posts == ()


def test_the_same_cursor_must_bring_the_same_or_more(bench: Bench) -> None:
    bench.site.show(items(1, 2))
    first = bench.source.fetch(None)
    assert said(bench.source.fetch(None)) == said(first)
    bench.site.show(items(1, 2, 3))
    after = said(bench.source.fetch(first.cursor))
    bench.site.show(items(1, 2, 3, 4))
    assert said(bench.source.fetch(first.cursor)).items() >= after.items()


def test_late_and_back_dated_items_must_arrive(bench: Bench) -> None:
    bench.site.show(items(10, 20))
    first = bench.source.fetch(None)
    bench.site.show(items(10, 15, 20, 30))
    second = bench.source.fetch(first.cursor)
    assert numbers(second.posts) == [15, 30]
    assert bench.source.fetch(second.cursor).posts == ()


def test_an_edit_must_come_again_under_the_same_id(bench: Bench) -> None:
    if not bench.site.edits:
        pytest.skip("nothing can be edited there")
    one, two = items(1, 2)
    bench.site.show([one, two])
    first = bench.source.fetch(None)
    bench.site.show([edited(one), two])
    second = bench.source.fetch(first.cursor)
    assert [post.id for post in second.posts] == [said(first)[1].id]
    assert "changed" in f"{second.posts[0].title} {second.posts[0].text}"


def test_what_is_gone_must_be_told_at_a_second_look(bench: Bench) -> None:
    if not bench.site.deletes:
        pytest.skip("a second look cannot tell there")
    assert isinstance(bench.source, Rechecks)
    bench.site.show(items(1, 2))
    first = bench.source.fetch(None)
    held = tuple(Held(post.id, post.url) for post in first.posts)
    assert bench.source.recheck(held, first.cursor).gone == frozenset()
    bench.site.show(items(2))
    assert bench.source.recheck(held, first.cursor).gone == {said(first)[1].id}


def test_a_second_look_that_fails_must_prove_nothing(bench: Bench) -> None:
    if not isinstance(bench.source, Rechecks):
        pytest.skip("nothing is looked at twice there")
    bench.site.show(items(1, 2))
    first = bench.source.fetch(None)
    held = tuple(Held(post.id, post.url) for post in first.posts)
    for name, fault in bench.site.faults.items():
        if not fault.pause:
            bench.site.fail(name)
            with suppress(SourceError):
                assert bench.source.recheck(held, first.cursor).gone == frozenset(), name


def test_a_quiet_poll_must_ask_as_often_as_the_documents_say(bench: Bench) -> None:
    stated = re.match(r"(\d+)(?: to (\d+))?", coverage().kinds[bench.kind].requests)
    if not stated:
        pytest.skip("it depends on the site")
    bench.site.show(items(1, 2, 3))
    cursor = bench.source.fetch(None).cursor
    asked = bench.site.asked
    bench.source.fetch(cursor)
    assert int(stated[1]) <= bench.site.asked - asked <= int(stated[2] or stated[1])


def test_a_long_absence_must_be_caught_up_with_in_a_bounded_number_of_requests(bench: Bench) -> None:
    bench.site.show(items(1))
    first = bench.source.fetch(None)
    asked = bench.site.asked
    bench.site.show(items(*range(1, bench.site.backlog + 2)))
    fetched = bench.source.fetch(first.cursor)
    assert bench.site.asked - asked <= bench.site.most_requests
    rest, _ = bench.poll_to_end(fetched.cursor)
    assert sorted(numbers([*fetched.posts, *rest])) == list(range(2, bench.site.backlog + 2))


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_failure_half_way_must_lose_nothing(after: int, bench: Bench) -> None:
    bench.site.show(items(1))
    first = bench.source.fetch(None)
    bench.site.show(items(*range(1, bench.site.backlog + 2)))
    bench.site.fail_once(after)
    posts, _ = bench.poll_to_end(first.cursor)
    assert set(numbers(posts)) == set(range(2, bench.site.backlog + 2))


@pytest.mark.parametrize("begun", [False, True], ids=["at first", "later"])
def test_every_fault_must_be_told_as_what_it_is(begun: bool, bench: Bench) -> None:
    bench.site.show(items(1, 2))
    cursor = bench.source.fetch(None).cursor if begun else None
    for name, fault in bench.site.faults.items():
        if fault.pause:
            continue  # the host then rests; below
        bench.site.fail(name)
        with pytest.raises(fault.means) as caught:
            bench.source.fetch(cursor)
        assert all(secret not in shown(caught.value) for secret in bench.secrets), name
    bench.site.fail("")
    assert numbers(bench.source.fetch(None).posts) == [1, 2]


def shown(error: BaseException | None) -> str:
    """Return all that a log could show of an error."""
    words = ""
    while error:
        words += f"{error!r} {error}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return words


def test_a_pause_that_is_asked_for_must_be_passed_on(bench: Bench) -> None:
    for name, fault in bench.site.faults.items():
        if fault.pause:
            bench.site.fail(name)
            with pytest.raises(RateLimited) as caught:
                bench.source.fetch(None)
            assert caught.value.retry_after == fault.pause
            assert all(secret not in shown(caught.value) for secret in bench.secrets)


@pytest.mark.parametrize("cursor", ["nonsense", "", "[]", '{"seen": 1}', "{}", "null"])
def test_a_broken_cursor_must_be_said(cursor: str, bench: Bench) -> None:
    bench.site.show(items(1))
    with pytest.raises(Malformed, match="cursor"):
        bench.source.fetch(cursor)


def test_secrets_must_not_show_in_what_a_source_is(bench: Bench) -> None:
    bench.site.show(items(1))
    fetched = bench.source.fetch(None)
    for secret in bench.secrets:
        assert secret not in repr(bench.source)
        assert secret not in repr(fetched)
