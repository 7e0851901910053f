"""Promises that the repository keeps about itself."""

import re
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from typer.testing import CliRunner

from watcher import reference
from watcher.commands.main import app

ROOT = Path(__file__).parent.parent
COMMANDS = sorted(str(command.callback.__name__) for command in app.registered_commands if command.callback)
TEXTS = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607  # wherever a developer has git
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()
    if Path(name).suffix in (".py", ".md", ".toml", ".lock", ".yaml", ".service", ".jinja", ".txt", "")
]  # fmt: skip


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200", "NO_COLOR": "1"})
    assert result.exit_code == 0
    return result.output


def test_help_must_not_load_what_is_heavy() -> None:
    code = (
        "import sys; from watcher.commands.main import app; "
        "heavy = {'sklearn', 'numpy', 'scipy', 'sqlalchemy', 'apprise', 'httpx', 'bs4', 'starlette', 'feedparser'}; "
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_must_show_an_example(command: str) -> None:
    assert f"Example: watcher {command}" in " ".join(shown(command, "--help").split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_must_stand_in_the_readme(command: str) -> None:
    assert f"`watcher {command}" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("package", ["watcher", "watcher.store", "watcher.review"])
def test_every_module_must_stand_in_the_reading_order_of_its_package(package: str) -> None:
    map_of_it = import_module(package).__doc__ or ""
    there = {path.name for path in (ROOT / package.replace(".", "/")).glob("*.py")} - {"__init__.py"}
    assert set(re.findall(r"[a-z]+[.]py", map_of_it)) == there


def test_every_setting_must_be_documented() -> None:
    assert (ROOT / "docs" / "configuration.md").read_text() == reference.page(), (
        "run: python -m watcher.reference > docs/configuration.md"
    )


def test_every_link_in_the_documents_must_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} leads to {target}"


def test_the_example_configuration_must_be_readable_as_it_is() -> None:
    from watcher.config import load

    assert load(ROOT / "config.toml", {}).federation.schools


def test_versions_must_agree() -> None:
    from watcher import __version__

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_lock_must_name_every_library_with_hashes_and_without_addresses() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    locked = dict(re.findall(r"^([a-z0-9.-]+)==(\S+) \\\n    --hash=sha256:", lock, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["scale"], *extras["openid"], *extras["paper"]]
    names = {re.split(r"[\[<>=~]", line)[0].lower() for line in wanted}
    assert names - set(locked) == set(), "run: .ci/lock"
    assert "://" not in lock


def test_the_base_install_must_grow_by_decision_only() -> None:
    """docs/decisions.md tells what brings each package; a new one belongs there, or into an extra."""
    wanted = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])
    found = set[str]()
    while wanted:
        requirement = Requirement(wanted.pop())
        name = canonicalize_name(requirement.name)
        if name not in found and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
            found.add(name)
            wanted |= set(requires(name) or ())
    assert len(found) <= 62, sorted(found)


def test_nothing_must_name_this_computer_or_a_registry() -> None:
    places = re.compile("/" + "work/|/" + "root/|pypi[.]org|files[.]pythonhosted")
    found = [path.name for path in TEXTS if places.search(path.read_text(encoding="utf-8"))]
    assert found == []
