"""Errors that a data engineer can act on: what, where, what next; never a personal value.

And warnings: what does not stop a run, but what its readers have to know.
"""

from dataclasses import dataclass


class SieiError(Exception):
    """A run cannot go on. `what` says what was found and where, `remedy` what to do next.

    Both are shown to people and written to logs: they hold file names, column names, rule
    names and counts, never a value of a row.
    """

    def __init__(self, what: str, *, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.remedy = remedy


class DeliveryError(SieiError):
    """The input folder is not what its campagne.toml or the contract announces."""


class ContractError(SieiError):
    """A table that this software made breaks its own declaration: a defect to report."""


class OutputError(SieiError):
    """The output folder cannot be read or written as needed."""


class SettingsError(SieiError):
    """A setting is missing or makes no sense."""


@dataclass(frozen=True)
class Avertissement:
    """A warning, said twice. Counts and names of files and columns, never a value of a row."""

    journal: str
    """For the log, in English like the rest of it."""
    rapport: str
    """For rapport.html and manifeste.json, in French: coordinators read them."""

    def __str__(self) -> str:
        return self.journal
