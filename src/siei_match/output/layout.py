"""What stands where in the output folder."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from siei_match.output import audit

CAMPAGNES: Final = "campagnes"
PUBLISHED: Final = "publiees"
BEFORE: Final = "avant-"
"""A release that another is replacing, where the file system cannot exchange two folders."""
BASES: Final = ("siei.duckdb", "listes.duckdb")
MEMOIRE: Final = audit.MEMOIRE
STAGING: Final = ".en-cours-"
CODE: Final = re.compile(r"[0-9]{4}-[0-9]{2}")


@dataclass(frozen=True)
class Staging:
    """Where one run prepares a campaign; made by `open_staging`."""

    sortie: Path
    code: str

    @property
    def dossier(self) -> Path:
        return self.sortie / f"{STAGING}{self.code}"

    @property
    def travail(self) -> Path:
        """The folder of the tables that go from one stage to the next."""
        return self.dossier / "travail"

    @property
    def etapes(self) -> Path:
        """Which stages are done, for a run that takes this one up."""
        return self.dossier / "etapes.json"

    @property
    def parts(self) -> Path:
        """The folder of what independent parts of a stage gave (`reference.engines`)."""
        return self.dossier / "parts"

    @property
    def scratch(self) -> Path:
        """The folder where workers of this machine put down what they must."""
        return self.dossier / "scratch"

    @property
    def campagne(self) -> Path:
        """The folder that becomes campagnes/<code>."""
        return self.dossier / "campagne"

    @property
    def placed(self) -> Path:
        """Where this campaign stands once it is in place."""
        return self.sortie / CAMPAGNES / self.code
