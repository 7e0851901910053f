"""Pages: JSON-LD first, then selectors; a change of shape is a failure."""

import json
from datetime import UTC, datetime

import pytest
from lab import made
from web_server import Answer, WebServer

from sources.keys import read_table
from sources.page import KIND, Selectors, read_page
from sources.source import Tools

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
URL = "https://forum.example/t/1"


def page(body: str, **selectors: str) -> list[tuple[str, str, str]]:
    posts = read_page(body.encode(), URL, "forum", Selectors(**selectors), NOW)
    return [(post.title, post.author, post.text) for post in posts]


def described(thing: object) -> str:
    return f'<html><script type="application/ld+json">{json.dumps(thing)}</script><p>x</p></html>'


THREAD = {
    "@context": "https://schema.org",
    "@type": "DiscussionForumPosting",
    "headline": "Which nursery?",
    "text": "Any tips?",
    "author": {"@type": "Person", "name": "Bo"},
    "comment": [{"@type": "Comment", "text": "Hollybush", "author": [{"name": "Cy"}]}],
}
BUSINESS = {
    "@graph": [
        {
            "@type": "Preschool",
            "name": "Hollybush",
            "review": [{"@type": "Review", "reviewBody": "Kind &amp; warm"}],
        }
    ]
}


@pytest.mark.parametrize(
    ("thing", "expected"),
    [
        pytest.param(THREAD, [("Which nursery?", "Bo", "Any tips?"), ("Which nursery?", "Cy", "Hollybush")], id="thread"),
        pytest.param(BUSINESS, [("Hollybush", "", "Kind & warm")], id="reviews in a graph"),
        pytest.param([THREAD | {"@type": ["http://schema.org/SocialMediaPosting"], "comment": None}], [("Which nursery?", "Bo", "Any tips?")], id="type with address"),
    ],
)  # fmt: skip
def test_json_ld_must_become_posts(thing: object, expected: list[tuple[str, str, str]]) -> None:
    assert page(described(thing)) == expected


LIST = """<html><title>Board</title><ul>
<li class='p' id='a1'><h3>One</h3><div class='t'>Text <b>one</b></div><i>Ann</i><time datetime='2026-11-01T10:00Z'></time></li>
<li class='p'><h3>Two</h3><div class='t'>Text two</div><a class='l' href='/t/2'>link</a></li></ul></html>"""


def test_selectors_must_find_posts() -> None:
    posts = read_page(LIST.encode(), URL, "forum", Selectors("li.p", "h3", ".t", "i", "", "a.l"), NOW)
    assert [(post.id, post.title, post.author, post.text) for post in posts] == [
        ("a1", "One", "Ann", "Text one"),
        ("https://forum.example/t/2", "Two", "", "Text two"),
    ]
    assert posts[0].published == datetime(2026, 11, 1, 10, tzinfo=UTC)


def test_one_broken_block_must_not_hide_the_others() -> None:
    broken = '<script type="application/ld+json">{"oops"</script>'
    assert page(broken + described(THREAD)) == page(described(THREAD))


def test_a_bad_selector_must_be_refused() -> None:
    _, faults = read_table({"url": URL, "item": "li["}, KIND.keys)
    assert [str(fault) for fault in faults] == ["item: expected a CSS selector like \"article.post\"; got 'li['"]


def test_a_page_must_bring_new_and_edited_posts_only(web: WebServer, tools: Tools) -> None:
    source = made("page", tools, url=web.url("/p"), item="li.p", text=".t")
    web.routes["/p"] = Answer(LIST.encode())
    first = source.fetch(None)
    web.routes["/p"] = Answer(LIST.replace("Text <b>one</b>", "Text changed").encode())
    second = source.fetch(first.cursor)
    assert (len(first.posts), [post.text for post in second.posts]) == (2, ["Text changed"])
