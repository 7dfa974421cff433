"""One word, one concept: no class of the house has the name of another."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def list_classes(*sources: Path) -> Iterator[tuple[str, str]]:
    """Give each class of the sources, wherever it stands in its module, and where that is."""
    for source in sources:
        for path in sorted(source.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ClassDef):
                    yield node.name, f"{path.relative_to(source.parent)}:{node.lineno}"


def defined_twice(*sources: Path) -> dict[str, list[str]]:
    """Return the names that more than one class has, and where each stands."""
    places: dict[str, list[str]] = {}
    for name, place in list_classes(*sources):
        places.setdefault(name, []).append(place)
    return {name: found for name, found in places.items() if len(found) > 1}


def test_no_class_has_the_name_of_another() -> None:
    sources = (ROOT / "src" / "siei_match", ROOT / "flows")
    assert len(list(list_classes(*sources))) > 100
    assert defined_twice(*sources) == {}


def test_a_name_given_twice_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("class Step: ...\nclass Own: ...\n")
    (tmp_path / "b.py").write_text("def f():\n    class Step: ...\n")
    assert set(defined_twice(tmp_path)) == {"Step"}
