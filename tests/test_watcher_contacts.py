"""Who is told: the chair of what concerns the head, the next person in time, and nobody at night of what can wait."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from test_watcher_telling import alerts, case, channel, delivery
from watched_school import write_config

from classifiers.judgement import Judgement
from watcher.assembly import assembled
from watcher.config import Alerts, Config, ConfigError, Quiet, load
from watcher.contacts import Contact
from watcher.housekeeping import escalate
from watcher.involvement import Involved, involver
from watcher.recipients import in_trouble, told_at_once
from watcher.telling import backups, escalations, tell, urgent_concerns

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
    return Judgement("us", safeguarding, defamation, 0, "negative", {})


def school(folder: Path, more: str = PEOPLE) -> Config:
    return load(write_config(folder, smtp_ports=(9, 9, 9), more=more), {})


CHANNELS = ("head", "dsl", "deputy", "chair", "technician")
OFFICES = tuple(Contact(name, names, name) for name, names in zip(
    CHANNELS, (("Mrs Archer",), ("Miss Bowyer",), (), (), ()), strict=True
))  # fmt: skip


def staffed(*offices: str) -> Alerts:
    """Return a school with a channel for each of its offices, all told of everything."""
    contacts = tuple(contact for contact in OFFICES if contact.role in offices)
    channels = (channel(name, "safeguarding", "defamation", "conduct") for name in offices)
    return replace(alerts(*channels), contacts=contacts)


EVERYBODY = staffed(*CHANNELS)


@pytest.mark.parametrize(
    ("text", "defamation", "safeguarding", "involved"),
    [
        ("MRS ARCHER hit a child", 2, 0, Involved(True, True)),
        ("the head teacher takes the dinner money", 2, 0, Involved(True, True)),
        ("the headteacher takes the dinner money", 1, 0, Involved(True, True)),
        ("Thank you Mrs Archer for a lovely fair", 0, 0, Involved()),
        ("Mrs Archer was so kind when little Wilfred had a seizure", 0, 2, Involved(True, False)),
        ("the cook takes the dinner money", 2, 0, Involved()),
        ("head over heels about the new cook who steals", 2, 0, Involved()),
        ("Miss Bowyer shouted at my son", 2, 0, Involved(accuses_dsl=True)),
        ("the safeguarding lead shouted at my son", 1, 2, Involved(accuses_dsl=True)),
        ("told Miss Bowyer about the bruise on Wilfred", 0, 2, Involved()),
    ],
)
def test_it_must_be_known_who_is_involved(
    text: str, defamation: int, safeguarding: int, involved: Involved
) -> None:
    involves = involver(OFFICES, CHANNELS)
    assert involves(text, judgement(defamation, safeguarding)) == involved


def test_a_head_who_is_the_safeguarding_lead_too_must_be_known_as_both() -> None:
    both = (Contact("head", ("Mrs Archer",), "head"), Contact("dsl", (), "head"), Contact("chair", (), "chair"))
    found = involver(both, ("head", "chair"))("the DSL shouted at my son", judgement(2))
    assert found.accuses_head


def test_nobody_must_be_kept_from_a_case_that_nobody_else_can_take() -> None:
    alone = (Contact("head", ("Mrs Archer",), "head"), Contact("dsl", ("Miss Bowyer",), "dsl"))
    assert involver(alone, ("dsl",))("Mrs Archer and Miss Bowyer hit a child", judgement(2)) == Involved()


@pytest.mark.parametrize(
    ("school", "grades", "flags", "told"),
    [
        pytest.param(CHANNELS, {"defamation": 2}, (), ["head", "dsl", "deputy"], id="as usual"),
        pytest.param(
            CHANNELS, {"defamation": 2}, ("concerns_head", "names_head"), ["chair"], id="the head is accused"
        ),
        pytest.param(
            CHANNELS,
            {"safeguarding": 2},
            ("names_head",),
            ["head", "dsl", "deputy", "chair"],
            id="a child, and the head is named",
        ),
        pytest.param(CHANNELS, {"conduct": 2}, ("concerns_dsl",), ["head", "deputy"], id="the DSL is accused"),
        pytest.param(("dsl",), {"conduct": 2}, ("concerns_dsl",), ["dsl"], id="there is nobody but the DSL"),
        pytest.param(
            ("dsl", "chair"), {"conduct": 2}, ("concerns_dsl",), ["chair"], id="there is the chair beside the DSL"
        ),
        pytest.param(("head",), {"defamation": 2}, ("concerns_head",), ["head"], id="there is no chair"),
    ],
)
def test_whoever_is_involved_must_never_be_told_alone(
    school: tuple[str, ...], grades: dict[str, int], flags: tuple[str, ...], told: list[str]
) -> None:
    known: dict[str, Any] = dict.fromkeys(flags, True)
    row = replace(case(**grades), **known)
    found = told_at_once(staffed(*school), row, urgent_concerns(row))
    assert [one.name for one in found] == told


def test_the_head_must_be_told_of_the_safeguarding_lead_whatever_they_asked_for() -> None:
    channels = (channel("head", "safeguarding"), channel("dsl", "safeguarding", "conduct"))
    school = replace(alerts(*channels), contacts=OFFICES[:2])
    row = replace(case(conduct=2), concerns_dsl=True)
    assert [new.channel for new in tell(school, row, "alert", DAY)] == ["head"]


def test_no_backup_must_carry_a_case_to_whoever_is_accused() -> None:
    about_head = replace(case(defamation=2), concerns_head=True, names_head=True)
    about_lead = replace(case(defamation=2), concerns_dsl=True)
    school = staffed("head", "dsl", "chair")
    for row in (about_head, about_lead):
        (new,) = tell(school, row, "alert", DAY)
        lost = replace(delivery(1, name=new.channel), payload=new.payload)
        assert backups(school, [lost], DAY) == []
    assert [new.channel for new in backups(school, [delivery(1, name="head")], DAY)] == ["dsl"]


@pytest.mark.parametrize(
    ("offices", "configured", "failing", "told"),
    [
        pytest.param(("head", "technician", "chair"), "", (), ["head", "technician"], id="the technician as well"),
        pytest.param(("head", "technician"), "technician", (), ["technician"], id="as configured"),
        pytest.param(("head", "dsl", "chair"), "", (), ["head", "dsl"], id="all, without a technician"),
        pytest.param(("head", "dsl", "chair"), "dsl", (), ["dsl"], id="configured, without a technician"),
        pytest.param(("head", "technician"), "", ("head",), ["technician"], id="by what still works"),
        pytest.param(("head", "dsl"), "head", ("head",), ["dsl"], id="by another where that one fails"),
        pytest.param(("head",), "", ("head",), ["head"], id="by what there is"),
    ],
)
def test_technical_trouble_must_reach_whoever_can_mend_it(
    offices: tuple[str, ...], configured: str, failing: tuple[str, ...], told: list[str]
) -> None:
    assert in_trouble(staffed(*offices), configured, failing) == told


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
    tmp_path: Path, now: str, changes: dict[str, Any], told: bool
) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    row = replace(case(safeguarding=2), opened_at=DAY, **changes)
    assert bool(escalations(school(tmp_path), row, moment)) is told


def test_a_closed_school_must_be_left_alone_but_for_safeguarding(tmp_path: Path) -> None:
    config, monday = school(tmp_path), datetime(2026, 12, 14, 9, 0, tzinfo=UTC)
    later = monday + timedelta(hours=5)
    assert escalations(config, replace(case(safeguarding=2), opened_at=monday), later)
    assert not escalations(config, replace(case(defamation=2), opened_at=monday), later)


@pytest.mark.parametrize(
    ("hours", "changes", "told"),
    [
        pytest.param(3, {}, [], id="too early"),
        pytest.param(4, {}, ["deputy"], id="the deputy first"),
        pytest.param(8, {}, ["deputy", "chair"], id="then the chair"),
        pytest.param(8, {"concerns_dsl": True}, ["deputy", "chair"], id="never the accused"),
        pytest.param(8, {"concerns_head": True}, [], id="the chair was told already"),
    ],
)
def test_offices_must_be_told_one_after_another(
    tmp_path: Path, hours: int, changes: dict[str, Any], told: list[str]
) -> None:
    config = school(tmp_path, '[escalation]\norder = ["deputy", "dsl", "chair"]\n')
    staff = (channel("head", "defamation"), channel("deputy"), channel("dsl", "defamation"), channel("chair"))
    config = replace(config, alerts=replace(alerts(*staff), contacts=OFFICES[:4]))
    opened = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    row = replace(case(defamation=2), opened_at=opened, **changes)
    found = escalations(config, row, opened + timedelta(hours=hours))
    assert [new.channel for new in found] == told


def test_an_old_configuration_must_escalate_to_nobody(tmp_path: Path) -> None:
    chair = '[[federation.person]]\nrole = "chair"\nchannel = "chair"\n'
    row = replace(case(defamation=2), opened_at=DAY)
    assert escalations(school(tmp_path, chair), row, DAY + timedelta(days=30)) == []


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


def test_a_school_must_be_told_its_own_first_steps(tmp_path: Path) -> None:
    from filed_posts import claim, filed, tell

    from watcher.store.records import Poll

    more = '[steps]\nsafeguarding = ["Ring Ann on extension 12."]\n'
    path = write_config(tmp_path, "http://127.0.0.1:9/", smtp_ports=(9,), more=more)
    with assembled(load(path, {}), lambda: DAY) as parts:
        leased = claim(parts.store, parts.federation_id, DAY, "feed 0")
        parts.store.save_poll(leased, Poll((filed("1", defamation=2),), "c", 1, 1, DAY), tell, DAY)
        steps = parts.renderer.case_view("HN-2026-0001").steps
    assert steps[0] == "Ring Ann on extension 12."
    assert steps[1].startswith("Do not reply"), "the other concern keeps ours"


def test_the_check_must_say_who_is_who_and_what_follows(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from watcher.commands.main import app

    path = write_config(tmp_path, smtp_ports=(9, 9, 9), more=PEOPLE)
    said = CliRunner().invoke(app, ["check", "--config", str(path)], env={"COLUMNS": "200"}).output
    assert 'chair: "chair"' in said
    assert "technician: no channel, so technical trouble goes to everybody" in said
