"""A delivery that does not hold: exit code 1, the file and the remedy, nothing changed."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from siei_match.cli import main
from tests.deliveries import copy_delivery, find, read_lines, snapshot, unseal, write_lines


def remove_file(dossier: Path) -> None:
    find(dossier, "agricole").unlink()


def add_unlisted_file(dossier: Path) -> None:
    (dossier / "scolarite_oubliee.csv").write_text("x\n")


def change_checksum(dossier: Path) -> None:
    edit(dossier, r'sha256 = "\w+"', f'sha256 = "{"0" * 64}"')


def change_row_count(dossier: Path) -> None:
    edit(dossier, r"lignes = (\d+)", r"lignes = 1\1")


def unlist_required(dossier: Path) -> None:
    edit(dossier, r'(?s)\[\[fichiers\]\]\nextrait = "diplomes"\n.*?(?=\[\[|\Z)', "")
    find(dossier, "diplomes.csv").unlink()


def invent_code(dossier: Path) -> None:
    edit(dossier, 'code = "2026-10"', 'code = "2026-13"')


def invent_extract(dossier: Path) -> None:
    edit(dossier, 'extrait = "agricole"', 'extrait = "aquatique"')


def break_toml(dossier: Path) -> None:
    edit(dossier, r"\[campagne\]", "[campagne")


def remove_toml(dossier: Path) -> None:
    (dossier / "campagne.toml").unlink()


def rename_column(dossier: Path) -> None:
    change_lines(dossier, lambda lines: [lines[0].replace(b"PRENOM2", b"SURNOM"), *lines[1:]])


def drop_column(dossier: Path) -> None:
    change_lines(dossier, lambda lines: [line.partition(b";")[2] for line in lines])


def break_encoding(dossier: Path) -> None:
    change_lines(dossier, lambda lines: [*lines, lines[-1].replace(b";", b";\xe9", 2)])


def empty_file(dossier: Path) -> None:
    find(dossier, "agricole_2025").write_bytes(b"")


def swell_field(dossier: Path) -> None:
    change_lines(dossier, lambda lines: [*lines, b"x" * 1_000_000 + lines[-1]])


def reject_everything(dossier: Path) -> None:
    change_lines(dossier, lambda lines: [lines[0], *(b"x;y\n" for _ in lines[1:])])


def cut_gzip(dossier: Path) -> None:
    path = find(dossier, "scolarite_2025")
    path.write_bytes(path.read_bytes()[:-200])


def edit(dossier: Path, pattern: str, by: str) -> None:
    toml = dossier / "campagne.toml"
    text, changed = re.subn(pattern, by, toml.read_text("utf-8"), count=1)
    assert changed
    toml.write_text(text, "utf-8")


def change_lines(dossier: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    path = find(dossier, "scolarite_2025")
    write_lines(path, change(read_lines(path)))


SEALED = {
    remove_file: "agricole_2025-2026.csv",
    add_unlisted_file: "scolarite_oubliee.csv",
    change_checksum: "scolarite_2025-2026.csv.gz",
    change_row_count: "scolarite_2025-2026.csv.gz",
    unlist_required: "diplomes",
    invent_code: "code",
    invent_extract: "extrait",
    break_toml: "campagne.toml",
    remove_toml: "campagne.toml",
    rename_column: "scolarite_2025-2026.csv.gz",
}
UNSEALED = {
    rename_column: "SURNOM",
    drop_column: "ANNEE_SCOLAIRE",
    break_encoding: "scolarite_2025-2026.csv.gz",
    empty_file: "agricole_2025-2026.csv",
    swell_field: "scolarite_2025-2026.csv.gz",
    reject_everything: "scolarite_2025-2026.csv.gz",
    cut_gzip: "scolarite_2025-2026.csv.gz",
}


@pytest.mark.parametrize(
    ("spoil", "named", "sealed"),
    [
        *(pytest.param(s, n, True, id=s.__name__) for s, n in SEALED.items()),
        *(pytest.param(s, n, False, id=f"{s.__name__} unsealed") for s, n in UNSEALED.items()),
    ],
)
def test_a_bad_delivery_changes_nothing(
    spoil, named, sealed, published, deliveries, tmp_path, capsys
) -> None:
    dossier = copy_delivery(deliveries["2026-10"], tmp_path / "2026-10")
    if not sealed:
        unseal(dossier)
    spoil(dossier)
    before = snapshot(published[0])
    fresh = tmp_path / "out"
    for sortie in (published[0], fresh):
        assert main(["run", str(dossier), "--sortie", str(sortie)]) == 1
        said = capsys.readouterr().err
        assert "Traceback" not in said
        what, remedy = said.splitlines()[-2:]
        assert named in what
        assert remedy.startswith("  → ")
        assert len(what) < 600, "an error quotes no row"
    assert snapshot(published[0]) == before
    assert snapshot(fresh) == {}


@pytest.mark.parametrize("spoil", [reject_everything, swell_field], ids=lambda s: s.__name__)
def test_check_says_what_run_would(spoil, deliveries, tmp_path, capsys) -> None:
    dossier = copy_delivery(deliveries["2026-10"], tmp_path / "2026-10")
    unseal(dossier)
    spoil(dossier)
    before = snapshot(dossier)
    assert main(["check", str(dossier)]) == 1
    said = capsys.readouterr()
    assert "scolarite_2025-2026.csv.gz" in said.out + said.err
    assert snapshot(dossier) == before


def test_check_accepts_what_run_accepts(deliveries, capsys) -> None:
    assert main(["check", str(deliveries["2026-10"])]) == 0
    assert "scolarite_2025-2026.csv.gz" in capsys.readouterr().out
