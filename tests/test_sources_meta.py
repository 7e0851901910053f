"""The own Page: when to ask less, and what is gone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lab import made
from sites_meta import graph_error
from social_answers import json_answer
from web_server import Answer, WebServer

from sources.errors import Refused
from sources.meta import is_busy
from sources.source import Held, Rechecks, Source, Tools

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def page(web: WebServer, tools: Tools) -> Source:
    return made("facebook", tools, page="12345", token="t", url=web.url("/v26.0"))


@pytest.mark.parametrize(
    ("usage", "busy"),
    [
        pytest.param(['{"call_count":80,"total_time":2,"total_cputime":1}'], True, id="calls"),
        pytest.param(['{"call_count":1,"total_time":2}', '{"9":[{"type":"pages","total_cputime": 95}]}'], True, id="business"),
        pytest.param(['{"call_count":79}', ""], False, id="not yet"),
        pytest.param([], False, id="nothing said"),
    ],
)  # fmt: skip
def test_the_usage_must_be_read(usage: list[str], busy: bool) -> None:
    assert is_busy(usage) is busy


def test_a_busy_app_must_be_asked_less_often(web: WebServer, tools: Tools) -> None:
    web.otherwise = Answer(b'{"name":"Page","data":[]}', headers={"X-App-Usage": '{"call_count":91}'})
    assert page(web, tools).fetch(None).pause == timedelta(hours=1)


def answers(found: Any) -> Answer:
    return found if isinstance(found, Answer) else json_answer(found)


def test_only_what_meta_does_not_find_must_count_as_gone(web: WebServer, tools: Tools) -> None:
    web.routes = {"/v26.0/1?fields=id": answers({"id": "1"}), "/v26.0/2?fields=id": graph_error(100, 400, 33)}
    looking = page(web, tools)
    assert isinstance(looking, Rechecks)
    assert looking.recheck((Held("1", ""), Held("2", "")), "c").gone == {"2"}


def test_a_token_that_has_run_out_must_not_count_as_gone(web: WebServer, tools: Tools) -> None:
    web.otherwise = graph_error(190)
    looking = page(web, tools)
    assert isinstance(looking, Rechecks)
    with pytest.raises(Refused, match="run out"):
        looking.recheck((Held("1", ""),), "c")
