"""Same inputs, same bytes; other orders of rows, files and threads, same people."""

import os
import random
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from siei_match.campaign import sorting
from siei_match.campaign.story import run_campaign
from siei_match.stages.extract import read_slices
from tests.deliveries import KEY, copy_delivery, people, read_lines, snapshot, unseal, write_lines


@pytest.mark.slow
def test_another_process_with_one_thread_writes_the_same_bytes(
    published, deliveries, tmp_path
) -> None:
    sortie = tmp_path / "out"
    for code in ("2026-10", "2027-03", "2026-10"):
        subprocess.run(
            [sys.executable, "-m", "siei_match.cli", "run", deliveries[code], "--sortie", sortie],
            env=os.environ
            | {"SIEI_CLE": KEY, "POLARS_MAX_THREADS": "1", "PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"},
            capture_output=True,
            check=True,
        )  # fmt: skip
    expected, found = snapshot(published[0]), snapshot(sortie)
    assert sorted(found) == sorted(expected)
    assert [name for name in expected if found[name] != expected[name]] == []


def test_shuffled_rows_and_files_give_the_same_people(
    published, deliveries, settings, tmp_path
) -> None:
    dossier = copy_delivery(deliveries["2026-10"], tmp_path / "2026-10")
    unseal(dossier)
    origins = {
        path.name: shuffle_rows(path, random.Random(path.name))
        for path in dossier.iterdir()
        if path.suffix != ".toml"
    }
    shuffle_files(dossier / "campagne.toml", random.Random(3))
    sortie = tmp_path / "out"
    run_campaign(dossier, sortie, settings)

    back = {
        frozenset((extrait, nom, origins[nom][ligne - 1]) for extrait, nom, ligne in person)
        for person in people(sortie, "2026-10")
    }
    assert back == people(published[0], "2026-10")
    assert back != people(sortie, "2026-10"), "rows did move"
    for table in ("decisions", "signalements"):
        path = f"campagnes/2026-10/{table}.parquet"
        assert_frame_equal(
            pl.read_parquet(sortie / path),
            pl.read_parquet(published[0] / path),
            check_row_order=False,
        )


def test_a_file_in_many_slices_is_the_file_in_one(
    published, deliveries, settings, tmp_path, monkeypatch
) -> None:
    """Reading, validating and normalising by slices of 40 rows, two at a time: the same tables."""
    monkeypatch.setattr(sorting, "read_slices", partial(read_slices, size=40))
    sortie = tmp_path / "out"
    run_campaign(deliveries["2026-10"], sortie, settings)
    for path in sorted((published[0] / "campagnes" / "2026-10").glob("*.parquet")):
        found = pl.read_parquet(sortie / "campagnes" / "2026-10" / path.name)
        assert_frame_equal(found, pl.read_parquet(path))


def shuffle_rows(path: Path, dice: random.Random) -> list[int]:
    """Shuffle the data rows of a file; return the old number of each new row."""
    if path.suffix == ".parquet":
        frame = pl.read_parquet(path)
        order = dice.sample(range(frame.height), frame.height)
        frame[order].write_parquet(path)
        return [old + 1 for old in order]
    lines = read_lines(path)
    header, rows = ([], lines) if path.name.startswith("apprentissage") else (lines[:1], lines[1:])
    order = dice.sample(range(len(rows)), len(rows))
    write_lines(path, header + [rows[old] for old in order])
    return [old + 1 for old in order]


def shuffle_files(toml: Path, dice: random.Random) -> None:
    head, *files = re.split(r"(?=^\[\[fichiers\]\])", toml.read_text("utf-8"), flags=re.MULTILINE)
    dice.shuffle(files)
    toml.write_text(head + "\n".join(files), "utf-8")
