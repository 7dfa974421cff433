"""The linkage, top to bottom: records, sure tiers, model, candidates, people."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.link.blocking import block
from siei_match.link.comparison import Comparator
from siei_match.link.estimation import learn_from_ine, refine, start_model
from siei_match.link.evidence import gather, group_bits, regroup
from siei_match.link.fiches import Fiches, build_fiches, filler_ines
from siei_match.link.grouping import agglomerate, weigh_rivals
from siei_match.link.liens import build_liens
from siei_match.link.model import Modele, pair_log_odds, to_bits
from siei_match.link.tiers import components, pairs_by_ine, pairs_by_traits
from siei_match.link.trace import Trace

log = logging.getLogger(__name__)

COUNTRY = 8_000_000
"""People of 16 to 25 in France, about (INSEE): whom a name and a date must tell apart."""
PROMISING_BITS = -9.0
"""Pairs of groups whose best candidate is below are settled: expanding them would change nothing."""
MOST_GROUPS = 60
"""Larger sets of groups hold more than one life; they are cut on the evidence already there."""
AUGUST_31 = (8, 31)


@dataclass(frozen=True)
class Rapprochement:
    """What linkage found.

    groupes: `tables/groupes`. liens: `tables/liens`. doutes: `personne_a`, `personne_b`, pairs of
    people in the doubtful zone. modele: the model as JSON data. comptes: counts of each step.
    """

    groupes: pl.DataFrame
    liens: pl.DataFrame
    doutes: pl.DataFrame
    modele: dict[str, Any]
    comptes: dict[str, Any] = field(default_factory=dict)
    erreurs: dict[str, Any] | None = None
    """What `mesure` said of this linkage."""


def link(
    traits: pl.DataFrame,
    parcours: pl.DataFrame,
    *,
    seuil_lien: float,
    seuil_doute: float,
    population: int | None = None,
    tell: Callable[[str], None] = log.info,
    mesure: Callable[[Trace], dict[str, Any]] | None = None,
) -> Rapprochement:
    """Find which rows are the same person.

    Args:
        traits: `tables/traits`.
        parcours: `tables/parcours`.
        seuil_lien: probability from which two rows are one person.
        seuil_doute: probability from which a pair is doubtful.
        population: people of these ages from whom the rows are drawn; by default France's.
        tell: receives one line per step, with counts only.
        mesure: judges the linkage once made (`estimate.measure`).
    """
    fiches = build_fiches(traits)
    comparator = Comparator(fiches, stays(fiches, parcours))
    people = population or COUNTRY
    tell(f"{traits.height} rows, {fiches.table.height} records")

    model = start_model(fiches, comparator)
    same_ine = comparator.compare(pairs_by_ine(fiches))
    model = learn_from_ine(model, same_ine)
    by_ine = scored(model, same_ine).filter(pl.col("bits") >= to_bits(seuil_lien))
    by_traits = pairs_by_traits(fiches, comparator, people)
    sure = pl.concat([by_ine.select("a", "b"), by_traits.select("a", "b")])
    groups = components(fiches.table.height, sure)
    tell(f"{by_ine.height} pairs by INE, {by_traits.height} by traits")

    candidates, passes = block(fiches, grouping_frame(groups))
    tell(f"{candidates.height} candidate pairs")
    compared = comparator.compare(candidates)
    model = refine(model, same_ine, compared, fiches)
    gathered = between_groups(model, comparator, compared, groups, to_bits(seuil_doute))
    gathered = weigh_rivals(gathered, to_bits(seuil_doute))
    sizes = np.bincount(groups)
    people_of_groups = agglomerate(len(sizes), sizes, gathered, to_bits(seuil_lien), model.taux)
    membership = pl.DataFrame(
        {
            "groupe": np.arange(len(sizes), dtype=np.uint32),
            "personne": people_of_groups,
        }
    )
    doubts = doubtful(model, comparator, gathered, membership, groups, to_bits(seuil_doute))
    trace = Trace(
        fiches,
        comparator,
        model,
        by_ine,
        groups,
        compared,
        gathered,
        people_of_groups,
        doubts,
        people,
        to_bits(seuil_lien),
        to_bits(seuil_doute),
    )
    groupes = name_methods(fiches, groups, people_of_groups, by_ine)
    liens = build_liens(fiches, traits, gathered, membership, doubts)
    comptes = {
        "lignes": traits.height,
        "fiches": fiches.table.height,
        "ine_de_remplissage": filler_ines(traits, fiches),
        "paires_ine": same_ine.height,
        "conflits_ine": same_ine.height - by_ine.height,
        "paires_traits": by_traits.height,
        "paires_candidates": candidates.height,
        "passes": [vars(p) for p in passes],
        "paires_examinees": gathered.height,
        "doutes": doubts.height,
        "personnes": int(membership["personne"].n_unique()),
    }
    tell(f"{comptes['personnes']} people, {doubts.height} doubtful pairs")
    return Rapprochement(
        groupes,
        liens,
        doubts.select(personne_a="pa", personne_b="pb").sort("personne_a", "personne_b"),
        model.artefact(),
        comptes,
        mesure(trace) if mesure else None,
    )


def stays(fiches: Fiches, parcours: pl.DataFrame) -> pl.DataFrame:
    """Return the enrolments of each fiche, missing ends filled with those of the school year."""
    year = pl.col("annee").cast(pl.Int32)
    return (
        parcours.drop_nulls("annee")
        .join(fiches.lignes, on="rid")
        .select(
            "fiche",
            "annee",
            "uai",
            pl.col("debut").fill_null(pl.date(year, 9, 1)).alias("debut"),
            pl.col("fin").fill_null(pl.date(year + 1, *AUGUST_31)).alias("fin"),
        )
        .unique()
    )


def scored(model: Modele, compared: pl.DataFrame) -> pl.DataFrame:
    return model.weigh(compared).with_columns(bits=pair_log_odds(model.taux))


def grouping_frame(groups: npt.NDArray[np.uint32]) -> pl.DataFrame:
    return pl.DataFrame(
        {"fiche": np.arange(len(groups), dtype=np.uint32), "groupe": groups},
        schema={"fiche": pl.UInt32, "groupe": pl.UInt32},
    )


def between_groups(
    model: Modele,
    comparator: Comparator,
    compared: pl.DataFrame,
    groups: npt.NDArray[np.uint32],
    likely_bits: float,
) -> pl.DataFrame:
    """Gather the evidence between groups that a candidate pair makes promising.

    Every pair of fiches of two such groups is compared, not only those that blocking met. So are
    those of two groups that a third one would join: what tells them apart must be heard.
    """
    near = scored(model, compared).filter(pl.col("bits") >= PROMISING_BITS)
    promising = (
        with_groups(near, groups)
        .select(ga=pl.min_horizontal("ga", "gb"), gb=pl.max_horizontal("ga", "gb"))
        .unique()
    )
    gathered = compare_groups(model, comparator, promising, grouping_frame(groups))
    strong = gathered.filter(pl.col("bits") >= likely_bits)
    joined = joined_by_others(int(groups.max(initial=0)) + 1, strong)
    missing = joined.join(promising, on=["ga", "gb"], how="anti")
    more = compare_groups(model, comparator, missing, grouping_frame(groups))
    return pl.concat([gathered, more]).sort("ga", "gb")


def joined_by_others(count: int, strong: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs `ga` < `gb` of groups that strong edges, followed on, would make one."""
    whole = components(count, strong.select(a="ga", b="gb"))
    ends = pl.concat([strong["ga"], strong["gb"]]).unique().sort()
    table = pl.DataFrame({"groupe": ends, "ensemble": pl.Series(whole[ends.to_numpy()])})
    table = table.filter(pl.len().over("ensemble").is_between(3, MOST_GROUPS))
    return (
        table.join(table, on="ensemble", suffix="_b")
        .filter(pl.col("groupe") < pl.col("groupe_b"))
        .select(ga="groupe", gb="groupe_b")
    )


def compare_groups(
    model: Modele, comparator: Comparator, pairs: pl.DataFrame, members: pl.DataFrame
) -> pl.DataFrame:
    """Compare every fiche of one group with every fiche of the other, for pairs `ga` < `gb`.

    Args:
        model: what levels weigh.
        comparator: what gives levels.
        pairs: `ga`, `gb`, distinct.
        members: `groupe`, `fiche`.

    Returns: see `gather`, with `bits`.
    """
    crossed = (
        pairs.join(members.rename({"fiche": "a"}), left_on="ga", right_on="groupe")
        .join(members.rename({"fiche": "b"}), left_on="gb", right_on="groupe")
        .sort("a", "b")
    )
    weighed = scored(model, comparator.compare(crossed.select("a", "b")))
    weighed = weighed.with_columns(crossed["ga"], crossed["gb"])
    return gather(weighed).with_columns(bits=group_bits(model.taux)).sort("ga", "gb")


def with_groups(pairs: pl.DataFrame, groups: npt.NDArray[np.uint32]) -> pl.DataFrame:
    return pairs.with_columns(
        ga=pl.Series(groups[pairs["a"].to_numpy()], dtype=pl.UInt32),
        gb=pl.Series(groups[pairs["b"].to_numpy()], dtype=pl.UInt32),
    )


def doubtful(
    model: Modele,
    comparator: Comparator,
    gathered: pl.DataFrame,
    membership: pl.DataFrame,
    groups: npt.NDArray[np.uint32],
    doute_bits: float,
) -> pl.DataFrame:
    """Return the pairs of distinct people whom all their rows, compared, leave in doubt.

    Returns: `pa`, `pb` and `bits`.
    """
    suspects = (
        regroup(gathered, membership, model.taux)
        .filter(pl.col("bits") >= doute_bits)
        .select(ga="pa", gb="pb")
    )
    members = (
        grouping_frame(groups).join(membership, on="groupe").select("fiche", groupe="personne")
    )
    return (
        compare_groups(model, comparator, suspects, members)
        .filter(pl.col("bits") >= doute_bits)
        .select(pa="ga", pb="gb", bits="bits")
        .sort("pa", "pb")
    )


def name_methods(
    fiches: Fiches,
    groups: npt.NDArray[np.uint32],
    people: npt.NDArray[np.uint32],
    by_ine: pl.DataFrame,
) -> pl.DataFrame:
    """Return `tables/groupes`: the strongest proof that ties each row to another of its person."""
    in_ine = pl.concat([by_ine["a"], by_ine["b"]]).unique()
    person = people[groups]
    table = grouping_frame(groups).with_columns(
        personne=pl.Series(person, dtype=pl.UInt32),
        par_ine=pl.col("fiche").is_in(in_ine.implode()),
    )
    rows = fiches.lignes.join(table, on="fiche")
    rows = rows.with_columns(
        pl.len().over("fiche").alias("_fiche"),
        pl.len().over("groupe").alias("_groupe"),
        pl.len().over("personne").alias("_personne"),
        pl.col("fiche")
        .is_in(fiches.table.filter(pl.col("ine").is_not_null())["fiche"].implode())
        .alias("_ine"),
    )
    methode = (
        pl.when(pl.col("par_ine") | (pl.col("_ine") & (pl.col("_fiche") > 1)))
        .then(pl.lit("ine"))
        .when(pl.col("_groupe") > 1)
        .then(pl.lit("traits"))
        .when(pl.col("_personne") > 1)
        .then(pl.lit("vraisemblance"))
        .otherwise(pl.lit("seul"))
    )
    return rows.select("rid", "personne", methode=methode).sort("rid")
