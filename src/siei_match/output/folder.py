"""The folder of one campaign, as a run prepares it or as a release froze it: what stands where.

    manifeste.json                        what the run says of itself, and the seal of each file
    listes/psad=<code>/liste.parquet      the list of a platform; the same in liste.csv
    listes/psad=<code>/mouvements.csv     who entered it and who left it since the campaign before
    listes/psad=<code>/coordonnees.parquet  every way to reach those on it, where there is any
    listes/psad=<code>/liste.xlsx         its workbook, in the folder of a release only

No other module knows these names: who reads them, and who writes them, asks a `CampaignFolder`.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output.manifest import Manifest, parse_manifest
from siei_match.reference.contracts import declaration
from siei_match.reference.errors import OutputError
from siei_match.reference.files import sha256_if_any, unreadable

MANIFESTE: Final = "manifeste.json"
LISTS: Final = "listes"
RESTORE: Final = "Restore this folder from a back-up, or run that campaign again."
PLATFORM: Final = "psad="
"""What stands before a platform's code in the name of its folder, as Hive partitions are named."""


def list_name(psad: str, kind: str) -> str:
    """Return the name of a platform's list in its campaign's folder, as the manifest writes it."""
    return f"{LISTS}/{PLATFORM}{psad}/liste.{kind}"


def movements_name(psad: str) -> str:
    """Return the name of what tells who entered a platform's list and who left it."""
    return f"{LISTS}/{PLATFORM}{psad}/mouvements.csv"


def contacts_name(psad: str) -> str:
    """Return the name of what tells every way to reach those on a platform's list."""
    return f"{LISTS}/{PLATFORM}{psad}/coordonnees.parquet"


def is_list(name: str) -> bool:
    """Say whether a name of the manifest is that of a list, or of what stands beside it."""
    return name.startswith(f"{LISTS}/")


@dataclass(frozen=True)
class CampaignFolder:
    """The folder of campaign `code`. Nothing is read before it is asked for, nor kept."""

    code: str
    folder: Path

    @property
    def manifest_path(self) -> Path:
        return self.folder / MANIFESTE

    def manifest(self) -> Manifest:
        """Return what the run said of itself; what older versions did not say has its default.

        Raises:
            OutputError: the manifest is missing, damaged, or says what this version cannot read.
        """
        try:
            return parse_manifest(self.manifest_path.read_bytes())
        except (OSError, ValueError):
            raise self.refuse_manifest() from None

    def refuse_manifest(self) -> OutputError:
        """Return the error of a manifest that is not there, or does not say what is needed."""
        return unreadable(self.manifest_path, RESTORE)

    def manifest_sha256(self) -> str:
        """Return what tells this run of the campaign from another; nothing without a manifest."""
        return sha256_if_any(self.manifest_path) or ""

    def manifest_seal(self, root: str) -> dict[str, str]:
        """Return the manifest's SHA-256 by its name in the output folder, for the audit log.

        `root` is the folder of the output folder where this one stands, or will.
        """
        return {f"{root}/{self.code}/{MANIFESTE}": self.manifest_sha256()}

    @property
    def lists_folder(self) -> Path:
        return self.folder / LISTS

    def list_folder(self, psad: str) -> Path:
        """Return the folder of a platform's list."""
        return self.lists_folder / f"{PLATFORM}{psad}"

    def list_path(self, psad: str, kind: str) -> Path:
        """Return where a platform's list stands; `kind` is parquet, csv or xlsx."""
        return self.folder / list_name(psad, kind)

    def movements_path(self, psad: str) -> Path:
        """Return where what entered and left a platform's list is told."""
        return self.folder / movements_name(psad)

    def contacts_path(self, psad: str) -> Path:
        """Return where every way to reach those on a platform's list is told."""
        return self.folder / contacts_name(psad)

    def with_contacts(self) -> tuple[str, ...]:
        """Return the codes of the platforms beside whose list contacts stand: older versions wrote none."""
        return tuple(psad for psad in self.platforms() if self.contacts_path(psad).exists())

    def contacts(self, *psads: str) -> pl.DataFrame:
        """Return the contacts of some platforms, of all that have any by default (tables/coordonnees_liste).

        Raises:
            OutputError: one of them is damaged.
        """
        nobody = pl.DataFrame(schema=declaration("tables/coordonnees_liste").polars_schema)
        wanted = [
            psad for psad in psads or self.with_contacts() if self.contacts_path(psad).exists()
        ]
        return pl.concat([nobody, *(read_table(self.contacts_path(psad)) for psad in wanted)])

    def platforms(self) -> tuple[str, ...]:
        """Return the codes of the platforms that have a list, empty ones included, in order."""
        folders = self.lists_folder.glob(f"{PLATFORM}*")
        return tuple(sorted(path.name.removeprefix(PLATFORM) for path in folders))

    def list_files(self, psad: str) -> tuple[Path, ...]:
        """Return the files of a platform's list, one per kind, and what stands beside, in the order of names."""
        beside = (self.movements_path(psad), self.contacts_path(psad))
        found = self.list_folder(psad).glob("liste.*")
        return tuple(sorted([*found, *(path for path in beside if path.exists())]))

    def lists(self, *columns: str) -> pl.DataFrame:
        """Return the lists of all platforms, in the order of their codes (tables/liste).

        With `columns` only those are read.

        Raises:
            OutputError: one of them is missing or damaged, or there is none.
        """
        wanted = list(columns) or declaration("tables/liste").columns
        paths = [self.list_path(psad, "parquet") for psad in self.platforms()]
        try:
            # The platform is a column of each file: the name of its folder is not read.
            if paths:
                return (
                    pl.scan_parquet(paths, hive_partitioning=False, glob=False)
                    .select(wanted)
                    .collect()
                )
        except (OSError, pl.exceptions.PolarsError):
            pass
        # Every run leaves one list at least, that of nobody's platform.
        closed = (unreadable(path, RESTORE) for path in paths if not os.access(path, os.R_OK))
        raise next(closed, None) or OutputError(
            f"A list under {self.lists_folder} is missing or damaged.",
            remedy=RESTORE,
            code="fichier_de_sortie",
        )

    def list(self, psad: str) -> pl.DataFrame:
        """Return the list of one platform (tables/liste).

        Raises:
            OutputError: it is missing or damaged.
        """
        return read_table(self.list_path(psad, "parquet"))


def read_table(path: Path, *where: pl.Expr) -> pl.DataFrame:
    """Return the rows of a table of the output folder that `where` keeps; all without it.

    Raises:
        OutputError: the table is missing, damaged, or closed to the reader.
    """
    if where:
        return ask_table(path, lambda rows: rows.filter(*where).collect())
    return _guarded(path, lambda: pl.read_parquet(path, hive_partitioning=False, glob=False))


def ask_table(path: Path, question: Callable[[pl.LazyFrame], pl.DataFrame]) -> pl.DataFrame:
    """Return what is asked of a table of the output folder, some rows of which are in memory at a time.

    Raises:
        OutputError: as `read_table`.
    """
    return _guarded(
        path, lambda: question(pl.scan_parquet(path, hive_partitioning=False, glob=False))
    )


def _guarded(path: Path, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    try:
        return read()
    except (OSError, pl.exceptions.PolarsError):
        raise unreadable(
            path, "Restore it from a back-up, or run that campaign again, oldest first."
        ) from None
