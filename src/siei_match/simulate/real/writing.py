"""Which provider delivers in which form: one of each that a campaign may have to read."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from siei_match.reference.vocabulary import AGRICOLE, CONTRATS, MISSIONS_LOCALES, SCOLARITE
from siei_match.simulate import files
from siei_match.simulate.real.json_files import GUARDIAN, fregata, sygne, write_objects
from siei_match.simulate.real.model import RealFile, describe_columns
from siei_match.simulate.real.siecle import write_exports
from siei_match.simulate.real.tables import write_contracts, write_exams, write_follow_ups
from siei_match.simulate.siecle import ACADEMY

IN_XML: Final = (pl.col("UAI").str.starts_with(ACADEMY) & pl.col("sound")).fill_null(value=False)

Written = tuple[Path, tuple[str, ...]]
TABLES: Final[dict[str, tuple[str, Callable[[Path, pl.DataFrame], Written]]]] = {
    "diplomes": ("cyclades_resultats.txt", write_exams),
    "diplomes_agricoles": ("resultats_agricoles.xlsx", write_exams),
    MISSIONS_LOCALES: ("export_imilo.xlsx", write_follow_ups),
    CONTRATS: ("contrats_apprentissage.csv", write_contracts),
}
EXTRACTS: Final = (SCOLARITE, AGRICOLE, *TABLES)
"""Whose rows change their form; what SIFA writes is the contract's form already."""


def write_files(
    folder: Path, extrait: str, frame: pl.DataFrame, year: int | None, sound: pl.Series
) -> Iterator[RealFile]:
    """Write an extract's rows as its provider's systems do, in one file or several.

    Args:
        folder: where to.
        extrait: whose rows they are.
        frame: the extract's columns, as texts; where exports recall the school before, `former_uai` and
            `former_place`, which a row of them counts as.
        year: in which their school year starts, where the extract has one.
        sound: whether each row is valid; of a small school's few, one that is not would stop a run.
    """
    if extrait in TABLES:
        name, write = TABLES[extrait]
        path, described = write(folder / name, frame)
        fichier = files.describe(path, extrait, frame.height, year, description=described)
        yield RealFile(fichier, np.arange(frame.height))
    elif year is not None:
        yield from _write_enrolments(folder, extrait, frame.with_columns(sound=sound), year)


def _write_enrolments(
    folder: Path, extrait: str, frame: pl.DataFrame, year: int
) -> Iterator[RealFile]:
    """Write one school year: SYGNE's and FREGATA's as an array in one year, an object a line in the other."""
    numbered = frame.with_row_index("place")
    end = "json" if year % 2 else "jsonl"
    if extrait == SCOLARITE:
        yield from write_exports(folder, numbered.filter(IN_XML), year)
        rest = numbered.filter(~IN_XML)
        path = folder / f"sygne_{year}-{year + 1}.{end}.gz"
        write_objects(path, rest, sygne)
        described = ('formats_dates = ["AAAA-MM-JJ"]', *describe_columns(GUARDIAN))
    else:
        rest, path, described = numbered, folder / f"fregata_{year}-{year + 1}.{end}", ()
        write_objects(path, rest, fregata)
    fichier = files.describe(path, extrait, rest.height, year, description=described)
    yield RealFile(fichier, rest["place"].to_numpy().astype(np.int64))
