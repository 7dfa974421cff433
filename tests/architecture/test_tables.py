"""Every table that crosses a stage's border is declared; a declaration stands for a table."""

import ast
import importlib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from siei_match.reference.contracts import declaration, schemas_root
from siei_match.stages.normalise import NormalisedTables

SRC = Path(__file__).parents[2] / "src"
BY_EXTRACT = "valides"
"""The one table whose slices differ: each is declared by its extract."""
HANDED = {
    "campaign/steps/validate.py": {BY_EXTRACT, "rejets", "dates_recues"},
    "campaign/steps/normalise.py": {*(field.name for field in fields(NormalisedTables)), "retours"},
}
"""What a step writes under a name that it is handed."""


def written() -> Iterator[str]:
    """The names under which the steps of a run write tables."""
    for path in sorted((SRC / "siei_match" / "campaign").rglob("*.py")):
        place = path.relative_to(SRC / "siei_match").as_posix()
        module = importlib.import_module(
            ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__")
        )
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (name := named_by(node)) is None:
                continue
            if isinstance(name, ast.Constant):
                yield str(name.value)
            else:
                yield from HANDED.get(place) or {getattr(module, ast.unparse(name))}


def named_by(node: ast.AST) -> ast.expr | None:
    """The name of the table, where a node is `worksite.write(frame, name, …)`."""
    match node:
        case ast.Call(
            func=ast.Attribute(
                value=ast.Name(id="worksite"), attr="write" | "write_final" | "sink_final"
            ),
            args=[_, name, *_],
        ):
            return name
    return None


def test_every_table_that_a_step_writes_is_declared() -> None:
    names = set(written())
    assert {"traits", "personnes", "liens_tous", "registre", BY_EXTRACT} <= names
    for name in names - {BY_EXTRACT}:
        assert declaration(f"tables/{name}").fields


def test_no_internal_table_is_declared_that_no_step_writes() -> None:
    internal = {
        path.stem
        for path in (schemas_root() / "tables").glob("*.json")
        if declaration(f"tables/{path.stem}").siei.get("interne")
    }
    assert internal - set(written()) == set()
    assert len(internal) > 10


def test_a_table_like_another_has_its_columns_and_its_own_name() -> None:
    rectified, traits = declaration("tables/traits_rectifies"), declaration("tables/traits")
    assert rectified.polars_schema == traits.polars_schema
    assert rectified.primary_key == traits.primary_key
    assert rectified.name == "traits_rectifies"
    assert rectified.description != traits.description
