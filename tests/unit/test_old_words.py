"""Old commands and options: understood, shown nowhere."""

from pathlib import Path
from typing import Any

import pytest

from siei_match.cli.old_words import COMMANDS, OPTIONS, in_todays_words
from siei_match.cli.program import app, main

SORTIE = ["--sortie", "out"]
OLD_AND_NEW = {
    "personne chercher": (["--ine", "-", *SORTIE], "personne find"),
    "personne montrer": (["ID", *SORTIE], "personne show"),
    "personne exclure": (
        ["ID", "--motif", "erreur", "--jusqu-au", "2028-08-31", *SORTIE], "personne exclude",
    ),
    "personne lever": (["ID", *SORTIE], "personne lift"),
    "personne rectifier": (
        ["ID", "--colonne", "ine", "--motif", "faute", *SORTIE], "personne rectify",
    ),
    "cle etat": (SORTIE, "cle list"),
    "cle renouveler": (SORTIE, "cle renew"),
    "cle oublier": (["1a2b3c4d", *SORTIE], "cle forget"),
    "run --reprendre": (["2026-10", *SORTIE], "run --resume"),
    "run --a-blanc": (["2026-10", *SORTIE], "run --dry-run"),
    "run --remplace": (["2026-10", *SORTIE], "run --replace"),
    "release --retirer": (["2026-10", *SORTIE], "release --withdraw"),
    "release --archiver": (["2026-10", *SORTIE], "release --archive"),
    "release --simuler": (["2026-10", *SORTIE], "release --dry-run"),
    "export --chiffrer=age1": (["2026-10", "--psad", "P", *SORTIE], "export --encrypt=age1"),
    "export --chiffrer age1": (["2026-10", "--psad", "P", *SORTIE], "export --encrypt age1"),
    "purge --simuler": (["--avant", "2027-01-01", *SORTIE], "purge --dry-run"),
    "personne rectifications --retirer ine": (
        ["ID", *SORTIE], "personne rectifications --withdraw ine",
    ),
}  # fmt: skip


def understand(arguments: list[str]) -> tuple[Any, dict[str, Any]]:
    """Return the function that a command line calls, and with what."""
    command, bound, _ = app.parse_args(
        in_todays_words(arguments), exit_on_error=False, print_error=False
    )
    return command, bound.arguments


@pytest.mark.parametrize("old", OLD_AND_NEW)
def test_an_old_word_does_what_its_new_one_does(old: str) -> None:
    rest, new = OLD_AND_NEW[old]
    assert in_todays_words([*new.split(), *rest]) == [*new.split(), *rest]
    assert understand([*old.split(), *rest]) == understand([*new.split(), *rest])


def test_every_old_word_is_tried_above() -> None:
    tried = {word.partition("=")[0] for old in OLD_AND_NEW for word in old.split()}
    assert {word for _, word in COMMANDS} <= tried
    assert {word for options in OPTIONS.values() for word in options} <= tried


@pytest.mark.parametrize("command", [[], ["personne"], ["cle"], *map(list, OPTIONS)], ids=" ".join)
def test_no_help_shows_an_old_word(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--help"]) == 0
    shown = capsys.readouterr().out.split()
    old = {word for _, word in COMMANDS} | set(OPTIONS.get(tuple(command), {}))
    assert old & set(shown) == set()


def test_the_program_itself_understands_an_old_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Not misused (2): it ran, and there is nothing to purge.
    command = ["purge", "--avant", "2027-01-01", "--simuler", "--sortie", str(tmp_path)]
    said = [main(command), capsys.readouterr()]
    command[3] = "--dry-run"
    assert said == [main(command), capsys.readouterr()]
    assert said[0] != 2


def test_values_and_what_follows_two_dashes_are_left() -> None:
    for said in (
        ["personne", "find", "--nom", "lever", "--prenom", "--retirer"],
        ["release", "2026-10", "--motif", "retirer"],
        ["run", "--", "--reprendre"],
        ["check", "--reprendre"],
        [],
    ):
        assert in_todays_words(said) == said
