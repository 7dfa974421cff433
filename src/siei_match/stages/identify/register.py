"""The register: by which fingerprints each identifier is known, since when and until when.

Inside, identifiers are numbers (their rank among all) and the few texts are categories: twenty
million texts take ten times as long to join and to sort.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import Runs, runs
from siei_match.reference.contracts import declaration
from siei_match.stages.identify.fingerprints import GENRES

AT_ONCE = 1 << 20
"""Identifiers whose fingerprints are merged at once: what sorting works on is several times as large."""
COLUMNS = ("rang", "genre", "empreinte", "cle", "campagne", "derniere")


def empty_register() -> pl.DataFrame:
    return pl.DataFrame(schema=declaration("tables/registre").polars_schema)


@dataclass(frozen=True)
class Codes:
    """The few texts of registers, as categories: a byte a row where there are millions."""

    campagnes: pl.Enum
    keys: pl.Enum

    @classmethod
    def of(cls, registers: Sequence[pl.DataFrame], campagne: str, key: str) -> "Codes":
        seen, keys = {campagne}, {key}
        for register in registers:
            seen.update(register["campagne"].unique(), register["derniere"].unique())
            keys.update(register["cle"].unique())
        return cls(pl.Enum(sorted(seen)), pl.Enum(sorted(keys)))

    def coded(self, register: pl.DataFrame, rang: pl.Series) -> pl.DataFrame:
        """Return a register with the rank of each identifier instead of its text."""
        return register.select(
            rang.alias("rang"),
            pl.col("genre").cast(GENRES),
            "empreinte",
            pl.col("cle").cast(self.keys),
            pl.col("campagne", "derniere").cast(self.campagnes),
        )


def ranked(registers: Sequence[pl.DataFrame], codes: Codes) -> tuple[pl.Series, pl.DataFrame]:
    """Put registers together: all identifiers in order, and their fingerprints by rank, twice where two registers hold
    them.
    """
    runs_of_ids = [r["id_personne"].rle().struct.unnest() for r in registers]
    names = pl.concat([pl.Series("value", [], pl.String), *(r["value"] for r in runs_of_ids)])
    ids = names.unique().sort().alias("id_personne")
    parts = [
        codes.coded(register, spread_runs(found, ids))
        for register, found in zip(registers, runs_of_ids, strict=True)
    ]
    return ids, pl.concat(parts, rechunk=False)


def spread_runs(found: pl.DataFrame, ids: pl.Series) -> pl.Series:
    """Return the rank among `ids` of each row whose identifiers stand in runs (`len`, `value`)."""
    ranks = pl.DataFrame([ids.alias("value")]).with_row_index("rang")
    places = found.join(ranks, on="value", how="left", maintain_order="left")["rang"]
    return pl.Series("rang", np.repeat(places.to_numpy(), found["len"].to_numpy()))


@dataclass(frozen=True)
class HandedOn:
    """The register to hand on (`tables/registre`), a range of identifiers at a time: it is the largest table of all.

    inherited: the register of the campaign before. prints: `genre`, `empreinte` of this campaign. ids: all
    identifiers, in order. old, new: the rank among them of each row of either. seen: what is noted of what is
    seen now. Its few texts are categories (Enum), which Parquet holds as texts.
    """

    inherited: pl.DataFrame
    prints: pl.DataFrame
    ids: pl.Series
    old: pl.Series
    new: pl.Series
    codes: Codes
    seen: Mapping[str, pl.Expr]

    def __iter__(self) -> Iterator[pl.DataFrame]:
        for first in range(0, max(1, len(self.ids)), AT_ONCE):
            within = (first, first + AT_ONCE - 1)
            were, are = (ranks.is_between(*within) for ranks in (self.old, self.new))
            told = self.prints.filter(are)
            told = told.select(self.new.filter(are), "genre", "empreinte", **self.seen)
            known = self.codes.coded(self.inherited.filter(were), self.old.filter(were))
            merged = merge_prints(pl.concat([known, told]))
            named = merged.with_columns(self.ids.gather(merged["rang"]))
            yield named.select(declaration("tables/registre").columns)

    def whole(self) -> pl.DataFrame:
        return pl.concat(self, rechunk=False)


def hand_on(
    inherited: pl.DataFrame,
    prints: pl.DataFrame,
    people: pl.DataFrame,
    redirections: pl.DataFrame,
    campagne: str,
    key: str,
) -> HandedOn:
    """Return the register to hand on: what was known, and what is seen now.

    Args:
        inherited: the register of the campaign before.
        prints: `personne`, `genre`, `empreinte` of this campaign.
        people: `personne`, `id_personne`.
        redirections: `id_ancien`, `id_personne`: what was known of the one is the other's now.
        campagne: code of this campaign.
        key: the name of the key under which `prints` were made (`settings.key_id`).
    """
    codes = Codes.of([inherited], campagne, key)
    before = inherited["id_personne"].rle().struct.unnest()
    owners = before.join(
        redirections.select("id_ancien", "id_personne"),
        left_on="value",
        right_on="id_ancien",
        how="left",
        maintain_order="left",
    ).select("len", id_personne=pl.coalesce("id_personne", "value"))
    ids, ranks = in_order(pl.concat([people["id_personne"], owners["id_personne"]]))
    of_person = np.zeros(int(people["personne"].max() or 0) + 1, dtype=np.uint32)  # type: ignore[arg-type]
    of_person[people["personne"].to_numpy()] = ranks[: people.height]
    now = pl.lit(campagne, codes.campagnes)
    return HandedOn(
        inherited,
        prints,
        ids,
        old=pl.Series("rang", np.repeat(ranks[people.height :], owners["len"].to_numpy())),
        new=pl.Series("rang", of_person[prints["personne"].to_numpy()]),
        codes=codes,
        seen={"cle": pl.lit(key, codes.keys), "campagne": now, "derniere": now},
    )


def in_order(texts: pl.Series) -> tuple[pl.Series, npt.NDArray[np.uint32]]:
    """Return the distinct texts in order, and the rank of each text among them.

    By one sort: a table of the hashes of so many takes three times the memory.
    """
    ranks = texts.rank("dense").cast(pl.UInt32).to_numpy() - np.uint32(1)
    first = np.zeros(int(ranks.max()) + 1 if len(ranks) else 0, dtype=np.uint32)
    first[ranks] = np.arange(len(ranks), dtype=np.uint32)
    return texts.gather(first), ranks


def merge_prints(both: pl.DataFrame) -> pl.DataFrame:
    """Keep each fingerprint of a person under a key once, in order, with its first and last campaign.

    Args:
        both: the columns of `COLUMNS`.
    """
    rang, empreinte = both["rang"].to_numpy(), both["empreinte"].to_numpy()
    key = both["cle"].to_physical().to_numpy()
    order = sorted_places(rang, empreinte, key)
    begins = np.ones(len(order), dtype=np.bool_)
    begins[1:] = False
    for values in (rang, empreinte, key):
        begins[1:] |= values[order[1:]] != values[order[:-1]]
    found = Runs(order, np.flatnonzero(begins))
    first, last = (both[c].to_physical().to_numpy() for c in ("campagne", "derniere"))
    dtype = both["campagne"].dtype
    return both[found.first].with_columns(
        pl.Series("campagne", found.least(first)).cat.to(dtype),
        pl.Series("derniere", found.most(last)).cat.to(dtype),
    )


def sorted_places(
    rang: npt.NDArray[np.uint32], empreinte: npt.NDArray[np.uint64], key: npt.NDArray[np.uint8]
) -> npt.NDArray[np.int64]:
    """Return where the rows stand when sorted by the three, by one sort of packed numbers."""
    bits = np.uint64(max(1, int(rang.max(initial=0)).bit_length()))
    heads = (rang.astype(np.uint64) << (np.uint64(64) - bits)) | (empreinte >> bits)
    found = runs(heads)
    several = np.repeat(found.lengths > 1, found.lengths)
    alike = found.order[several]
    # What the lower bits of a fingerprint tell apart; or what was known and is seen again.
    found.order[several] = alike[np.lexsort((key[alike], empreinte[alike], heads[alike]))]
    return found.order
