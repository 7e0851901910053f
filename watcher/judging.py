"""The judge in a process of its own, for a service that runs for years and judges a few posts a day.

The model and the library behind it hold more memory than all the rest of the service. Here they are loaded when a
post is to be judged and let go when none has come for a while. A text over which a judge breaks down or thinks for
ever costs one poll, as with parsing.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifiers.judgement import Evidence, Judgement
from classifiers.text import Names, Text
from sources.errors import Refused, SourceError
from sources.parsing import Parsers
from watcher.mendable import Mendable
from watcher.models import judge_from, model_of

if TYPE_CHECKING:
    from watcher.config import Config

CPU_SECONDS = 120.0  #: for one poll's posts; some hundred are judged in a few seconds
MEMORY_MIB = 8192  #: of addresses, most of which the numeric libraries only reserve
GROWTH_MIB = 600  #: the model with its library takes a third


class JudgeApart:
    """Judges in a child. Thread-safe. `judge` raises SourceError where the child fails."""

    def __init__(self, config: "Config") -> None:
        """Try the model. Raises SourceError; Refused where it cannot be used."""
        self._child = Parsers(
            1,
            memory_mib=MEMORY_MIB,
            cpu_seconds=CPU_SECONDS,
            wall_seconds=CPU_SECONDS * 1.5,
            growth_mib=GROWTH_MIB,
        )
        self._chosen = (config.alerts.sensitivity, model_of(config))
        self.model = ""
        try:
            self.judge((), ())
            self.rest(0.0)
        except SourceError:
            self.close()
            raise

    def judge(self, texts: Sequence[Text], names: Sequence[Names]) -> list[Judgement]:
        """Judge each text for the school whose names stand at the same index."""
        if self.model and not texts:
            return []
        self.model, found = self._child.run(_judged, *self._chosen, tuple(texts), tuple(names))
        return [_judgement(fields) for fields in found]

    def rest(self, seconds: float) -> None:
        """Let the model go where nobody has needed it for so long."""
        self._child.rest(seconds)

    def close(self) -> None:
        """End the child."""
        self._child.close()


def _judged(sensitivity: str, model: Path, texts: Sequence[Text], names: Sequence[Names]) -> Any:
    """Return the name of the model and the fields of each judgement. Runs in the child."""
    try:
        judge = judge_from(sensitivity, model)
    except Mendable as error:
        raise Refused(str(error)) from error
    return judge.model, [asdict(judgement) for judgement in judge.judge(texts, names)]


def _judgement(fields: dict[str, Any]) -> Judgement:
    evidence = tuple(Evidence(**piece) for piece in fields["evidence"])
    return Judgement(**{**fields, "evidence": evidence})
