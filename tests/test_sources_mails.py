"""Mails: who counts, what they tell of, and what a hostile one can do to its reader."""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hostile_mails import HOSTILE
from lab import NOW
from scripted_site import items
from sites_mail import SERVER, alert, mail
from test_sources_golden import spelled

from sources import errors
from sources.forwards import bare_subject, quoted
from sources.mail_posts import Rules, place_of, read_posts
from sources.parsing import Parsers
from sources.redirects import unwrapped
from sources.vouching import read_vouching

DATA = Path(__file__).parent / "data" / "imap"
GOLDEN = sorted(DATA.glob("*.json"))
RULES = Rules(SERVER, ("facebookmail.com",), ("office@school.example",), "Hollybush Nursery School")


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_recorded_mail_must_become_the_stated_posts(path: Path) -> None:
    golden: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    raw = (DATA / golden["mail"]).read_bytes()
    if "error" in golden:
        kind, _, words = golden["error"].partition(": ")
        with pytest.raises(getattr(errors, kind), match=re.escape(words)):
            read_posts(raw, RULES, NOW)
        return
    reading = read_posts(raw, RULES, NOW)
    assert (reading.verdict, reading.server) == (golden["verdict"], golden.get("server", ""))
    assert [spelled(post) for post in reading.posts] == golden["posts"]


@pytest.mark.parametrize(
    ("field", "proven"),
    [
        ("mx.school.example; dkim=pass header.d=google.com", True),
        ("MX.School.Example 1; dkim=PASS (good key) header.i=x@google.com", True),
        ("mx.school.example; spf=pass; dkim=fail header.d=a.example; dkim=pass header.d=google.com", True),
        ("mx.school.example; dkim=pass header.d=com", False),
        ("mx.school.example; dkim=pass header.d=mail.google.com", False),
        ("mx.school.example; dkim=pass header.d=google.com.evil.example", False),
        ("mx.school.example; dkim=pass header.d=evil.example header.i=@google.com", False),
        ("mx.school.example; dkim=fail header.d=google.com", False),
        ("mx.school.example; dkim=policy (dkim=pass header.d=google.com)", False),
        ('mx.school.example; spf=fail reason="a; dkim=pass header.d=google.com"', False),
        ('mx.school.example; dkim=pass header.i="a header.d=google.com"@evil.example', False),
        ("mx.school.example; spf=fail smtp.mailfrom==?utf-8?q?=3B_dkim=3Dpass_header.d=3Dgoogle.com?=", False),
        ("mx.school.example; none", False),
        ("other.example; dkim=pass header.d=google.com", False),
        ("dkim=pass header.d=google.com", False),
        ("", False),
    ],
)
def test_only_a_right_signature_of_the_senders_domain_must_prove_it(field: str, proven: bool) -> None:
    raw = mail("googlealerts-noreply@google.com", "x", "y").as_bytes().replace(b": y\n", f": {field}\n".encode(), 1)
    verdict = ""
    try:
        verdict = read_posts(raw, RULES, NOW).verdict
    except errors.Malformed:
        verdict = "taken"  # proven, and empty
    assert verdict == ("taken" if proven else "unproven")


def test_a_domain_above_the_senders_must_prove_it() -> None:
    assert read_vouching("mx; dkim=pass header.d=google.com").proves("a@mail.google.com", "mx")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("note\n---- Original Message ----\nFrom: a\nTo: b\n\nwords", "words"),
        ("note\nBegin forwarded message:\n\nFrom: a\nSubject: b\n\nwords\nmore", "words\nmore"),
        ("note\n> words\n> > older\nend", "words\nolder"),
        ("words\n-- \nHead Office", "words"),
        ("", ""),
    ],
)
def test_what_was_forwarded_must_be_told_from_what_is_around_it(text: str, said: str) -> None:
    assert quoted(text) == said


@pytest.mark.parametrize("subject", ["Fwd: gate", "FW: Fwd: gate", "WG: gate", "gate"])
def test_a_subject_must_lose_its_shorthand(subject: str) -> None:
    assert bare_subject(subject) == "gate"


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("https://www.google.co.uk/url?q=https://a.example/b", "https://a.example/b"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fa.example%2F&h=x", "https://a.example/"),
        ("https://www.google.evil.example/url?q=https://a.example/", "https://www.google.evil.example/url?q=https://a.example/"),
        ("https://www.google.com/url?q=javascript:alert(1)", "https://www.google.com/url?q=javascript:alert(1)"),
        ("https://a.example/url?q=https://b.example/", "https://a.example/url?q=https://b.example/"),
    ],
)  # fmt: skip
def test_links_must_lead_where_they_end(link: str, leads: str) -> None:
    assert unwrapped(link) == leads


def test_places_must_be_known_by_their_whole_domain() -> None:
    assert place_of("https://m.facebook.com/x") == "facebook"
    assert place_of("https://notfacebook.com/x") == "other"


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_mail_must_cost_one_call(raw: bytes, parsers: Parsers) -> None:
    with suppress(errors.Malformed):
        assert parsers.run(read_posts, raw, RULES, NOW).posts == ()
    assert parsers.run(read_posts, alert(items(1)[0]), RULES, NOW).posts
