"""A model from outside: the weights that earlier campaigns taught, applied instead of one's own.

What `WeightModel.artefact` tells is read back. The run goes on learning aside, so that it can say how
far its own data are from what the model was taught (`drifts`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from siei_match.reference.errors import SettingsError
from siei_match.stages.link.declared.spec import Spec
from siei_match.stages.link.model.estimation import NEVER
from siei_match.stages.link.model.model import Floats, WeightModel, declaration_seal
from siei_match.stages.link.model.profile import Profile, distance

LEAST_U: Final = 1e-4
"""Levels that strangers reach more seldom are counted too few times to tell a drift."""
LEAST_M: Final = 1e-6
What = Literal["m", "u", "motifs", "candidates", "fiches_par_personne"]


@dataclass(frozen=True)
class Bounds:
    """How far a delivery may be from what the model was taught.

    m: by how much a share of the pairs of one person may differ. u: in bits. patterns, sizes: the share
    that would have to move. candidates: in bits, pairs compared per record.
    """

    m: float = 0.1
    u: float = 1.5
    patterns: float = 0.25
    candidates: float = 1.5
    sizes: float = 0.15


@dataclass(frozen=True)
class Drift:
    """How far one thing has moved: `where` it moved most, by how much, what is allowed."""

    what: What
    where: str
    found: float
    allowed: float

    @property
    def beyond(self) -> bool:
        return self.found > self.allowed


@dataclass(frozen=True)
class Pinned:
    """A model from outside. weights: as `WeightModel.artefact` tells them. looked: see `drifts`."""

    weights: Mapping[str, Any]
    looked: Profile
    bounds: Bounds

    def compare(self, own: WeightModel, looks: Profile, taught: WeightModel) -> tuple[Drift, ...]:
        return drifts(own, looks, taught, self.looked, self.bounds)


def read_weights(told: Mapping[str, Any], spec: Spec) -> WeightModel:
    """Return the model that `WeightModel.artefact` tells, for the sources of `spec`.

    Raises:
        SettingsError: it was taught by another declaration, or without one of the sources.
    """
    if told.get("declaration") != declaration_seal(spec):
        raise SettingsError(
            "The model was taught with other traits or levels than today's declaration has.",
            remedy="Train one again with this version: siei train.",
        )
    names = spec.sources
    couples = [(a, b) for a in names for b in names]
    missing = [name for name in names if f"{name}-{name}" not in told["prior"]]
    if missing:
        raise SettingsError(
            f"The model was never taught about {', '.join(missing)}, which this delivery has.",
            remedy="Train one on a campaign that has it (siei train), or run without `modele`.",
        )

    def of(values: Mapping[str, float], a: str, b: str) -> float:
        found = values.get(f"{a}-{b}", values.get(f"{b}-{a}"))
        assert found is not None  # noqa: S101
        return found

    m = {
        trait.name: np.array(
            [
                [
                    1.0,
                    *(
                        max(of(told["traits"][trait.name][level]["m_par_sources"], a, b), LEAST_M)
                        for level in trait.levels
                    ),
                ]
                for a, b in couples
            ]
        )
        for trait in spec.traits
    }
    u = {
        trait.name: np.array([1.0, *(told["traits"][trait.name][v]["u"] for v in trait.levels)])
        for trait in spec.traits
    }
    prior = np.array([max(of(told["prior"], a, b), NEVER) for a, b in couples])
    homes = {
        (klass, trait): tuple(shares)
        for klass, traits in told["foyers"].items()
        for trait, shares in traits.items()
    }
    return WeightModel(spec, m, u, prior, told["taux"], homes)


def drifts(
    own: WeightModel, looks: Profile, taught: WeightModel, looked: Profile, bounds: Bounds
) -> tuple[Drift, ...]:
    """Say how far a run's own data are from what a model was taught, one line a kind of drift.

    Args:
        own: what the run has learnt aside.
        looks: how it looks.
        taught: the model that it applied.
        looked: how the campaigns looked that taught it.
        bounds: what is allowed.
    """
    m = max(_differences(own, taught), key=lambda found: found[1], default=("–", 0.0))
    u = max(_strangers(own, taught), key=lambda found: found[1], default=("–", 0.0))
    more = abs(np.log2(max(looks.candidates, 1e-9) / max(looked.candidates, 1e-9)))
    return (
        Drift("m", m[0], round(m[1], 4), bounds.m),
        Drift("u", u[0], round(u[1], 3), bounds.u),
        Drift("motifs", "–", round(distance(looks.patterns, looked.patterns), 4), bounds.patterns),
        Drift("candidates", "–", round(float(more), 3), bounds.candidates),
        Drift(
            "fiches_par_personne", "–", round(distance(looks.sizes, looked.sizes), 4), bounds.sizes
        ),
    )


def _differences(own: WeightModel, taught: WeightModel) -> Iterator[tuple[str, float]]:
    """Return by how much the m of each level differ, all pairs of sources together."""
    for trait in own.spec.traits:
        if trait.declared.appris:
            gap = np.abs(own.m[trait.name].mean(axis=0) - taught.m[trait.name].mean(axis=0))[1:]
            yield from (
                (f"{trait.name} {v}", float(x)) for v, x in zip(trait.levels, gap, strict=True)
            )


def _strangers(own: WeightModel, taught: WeightModel) -> Iterator[tuple[str, float]]:
    """Return by how many bits the u of each level differ, where strangers reach it often enough."""
    for trait in own.spec.traits:
        ours, theirs = (model.u[trait.name][1:] for model in (own, taught))
        often = np.maximum(ours, theirs) >= LEAST_U
        gap: Floats = np.abs(np.log2(ours / theirs)) * often
        yield from ((f"{trait.name} {v}", float(x)) for v, x in zip(trait.levels, gap, strict=True))
