"""Whether this process has put anything in place: what a command that must end says of it."""

from typing import Final

_PLACED: Final[list[str]] = []


def mark_placed(what: str) -> None:
    """Remember that `what` stands in place now: a name of the output folder, or an act; once, however often."""
    if what not in _PLACED:  # the page keeps answers for weeks
        _PLACED.append(what)


def placed() -> tuple[str, ...]:
    """Return what this process has put in place so far, in order."""
    return tuple(_PLACED)
