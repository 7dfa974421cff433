"""What several commands take, and how they speak."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from siei_match.output.audit import Actor

DONE: Final = 0
FAILED: Final = 1
MISUSED: Final = 2
UNSAID: Final = 3
"""Done, and what it did could not be written to standard output."""


class UnsaidError(Exception):
    """The work is done; standard output refused what it has to say."""

    def __init__(self, refused: OSError) -> None:
        super().__init__()
        self.refused = refused


SettingsFile = Annotated[
    Path | None,
    Parameter(name="--reglages", help="A TOML file of settings (see docs/exploitation.md)."),
]
Sortie = Annotated[
    Path, Parameter(name="--sortie", help="The output folder: all campaigns, side by side.")
]
CampagneDir = Annotated[
    Path, Parameter(help="The campaign's folder: campagne.toml and the extracts it lists.")
]
Par = Annotated[
    str | None,
    Parameter(
        name="--par",
        help="Who does this, for the audit log, which notes your user's name beside it; default: that name.",
    ),
]

Journal = Annotated[
    Literal["texte", "json"],
    Parameter(name="--journal", help="How the log on stderr is written where it is no terminal."),
]

Engine = Annotated[
    Literal["threads", "processus", "dask"],
    Parameter(
        name="--moteur",
        help="Who does what is independent: threads, processes (processus) of this machine, or Dask. The "
        "bytes are the same; see docs/dask.md.",
    ),
]
Scheduler = Annotated[
    str | None,
    Parameter(
        name="--ordonnanceur",
        help="With --moteur dask, the scheduler's address, tls://HOST:PORT; default: a cluster of this "
        "machine for this run.",
    ),
]
Memory = Annotated[
    str | None,
    Parameter(
        name="--memoire",
        help="What the run's own process is given, like 8G: past half of it, what the linkage holds stands in "
        "files of the staging folder, which the system keeps in memory as long as there is some.",
    ),
]


def say(lines: Sequence[str]) -> None:
    """Say on standard output what was done; a command does it last.

    Raises:
        UnsaidError: standard output refuses it, or nobody reads it any more.
    """
    try:
        print("\n".join(lines), flush=True)  # noqa: T201
    except OSError as refused:
        raise UnsaidError(refused) from None


def name_actor(par: str | None, reglages: Path | None = None, *, sealed: bool = True) -> Actor:
    """Say who does this, now, for the audit log; the key seals it where there is one.

    Without `sealed` the key is not looked for: a run makes it, and seals with it.
    """
    from siei_match.output.audit import Actor
    from siei_match.reference.seat import user_name
    from siei_match.reference.settings import load_settings

    key, *replaced = (find_keys(reglages) if sealed else ()) or (None,)
    anchor = load_settings(reglages).ancre_audit
    user = user_name()
    # Anybody can give any name: it stands in the log beside who the system says they are.
    declared = user if par and par != user else None
    return Actor(par or user, datetime.now(UTC), key, tuple(replaced), anchor, declared)


def find_keys(reglages: Path | None) -> tuple[bytes, ...]:
    """Return the secret keys, the one in force first; none for a user who is not given them."""
    from siei_match.reference.errors import SettingsError
    from siei_match.reference.settings import load_keys, load_settings

    settings = load_settings(reglages)
    try:
        return load_keys(settings, make=False)
    except SettingsError:
        return ()
