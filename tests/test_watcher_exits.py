"""Every command ends with 0 only where it succeeded, 2 for a mistake in how it was called or configured.

The calls go through the program's own entry, in a process of their own each.
"""

import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
from drills import Zygote
from watched_school import grave, write_config
from web_server import WebServer, rss

from watcher.commands.main import app, main
from watcher.demo.mailbox import Mailbox
from watcher.models import own_model

POST = '{"id": "1", "platform": "forum", "text": "Lovely day at Hollybush Nursery"}\n'
AWAY = "postgresql+psycopg://nobody@127.0.0.1:9/nothing"


@pytest.fixture(scope="module")
def web_of_all() -> Iterator[WebServer]:
    with WebServer() as server:
        server.routes["/feed"] = rss(("1", "Carnival", grave("Kofi")))
        yield server


@pytest.fixture(scope="module")
def school(web_of_all: WebServer, zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a school that is well, and folders with some that are not."""
    folder = tmp_path_factory.mktemp("school")
    for name in ("mail", "unwell", "wrong", "away", "taken", "full"):
        (folder / name).mkdir()
    mailbox = Mailbox(folder / "mail")
    feed = web_of_all.url("/feed")
    write_config(folder, feed, smtp_ports=(mailbox.port,))
    write_config(folder / "unwell", web_of_all.url("/gone"), smtp_ports=(9,))
    write_config(folder / "away", feed, smtp_ports=(9,), store=AWAY)
    write_config(folder / "taken", feed, smtp_ports=(mailbox.port,), port=web_of_all.port)
    (folder / "wrong" / "config.toml").write_text("[federation]\nnme = 1\n")
    (folder / "full" / "something").write_text("else")
    (folder / "posts.jsonl").write_text(POST)
    (folder / "broken.jsonl").write_text("{not json\n")
    for call in ("poll", "backup first.db"):
        code, said = zygote.call(folder, *call.split())
        assert code == 0, said
    yield folder
    mailbox.close()


GOOD = (
    "--help", "check", "poll", "judge", "explain word", "digest --preview digest.html", "cases", "cases --all",
    "export cases.csv", "export person.json --person Kofi", "erase Nobody", "backup second.db",
    "restore --verify first.db", "sources", "sources --kinds", "sources suggest", "backfill --since 2026-09-01",
    "users add head@school.example --role head", "users list",
)  # fmt: skip


@pytest.mark.parametrize("call", GOOD)
def test_a_good_call_must_end_with_0(call: str, school: Path, zygote: Zygote) -> None:
    code, said = zygote.call(school, *call.split(), stdin="posts.jsonl")
    assert (code, "Traceback" in said) == (0, False), said


BAD = {
    "": 2,
    "nonsense": 2,
    "poll --nonsense": 2,
    "poll --config none.toml": 2,
    "poll --config unwell/config.toml": 1,
    "check --config unwell/config.toml": 1,
    "backfill --since 2999-01-01": 2,
    "backfill --since yesterday": 2,
    "demo --output full": 1,
    "init": 1,
    "init --output new.toml": 1,
    "judge": 1,
    "explain": 2,
    "digest": 2,
    "digest --preview nowhere/digest.html": 1,
    "cases --acknowledge HN-1999-0001": 1,
    "cases --close HN-2026-0001 --verdict guilty": 2,
    "export cases.pdf": 2,
    "export nowhere/cases.csv": 1,
    "erase": 2,
    "backup first.db": 1,
    "restore none.db": 1,
    "restore --verify broken.jsonl": 1,
    "evaluate none.jsonl": 1,
    "evaluate broken.jsonl": 1,
    "train --back": 1,
    "train --unlike none.jsonl": 1,
    "sources import none.opml": 1,
    "sources add nothing": 1,
    "users add nobody --role head": 2,
    "users add head@school.example --role king": 2,
    "run --config taken/config.toml": 1,
    "users remove stranger@school.example": 1,
    "worker": 2,
}


@pytest.mark.parametrize("call", BAD)
def test_a_call_that_fails_must_say_so_without_a_traceback(call: str, school: Path, zygote: Zygote) -> None:
    code, said = zygote.call(school, *call.split(), stdin="broken.jsonl")
    assert (code, "Traceback" in said) == (BAD[call], False), said
    assert SAID.get(call, "") in said


SAID = {
    "cases --acknowledge HN-1999-0001": "there is no case HN-1999-0001\n",
    "backup first.db": "first.db is there already; a copy is never written over\n",
    "restore none.db": "there is no file none.db\n",
    "users remove stranger@school.example": "nobody signs in as stranger@school.example\n",
}


READING = (
    "run", "worker", "check", "poll", "judge", "explain word", "digest --preview d.html", "cases", "export c.csv",
    "erase x", "backup b.db", "restore first.db", "evaluate posts.jsonl", "backfill --since 2026-09-01", "sources",
    "sources suggest", "users list",
)  # fmt: skip


@pytest.mark.parametrize("call", READING)
def test_a_wrong_configuration_must_end_with_2(call: str, school: Path, zygote: Zygote) -> None:
    code, said = zygote.call(school, *call.split(), "--config", "wrong/config.toml", stdin="posts.jsonl")
    assert (code, "Traceback" in said) == (2, False), said
    assert "nme" in said


STORING = (
    "run", "worker", "check", "poll", "digest --preview d.html", "cases", "export c.csv", "erase x", "backup b.db",
    "restore first.db", "backfill --since 2026-09-01", "sources", "users list",
)  # fmt: skip


@pytest.mark.parametrize("call", STORING)
def test_a_database_that_is_away_must_end_with_1(call: str, school: Path, zygote: Zygote) -> None:
    code, said = zygote.call(school, *call.split(), "--config", "away/config.toml")
    assert (code, "Traceback" in said) == (1, False), said
    assert ("pg_dump" if call in ("backup b.db", "restore first.db") else "nothing does not answer: ") in said


@pytest.mark.parametrize("call", ["explain word", "judge", "poll", "backfill --since 2026-09-01", "check"])
def test_a_model_of_another_program_must_be_told_with_what_to_do(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path, smtp_ports=(9,))
    own_model(config).write_bytes(b"of long ago")
    monkeypatch.setattr(sys, "argv", ["watcher", *call.split(), "--config", str(config)])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    assert "the model watcher-model.skops cannot be read" in capsys.readouterr().err


def test_every_command_must_be_called_here() -> None:
    called = {call.partition(" ")[0] for call in (*GOOD, *BAD, *READING, *STORING)}
    commands = {command.callback.__name__ for command in app.registered_commands if command.callback}
    groups = {group.name for group in app.registered_groups}
    assert (commands | groups) - called == set()


def test_the_installed_command_must_hand_the_code_on(school: Path) -> None:
    program = Path(sysconfig.get_path("scripts")) / "watcher"
    for arguments, code in ((["--help"], 0), (["nonsense"], 2), (["poll", "--config", "none.toml"], 2)):
        done = subprocess.run([program, *arguments], cwd=school, capture_output=True, check=False)
        assert done.returncode == code
