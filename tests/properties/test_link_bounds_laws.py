"""Laws of m where no label teaches it: near what is known, in order, and of the source that errs."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.compare.kinds.stays import stays
from siei_match.stages.link.declared.names import ABSENT
from siei_match.stages.link.declared.spec import Spec, Trait, siei
from siei_match.stages.link.model.bounds import (
    LEAST_TIMES,
    MOST_TIMES,
    floors,
    hold_in_range,
    keep_in_order,
)
from siei_match.stages.link.model.estimation import learn_m, refine, start_model
from siei_match.stages.link.model.model import WeightModel
from siei_match.stages.link.model.namesakes import keep_order
from siei_match.stages.link.model.untaught import ENOUGH_LABELS, adapt_m
from siei_match.stages.link.records.records import build_fiches
from tests.worlds import small_world

PRENOM = siei().by_name["prenom"]
UNTAUGHT = floors(PRENOM, None)
DRAWN = st.lists(st.floats(1e-6, 1), min_size=len(PRENOM.levels), max_size=len(PRENOM.levels))


def row(drawn: list[float]) -> np.ndarray:
    return np.array([drawn]) / np.sum(drawn)


def ratios(m: np.ndarray, u: np.ndarray, trait: Trait) -> np.ndarray:
    declared = np.array(trait.m) / np.array(trait.u)
    return (m / u)[np.argsort(-declared, kind="stable")]


@given(drawn=DRAWN, taught=DRAWN)
def test_no_level_is_far_from_what_is_known(drawn: list[float], taught: list[float]) -> None:
    known = row(taught)
    held, far = hold_in_range(row(drawn), PRENOM, known, UNTAUGHT)
    highest = MOST_TIMES * np.maximum(PRENOM.m, known[0])
    assert held.sum() == pytest.approx(1)
    assert (held[0, 1:] <= highest[1:] + 1e-12).all()
    assert held[0, 0] >= LEAST_TIMES * PRENOM.m[0] - 1e-12
    assert far == (row(drawn)[0] > highest)[1:].sum()


@given(drawn=DRAWN, strangers=DRAWN)
def test_a_nearer_level_never_weighs_less(drawn: list[float], strangers: list[float]) -> None:
    u = row(strangers)[0]
    kept = keep_in_order(row(drawn), PRENOM, u)
    weights = ratios(kept[0], u, PRENOM)
    assert (np.diff(weights) <= 1e-9 * weights[:-1]).all()
    assert kept.sum() == pytest.approx(1)
    assert np.allclose(keep_in_order(kept, PRENOM, u), kept)


@given(drawn=DRAWN, strangers=DRAWN, taught=DRAWN)
def test_what_labels_taught_tells_the_order(
    drawn: list[float], strangers: list[float], taught: list[float]
) -> None:
    """Where the declaration says otherwise, the data are believed: names collide otherwise elsewhere."""
    u, known = row(strangers)[0], row(taught)
    kept = keep_in_order(row(drawn), PRENOM, u, known)[0]
    weights = (kept / u)[np.argsort(-known[0] / u, kind="stable")]
    assert (np.diff(weights) <= 1e-9 * weights[:-1]).all()
    assert np.allclose(keep_in_order(known, PRENOM, u, known), known)


@given(drawn=st.lists(DRAWN, min_size=4, max_size=4), taught=DRAWN)
def test_no_error_is_rarer_between_sources_than_labels_say(
    drawn: list[list[float]], taught: list[float]
) -> None:
    """Two sources, four pairs of them: the second and third are between, the first and last within."""
    table = np.vstack([row(shares) for shares in drawn])
    known = np.tile(row(taught), (4, 1))
    held, _ = hold_in_range(table, PRENOM, known, floors(PRENOM, known))
    # Levels that together leave no room for the best one share what there is.
    fits = held[:, 0] > LEAST_TIMES * PRENOM.m[0] + 1e-9
    for between in np.flatnonzero(fits & np.array([False, True, True, False])):
        assert (held[between, 1:] >= known[between, 1:] - 1e-12).all()
    for pair in np.flatnonzero(fits):
        assert (held[pair, 1:] >= LEAST_TIMES * np.array(PRENOM.m)[1:] - 1e-12).all()


def test_what_is_in_range_and_in_order_stays() -> None:
    declared = np.array([PRENOM.m])
    declared /= declared.sum()
    held, far = hold_in_range(declared, PRENOM, declared, UNTAUGHT)
    assert far == 0
    assert np.allclose(keep_in_order(held, PRENOM, np.array(PRENOM.u)), declared)


@pytest.fixture(scope="module")
def start() -> WeightModel:
    traits, parcours, _ = small_world(60, 1)
    fiches = build_fiches(traits)
    return start_model(fiches, Comparator(fiches, stays(fiches, parcours)))


def couple(spec: Spec, a: str, b: str) -> int:
    low, high = sorted((spec.sources.index(a), spec.sources.index(b)))
    return low * len(spec.sources) + high


def pairs_of(spec: Spec, a: str, b: str, **levels: tuple[str, int]) -> pl.DataFrame:
    """Compared pairs of two sources, equal in every trait; `levels`: another level, of the first so many."""
    count = 1000
    columns = {t.name: np.ones(count, dtype=np.uint8) for t in spec.traits}
    for name, (level, number) in levels.items():
        columns[name][:number] = spec.by_name[name].code(level)
    sources = {
        f"source_{side}": np.full(count, spec.sources.index(source), dtype=np.uint8)
        for side, source in (("a", a), ("b", b))
    }
    return pl.DataFrame(sources | columns)


def no_labels(spec: Spec) -> pl.DataFrame:
    return pairs_of(spec, "scolarite", "diplomes").clear()


def test_the_household_does_not_become_the_person(start: WeightModel) -> None:
    """Nine in ten candidates are brothers: EM would say that first names differ nine times in ten."""
    spec = start.spec
    ml = "missions_locales"
    seen = pairs_of(spec, ml, ml, prenom=("different", 900), nom=("different", 300))
    adapted, held = adapt_m(start, no_labels(spec), seen, np.ones(seen.height))
    for name in ("nom", "prenom"):
        trait = spec.by_name[name]
        found = adapted.m[name][couple(spec, ml, ml), trait.code("different")]
        assert found <= MOST_TIMES * trait.m[-1] + 1e-12
    # Both are said to have been held, by name and how often.
    assert {"nom", "prenom"} <= {name for name, times in held.items() if times}


def test_a_source_errs_in_its_own_way_whoever_it_is_compared_with(start: WeightModel) -> None:
    """Diplomas hold no phone that would settle a first name; pupils do, and tell how the other side errs."""
    spec = start.spec
    ml = "missions_locales"
    labels = pl.concat([pairs_of(spec, "scolarite", "diplomes")] * (ENOUGH_LABELS // 1000 + 1))
    seen = pairs_of(spec, "scolarite", ml, prenom=("proche", 80))
    adapted, _ = adapt_m(start, labels, seen, np.ones(seen.height))
    code = spec.by_name["prenom"].code("proche")
    before, after = (m["prenom"][couple(spec, "diplomes", ml), code] for m in (start.m, adapted.m))
    assert after > 1.5 * before
    taught = couple(spec, "scolarite", "diplomes")
    assert (adapted.m["prenom"][taught] == start.m["prenom"][taught]).all()


def inversions(start: WeightModel, labelled: int, seen: pl.DataFrame) -> float:
    """Return m of names exchanged, schools and missions locales: so many of a thousand labels, 20 times, then `seen` 30 times."""
    spec = start.spec
    labels = pl.concat(
        [pairs_of(spec, "scolarite", "diplomes", prenom=("inverse", labelled)) for _ in range(20)]
    )
    taught = learn_m(start, labels, np.ones(labels.height))
    often = pl.concat([seen] * 30)
    adapted, _ = adapt_m(taught, labels, often, np.ones(often.height))
    code = spec.by_name["prenom"].code("inverse")
    return float(adapted.m["prenom"][couple(spec, "scolarite", "missions_locales"), code])


def test_an_error_that_hides_its_pair_is_as_frequent_as_elsewhere(start: WeightModel) -> None:
    """Surname and first name exchanged: the surname is absent then, and no pair with an equal one shows it."""
    seen = pairs_of(start.spec, "scolarite", "missions_locales")
    assert inversions(start, 4, seen) == pytest.approx(0.004, rel=0.1)


def test_a_source_that_inverts_names_teaches_it_where_it_is_seen(start: WeightModel) -> None:
    """The surname abstains where the first name says that both are exchanged: it is equal all the same."""
    inverted = pl.col("prenom") == start.spec.by_name["prenom"].code("inverse")
    seen = pairs_of(
        start.spec, "scolarite", "missions_locales", prenom=("inverse", 10)
    ).with_columns(nom=pl.when(inverted).then(ABSENT).otherwise("nom").cast(pl.UInt8))
    assert inversions(start, 1, seen) == pytest.approx(0.01, rel=0.1)


def test_two_records_of_one_source_teach_nothing_of_two_sources(start: WeightModel) -> None:
    """Equal rows of one source are one record: those that remain differ, in the first name one time in ten."""
    spec = start.spec
    within = pairs_of(spec, "scolarite", "scolarite", prenom=("different", 100))
    between = pl.concat([pairs_of(spec, "scolarite", "diplomes")] * 20)
    labels = pl.concat([within, between])
    model = learn_m(start, labels, np.ones(labels.height))
    code = spec.by_name["prenom"].code("different")

    def share(a: str, b: str, of: WeightModel = model) -> float:
        return float(of.m["prenom"][couple(spec, a, b), code])

    # Of pairs without a label, two sources lean on two sources, one on one.
    assert share("agricole", "diplomes") < 0.001
    assert share("agricole", "agricole") > 0.02
    ml = "missions_locales"
    twice = pairs_of(spec, ml, ml, prenom=("different", 100))
    adapted, _ = adapt_m(model, labels, twice, np.ones(twice.height))
    assert share("diplomes", ml, adapted) < 0.001 < 0.005 < share(ml, ml, adapted)


def test_a_truncated_first_name_weighs_no_less_than_another_one(start: WeightModel) -> None:
    spec = start.spec
    seen = pairs_of(spec, "missions_locales", "missions_locales", prenom=("different", 400))
    adapted, _ = adapt_m(start, no_labels(spec), seen, np.ones(seen.height))
    trait = spec.by_name["prenom"]
    for table in adapted.m["prenom"]:
        weights = ratios(table[1:], start.u["prenom"][1:], trait)
        assert (np.diff(weights) <= 1e-9 * weights[:-1]).all()


def test_what_is_held_is_said_in_counts() -> None:
    traits, parcours, _ = small_world(120, 3, ine=0.0, twins=0.5)
    fiches = build_fiches(traits)
    comparator = Comparator(fiches, stays(fiches, parcours))
    model = start_model(fiches, comparator)
    twins = pairs_of(model.spec, "missions_locales", "missions_locales", nom=("different", 900))
    shares = {f"part_{t.name}": np.full(twins.height, 1e-5, np.float32) for t in model.spec.traits if t.frequent}  # fmt: skip
    candidates = twins.with_columns(**{n: pl.Series(v) for n, v in shares.items()})
    told: list[str] = []
    refine(model, candidates.clear(), candidates, fiches, told.append)
    # Nobody is labelled: what tells twins apart and has no `appris_si` is told too (`test_link_as_declared`).
    held, *kept = told
    assert held.split()[0].isdigit()
    assert "(nom " in held
    assert all("keeps the m that is declared" in line for line in kept)
    assert [line.split()[0] for line in kept] == ["autres_prenoms", "sexe"]


@given(st.lists(st.floats(1e-6, 1.0), min_size=5, max_size=5))
def test_levels_among_strangers_of_one_name_keep_the_order_declared(counted: list[float]) -> None:
    trait = siei().by_name["adresse"]
    kept = keep_order(trait, np.array(counted) / sum(counted))
    weights = np.array(trait.m) / kept
    declared = np.array(trait.m) / np.array(trait.among)
    assert kept.sum() == pytest.approx(1.0)
    assert (np.diff(weights[np.argsort(-declared, kind="stable")]) <= 1e-9 * weights.max()).all()
