"""Thirty sources of every kind side by side for hours of simulated time, with sites that fail and recover."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from contract_sites import SITES
from lab import NOW, asking, serving
from scripted_site import ScriptedSite, items
from sites_feeds import Feed
from web_server import Answer, Asked

from classifiers.judgement import Judgement
from classifiers.text import Names, Text
from sources.parsing import Parsers
from sources.registry import KINDS
from sources.source import Tools
from watcher.assembly import enrol
from watcher.config import Config, load
from watcher.matching import Matcher, names_of
from watcher.pipeline import Pipeline
from watcher.runner import Polled, Runner
from watcher.store import open_store

PLANTED = 3  #: posts on every site, the last when half of them begin to fail
FAILING = (20, 40)  #: minutes in which half of the sites fail
LENGTH = 150  #: minutes; long enough for the longest pause after a failure
EVERY = 10  #: minutes between polls
DELETING = 140  #: the minute in which the first post goes everywhere
LOOKING = 21 * 60  #: the minute by which every source has looked for what is gone
HEAD = """
[federation]
name = "Hollybush Federation"
aliases = ["words of item"]
[[federation.school]]
name = "Hollybush Nursery School"
[[alerts.channel]]
name = "head"
url = "json://127.0.0.1:9"
[store]
url = "sqlite:///store.db"
"""


class Paper(Feed):
    """One of many newspapers."""

    name = "paper"

    def table(self) -> dict[str, Any]:
        return {"url": f"https://{self.name}.example/feed"}


class Careful:
    """A judge who finds everything worth a line."""

    model = "careful"

    def judge(self, texts: Sequence[Text], names: Sequence[Names]) -> list[Judgement]:
        """Grade each text alike."""
        return [Judgement("us", 0, 0, 1, "negative", {}) for _ in texts]


@dataclass
class World:
    """Every site, and the time."""

    sites: dict[str, ScriptedSite]  #: by the source's name
    kinds: dict[str, str]
    now: datetime = NOW
    errors: dict[str, set[str]] = field(default_factory=dict)  #: by source
    polls: Counter[str] = field(default_factory=Counter)
    new: Counter[str] = field(default_factory=Counter)  #: posts that came, by source
    mentions: Counter[str] = field(default_factory=Counter)  #: those of them that were saved

    def serve(self, asked: Asked) -> Answer:
        """Answer as the site of that host does."""
        host = asked.headers["host"]
        return next(site for site in self.sites.values() if host in site.hosts()).serve(asked)

    def at_minute(self, minute: int) -> None:
        """Let happen what happens then."""
        self.now = NOW + timedelta(minutes=minute)
        for number, site in enumerate(self.sites.values()):
            if minute % EVERY == 0 and minute // EVERY < PLANTED:
                site.show(items(*range(1, minute // EVERY + 2)))
            if number % 2 and minute == FAILING[0]:
                site.fail(("malformed", "no answer")[number % 4 // 2])
            if number % 2 and minute == FAILING[1]:
                site.fail("")
            if minute == DELETING:
                site.show(items(*range(2, PLANTED + 1)))

    def note(self, polled: Polled) -> None:
        """Remember what became of a poll."""
        self.polls[polled.source] += 1
        self.new[polled.source] += polled.new
        self.mentions[polled.source] += polled.saved.mentions if polled.saved else 0
        if polled.error:
            self.errors.setdefault(polled.source, set()).add(polled.error)


def world(folder: Path) -> World:
    sites: dict[str, ScriptedSite] = {}
    kinds: dict[str, str] = {}
    taken: set[str] = set()
    for kind in sorted(SITES):
        (folder / kind).mkdir()
        site = SITES[kind](folder / kind)
        if not taken & set(site.hosts()):  # one host speaks one dialect here
            sites[kind], kinds[kind] = site, kind
            taken |= set(site.hosts())
    while len(sites) < 30:
        paper = Paper(folder)
        paper.name = f"paper{len(sites)}"
        sites[paper.name], kinds[paper.name] = paper, "feed"
    return World(sites, kinds)


def configured(world: World, folder: Path) -> Config:
    parts = [HEAD]
    for name, site in world.sites.items():
        rows = {"kind": world.kinds[name], "name": name, "every": f"{EVERY}m", **site.table()}
        parts.append("[[source]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in rows.items()))
    path = folder / "config.toml"
    path.write_text("\n".join(parts), encoding="utf-8")
    return load(path)


@contextmanager
def running(world: World, config: Config, parsers: Parsers) -> Iterator[Runner]:
    hosts = [host for site in world.sites.values() for host in site.hosts()]
    ports = {port: place for site in world.sites.values() for port, place in site.ports().items()}
    with serving(*hosts) as server, asking(server, ports) as client, open_store(config.store_url) as store:
        server.otherwise = world.serve
        tools = Tools(client, parsers, config.federation.names, lambda: world.now)
        sources = {each.name: KINDS[each.kind].build(each.settings, tools) for each in config.sources}
        federation_id = enrol(config, store, world.now)
        names = names_of(config.federation)
        pipeline = Pipeline(Matcher([names]), Careful(), 0, names)
        yield Runner(config, store, federation_id, sources, pipeline, lambda: world.now, random.Random(3))


@pytest.fixture
def ended(tmp_path: Path, parsers: Parsers) -> Iterator[tuple[World, Runner]]:
    """A world after hours of watching."""
    everything = world(tmp_path)
    with running(everything, configured(everything, tmp_path), parsers) as runner:
        for minute in (*range(0, LENGTH, 5), LOOKING):
            everything.at_minute(minute)
            for polled in runner.round():
                everything.note(polled)
        yield everything, runner
    for site in everything.sites.values():
        site.close()


def test_many_sources_must_bring_everything_once_and_tell_every_fault(ended: tuple[World, Runner]) -> None:
    world, runner = ended
    assert world.new == dict.fromkeys(world.sites, PLANTED)
    assert world.mentions == dict.fromkeys(world.sites, PLANTED)
    failed = {name for number, name in enumerate(world.sites) if number % 2}
    assert set(world.errors) == failed
    assert [row.name for row in runner.store.sources(runner.federation_id) if row.failing_since] == []


def test_no_site_must_be_asked_more_often_than_allowed(ended: tuple[World, Runner]) -> None:
    world, _ = ended
    for name, site in world.sites.items():
        assert world.polls[name] <= LENGTH // EVERY + 2
        assert site.asked <= world.polls[name] * site.most_requests


def test_what_was_deleted_must_be_told_of_every_source_that_can_tell(ended: tuple[World, Runner]) -> None:
    world, runner = ended
    gone: Counter[str] = Counter()
    for case in runner.store.cases(runner.federation_id):
        for mention in runner.store.mentions_of(case.id):
            assert mention.gone_at is None or "item 1." in f"{mention.title} {mention.text}"
            gone[mention.source] += mention.gone_at is not None
    assert {name for name in gone if gone[name]} == {name for name, site in world.sites.items() if site.deletes}
