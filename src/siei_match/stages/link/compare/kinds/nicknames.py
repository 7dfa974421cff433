"""Nicknames: which names a declaration says are one person's (`surnoms`)."""

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.nomenclatures.frequencies import plain
from siei_match.stages.link.compare.kinds.base import Bools
from siei_match.stages.link.records.records import Ids


def groups_of_names(
    texts: pl.Series, groups: tuple[tuple[str, ...], ...]
) -> npt.NDArray[np.uint32]:
    """Return the groups of each text, numbered from 1, 0 where there are no more; row 0 is for no text."""
    held = (
        pl.DataFrame(
            {"text": [list(group) for group in groups]}, schema={"text": pl.List(pl.String)}
        )
        .with_row_index("group", offset=1)
        .explode("text")
        .with_columns(plain(pl.col("text")))
        .unique()
        .group_by("text")
        .agg(pl.col("group").sort())
    )
    known = pl.DataFrame({"text": texts}).join(held, on="text", how="left", maintain_order="left")
    width = max(1, int(known["group"].list.len().max() or 1))  # type: ignore[arg-type]
    table = np.zeros((len(texts) + 1, width), dtype=np.uint32)
    for place in range(width):
        numbers = known["group"].list.get(place, null_on_oob=True)
        table[1:, place] = numbers.fill_null(0).to_numpy()
    return table


class Nicknames:
    """Whether two names, by their numbers in a vocabulary, are of one group."""

    def __init__(self, texts: pl.Series, groups: tuple[tuple[str, ...], ...]) -> None:
        self.groups = groups_of_names(texts, groups)

    def hold(self, x: Ids, y: Ids) -> Bools:
        left, right = self.groups[x], self.groups[y]
        same = (left[:, :, None] == right[:, None, :]) & (left > 0)[:, :, None]
        return np.asarray(same.any(axis=(1, 2)))
