"""The linkage, top to bottom: records, sure tiers, model, candidates, people."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.link.blocking import Passe, block
from siei_match.link.comparison import Comparator
from siei_match.link.constraints import NOBODY, Contraintes, bind, joins, settle
from siei_match.link.estimation import refine
from siei_match.link.evidence import gather, group_bits, regroup
from siei_match.link.fiches import Fiches, build_fiches
from siei_match.link.grouping import agglomerate, weigh_rivals
from siei_match.link.kinds.stays import stays
from siei_match.link.liens import build_liens
from siei_match.link.methods import name_methods
from siei_match.link.model import Modele, pair_log_odds, to_bits
from siei_match.link.spec import Spec
from siei_match.link.sure import Sure, believed, join_sure, respect
from siei_match.link.thresholds import Seuils, Tolerances, choose_thresholds
from siei_match.link.tiers import components
from siei_match.link.trace import Trace

log = logging.getLogger(__name__)

COUNTRY: Final = 8_000_000
"""People of 16 to 25 in France, about (INSEE): whom a name and a date must tell apart."""
PROMISING_BITS: Final = -9.0
"""Pairs of groups whose best candidate is below are settled: expanding them would change nothing."""
MOST_GROUPS: Final = 60
"""Larger sets of groups hold more than one life; they are cut on the evidence already there."""
Labels = npt.NDArray[np.uint32]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Rapprochement:
    """What linkage found.

    groupes: `tables/groupes`. liens: `tables/liens`. doutes: `personne_a`, `personne_b`, pairs of
    people in the doubtful zone. modele: the model as JSON data. seuils: the thresholds it was made
    with. comptes: counts of each step.
    """

    groupes: pl.DataFrame
    liens: pl.DataFrame
    doutes: pl.DataFrame
    modele: dict[str, Any]
    seuils: Seuils
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
    spec: Spec | None = None,
    tell: Tell = log.info,
    mesure: Callable[[Trace], dict[str, Any]] | None = None,
    tolerances: Tolerances | None = None,
    revues: pl.DataFrame | None = None,
) -> Rapprochement:
    """Find which rows are the same person.

    Args:
        traits: `tables/traits`; with a `spec` of one's own: `rid`, `extrait`, `fichier`, `ligne`
            and its columns.
        parcours: `tables/parcours`.
        seuil_lien: probability from which two rows are one person.
        seuil_doute: probability from which a pair is doubtful.
        population: people of these ages from whom the rows are drawn; by default France's.
        spec: what is compared; by default what `schemas/liaison/siei.toml` declares.
        tell: receives one line per step, with counts only.
        mesure: judges the linkage once made (`estimate.measure`).
        tolerances: with a measure, chooses the thresholds instead of those given.
        revues: what clerks answered, which wins over everything else (`answered.match`).
    """
    fiches = build_fiches(traits, spec)
    tell(f"{traits.height} rows, {fiches.count} records")
    comparator = Comparator(fiches, stays(fiches, parcours))
    people = population or COUNTRY
    sure = join_sure(fiches, comparator, to_bits(seuil_lien), people)
    tell(f"{sure.by_ine.height} pairs by INE, {sure.by_traits.height} by traits")
    decided = bind(revues, fiches, sure.groups, believed(sure.model, comparator, seuil_lien))
    sure, loosened = respect(sure, decided)

    candidates, passes = block(fiches, comparator.words, sure.groups)
    tell(f"{candidates.height} candidate pairs")
    compared = comparator.compare(candidates)
    model = refine(sure.model, sure.same_ine, compared, fiches)
    near = promising_fiches(model, compared)
    near = decided.add_to(near, loosened, sure.groups)

    def solve(at: Seuils) -> Trace:
        return settle_people(fiches, comparator, model, sure, near, decided, people, at)

    seuils = Seuils(seuil_lien, seuil_doute)
    trace = solve(seuils)
    erreurs = mesure(trace) if mesure else None
    if tolerances and erreurs:
        seuils = choose_thresholds(trace, erreurs, tolerances, seuils)
        tell(f"thresholds from the tolerances: {seuils.lien} and {seuils.doute}")
        trace = solve(seuils)
        erreurs = mesure(trace) if mesure else None
    comptes = count(trace, sure, candidates.height, passes)
    comptes |= {f"revues_{name}": n for name, n in decided.comptes.items()}
    tell(f"{comptes['personnes']} people, {trace.doubts.height} doubtful pairs")
    return Rapprochement(
        name_methods(fiches, sure.by_ine, sure.groups, trace.people),
        build_liens(trace),
        trace.doubts.select(personne_a="pa", personne_b="pb").sort("personne_a", "personne_b"),
        model.artefact(),
        seuils,
        comptes,
        erreurs,
    )


def settle_people(
    fiches: Fiches,
    comparator: Comparator,
    model: Modele,
    sure: Sure,
    near: pl.DataFrame,
    decided: Contraintes,
    people: int,
    seuils: Seuils,
) -> Trace:
    """Make people of groups at given thresholds: evidence, rivals, agglomeration, doubts."""
    lien, doute = to_bits(seuils.lien), to_bits(seuils.doute)
    gathered = between_groups(model, comparator, near, sure.groups, doute, decided)
    gathered = weigh_rivals(gathered, doute)
    people_of_groups = agglomerate(np.bincount(sure.groups), gathered, lien, model)
    return Trace(
        fiches=fiches,
        comparator=comparator,
        model=model,
        by_ine=sure.by_ine,
        groups=sure.groups,
        near=near,
        gathered=gathered,
        people=people_of_groups,
        doubts=doubtful(model, comparator, gathered, people_of_groups, sure.groups, doute),
        people_of_country=people,
        lien_bits=lien,
        doute_bits=doute,
    )


def scored(model: Modele, compared: pl.DataFrame) -> pl.DataFrame:
    return model.weigh(compared).with_columns(bits=pair_log_odds(model))


def promising_fiches(model: Modele, compared: pl.DataFrame) -> pl.DataFrame:
    """Return `a`, `b` of the compared pairs that may matter."""
    return compared.select("a", "b").filter(pl.Series(model.bits(compared) >= PROMISING_BITS))


def grouping_frame(groups: Labels) -> pl.DataFrame:
    return pl.DataFrame(
        {"fiche": np.arange(len(groups), dtype=np.uint32), "groupe": groups},
        schema={"fiche": pl.UInt32, "groupe": pl.UInt32},
    )


def between_groups(
    model: Modele,
    comparator: Comparator,
    near: pl.DataFrame,
    groups: Labels,
    likely_bits: float,
    decided: Contraintes = NOBODY,
) -> pl.DataFrame:
    """Gather the evidence between groups that a candidate pair makes promising.

    Every pair of fiches of two such groups is compared, not only those that blocking met. So are
    those of two groups that a third one would join: what tells them apart must be heard.
    """
    promising = pairs_of_groups(near, groups)
    members = grouping_frame(groups)
    gathered = compare_groups(model, comparator, promising, members)
    gathered = decided.mark(gathered, groups)
    strong = gathered.filter((pl.col("bits") >= likely_bits) | joins(gathered))
    joined = joined_by_others(int(groups.max(initial=0)) + 1, strong)
    missing = joined.join(promising, on=["ga", "gb"], how="anti")
    more = compare_groups(model, comparator, missing, members)
    return pl.concat([gathered, decided.mark(more, groups)]).sort("ga", "gb")


def pairs_of_groups(pairs: pl.DataFrame, groups: Labels) -> pl.DataFrame:
    """Return the distinct `ga` < `gb` of pairs of fiches `a`, `b`."""
    ga, gb = (groups[pairs[side].to_numpy()] for side in ("a", "b"))
    return pl.DataFrame({"ga": np.minimum(ga, gb), "gb": np.maximum(ga, gb)}).unique()


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
    ends = pl.concat([pairs["ga"], pairs["gb"]]).unique().implode()
    few = members.filter(pl.col("groupe").is_in(ends))
    crossed = (
        pairs.join(few.rename({"fiche": "a"}), left_on="ga", right_on="groupe")
        .join(few.rename({"fiche": "b"}), left_on="gb", right_on="groupe")
        .sort("a", "b")
    )
    weighed = scored(model, comparator.compare(crossed.select("a", "b")))
    weighed = weighed.with_columns(crossed["ga"], crossed["gb"])
    gathered = gather(weighed, model.spec)
    return gathered.with_columns(bits=group_bits(model)).sort("ga", "gb")


def doubtful(
    model: Modele,
    comparator: Comparator,
    gathered: pl.DataFrame,
    people: Labels,
    groups: Labels,
    doute_bits: float,
) -> pl.DataFrame:
    """Return the pairs of distinct people whom all their rows, compared, leave in doubt.

    Those whom clerks separate are not; those on whom they disagree are.

    Returns: `pa`, `pb` and `bits`.
    """
    suspects = (
        regroup(gathered, membership_frame(people), model)
        .filter(pl.col("bits") >= doute_bits)
        .select(ga="pa", gb="pb")
    )
    separated, unsettled = settle(gathered, people)
    suspects = pl.concat([suspects, unsettled]).unique().sort("ga", "gb")
    suspects = suspects.join(separated, on=["ga", "gb"], how="anti", maintain_order="left")
    members = grouping_frame(people[groups])
    compared = compare_groups(model, comparator, suspects, members)
    likely = compared.filter(pl.col("bits") >= doute_bits)
    return (
        pl.concat([likely, compared.join(unsettled, on=["ga", "gb"], how="semi")])
        .unique(["ga", "gb"])
        .select(pa="ga", pb="gb", bits="bits")
        .sort("pa", "pb")
    )


def membership_frame(people: Labels) -> pl.DataFrame:
    """Return `groupe`, `personne`."""
    return pl.DataFrame({"groupe": np.arange(len(people), dtype=np.uint32), "personne": people})


def count(trace: Trace, sure: Sure, candidates: int, passes: list[Passe]) -> dict[str, Any]:
    return {
        "lignes": trace.fiches.lignes.height,
        "fiches": trace.fiches.count,
        "ine_de_remplissage": trace.fiches.remplissages,
        "paires_ine": sure.same_ine.height,
        "conflits_ine": sure.same_ine.height - sure.by_ine.height,
        "paires_traits": sure.by_traits.height,
        "paires_candidates": candidates,
        "passes": [vars(p) for p in passes],
        "paires_examinees": trace.gathered.height,
        "doutes": trace.doubts.height,
        "personnes": int(trace.people.max()) + 1 if len(trace.people) else 0,
    }
