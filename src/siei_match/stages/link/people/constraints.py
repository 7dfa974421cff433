"""Clerks' judgements as constraints: must-link, cannot-link, and pairs that stay in doubt.

They win over the model and over the sure tiers. What clerks say against each other is never
resolved here: such pairs are kept apart and in doubt, for people to settle.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.vocabulary import AUTRE, CONTESTE, CONTRADICTION, MEME
from siei_match.stages.link.people.tiers import components
from siei_match.stages.link.records.records import MOST_FICHES, Fiches

Labels = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]
SEPARATING: Final = (AUTRE, CONTESTE, CONTRADICTION)
"""The two rows are not put together."""
UNSETTLED: Final = (CONTESTE, CONTRADICTION)
"""The pair is in doubt, whatever the model says."""
STRENGTH: Final = (MEME, AUTRE, CONTESTE, CONTRADICTION)
"""Where several judgements meet on one pair, the last of these holds."""
PAIRS: Final[dict[str, Any]] = {"a": pl.UInt32, "b": pl.UInt32, "revue": pl.String}


@dataclass(frozen=True)
class BoundCounts:
    """What became of judgements that are about rows on both sides.

    binding: about records of this delivery. unclear: several records answer to a description and
    may be several people, so that nobody is bound.
    """

    binding: int
    unclear: int


@dataclass(frozen=True)
class Constraints:
    """Judged pairs of fiches: `a` < `b`, `revue`; what became of the judgements, if there are any."""

    pairs: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PAIRS))
    counts: BoundCounts | None = None

    def add_to(self, near: pl.DataFrame, loosened: pl.DataFrame, groups: Labels) -> pl.DataFrame:
        """Return the pairs to look at, with those judged and those that judgements took apart."""
        if self.pairs.is_empty():
            return near
        more = pl.concat([loosened, self.pairs.select("a", "b")])
        between = groups[more["a"].to_numpy()] != groups[more["b"].to_numpy()]
        return pl.concat([near, more.filter(pl.Series(between))]).unique().sort("a", "b")

    def mark(self, gathered: pl.DataFrame, groups: Labels) -> pl.DataFrame:
        """Add `revue` to evidence between groups; no column where nobody judged anything."""
        if self.pairs.is_empty():
            return gathered
        return gathered.join(
            self.of_groups(groups), on=["ga", "gb"], how="left", maintain_order="left"
        )

    def of_groups(self, groups: Labels) -> pl.DataFrame:
        """Return `ga` < `gb`, `revue`: what was judged between two groups."""
        ga, gb = (groups[self.pairs[side].to_numpy()] for side in ("a", "b"))
        return strongest(
            pl.DataFrame(
                {
                    "ga": np.minimum(ga, gb),
                    "gb": np.maximum(ga, gb),
                    "revue": self.pairs["revue"],
                },
                schema_overrides={"ga": pl.UInt32, "gb": pl.UInt32},
            ).filter(pl.col("ga") != pl.col("gb")),
            ["ga", "gb"],
        )


NOBODY: Final = Constraints()
"""Nobody judged anything."""


def judgement_of(frame: pl.DataFrame) -> pl.Expr:
    """Return what clerks said of each row of evidence, null where nobody did."""
    return pl.col("revue") if "revue" in frame.columns else pl.lit(None, pl.String)


def joins(frame: pl.DataFrame) -> pl.Expr:
    return judgement_of(frame).eq_missing(pl.lit(MEME))


def separates(frame: pl.DataFrame) -> pl.Expr:
    return judgement_of(frame).is_in(SEPARATING).fill_null(value=False)


def strongest(judged: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return one judgement a key: of several, the most cautious."""
    order = pl.col("revue").replace_strict(
        list(STRENGTH), range(len(STRENGTH)), return_dtype=pl.UInt8
    )
    return judged.sort(*keys, order).group_by(keys, maintain_order=True).agg(pl.col("revue").last())


def bind(
    judgements: pl.DataFrame | None,
    fiches: Fiches,
    groups: Labels,
    believed: Callable[[pl.DataFrame], Bools],
) -> Constraints:
    """Bring judgements to the records that they are about, and look for contradictions.

    A judgement is about one person on each side. Where several records answer to a side's
    description and nothing says that they are one person, only the very record that the clerk saw
    is meant; if it is gone the judgement binds nobody, and is counted as `unclear`.

    Args:
        judgements: see `judged.match`.
        fiches: the campaign's records.
        groups: their sure groups.
        believed: tells which pairs `a`, `b` of fiches the model would link.
    """
    if judgements is None or judgements.is_empty():
        return Constraints()
    sides = (
        judgements.join(fiches.lignes, on="rid")
        .group_by("paire", "reponse", "cote", "fiche")
        .agg(pl.col("exact").any())
        .sort("paire", "cote", "fiche")
    )
    kept = one_person_a_side(sides, fiches, groups, believed)
    crossed = kept.filter(cote="a").join(kept.filter(cote="b"), on="paire", suffix="_b")
    clear = crossed.filter((pl.col("fiche") != pl.col("fiche_b")).all().over("paire"))
    judged = clear.select(
        a=pl.min_horizontal("fiche", "fiche_b"),
        b=pl.max_horizontal("fiche", "fiche_b"),
        revue="reponse",
    )
    pairs = contradict(fiches.count, opposed(judged))
    both = sides.group_by("paire").agg(pl.col("cote").n_unique() == 2).filter("cote").height
    bound = clear["paire"].n_unique()
    return Constraints(pairs, BoundCounts(binding=bound, unclear=both - bound))


def opposed(judged: pl.DataFrame) -> pl.DataFrame:
    """Return one judgement a pair; two judgements that say it both ways are a contradiction."""
    joined = pl.col("revue") == MEME
    return strongest(
        judged.with_columns(
            revue=pl.when(joined.any().over("a", "b") & ~joined.all().over("a", "b"))
            .then(pl.lit(CONTRADICTION))
            .otherwise("revue")
        ),
        ["a", "b"],
    )


def one_person_a_side(
    sides: pl.DataFrame, fiches: Fiches, groups: Labels, believed: Callable[[pl.DataFrame], Bools]
) -> pl.DataFrame:
    """Keep, of each side, its fiches if they are one person, else the one that was seen."""
    several = sides.filter(pl.len().over("paire", "cote").is_between(2, MOST_FICHES))
    crossed = several.join(several, on=["paire", "cote"], suffix="_b").filter(
        pl.col("fiche") < pl.col("fiche_b")
    )
    near = crossed.select(a="fiche", b="fiche_b").unique().sort("a", "b")
    same = pl.Series(groups[near["a"].to_numpy()] == groups[near["b"].to_numpy()])
    linked = near.filter(same | pl.Series(believed(near))) if near.height else near
    whole = components(fiches.count, linked)
    one = pl.col("personne").n_unique().over("paire", "cote") == 1
    return sides.with_columns(personne=pl.Series(whole[sides["fiche"].to_numpy()])).filter(
        one | pl.col("exact")
    )


def contradict(count: int, pairs: pl.DataFrame) -> pl.DataFrame:
    """Mark judgements that cannot all hold: A is B, B is C, yet A is not C. All of them stay in doubt."""
    person = components(count, pairs.filter(revue=MEME))
    ends = pairs.with_columns(
        pa=pl.Series(person[pairs["a"].to_numpy()]), pb=pl.Series(person[pairs["b"].to_numpy()])
    )
    inside = (pl.col("pa") == pl.col("pb")) & (pl.col("revue") != MEME)
    broken = ends.filter(inside)["pa"].unique()
    torn = (pl.col("pa") == pl.col("pb")) & pl.col("pa").is_in(broken.implode())
    return ends.select(
        "a", "b", revue=pl.when(torn).then(pl.lit(CONTRADICTION)).otherwise("revue")
    ).sort("a", "b")


def dissolve(count: int, sure: pl.DataFrame, judged: Constraints) -> tuple[Bools, pl.DataFrame]:
    """Find the sure groups that a judgement forbids, what joins them by other judgements included.

    Args:
        count: number of fiches.
        sure: `a`, `b`, pairs of the sure tiers.
        judged: what clerks judged.

    Returns: which fiches are on their own again, and all the pairs among those that were together,
        to be solved by evidence.
    """
    pairs = judged.pairs
    joined = pl.concat([sure.select("a", "b"), pairs.filter(revue=MEME).select("a", "b")])
    whole = components(count, joined)
    apart = pairs.filter(pl.col("revue").is_in(SEPARATING))
    ends = [whole[apart[side].to_numpy()] for side in ("a", "b")]
    struck = np.zeros(int(whole.max(initial=0)) + 1, dtype=np.bool_)
    struck[ends[0][ends[0] == ends[1]]] = True
    loose = np.asarray(struck[whole])
    members = pl.DataFrame({"fiche": np.flatnonzero(loose), "ensemble": whole[loose]}).cast(
        pl.UInt32
    )
    among = members.join(members, on="ensemble", suffix="_b").filter(
        pl.col("fiche") < pl.col("fiche_b")
    )
    return loose, among.select(a="fiche", b="fiche_b").sort("a", "b")


def settle(gathered: pl.DataFrame, people: Labels) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the pairs `ga` < `gb` of people whom clerks separate, and those whom they leave in doubt."""
    if "revue" not in gathered.columns:
        none = gathered.select("ga", "gb").clear()
        return none, none
    judged = gathered.filter(separates(gathered)).select("ga", "gb", "revue")
    pa, pb = (people[judged[side].to_numpy()] for side in ("ga", "gb"))
    ends = judged.with_columns(ga=pl.Series(np.minimum(pa, pb)), gb=pl.Series(np.maximum(pa, pb)))
    found = strongest(ends, ["ga", "gb"])
    unsettled = pl.col("revue").is_in(UNSETTLED)
    return (
        found.filter(~unsettled).select("ga", "gb"),
        found.filter(unsettled).select("ga", "gb"),
    )
