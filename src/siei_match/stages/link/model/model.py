"""The multi-level Fellegi–Sunter model: m, u, weights, and the odds of a pair.

Weights are log2 Bayes factors. Two things go beyond the textbook:

- agreeing on a value weighs what the value is rare (frequency adjustment), and the prior counts
  the population, so that homonyms cost more in a larger country;
- "not the same person" is not only a random stranger. Twins and siblings share surname, address
  and phones; homonyms of the same day share names and date. They stand as classes of their own,
  told apart by their other traits alone. Without them, any two brothers look like one boy.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.files import bytes_sha256
from siei_match.reference.parallel import each
from siei_match.stages.link.declared.names import ABSENT
from siei_match.stages.link.declared.spec import Spec, Trait
from siei_match.stages.link.declared.traits import AMONG, HOUSEHOLD
from siei_match.stages.link.model.agreement import agreeing

Floats = npt.NDArray[np.float64]

LARGEST_DISAGREEMENT: Final = -12.0
RAREST: Final = 1e-7
SLICE: Final = 250_000
"""Pairs weighed at a time: what fits in a cache."""
SimulatedRates = Mapping[str, float]


@dataclass(frozen=True)
class WeightModel:
    """What a campaign's data say of its errors.

    spec: what is compared.
    m: by trait, P(level | same person) per pair of sources: shape (pairs of sources, levels + 1).
    u: by trait, P(level | strangers): shape (levels + 1,). Column 0 (absent) is 1 in both.
    prior: P(same person) of two records drawn at random, per pair of sources.
    rates: how many twins, siblings and homonyms of the same day a person has.
    homes: by class and trait, P(level | two people of that class), where it was counted; else as declared.
        `parmi` is the class of strangers who agree in the traits that this one names.
    """

    spec: Spec
    m: Mapping[str, Floats]
    u: Mapping[str, Floats]
    prior: Floats
    taux: SimulatedRates
    homes: Mapping[tuple[str, str], tuple[float, ...]] = field(default_factory=dict)

    def weigh(self, compared: pl.DataFrame) -> pl.DataFrame:
        """Add `prior` (log2 odds) and per trait `poids_<trait>`, null where absent.

        For the traits that tell a household apart, `jumeaux_<trait>` and `fratrie_<trait>` too.
        """
        pairs = source_pair(compared, len(self.spec.sources))
        columns = {"prior": pl.Series(np.log2(self.prior / (1 - self.prior))[pairs])}
        for trait in self.spec.traits:
            columns |= self._weigh_trait(trait, compared, pairs)
        return compared.with_columns(**columns)

    def _weigh_trait(
        self, trait: Trait, compared: pl.DataFrame, pairs: npt.NDArray[np.int64]
    ) -> dict[str, pl.Series]:
        absent = pl.Series(compared[trait.name].to_numpy() == ABSENT)
        columns = {f"poids_{trait.name}": self._weights(trait, compared, pairs)}
        for klass in trait.households:
            columns[f"{klass}_{trait.name}"] = self._against(klass, trait, compared, pairs)
        return {name: pl.Series(bits).set(absent, None) for name, bits in columns.items()}

    def _weights(
        self, trait: Trait, compared: pl.DataFrame, pairs: npt.NDArray[np.int64]
    ) -> Floats:
        """Return the log2 Bayes factor of a trait for each pair, 0 where it is absent."""
        levels = compared[trait.name].to_numpy()
        log_m = np.log2(self.m[trait.name])
        flat = pairs * log_m.shape[1] + levels
        cap = trait.declared.cap
        table = np.clip(log_m - np.log2(self.u[trait.name]), LARGEST_DISAGREEMENT, cap)
        bits: Floats = table.ravel()[flat]
        if trait.frequent:
            part = compared[f"part_{trait.name}"].to_numpy()
            rows = np.flatnonzero(np.isin(levels, trait.frequent) & ~np.isnan(part))
            rare = np.log2(np.clip(part[rows].astype(np.float64), RAREST, 1.0))
            bits[rows] = np.clip(log_m.ravel()[flat[rows]] - rare, LARGEST_DISAGREEMENT, cap)
        if trait.among is not None:
            self._weigh_among(bits, trait, compared, pairs)
        if (said := trait.declared.redit) is not None:
            rows = np.flatnonzero(agreeing(self.spec, compared, {said.trait: said.jusqu_a}))
            bits[rows] = np.minimum(bits[rows], 0.0)
        return bits

    def _weigh_among(
        self, bits: Floats, trait: Trait, compared: pl.DataFrame, pairs: npt.NDArray[np.int64]
    ) -> None:
        """Weigh a trait anew where a pair agrees in those of its `parmi`: strangers are alike there too.

        What agrees is worth no more than that; less where the value itself is more common.
        """
        rows = np.flatnonzero(agreeing(self.spec, compared, trait.declared.parmi))
        levels = compared[trait.name].to_numpy()[rows]
        log_m = np.log2(self.m[trait.name])
        shares = np.array([1.0, *self.homes.get((AMONG, trait.name), trait.among or ())])[levels]
        if trait.frequent:
            part = compared[f"part_{trait.name}"].to_numpy()[rows]
            common = np.isin(levels, trait.frequent) & ~np.isnan(part)
            shares[common] = np.maximum(shares[common], part[common])
        found = log_m.ravel()[pairs[rows] * log_m.shape[1] + levels] - np.log2(shares)
        bits[rows] = np.clip(found, LARGEST_DISAGREEMENT, trait.declared.cap)

    def _against(
        self, klass: str, trait: Trait, compared: pl.DataFrame, pairs: npt.NDArray[np.int64]
    ) -> Floats:
        """Return the log2 of P(level | same person) over P(level | two people of one household)."""
        log_m = np.log2(self.m[trait.name])
        shares = self.homes.get((klass, trait.name), trait.households[klass])
        household = np.log2(np.array([1.0, *shares]))
        table = np.clip(log_m - household, LARGEST_DISAGREEMENT, trait.declared.cap)
        bits: Floats = table.ravel()[pairs * log_m.shape[1] + compared[trait.name].to_numpy()]
        if trait.among is not None:
            # Twins of one first name are of one sex.
            self._weigh_among(bits, trait, compared, pairs)
        return bits

    def bits(self, compared: pl.DataFrame) -> Floats:
        """Return the log2 odds that each compared pair is one person.

        What `weigh` and `log_odds` say, without their columns: for millions of pairs.
        """
        if not compared.height:
            return np.empty(0)
        slices = [compared.slice(start, SLICE) for start in range(0, compared.height, SLICE)]
        return np.concatenate(each(self._bits, slices))

    def _bits(self, compared: pl.DataFrame) -> Floats:
        pairs = source_pair(compared, len(self.spec.sources))
        total = np.log2(self.prior / (1 - self.prior))[pairs]
        against = {
            klass: np.full(len(pairs), -np.log2(self.taux[klass])) for klass in self.spec.classes
        }
        for trait in self.spec.traits:
            weights = self._weights(trait, compared, pairs)
            total += weights
            for klass, columns in self.spec.classes.items():
                if klass in trait.households:
                    against[klass] += self._against(klass, trait, compared, pairs)
                elif f"poids_{trait.name}" in columns:
                    most = self.spec.most_against(klass, f"poids_{trait.name}")
                    against[klass] += np.minimum(weights, most)
        odds = -total
        for claim in against.values():
            np.logaddexp2(odds, -claim, out=odds)
        return -odds

    def artefact(self) -> dict[str, Any]:
        """Return the model as readable JSON data: levels with m, u and weight, and the priors."""
        names = self.spec.sources
        couples = [(i, j) for i in range(len(names)) for j in range(i, len(names))]

        def by_sources(values: Floats, digits: Callable[[float], float]) -> dict[str, float]:
            return {
                f"{names[i]}-{names[j]}": digits(float(values[i * len(names) + j]))
                for i, j in couples
            }

        def describe(trait: Trait, code: int) -> dict[str, Any]:
            m, u = float(self.m[trait.name][:, code].mean()), float(self.u[trait.name][code])
            return {
                "m": round(m, 6),
                "u": float(f"{u:.3e}"),
                "poids": round(float(np.log2(m / u)), 2),
                "frequence": code in trait.frequent,
                "m_par_sources": by_sources(
                    self.m[trait.name][:, code], lambda x: float(f"{x:.6g}")
                ),
            }

        return {
            "declaration": declaration_seal(self.spec),
            "traits": {
                trait.name: {
                    level: describe(trait, code) for code, level in enumerate(trait.levels, start=1)
                }
                for trait in self.spec.traits
            },
            "prior": by_sources(self.prior, lambda x: float(f"{x:.3e}")),
            "taux": {name: float(f"{rate:.3e}") for name, rate in self.taux.items()},
            "foyers": {
                klass: {
                    trait: [float(f"{share:.6g}") for share in shares]
                    for (of, trait), shares in sorted(self.homes.items())
                    if of == klass
                }
                for klass in sorted({klass for klass, _ in self.homes})
            },
        }


def declaration_seal(spec: Spec) -> str:
    """Return what tells one way to compare from another: a model of one is none of the other."""
    traits = [(t.name, t.kind, [*t.levels]) for t in spec.traits]
    return bytes_sha256(repr((traits, sorted(spec.classes))).encode("utf-8"))


def source_pair(compared: pl.DataFrame, sources: int) -> npt.NDArray[np.int64]:
    """Number the unordered pair of sources of each row."""
    a = compared["source_a"].to_numpy().astype(np.int64)
    b = compared["source_b"].to_numpy().astype(np.int64)
    pairs: npt.NDArray[np.int64] = np.minimum(a, b) * sources + np.maximum(a, b)
    return pairs


def weights_of(spec: Spec) -> list[str]:
    return [f"poids_{t.name}" for t in spec.traits]


def household_weights(spec: Spec) -> list[str]:
    return [c for klass in HOUSEHOLD for c in spec.classes.get(klass, [])]


def log_odds(
    spec: Spec,
    weight_of: Callable[[str], pl.Expr],
    prior: pl.Expr,
    rates: SimulatedRates,
    likelier: Mapping[str, pl.Expr] | None = None,
) -> pl.Expr:
    """Return the log2 odds of one person against all the ways of being two, together.

    1/odds = 1/(prior · 2^Σpoids) + Σ_class taux · 2^-Σ(weights of the class)

    Args:
        spec: what is compared.
        weight_of: gives the expression of a column of weights, null where absent.
        prior: log2 odds before any trait.
        rates: see `WeightModel`.
        likelier: by class, by how many bits it is likelier here than its rate says.
    """

    def total(columns: list[str], klass: str | None = None) -> pl.Expr:
        return pl.sum_horizontal(
            pl.min_horizontal(weight_of(c).fill_null(0.0), spec.most_against(klass, c))
            for c in columns
        )

    others = [-(prior + total(weights_of(spec)))]
    for klass, columns in spec.classes.items():
        more = (likelier or {}).get(klass, pl.lit(0.0))
        others.append(float(np.log2(rates[klass])) + more - total(columns, klass))
    top = pl.max_horizontal(others)
    return -(top + pl.sum_horizontal(pl.lit(2.0).pow(o - top) for o in others).log(2))


def pair_log_odds(model: WeightModel) -> pl.Expr:
    """Return `log_odds` over the columns that `Modele.weigh` adds."""
    return log_odds(model.spec, pl.col, pl.col("prior"), model.taux)


def probability(bits: pl.Expr) -> pl.Expr:
    return 1 / (1 + pl.lit(2.0).pow(-bits))


def to_bits(chance: float) -> float:
    """Return the log2 odds of a probability."""
    return float(np.log2(chance / (1 - chance)))
