"""What counts of people may tell of somebody, and which are therefore hidden: the one place for it.

Counts that are told together make a ledger: cells, and the sums that everybody can make of them (a
région is its académies, everybody is women, men and unknown, who is listed is new or was listed
before). `conceal` hides the small ones, then whatever would give one back, by one of the sums or by
all of them at once: it looks for other counts that would have made the same published tables (a linear
program), and hides more until every hidden count might be another by `SMALL_COUNT` people.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack, vstack
from scipy.sparse.csgraph import connected_components

SMALL_COUNT: Final = 5
"""A count of people under it, but 0, could tell who they are: it is not shown, nor is what would
give it back (INSEE's and DEPP's own threshold for tables on places). The views of siei.duckdb write
it out, for a view has no parameter."""
SHORT: Final = 2 * SMALL_COUNT
"""A group that is told and has fewer people: none of its parts is, not even those of nobody."""
BROAD: Final = 40
"""A sum of more parts does not keep two of them from being looked at in one program."""
HIDDEN_COST: Final = 1e-2
GOLDEN: Final = 0.6180339887
MISSED_COST: Final = 1e5
TIGHT: Final = 1e-6
CELLS: Final = pl.Schema({"cell": pl.String, "n": pl.Int64, "told": pl.Boolean, "floor": pl.Int64})
SUMS: Final = pl.Schema({"sum": pl.String, "cell": pl.String, "whole": pl.Boolean})

Places = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Ledger:
    """Counts that are told together.

    cells: `cell` (its name, once), `n`; `told`: true where it is told in any case (or is decided elsewhere, and
    not moved here), false where it is hidden for another reason, null where it is to be decided; `floor`: of what
    is hidden already, the least that a reader knows it to be (null: 1 where there is anybody).
    sums: `sum` (its name), `cell`, `whole`: the cell that is the sum of the others.
    """

    cells: pl.DataFrame
    sums: pl.DataFrame


def join_ledgers(*parts: Ledger) -> Ledger:
    """Put ledgers together; of a cell that several have, the first one's stands."""
    cells = pl.concat([as_cells(part.cells) for part in parts])
    sums = pl.concat([part.sums.select(SUMS.names()).cast(SUMS) for part in parts])
    return Ledger(cells.unique("cell", keep="first", maintain_order=True), sums)


def as_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame of `cell`, `n` and perhaps `told` and `floor` as cells of a ledger."""
    missing = [pl.lit(None, type_).alias(c) for c, type_ in CELLS.items() if c not in frame.columns]
    return frame.with_columns(missing).select(CELLS.names()).cast(CELLS)


def conceal(ledger: Ledger) -> pl.DataFrame:
    """Decide which counts are told.

    Output: the ledger's cells in their order, `told` true or false everywhere; `floor` where it is false.
    A sum that does not hold is one that nobody can make: it is left out. Where nothing protects a count (a
    group that is told elsewhere and is itself small), all that has a sum with it is hidden.
    """
    cells = as_cells(ledger.cells)
    search = _Search(cells, _standing(cells, ledger.sums))
    search.hide_small()
    search.hide_parts_of_short()
    while (tight := search.find_tight()).size:
        search.widen_together(tight)
        for cell in tight:
            if search.is_tight(cell):
                search.widen(cell)
    return cells.with_columns(
        told=pl.Series(~search.hidden, dtype=pl.Boolean),
        floor=pl.when(pl.Series(search.hidden)).then(pl.Series(search.floor)),
    )


def round_counts(count: pl.Expr) -> pl.Expr:
    """Return counts rounded to the nearest `SMALL_COUNT`; small ones absent."""
    near = (count + SMALL_COUNT // 2) // SMALL_COUNT * SMALL_COUNT
    return pl.when(~is_small(count)).then(near)


def is_small(count: pl.Expr) -> pl.Expr:
    return count.is_between(1, SMALL_COUNT - 1)


def _standing(cells: pl.DataFrame, sums: pl.DataFrame) -> pl.DataFrame:
    """Return the sums that hold and have parts, by the places of their cells: line, place, sign."""
    known = cells.with_row_index("place").select("cell", "n", pl.col("place").cast(pl.Int64))
    placed = sums.join(known, on="cell", how="left", maintain_order="left").with_columns(
        sign=pl.when("whole").then(-1).otherwise(1)
    )
    holds = (
        ((pl.col("sign") * pl.col("n")).sum() == 0)
        & pl.col("n").is_not_null().all()
        & (pl.col("whole").sum() == 1)
        & (pl.len() > 1)
    )
    return (
        placed.filter(holds.over("sum"))
        .select("place", "sign", line=pl.col("sum").rank("dense").cast(pl.Int64) - 1)
        .sort("line", "place")
    )


class _Search:
    """Which cells are hidden so far, and between which counts each is known to be free."""

    def __init__(self, cells: pl.DataFrame, sums: pl.DataFrame) -> None:
        self.n = cells["n"].to_numpy().astype(np.int64)
        self.fixed = cells["told"].fill_null(value=False).to_numpy().copy()
        self.hidden = ~cells["told"].fill_null(value=True).to_numpy()
        self.floor = np.where(
            cells["floor"].is_null(), np.minimum(self.n, 1), cells["floor"].fill_null(0).to_numpy()
        )
        self.low, self.high = np.zeros(self.n.size), np.zeros(self.n.size)
        line, place = sums["line"].to_numpy(), sums["place"].to_numpy()
        shape = (int(line.max()) + 1 if line.size else 0, self.n.size)
        self.sums = csr_array((sums["sign"].to_numpy().astype(float), (line, place)), shape=shape)
        self.of = self.sums.T.tocsr()
        self.parts = (self.sums > 0).astype(float)
        self.whole = place[sums["sign"].to_numpy() < 0]
        self._know_nobody()
        # Of each whole, what its parts that are told elsewhere leave to the others.
        self.left = self.n[self.whole] - self.parts @ np.where(self.fixed, self.n, 0)
        tied = csr_array(abs(self.sums[:, ~self.fixed]).T @ abs(self.sums[:, ~self.fixed]))
        self.component = np.full(self.n.size, -1)
        self.component[~self.fixed] = connected_components(tied, directed=False)[1]

    def _know_nobody(self) -> None:
        """Tell of nobody what is a part of what is told to be nobody, and so on."""
        while True:
            left = self.n[self.whole] - self.parts @ np.where(self.fixed, self.n, 0)
            empty = self.fixed[self.whole] & (left == 0)
            known = (self.parts.T @ empty.astype(float) > 0) & ~self.fixed
            if not known.any():
                return
            self.fixed |= known
            self.hidden &= ~known

    def hide_small(self) -> None:
        self.hidden |= (self.n > 0) & (self.n < SMALL_COUNT) & ~self.fixed

    def hide_parts_of_short(self) -> None:
        """Hide all that a short group is made of: what is hidden there tells the group's size alone.

        So with all the parts of what was hidden so, and was perhaps of nobody.
        """
        several = self.parts @ (~self.fixed).astype(float) > 1
        short = (self.left > 0) & (self.left < SHORT) & several
        while True:
            covered = self.hidden & (self.floor == 0) & ~self.fixed
            bare = short & ~self.hidden[self.whole] | covered[self.whole]
            if not self._cover(np.flatnonzero(self.parts.T @ bare.astype(float) > 0)):
                return

    def find_tight(self) -> Places:
        """Return the hidden cells that may not be free enough, the least first."""
        tight = np.flatnonzero(self.hidden & (self.high - self.low < SMALL_COUNT - TIGHT))
        return tight[np.argsort(self.n[tight], kind="stable")]

    def is_tight(self, cell: int) -> bool:
        return bool(self.high[cell] - self.low[cell] < SMALL_COUNT - TIGHT)

    def widen_together(self, cells: Places) -> None:
        """Free many cells by few programs: those that have no narrow sum in common, at once."""
        for group in self._colour(cells):
            wanted = np.array([cell for cell in group if self.is_tight(cell)], dtype=np.int64)
            if wanted.size > 1:
                self._move(wanted, missed=True)

    def widen(self, cell: int) -> None:
        """Free a cell at the least cost; where that cannot be, hide around it until it can."""
        alone, ring = np.array([cell]), np.array([cell])
        while not self._move(alone):
            wider = self._around(ring)
            if not self._cover(wider) and wider.size == ring.size:
                # All that could be is hidden: what is told elsewhere says the rest.
                self.low[cell], self.high[cell] = -np.inf, np.inf
                return
            self.hide_parts_of_short()
            ring = wider

    def _around(self, ring: Places) -> Places:
        """Return the cells of all sums of some cells that may be hidden, those included."""
        lines = np.unique(self.of[ring].indices)
        wider = np.union1d(ring, np.unique(self.sums[lines].indices)) if lines.size else ring
        return np.asarray(wider[~self.fixed[wider]])

    def _cover(self, places: Places) -> bool:
        """Hide cells as perhaps of nobody, and say whether any was not hidden so."""
        free = places[~self.fixed[places]]
        fresh = free[~self.hidden[free] | (self.floor[free] > 0)]
        self.hidden[fresh] = True
        self.floor[fresh] = 0
        return bool(fresh.size)

    def _colour(self, cells: Places) -> list[list[int]]:
        """Part cells so that no two of one part are in one narrow sum."""
        narrow = np.diff(self.sums.indptr) <= BROAD
        taken: dict[int, int] = {}
        groups: list[list[int]] = []
        for cell in cells.tolist():
            start, end = self.of.indptr[cell], self.of.indptr[cell + 1]
            lines = [line for line in self.of.indices[start:end].tolist() if narrow[line]]
            used = 0
            for line in lines:
                used |= taken.get(line, 0)
            colour = (~used & (used + 1)).bit_length() - 1
            for line in lines:
                taken[line] = taken.get(line, 0) | 1 << colour
            while len(groups) <= colour:
                groups.append([])
            groups[colour].append(cell)
        return groups

    def _move(self, wanted: Places, *, missed: bool = False) -> bool:
        """Find two sets of counts, most like ours, between which the wanted cells differ enough; hide what does.

        missed: whether a cell that cannot be freed keeps no other from being.
        """
        movable = np.flatnonzero(
            ~self.fixed
            & (self.hidden | (self.n > 0))
            & np.isin(self.component, np.unique(self.component[wanted]))
        )
        found = self._solve(movable, np.searchsorted(movable, wanted), missed=missed)
        if found is None:
            return False
        for side in found:
            moved = np.zeros(self.n.size)
            moved[movable] = np.where(abs(side) > TIGHT, side, 0)
            self.hidden |= moved != 0
            self.low, self.high = np.minimum(self.low, moved), np.maximum(self.high, moved)
        return True

    def _solve(
        self, movable: Places, wanted: Places, *, missed: bool
    ) -> tuple[np.ndarray[Any, Any], ...] | None:
        """Solve for what is more and what is less in the one set and in the other, and what is missed."""
        lines = self.sums[:, movable]
        lines = lines[np.diff(lines.indptr) > 0]
        hidden, n, m, k = self.hidden[movable], self.n[movable], movable.size, wanted.size
        price = np.where(hidden, HIDDEN_COST, 1 + np.log2(np.maximum(n, 1)))
        # Of two that cost the same, every version of the solver takes the same.
        price = price + (movable * GOLDEN % 1) * HIDDEN_COST
        room = n - np.where(hidden, self.floor[movable], 1)
        pick = eye_array(m, format="csr")[wanted]
        missing, none = csr_array((lines.shape[0], k)), csr_array(lines.shape)
        top = np.concatenate(
            [
                np.full(m, np.inf),
                room,
                np.full(m, np.inf),
                room,
                np.full(k, np.inf if missed else 0.0),
            ]
        )
        solved = linprog(
            np.concatenate([price, price, price, price, np.full(k, MISSED_COST)]),
            A_ub=hstack([-pick, pick, pick, -pick, -eye_array(k)]).tocsr(),
            b_ub=np.full(k, -float(SMALL_COUNT)),
            A_eq=vstack(
                [hstack([lines, -lines, none, none, missing]),
                 hstack([none, none, lines, -lines, missing])]
            ).tocsr(),
            b_eq=np.zeros(2 * lines.shape[0]),
            bounds=np.column_stack([np.zeros(top.size), top]),
            method="highs",
        )  # fmt: skip
        if solved.status != 0:
            return None
        x = solved.x
        return x[:m] - x[m : 2 * m], x[2 * m : 3 * m] - x[3 * m : 4 * m]
