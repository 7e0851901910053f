"""Adding sources without knowing the file's form."""

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner
from web_server import Answer, WebServer, rss

from sources.errors import Malformed
from sources.keys import read_table
from sources.opml import read_opml
from sources.registry import KINDS
from watcher.commands.main import app
from watcher.commands.terminal import Stop
from watcher.config import load
from watcher.suggestion import suggest, written

CONFIG = """
[federation]
name = "Hollybush Federation"
places = ["Fleamford"]
[[federation.school]]
name = "Hollybush Nursery School"
[[source]]
kind = "gdelt"
name = "World news"
[[alerts.channel]]
name = "head"
url = "json://127.0.0.1:9"
[store]
url = "sqlite:///store.db"
[network]
allow = ["127.0.0.0/8"]
"""
OPML = b"""<opml version="2.0"><head/><body><outline text="Papers"><outline type="rss" title="The Echo &amp; more"
xmlUrl="https://echo.example/feed"/><outline text="Town" xmlUrl="https://town.example/rss"/></outline>
<outline xmlUrl="javascript:x"/></body></opml>"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    return path


def run(*arguments: str, typed: str = "") -> str:
    done = CliRunner().invoke(app, ["sources", *arguments], input=typed, env={"COLUMNS": "300"})
    if isinstance(done.exception, Stop):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def test_every_suggestion_must_be_of_a_kind_there_is_and_readable(config: Path) -> None:
    proposed = suggest(load(config).federation, [])
    for one in proposed:
        table = tomllib.loads(written(one.kind, one.name, one.keys))["source"][0]
        own = {
            key: "https://a.example/" if "$" in value else value
            for key, value in table.items()
            if key not in ("kind", "name")
        }
        assert read_table(own, KINDS[one.kind].keys)[1] == []
    assert len(proposed) >= 8


def test_what_is_configured_must_not_be_suggested_again(config: Path) -> None:
    said = run("suggest", "--config", str(config))
    assert 'kind = "google-news"' in said
    assert "Fleamford news" in said
    assert "gdelt" not in said


def test_a_list_of_feeds_must_be_imported_once(config: Path, tmp_path: Path) -> None:
    feeds = tmp_path / "feeds.opml"
    feeds.write_bytes(OPML)
    assert "2 feeds added" in run("import", str(feeds), "--config", str(config))
    assert "0 feeds added, 2 were there" in run("import", str(feeds), "--config", str(config))
    assert [source.name for source in load(config).sources] == ["World news", "The Echo & more", "Town"]


@pytest.mark.parametrize(
    "body", [b"", b"<html></html>", b"words", b"<!DOCTYPE o [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"]
)
def test_what_is_no_list_of_feeds_must_be_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        read_opml(body)


def test_a_source_must_be_tried_before_it_is_added(config: Path, web: WebServer) -> None:
    web.routes["/f"] = Answer(rss(("1", "a", "x"), ("2", "b", "x")))
    said = run("add", "feed", "--config", str(config), typed=f"Echo\n{web.url('/f')}\nblog\n\n")
    assert "shows 2 items" in said
    added = load(config).sources[-1]
    assert (added.name, added.kind, added.settings["platform"]) == ("Echo", "feed", "blog")


def test_a_source_that_does_not_answer_must_not_be_added(config: Path, web: WebServer) -> None:
    with pytest.raises(Stop, match=r"not added: .*404"):
        run("add", "feed", "--config", str(config), typed=f"Echo\n{web.url('/missing')}\n\n\n")
    assert config.read_text() == CONFIG


def test_a_secret_must_stay_in_the_environment(config: Path) -> None:
    with pytest.raises(Stop, match="url"):
        run("add", "google-alerts", "--config", str(config), typed="Alerts\nNO_SUCH_VARIABLE\n")
    assert config.read_text() == CONFIG


def test_an_unknown_kind_must_be_said(config: Path) -> None:
    with pytest.raises(Stop, match="no kind 'myspace'"):
        run("add", "myspace", "--config", str(config))


def test_the_kinds_must_be_listed_with_their_terms() -> None:
    said = run("--kinds")
    assert all(name in said for name in KINDS)
