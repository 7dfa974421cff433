"""Which engine a run asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from siei_match.reference.engines.base import Engine, Threads
from siei_match.reference.errors import SettingsError
from siei_match.reference.extras import require_extra

Moteur = Literal["threads", "processus", "dask"]
MOTEURS: Final[tuple[Moteur, ...]] = get_args(Moteur)


@dataclass(frozen=True)
class EngineChoice:
    """Who does a run's independent work; the bytes are the same.

    moteur: `threads`, `processus` (processes of this machine) or `dask`. ordonnanceur: the address of
    Dask's scheduler; without one a cluster of this machine is started, and ended with the run.
    """

    moteur: Moteur = "threads"
    ordonnanceur: str | None = None

    def check(self) -> None:
        """Refuse what cannot be, before anything is read.

        Raises:
            SettingsError: the engine is unknown, its extra is not installed, or the address is not Dask's,
                or not safe.
        """
        if self.moteur not in MOTEURS:
            raise SettingsError(
                "The engine is none of those there are.",
                remedy=f"Choose one of {', '.join(MOTEURS)}.",
            )
        if self.moteur == "dask":
            require_extra("dask", "Work cannot be given to Dask")
            if self.ordonnanceur is not None:
                from siei_match.reference.engines.address import require_safe

                require_safe(self.ordonnanceur)
        elif self.ordonnanceur is not None:
            raise SettingsError(
                "A scheduler's address is given, and the engine is not dask.",
                remedy="Add --moteur dask, or leave --ordonnanceur out.",
            )


@contextmanager
def open_engine(choice: EngineChoice, scratch: Path) -> Iterator[Engine]:
    """Give the engine that is asked for, and end what it has started.

    Args:
        choice: checked.
        scratch: a folder that need not be there, its owner's alone, for what workers of this machine put down.

    Raises:
        SieiError: the scheduler cannot be reached.
    """
    engine = _made(choice, scratch)
    try:
        yield engine
    finally:
        engine.close()


def _made(choice: EngineChoice, scratch: Path) -> Engine:
    # Each engine is imported by those who ask for it alone: Dask takes a second.
    if choice.moteur == "processus":
        from siei_match.reference.engines.processes import Processes

        return Processes()
    if choice.moteur == "dask":
        from siei_match.reference.engines.cluster import Cluster

        return Cluster(choice.ordonnanceur, scratch)
    return Threads()
