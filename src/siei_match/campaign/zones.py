"""A territory before it is used: what its tables leave out, and who would move from one to another."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import newest_prepared
from siei_match.output.databases.indicators import LISTED, tell_lists
from siei_match.reference.concealment import conceal_parts
from siei_match.reference.disclosure import SMALL_COUNT
from siei_match.reference.nomenclatures import Psad, communes, load_psad
from siei_match.reference.vocabulary import UNPLACED
from siei_match.stages.normalise.places import resolve_communes

NOWHERE: Final = "–"
ADDRESS: Final = ("psad", "commune", "code_postal")
"""What is read of lists: where somebody lives, no name."""


@dataclass(frozen=True)
class Territory:
    """What `siei zones check` found of a folder of zones on a day.

    Attributes:
        zones: how many platforms, `communes` of how many there are, `split` of them by postal code.
        gaps: code, nom, departement of the communes of today in no zone.
        alone: code, nom, psad of the communes none of whose postal neighbours is of their zone.
        sizes: psad, communes, population, listed (of the last campaign), and whether that count is `told`, as
            `siei.duckdb` tells the lengths of lists; both null without a campaign.
        campaign: the code of that campaign.
    """

    zones: int
    communes: int
    split: int
    gaps: pl.DataFrame
    alone: pl.DataFrame
    sizes: pl.DataFrame
    campaign: str | None


@dataclass(frozen=True)
class Redrawing:
    """Who would move from one territory to another: communes, population, people of the last campaign.

    Attributes:
        moves: before, after, communes, population, listed, and whether that count is `hidden`.
        unplaced: people of the last campaign whose address names no commune: they follow their school.
        campaign: the code of that campaign.
    """

    moves: pl.DataFrame
    unplaced: int
    campaign: str | None


def check_zones(folder: Path, day: date, sortie: Path | None = None) -> Territory:
    """Look at a folder of zones as a run would on a day, and at what it leaves out.

    Raises:
        SettingsError: a run would refuse it.
        OutputError: the lists of the last campaign cannot be read.
    """
    psad = load_psad(folder, day)
    every = communes()
    code, people = _find_listed(sortie)
    placed = every.select("code", "nom", "population", "departement", "codes_postaux").join(
        psad.communes, left_on="code", right_on="code_commune", how="left"
    )
    listed = place_people(people, psad).group_by("psad").agg(pl.len().cast(pl.Int64).alias(LISTED))
    told = tell_lists(listed, psad.zones).filter(niveau="psad")
    sizes = (
        psad.zones.select(psad="code")
        .join(
            placed.group_by("psad").agg(communes=pl.len(), population=pl.col("population").sum()),
            on="psad",
            how="left",
        )
        .join(told.select("told", psad="lieu", listed="n"), on="psad", how="left")
        .with_columns(pl.col("communes", "population").fill_null(0))
        .with_columns(pl.when(pl.lit(code is not None)).then(pl.col("listed", "told")))
        .select("psad", "communes", "population", "listed", "told")
        .sort("population", "psad")
    )
    return Territory(
        zones=psad.zones.height,
        communes=psad.communes.height,
        split=psad.split["code_commune"].n_unique(),
        gaps=placed.filter(pl.col("psad").is_null()).select("code", "nom", "departement"),
        alone=_find_alone(placed),
        sizes=sizes,
        campaign=code,
    )


def compare_zones(before: Path, after: Path, day: date, sortie: Path | None = None) -> Redrawing:
    """Say who would move if one folder of zones took the place of another on a day.

    Raises:
        SettingsError: a run would refuse one of them.
        OutputError: the lists of the last campaign cannot be read.
    """
    old, new = load_psad(before, day), load_psad(after, day)
    code, people = _find_listed(sortie)
    land = communes().select(code_commune="code", population="population")
    pair = ["before", "after"]
    placed = land.join(old.communes.rename({"psad": "before"}), on="code_commune", how="left").join(
        new.communes.rename({"psad": "after"}), on="code_commune", how="left"
    )
    moved = (
        placed.with_columns(pl.col(pair).fill_null(NOWHERE))
        .filter(pl.col("before") != pl.col("after"))
        .group_by(pair)
        .agg(communes=pl.len(), population=pl.col("population").sum())
    )
    listed = (
        pl.DataFrame(
            {
                "before": place_people(people, old)["psad"],
                "after": place_people(people, new)["psad"],
            }
        )
        .filter(pl.col("before") != pl.col("after"))
        .group_by(pair)
        .agg(listed=pl.len())
    )
    every = moved.join(listed, on=pair, how="full", coalesce=True).with_columns(
        pl.col("communes", "population", "listed").fill_null(0)
    )
    # Everybody knows the sum.
    parts = every.sort(pair).select(
        pl.col("listed").cast(pl.Int64).alias("n"),
        ensemble=pl.lit("moved"),
        part=pl.concat_str(pair, separator="|"),
    )
    moves = every.sort(pair).with_columns(hidden=~conceal_parts(parts)["told"])
    # Hidden counts are told apart by nothing, not even by their rank.
    shown = pl.when("hidden").then(1).otherwise("listed")
    return Redrawing(
        moves.sort(shown, "population", *pair, descending=[True, True, False, False]),
        people["code_commune"].null_count(),
        code,
    )


def place_people(people: pl.DataFrame, psad: Psad) -> pl.DataFrame:
    """Return where each person of the last lists would be: psad, in the order of `people`.

    Of an address that names no commune, the platform that listed them stays.
    """
    return (
        people.join(psad.communes, on="code_commune", how="left", maintain_order="left")
        .join(
            psad.split.rename({"psad": "of_part"}),
            on=["code_commune", "code_postal"],
            how="left",
            maintain_order="left",
        )
        .select(
            psad=pl.when(pl.col("code_commune").is_null())
            .then("listed_by")
            .otherwise(pl.coalesce("of_part", "psad", pl.lit(NOWHERE)))
        )
    )


def _find_listed(sortie: Path | None) -> tuple[str | None, pl.DataFrame]:
    """Return the last campaign's code, and of each person listed: code_commune, code_postal, listed_by."""
    last = newest_prepared(sortie) if sortie else None
    if last is None:
        columns = dict.fromkeys(("listed_by", "code_postal", "code_commune"), pl.String)
        return None, pl.DataFrame(schema=columns)
    told = last.lists(*ADDRESS)
    nobody = pl.repeat(None, told.height, dtype=pl.String, eager=True)
    found = resolve_communes(nobody, told["commune"], told["code_postal"])
    return last.code, told.select(
        pl.col("psad").replace(UNPLACED, NOWHERE).alias("listed_by"),
        pl.col("code_postal").str.strip_chars().str.zfill(5),
        code_commune=found,
    )


def _find_alone(placed: pl.DataFrame) -> pl.DataFrame:
    """Find communes that share postal codes with communes of other zones alone: an outline slipped."""
    each = placed.drop_nulls("psad").explode("codes_postaux").drop_nulls("codes_postaux")
    pairs = each.join(each, on="codes_postaux", suffix="_other").filter(
        pl.col("code") != pl.col("code_other")
    )
    together = pl.col("psad") == pl.col("psad_other")
    lonely = pairs.group_by("code").agg(none=~together.any()).filter("none")
    return placed.join(lonely, on="code", how="semi").select("code", "nom", "psad")


def hide_small(count: int) -> str:
    """Say a count of people; a small one could tell who they are."""
    return f"{count:,}" if count == 0 or count >= SMALL_COUNT else f"1 to {SMALL_COUNT - 1}"
