"""Errors that a data engineer can act on: what, where, what next; never a personal value.

And warnings: what does not stop a run, but what its readers have to know.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

LONGEST: Final = 2_000
"""Characters of a message: names of files and keys come from others, and may be as long as they like."""
_CONTROLS: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What moves a terminal's cursor, turns its text around or cannot be written; but the line feed."""


class SieiError(Exception):
    """A run cannot go on. `what` says what was found and where, `remedy` what to do next.

    Both are shown to people and written to logs: they hold file names, column names, rule
    names and counts, never a value of a row. `code` is for programs (`reference.error_codes`), and
    stays though the words change; `found` are the names and counts of which `what` speaks.
    """

    CODE: ClassVar[str] = "erreur"
    """The code of an error of this class that has none of its own."""

    def __init__(
        self, what: str, *, remedy: str, code: str | None = None, **found: int | str
    ) -> None:
        self.what = make_printable(what)
        self.remedy = make_printable(remedy)
        self.code = code or self.CODE
        self.found: Mapping[str, int | str] = {
            name: make_printable(value) if isinstance(value, str) else value
            for name, value in found.items()
        }
        super().__init__(f"{self.what} {self.remedy}")

    def __reduce__(self) -> tuple[Any, ...]:
        # A worker's process hands its error on: the arguments by name are not those of Exception.
        return _blank, (type(self), *self.args), self.__dict__


def _blank(error: type[SieiError], *args: str) -> SieiError:
    return error.__new__(error, *args)


def make_printable(text: str) -> str:
    """Show the control characters of a message, and cut what is too long for people."""
    shown = _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"


class DeliveryError(SieiError):
    """The input folder is not what its campagne.toml or the contract announces."""

    CODE = "livraison"


class ContractError(SieiError):
    """A table that this software made breaks its own declaration: a defect to report."""

    CODE = "defaut"


class OutputError(SieiError):
    """The output folder cannot be read or written as needed."""

    CODE = "sortie"


class SettingsError(SieiError):
    """A setting is missing or makes no sense."""

    CODE = "reglage"


@dataclass(frozen=True)
class Notice:
    """A warning, said twice. Counts and names of files and columns, never a value of a row."""

    journal: str
    """For the log, in English like the rest of it."""
    rapport: str
    """For rapport.html and manifeste.json, in French: coordinators read them."""
    absent: str = ""
    """The extract whose absence it tells, if it does."""

    def __post_init__(self) -> None:
        for said in ("journal", "rapport"):
            object.__setattr__(self, said, make_printable(getattr(self, said)))

    def __str__(self) -> str:
        return self.journal
