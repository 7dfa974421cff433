"""What a run did for groups of people: links, doubts, estimated errors, decisions.

Groups are made of what the files say (sex, birth, place), never of a guess from a name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

import polars as pl

from siei_match.output.estimates import Dimension, GroupRecord, IntervalRecord
from siei_match.reference.disclosure import SMALL_COUNT
from siei_match.reference.intervals import ratio_of_people
from siei_match.reference.vocabulary import A_VERIFIER
from siei_match.stages.publish.report.counts import hide

UNKNOWN: Final = "inconnu"
FEWEST_TESTED: Final = 30
"""Fewer people tested say nothing of their group."""
FEWEST_WRONG: Final = 3
"""One or two people, whatever lump of pairs they make, prove nothing of their group: the low end is zero."""
COUNTS: Final = ("personnes", "rapprochees", "doutes", "decidees", "sortants", A_VERIFIER)
PARTS: Final[Mapping[str, str]] = {
    "rapprochees": "personnes",
    "doutes": "personnes",
    "sortants": "decidees",
    A_VERIFIER: "sortants",
}
"""Of which other count each is a part: who is not of it must not be few either."""
TOLD_ELSEWHERE: Final = frozenset({"moins_de_18"})
"""The report says how many of the listed are minors: hiding that count would hide no other."""
SOURCES: Final[Dimension] = "extrait"
"""A person stands in several sources: these groups overlap, the others do not."""
RATE_DIGITS: Final = 4


@dataclass(frozen=True)
class GroupedPeople:
    """People with what is said of them, and what the test showed of those tested.

    people: `id_personne`, `by_likeness`, `doute`, `decidee`, `sortant`, `a_verifier` (booleans) and a
    column per dimension but `extrait`; null: not of this dimension. sources: `id_personne`, `extrait`, distinct. tested:
    `id_personne` and the other columns of `tables/personnes_testees` but `rid`.
    academies: every académie, those of nobody included.
    """

    people: pl.DataFrame
    sources: pl.DataFrame
    tested: pl.DataFrame
    academies: tuple[str, ...] = ()


def describe_groups(grouped: GroupedPeople) -> tuple[GroupRecord, ...]:
    """Return what the run did for each group, in a fixed order; small counts hidden."""
    return tuple(_describe(grouped))


def _describe(grouped: GroupedPeople) -> Iterator[GroupRecord]:
    for dimension in get_args(Dimension):
        people = grouped.people.drop_nulls(dimension) if dimension != SOURCES else None
        members = (
            grouped.people.join(grouped.sources, on="id_personne") if people is None else people
        )
        counted = _count(members, dimension)
        if dimension == "academie":
            # As the report's table of places: what is hidden there is hidden here.
            everywhere = pl.DataFrame({"groupe": grouped.academies}, {"groupe": pl.String})
            counted = everywhere.join(counted, on="groupe", how="left").fill_null(0)
        for row in conceal(counted.sort("groupe")).iter_rows(named=True):
            if dimension == "academie" and row["decidees"] == 0:
                continue
            inside = _tested_of(grouped, dimension, row["groupe"])
            yield GroupRecord(dimension=dimension, **row, **_rates(grouped.tested, inside))


def _count(members: pl.DataFrame, dimension: str) -> pl.DataFrame:
    flags = ("by_likeness", "doute", "decidee", "sortant", A_VERIFIER)
    return members.group_by(groupe=pl.col(dimension)).agg(
        pl.len().cast(pl.Int64).alias("personnes"),
        *(
            pl.col(flag).sum().cast(pl.Int64).alias(count)
            for flag, count in zip(flags, COUNTS[1:], strict=True)
        ),
    )


def conceal(counted: pl.DataFrame) -> pl.DataFrame:
    """Hide the small counts of a dimension's groups, and what would give them back.

    Args:
        counted: `groupe` and `COUNTS`, a row per group of one dimension.

    The sum of a column over all groups is known. So is a group's whole where its part is shown: where
    those outside of a part are few, the part is hidden too.
    """
    told = counted
    for column in COUNTS:
        free = ~pl.col("groupe").is_in(TOLD_ELSEWHERE)
        hidden = counted.filter(free).select(
            "groupe", hidden=hide(counted.filter(free), column, "groupe")
        )
        told = told.join(hidden, on="groupe", how="left", maintain_order="left")
        small = hide(counted.filter(~free), column, "groupe")
        alone = counted.filter(~free).select("groupe", alone=small)
        told = told.join(alone, on="groupe", how="left", maintain_order="left")
        veiled = pl.coalesce("hidden", "alone", pl.lit(value=False))
        told = told.with_columns(pl.when(~veiled).then(pl.col(column)).alias(column))
        told = told.drop("hidden", "alone")
    exact = counted.select("groupe", *(pl.col(c).alias(f"_{c}") for c in COUNTS))
    both = told.join(exact, on="groupe", how="left", maintain_order="left")
    few = {
        part: (pl.col(f"_{w}") - pl.col(f"_{part}")).is_between(1, SMALL_COUNT - 1)
        for part, w in PARTS.items()
    }
    parts = both.with_columns(
        pl.when(~outside).then(pl.col(part)).alias(part) for part, outside in few.items()
    )
    free = ~pl.col("groupe").is_in(TOLD_ELSEWHERE)
    return parts.with_columns(_hide_one_more(pl.col(part), free) for part in PARTS).select(
        "groupe", *COUNTS
    )


def _hide_one_more(column: pl.Expr, free: pl.Expr) -> pl.Expr:
    """Hide the least count that is told where one alone is hidden: the sum would give that one back."""
    alone = (column.is_null() & free).sum() == 1
    least = pl.when(free & (column > 0)).then(column).min()
    return pl.when(~(alone & free & (column == least)).fill_null(value=False)).then(column)


def _tested_of(grouped: GroupedPeople, dimension: str, name: str) -> pl.Series:
    """Tell which rows of `tested` are of a group; null: of none of the dimension's."""
    if dimension == SOURCES:
        return grouped.tested.select(
            inside=(pl.col("extrait_a") == name) | (pl.col("extrait_b") == name)
        )["inside"]
    of = grouped.tested.select("id_personne").join(
        grouped.people.select("id_personne", dimension),
        on="id_personne",
        how="left",
        maintain_order="left",
    )
    return of[dimension] == name


def _rates(tested: pl.DataFrame, inside: pl.Series) -> dict[str, Any]:
    """Return the errors of a group and of everybody else; nothing where too few were tested."""
    mine, others = tested.filter(inside), tested.filter(~inside)
    people = mine.filter(pl.col("testees") > 0)["id_personne"].n_unique()
    if people < FEWEST_TESTED:
        return {}
    found: dict[str, Any] = {"personnes_testees": people}
    for where, rows in (("", mine), ("_ailleurs", others)):
        sums = rows.group_by("id_personne").agg(pl.col("testees", "manquees", "fausses").sum())
        right = sums["testees"] - sums["manquees"]
        for kind, part, whole in (
            ("manques", sums["manquees"], sums["testees"]),
            ("faux", sums["fausses"], right + sums["fausses"]),
        ):
            ends = ratio_of_people(part.to_numpy(), whole.to_numpy())
            middle, low, high = (round(end, RATE_DIGITS) for end in ends)
            low = low if (part > 0).sum() >= FEWEST_WRONG else 0.0
            found[f"taux_{kind}{where}"] = IntervalRecord(estimation=middle, bas=low, haut=high)
    return found
