"""No command ever makes a file that strangers could read, not for a moment."""

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from siei_match.cli import main
from siei_match.reference.files import create, write_text
from siei_match.reference.settings import Settings
from siei_match.release import situate
from tests.deliveries import KEY
from tests.modes import watched


@pytest.fixture
def zones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings with two platforms: the run is short."""
    monkeypatch.delenv("SIEI_PSAD")
    folder = tmp_path / "zones"
    folder.mkdir()
    (folder / "psad.csv").write_text("code;nom\nA;Une\nB;Autre\n")
    (folder / "psad_communes.csv").write_text("code_commune;psad\n01053;A\n75056;B\n")
    reglages = tmp_path / "siei.toml"
    reglages.write_text(f'psad = "{folder}"\n')
    return reglages


def test_every_command_makes_private_files(deliveries, zones, tmp_path, capsys) -> None:
    place = tmp_path / "place"
    place.mkdir(mode=0o700)
    sortie, recu = str(place / "out"), tmp_path / "recu.csv"
    dossier, key = str(deliveries["2026-10"]), place / "config" / "cle"
    commands = [
        ["run", dossier, "--sortie", sortie, "--reglages", str(zones)],
        ["run", str(tmp_path / "nowhere"), "--sortie", sortie],
        ["release", "2026-10", "--sortie", sortie, "HELD"],
        *(["export", "2026-10", "--psad", "non_affecte", "A", "--sortie", sortie, "--format", kind,
           "--vers", str(place / "listes")] for kind in ("csv", "xlsx", "parquet")),
        ["review", "export", "2026-10", "--sortie", sortie, "--dossier", dossier, "--vers",
         str(place / "listes" / "relecture.xlsx"), "--tout"],
        ["collect", str(recu), "--sortie", sortie],
        ["account", "a@exemple.invalid", "A", "--role", "administrateur", "--sortie", sortie],
        ["personne", "exclude", "ID", "--motif", "opposition", "--jusqu-au", "2028-08-31",
         "--sortie", sortie],
        ["release", "2026-10", "--sortie", sortie, "--withdraw"],
        ["purge", "--avant", "2030-01-01", "--tout", "--sortie", sortie],
    ]  # fmt: skip
    key.parent.mkdir(mode=0o700)
    done = {}
    with pytest.MonkeyPatch.context() as patch, watched(place) as watcher:
        patch.delenv("SIEI_CLE")
        patch.setenv("XDG_CONFIG_HOME", str(key.parent))
        for command in commands:
            if command[0] == "collect":
                recu.write_text(_answer(Path(sortie)))
            if command[-1] == "HELD":
                command = [*command[:-1], *_in_spite_of(Path(sortie))]
            command = [_listed(Path(sortie)) if word == "ID" else word for word in command]
            done[" ".join(command[:2])] = main(command)
            capsys.readouterr()
    failed = {command: code for command, code in done.items() if code}
    assert failed == {f"run {tmp_path / 'nowhere'}": 1}
    made = {"liste.csv", "liste.parquet", "listes.duckdb", "registre.parquet", "audit.jsonl",
            "portail.sqlite", "cle", "etat.json", "relecture.xlsx", "siei.duckdb", ".journal.json"}  # fmt: skip
    assert made <= set(watcher.seen), made - set(watcher.seen)
    assert watcher.seen["liste.csv"] == watcher.seen["listes.duckdb"] == 0o600


def _in_spite_of(sortie: Path) -> list[str]:
    held = [garde.nom for garde in situate(sortie, "2026-10", Settings()).gates if garde.held]
    return [word for nom in held for word in ("--malgre", nom, "--motif", "essai")]


def _listed(sortie: Path) -> str:
    listes = [pl.read_parquet(p, hive_partitioning=False) for p in sortie.rglob("liste.parquet")]
    return str(pl.concat(listes)["id_signalement"][0])


def _answer(sortie: Path) -> str:
    return f"id_signalement;retour;date_retour\n{_listed(sortie)};en_emploi;2026-11-20\n"


def test_the_watcher_sees_what_it_is_for(tmp_path: Path) -> None:
    for make in (
        lambda: (tmp_path / "a").write_text("x"),
        lambda: pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "b"),
        lambda: (create(tmp_path / "c", 0o644), shutil.rmtree(tmp_path)),
        lambda: (write_text(tmp_path / "d", "x", 0o644), (tmp_path / "d").chmod(0o600)),
    ):
        tmp_path.mkdir(exist_ok=True)
        with pytest.raises(AssertionError, match=str(tmp_path)):
            make_watched(tmp_path, make)


def make_watched(root: Path, make: Callable[[], object]) -> None:
    with watched(root):
        make()


def test_a_file_is_never_made_through_a_link(tmp_path: Path) -> None:
    """In a folder that others write, a link would send the names where they like."""
    theirs = tmp_path / "theirs"
    (tmp_path / "link").symlink_to(theirs)
    with pytest.raises(OSError, match="symbolic"):
        write_text(tmp_path / "link", "names", 0o600)
    assert not theirs.exists()


def test_the_key_is_in_nothing_that_is_published_or_said(
    deliveries, zones, tmp_path, capsys
) -> None:
    sortie = tmp_path / "out"
    run = ["run", str(deliveries["2026-10"]), "--sortie", str(sortie), "--reglages", str(zones)]
    assert main(run) == 0
    said = "".join(capsys.readouterr())
    files = [path for path in sortie.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert [p.name for p in files if KEY.encode() in p.read_bytes()] == []
    assert KEY not in said
