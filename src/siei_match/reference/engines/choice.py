"""Which engine a run asks for."""

import re
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
UNITS: Final = {"K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


@dataclass(frozen=True)
class EngineChoice:
    """Who does a run's independent work; the bytes are the same.

    moteur: `threads`, `processus` (processes of this machine) or `dask`. ordonnanceur: the address of
    Dask's scheduler; without one a cluster of this machine is started, and ended with the run. memoire:
    bytes that the run's own process is given: past half of them it lays what it holds in the staging folder.
    """

    moteur: Moteur = "threads"
    ordonnanceur: str | None = None
    memoire: int | None = None

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


def read_memory(text: str | None) -> int | None:
    """Return the bytes of a size as people write it: 8G, 8 Go, 800M, 1.5GB (of 1,000 each); None: none is given.

    Raises:
        SettingsError: it is no size.
    """
    if text is None:
        return None
    figure = re.fullmatch(r"([0-9]+(?:[.,][0-9]+)?) ?([KMGT])[OB]?", text.strip().upper())
    size = int(float(figure[1].replace(",", ".")) * UNITS[figure[2]]) if figure else 0
    if size <= 0:
        raise SettingsError(
            "The memory given is no size.", remedy="Give one, like 8G, or leave --memoire out."
        )
    return size


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
