"""No ring of imports anywhere: not among rooms, not among the modules of one room."""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Graph = Mapping[str, set[str]]


def read_graph(source: Path, package: str) -> Graph:
    """Return what each module of a package imports of it, wherever the import stands.

    A name imported from a package's `__init__` is an arrow to that `__init__`, unless it is a
    module. Imports for type checkers alone count too: who reads the one must know the other.
    """
    modules = dict(sorted(list_modules(source, package)))
    return {
        name: set(list_imports(ast.parse(path.read_text("utf-8")), name, path, set(modules)))
        for name, path in modules.items()
    }


def list_modules(source: Path, package: str) -> Iterator[tuple[str, Path]]:
    for path in (source / package).rglob("*.py"):
        yield (
            ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__"),
            path,
        )


def list_imports(tree: ast.Module, name: str, path: Path, modules: set[str]) -> Iterator[str]:
    parents = name.split(".") if path.stem == "__init__" else name.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom):
            above = parents[: len(parents) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                full = f"{module}.{alias.name}"
                if full in modules:
                    yield full
                elif module in modules and module != name:
                    yield module


def find_ring(graph: Graph) -> list[str]:
    """Return the modules of one ring in order, or nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as ring:
        return list(ring.args[1])
    return []


def test_modules_import_one_another_in_no_ring() -> None:
    graph = read_graph(ROOT / "src", "siei_match")
    assert len(graph) > 1
    assert any(graph.values()), "nothing is read"
    assert find_ring(graph) == []


@pytest.mark.parametrize(
    "written",
    [
        {"a": "from house import b", "b": "import house.a"},
        {"a": "from house.b import x", "b": "def f():\n    from house.a import y"},
        {"a": "from .b import x", "b": "from . import a"},
        {"a": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house import b",
         "b": "from house.a import x"},
    ],
    ids=["modules", "inside a function", "relative", "for types alone"],
)  # fmt: skip
def test_a_ring_is_found(tmp_path: Path, written: dict[str, str]) -> None:
    (tmp_path / "house").mkdir()
    for name, text in {"__init__": "", **written}.items():
        (tmp_path / "house" / f"{name}.py").write_text(text)
    assert set(find_ring(read_graph(tmp_path, "house"))) == {"house.a", "house.b"}
