"""Markdown as people write it, each with a stated result."""

import pytest

from sources.markdown import markdown_text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        pytest.param("plain words", "plain words", id="plain"),
        pytest.param("**bold** and _leaning_ ~~gone~~", "bold and leaning gone", id="emphasis"),
        pytest.param("a snake_case_name * 2 * 3", "a snake_case_name * 2 * 3", id="not emphasis"),
        pytest.param("[here](https://a.example/x)", "here (https://a.example/x)", id="link"),
        pytest.param("[https://a.example](https://a.example)", "https://a.example", id="bare link"),
        pytest.param("![three ducks](https://a.example/d.png)", "[image: three ducks]", id="picture"),
        pytest.param("![](https://a.example/d.png)x", "x", id="picture without words"),
        pytest.param("# Head\n\n> quoted\n\n* one", "Head\n\nquoted\n\n- one", id="blocks"),
        pytest.param("::: spoiler Who was it\nhidden\n:::", "Who was it\nhidden", id="spoiler"),
        pytest.param("```\ncode\n```", "code", id="fence"),
        pytest.param(r"\*stars\* 1\. x", "*stars* 1. x", id="escapes"),
        pytest.param("2 &lt; 3 &amp; <b>x</b>", "2 < 3 & x", id="html"),
        pytest.param("[" * 5000 + "](" * 5000, "[" * 5000 + "](" * 5000, id="hostile brackets"),
        pytest.param("*" * 20000, "*" * 20000, id="hostile stars"),
    ],
)
def test_markdown_must_be_read_as_stated(markdown: str, text: str) -> None:
    assert markdown_text(markdown) == text
