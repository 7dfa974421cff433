"""A twin whom no source ever shows is unlikely: laws of what the sources say."""

from collections import Counter
from dataclasses import replace
from itertools import combinations
from math import log2

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siei_match.stages.link import link
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.compare.kinds.stays import stays
from siei_match.stages.link.measure.measuring import measure
from siei_match.stages.link.people.heard import hear_presence
from siei_match.stages.link.people.presence import (
    FARTHEST,
    MOST,
    SMOOTHING,
    UNSEEN,
    Presence,
    count_presence,
)
from siei_match.stages.link.people.trace import Trace
from siei_match.stages.link.people.twins import ALIKE, STRENGTH, pairs_of_twins
from siei_match.stages.link.records.records import build_fiches
from tests.worlds import small_world

RECORDS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 8), st.sampled_from([0, 2009, 2010])),
    min_size=1,
    max_size=30,
)


def counted(records: list[tuple[int, int, int]], alike: float = 0.0) -> tuple[Presence, np.ndarray]:
    """Return the presence of records (source, person, year), and the person of each."""
    source, person, year = (np.array(column) for column in zip(*records, strict=True))
    _, person = np.unique(person, return_inverse=True)
    places = (MOST + 1) ** source.astype(np.int64)
    nobody = pl.DataFrame(schema={"year": pl.Int64, "places": pl.Int64, "n": pl.Float64})
    empty = Presence(places, year.astype(np.int64), 3, nobody)
    where, born = empty.of(person.astype(np.uint32))
    frame = pl.DataFrame({"year": born, "places": where}).group_by("year", "places")
    counts = frame.agg(n=pl.len().cast(pl.Float64))
    return Presence(places, empty.years, 3, counts, alike), person.astype(np.uint32)


def naive(
    records: list[tuple[int, int, int]], persons: np.ndarray, pa: int, pb: int, alike: float
) -> tuple[float, float]:
    """Return the same, one person at a time."""
    seen = {
        p: (
            max(r[2] for r, q in zip(records, persons, strict=True) if q == p),
            Counter(r[0] for r, q in zip(records, persons, strict=True) if q == p),
        )
        for p in set(persons.tolist())
    }

    def set_of(found: Counter[int]) -> tuple[int, ...]:
        return tuple(min(MOST, found[s]) for s in range(3))

    def share(year: int, places: tuple[int, ...]) -> float:
        there = [y for y, found in seen.values() if set_of(found) == places]
        whole = (len(there) + UNSEEN) / (len(seen) + UNSEEN)
        born = sum(y == year for y, _ in seen.values())
        return log2((there.count(year) + SMOOTHING * whole) / (born + SMOOTHING))

    (year_a, a), (year_b, b) = seen[pa], seen[pb]
    year = max(year_a, year_b)
    both = tuple(min(MOST, x + y) for x, y in zip(set_of(a), set_of(b), strict=True))
    bits = share(year, both) - share(year, set_of(a)) - share(year, set_of(b))
    # Of twins, so many stand where the other stands, and the rest where anybody does.
    here, there = 2.0 ** share(year, set_of(a)), 2.0 ** share(year, set_of(b))
    as_twins = alike * here * (set_of(a) == set_of(b)) + (1 - alike) * here * there
    twins = log2(as_twins / (here * there))
    return tuple(max(-FARTHEST, min(FARTHEST, said)) for said in (bits, twins))


@given(records=RECORDS, alike=st.floats(0, 0.95))
def test_columns_say_what_a_loop_over_people_says(
    records: list[tuple[int, int, int]], alike: float
) -> None:
    seen, persons = counted(records, alike)
    last = int(persons.max())
    pa, pb = (np.array(side, dtype=np.uint32) for side in zip(*_pairs(last), strict=True))
    for a, b, *found in zip(pa.tolist(), pb.tolist(), *seen.bits(persons, pa, pb), strict=True):
        expected = (0.0, 0.0) if a == b else naive(records, persons, a, b, alike)
        assert found == pytest.approx(expected)


def _pairs(last: int) -> list[tuple[int, int]]:
    return [(a, b) for a in range(last + 1) for b in range(a, last + 1)]


def test_who_stands_nowhere_else_is_rather_somebody_who_does() -> None:
    """Everybody who takes an exam has a school; a mission locale has many who have none."""
    school, exam, local = 0, 1, 2
    records = [(s, 10 * k + 1, 2009) for k in range(300) for s in (school, exam)]
    records += [(s, 10 * k + 2, 2009) for k in range(100) for s in (exam, local)]
    records += [(local, 10 * k + 3, 2009) for k in range(100)]
    alone_at_the_exam, alone_at_the_local = 5000, 5001
    records += [(exam, alone_at_the_exam, 2009), (local, alone_at_the_local, 2009)]
    seen, persons = counted(records)
    known = {name: int(persons[i]) for i, (_, name, _) in enumerate(records)}

    def bits(a: int, b: int) -> float:
        ends = (np.array([known[p]], dtype=np.uint32) for p in (a, b))
        return float(seen.bits(persons, *ends)[0][0])

    # Neither has any other row: one person, whatever the first name.
    assert bits(alone_at_the_exam, alone_at_the_local) > 5
    # The one has both already: the other may well be a twin.
    assert bits(2, alone_at_the_local) < 4
    assert bits(2, alone_at_the_local) < bits(alone_at_the_exam, alone_at_the_local) - 3


def test_records_count_once_a_year_and_source() -> None:
    traits, parcours, _ = small_world(80, 2)
    fiches = build_fiches(traits)
    persons = np.arange(fiches.count, dtype=np.uint32)
    seen = count_presence(Comparator(fiches, stays(fiches, parcours)), persons)
    assert seen.counts["n"].sum() == fiches.count
    assert seen.counts["places"].is_in([3**s for s in range(6)]).all()


def test_two_who_look_like_twins_are_rather_two_where_twins_go_the_same_way() -> None:
    """Both stand in a mission locale alone: one person written twice, or twins of whom neither has a school."""
    records = [(0, 10 * k, 2009) for k in range(300)] + [(1, 10 * k + 1, 2009) for k in range(20)]
    apart, _ = counted(records)
    alike, persons = counted(records, 0.35)
    ends = (np.array([p], dtype=np.uint32) for p in (int(persons[-1]), int(persons[-2])))
    pa, pb = ends
    assert apart.bits(persons, pa, pb)[1][0] == 0
    assert alike.bits(persons, pa, pb)[1][0] == pytest.approx(log2(0.65 + 0.35 * 320 / 20), abs=0.3)
    # What strangers do is as it was.
    assert alike.bits(persons, pa, pb)[0][0] == apart.bits(persons, pa, pb)[0][0]


@pytest.mark.parametrize(("together", "least", "most"), [(1.0, 0.8, 1.0), (0.0, 0.0, 0.15)])
def test_how_twins_go_is_counted_on_the_delivery_s_own(
    together: float, least: float, most: float
) -> None:
    """Four hundred pairs of twins, each in one of two sources: with the other, or wherever they like."""
    dice = np.random.default_rng(4)
    base, parcours, _ = small_world(1, 5)
    row = base.row(0, named=True)
    rows = []
    for pair in range(400):
        where = "scolarite" if dice.random() < 0.5 else "apprentissage"
        for first_name in ("LUCAS", "EMMA"):
            if dice.random() >= together:
                where = "scolarite" if dice.random() < 0.5 else "apprentissage"
            rows.append(
                row
                | {
                    "rid": len(rows), "ligne": len(rows) + 1, "extrait": where, "fichier": where,
                    "ine": None, "prenom1": first_name, "prenom2": None,
                    "nom_naissance": f"NOM{chr(65 + pair // 20)}{chr(65 + pair % 20)}",
                    "naissance_annee": 2008,
                }
            )  # fmt: skip
    traits = pl.DataFrame(rows, schema=base.schema)
    fiches = build_fiches(traits)
    comparator = Comparator(fiches, stays(fiches, parcours))
    persons = np.arange(fiches.count, dtype=np.uint32)
    a, _ = pairs_of_twins(comparator, persons)
    assert len(a) == 400
    found = count_presence(comparator, persons).alike
    assert least <= found <= most


def test_before_any_twin_is_seen_some_go_the_same_way() -> None:
    traits, parcours, _ = small_world(3, 8, twins=0.0)
    fiches = build_fiches(traits)
    persons = np.zeros(fiches.count, dtype=np.uint32)
    found = count_presence(Comparator(fiches, stays(fiches, parcours)), persons).alike
    assert found == ALIKE
    assert STRENGTH > 0


def test_no_class_of_twins_no_share() -> None:
    traits, parcours, _ = small_world(3, 8)
    fiches = build_fiches(traits)
    unknown = replace(fiches, spec=replace(fiches.spec, classes={}))
    comparator = Comparator(unknown, stays(fiches, parcours))
    persons = np.arange(fiches.count, dtype=np.uint32)
    assert count_presence(comparator, persons).alike == 0


@given(records=RECORDS, pieces=st.lists(st.integers(0, 2), min_size=30, max_size=30))
def test_of_two_groups_of_one_person_the_likelier_odd_one_counts(
    records: list[tuple[int, int, int]], pieces: list[int]
) -> None:
    """Each group is held beside its person without it, one pair at a time."""
    seen, persons = counted(records)
    _, groups = np.unique(persons * 3 + pieces[: len(persons)], return_inverse=True)
    groups = groups.astype(np.uint32)
    of = dict(zip(groups.tolist(), persons.tolist(), strict=True))
    pairs = [(a, b) for a, b in combinations(sorted(of), 2) if of[a] == of[b]]
    if not pairs:
        return
    ga, gb = (np.array(side, dtype=np.uint32) for side in zip(*pairs, strict=True))
    alone = np.uint32(len(of) + len(persons))
    for said, *ends in zip(seen.within(persons, groups, ga, gb), ga, gb, strict=True):
        odds = []
        for end in ends:
            split = np.where(groups == end, alone, persons)
            pair = (np.array([p], dtype=np.uint32) for p in (alone, of[int(end)]))
            odds.append(seen.bits(split, *pair)[0][0])
        assert said == pytest.approx(seen.trust * max(0.0, min(odds)))


def test_the_sources_of_two_people_take_the_place_of_the_prior_of_two_sources() -> None:
    """It is counted once, and never by more than the sources may say."""
    traits, parcours, _ = small_world(400, 3)
    traces: list[Trace] = []
    link(traits, parcours, measure=lambda trace: traces.append(trace) or measure(trace))
    trace = traces[0]
    # As if the delivery were a country's: what is counted there is trusted.
    many = replace(trace.seen, counts=trace.seen.counts.with_columns(pl.col("n") * 10_000.0))
    everybody = np.arange(len(trace.people), dtype=np.uint32)
    heard = hear_presence(trace.model, trace.gathered, many, trace.groups, everybody)
    ends = (heard[side].to_numpy() for side in ("ga", "gb"))
    told = many.bits(trace.groups, *ends)[0]
    prior = heard["prior"] / heard["paires"]
    whole = (heard["presence"] + heard["rebased"]) / heard["paires"]
    expected = told + many.trust * (-many.everybody - prior.to_numpy())
    np.testing.assert_allclose(whole, np.clip(expected, -FARTHEST, FARTHEST))
    assert many.trust > 0.99
    assert np.abs(whole).max() > 1
