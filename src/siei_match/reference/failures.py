"""What a failure may say: what, where, what to do; never a value of a row.

The libraries below us quote values in their errors ("could not parse 'DUPONT'"). Everything that
leaves a stage passes here first, so that neither the terminal, nor a log, nor the scheduler's
database ever receives one.
"""

import errno
import functools
import os
import traceback
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from siei_match.reference.errors import OutputError, SieiError
from siei_match.reference.files import DISK_FULL, REMEDIES, code_of

P = ParamSpec("P")
R = TypeVar("R")

TRANSIENT: Final = frozenset(
    {errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EAGAIN, errno.EHOSTDOWN}
)
"""What a network share says when it may well answer a minute later."""


class Failure(SieiError):  # noqa: N818 - named as people say it
    """A failure of the machine or of a library, told without any value."""

    CODE = "machine"

    def __init__(
        self, what: str, *, remedy: str, code: str | None = None, transient: bool = False
    ) -> None:
        super().__init__(what, remedy=remedy, code=code)
        self.transient = transient


def shield(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function` whose every failure is a `SieiError`, free of values and of causes.

    What is shielded puts nothing in place before it succeeds: its failures say so.
    """

    @functools.wraps(function)
    def shielded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as failure:  # noqa: BLE001 - a panic of polars is no Exception
            told = explain(failure, untouched=True)
        # Raised outside of the handler: the original, which may quote values, is not its context.
        raise told

    return shielded


def explain(failure: BaseException, *, untouched: bool = False) -> SieiError:
    """Tell any exception as what, where and what next, without its own message.

    `untouched`: it is known that nothing was put in place; a command that fails at its end, when
    it tells what it did, must not say so.
    """
    after = "; nothing that stood there changed." if untouched else "."
    if isinstance(failure, SieiError):
        # The error that led to this one may quote values: it goes no further.
        failure.__cause__ = failure.__context__ = None
        return failure
    if isinstance(failure, MemoryError):
        return Failure(
            "There was not enough memory.",
            remedy=f"Close other programs or use a machine with more{after}",
            code="machine",
        )
    if isinstance(failure, OSError):
        return _explain_os(failure, after)
    if _is_disk_full(failure):
        remedy = REMEDIES[errno.ENOSPC] + after
        return OutputError("No space is left on the disk.", remedy=remedy, code="disque_plein")
    library = type(failure).__module__.partition(".")[0]
    return Failure(
        f"{library}: {type(failure).__name__} at {_place(failure)}.",
        remedy="This is a defect of siei-match: please report this line; it holds no personal data.",
        code="defaut",
    )


def _explain_os(failure: OSError, after: str) -> SieiError:
    code = failure.errno or (errno.ENOSPC if _is_disk_full(failure) else 0)
    reason = failure.strerror or (os.strerror(code) if code else type(failure).__name__)
    where = f"{failure.filename}: " if isinstance(failure.filename, str) else ""
    place = "" if where else f" (at {_place(failure)})"
    return Failure(
        f"{where}{reason}{place}.",
        remedy=REMEDIES.get(code, "Check this disk, then run again") + after,
        code=code_of(code, "machine"),
        transient=code in TRANSIENT,
    )


def _is_disk_full(failure: BaseException) -> bool:
    # polars and DuckDB word the system's error in their own exceptions, without its number.
    return any(sign in str(failure) for sign in DISK_FULL)


def _place(failure: BaseException) -> str:
    """Return the innermost line of our own code: where to look, and no value."""
    frames = traceback.extract_tb(failure.__traceback__)
    ours = [frame for frame in frames if "siei_match" in frame.filename] or frames
    if not ours:
        return "an unknown line"
    return f"{ours[-1].filename.rpartition('siei_match/')[2]}:{ours[-1].lineno}"
