"""What is wrong with a declaration, for people: where it stands, what is expected, the nearest word."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

Place = tuple[str | int, ...]
MOST_WORDS: Final = 40
"""Known words that a message lists."""
PLAIN: Final = {
    "missing": "it is missing",
    "dict_type": "a table is expected",
    "model_type": "a table is expected",
    "model_attributes_type": "a table is expected",
    "tuple_type": "a list is expected",
    "string_type": "a text is expected",
    "too_short": "at least {min_length} is expected",
    "bool_parsing": "true or false is expected",
    "bool_type": "true or false is expected",
    "float_parsing": "a number is expected",
    "float_type": "a number is expected",
    "int_parsing": "a whole number is expected",
    "int_type": "a whole number is expected",
    "int_from_float": "a whole number is expected",
    "greater_than": "a number greater than {gt} is expected",
    "less_than": "a number less than {lt} is expected",
    "literal_error": "one of {expected} is expected",
}
"""What pydantic's errors are called here, by type."""


class DeclarationFaultError(ValueError):
    """Something is wrong at a place of a declaration.

    Args:
        place: keys, and numbers in arrays of tables, from the top.
        said: what, and what is expected.
    """

    def __init__(self, place: Sequence[str | int], said: str) -> None:
        super().__init__(said)
        self.place: Place = tuple(place)
        self.said = said


class Strict(BaseModel):
    """A table of a declaration, which knows its keys and no other."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def refused(said: str, *at: str | int) -> PydanticCustomError:
    """Return the error of a model that says what is wrong, and at which of its keys."""
    return PydanticCustomError("declaration", "{said}", {"said": said, "at": list(at)})


def unknown(what: str, word: str, known: Iterable[str]) -> str:
    """Say that a word is none of those known, which is nearest, and which there are."""
    words = [str(one) for one in known]
    near = get_close_matches(word, words, n=1, cutoff=0.5) or [
        one for one in words if one.lower() == word.lower()
    ]
    nearest = f", the nearest is {near[0]}" if near else ""
    listed = ", ".join(words[:MOST_WORDS]) or "none"
    return f"there is no {what} {word}{nearest} (known: {listed})"


def fault_of(error: Mapping[str, Any], keys_at: Mapping[tuple[str, ...], Any]) -> tuple[Place, str]:
    """Return where one of pydantic's errors is, and what it says in our words.

    Args:
        error: of `ValidationError.errors()`.
        keys_at: the model of each table, `*` standing for any name or number.
    """
    place: Place = tuple(error["loc"])
    context = error.get("ctx", {})
    kind = error["type"]
    if kind == "declaration":
        return (*place, *context["at"]), context["said"]
    if place and place[-1] == "[key]":
        place = place[:-1]
    if kind == "extra_forbidden":
        return place, unknown("key", str(place[-1]), keys_of(place[:-1], keys_at))
    if kind in PLAIN:
        return place, PLAIN[kind].format_map(context)
    return place, str(error["msg"]).removeprefix("Value error, ")


def keys_of(table: Place, keys_at: Mapping[tuple[str, ...], Any]) -> list[str]:
    """Return the keys that a table of a declaration knows."""
    for pattern, model in keys_at.items():
        if len(pattern) == len(table) and all(
            p in ("*", part) for p, part in zip(pattern, table, strict=True)
        ):
            return list(model.model_fields)
    return []
