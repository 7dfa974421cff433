"""A table in files is the table in memory, a column at a time."""

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal, assert_series_equal

from siei_match.reference.stored import StoredTable, open_table
from siei_match.stages.link import link
from tests.worlds import small_world


def stored(frame: pl.DataFrame, folder: Path, rows: int) -> StoredTable:
    paths = []
    for start in range(0, frame.height, rows):
        paths.append(folder / f"{start:06}.parquet")
        frame[start : start + rows].write_parquet(paths[-1])
    return open_table(paths)


@pytest.mark.parametrize("rows", [1, 3, 7])
def test_a_column_is_that_of_all_files(tmp_path: Path, rows: int) -> None:
    frame = pl.DataFrame(
        {"a": [3, 1, None, 4, 1, 5, 9], "b": [["x"], None, [], ["y", "z"], *[None] * 3]}
    )
    table = stored(frame, tmp_path, rows)
    assert (table.height, table.schema) == (7, frame.schema)
    for column in frame.columns:
        assert_series_equal(table[column], frame[column])


def test_rows_in_files_link_as_rows_in_memory(tmp_path: Path) -> None:
    traits, parcours, _ = small_world(200, 5)
    held = link(traits, parcours)
    found = link(stored(traits, tmp_path, 100), parcours)
    assert held.groupes["personne"].n_unique() < traits.height
    for table in ("groupes", "liens", "doutes", "cores", "pieces"):
        assert_frame_equal(vars(found)[table], vars(held)[table])
    assert found.modele == held.modele
