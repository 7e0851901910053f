"""Which mentions are one matter. A wrong merge is worse than a missed one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.cases import Known, Placing, canonical_url, fingerprint, place, repeats, shingles

STORY = (
    "A nursery cook has been charged with stealing three thousand pounds from the dinner account of a school in the "
    "town, police said yesterday. She will appear before magistrates next month and has been suspended meanwhile."
)
BIRTHDAY = "Happy birthday to our lovely little {} who is four today and has been a star at nursery all year long well done"


def placing(text: str, *, url: str = "", title: str = "", author: str = "") -> Placing:
    return Placing(url, title, author, text, fingerprint(title, text), frozenset(shingles(text)))


ONE = {
    "the same story elsewhere": (placing(STORY, url="a.example/1"), placing(STORY, url="b.example/9")),
    "another title": (placing(STORY, title="Cook charged"), placing(STORY, title="Theft at school")),
    "a snippet": (placing(STORY[:140]), placing(STORY)),
    "shouted": (placing(STORY), placing(STORY.upper())),
    "reposted": (placing(STORY), placing(f"RT @paper: {STORY}")),
    "with a link": (placing(STORY), placing(f"{STORY} https://t.example/x")),
    "a word corrected": (placing(STORY), placing(STORY.replace("three thousand", "four thousand"))),
    "short, same thread and author": (
        placing("that cook is a thief", title="Sandbank", author="dave"),
        placing("That cook is a THIEF!", title="Sandbank", author="Dave"),
    ),
    "short, same address": (
        placing("that cook is a thief", url="x.example/1"),
        placing("that cook is a thief", url="x.example/1"),
    ),
}
TWO = {
    "another child": (placing(BIRTHDAY.format("Ava")), placing(BIRTHDAY.format("Noah"))),
    "another child in a long text": (placing(f"{STORY} Her son is Leo."), placing(f"{STORY} Her son is Max.")),
    "short and common": (placing("Happy birthday!", author="Ann"), placing("Happy birthday!", author="Bob")),
    "short, no author": (placing("shame on them"), placing("shame on them")),
    "short, other thread": (placing("agreed", title="A", author="x"), placing("agreed", title="B", author="x")),
    "another story": (
        placing(STORY),
        placing("The council will close the road by the school for three weeks from Monday for gas works."),
    ),
    "the same page, other words": (
        placing("lovely place", url="x.example/1"),
        placing("the cook is a thief", url="x.example/1"),
    ),
    "a quotation in a long text": (placing(STORY[:60]), placing(STORY + " " + STORY[::-1])),
    "empty": (placing(""), placing("")),
}


@pytest.mark.parametrize("name", ONE)
def test_repeats_must_be_one_matter(name: str) -> None:
    first, second = ONE[name]
    assert repeats(first, second)
    assert repeats(second, first)


@pytest.mark.parametrize("name", TWO)
def test_different_matters_must_stay_apart(name: str) -> None:
    first, second = TWO[name]
    assert not repeats(first, second)
    assert not repeats(second, first)


NAME = st.from_regex(r"[A-Z][a-z]{2,8}", fullmatch=True)


@given(NAME, NAME, st.integers(0, 30))
def test_no_merge_must_ever_cross_differing_names(first: str, second: str, at: int) -> None:
    if first.lower() == second.lower() or {first.lower(), second.lower()} & set(
        STORY.lower().replace(",", "").split()
    ):
        return
    words = STORY.split()
    texts = [" ".join((*words[:at], name, *words[at:])) for name in (first, second)]
    assert not repeats(placing(texts[0]), placing(texts[1]))


def test_the_first_known_repeat_must_give_the_case() -> None:
    known = [Known(1, placing("something else entirely")), Known(7, placing(STORY)), Known(9, placing(STORY))]
    assert place(placing(STORY), known) == 7
    assert place(placing("new words altogether here"), known) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.paper.example/a/?utm_source=x&fbclid=y", "paper.example/a"),
        ("http://m.paper.example:80/a?b=2&a=1", "paper.example/a?a=1&b=2"),
        ("https://paper.example/a/amp/", "paper.example/a"),
        ("https://forum.example/t/1#post-22", "forum.example/t/1#post-22"),
        ("https://forum.example/t/1#top", "forum.example/t/1"),
        ("https://paper.example", "paper.example"),
        ("", ""),
        ("http://x:99999/", "http://x:99999/"),
    ],
)
def test_one_page_must_have_one_address(url: str, expected: str) -> None:
    assert canonical_url(url) == expected
