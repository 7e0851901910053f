"""How often alerts were right here: the school's own figure where there is one."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from review_page import Page, review_page, send
from starlette.testclient import TestClient

from watcher.usefulness import how_often

SEVEN = ["useful"] * 7 + ["not-a-concern", "fair-criticism"]


@pytest.mark.parametrize(
    ("verdicts", "measured", "said"),
    [
        pytest.param(
            {"safeguarding": SEVEN},
            0.7,
            ("Of the last 9 alerts about a child, 7 turned out useful here.",),
            id="its own figure",
        ),
        pytest.param(
            {"conduct": ["not-us"] * 5},
            0.7,
            ("Of the last 5 alerts about staff conduct, none turned out useful here.",),
            id="none useful",
        ),
        pytest.param(
            {"safeguarding": SEVEN, "conduct": ["useful"]},
            0.7,
            ("Of the last 9 alerts about a child, 7 turned out useful here.",),
            id="enough of one concern only",
        ),
    ],
)
def test_a_school_must_hear_its_own_figure(
    verdicts: dict[str, list[str]], measured: float, said: tuple[str, ...]
) -> None:
    assert how_often(verdicts, measured) == said


def test_too_few_verdicts_must_be_said_and_the_measured_figure_marked() -> None:
    (said,) = how_often({"safeguarding": ["useful"] * 4}, 0.732)
    assert "too few" in said
    assert "In a test with invented posts, about 7 in 10 were" in said
    (said,) = how_often({}, None)
    assert "too few" in said
    assert "test" not in said


def test_verdicts_must_change_what_the_next_alert_says(tmp_path: Path, now: datetime) -> None:
    with review_page(tmp_path, now) as page:
        head = page.signed_in("head")
        for number, verdict in enumerate(["useful", "useful", "not-us", "duplicate", "test", "useful", "useful"]):
            close(page, head, number, verdict)
        assert page.parts.renderer.how_often(("safeguarding",)) == (
            "Of the last 5 alerts about a child, 4 turned out useful here.",
        )
        assert page.parts.renderer.how_often(("conduct",))[0].startswith("Your own verdicts are too few")
        reference = page.parts.store.cases(page.parts.federation_id)[0].reference
        assert "4 turned out useful here" in head.get(f"/cases/{reference}").text


def close(page: Page, head: TestClient, number: int, verdict: str) -> None:
    from filed_posts import filed

    page.clock.now += timedelta(seconds=60)
    page.save(filed(f"post {number}", f"matter {number} {number * 17} is quite another {number * 31}"))
    reference = page.parts.store.cases(page.parts.federation_id)[0].reference
    send(head, f"/cases/{reference}", f"/cases/{reference}/close", verdict=verdict)
