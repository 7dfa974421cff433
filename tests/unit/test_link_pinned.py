"""A model from outside: read back as it was told, applied as it is, and left where data are far."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from siei_match.reference.errors import SettingsError
from siei_match.release.training import pool
from siei_match.stages.link import Linkage, link
from siei_match.stages.link.declared.spec import siei
from siei_match.stages.link.measure.rates import ExpectedErrors
from siei_match.stages.link.model.model import WeightModel
from siei_match.stages.link.model.pinned import Bounds, Drift, Pinned, drifts, read_weights
from siei_match.stages.link.model.profile import (
    Profile,
    count_sizes,
    distance,
    read_profile,
)
from siei_match.stages.link.people.trace import Trace
from tests.worlds import small_world


def linked(seed: int = 3, pinned: Pinned | None = None) -> tuple[Linkage, Trace]:
    traces: list[Trace] = []

    def look(trace: Trace) -> ExpectedErrors:
        traces.append(trace)
        return ExpectedErrors(reason="no_identifier")

    traits, parcours, _ = small_world(400, seed)
    found = link(traits, parcours, seuil_lien=0.9, seuil_doute=0.2, measure=look, pinned=pinned)
    return found, traces[-1]


@pytest.fixture(scope="module")
def own() -> tuple[Linkage, Trace]:
    return linked()


def pinned_to(found: Linkage) -> Pinned:
    return Pinned(found.modele, found.profile, Bounds())


def counted(model: WeightModel, trait: str) -> npt.NDArray[np.float64]:
    """Return the m of the pairs of sources in their order: the others stand for nothing."""
    sources = len(model.spec.sources)
    return model.m[trait][np.flatnonzero(np.triu(np.ones((sources, sources))))]


def test_what_a_model_tells_is_read_back_as_it_was(own: tuple[Linkage, Trace]) -> None:
    found, trace = own
    read = read_weights(found.modele, trace.fiches.spec)
    for trait in trace.fiches.spec.traits:
        told, known = (counted(model, trait.name) for model in (read, trace.model))
        assert np.allclose(told, known, rtol=1e-5), trait.name
        assert np.allclose(read.u[trait.name], trace.model.u[trait.name], rtol=1e-3), trait.name
    assert read.homes.keys() == trace.model.homes.keys()
    pairs = trace.comparator.compare(trace.near)
    assert np.allclose(read.bits(pairs), trace.model.bits(pairs), atol=0.02)


def test_under_its_own_model_a_linkage_is_what_it_was_and_nothing_has_drifted(
    own: tuple[Linkage, Trace],
) -> None:
    found, trace = own
    again, _ = linked(pinned=pinned_to(found))
    assert again.groupes.equals(found.groupes)
    assert again.profile == found.profile
    assert {drift.what for drift in again.drifts} == {
        "m", "u", "motifs", "candidates", "fiches_par_personne",
    }  # fmt: skip
    assert all(drift.found < 0.01 for drift in again.drifts)
    assert found.learnt is None
    assert again.learnt is not None
    learnt = read_weights(again.learnt, trace.fiches.spec)
    for name in trace.model.m:
        assert np.allclose(counted(learnt, name), counted(trace.model, name), rtol=1e-4), name


def test_a_model_from_outside_weighs_and_not_ones_own(own: tuple[Linkage, Trace]) -> None:
    found, _ = own
    hopeless = {
        **found.modele,
        "prior": dict.fromkeys(found.modele["prior"], 1e-30),
    }
    apart, _ = linked(pinned=Pinned(hopeless, found.profile, Bounds()))
    assert apart.counts.people > found.counts.people
    assert apart.modele["prior"] == hopeless["prior"]


def test_other_data_drift_and_are_told_where(own: tuple[Linkage, Trace]) -> None:
    found, _ = own
    spoilt, _ = linked(seed=4, pinned=pinned_to(found))
    assert all(not drift.beyond for drift in spoilt.drifts)
    traits, parcours, _ = small_world(400, 3, errors=0.5)
    far = link(traits, parcours, seuil_lien=0.9, seuil_doute=0.2, pinned=pinned_to(found))
    assert {"m"} <= {drift.what for drift in far.drifts if drift.beyond}
    [moved] = [drift for drift in far.drifts if drift.what == "m"]
    assert moved.where.split()[0] in siei().by_name


def change(values: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
    return {**values, **changed}


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ({"declaration": "0" * 64}, "other traits or levels"),
        ({"prior": {"scolarite-scolarite": 1e-5}}, "never taught about"),
    ],
)
def test_a_model_of_something_else_is_refused(
    own: tuple[Linkage, Trace], what: dict[str, Any], message: str
) -> None:
    found, trace = own
    with pytest.raises(SettingsError, match=message):
        read_weights(change(found.modele, **what), trace.fiches.spec)


LOOKS = Profile({"====": 0.7, "===x": 0.3}, 4.0, {"1": 0.5, "2": 0.5})


@pytest.mark.parametrize(
    ("looks", "beyond"),
    [
        (LOOKS, set()),
        (replace(LOOKS, patterns={"====": 0.46, "===x": 0.54}), set()),
        (replace(LOOKS, patterns={"====": 0.44, "===x": 0.56}), {"motifs"}),
        (replace(LOOKS, candidates=4.0 * 2**1.5), set()),
        (replace(LOOKS, candidates=4.1 * 2**1.5), {"candidates"}),
        (replace(LOOKS, candidates=0.0), {"candidates"}),
        (replace(LOOKS, sizes={"1": 0.34, "2": 0.66}), {"fiches_par_personne"}),
        (replace(LOOKS, sizes={"3": 1.0}), {"fiches_par_personne"}),
    ],
)
def test_each_bound_holds_by_itself(
    own: tuple[Linkage, Trace], looks: Profile, beyond: set[str]
) -> None:
    model = own[1].model
    told = drifts(model, looks, model, LOOKS, Bounds())
    assert {drift.what for drift in told if drift.beyond} == beyond


def test_the_largest_move_of_m_and_u_is_named(own: tuple[Linkage, Trace]) -> None:
    model = own[1].model
    m = {**model.m, "nom": model.m["nom"].copy()}
    m["nom"][:, 1] -= 0.2
    u = {**model.u, "sexe": model.u["sexe"] * np.array([1.0, 4.0, 1.0])}
    told = drifts(replace(model, m=m, u=u), LOOKS, model, LOOKS, Bounds())
    assert told[0] == Drift("m", "nom egal", 0.2, 0.1)
    assert told[1] == Drift("u", "sexe egal", 2.0, 1.5)


def test_a_profile_is_shares(own: tuple[Linkage, Trace]) -> None:
    profile = own[0].profile
    assert read_profile(profile.told()) == profile
    assert sum(profile.patterns.values()) == pytest.approx(1, abs=1e-4)
    assert all(set(pattern) <= set("=~x-") for pattern in profile.patterns if pattern != "autres")
    assert sum(profile.sizes.values()) == pytest.approx(1, abs=1e-4)
    # Two people of one record, one of three, one of nine.
    persons = np.array([0, 1, 2, 2, 2, *[3] * 9], dtype=np.uint32)
    assert count_sizes(persons) == {"1": 0.5, "2": 0, "3": 0.25, "4": 0, "5": 0, "6": 0.25}
    assert distance({"a": 1.0}, {"b": 1.0}) == 1.0
    assert distance({"a": 0.5, "b": 0.5}, {"a": 0.25, "b": 0.75}) == 0.25


def test_pooling_is_a_weighted_mean_of_what_each_has() -> None:
    told = [{"a": 1.0, "b": {"c": [2.0, 4.0]}}, {"a": 4.0, "b": {"c": [8.0, 4.0], "d": 5.0}}]
    assert pool(told, [1.0, 2.0]) == {"a": 3.0, "b": {"c": [6.0, 4.0], "d": 5.0}}
    assert pool(told[:1] * 3, [1.0, 2.0, 5.0]) == told[0]
