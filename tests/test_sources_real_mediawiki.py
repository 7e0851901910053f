"""The kinds that read wikis and feeds, against a real MediaWiki."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from lab import made
from real_servers import MediaWiki, mediawiki, true_tools

from sources.errors import Refused
from sources.parsing import Parsers
from sources.post import Post
from sources.source import Held, Rechecks, Tools

WIKITEXT = (
    "'''Hollybush''' is a [[School|nursery school]] in St Mary’s Łódź Street.<!-- hidden -->\n\n* Ava’s class\n"
)
PLAIN = "Hollybush is a nursery school in St Mary’s Łódź Street.\n\nAva’s class"


@pytest.fixture(scope="module")
def running_wiki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaWiki]:
    with mediawiki(tmp_path_factory.mktemp("wiki")) as started:
        yield started


@pytest.fixture
def wiki(running_wiki: MediaWiki) -> Iterator[MediaWiki]:
    """A wiki with the settings and pages that it was installed with."""
    kept = running_wiki.titles()
    yield running_wiki
    running_wiki.set()
    running_wiki.delete(*running_wiki.titles() - kept)


@pytest.fixture
def tools(parsers: Parsers) -> Iterator[Tools]:
    with true_tools(parsers) as made:
        yield made


def found(posts: tuple[Post, ...]) -> dict[str, str]:
    return {post.title: post.text for post in posts}


def test_a_page_must_arrive_in_plain_words_and_again_when_edited(wiki: MediaWiki, tools: Tools) -> None:
    reading = made("mediawiki", tools, url=wiki.api, queries=["“Hollybush” St Mary’s"])
    wiki.write("Fleamford", WIKITEXT)
    (post,) = (first := reading.fetch(None)).posts
    assert (post.title, post.text, post.author, post.language) == ("Fleamford", PLAIN, "Ann", "en")
    assert post.url == f"{wiki.address}/index.php/Fleamford"
    assert post.published
    assert (datetime.now(UTC) - post.published).total_seconds() < 60
    assert reading.fetch(first.cursor).posts == ()
    wiki.write("Fleamford", WIKITEXT + "* It is a disgrace.")
    (edited,) = reading.fetch(first.cursor).posts
    assert (edited.id, edited.text) == (post.id, f"{PLAIN}\nIt is a disgrace.")


def test_talk_pages_must_be_searched_too(wiki: MediaWiki, tools: Tools) -> None:
    wiki.write("Talk:Fleamford", "== Fair ==\nIs [[Hollybush]] closed? ~~~~")
    assert "Talk:Fleamford" in found(
        made("mediawiki", tools, url=wiki.api, queries=["Hollybush"]).fetch(None).posts
    )


def test_a_long_list_of_finds_must_arrive_whole_and_once(wiki: MediaWiki, tools: Tools) -> None:
    reading = made("mediawiki", tools, url=wiki.api, queries=["Hollybush"])
    wiki.write_many({f"Find {n}": f"Hollybush number {n}." for n in range(45)})
    first = reading.fetch(None)
    assert found(first.posts) == {f"Find {n}": f"Hollybush number {n}." for n in range(45)}
    assert reading.fetch(first.cursor).posts == ()


def test_pages_too_long_for_one_answer_must_arrive_too(wiki: MediaWiki, tools: Tools) -> None:
    reading = made("mediawiki", tools, url=wiki.api, queries=["Hollybush"])
    wiki.set(wgAPIMaxResultSize=10_000)
    long = {f"Long {n}": f"Hollybush {n}. " + "words " * 500 for n in range(22)}
    wiki.write_many(long)
    assert found(reading.fetch(None).posts) == {title: text.strip() for title, text in long.items()}


def test_all_changes_must_arrive_however_often_a_page_changed(wiki: MediaWiki, tools: Tools) -> None:
    reading = made("mediawiki", tools, url=wiki.api, follows="changes")
    cursor = reading.fetch(None).cursor
    wiki.write_many({f"Page {n}": "A text." for n in range(25)})
    wiki.write("Page 3", "Hollybush.")
    wiki.write("Page 3", "Hollybush again.")
    second = reading.fetch(cursor)
    assert found(second.posts) == {f"Page {n}": "A text." for n in range(25)} | {"Page 3": "Hollybush again."}
    assert reading.fetch(second.cursor).posts == ()


def test_a_page_that_was_deleted_must_be_told(wiki: MediaWiki, tools: Tools) -> None:
    reading = made("mediawiki", tools, url=wiki.api, queries=["Hollybush"])
    assert isinstance(reading, Rechecks)
    wiki.write_many({"Fair": "Hollybush.", "Market": "Hollybush."})
    first = reading.fetch(None)
    held = tuple(Held(post.id, post.url) for post in first.posts)
    assert reading.recheck(held, first.cursor).gone == frozenset()
    wiki.delete("Market")
    assert reading.recheck(held, first.cursor).gone == {post.id for post in first.posts if post.title == "Market"}


def test_a_wiki_that_is_not_public_must_be_told(wiki: MediaWiki, tools: Tools) -> None:
    wiki.set(wgGroupPermissions={"*": {"read": False}})
    with pytest.raises(Refused, match="need read permission"):
        made("mediawiki", tools, url=wiki.api, queries=["Hollybush"]).fetch(None)


def test_the_feed_of_changes_must_bring_each_edit(wiki: MediaWiki, tools: Tools) -> None:
    address = f"{wiki.address}/index.php?title=Special:RecentChanges&feed=atom"  # it leads elsewhere
    reading = made("feed", tools, url=address, platform="wiki")
    wiki.write("Fleamford", "First.")
    first = reading.fetch(None)
    assert reading.fetch(first.cursor).posts == ()
    wiki.write("Fleamford", "Hollybush is a disgrace.")
    (edit,) = reading.fetch(first.cursor).posts
    assert (edit.title, edit.author) == ("Fleamford", "Ann")
    assert "Hollybush is a disgrace." in edit.text
