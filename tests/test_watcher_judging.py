"""The judge in a process apart: the same judgements, no memory while nobody needs it, and no poll lost to it."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from watched_school import grave, write_config
from web_server import Answer, WebServer, rss

from classifiers.judge import MODEL
from classifiers.judgement import Judgement
from classifiers.text import Names, Text
from sources.errors import Malformed, Refused
from watcher.assembly import assembled
from watcher.config import Config, load
from watcher.judging import JudgeApart
from watcher.models import judge_of, measured_precision, own_model

HOLLYBUSH = Names(full=("Hollybush Nursery",), places=("Netherbrook",))
TEXTS = [
    Text("My son came home from Hollybush Nursery with bruises and they will not say who hit him."),
    Text("Lovely open day at Hollybush Nursery, thank you all!", title="Open day", author="Ann"),
]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(write_config(tmp_path, smtp_ports=(9, 9)), {})


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JudgeApart]:
    config = load(write_config(tmp_path_factory.mktemp("apart"), smtp_ports=(9, 9)), {})
    with closing(JudgeApart(config)) as judge:
        yield judge


def test_it_must_judge_as_the_judge_here_does(config: Config, apart: JudgeApart) -> None:
    here = judge_of(config)
    assert apart.judge(TEXTS, [HOLLYBUSH] * 2) == here.judge(TEXTS, [HOLLYBUSH] * 2)
    assert apart.model == here.model


def test_it_must_rest_until_a_post_comes_and_again_afterwards(apart: JudgeApart) -> None:
    apart.rest(0.0)
    assert children() == set()
    apart.judge(TEXTS[:1], [HOLLYBUSH])
    assert len(children()) == 1
    apart.rest(60.0)
    assert len(children()) == 1
    apart.rest(0.0)
    assert children() == set()
    assert len(apart.judge(TEXTS, [HOLLYBUSH] * 2)) == 2


def children() -> set[str]:
    """Return the processes that this one has started to judge."""
    lists = [(thread / "children").read_text().split() for thread in Path("/proc/self/task").iterdir()]
    started = {child for each in lists for child in each}
    return {child for child in started if b"8192" in Path(f"/proc/{child}/cmdline").read_bytes()}


def test_a_model_that_cannot_be_used_must_be_said_at_the_start(config: Config) -> None:
    own = own_model(config.path)
    own.write_bytes(MODEL.read_bytes() + b"x")
    own.with_suffix(".json").write_bytes(MODEL.with_suffix(".json").read_bytes())
    with pytest.raises(Refused, match="was changed after it was trained"):
        JudgeApart(config)


class Broken:
    """A judge that breaks down over every text."""

    model = "broken"

    def judge(self, texts: Sequence[Text], names: Sequence[Names]) -> list[Judgement]:
        raise Malformed("took too long to judge")


def test_a_judge_that_breaks_down_must_be_a_failed_poll_that_is_made_up_for(tmp_path: Path, web: WebServer) -> None:
    web.routes["/f"] = Answer(rss(("1", "Hollybush Nursery", grave("Mia"))))
    with assembled(load(write_config(tmp_path, web.url("/f"), smtp_ports=(9, 9)), {})) as parts:
        pipeline = replace(parts.runner.pipeline, judge=Broken())
        (failed,) = replace(parts.runner, pipeline=pipeline).round(everything=True)
        (source,) = parts.store.sources(parts.federation_id)
        assert (failed.error, source.failures) == ("took too long to judge", 1)
        (polled,) = parts.runner.round(everything=True)
        assert polled.saved
        assert (polled.error, polled.saved.mentions) == ("", 1)


def test_the_models_precision_must_be_known_without_loading_it(config: Config) -> None:
    before = set(sys.modules)
    assert measured_precision(config) is not None
    assert "classifiers.passport" not in set(sys.modules) - before
    own_model(config.path).write_bytes(b"a model without a passport")
    assert measured_precision(config) is None
