"""The configuration: every mistake named with its place, its value and what would be right."""

from pathlib import Path

import pytest

from watcher.config import ConfigError, load
from watcher.reference import page
from watcher.settings import initials

GOOD = """
[federation]
name = "Sandbank and Valley Nursery Schools Federation"
aliases = ["SVNSF"]
places = ["Bloxwich"]
not = ["Argyll"]
[[federation.school]]
name = "Sandbank Nursery School"
ambiguous = ["Sandbank"]
[[source]]
kind = "feed"
name = "Local paper"
url = "https://news.example/feed"
every = "30m"
[[alerts.channel]]
name = "head"
url = "${HEAD_MAIL_URL}"
"""
SECRETS = {"HEAD_MAIL_URL": "mailto://user:hunter2@mail.example?to=head@school.example"}


def write(folder: Path, content: str) -> Path:
    path = folder / "config.toml"
    path.write_text(content, encoding="utf-8")
    return path


def faults(folder: Path, content: str, environment: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(write(folder, content), SECRETS if environment is None else environment)
    return list(caught.value.faults)


def test_a_good_file_must_become_values(tmp_path: Path) -> None:
    config = load(write(tmp_path, GOOD), SECRETS)
    assert config.federation.against == ("Argyll",)
    assert config.federation.schools[0].ambiguous == ("Sandbank",)
    assert config.sources[0].settings["url"] == "https://news.example/feed"
    assert config.alerts.reference == "SV"
    assert config.channel("head").url == SECRETS["HEAD_MAIL_URL"]
    assert config.store_url == f"sqlite:///{tmp_path / 'watcher.db'}"
    assert config.escalation.order == ("deputy", "dsl")


MISTAKES = {
    "unknown table": ("[nonsense]\n", "[nonsense], nonsense: expected no such table"),
    "unknown key": (
        '[digest]\ndya = "monday"\n',
        "[digest], dya: expected no such key; known here: day, time; got 'monday'",
    ),
    "wrong type": ("[digest]\nday = 1\n", '[digest], day: expected a day like "monday"; got 1'),
    "wrong time": (
        '[digest]\ntime = "25:00"\n',
        "[digest], time: expected a time of day like \"07:30\"; got '25:00'",
    ),
    "wrong listen": ('[review]\nlisten = "here"\n', "[review], listen: expected an address and port"),
    "wrong base_url": ('[review]\nbase_url = "x"\n', "[review], base_url: expected a web address"),
    "wrong store": ('[store]\nurl = "mysql://x"\n', "[store], url: expected a database like sqlite"),
    "wrong network": ('[network]\nallow = ["here"]\n', "[network], allow: expected addresses or networks"),
    "wrong retention": (
        '[retention]\nquiet = "1s"\n',
        "[retention], quiet: expected a time like 14d, at least 1h; got '1s'",
    ),
    "unknown kind": ('[[source]]\nkind = "gopher"\nname = "x"\n', '[[source]] "x", kind: expected one of b'),
    "no kind": ('[[source]]\nname = "x"\n', '[[source]] "x", kind: expected a value'),
    "no name": (
        '[[source]]\nkind = "feed"\nurl = "https://a.example"\n',
        "[[source]] number 2, name: expected a value",
    ),
    "no url": (
        '[[source]]\nkind = "feed"\nname = "x"\n',
        '[[source]] "x", url: expected a value (Address of the feed)',
    ),
    "bad url": ('[[source]]\nkind = "feed"\nname = "x"\nurl = "news"\n', '"x", url: expected a web address'),
    "password in url": (
        '[[source]]\nkind = "feed"\nname = "x"\nurl = "https://a:b@c.example"\n',
        "without a user name",
    ),
    "a person": (
        '[[source]]\nkind = "feed"\nname = "x"\nurl = "https://x.com/jane"\n',
        "people's own profiles are never",
    ),
    "too often": (
        '[[source]]\nkind = "feed"\nname = "x"\nurl = "https://a.example"\nevery = "1m"\n',
        "every: expected a time like 30m, at least 5m; got '1m'",
    ),
    "words for every": (
        '[[source]]\nkind = "feed"\nname = "x"\nurl = "https://a.example"\nevery = "soon"\n',
        "[[source]] \"x\", every: expected a time like 30m, at least 5m; got 'soon'",
    ),
    "another kind's key": (
        '[[source]]\nkind = "feed"\nname = "x"\nurl = "https://a.example"\nitem = "li"\n',
        "item: expected no such key; known here: platform, preset, url",
    ),
    "duplicate source": (
        '[[source]]\nkind = "feed"\nname = "Local paper"\nurl = "https://a.example"\n',
        '[[source]] "Local paper", name: expected a name used once',
    ),
    "bad channel": (
        '[[alerts.channel]]\nname = "x"\nurl = "x"\n',
        '[[alerts.channel]] "x", url: expected an Apprise address',
    ),
    "a program as channel": ('[[alerts.channel]]\nname = "x"\nurl = "exec://rm"\n', "that reaches a person"),
    "dead teams": (
        '[[alerts.channel]]\nname = "x"\nurl = "msteams://a/b/c"\n',
        "expected workflows://... for Teams",
    ),
    "bad concern": (
        '[[alerts.channel]]\nname = "x"\nurl = "json://h"\nconcerns = ["x"]\n',
        'concerns: expected some of "safe',
    ),
    "unknown backup": (
        '[[alerts.channel]]\nname = "x"\nurl = "json://h"\nbackup = "y"\n',
        "backup: expected the name of a ch",
    ),
    "unknown health channel": (
        '[health]\nchannel = "y"\n',
        '[health], channel: expected the name of a channel ("head")',
    ),
    "bad detail": (
        '[alerts]\ndetail = "all"\n',
        '[alerts], detail: expected one of "redacted", "reference"; got \'all\'',
    ),
    "bad sensitivity": ("[alerts]\nsensitivity = 3\n", "[alerts], sensitivity: expected one of"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_must_be_named_with_place_value_and_remedy(name: str, tmp_path: Path) -> None:
    addition, said = MISTAKES[name]
    if addition.startswith("[alerts]"):  # before its channels, as TOML wants it
        content = GOOD.replace("[[alerts.channel]]", addition + "[[alerts.channel]]")
    else:
        content = GOOD + addition
    found = faults(tmp_path, content)
    assert any(said in fault for fault in found), found
    assert all(fault.startswith("config.toml [") for fault in found)


def test_several_mistakes_must_be_told_at_once(tmp_path: Path) -> None:
    found = faults(tmp_path, GOOD + '[digest]\nday = "x"\ntime = "y"\n[review]\nlisten = "z"\n')
    assert len(found) == 3


@pytest.mark.parametrize("content", ["name = ", "\xff\xfe", "[federation"])
def test_what_is_no_toml_must_be_said(content: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"config.toml: not a TOML file"):
        load(path, SECRETS)


def test_a_missing_file_must_be_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load(tmp_path / "none.toml", SECRETS)


def test_a_missing_secret_must_be_named_and_no_other_told(tmp_path: Path) -> None:
    found = faults(tmp_path, GOOD, {"OTHER": "hunter2"})
    assert found == [
        'config.toml [[alerts.channel]] "head", url: expected the environment variable HEAD_MAIL_URL '
        "(or HEAD_MAIL_URL_FILE naming a file) to be set; got '${HEAD_MAIL_URL}'"
    ]


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "mail-url"
    secret.write_text(SECRETS["HEAD_MAIL_URL"] + "\n")
    config = load(write(tmp_path, GOOD), {"HEAD_MAIL_URL_FILE": str(secret)})
    assert config.channel("head").url == SECRETS["HEAD_MAIL_URL"]


def test_a_wrong_secret_must_not_be_shown(tmp_path: Path) -> None:
    found = faults(tmp_path, GOOD, {"HEAD_MAIL_URL": "hunter2"})
    assert "hunter2" not in "".join(found)
    assert "${HEAD_MAIL_URL}" in found[0]


WRITTEN_OUT = {
    "channel": '[[alerts.channel]]\nname = "b"\nurl = "hunter2"\n',
    "channel of another type": '[[alerts.channel]]\nname = "b"\nurl = ["hunter2"]\n',
    "channel with the key misspelt": '[[alerts.channel]]\nname = "b"\nurll = "mailto://a:hunter2@b.example"\n',
    "one table in place of several": '[federation.person]\ntoken = "hunter2"\n',
    "several tables in place of one": '[[store]]\nurl = "hunter2"\n',
    "seal of second factors": '[review]\nkey = ["hunter2"]\n',
    "database": '[store]\nurl = "mysql://a:hunter2@b.example/c"\n',
    "dead-man's switch": '[health]\nping = "hunter2"\n',
    "provider": '[review.openid]\nprovider = "google"\nclient_secret = "hunter2 and more"\n',
    "provider as a text": '[review]\nopenid = "hunter2"\n',
    "source": '[[source]]\nkind = "x"\nname = "b"\ntoken = "hunter2 and more"\n',
    "source with the key misspelt": '[[source]]\nkind = "x"\nname = "b"\ntoken = "t"\ntokn = "hunter2"\n',
    "address with a password": '[[source]]\nkind = "feed"\nname = "b"\nurl = "https://a:hunter2@b.example/"\n',
}


@pytest.mark.parametrize("written", WRITTEN_OUT.values(), ids=WRITTEN_OUT)
def test_a_secret_that_stands_in_the_file_must_not_be_shown(written: str, tmp_path: Path) -> None:
    found = "".join(faults(tmp_path, GOOD + written))
    assert "hunter2" not in found
    assert "a value that is not shown" in found


def test_secrets_must_not_show_when_printed(tmp_path: Path) -> None:
    assert "hunter2" not in repr(load(write(tmp_path, GOOD), SECRETS))


def test_the_example_at_the_root_must_be_good() -> None:
    assert len(load(Path(__file__).parent.parent / "config.toml", {}).sources) >= 2


def test_every_setting_must_be_documented() -> None:
    written = (Path(__file__).parent.parent / "docs/configuration.md").read_text(encoding="utf-8")
    assert written == page(), "write it anew: python -m watcher.reference > docs/configuration.md"


@pytest.mark.parametrize(
    ("name", "expected"), [("Sandbank and Valley", "SV"), ("Millbrook", "M"), ("the school", "W")]
)
def test_references_must_begin_with_initials(name: str, expected: str) -> None:
    assert initials(name) == expected
