"""Whoever has no key, or not this folder's, does what the contract says; nothing of it is silent."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from siei_match.cli import main
from siei_match.output.audit import log, read_entries, verify
from tests.deliveries import CODES, KEY

CODE, NEW = CODES
PSAD = "non_affecte"


@pytest.fixture
def keyless(published, tmp_path, monkeypatch) -> Path:
    """Return a folder whose runs had a key, in a shell that has none."""
    monkeypatch.delenv("SIEI_CLE")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for cached in (log._warn_unsealed, log._was_sealed, log._warn_other_key):
        cached.cache_clear()
    return shutil.copytree(published[0], tmp_path / "out")


def ask(sortie: Path, *words: str) -> int:
    return main([*words, "--sortie", str(sortie)])


def test_commands_without_the_key_work_and_say_that_nothing_seals_them(
    keyless, tmp_path, caplog
) -> None:
    listed = pl.concat(
        pl.read_parquet(path) for path in keyless.glob(f"campagnes/{NEW}/listes/*/liste.parquet")
    )
    one = listed["id_signalement"][0]
    answers = tmp_path / "reponses.csv"
    answers.write_text(f"id_signalement;date_retour;retour\n{one};12/03/2027;suivi\n")
    for words in (
        ("release", CODE, "--dry-run"),
        ("release", CODE),
        ("export", CODE, "--psad", PSAD, "--vers", str(tmp_path)),
        ("export", NEW, "--unreleased", "--psad", PSAD, "--vers", str(tmp_path)),
        ("collect", str(answers)),
        ("explain", NEW, one),
        ("compare", CODE, NEW),
        ("personne", "show", one),
        (
            "personne",
            "find",
            "--nom",
            "Personne",
            "--prenom",
            "Aucune",
            "--naissance",
            "01/01/2008",
        ),
        ("personne", "exclude", one, "--motif", "autre", "--jusqu-au", "2030-01-01"),
        ("audit", "show"),
        ("purge", "--avant", "2020-01-01"),
        ("verify",),
    ):
        assert ask(keyless, *words) == 0, words
    assert caplog.text.count("without a seal") == 1
    told = verify(keyless, key=KEY.encode())
    assert told.awaiting
    acts = {entry.acte for entry in read_entries(keyless) if entry.sceau is None}
    assert acts >= {"release", "export", "collecte", "explication", "acces", "recherche"}


def test_what_needs_the_key_says_how_to_give_it(keyless, deliveries, capsys) -> None:
    assert main(["run", str(deliveries[NEW]), "--sortie", str(keyless)]) == 1
    assert "SIEI_CLE" in capsys.readouterr().err
    assert ask(keyless, "audit", "accept", "--motif", "looked at") == 1
    assert "SIEI_CLE" in capsys.readouterr().err


def test_the_key_of_a_settings_file_seals_what_each_command_notes(keyless, tmp_path) -> None:
    (tmp_path / "cle").write_text(KEY)
    (tmp_path / "cle").chmod(0o600)
    settings = tmp_path / "reglages.toml"
    settings.write_text(f"cle_fichier = '{tmp_path / 'cle'}'\n")
    one = pl.read_parquet(keyless / "campagnes" / NEW / "identites.parquet")["id_personne"][0]
    for words in (
        ("release", CODE),
        ("export", CODE, "--psad", PSAD, "--vers", str(tmp_path)),
        ("explain", NEW, one),
    ):
        assert ask(keyless, *words, "--reglages", str(settings)) == 0, words
    assert verify(keyless, key=KEY.encode()).whole


def test_another_key_is_said_at_once_and_told_by_verify(
    keyless, tmp_path, monkeypatch, caplog
) -> None:
    monkeypatch.setenv("SIEI_CLE", "another key of " * 3)
    assert ask(keyless, "export", NEW, "--unreleased", "--psad", PSAD, "--vers", str(tmp_path)) == 0
    assert "under another key" in caplog.text
    assert not verify(keyless, key=KEY.encode()).whole
