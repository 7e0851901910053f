"""What can be seen and what cannot is said once, and completely."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from sources.keys import read_table
from sources.registry import KINDS
from watcher.coverage import coverage, page
from watcher.digest import NOT_COVERED

DOCS = Path(__file__).parents[1] / "docs"
OWN = {"kind", "name", "every"}
POLICY = "Blogger, Ning, Wetpaint, YouTube, Twitter, Facebook, MySpace, Virtual worlds, Websites, E-mail".split(
    ", "
)
BIG = "Instagram, Threads, TikTok, Snapchat, WhatsApp and Messenger, Discord, Nextdoor, LinkedIn, Reddit, Bluesky, Telegram"
SECTIONS = dict(
    re.findall(r"^## ([\w-]+)\n(.*?)(?=^## |\Z)", (DOCS / "sources.md").read_text(), re.DOTALL | re.MULTILINE)
)


def test_every_kind_must_have_a_paragraph_and_no_other() -> None:
    assert set(SECTIONS) == set(KINDS)


def example(name: str) -> dict[str, Any]:
    written = re.search(r"```toml\n(.*?)```", SECTIONS[name], re.DOTALL)
    assert written, f"no example for {name}"
    table: dict[str, Any] = tomllib.loads(written[1])["source"][0]
    return table


def filled(value: Any) -> Any:
    """Return a value with something in place of a secret from the environment."""
    return (
        re.sub(r"\$\{\w*URL\}", "https://a.example/b", re.sub(r"\$\{(?!\w*URL\})\w+\}", "s3cret-s3cret", value))
        if isinstance(value, str)
        else value
    )


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_kinds_example_must_be_right(name: str) -> None:
    table = example(name)
    assert table["kind"] == name
    own = {key: filled(value) for key, value in table.items() if key not in OWN}
    assert read_table(own, KINDS[name].keys)[1] == []


@pytest.mark.parametrize("name", sorted(KINDS))
def test_secrets_must_stand_in_the_environment_in_every_example(name: str) -> None:
    table = example(name)
    assert all(
        str(table[key.name]).startswith("${") for key in KINDS[name].keys if key.secret and key.name in table
    )


def test_every_kind_must_say_what_it_was_tested_against() -> None:
    assert set(coverage().kinds) == set(KINDS)


def test_every_system_must_be_covered_by_kinds_there_are() -> None:
    assert {kind for system in coverage().systems for kind in system.kinds} <= set(KINDS)


@pytest.mark.parametrize("name", POLICY)
def test_every_system_of_the_policy_must_be_spoken_of(name: str) -> None:
    assert any(system.name == name and system.policy for system in coverage().systems)


@pytest.mark.parametrize("name", BIG.split(", "))
def test_every_big_platform_must_be_spoken_of(name: str) -> None:
    assert any(system.name == name for system in coverage().systems)


def test_what_is_not_covered_must_have_a_reason() -> None:
    assert all(system.how for system in coverage().systems)


def test_the_digest_must_name_the_same_as_never_covered() -> None:
    assert coverage().never == NOT_COVERED
    assert any("TikTok" in words for words in NOT_COVERED)


def test_the_page_must_be_up_to_date() -> None:
    assert (DOCS / "coverage.md").read_text(encoding="utf-8") == page()
