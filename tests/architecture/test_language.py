"""One language: English, and French for what stands in a file of the contract (ADR 16)."""

import pytest

from tests.architecture import names

LEFT = names.WORDS / "left.txt"
MOST = 11
"""How many identifiers may still be strange: lower it whenever one is renamed."""


def listed() -> set[str]:
    return {line for line in LEFT.read_text("utf-8").splitlines() if not line.startswith("#")}


def test_identifiers_are_english_or_of_the_contract() -> None:
    found = {f"{i.module}: {i.name}" for i in names.strangers()}
    assert found - listed() == set(), "say it in English, or declare it where it stands in a file"


def test_the_list_of_those_left_only_shrinks() -> None:
    found = {f"{i.module}: {i.name}" for i in names.strangers()}
    assert listed() - found == set(), "renamed: take it off the list"
    assert len(listed()) <= MOST


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("id_personne", True),
        ("read_retours", True),
        ("Worksite", True),
        ("build_coordonnees", True),
        ("chantier", False),
        ("lues_gardees", False),
        ("ReglagesPortail", False),
        ("trouvees", False),
    ],
)
def test_a_name_is_known_by_its_words(name: str, *, known: bool) -> None:
    assert names.is_known(name) is known


def test_what_is_counted_is_what_code_binds() -> None:
    tree = names.ast.parse(
        "class A:\n    b: int\ndef f(c, *, d):\n    e = g(h=1)\n    self.i = [j for j in e]"
    )
    assert set(names.bound_names(tree)) >= {*"AbfcdehijA"}
