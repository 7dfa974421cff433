"""How a command says that it failed: two lines for people, or a line of JSON for programs."""

import contextlib
import itertools
import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from siei_match.cli.options import DONE, FAILED, UNSAID

INTERRUPTED: Final = "Interrupted"
RUN_AGAIN: Final = "Nothing that stood there changed: run again when ready."
UNFINISHED: Final = (
    "What was being put in place is whole on the disk: the next command on this folder finishes it."
)
NOT_SAID: Final = "It is done, but standard output took no more of what it says"
NOTHING_FOUND: Final[Mapping[str, Any]] = {}

_journal = {"json": False}


def listen_to(arguments: Sequence[str]) -> None:
    """Note whether this command line asks for a log in JSON, also if it is misused."""
    joined = [word.partition("=")[2] for word in arguments if word.startswith("--journal=")]
    apart = [b for a, b in itertools.pairwise(arguments) if a == "--journal"]
    _journal["json"] = "json" in (*joined, *apart)


def in_json() -> bool:
    """Say whether failures are lines of JSON: as the log, only where stderr is no terminal."""
    return _journal["json"] and not (sys.stderr is not None and sys.stderr.isatty())


def word_failure(
    what: str, remedy: str, code: str, found: Mapping[str, Any] = NOTHING_FOUND
) -> str:
    """Return what stderr says of a failure; `found` are the names and counts that it speaks of."""
    if not in_json():
        return f"siei: {what}\n  → {remedy}\n"
    told = {
        "instant": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "niveau": "ERROR",
        "module": "siei_match.cli",
        "message": what,
        "code": code,
        "remede": remedy,
        "details": dict(found),
    }
    return json.dumps(told, ensure_ascii=False) + "\n"


def tell_failure(failure: BaseException) -> None:
    """Say on stderr what failed, where, and what to do: never a value."""
    from siei_match.reference import failures

    told = failures.explain(failure)
    say_failure(word_failure(told.what, told.remedy, told.code, told.found))


def say_failure(text: str) -> None:
    # Where stderr is full or gone, the exit code is all that can be said.
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()


def tell_unsaid(refused: OSError) -> int:
    """Say that the work is done and standard output refused the rest; return the exit code.

    A reader that has left (head, less) is told nothing: it has seen what it wanted.
    """
    silence_stdout()
    if not isinstance(refused, BrokenPipeError):
        why = os.strerror(refused.errno) if refused.errno else type(refused).__name__
        say_failure(
            word_failure(
                f"{NOT_SAID} ({why}).",
                "What the command did stands: look in the output folder, or ask again with room "
                "for the answer.",
                "non_dit",
            )
        )
    return UNSAID


def flush_stdout(outcome: int) -> int:
    """Write out what is left to say; return the exit code, which tells if that failed."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as refused:
        unsaid = tell_unsaid(refused)
        return unsaid if outcome == DONE else outcome
    return outcome


def is_of_stdout(failure: BaseException) -> bool:
    """Say whether standard output refused what rich was writing to it: nothing else writes by rich."""
    frames = traceback.extract_tb(failure.__traceback__)
    return isinstance(failure, OSError) and any(
        f"{os.sep}rich{os.sep}" in f.filename for f in frames
    )


def silence_stdout() -> None:
    """Send what Python still holds for standard output nowhere: it would fail again at the end."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def end_at_once(number: int) -> None:
    """End this process on a signal: remove what is staged, say what became of the rest."""
    store = sys.modules.get("siei_match.output")
    unfinished = store is not None and not store.abandon()
    os.write(sys.stderr.fileno(), word_interruption(number, unfinished=unfinished).encode())
    os._exit(FAILED)


def word_interruption(number: int = signal.SIGINT, *, unfinished: bool = False) -> str:
    """Return what a command that is told to end says: by whom, and what stands in place."""
    store = sys.modules.get("siei_match.output")
    placed = store.placed() if store is not None else ()
    name = signal.Signals(number).name
    by = " (SIGHUP: its terminal is gone)" if number == signal.SIGHUP else f" ({name})"
    if unfinished:
        then = UNFINISHED
    elif placed:
        then = f"Before that it had put in place: {', '.join(placed)}. That stands."
    else:
        then = RUN_AGAIN
    return word_failure(f"{INTERRUPTED}{by}.", then, "interruption", {"signal": name})
