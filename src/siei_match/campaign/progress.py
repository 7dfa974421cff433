"""What a run says while it works: bars on a terminal, log lines elsewhere; counts only."""

import functools
import json
import logging
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ParamSpec, Protocol, TypeVar

from rich.console import Console
from rich.logging import RichHandler

from siei_match.reference.memory import give_back

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")
LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"


class Progress(Protocol):
    """Receives a run's progress. Names are those of stages and files, never of people."""

    def step(self, name: str, total: int) -> Any:
        """Open a step of `total` parts: a context manager that gives a `Step`."""


class Step(Protocol):
    def advance(self) -> None: ...


class _Silent:
    def advance(self) -> None:
        return None


class LogProgress:
    """Says nothing by itself: the stages' own log lines are the progress."""

    @contextmanager
    def step(self, name: str, total: int) -> Iterator[Step]:
        yield _Silent()


class BarProgress:
    """Draws one bar a step on a terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console

    @contextmanager
    def step(self, name: str, total: int) -> Iterator[Step]:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        columns = (
            TextColumn("{task.description:<12}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Bars(*columns, console=self.console) as bars:
            yield _Bar(bars, bars.add_task(name, total=total))


class _Bar:
    def __init__(self, bars: Any, task: Any) -> None:
        self._bars, self._task = bars, task

    def advance(self) -> None:
        self._bars.advance(self._task)


@dataclass(frozen=True)
class StepMeasure:
    """What a step took; `memoire_go` is the process's peak so far."""

    etape: str
    secondes: float
    processeur: float
    memoire_go: float


def measured(
    step: Callable[P, R], note: Callable[[StepMeasure], None] | None = None
) -> Callable[P, R]:
    """Return `step`, which says in the log when it is done what it took, and gives it to `note`.

    Never to what a run leaves: that is the same however long a run takes.
    """

    @functools.wraps(step)
    def timed(*args: P.args, **kwargs: P.kwargs) -> R:
        start, used = time.perf_counter(), _processor_seconds()
        result = step(*args, **kwargs)
        give_back()
        measure = StepMeasure(
            step.__name__,
            round(time.perf_counter() - start, 1),
            round(_processor_seconds() - used, 1),
            round(_peak_bytes() / 1e9, 2),
        )
        logger.info(
            "%s: %.1f s, processor %.1f s, peak memory so far %.2f GB.",
            measure.etape,
            measure.secondes,
            measure.processeur,
            measure.memoire_go,
        )
        if note is not None:
            note(measure)
        return result

    return timed


def _processor_seconds() -> float:
    """Return what this process has used, and its children that have ended."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, kinds))


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class JsonLines(logging.Formatter):
    """One JSON object a line, for machines that collect logs."""

    def format(self, record: logging.LogRecord) -> str:
        instant = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {"instant": instant, "niveau": record.levelname, "module": record.name}
        return json.dumps(told | {"message": record.getMessage()}, ensure_ascii=False)


def follow(journal: str = "texte") -> Progress:
    """Set up the log on stderr and return the progress that suits it.

    `journal`: `text`, or `json` for a line of JSON each where stderr is no terminal.
    """
    console = Console(stderr=True)
    handler: logging.Handler
    if console.is_terminal:
        handler = RichHandler(console=console, show_path=False, show_time=False, markup=False)
    else:
        handler = logging.StreamHandler(sys.stderr)
        lines = JsonLines() if journal == "json" else logging.Formatter(LOG_FORMAT)
        handler.setFormatter(lines)
    root = logging.getLogger("siei_match")
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    root.propagate = False
    return BarProgress(console) if console.is_terminal else LogProgress()
