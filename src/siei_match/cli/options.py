"""What several commands take, and how they speak."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

DONE: Final = 0
FAILED: Final = 1
MISUSED: Final = 2

Reglages = Annotated[
    Path | None, Parameter(name="--reglages", help="A TOML file of settings (see README.md).")
]
Sortie = Annotated[
    Path, Parameter(name="--sortie", help="The output folder: all campaigns, side by side.")
]
CampagneDir = Annotated[
    Path, Parameter(help="The campaign's folder: campagne.toml and the extracts it lists.")
]


def say(lines: Sequence[str]) -> None:
    print("\n".join(lines))  # noqa: T201
