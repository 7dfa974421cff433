"""What runs left: every campaign of an output folder, the one reader of its tables, its releases."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from siei_match.output.folder import CampaignFolder, ask_table, read_table
from siei_match.output.layout import BEFORE, CAMPAGNES, CODE, PUBLISHED
from siei_match.reference.contracts import declaration
from siei_match.reference.errors import OutputError
from siei_match.reference.files import denied


@dataclass(frozen=True)
class PreparedCampaign(CampaignFolder):
    """A campaign as its run left it: DIR/campagnes/<code>/, or the draft that will stand there.

    A run *prepares* a campaign; a person *releases* it (`siei_match.release`), and only then
    is it published. Hence the name: nobody outside may see what this reads, until then.
    """

    def table_path(self, name: str) -> Path:
        """Return where a table stands, e.g. `decisions`."""
        return self.folder / f"{name}.parquet"

    def has_table(self, name: str) -> bool:
        """Say whether the run left that table: older versions left fewer."""
        return self.table_path(name).exists()

    def table(self, name: str) -> pl.DataFrame:
        """Return a table whole, e.g. `decisions` (schemas/tables/decisions.json).

        Raises:
            OutputError: it is missing, damaged, or closed to the reader.
        """
        return read_table(self.table_path(name))

    def ask(self, name: str, question: Callable[[pl.LazyFrame], pl.DataFrame]) -> pl.DataFrame:
        """Return what is asked of a table that is too large to be held whole.

        Raises:
            OutputError: as `table`.
        """
        return ask_table(self.table_path(name), question)

    def rows(self, name: str, *where: pl.Expr) -> pl.DataFrame:
        """Return the rows of a table that `where` keeps.

        Raises:
            OutputError: as `table`.
        """
        return read_table(self.table_path(name), *where)


def prepared_campaigns(sortie: Path) -> dict[str, PreparedCampaign]:
    """Return each campaign that stands in an output folder by its code, oldest first.

    Raises:
        OutputError: the folder is closed to the reader.
    """
    found = (
        PreparedCampaign(folder.name, folder)
        for folder in _folders(sortie)
        if CODE.fullmatch(folder.name)
    )
    return {campaign.code: campaign for campaign in found if campaign.manifest_path.is_file()}


def _folders(sortie: Path) -> list[Path]:
    """Return what stands under campagnes/; a folder that is closed to us is not an empty one."""
    try:
        return sorted((sortie / CAMPAGNES).iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as failure:
        raise denied(sortie / CAMPAGNES, failure) from None


def require_prepared(sortie: Path, code: str) -> PreparedCampaign:
    """Return a campaign of an output folder.

    Raises:
        OutputError: there is no such folder, or no such campaign in it.
    """
    if not sortie.is_dir():
        raise OutputError(
            f"{sortie}: there is no such folder.",
            remedy="Give as --sortie the output folder of `siei run`.",
        )
    campaigns = prepared_campaigns(sortie)
    if code not in campaigns:
        known = ", ".join(campaigns) or "none"
        # What is no code is not shown: a name may have been typed in its place.
        named = f"No campaign {code}" if CODE.fullmatch(code) else "No campaign of that code"
        raise OutputError(
            f"{named} stands in {sortie} (there: {known}).",
            remedy="Check the code and --sortie, or run that campaign first.",
        )
    return campaigns[code]


def newest_prepared(sortie: Path, before: str | None = None) -> PreparedCampaign | None:
    """Return the newest campaign of an output folder, or the newest before one; None without."""
    found = [c for code, c in prepared_campaigns(sortie).items() if not before or code < before]
    return found[-1] if found else None


def read_earlier(sortie: Path, code: str, table: str) -> pl.DataFrame:
    """Return `table` (e.g. `signalements`) of all campaigns before `code`, oldest first.

    Raises:
        OutputError: one of them cannot be read.
    """
    earlier = (c for known, c in prepared_campaigns(sortie).items() if known < code)
    empty = pl.DataFrame(schema=declaration(f"tables/{table}").polars_schema)
    return pl.concat([empty, *(campaign.table(table) for campaign in earlier)])


def released_folder(sortie: Path, code: str) -> CampaignFolder:
    """Return what a release of a campaign froze, whether or not there is one.

    Its place is known also in the moment without it that a plain file system has.

    Raises:
        OutputError: `code` is no campaign's.
    """
    if not CODE.fullmatch(code):
        raise OutputError(
            f"{code!r} is not a campaign's code.", remedy="A code is a year and month: 2026-10."
        )
    place, before = sortie / PUBLISHED / code, sortie / PUBLISHED / f"{BEFORE}{code}"
    return CampaignFolder(code, before if not place.exists() and before.exists() else place)
