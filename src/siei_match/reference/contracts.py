"""One declaration per table, in `schemas/`: the pandera model and the documentation come from it.

A declaration is a Table Schema (JSON, https://datapackage.org/standard/table-schema/) as
frictionless reads it. A field's own key `polars` names its polars type where the Table Schema
type alone does not (`UInt32`, `List(String)`). A table whose `siei` says `comme` has the fields
of that one.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaErrors

from siei_match.reference.errors import ContractError
from siei_match.reference.stored import Columns

POLARS_TYPES: Mapping[str, Any] = {
    "string": pl.String,
    "integer": pl.Int64,
    "number": pl.Float64,
    "boolean": pl.Boolean,
    "date": pl.Date,
    "UInt8": pl.UInt8,
    "UInt16": pl.UInt16,
    "UInt32": pl.UInt32,
    "UInt64": pl.UInt64,
    "Int8": pl.Int8,
    "Int16": pl.Int16,
    "Int32": pl.Int32,
    "Float32": pl.Float32,
    "List(String)": pl.List(pl.String),
}


@dataclass(frozen=True)
class Declaration:
    """A table's declaration: its name, title, description, fields and primary key."""

    name: str
    title: str
    description: str
    fields: tuple[Mapping[str, Any], ...]
    primary_key: tuple[str, ...]
    siei: Mapping[str, Any] = field(default_factory=dict)
    """What Table Schema has no word for: the rules across columns, the form of the file."""

    @property
    def columns(self) -> list[str]:
        return [f["name"] for f in self.fields]

    @property
    def polars_schema(self) -> dict[str, Any]:
        return {f["name"]: polars_type(f) for f in self.fields}


def schemas_root() -> Path:
    """Return the folder of the declarations: inside an installed wheel, or beside `src/`."""
    packaged = Path(__file__).parents[1] / "_schemas"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "schemas"


def polars_type(field: Mapping[str, Any]) -> Any:
    return POLARS_TYPES[field.get("polars", field["type"])]


@cache
def declaration(path: str) -> Declaration:
    """Read a declaration, e.g. `tables/decisions` or `extraits/scolarite`.

    Raises:
        ContractError: there is none.
    """
    file = schemas_root() / f"{path}.json"
    if not file.exists():
        raise ContractError(
            f"Table {file.stem} is declared nowhere.",
            remedy=f"Describe it in schemas/{path}.json.",
        )
    raw = json.loads(file.read_text(encoding="utf-8"))
    siei = raw.get("siei", {})
    if "comme" in siei:
        like = declaration(f"{path.rpartition('/')[0]}/{siei['comme']}")
        return replace(
            like, name=raw["name"], title=raw["title"], description=raw["description"], siei=siei
        )
    key = raw.get("primaryKey", [])
    return Declaration(
        name=raw["name"],
        title=raw["title"],
        description=raw["description"],
        fields=tuple(raw["fields"]),
        primary_key=tuple([key] if isinstance(key, str) else key),
        siei=siei,
    )


def _checks(constraints: Mapping[str, Any]) -> list[pa.Check]:
    checks: list[pa.Check] = []
    if "pattern" in constraints:
        # Table Schema patterns match the whole value; pandera's anchor the start only.
        checks.append(pa.Check.str_matches(f"^(?:{constraints['pattern']})$", name="pattern"))
    if "enum" in constraints:
        checks.append(pa.Check.isin(constraints["enum"], name="enum"))
    if "minimum" in constraints:
        checks.append(pa.Check.ge(constraints["minimum"], name="minimum"))
    if "maximum" in constraints:
        checks.append(pa.Check.le(constraints["maximum"], name="maximum"))
    return checks


@cache
def pandera_schema(path: str) -> pa.DataFrameSchema:
    """Build the pandera model of a declaration by its path, once."""
    return build_model(declaration(path))


def build_model(declared: Declaration) -> pa.DataFrameSchema:
    """Build a pandera model: exact columns in order, types, constraints."""
    columns = {}
    for described in declared.fields:
        constraints = described.get("constraints", {})
        columns[described["name"]] = pa.Column(
            polars_type(described),
            checks=_checks(constraints),
            nullable=not constraints.get("required", False),
            unique=constraints.get("unique", False),
        )
    return pa.DataFrameSchema(
        columns, strict=True, ordered=True, unique=list(declared.primary_key) or None
    )


def conform(frame: pl.DataFrame, path: str) -> pl.DataFrame:
    """Return `frame` with the declared columns in order, or raise.

    Raises:
        ContractError: a column is missing or too many, or a value breaks the declaration; the
            message counts the failures per column and rule, and shows no value.
    """
    return conform_to(frame, pandera_schema(path), path)


def require_schema(frame: Columns, declared: Declaration) -> None:
    """Hold a table to the declared columns, in order, and their types: no value is looked at.

    An `Enum` is the text that it codes.

    Raises:
        ContractError: the message names what differs.
    """
    wanted = declared.polars_schema
    found = {name: pl.String if kind == pl.Enum else kind for name, kind in frame.schema.items()}
    if list(found.items()) == list(wanted.items()):
        return
    wrong = [f"{name} ({kind})" for name, kind in found.items() if wanted.get(name) != kind]
    missing = [name for name in wanted if name not in found]
    raise ContractError(
        f"Table {declared.name}: not as declared {wrong}, missing {missing}"
        + ("." if wrong or missing else ", columns in another order."),
        remedy=f"Compare with the declaration of {declared.name} in schemas/.",
    )


def holds(frame: pl.DataFrame, model: pa.DataFrameSchema) -> bool:
    """Say whether a frame is surely as its model says; where it is not, pandera tells what breaks.

    All columns in one query: pandera asks the engine once or twice for each of them, which is most
    of what checking a small table takes.
    """
    if list(frame.schema.items()) != [(n, c.dtype.type) for n, c in model.columns.items()]:
        return False
    tests = [test for name, column in model.columns.items() for test in _tests(name, column)]
    if model.unique:
        tests.append(pl.struct(model.unique).n_unique() == pl.len())
    asked = [test.alias(str(rank)) for rank, test in enumerate(tests)]
    return not asked or all(frame.select(asked).row(0))


def _tests(name: str, column: pa.Column) -> Iterator[pl.Expr]:
    """Give what must be true of a column, each in one value."""
    value = pl.col(name)
    if not column.nullable:
        yield value.null_count() == 0
    if column.unique:
        yield value.n_unique() == pl.len()
    for check in column.checks:
        (given,) = check.statistics.values()
        yield _ASKED[check.name](value, given).all(ignore_nulls=True)


_ASKED: Final[Mapping[str, Callable[[pl.Expr, Any], pl.Expr]]] = {
    "pattern": lambda value, pattern: value.str.contains(pattern),
    "enum": lambda value, known: value.is_in(known),
    "minimum": lambda value, least: value >= least,
    "maximum": lambda value, most: value <= most,
}
"""The checks of `_checks` by name, as expressions of ours."""


def conform_to(frame: pl.DataFrame, model: pa.DataFrameSchema, path: str) -> pl.DataFrame:
    """Do as `conform`, with a model made by `build_model`; `path` names the declaration to read."""
    expected, name = list(model.columns), path.rpartition("/")[2]
    missing = [column for column in expected if column not in frame.columns]
    surplus = [column for column in frame.columns if column not in expected]
    if missing or surplus:
        raise ContractError(
            f"Table {name}: columns missing {missing}, undeclared {surplus}.",
            remedy=f"Compare with schemas/{path}.json.",
        )
    frame = frame.select(expected)
    if holds(frame, model):
        return frame
    try:
        # pandera leaves the data of a LazyFrame unchecked: only collected frames come here.
        model.validate(frame, lazy=True)
    except SchemaErrors as failure:
        counts = failure.failure_cases.group_by("column", "check").len().sort("column", "check")
        found = ", ".join(f"{c} breaks {k} in {n} rows" for c, k, n in counts.iter_rows())
        raise ContractError(
            f"Table {name}: {found}.",
            remedy="This is a defect of siei-match: please report it with these counts.",
        ) from None
    return frame
