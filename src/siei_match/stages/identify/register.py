"""The register: by which fingerprints each identifier is known, since when and until when.

Inside, identifiers are numbers (their rank among all) and the few texts are categories: twenty
million texts take ten times as long to join and to sort.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import Runs, runs
from siei_match.reference.contracts import declaration
from siei_match.stages.identify.fingerprints import GENRES

AT_ONCE = 1 << 21
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
    """Put registers together: all identifiers in order, and their fingerprints by rank."""
    runs_of_ids = [r["id_personne"].rle().struct.unnest() for r in registers]
    names = pl.concat([pl.Series("value", [], pl.String), *(r["value"] for r in runs_of_ids)])
    ids = names.unique().sort().alias("id_personne")
    parts = [
        codes.coded(register, spread_runs(found, ids))
        for register, found in zip(registers, runs_of_ids, strict=True)
    ]
    known = parts[0] if len(parts) == 1 else pl.concat(parts).unique(["rang", "empreinte", "cle"])
    return ids, known


def spread_runs(found: pl.DataFrame, ids: pl.Series) -> pl.Series:
    """Return the rank among `ids` of each row whose identifiers stand in runs (`len`, `value`)."""
    ranks = pl.DataFrame([ids.alias("value")]).with_row_index("rang")
    places = found.join(ranks, on="value", how="left", maintain_order="left")["rang"]
    return pl.Series("rang", np.repeat(places.to_numpy(), found["len"].to_numpy()))


def hand_on(
    inherited: pl.DataFrame,
    prints: pl.DataFrame,
    people: pl.DataFrame,
    redirections: pl.DataFrame,
    campagne: str,
    key: str,
) -> pl.DataFrame:
    """Return the register to hand on (`tables/registre`): what was known, and what is seen now.

    Args:
        inherited: the register of the campaign before.
        prints: `personne`, `genre`, `empreinte` of this campaign.
        people: `personne`, `id_personne`.
        redirections: `id_ancien`, `id_personne`: what was known of the one is the other's now.
        campagne: code of this campaign.
        key: the name of the key under which `prints` were made (`settings.key_id`).

    Its few texts are categories (Enum), which Parquet holds as texts.
    """
    codes = Codes.of([inherited], campagne, key)
    before = inherited["id_personne"].rle().struct.unnest()
    owners = before.join(
        redirections.select("id_ancien", "id_personne"),
        left_on="value",
        right_on="id_ancien",
        how="left",
        maintain_order="left",
    ).select("len", value=pl.coalesce("id_personne", "value"))
    ids = pl.concat([people["id_personne"], owners["value"].alias("id_personne")]).unique().sort()
    now = pl.lit(campagne, codes.campagnes)
    seen = {"cle": pl.lit(key, codes.keys), "campagne": now, "derniere": now}
    old, new = spread_runs(owners, ids), rank_rows(prints["personne"], people, ids)
    kept = [codes.coded(inherited.clear(), old.clear())]
    for first in range(0, len(ids), AT_ONCE):
        were, are = (ranks.is_between(first, first + AT_ONCE - 1) for ranks in (old, new))
        told = prints.filter(are).select(new.filter(are), "genre", "empreinte", **seen)
        known = codes.coded(inherited.filter(were), old.filter(were))
        kept.append(merge_prints(pl.concat([known, told])))
    every = pl.concat(kept, rechunk=False)
    named = every.with_columns(ids.gather(every["rang"]))
    return named.select(declaration("tables/registre").columns)


def rank_rows(personnes: pl.Series, people: pl.DataFrame, ids: pl.Series) -> pl.Series:
    """Return the rank among `ids` of each of some people (`personne`) by their identifier."""
    ranks = people.join(pl.DataFrame([ids]).with_row_index("rang"), on="id_personne")
    of_person = np.zeros(int(people["personne"].max() or 0) + 1, dtype=np.uint32)  # type: ignore[arg-type]
    of_person[ranks["personne"].to_numpy()] = ranks["rang"].to_numpy()
    return pl.Series("rang", of_person[personnes.to_numpy()])


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
