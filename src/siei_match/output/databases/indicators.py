"""Counts of a campaign's people by place and indicator, and which of them are told.

The tables that tell them (indicateurs and its views, cohortes, the report's places and groups) ask here,
so that what one hides no other tells.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from siei_match.output.bac import FOLLOWED
from siei_match.output.databases.places import PAYS, PLACED, part_lines, sum_places
from siei_match.reference.disclosure import Ledger, as_cells, conceal, is_small
from siei_match.reference.vocabulary import A_VERIFIER

LISTED: Final = "sortants"
SCOPE: Final = "personnes_champ"
OTHERS: Final = "non_listes"
"""Who is in scope and on no list; told nowhere, known where both are."""
PARTITIONS: Final = {
    "statuts": (OTHERS, ("hors_champ", "en_formation", "diplomes", "retours")),
    "doutes": (LISTED, ("confirmes", "a_verifier")),
    "ages": (LISTED, ("obligation_formation", "droit_retour")),
    "anciennete": (LISTED, ("nouveaux", "deja_signales")),
    "suivis": (LISTED, ("suivis_mission_locale", "non_suivis")),
}
"""Of what other indicators one is the sum, by the name of what tells them apart."""
REST: Final = "*"
COUNTED: Final = ("id_personne", "psad", "statut", "motif", "age", "suivi_mission_locale")
"""Of decisions, what `count_indicators` reads: whoever holds them in a file asks for no more."""


def count_indicators(decisions: pl.DataFrame, new: pl.Series) -> pl.DataFrame:
    """Count decisions by platform: `psad` and a column per indicator.

    new: the `id_personne` of those whom no earlier campaign had listed.
    """
    listed, followed = pl.col("statut") == "sortant", pl.col("suivi_mission_locale")
    first, minor = pl.col("id_personne").is_in(new.implode()), pl.col("age") < 18
    conditions = {
        SCOPE: pl.lit(value=True),
        OTHERS: ~listed,
        "hors_champ": pl.col("statut") == "hors_champ",
        "en_formation": pl.col("statut") == "en_formation",
        "diplomes": pl.col("statut") == "diplome",
        "retours": pl.col("statut") == "retour",
        LISTED: listed,
        "confirmes": listed & (pl.col("motif") == "confirme"),
        "a_verifier": listed & (pl.col("motif") == A_VERIFIER),
        "obligation_formation": listed & minor,
        "droit_retour": listed & ~minor,
        "nouveaux": listed & first,
        "deja_signales": listed & ~first,
        "suivis_mission_locale": listed & followed,
        "non_suivis": listed & ~followed,
    }
    flags = decisions.select("psad", **conditions)
    return flags.group_by("psad").agg(pl.col(list(conditions)).sum().cast(pl.Int64)).sort("psad")


def tell_lists(counts: pl.DataFrame, zones: pl.DataFrame) -> pl.DataFrame:
    """Decide which lengths of lists are told, from platforms to the country: by them alone.

    A later campaign, a cohort and the reports of both tell the same lengths: they hide the same ones.

    Args:
        counts: `psad`, `sortants`; a platform that is left out has nobody.
        zones: tables/psad.

    Output: niveau, lieu, indicateur, n, told.
    """
    return _tell_tree(sum_places(counts.select("psad", LISTED), zones), LISTED, zones)


def tell_bac_holders(counts: pl.DataFrame, zones: pl.DataFrame) -> pl.DataFrame:
    """Decide how many holders of the bac général alone are told, and where.

    Their residence alone places them, and no other count has them as a part: they are decided by themselves.
    Nothing else tells how many the country has: that is hidden too where it is small, and no place then says that it has none.

    counts: `psad`, `bac_general_suivis`. Output: as that of `tell_lists`.
    """
    summed = sum_places(counts.select("psad", FOLLOWED), zones)
    few = (pl.col("niveau") == PAYS) & is_small(pl.col("n"))
    return _tell_tree(summed, FOLLOWED, zones).with_columns(pl.col("told") & ~few)


def tell_indicators(counts: pl.DataFrame, zones: pl.DataFrame) -> pl.DataFrame:
    """Decide which indicators of which places are told; lengths of lists as `tell_lists` does.

    Whoever is told of no list's length is told of none of its parts; a place's parts are decided while all
    else stays: what could be otherwise there could be, whatever is told elsewhere.

    counts: as `count_indicators` returns; a partition that is not counted whole is left out. Output: as that of `tell_lists`.
    """
    summed = sum_places(counts, zones)
    lists = tell_lists(counts, zones)
    found = [lists]
    if OTHERS in counts.columns:
        silent = lists.filter(~pl.col("told")).select(PLACED)
        others = _tell_tree(summed, OTHERS, zones, silent)
        scope = summed.filter(indicateur=SCOPE).join(
            others.select(*PLACED, "told"), on=PLACED, maintain_order="left"
        )
        found += [others, scope]
    if FOLLOWED in counts.columns:
        found.append(tell_bac_holders(counts, zones))
    counted = {
        name: (whole, parts)
        for name, (whole, parts) in PARTITIONS.items()
        if {whole, *parts} <= {*counts.columns}
    }
    country = summed.filter(niveau=PAYS).with_columns(told=pl.lit(value=True))
    lines = pl.concat(part_lines(zones, counts["psad"]))
    return pl.concat([*found, tell_parts(summed, pl.concat(found), lines, counted, country)])


def _tell_tree(
    summed: pl.DataFrame, indicator: str, zones: pl.DataFrame, silent: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Decide one indicator of all places at once; the country's is told, those of `silent` are not."""
    mine = summed.filter(indicateur=indicator)
    hidden = mine.join(silent, on=PLACED, how="semi") if silent is not None else mine.clear()
    open_ = pl.when(niveau=PAYS).then(pl.lit(value=True))
    shut = pl.when(pl.struct(PLACED).is_in(hidden.select(pl.struct(PLACED)).to_series().implode()))
    cells = mine.with_columns(
        cell=_cell(), told=pl.coalesce(open_, shut.then(pl.lit(value=False))), floor=shut.then(0)
    )
    lines = pl.concat(part_lines(zones, mine.filter(niveau="psad")["lieu"]))
    told = conceal(
        Ledger(as_cells(cells), _sums_of(lines.with_columns(indicateur=pl.lit(indicator))))
    )
    return mine.with_columns(told=told["told"])


def tell_parts(
    summed: pl.DataFrame,
    wholes: pl.DataFrame,
    lines: pl.DataFrame,
    partitions: Mapping[str, tuple[str, tuple[str, ...]]],
    top: pl.DataFrame,
) -> pl.DataFrame:
    """Decide the parts of what is counted at each place, from the widest places to the narrowest.

    Args:
        summed: niveau, lieu, indicateur, n.
        wholes: the same of what the parts are parts of, with `told`.
        lines: rank, line, above, of, niveau, lieu: `niveau`, `lieu` is one of the places of which `above`, `of` is
            made, with the others of its `line`; rank tells the order in which they are decided.
        partitions: see `PARTITIONS`.
        top: as `summed`, with `told`, of the places that are in no other.

    Output: as `wholes`, of the parts.
    """
    named = pl.DataFrame(
        [(name, whole, part) for name, (whole, parts) in partitions.items() for part in parts],
        ["partition", "ensemble", "indicateur"], orient="row",
    )  # fmt: skip
    parts = summed.join(named, on="indicateur", how="inner", maintain_order="left").join(
        wholes.select(*PLACED, ensemble="indicateur", whole="n", whole_told="told"),
        on=[*PLACED, "ensemble"], maintain_order="left",
    )  # fmt: skip
    done = parts.join(
        top.select(*PLACED, "indicateur", "told"), on=[*PLACED, "indicateur"], maintain_order="left"
    )
    for (_,), stage in lines.sort("rank", maintain_order=True).group_by(
        "rank", maintain_order=True
    ):
        done = pl.concat([done, _tell_stage(parts, done, wholes, stage)])
    return done.select(*PLACED, "indicateur", "n", "told")


def _tell_stage(
    parts: pl.DataFrame, done: pl.DataFrame, wholes: pl.DataFrame, stage: pl.DataFrame
) -> pl.DataFrame:
    """Decide the parts at the places of a stage, those of the places above them being decided.

    Places of which no whole is told are one together: what is told of all others leaves theirs.
    """
    of = pl.col("niveau").alias("above"), pl.col("lieu").alias("of")
    above = done.select(*of, "indicateur", above_told="told")
    over = wholes.select(*of, ensemble="indicateur", above_known="told")
    mine = (
        parts.join(stage.select(*PLACED, "line", "above", "of"), on=PLACED, maintain_order="left")
        .join(above, on=["above", "of", "indicateur"], maintain_order="left")
        .join(over, on=["above", "of", "ensemble"], maintain_order="left")
        .with_columns(
            level=pl.when("whole_told").then("niveau").otherwise(pl.lit(REST)),
            place=pl.when("whole_told").then("lieu").otherwise("line"),
        )
    )
    merged = mine.group_by(
        "line", "above", "of", "partition", "ensemble", "indicateur", "above_told", "above_known",
        niveau="level", lieu="place", maintain_order=True,
    ).agg(pl.col("n", "whole").sum())  # fmt: skip
    # How many are at places that are not told is known by subtraction, where it is known of what.
    known = merged.filter(pl.col("above_known") | (pl.col("niveau") != REST))
    shut = pl.when(~pl.col("above_told"))
    cells = merged.with_columns(
        cell=_cell(), floor=shut.then(0), told=shut.then(pl.lit(value=False))
    )
    ensemble = pl.concat_str("ensemble", *PLACED, separator="|")
    fixed = known.select(
        pl.col("whole").alias("n"), cell=ensemble, told=pl.lit(value=True)
    ).unique()
    kept = done.select("n", cell=_cell(), told=pl.lit(value=True))
    sum_ = pl.concat_str(pl.lit("="), "partition", *PLACED, separator="|")
    by_kind = [
        known.select(sum=sum_, cell=ensemble, whole=pl.lit(value=True)).unique(maintain_order=True),
        known.select(sum=sum_, cell=_cell(), whole=pl.lit(value=False)),
    ]
    ledger = Ledger(
        pl.concat([as_cells(frame) for frame in (cells, fixed, kept)]),
        pl.concat([_sums_of(merged.filter("above_told")), *by_kind]),
    )
    told = merged.select("indicateur", level="niveau", place="lieu").with_columns(
        told=conceal(ledger)["told"].head(merged.height)
    )
    shown = pl.col("told") & (pl.col("whole_told") | (pl.col("n_of_place") == 0))
    return (
        mine.with_columns(n_of_place=pl.col("n").sum().over("level", "place", "indicateur"))
        .join(told, on=["level", "place", "indicateur"], maintain_order="left")
        .select(*parts.columns, told=shown)
    )


def _cell() -> pl.Expr:
    return pl.concat_str("indicateur", *PLACED, separator="|")


def _sums_of(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the sums of lines `line`, `above`, `of`, `niveau`, `lieu`, `indicateur`."""
    whole = pl.concat_str("indicateur", "above", "of", separator="|")
    name = pl.concat_str("indicateur", "line", separator="|")
    return pl.concat(
        [
            lines.select(sum=name, cell=whole, whole=pl.lit(value=True)).unique(
                maintain_order=True
            ),
            lines.select(sum=name, cell=_cell(), whole=pl.lit(value=False)),
        ]
    )
