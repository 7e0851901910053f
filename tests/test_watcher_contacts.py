"""Who is told: the chair of what concerns the head, the next person in time, and nobody at night of what can wait."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from test_watcher_telling import alerts, case, channel
from watched_school import write_config

from classifiers.judgement import Judgement
from watcher.assembly import assembled
from watcher.config import Config, ConfigError, Quiet, load
from watcher.headship import accuser
from watcher.housekeeping import escalate
from watcher.telling import backups, escalation, tell

NIGHT = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
DAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PEOPLE = """
[[federation.person]]
role = "head"
names = ["Mrs Archer"]
[[federation.person]]
role = "chair"
channel = "chair"
[escalation]
to = "deputy"
after = "4h"
closed = ["2026-12-14..2026-12-18"]
"""


def judgement(defamation: int = 0, safeguarding: int = 0) -> Judgement:
    return Judgement("us", safeguarding, defamation, 0, "negative", {})  # type: ignore[arg-type]


def school(folder: Path, more: str = PEOPLE) -> Config:
    return load(write_config(folder, smtp_ports=(9, 9, 9), more=more), {})


@pytest.mark.parametrize(
    ("text", "defamation", "accuses"),
    [
        ("MRS ARCHER hit a child", 2, True),
        ("the head teacher takes the dinner money", 2, True),
        ("the headteacher takes the dinner money", 1, True),
        ("Thank you Mrs Archer for a lovely fair", 0, False),
        ("the cook takes the dinner money", 2, False),
        ("head over heels about the new cook who steals", 2, False),
    ],
)
def test_an_allegation_against_the_head_must_be_known(text: str, defamation: int, accuses: bool) -> None:
    assert accuser(["Mrs Archer"])(text, judgement(defamation)) is accuses


def test_the_chair_must_be_told_of_it_alone_and_of_nothing_else() -> None:
    three = replace(alerts(channel("head", "defamation"), channel("chair", "defamation")), chair="chair")
    about_head = replace(case(defamation=2), concerns_head=True)
    assert [new.channel for new in tell(three, about_head, "alert", DAY)] == ["chair"]
    assert [new.channel for new in tell(three, case(defamation=2), "alert", DAY)] == ["head"]


def test_without_a_chair_everybody_must_be_told() -> None:
    about_head = replace(case(defamation=2), concerns_head=True)
    assert [new.channel for new in tell(alerts(channel("head", "defamation")), about_head, "alert", DAY)] == [
        "head"
    ]


def test_no_backup_must_carry_it_to_the_head() -> None:
    three = replace(alerts(channel("head", "defamation"), channel("chair", "defamation")), chair="chair")
    about_head = replace(case(defamation=2), concerns_head=True)
    from test_watcher_telling import delivery

    assert about_head
    assert backups(three, [delivery(1, name="chair")], DAY) == []
    assert backups(three, [delivery(1, name="head")], DAY) == []


def test_nights_must_hold_what_can_wait_and_nothing_else() -> None:
    quiet = Quiet(time(18, 0), time(7, 0), ZoneInfo("Europe/London"))
    night = replace(alerts(channel("head", "safeguarding", "defamation")), quiet=quiet)
    (urgent,) = tell(night, case(safeguarding=2), "alert", NIGHT)
    (other,) = tell(night, case(defamation=2), "alert", NIGHT)
    assert urgent.due_at == NIGHT
    assert other.due_at == datetime(2026, 11, 25, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "changes", "told"),
    [
        pytest.param("2026-11-24T12:59", {}, False, id="not yet"),
        pytest.param("2026-11-24T13:00", {}, True, id="after four working hours"),
        pytest.param("2026-11-24T13:00", {"acknowledged_at": DAY}, False, id="acknowledged"),
        pytest.param("2026-11-24T13:00", {"state": "closed"}, False, id="closed"),
        pytest.param("2026-11-24T13:00", {"concerns_head": True}, False, id="about the head"),
    ],
)
def test_the_next_person_must_be_told_in_time(
    tmp_path: Path, now: str, changes: dict[str, object], told: bool
) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    row = replace(case(safeguarding=2), opened_at=DAY, **changes)  # type: ignore[arg-type]
    assert bool(escalation(school(tmp_path), row, moment)) is told


def test_a_closed_school_must_be_left_alone_but_for_safeguarding(tmp_path: Path) -> None:
    config, monday = school(tmp_path), datetime(2026, 12, 14, 9, 0, tzinfo=UTC)
    later = monday + timedelta(hours=5)
    assert escalation(config, replace(case(safeguarding=2), opened_at=monday), later)
    assert not escalation(config, replace(case(defamation=2), opened_at=monday), later)


def test_each_case_must_be_escalated_once(tmp_path: Path) -> None:
    from filed_posts import claim, filed

    from watcher.store.records import Poll

    clock = [DAY]
    path = write_config(tmp_path, "http://127.0.0.1:9/", smtp_ports=(9, 9, 9), more=PEOPLE)
    with assembled(load(path, {}), lambda: clock[0]) as parts:
        leased = claim(parts.store, parts.federation_id, DAY, "feed 0")
        parts.store.save_poll(leased, Poll((filed("1"),), "c", 1, 1, DAY), lambda *_: [], DAY)
        clock[0] = DAY + timedelta(hours=6)
        escalate(parts)
        escalate(parts)
        (message,) = parts.store.claim_deliveries(parts.federation_id, "deputy", clock[0], timedelta(minutes=1), 10)
        assert message.kind == "escalated"
        rendered = parts.renderer.render(message)
    assert rendered.subject.startswith("Nobody has answered: possible safeguarding concern")
    assert "have not acknowledged" in rendered.text


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[[federation.person]]\nrole = "chair"\nchannel = "nobody"', "the name of a channel"),
        ('[[federation.person]]\nrole = "cook"', "one of"),
        ('[escalation]\nclosed = ["soon"]', "days like"),
    ],
)
def test_mistakes_must_be_named(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        school(tmp_path, more)


def test_what_is_gone_must_be_told_once_to_whoever_was_told(tmp_path: Path) -> None:
    from filed_posts import claim, filed, tell
    from sqlalchemy import update

    from watcher.housekeeping import report_gone
    from watcher.store.records import Poll
    from watcher.store.schema import mentions

    path = write_config(tmp_path, "http://127.0.0.1:9/", smtp_ports=(9, 9, 9))
    with assembled(load(path, {}), lambda: DAY) as parts:
        leased = claim(parts.store, parts.federation_id, DAY, "feed 0")
        parts.store.save_poll(
            leased, Poll((filed("1"), filed("2", "quite another matter")), "c", 2, 2, DAY), tell, DAY
        )
        report_gone(parts)
        with parts.store.writing() as connection:
            connection.execute(update(mentions).where(mentions.c.post_id == "1").values(gone_at=DAY))
        report_gone(parts)
        report_gone(parts)
        due = parts.store.claim_deliveries(parts.federation_id, "head", DAY, timedelta(minutes=1), 10)
        (message,) = [one for one in due if one.kind == "gone"]
        rendered = parts.renderer.render(message)
    assert rendered.subject == "Gone from its page (ref HN-2026-0001)"
    assert "take the evidence first" in rendered.text
