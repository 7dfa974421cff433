"""Rows that go to their place as a stream: the same bytes, however they stood in files and whoever wrote them."""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from siei_match.reference.files import sink_parquet

ROWS = 300_000
"""More than two of the groups of rows that a file has."""


def lay(folder: Path, *cuts: int) -> list[Path]:
    rows = pl.DataFrame({"rid": range(ROWS)}).select(
        "rid",
        nom=pl.format("n{}", pl.col("rid") % 977),
        extrait=pl.when(pl.col("rid") % 3 == 0).then(pl.lit("a")),
    )
    paths = []
    for number, (low, high) in enumerate(pairwise((0, *cuts, ROWS))):
        paths.append(folder / f"{number:04}.parquet")
        rows[low:high].write_parquet(paths[-1], compression="lz4", statistics=False)
    return paths


@pytest.mark.parametrize("cuts", [(1, 2), (122_880,), (17, 100_000, 299_999), (150_000, 150_000)])
def test_however_rows_stood_the_bytes_are_the_same(tmp_path: Path, cuts: tuple[int, ...]) -> None:
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    for folder, where in ((whole, ()), (parted, cuts)):
        folder.mkdir()
        paths = lay(folder, *where)
        sink_parquet(pl.scan_parquet(paths, glob=False), folder / "placed")
    assert (whole / "placed").read_bytes() == (parted / "placed").read_bytes()
    assert pl.read_parquet(whole / "placed")["rid"].to_list() == [*range(ROWS)]


def test_one_thread_writes_the_same_bytes(tmp_path: Path) -> None:
    paths = lay(tmp_path, 17, 100_000)
    sink_parquet(pl.scan_parquet(paths, glob=False), tmp_path / "here")
    code = (
        "import sys, polars as pl; from pathlib import Path; from siei_match.reference.files import sink_parquet;"
        "sink_parquet(pl.scan_parquet(sys.argv[2:], glob=False), Path(sys.argv[1]))"
    )
    subprocess.run(
        [sys.executable, "-c", code, tmp_path / "there", *paths],
        env=os.environ | {"POLARS_MAX_THREADS": "1"},
        check=True,
    )
    assert (tmp_path / "here").read_bytes() == (tmp_path / "there").read_bytes()
