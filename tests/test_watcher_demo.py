"""What README shows of the demonstration is what it prints."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
DEMO = "from watcher.commands.main import main; main()"


def shown() -> list[str]:
    """Return the lines that README shows; "..." stands for what is left out at a line's end."""
    block = re.search(r"Some of what it prints:\n\n```\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert block
    return [line for line in block[1].splitlines() if line]


def agrees(line: str, printed: str) -> bool:
    return printed.startswith(line.removesuffix("...").rstrip()) if line.endswith("...") else printed == line


def test_readme_must_show_what_the_demonstration_prints_in_the_same_order(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DEMO, "demo"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    printed = iter(done.stdout.splitlines())
    for line in shown():
        assert any(agrees(line, one) for one in printed), f"not printed, or not there: {line}"
    assert (tmp_path / "demo-output" / "digest.html").exists()
