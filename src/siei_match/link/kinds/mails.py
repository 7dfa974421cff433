"""What e-mails spell of a name: sara.le.goff2@ says SARA, LE, GOFF and LEGOFF."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.link.arrays import TEXT, distinct, mix
from siei_match.link.fiches import Codes, Fiches, Ids

MOST_PARTS: Final = 4
"""Parts of an e-mail's name that are read: first name and surname, two words each."""
FEWEST_LETTERS: Final = 3
Bools = npt.NDArray[np.bool_]


class Spelt:
    """The names that the e-mails of some fiches spell.

    Not what the fiche's own columns `others` explain: in mohamed.assani@, MOHAMED may be half a
    surname.

    Args:
        fiches: the records.
        column: of their e-mails.
        wanted: the fiches that are asked about.
        others: columns of the fiche's other names.
    """

    def __init__(self, fiches: Fiches, column: str, wanted: Ids, others: tuple[str, ...]) -> None:
        rows = fiches.rows.select(column, *others)[fiches.premiere[wanted]]
        rows = rows.with_columns(fiche=pl.Series(wanted))
        held = rows.filter(pl.col(column).list.len() > 0)
        self.keys = distinct(_keys(spelt_in(held, column)))
        own = [
            held.select("fiche", mot=pl.col(c).str.split(" ")).explode("mot").drop_nulls()
            for c in others
        ]
        explained = _keys(pl.concat(own)) if own else self.keys[:0]
        self.keys = np.setdiff1d(self.keys, explained, assume_unique=False)

    def holds(self, fiches: Ids, names: Codes) -> Bools:
        """Tell whether an e-mail of each fiche spells a name (its hash without spaces, 0 for none)."""
        asked = mix(fiches.astype(np.uint64), names)
        place = np.searchsorted(self.keys, asked)
        place[place == len(self.keys)] = 0
        found = (
            self.keys[place] == asked if len(self.keys) else np.zeros(len(asked), dtype=np.bool_)
        )
        return np.asarray(found & (names != 0))


def letters_of(mails: pl.Series) -> pl.Series:
    """Return the letters of the names of each list of e-mails, one after the other.

    A name that these letters do not hold is spelt by none of them (`Spelt`): a quick first look.
    """
    return (
        mails.list.join("\n")
        .str.to_uppercase()
        .str.replace_all(r"@[^\n]*", "")
        .str.replace_all(r"[^A-Z\n]", "")
    )


def may_spell(letters: pl.Series, names: pl.Series) -> npt.NDArray[np.bool_]:
    """Tell where letters of e-mails hold a name; null holds nothing."""
    pairs = pl.DataFrame([letters.alias("lettres"), names.alias("nom")])
    bare = pl.col("nom").str.replace_all(" ", "", literal=True)
    holds = pl.col("lettres").str.contains(bare, literal=True)
    return pairs.select(holds.fill_null(value=False)).to_series().to_numpy()


def spelt_in(held: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return `fiche`, `mot`: every run of neighbouring parts of each e-mail's name, in one word."""
    parts = (
        held.select("fiche", adresse=pl.col(column))
        .explode("adresse")
        .select(
            "fiche",
            partie=pl.col("adresse")
            .str.split("@")
            .list.first()
            .str.to_uppercase()
            .str.extract_all("[A-Z]+")
            .list.head(MOST_PARTS),
        )
    )
    runs: list[Any] = [
        parts.filter(pl.col("partie").list.len() >= start + length).select(
            "fiche", mot=pl.col("partie").list.slice(start, length).list.join("")
        )
        for start in range(MOST_PARTS)
        for length in range(1, MOST_PARTS + 1 - start)
    ]
    every: pl.DataFrame = pl.concat(runs)
    return every.filter(pl.col("mot").str.len_chars() >= FEWEST_LETTERS)


def _keys(words: pl.DataFrame) -> Codes:
    return mix(words["fiche"].to_numpy().astype(np.uint64), words["mot"].hash(seed=TEXT).to_numpy())
