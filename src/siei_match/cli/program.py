"""The commands. Each reads its arguments, calls one function, prints counts and places.

Exit codes (contract, section 2): 0 done; 1 the run failed or was interrupted, nothing that
stood there changed; 2 wrong usage; 3 done, and standard output refused to take what it says. Heavy modules are imported by the command that needs them, so that the
help answers at once.
"""

import os
import resource
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType

from cyclopts import App, CycloptsError

from siei_match import __version__
from siei_match.cli import (
    answers,
    audit,
    campaigns,
    compare,
    detail,
    expected,
    explain,
    export,
    models,
    passes,
    portal,
    prepare,
    releases,
    review,
    verify,
    zones,
)
from siei_match.cli import (
    key as key,
)
from siei_match.cli import (
    person as personne,
)
from siei_match.cli import (
    rights as rights,
)
from siei_match.cli.failing import (
    end_at_once,
    flush_stdout,
    in_json,
    is_of_stdout,
    listen_to,
    say_failure,
    tell_failure,
    tell_unsaid,
    word_failure,
    word_interruption,
)
from siei_match.cli.old_words import in_todays_words
from siei_match.cli.options import DONE, FAILED, MISUSED, UnsaidError

app = App(
    name="siei",
    version=__version__,
    help="Find the young people who left school without a diploma, from four administrations' "
    "extracts, and prepare one list per platform (PSAD).\n\n"
    "No personal value is logged, nor shown but on a terminal, by `explain --dossier` and `personne`. Exit codes: 0 done, 1 failed (nothing that "
    "stood there changed), 2 wrong usage, 3 done but not told: standard output refused it.",
    help_format="markdown",
    help_epilogue="Settings: a TOML file (--reglages) and SIEI_* variables; docs/exploitation.md lists them.",
    version_flags=["--version"],
    # Ours to tell: exit code 1, as the contract says of every run that did not end.
    suppress_keyboard_interrupt=False,
)

for command in (
    campaigns.run,
    campaigns.refresh,
    campaigns.check,
    expected.expected,
    prepare.prepare,
    campaigns.simulate,
    releases.release,
    export.export,
    explain.explain,
    portal.portal,
    portal.account,
    rights.purge,
    verify.verify,
    compare.compare,
    detail.detail,
    models.train,
    models.app,
    passes.passes,
    audit.app,
    key.app,
    personne.app,
    answers.collect,
    review.app,
    zones.app,
):
    app.command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; never show a traceback."""
    from rich.console import Console

    listen_to_signals()
    said = in_todays_words(sys.argv[1:] if arguments is None else arguments)
    listen_to(said)
    try:
        outcome = app(
            said,
            exit_on_error=False,
            print_error=not in_json(),
            error_console=Console(stderr=True),
            result_action="return_value",
        )
    except CycloptsError as misuse:
        if in_json():
            # Which argument is not repeated: it may be a name.
            what = f"Wrong usage ({type(misuse).__name__})."
            say_failure(word_failure(what, "`siei COMMAND --help` says what it takes.", "usage"))
        return MISUSED
    except UnsaidError as unsaid:
        return tell_unsaid(unsaid.refused)
    except BrokenPipeError:
        # The reader of our output (head, less) has left: there is nobody to tell.
        sys.stderr.close()
        return FAILED
    except BaseException as failure:
        # No traceback, whatever it is: it could quote a value.
        if isinstance(failure, SystemExit):
            raise
        if isinstance(failure, KeyboardInterrupt):
            say_failure(word_interruption())
        elif isinstance(failure, OSError) and is_of_stdout(failure):
            return tell_unsaid(failure)
        else:
            tell_failure(failure)
        return FAILED
    return outcome if isinstance(outcome, int) else DONE


def listen_to_signals() -> None:
    """End at once on Ctrl-C, or when told to: an exception raised inside native code may abort the process."""
    # Only the main thread may listen to signals, and only Python's own handler is replaced.
    if not in_main_thread():
        return
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end_at_once)
    # What `systemctl stop`, a time limit or a scheduler sends; what a terminal or a connection sends
    # that goes away, unless `nohup` has it ignored: what is staged names people, and must not stay.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end_at_once)


def _end_at_once(number: int, frame: FrameType | None) -> None:
    end_at_once(number)


def in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def leave_no_core() -> None:
    """Have a crash leave no image of this process's memory: names and the key are in it."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    # A program that core_pattern names is given the image whatever the bound is, but of one byte (core(5)).
    most = 1 if hard == resource.RLIM_INFINITY else min(1, hard)
    resource.setrlimit(resource.RLIMIT_CORE, (most, hard))


def entry() -> None:
    """Run the command line as a program: what native libraries print is not shown.

    A panic in Rust or C writes to the process's standard error by itself, and may quote a value;
    Python gets its exception all the same, and `main` tells it without values.
    """
    leave_no_core()
    own = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    sys.stderr = os.fdopen(own, "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    sys.exit(flush_stdout(main()))
