"""What is shipped for running the service."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parent.parent / "deploy"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_the_unit_must_be_well_confined() -> None:
    unit = DEPLOY / "watcher.service"
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"exposure level for watcher\.service: ([\d.]+)", said.stdout + said.stderr)
    assert found, said.stderr
    assert float(found[1]) <= 1.5


def test_the_unit_must_name_the_service_as_it_is_started() -> None:
    unit = (DEPLOY / "watcher.service").read_text()
    assert "Type=notify" in unit
    assert re.search(r"WatchdogSec=\d+", unit)
    assert "watcher run --config" in unit


def test_the_image_must_install_what_is_locked() -> None:
    assert "--require-hashes -r /opt/watcher/requirements.lock" in (DEPLOY / "Dockerfile").read_text()
