"""Programs that some tests need beside Python: without them a test is skipped, but never in CI."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def missing(what: str, package: str) -> NoReturn:
    """Skip the test, or fail it where everything must be there."""
    reason = f"{what} is not installed (Debian: {package})"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}; CI must not skip")
    pytest.skip(reason)


def program(name: str, package: str) -> Path:
    """Return a program's path."""
    found = shutil.which(name)
    return Path(found) if found else missing(name, package)
