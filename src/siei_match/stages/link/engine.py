"""The linkage, top to bottom, in recordlinkage's own words: index, compare, classify, group.

Rows become records, and what an identifier or identical, rare traits tie is one person beforehand
(the sure tiers); the classifier learns from these. The rest is the likeness tier: an `Index` of
blocking passes makes pairs, a `Compare` gives each a level per trait, the classifier its chance,
and all the evidence between two groups makes them one person or not (docs/linkage.md).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.engines import Parts, Shelf
from siei_match.reference.errors import SettingsError
from siei_match.reference.memory import give_back
from siei_match.reference.stored import Columns
from siei_match.stages.link.blocks.blocking import build_index
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.compare.kinds.stays import stays
from siei_match.stages.link.declared.spec import Spec
from siei_match.stages.link.measure.rates import ExpectedErrors
from siei_match.stages.link.measure.thresholds import Thresholds, Tolerances, choose_thresholds
from siei_match.stages.link.model.classifier import FellegiSunter
from siei_match.stages.link.model.model import to_bits
from siei_match.stages.link.model.numbers import own_number_sources
from siei_match.stages.link.model.pinned import Drift, Pinned, read_weights
from siei_match.stages.link.model.profile import Profile, count_patterns, count_sizes
from siei_match.stages.link.people.candidates import Met, chunks_of, draw, search
from siei_match.stages.link.people.constraints import bind
from siei_match.stages.link.people.cores import find_cores, find_pieces
from siei_match.stages.link.people.counts import LinkageCounts, count
from siei_match.stages.link.people.held import Before
from siei_match.stages.link.people.methods import name_methods
from siei_match.stages.link.people.pairs import build_liens
from siei_match.stages.link.people.settling import (
    PROMISING,
    Unsettled,
    promising,
    settle_people,
)
from siei_match.stages.link.people.sure import believed, join_sure, respect
from siei_match.stages.link.people.trace import Trace
from siei_match.stages.link.records.country import COUNTRY
from siei_match.stages.link.records.records import build_fiches
from siei_match.stages.link.toolkit import vectors_of

log = logging.getLogger(__name__)

WITH_LABELS: Final = 0.9
WITHOUT_LABELS: Final = 0.5
"""The probability from which rows are linked where nothing else is said: see `default_thresholds`."""
LEARNT_FROM: Final = 16
"""Chunks of candidates from which EM learns, some four million pairs, where there are more."""
DOUBT: Final = 0.25
DOUBT_WITHOUT: Final = 0.1
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Linkage:
    """What linkage found.

    groupes: `tables/groupes`, the few texts of `methode` as numbers (`Enum`). liens: `tables/liens`. doutes: `personne_a`, `personne_b`, pairs of
    people in the doubtful zone. cores: `tables/noyaux`. pieces: `tables/morceaux`. modele: the model as JSON data. thresholds: those it was made
    with. errors: what `measure` said of it. profile: how it looks. drifts: under a model from outside, how
    far the rows are from what that one was taught; learnt: what they taught aside, as JSON data.
    """

    groupes: pl.DataFrame
    liens: pl.DataFrame
    doutes: pl.DataFrame
    cores: pl.DataFrame
    pieces: pl.DataFrame
    modele: dict[str, Any]
    thresholds: Thresholds
    counts: LinkageCounts
    profile: Profile
    errors: ExpectedErrors | None = None
    drifts: tuple[Drift, ...] = ()
    learnt: dict[str, Any] | None = None


def link(
    traits: Columns,
    parcours: pl.DataFrame | None = None,
    *,
    seuil_lien: float | None = None,
    seuil_doute: float | None = None,
    seuil_decision: float | None = None,
    population: int | None = None,
    spec: Spec | None = None,
    tell: Tell = log.info,
    measure: Callable[[Trace], ExpectedErrors] | None = None,
    tolerances: Tolerances | None = None,
    judgements: pl.DataFrame | None = None,
    before: Before | None = None,
    pinned: Pinned | None = None,
    parts: Parts | None = None,
) -> Linkage:
    """Find which rows are the same person.

    Args:
        traits: `tables/traits`, in memory or in files (`reference/stored`); with a `spec` of one's own:
            `rid`, `extrait`, `fichier`, `ligne` and its columns.
        parcours: `tables/parcours`; None where no trait of kind `stays` is declared.
        seuil_lien: probability from which two rows are one person; by default what the declaration
            says, or `default_thresholds`.
        seuil_doute: probability from which a pair is doubtful; so too.
        seuil_decision: probability from which a link may decide; by default `seuil_lien`.
        population: people from whom the rows are drawn; by default what the declaration says, or
            those of these ages in France.
        spec: what is compared; by default what `schemas/liaison/siei.toml` declares.
        tell: receives one line per step, with counts only.
        measure: judges the linkage once made (`measuring.measure`).
        tolerances: with a measure, chooses the thresholds instead of those given.
        judgements: what clerks said, which wins over everything else (`judged.match`).
        before: who was one person last time, and below what they are parted (`held`).
        pinned: a model from outside; by default the rows teach their own.
        parts: where candidates are searched; by default in threads of this process.

    Raises:
        SettingsError: the declaration has no blocking pass, or the model from outside is of another one.
        ContractError: a column of the rows holds something else than is declared.
    """
    parts = parts or Parts()
    fiches = parts.shelf.put(build_fiches(traits, spec, parts.shelf.put))
    rows = traits.height
    # Records hold all that is asked for: rows whom nobody else holds leave the memory.
    del traits
    if not fiches.spec.file.blocs.passes:
        raise SettingsError(
            "The declaration of the linkage has no pass in blocs.passes, so that no pair is compared.",
            remedy="Declare one or more; `siei passes` proposes some (suggest_passes in Python).",
        )
    given = default_thresholds(fiches.spec, seuil_lien, seuil_doute)
    seuil_lien = given.link
    tell(f"{rows} rows, {fiches.count} records")
    comparator = Comparator(fiches, stays(fiches, parcours), partial(parts.shelf.put, but=[fiches]))
    del parcours
    fiches, comparator = parts.shelf.put((fiches, comparator.with_words()))
    give_back()
    people = population or fiches.spec.file.population or COUNTRY
    taught = read_weights(pinned.weights, fiches.spec) if pinned else None
    sure = join_sure(fiches, comparator, to_bits(seuil_lien), people, tell, taught)
    give_back()
    tell(f"{sure.by_identifier.height} pairs by identifier, {sure.by_traits.height} by traits")
    classifier = sure.classifier
    judged = bind(
        judgements, fiches, sure.groups, believed(classifier.model, comparator, seuil_lien)
    )
    sure, loosened = respect(sure, judged)
    # What has learnt goes on learning, of the records where they stand now.
    fiches, comparator, sure, judged = parts.shelf.put(
        (fiches, comparator, sure, judged), but=[classifier]
    )
    classifier.fiches = fiches
    classifier.labels = parts.shelf.put(classifier.labels)

    near, met, patterns = classify(comparator, classifier, sure.groups, parts)
    give_back()
    tell(f"{met.pairs} candidate pairs")
    near = judged.add_to(near, loosened, sure.groups)

    # Group: all the rows of two promising groups are heard, then groups become people.
    known = Unsettled(
        fiches,
        comparator,
        classifier.model,
        sure,
        near,
        judged,
        before=before,
        put=parts.shelf.put,
    )
    trace, thresholds, errors = settle_within(
        known, given, measure, tolerances or Tolerances(), parts.shelf
    )
    if thresholds.chosen:
        tell(f"thresholds from the tolerances: {thresholds.link} and {thresholds.doubt}")
    counts = count(trace, sure, met, judged.counts)
    tell(f"{counts.people} people, {counts.doubts} doubtful pairs")
    # The next steps ask for none of what was laid in files: the disk may have it back.
    parts.shelf.clear()
    sizes = count_sizes(trace.people[trace.groups])
    profile = Profile(patterns, round(met.pairs / max(1, fiches.count), 4), sizes)
    return Linkage(
        groupes=name_methods(fiches, sure.by_identifier, sure.groups, trace.people),
        liens=build_liens(trace),
        doutes=trace.doubts.select(personne_a="pa", personne_b="pb").sort(
            "personne_a", "personne_b"
        ),
        cores=find_cores(trace, to_bits(seuil_decision or seuil_lien)),
        pieces=find_pieces(trace),
        modele=classifier.model.artefact(),
        profile=profile,
        drifts=pinned.compare(classifier.learnt, profile, classifier.model) if pinned else (),
        learnt=classifier.learnt.artefact() if pinned else None,
        thresholds=thresholds,
        counts=counts,
        errors=errors,
    )


def default_thresholds(
    spec: Spec, link_from: float | None = None, doubt_from: float | None = None
) -> Thresholds:
    """Return the thresholds given, or those of the declaration, or else what the data allow.

    Without an identifier no label says how often a chance is wrong, and m is held near what is declared:
    chances are then too low rather than too high, and the likelier of two answers is the best one. On nine
    of ten public sets .5 has a better F1 than .95 (docs/datasets.md). With labels chances mean what
    they say, and .9 keeps false links rare at little cost.
    """
    labelled = spec.identifier is not None
    declared = spec.file.seuils
    link_at = link_from or declared.lien or (WITH_LABELS if labelled else WITHOUT_LABELS)
    doubt_at = doubt_from or declared.doute or min(link_at, DOUBT if labelled else DOUBT_WITHOUT)
    return Thresholds(link_at, doubt_at)


def classify(
    comparator: Comparator,
    classifier: FellegiSunter,
    groups: npt.NDArray[np.uint32],
    parts: Parts,
) -> tuple[pl.DataFrame, Met, dict[str, float]]:
    """Index, compare, classify; return the pairs `a`, `b` that may matter, what was met, how these agree.

    Args:
        comparator: of the records.
        classifier: taught by labels; candidates teach it what no label does.
        groups: the sure group of each record.
        parts: see `link`.
    """
    # Index: who is worth comparing, counted; no pair is made yet.
    own = own_number_sources(classifier.model)
    index = build_index(comparator.fiches, comparator.words, groups, own=own, shelf=parts.shelf)
    give_back()
    # Compare and classify, by chunks of records: a few pairs of each may matter, and stay.
    chunks, others = draw(chunks_of(index, comparator), LEARNT_FROM)
    kept, met = search(index, comparator, classifier, parts=parts, chunks=chunks)
    # Labels have taught what they can: EM goes on. Past some millions of candidates the others teach
    # nothing new: they are weighed as it leaves the model, and of them only those that matter stay.
    classifier.share = len(chunks) / (len(chunks) + len(others))
    classifier.fit(vectors_of(kept, comparator.fiches.count))
    near = promising(classifier.model, kept)
    if others:
        del kept
        give_back()
        found, more = search(index, comparator, classifier, PROMISING, parts, others)
        near = pl.concat([near, promising(classifier.model, found)]).sort("a", "b")
        met = replace(met, pairs=met.pairs + more.pairs)
    return near.select("a", "b"), met, count_patterns(near, classifier.model.spec)


def settle_within(
    known: Unsettled,
    given: Thresholds,
    measure: Callable[[Trace], ExpectedErrors] | None,
    tolerances: Tolerances,
    shelf: Shelf,
) -> tuple[Trace, Thresholds, ExpectedErrors | None]:
    """Make people at the thresholds given, and once more where tolerances choose others."""

    def solve(at: Thresholds) -> Trace:
        settled = settle_people(known, to_bits(at.link), to_bits(at.doubt))
        give_back()
        return shelf.put(settled)

    trace = solve(given)
    if measure is None:
        return trace, given, None
    errors = measure(trace)
    if not tolerances:
        return trace, given, errors
    thresholds = choose_thresholds(trace, errors, tolerances, given)
    if not thresholds.chosen:
        return trace, given, errors
    trace = solve(thresholds)
    return trace, thresholds, measure(trace)
