"""Who reads all that is published of counts, knows the rule, and looks for what is hidden: linear programming.

Apart from what hides them: it knows published counts, the sums that anybody knows, and nothing else.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from siei_match.reference.disclosure import SMALL_COUNT

Cell = Hashable
Sum = tuple[Cell, Sequence[Cell]]
"""A count and those that it is the sum of."""


@dataclass
class Publication:
    """Published counts (None: hidden), and the sums that hold between them."""

    told: dict[Cell, int | None] = field(default_factory=dict)
    sums: list[Sum] = field(default_factory=list)

    def add(self, counts: Mapping[Cell, int | None]) -> None:
        """Read a table: what one table tells and another hides is told."""
        for cell, count in counts.items():
            if self.told.get(cell) is None:
                self.told[cell] = count

    def know(self, sums: Iterable[Sum]) -> None:
        self.sums += [(whole, tuple(parts)) for whole, parts in sums]

    def least(self) -> dict[Cell, int]:
        """Return the hidden counts that are somebody's, as who knows the rule sees: 1.

        A count of nobody is hidden with all that it is summed up with, as a part of a short or hidden group: not
        beside a told one of nobody, unless that one is a part of nobody.
        """
        forced = {part for whole, parts in self.sums if self.told[whole] == 0 for part in parts}
        clear: dict[Cell, bool] = {}
        for whole, parts in self.sums:
            zeros = any(self.told[part] == 0 and part not in forced for part in parts)
            shown = zeros and (self.told[whole] or 0) >= 2 * SMALL_COUNT
            clear.update({part: clear.get(part, True) and shown for part in parts})
        return {cell: 1 for cell, one in clear.items() if one and self.told[cell] is None}


def bound(
    published: Publication, cells: Iterable[Cell] | None = None
) -> dict[Cell, tuple[float, float]]:
    """Return between which counts each hidden cell must lie, all of the publication taken together."""
    every = [*published.told]
    place = {cell: n for n, cell in enumerate(every)}
    rows, columns, signs = [], [], []
    for row, (whole, parts) in enumerate(published.sums):
        for cell, sign in ((whole, -1.0), *((part, 1.0) for part in parts)):
            rows.append(row)
            columns.append(place[cell])
            signs.append(sign)
    matrix = csr_array((signs, (rows, columns)), shape=(len(published.sums), len(every)))
    least = published.least()
    limits = [
        (least.get(cell, 0), None) if count is None else (count, count)
        for cell, count in published.told.items()
    ]
    chosen = [c for c in every if published.told[c] is None] if cells is None else [*cells]
    return {cell: _range(matrix, limits, place[cell]) for cell in chosen}


def _range(
    matrix: csr_array, limits: Sequence[tuple[float, float | None]], at: int
) -> tuple[float, float]:
    found = []
    for sign in (1.0, -1.0):
        aim = np.zeros(len(limits))
        aim[at] = sign
        solved = linprog(aim, A_eq=matrix, b_eq=np.zeros(matrix.shape[0]), bounds=limits)
        assert solved.status in (0, 3), solved.message
        found.append(float("inf") if solved.status == 3 else sign * solved.fun)
    return found[0], found[1]
