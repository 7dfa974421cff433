"""What stands inside a campaign's folder is known to one module; everybody else asks it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "src" / "siei_match"


@cache
def read_modules(root: Path) -> dict[str, ast.Module]:
    """Return the syntax tree of each module under `root`, by its name there."""
    return {
        path.relative_to(root).as_posix(): ast.parse(path.read_text("utf-8"))
        for path in sorted(root.rglob("*.py"))
    }


def read_strings(tree: ast.Module) -> Iterator[str]:
    """Give every string of a module that is no documentation, the parts of f-strings too."""
    told = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in told:
            yield node.value


def find_homes(root: Path, words: str) -> list[str]:
    """Return the modules under `root` that write `words` in a string."""
    modules = read_modules(root).items()
    return [name for name, tree in modules if any(words in said for said in read_strings(tree))]


def find_users(root: Path, name: str) -> list[str]:
    """Return the modules under `root` that use a name or an attribute so called."""
    return [
        module
        for module, tree in read_modules(root).items()
        if any(
            name in (getattr(node, "id", None), getattr(node, "attr", None))
            for node in ast.walk(tree)
        )
    ]


@pytest.mark.parametrize("words", ["psad=", "manifeste.json"])
def test_one_module_knows_the_names_inside_a_campaign_s_folder(words: str) -> None:
    assert find_homes(SOURCES, words) == ["output/folder.py"]


@pytest.mark.parametrize("words", ["liste.parquet", "liste.csv", "liste.xlsx", "listes/"])
def test_no_module_spells_the_name_of_a_list(words: str) -> None:
    assert find_homes(SOURCES, words) == []


def test_the_manifest_is_read_as_one_typed_record() -> None:
    # The page reads it through a folder held open, since another release may take its place.
    readers = {"output/folder.py", "portal/lists/reader.py"}
    assert set(find_users(SOURCES, "parse_manifest")) == readers
    users = set(find_users(SOURCES, "MANIFESTE")) - readers
    assert {module for module in users if not module.startswith("output/")} == set()


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ('"""The folder psad=X."""', False),
        ("def f():\n    '''See psad=X.'''", False),
        ("f(psad=3)  # psad=", False),
        ('NAME = "psad=X"', True),
        ('def f(x):\n    return f"psad={x}"', True),
        ('def f(x):\n    return x.glob("*/psad=*/liste.csv")', True),
    ],
)
def test_the_search_finds_strings_and_no_documentation(
    tmp_path: Path, written: str, found: bool
) -> None:
    (tmp_path / "a.py").write_text(written)
    assert find_homes(tmp_path, "psad=") == (["a.py"] if found else [])
