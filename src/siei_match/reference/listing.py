"""Lists in a message: the first of many, and how many others there are."""

from collections.abc import Sequence
from typing import Final

MORE: Final = " and {} more"
AUTRES: Final = " et {} autres"


def first_of(
    told: Sequence[object],
    most: int,
    more: str = MORE,
    *,
    count: int | None = None,
    sign: str = ", ",
) -> str:
    """Return the first of many things, and how many are left out: nothing is cut unsaid.

    Args:
        told: what is named, in order.
        most: how many are named.
        more: what is said of the others, `{}` being their number.
        count: how many there are in all, where `told` holds the first of them alone.
        sign: between two of them.
    """
    rest = (len(told) if count is None else count) - min(most, len(told))
    return sign.join(map(str, told[:most])) + (more.format(rest) if rest > 0 else "")
