"""Who does independent work: threads of this process, processes of this machine, or a Dask cluster.

One small interface (`Engine`): `submit` gives a task to be done, `gather` waits for what tasks give.
Where tasks run apart, in other processes, they take paths, hashes and numbers and give counts: what
they need is laid in files once (`laid`), what they make is written beside and renamed (`parts`).
"""

from siei_match.reference.engines.base import Engine, Secret, Threads
from siei_match.reference.engines.choice import (
    MOTEURS,
    EngineChoice,
    Moteur,
    open_engine,
    read_memory,
)
from siei_match.reference.engines.parts import DonePart, Parts
from siei_match.reference.engines.shelf import Shelf, as_it_is

__all__ = [
    "MOTEURS",
    "DonePart",
    "Engine",
    "EngineChoice",
    "Moteur",
    "Parts",
    "Secret",
    "Shelf",
    "Threads",
    "as_it_is",
    "open_engine",
    "read_memory",
]
