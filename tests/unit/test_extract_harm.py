"""Deliveries meant to harm: refused at once, in little memory, in words that harm nobody."""

import gzip
import os
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.fuzz_base import Depot, Nu, make_depot
from bench.fuzz_mutations import bomb
from siei_match.reference.errors import LONGEST, DeliveryError, SieiError
from siei_match.stages.extract import read_delivery, read_file
from siei_match.stages.extract import rows as rows_module


def refusal(tmp_path: Path, depot: Depot) -> DeliveryError:
    dossier = tmp_path / "d"
    depot.write(dossier)
    with pytest.raises(DeliveryError) as caught:
        read_file(dossier, read_delivery(dossier).fichiers[0])
    return caught.value


@pytest.mark.parametrize(
    "pose",
    [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero"),
     lambda path: path.write_bytes(b"#" * 2_000_000)],
    ids=["pipe", "folder", "device", "two megabytes"],
)  # fmt: skip
def test_a_declaration_that_never_ends_is_not_read(tmp_path, pose: Callable[[Path], None]) -> None:
    depot = make_depot("scolarite")
    depot.pose = pose
    assert "campagne.toml" in refusal(tmp_path, depot).what


def test_a_number_without_end_is_no_toml(tmp_path: Path) -> None:
    depot = make_depot("scolarite")
    depot.cible.toml["lignes"] = Nu("9" * 5000)
    assert "not valid TOML" in refusal(tmp_path, depot).what


def test_a_name_longer_than_disks_take_is_refused_by_name(tmp_path: Path) -> None:
    depot = make_depot("scolarite")
    depot.cible.nom = "é" * 200 + ".csv"
    assert "must not be longer than 255 bytes" in refusal(tmp_path, depot).what


@pytest.mark.parametrize("motif", [b"\n", b"a;b\n", b"x", b'"'])
def test_a_gzip_bomb_is_left_unread(tmp_path: Path, motif: bytes) -> None:
    depot = make_depot("scolarite")
    depot.cible.brut = gzip.compress(depot.cible.encode()) + bomb(motif)
    depot.cible.nom += ".gz"
    began = time.process_time()
    assert "scolarite.csv.gz" in refusal(tmp_path, depot).what
    assert time.process_time() - began < 20


def test_a_parquet_bomb_is_measured_before_it_is_written_out(tmp_path: Path) -> None:
    depot = make_depot("missions_locales")
    n = 300_000
    column = pa.DictionaryArray.from_arrays(pa.array([0] * n, pa.int32()), pa.array(["x" * 9_000]))
    nothing = pa.nulls(n, pa.string())
    noms = depot.cible.colonnes
    depot.cible.nom, depot.cible.brut = "missions_locales.parquet", b""
    table = pa.table([column if nom == "adresse" else nothing for nom in noms], noms)
    depot.cible.pose = lambda path: pq.write_table(table, path)
    said = refusal(tmp_path, depot)
    assert (tmp_path / "d" / depot.cible.nom).stat().st_size < 100_000
    assert "9000 bytes of text each" in said.what


def test_a_first_line_of_a_million_fields_is_refused_at_once(tmp_path: Path) -> None:
    depot = make_depot("diplomes_agricoles")
    depot.cible.brut = b";" * 1_000_000
    began = time.process_time()
    assert "its first line has more than 1000 fields" in refusal(tmp_path, depot).what
    assert time.process_time() - began < 5


@pytest.mark.parametrize("kind", [pa.date32(), pa.timestamp("ms")])
def test_a_day_of_no_calendar_is_a_rejected_row(kind: pa.DataType, tmp_path: Path) -> None:
    depot = make_depot("missions_locales")
    noms, rangees = depot.cible.colonnes, depot.cible.rangees
    table = pa.table([[row[place] for row in rangees] for place in range(len(noms))], noms)
    unit = 1 if kind == pa.date32() else 86_400_000
    days = pa.array([unit * (2**31 - 1), unit * -(2**31)] * len(rangees), pa.int64())
    days = days.slice(0, len(rangees))
    days = (days.cast(pa.int32()) if unit == 1 else days).cast(kind)
    table = table.set_column(noms.index("dateNaissance"), "dateNaissance", days)
    depot.cible.nom, depot.cible.brut = "missions_locales.parquet", b""
    depot.cible.pose = lambda path: pq.write_table(table, path)
    depot.write(tmp_path / "d")
    read = read_file(tmp_path / "d", read_delivery(tmp_path / "d").fichiers[0])
    assert read.lignes == len(rangees)


@pytest.mark.parametrize("limit", ["ECARTES_MIN", "ECARTES_MAX"])
def test_rows_of_another_number_of_fields_have_an_end(limit: str, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(rows_module, "LEAST_SKIPPED", 10 if limit == "ECARTES_MIN" else 5)
    monkeypatch.setattr(rows_module, "MOST_SKIPPED", 1_000 if limit == "ECARTES_MIN" else 10)
    depot = make_depot("scolarite")
    depot.cible.rangees *= 1 if limit == "ECARTES_MIN" else 20
    good = len(depot.cible.rangees)
    depot.cible.rangees += [["a", "b"]] * 9
    depot.write(tmp_path / "few")
    assert (
        read_file(tmp_path / "few", read_delivery(tmp_path / "few").fichiers[0]).lignes == good + 9
    )
    depot.cible.rangees += [["a", "b"]] * 9
    assert f"11 of its first {good + 12} rows" in refusal(tmp_path, depot).what


def test_an_error_speaks_to_people_not_to_their_terminal() -> None:
    told = SieiError("a\x1b[2J\u202eb\udcff\nc" + "x" * 9_999, remedy="\x07é ")
    assert told.what.startswith("a\\u001b[2J\\u202eb\\udcff\nc")
    assert len(told.what) == LONGEST + 1
    assert told.remedy == "\\u0007é "
    str(told).encode()
