"""What a run did for groups of people: links, doubts, estimated errors, decisions.

Groups are made of what the files say (sex, birth, place), never of a guess from a name.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

import polars as pl

from siei_match.output.databases.indicators import LISTED, SCOPE
from siei_match.output.databases.places import PAYS, UNKNOWN_PLACE
from siei_match.output.estimates import Dimension, GroupRecord, IntervalRecord
from siei_match.reference.disclosure import Ledger, as_cells, conceal
from siei_match.reference.intervals import ratio_of_people
from siei_match.reference.vocabulary import A_VERIFIER
from siei_match.stages.publish.report.places import WITHOUT_ACADEMY

UNKNOWN: Final = "inconnu"
FEWEST_TESTED: Final = 30
"""Fewer people tested say nothing of their group."""
FEWEST_WRONG: Final = 3
"""One or two people, whatever lump of pairs they make, prove nothing of their group: the low end is zero."""
COUNTS: Final = ("personnes", "rapprochees", "doutes", "decidees", "sortants", A_VERIFIER)
PARTS: Final[Mapping[str, str]] = {
    "rapprochees": "personnes",
    "doutes": "personnes",
    "decidees": "personnes",
    "sortants": "decidees",
    A_VERIFIER: "sortants",
}
"""Of which other count each is a part: who is not of it must not be few either."""
KNOWN: Final = ("personnes", "decidees", "sortants", A_VERIFIER)
"""Counts that are told of everybody together."""
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "sexe": ("F", "M", UNKNOWN),
    "age": ("moins_de_18", "18_a_20", "21_a_25", "26_et_plus", UNKNOWN),
    "naissance": ("france", "etranger", UNKNOWN),
    "territoire": ("hexagone", "outre_mer", UNKNOWN),
}
"""The groups of each dimension that everybody is in once: of nobody too."""
PLACES: Final = {"decidees": SCOPE, "sortants": LISTED, A_VERIFIER: "a_verifier"}
"""What the tables of places tell of an académie."""
SOURCES: Final[Dimension] = "extrait"
"""A person stands in several sources: these groups overlap, the others do not."""
RATE_DIGITS: Final = 4


@dataclass(frozen=True)
class GroupedPeople:
    """Some people with what is said of them, and what the test showed of those tested.

    people: `personne`, `by_likeness`, `doute`, `decidee`, `sortant`, `a_verifier` (booleans) and a
    column per dimension but `extrait`; null: not of this dimension. sources: `personne`, `extrait`, distinct. tested:
    `personne` and the other columns of `tables/personnes_testees` but `rid`.
    """

    people: pl.DataFrame
    sources: pl.DataFrame
    tested: pl.DataFrame


def describe_groups(
    parts: Iterable[GroupedPeople], places: pl.DataFrame
) -> tuple[GroupRecord, ...]:
    """Return what the run did for each group, in a fixed order; small counts hidden.

    Args:
        parts: everybody, some people at a time.
        places: what is told of places (`output.databases.indicators.tell_indicators`).
    """
    return tuple(_describe(parts, places))


def _describe(parts: Iterable[GroupedPeople], places: pl.DataFrame) -> Iterator[GroupRecord]:
    found = [
        (
            pl.concat(_count(part, dimension) for dimension in get_args(Dimension)),
            part.tested,
            # Of whoever was not tested nothing but counts is kept.
            part.people.join(part.tested, on="personne", how="semi"),
        )
        for part in parts
    ]
    counted, tested, people = (pl.concat(frames) for frames in zip(*found, strict=True))
    for row in conceal_groups(_add_up(counted), places).iter_rows(named=True):
        if row["personnes"] != 0:
            inside = _tested_of(tested, people, row["dimension"], row["groupe"])
            yield GroupRecord(**row, **_rates(tested, inside))


def _add_up(counted: pl.DataFrame) -> pl.DataFrame:
    """Add the counts of all parts, in the order of dimensions, then of groups."""
    dimensions = pl.Enum(get_args(Dimension))
    return (
        counted.group_by(pl.col("dimension").cast(dimensions), "groupe")
        .agg(pl.col(COUNTS).sum())
        .sort("dimension", "groupe")
        .with_columns(pl.col("dimension").cast(pl.String))
    )


def _count(grouped: GroupedPeople, dimension: str) -> pl.DataFrame:
    """Count the groups of a dimension: dimension, groupe and `COUNTS`."""
    if dimension == SOURCES:
        members = grouped.people.join(grouped.sources, on="personne")
    elif dimension in GROUPS:
        members = grouped.people.with_columns(pl.col(dimension).fill_null(UNKNOWN))
    else:
        members = grouped.people.drop_nulls(dimension)
    flags = ("by_likeness", "doute", "decidee", "sortant", A_VERIFIER)
    counted = members.group_by(groupe=pl.col(dimension)).agg(
        pl.len().cast(pl.Int64).alias("personnes"),
        *(
            pl.col(flag).sum().cast(pl.Int64).alias(count)
            for flag, count in zip(flags, COUNTS[1:], strict=True)
        ),
    )
    known = pl.DataFrame({"groupe": GROUPS.get(dimension, ())}, {"groupe": pl.String})
    every = pl.concat([known, counted.select("groupe")]).unique()
    return (
        every.join(counted, on="groupe", how="left")
        .select(pl.lit(dimension).alias("dimension"), "groupe", pl.col(COUNTS).fill_null(0))
        .sort("groupe")
    )


def conceal_groups(counted: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Hide the small counts of all groups, and what would give them back.

    Args:
        counted: dimension, groupe and `COUNTS`.
        places: see `describe_groups`; an académie's people in scope, and those listed, are told as there.

    Output: `counted`, a hidden count absent.
    """
    cells = counted.unpivot(
        COUNTS, index=["dimension", "groupe"], variable_name="count", value_name="n"
    ).with_columns(kind=pl.lit("="))
    rest = _count_rest(cells)
    every = pl.concat([cells, rest]).with_columns(cell=_cell()).join(
        _told_elsewhere(places, cells), on=["dimension", "groupe", "count", "kind"], how="left",
        maintain_order="left",
    )  # fmt: skip
    totals = _sum_up(every)
    ledger = Ledger(
        pl.concat([as_cells(every), as_cells(totals)]), pl.concat([_lines(every), _sums(every)])
    )
    told = conceal(ledger).head(cells.height).select("told")
    shown = pl.concat([cells, told], how="horizontal").with_columns(n=pl.when("told").then("n"))
    return shown.pivot("count", index=["dimension", "groupe"], values="n", maintain_order=True)


def _cell() -> pl.Expr:
    return pl.concat_str("count", "kind", "dimension", "groupe", separator="|")


def _count_rest(cells: pl.DataFrame) -> pl.DataFrame:
    """Count who is of a group and not of a part: kind `-`."""
    pairs = pl.DataFrame(list(PARTS.items()), ["count", "whole"], orient="row")
    wholes = cells.select("dimension", "groupe", whole="count", all="n")
    return (
        cells.join(pairs, on="count", maintain_order="left")
        .join(wholes, on=["dimension", "groupe", "whole"], maintain_order="left")
        .select(
            "dimension", "groupe", "count", n=pl.col("all") - pl.col("n"), kind=pl.lit("-")
        )
    )  # fmt: skip


def _told_elsewhere(places: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """Return what other tables tell of the same people: dimension, groupe, count, kind, told, floor."""
    named = pl.DataFrame(list(PLACES.items()), ["count", "indicateur"], orient="row")
    here = pl.col("lieu").replace(UNKNOWN_PLACE, WITHOUT_ACADEMY)
    academies = (
        places.filter(niveau="academie")
        .join(named, on="indicateur")
        .select("count", "told", dimension=pl.lit("academie"), groupe=here)
    )
    # Who has an académie is in scope.
    people = academies.filter(count="decidees").with_columns(count=pl.lit("personnes"))
    minors = places.filter(niveau=PAYS, indicateur="obligation_formation").select(
        "n", "told", count=pl.lit("sortants"), dimension=pl.lit("age"), groupe=pl.lit("moins_de_18")
    )
    same = minors.join(cells, on=["dimension", "groupe", "count", "n"], how="semi")
    keys = ["dimension", "groupe", "count", "told"]
    every = pl.concat([frame.select(keys) for frame in (people, academies, same)])
    return every.with_columns(kind=pl.lit("="), floor=pl.when(~pl.col("told")).then(0))


def _sum_up(cells: pl.DataFrame) -> pl.DataFrame:
    """Return the counts of everybody: told, or known where all groups of a dimension are."""
    known = pl.col("count").is_in(KNOWN) & (pl.col("kind") == "=")
    return (
        cells.filter(dimension="sexe")
        .group_by("count", "kind", maintain_order=True)
        .agg(pl.col("n").sum())
        .select(
            "n",
            cell=pl.concat_str("count", "kind", separator="|"),
            told=pl.when(known).then(pl.lit(value=True)),
        )
    )


def _lines(cells: pl.DataFrame) -> pl.DataFrame:
    """Return the sums over the groups of each dimension that everybody is in once."""
    of = cells.filter(pl.col("dimension").is_in([*GROUPS]))
    name = pl.concat_str("count", "kind", "dimension", separator="|")
    total = pl.concat_str("count", "kind", separator="|")
    return pl.concat(
        [
            of.select(sum=name, cell=total, whole=pl.lit(value=True)).unique(maintain_order=True),
            of.select(sum=name, cell="cell", whole=pl.lit(value=False)),
        ]
    )


def _sums(cells: pl.DataFrame) -> pl.DataFrame:
    """Return the sums of each group: who is of a part and who is not."""
    parts = cells.filter(pl.col("count").is_in([*PARTS]))
    name = pl.concat_str("count", "dimension", "groupe", separator="|")
    whole = pl.col("count").replace_strict(PARTS)
    return pl.concat(
        [
            parts.select(
                sum=name, whole=pl.lit(value=True),
                cell=pl.concat_str(whole, pl.lit("="), "dimension", "groupe", separator="|"),
            ).unique(maintain_order=True).select("sum", "cell", "whole"),
            parts.select(sum=name, cell="cell", whole=pl.lit(value=False)),
        ]
    )  # fmt: skip


def _tested_of(tested: pl.DataFrame, people: pl.DataFrame, dimension: str, name: str) -> pl.Series:
    """Tell which rows of `tested` are of a group; null: of none of the dimension's."""
    if dimension == SOURCES:
        either = (pl.col("extrait_a") == name) | (pl.col("extrait_b") == name)
        return tested.select(inside=either)["inside"]
    of = tested.select("personne").join(
        people.select("personne", dimension), on="personne", how="left", maintain_order="left"
    )
    return of[dimension] == name


def _rates(tested: pl.DataFrame, inside: pl.Series) -> dict[str, Any]:
    """Return the errors of a group and of everybody else; nothing where too few were tested."""
    mine, others = tested.filter(inside), tested.filter(~inside)
    people = mine.filter(pl.col("testees") > 0)["personne"].n_unique()
    if people < FEWEST_TESTED:
        return {}
    found: dict[str, Any] = {"personnes_testees": people}
    for where, rows in (("", mine), ("_ailleurs", others)):
        sums = rows.group_by("personne").agg(pl.col("testees", "manquees", "fausses").sum())
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
