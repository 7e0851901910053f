"""What people read: neutral outside, redacted inside, hostile to nobody."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from watcher.messages import (
    BlindSource,
    CaseView,
    Troubles,
    alert,
    changed,
    concern_words,
    excerpt,
    health,
    place_words,
    printable,
    rollup,
    trial,
)

BANNED = re.compile(r"\b(breach(es)?|offenders?|culprits?|defamed|illegal|guilty|perpetrators?)\b", re.IGNORECASE)
TEMPLATES = Path(__file__).parent.parent / "watcher/templates"
HOSTILE = "<script>alert(1)</script><img src=x onerror=y>\"'&{{7*7}}{% raw %}\r\nBcc: x\u202e\u200b"


def view(**changes: Any) -> CaseView:
    base = CaseView(
        reference="HB-2026-0001",
        concerns=(concern_words("safeguarding"),),
        place=place_words("forum"),
        source="Local forum",
        seen="Tue 24 Nov 2026, 09:00",
        published="",
        excerpt="Well done to [name]",
        because=("names a child (\u201c[name]\u201d)",),
        url="https://forum.example/1",
        review_url="https://watcher.example/cases/HB-2026-0001",
        repeats=0,
    )
    return replace(base, **changes)


def test_a_subject_must_carry_reference_concern_and_place_only() -> None:
    assert alert(view()).subject == "Possible safeguarding concern on a public forum (ref HB-2026-0001)"
    assert alert(view(), change="raised").subject.startswith("More serious: possible safeguarding concern on")
    assert alert(view(), repeat=True).subject.startswith("(possible repeat) Possible safeguarding concern")


def test_both_parts_must_tell_the_same() -> None:
    message = alert(view(repeats=2))
    for part in (message.text, message.html):
        for said in (
            "HB-2026-0001",
            "Well done to [name]",
            "names a child",
            "in 3 places",
            "https://forum.example/1",
            "LADO",
            "4.5",
        ):
            assert said in part


def test_every_part_must_say_how_often_such_alerts_were_right() -> None:
    message = alert(view(how_often=("Of the last 9 alerts about a child, 7 turned out useful here.",)))
    for part in (message.text, message.html, message.card):
        assert "You decide. Of the last 9 alerts about a child, 7 turned out useful here." in part


def test_a_change_must_be_told_quietly() -> None:
    message = changed(view())
    assert message.subject == "The post was changed (ref HB-2026-0001)"
    for part in (message.text, message.html):
        assert "changed after you were told" in part
        assert "https://watcher.example/cases/HB-2026-0001" in part
        assert "Well done" not in part


def test_reference_only_must_say_nothing_of_the_post() -> None:
    message = alert(view(excerpt="", because=(), url=""))
    assert "What it says" not in message.text + message.html
    assert "Why you are told" not in message.text + message.html
    assert "Open the post" not in message.text + message.html


@pytest.mark.parametrize(
    "field", ["reference", "place", "source", "seen", "published", "excerpt", "url", "review_url"]
)
def test_hostile_text_must_stay_text(field: str) -> None:
    for message in (alert(view(**{field: HOSTILE})), rollup([view(**{field: HOSTILE})], "HB-R")):
        assert "<script>" not in message.html
        assert "onerror=y>" not in message.html
        assert "49" not in message.subject
        assert not re.search(r"[\r\n\u202e\u200b]", message.subject)


def test_a_rollup_must_hold_every_case() -> None:
    message = rollup([view(reference=f"HB-{n}") for n in range(7)], "HB-R")
    assert message.subject == "7 new cases, safeguarding among them (ref HB-R)"
    assert all(f"HB-{n}:" in message.text for n in range(7))


def test_blindness_must_be_told_in_words() -> None:
    message = health(Troubles(blind=(BlindSource("Paper", "cannot be reached since Monday"),), recovered=("Blog",)))
    assert message.subject == "Watcher: 1 source cannot be read"
    assert "cannot be reached since Monday" in message.text
    assert "Able to see again: Blog" in message.text


def test_failing_channels_lost_names_and_a_full_disk_must_be_told_in_words() -> None:
    message = health(Troubles(channels=(("head", "the mail server answered 550"),)))
    assert message.subject == "Watcher: 1 channel cannot be reached"
    assert "Messages to head do not get through: the mail server answered 550." in message.text
    message = health(Troubles(unrecognised=("Hollybush",)))
    assert message.subject == "Watcher: A planted post was not recognised"
    assert "at Hollybush was not recognised" in message.text
    message = health(Troubles(disk=740))
    assert message.subject == "Watcher: The disk is nearly full"
    assert "740 MB are left" in message.text


def test_a_test_message_must_say_what_it_is() -> None:
    assert "Test message" in trial("Hollybush", "head").subject


@pytest.mark.parametrize(
    "path", sorted(path for path in TEMPLATES.rglob("*.*") if path.is_file()), ids=lambda path: path.name
)
def test_no_template_may_judge_a_person(path: Path) -> None:
    assert not BANNED.search(path.read_text(encoding="utf-8"))


def test_excerpts_must_end_at_a_word() -> None:
    short = excerpt("word " * 300)
    assert len(short) <= 404
    assert short.endswith("word ...")


def test_invisible_signs_must_go() -> None:
    assert printable("a\u202eb\u200bc\x00d\u2028e") == "a b c d e"
