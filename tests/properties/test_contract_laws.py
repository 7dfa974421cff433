"""What is surely as declared is what pandera finds nothing wrong with, and the reverse."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.errors import SchemaErrors

from siei_match.reference.contracts import Declaration, build_model, holds
from tests.examples import examples

FIELDS = (
    {"name": "code", "type": "string", "constraints": {"required": True, "pattern": "[a-c]{1,2}"}},
    {"name": "genre", "type": "string", "constraints": {"enum": ["a", "b"]}},
    {
        "name": "rang",
        "type": "integer",
        "constraints": {"minimum": 1, "maximum": 4, "unique": True},
    },
    {"name": "part", "type": "number", "constraints": {"minimum": 0}},
)
DECLARED = Declaration("essai", "Essai", "Essai.", FIELDS, ("code", "genre"), {})
MODEL = build_model(DECLARED)
SCHEMA = DECLARED.polars_schema


def pandera_accepts(frame: pl.DataFrame) -> bool:
    try:
        MODEL.validate(frame, lazy=True)
    except SchemaErrors:
        return False
    return True


letters = st.none() | st.text(alphabet="abcd", min_size=0, max_size=3)
rows = st.tuples(
    letters,
    letters,
    st.none() | st.integers(0, 5),
    st.none() | st.floats(-1, 1) | st.just(float("nan")),
)
right = st.tuples(
    st.text(alphabet="abc", min_size=1, max_size=2),
    st.none() | st.sampled_from("ab"),
    st.none() | st.integers(1, 4),
    st.none() | st.floats(0, 1),
)


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(right, max_size=3) | st.lists(rows, max_size=3))
def test_our_query_says_what_pandera_says(drawn) -> None:
    frame = pl.DataFrame(drawn, schema=SCHEMA, orient="row")
    assert holds(frame, MODEL) == pandera_accepts(frame)


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame(schema=SCHEMA | {"rang": pl.Float64}),
        pl.DataFrame(schema=dict(reversed(SCHEMA.items()))),
        pl.DataFrame(schema=SCHEMA).drop("part"),
    ],
    ids=["type", "order", "column"],
)
def test_another_schema_does_not_hold(frame: pl.DataFrame) -> None:
    assert not holds(frame, MODEL)
    assert not pandera_accepts(frame)
