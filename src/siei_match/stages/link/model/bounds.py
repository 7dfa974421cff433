"""What m may become where no label teaches it: within reach of what is declared, levels in order.

Where nobody labels pairs, EM follows whatever is common: the household in place of the person, the
town with one name. It finds them at once, for they are many, and then "same" means them. A declared
or labelled share of errors may be some times too small; it is never thirty times too small.
"""

from math import isqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from siei_match.stages.link.declared.spec import Trait
from siei_match.stages.link.model.shares import within_a_source

Floats = npt.NDArray[np.float64]

MOST_TIMES: Final = 3.0
"""A source that nothing labels errs at most so many times as often as declared, or as labels say."""
LEAST_TIMES: Final = 0.05
"""Nor is a level that is declared ever all but impossible because few pairs reached it."""


def floors(trait: Trait, taught: Floats | None) -> Floats:
    """Return the least share of each level, by pair of sources or, untaught, for all.

    A person written wholly otherwise is seldom found, so that counting candidates says of every such error
    that it is rarer than it is. Between two sources it is at least as frequent as labels say of others; within
    one, whose equal rows are one record, each source has its own.

    Args:
        trait: what is declared.
        taught: what labels say of the trait, by pair of sources; None where nobody labels a pair.
    """
    declared = LEAST_TIMES * np.array(trait.m)
    if taught is None:
        return declared
    lowest = np.tile(declared, (len(taught), 1))
    across = ~within_a_source(isqrt(len(taught)))
    lowest[across, 1:] = np.maximum(lowest[across, 1:], taught[across, 1:])
    return lowest


def hold_in_range(
    table: Floats, trait: Trait, taught: Floats, lowest: Floats
) -> tuple[Floats, int]:
    """Keep each level but the best within `lowest` to `MOST_TIMES` what is known of it.

    Args:
        table: m by pair of sources and level, rows of sum 1.
        trait: what is declared.
        taught: what labels say of the same trait, in the shape of `table`.
        lowest: see `floors`.

    Returns: the same shape, rows of sum 1 (what is taken from a level goes to the best one), and how
    many shares left the range from above.
    """
    highest = MOST_TIMES * np.maximum(np.array(trait.m), taught)
    others = np.clip(table, lowest, highest)[:, 1:]
    # Levels that are possible together must leave room for the best one.
    room = np.minimum(1.0, (1.0 - lowest[..., 0]) / np.maximum(others.sum(axis=1), 1e-12))
    others = others * room[:, None]
    held = int((table > highest)[:, 1:].sum())
    return np.column_stack([1.0 - others.sum(axis=1), others]), held


def keep_in_order(table: Floats, trait: Trait, u: Floats, taught: Floats | None = None) -> Floats:
    """Make a level never weigh less than one that is known to weigh less.

    Levels that are out of order share one weight (pool adjacent violators, Barlow et al. 1972): the
    sum of their m over the sum of their u. What counts is the order of known weights, since the
    names of levels do not tell it: a name and first name inverted say more than equal first names. Those that
    labels taught are known better than those declared: another country's names collide otherwise.

    Args:
        table: m by pair of sources and level.
        trait: what is declared.
        u: P(level | strangers), by level.
        taught: what labels say of the trait, in the shape of `table`; None where nobody labels a pair.

    Returns: the same shape; a row keeps its sum.
    """
    declared = np.array(trait.m) / np.array(trait.u)
    known = np.tile(declared, (len(table), 1)) if taught is None else taught / u
    orders = np.argsort(-known, axis=1, kind="stable")
    ratios = np.take_along_axis(table / u, orders, axis=1)
    kept = table.copy()
    for row in np.flatnonzero((np.diff(ratios, axis=1) > 0).any(axis=1)):
        order = orders[row]
        kept[row, order] = _pooled(table[row, order], u[order])
    return kept


def _pooled(m: Floats, u: Floats) -> Floats:
    """Return m with weights that never rise."""
    blocks: list[tuple[float, float, int]] = []
    for mass, strangers in zip(m.tolist(), u.tolist(), strict=True):
        block = (mass, strangers, 1)
        while blocks and blocks[-1][0] / blocks[-1][1] < block[0] / block[1]:
            last = blocks.pop()
            block = (last[0] + block[0], last[1] + block[1], last[2] + block[2])
        blocks.append(block)
    weights = np.repeat([mass / strangers for mass, strangers, _ in blocks],
                        [count for _, _, count in blocks])  # fmt: skip
    return np.asarray(weights * u)
