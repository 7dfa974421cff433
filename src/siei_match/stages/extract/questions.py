"""Questions that `siei prepare` leaves in a campagne.toml: a value that is no value, to be answered."""

from collections.abc import Iterator
from typing import Any, Final

from siei_match.reference.errors import DeliveryError

QUESTION: Final = "?"
"""Stands for what a file could not tell: nothing is run before somebody says it."""


def require_answered(content: dict[str, Any], name: str) -> None:
    """Let a declaration pass in which no question stands; `name` is its file's.

    Raises:
        DeliveryError: it names each question that is left.
    """
    if asked := find_questions(content):
        raise DeliveryError(
            f"{name}: {len(asked)} questions are left to answer: {', '.join(asked)}.",
            remedy='Replace each "?" by its value; the line `# ?` above it says what is asked.',
            code="declaration_a_completer",
        )


def find_questions(content: dict[str, Any]) -> list[str]:
    """Return where questions stand unanswered, as `fichiers number 2 (a.csv).date_extraction`."""
    found: list[str] = []
    # Not by recursion: a file of brackets alone is nested as deep as it is long.
    waiting: list[tuple[Any, str]] = [(content, "")]
    while waiting:
        node, place = waiting.pop()
        if node == QUESTION:
            found.append(place)
        waiting += reversed(list(_parts(node, place)))
    return found


def _parts(node: Any, place: str) -> Iterator[tuple[Any, str]]:
    """Give what a part of a declaration is made of, and where each stands."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield value, f"{place}.{key}" if place else str(key)
    elif isinstance(node, list):
        for rank, value in enumerate(node, start=1):
            name = value.get("nom") if isinstance(value, dict) else None
            named = f" ({name})" if isinstance(name, str) and name.isprintable() else ""
            yield value, f"{place} number {rank}{named}"
