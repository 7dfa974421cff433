"""The linkage, top to bottom: records, sure tiers, model, candidates, people."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from siei_match.stages.link.blocks.blocking import Passe, block
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.compare.kinds.stays import stays
from siei_match.stages.link.declared.spec import Spec
from siei_match.stages.link.measure.thresholds import Seuils, Tolerances, choose_thresholds
from siei_match.stages.link.model.estimation import refine
from siei_match.stages.link.model.model import to_bits
from siei_match.stages.link.people.constraints import bind
from siei_match.stages.link.people.methods import name_methods
from siei_match.stages.link.people.pairs import build_liens
from siei_match.stages.link.people.settling import promising_fiches, settle_people
from siei_match.stages.link.people.sure import Sure, believed, join_sure, respect
from siei_match.stages.link.people.trace import Trace
from siei_match.stages.link.records.records import build_fiches

log = logging.getLogger(__name__)

COUNTRY: Final = 8_000_000
"""People of 16 to 25 in France, about (INSEE): whom a name and a date must tell apart."""
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
        lien, doute = to_bits(at.lien), to_bits(at.doute)
        return settle_people(fiches, comparator, model, sure, near, decided, people, lien, doute)

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
