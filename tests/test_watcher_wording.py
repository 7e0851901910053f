"""What leaves the house: no planted name, no word that judges, in any part of any alert.

How well unknown names are masked is measured elsewhere; here it is made sure that nothing goes round the masking.
`python bench/wording.py` does the same with 10,000 alerts.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from planted_posts import Finding, findings, in_log, planted, send_out
from watched_school import write_config

from watcher.assembly import Parts, assembled
from watcher.config import load
from watcher.messages import Message

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
POSTS = list(planted(40))
EVERYBODY = sorted({name for post in POSTS for name in post.names})


@pytest.fixture(params=["redacted", "reference"])
def parts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Parts]:
    path = write_config(tmp_path, "http://127.0.0.1:9/", smtp_ports=(9,))
    path.write_text(path.read_text().replace("[alerts]", f'[alerts]\ndetail = "{request.param}"'))
    with assembled(load(path, {}), lambda: NOW) as opened:
        yield opened


def test_no_name_and_no_verdict_must_leave_in_an_alert(parts: Parts) -> None:
    sent, logs = send_out(parts, POSTS, NOW, per_hour=1000)
    assert len(sent) == len(POSTS)
    found: list[Finding] = []
    for reference, message in sent:
        found += findings(POSTS[int(reference.rpartition("-")[2]) - 1].names, message)
    found += [one for line in logs for one in in_log(line, {name.lower() for name in EVERYBODY})]
    assert found == []
    assert len(logs) >= len(POSTS), "every delivery is logged"


def test_none_must_leave_in_a_storm(parts: Parts) -> None:
    sent, _ = send_out(parts, POSTS, NOW, per_hour=1)
    ((_, message),) = sent
    assert message.subject.startswith(f"{len(POSTS)} new cases, safeguarding among them")
    assert list(findings(EVERYBODY, message)) == []


def test_the_search_must_read_log_lines() -> None:
    assert [one.word for one in in_log('{"event": "sent to Wilfred"}', {"wilfred", "ottilie"})] == ["wilfred"]


@pytest.mark.parametrize(
    ("message", "part"),
    [
        (Message("Wilfred is named", "", ""), "subject"),
        (Message("", "Reference\n\nabout wilfred's day", ""), "text"),
        (Message("", "", "<p>Mrs <b>Wilfred</b></p>"), "html"),
        (Message("", "", "", '{"fallbackText": "a guilty man"}'), "card"),
    ],
)
def test_the_search_must_find_what_is_there(message: Message, part: str) -> None:
    assert part in {one.part for one in findings(["Wilfred"], message)}
