"""The page for the impact assessment names what shows each claim: every test and command is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "dpo-aipd.md").read_text("utf-8")
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)))
COMMANDS = sorted(set(re.findall(r"`(siei [a-z]+(?: [a-z]+)?)[^`]*`", PAGE)))
PARTS = ("traitement", "données", "destinataires", "conservation", "droits", "risques")


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_each_test_that_it_names_is_there(path: str, name: str) -> None:
    found = re.findall(r"def (test_\w+)\(", (ROOT / path).read_text("utf-8"))
    assert found
    assert not name or name in found


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_that_it_names_is_there(command: str) -> None:
    manual = (ROOT / "docs" / "commandes.md").read_text("utf-8")
    assert f"## {command}\n" in manual


def test_it_says_what_an_assessment_must() -> None:
    assert len(TESTS) > 20
    assert len(COMMANDS) > 8
    titles = " ".join(re.findall(r"^## (.*)$", PAGE, re.MULTILINE))
    assert [part for part in PARTS if part not in titles] == []


def test_each_risk_has_what_is_done_and_what_is_left() -> None:
    table = PAGE.split("## Les risques")[1]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 10
    assert all(len(row) == 4 and all(cell.strip() for cell in row) for row in rows)
