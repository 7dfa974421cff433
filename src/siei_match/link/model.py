"""The multi-level Fellegi–Sunter model: m, u, weights, and the odds of a pair.

Weights are log2 Bayes factors. Two things go beyond the textbook:

- agreeing on a value weighs what the value is rare (frequency adjustment), and the prior counts
  the population, so that homonyms cost more in a larger country;
- "not the same person" is not only a random stranger. Twins and siblings share surname, address
  and phones; homonyms of the same day share names and date. They stand as classes of their own,
  told apart by their other traits alone. Without them, any two brothers look like one boy.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.link.levels import ABSENT, FREQUENCY_LEVELS, PRENOM, TRAITS, Trait
from siei_match.vocabulary import EXTRAITS_PERSONNES

Floats = npt.NDArray[np.float64]

SOURCES: Final = len(EXTRAITS_PERSONNES)
SOURCE_PAIRS: Final = SOURCES * SOURCES
TWINS_PER_PERSON: Final = 0.032
"""Children of multiple births among all births (INSEE, state civil: about 3.2 % in the 2000s)."""
SIBLINGS_PER_PERSON: Final = 1.2
LARGEST_DISAGREEMENT: Final = -12.0
RAREST: Final = 1e-7
HOUSEHOLD_CLASSES: Final = ("jumeaux", "fratrie")
HOMONYM_TRAITS: Final = ("lieu", "telephone", "courriel", "adresse", "inscription", "ine")
"""What tells homonyms of the same day apart."""
CLASSES: Final[Mapping[str, list[str]]] = {
    **{
        klass: [f"{klass}_{t.name}" for t in TRAITS if t.jumeaux is not None]
        for klass in HOUSEHOLD_CLASSES
    },
    "homonymes": [f"poids_{name}" for name in HOMONYM_TRAITS],
}
"""Ways of being two people other than strangers, with the weights that speak against each."""
Taux = Mapping[str, float]


@dataclass(frozen=True)
class Modele:
    """What a campaign's data say of its errors.

    m: by trait, P(level | same person) per pair of sources: shape (SOURCE_PAIRS, levels + 1).
    u: by trait, P(level | strangers): shape (levels + 1,). Column 0 (absent) is 1 in both.
    prior: P(same person) of two records drawn at random, per pair of sources.
    taux: how many twins, siblings and homonyms of the same day a person has.
    """

    m: Mapping[str, Floats]
    u: Mapping[str, Floats]
    prior: Floats
    taux: Taux

    def weigh(self, compared: pl.DataFrame) -> pl.DataFrame:
        """Add `prior` (log2 odds) and per trait `poids_<trait>`, null where absent.

        For the traits that tell a household apart, `jumeaux_<trait>` and `fratrie_<trait>` too.
        """
        pairs = source_pair(compared)
        columns = {"prior": pl.Series(np.log2(self.prior / (1 - self.prior))[pairs])}
        for trait in TRAITS:
            levels = compared[trait.name].to_numpy()
            present = levels != ABSENT
            m = self.m[trait.name][pairs, levels]
            u = _frequency(trait, compared, levels, self.u[trait.name][levels])
            columns[f"poids_{trait.name}"] = _bits(m / u, present, trait.cap)
            for klass in HOUSEHOLD_CLASSES:
                distribution = getattr(trait, klass)
                if distribution is not None:
                    household = np.array([1.0, *distribution])[levels]
                    columns[f"{klass}_{trait.name}"] = _bits(m / household, present, trait.cap)
        # A first name tells the sex: that the sex agrees too is the same fact, counted once.
        said = pl.col("prenom").is_between(1, PRENOM.code("proche"))
        once = pl.when(said).then(pl.min_horizontal("poids_sexe", 0.0)).otherwise("poids_sexe")
        return compared.with_columns(**columns).with_columns(poids_sexe=once)

    def artefact(self) -> dict[str, Any]:
        """Return the model as readable JSON data: levels with m, u and weight, and the priors."""
        names = EXTRAITS_PERSONNES
        pooled = {name: table.mean(axis=0) for name, table in self.m.items()}
        return {
            "traits": {
                trait.name: {
                    level: {
                        "m": round(float(pooled[trait.name][code]), 6),
                        "u": float(f"{self.u[trait.name][code]:.3e}"),
                        "poids": round(
                            float(np.log2(pooled[trait.name][code] / self.u[trait.name][code])), 2
                        ),
                        "frequence": code in FREQUENCY_LEVELS.get(trait.name, ()),
                        "m_par_sources": {
                            f"{names[i]}-{names[j]}": round(
                                float(self.m[trait.name][i * SOURCES + j, code]), 4
                            )
                            for i in range(SOURCES)
                            for j in range(i, SOURCES)
                        },
                    }
                    for code, level in enumerate(trait.levels, start=1)
                }
                for trait in TRAITS
            },
            "prior": {
                f"{names[i]}-{names[j]}": float(f"{self.prior[i * SOURCES + j]:.3e}")
                for i in range(SOURCES)
                for j in range(i, SOURCES)
            },
            "taux": {name: float(f"{rate:.3e}") for name, rate in self.taux.items()},
        }


def source_pair(compared: pl.DataFrame) -> npt.NDArray[np.int64]:
    """Number the unordered pair of sources of each row."""
    a = compared["source_a"].to_numpy().astype(np.int64)
    b = compared["source_b"].to_numpy().astype(np.int64)
    pairs: npt.NDArray[np.int64] = np.minimum(a, b) * SOURCES + np.maximum(a, b)
    return pairs


def _frequency(
    trait: Trait, compared: pl.DataFrame, levels: npt.NDArray[np.uint8], u: Floats
) -> Floats:
    frequent = FREQUENCY_LEVELS.get(trait.name, ())
    if not frequent:
        return u
    part = compared[f"part_{trait.name}"].fill_null(float("nan")).to_numpy()
    use = np.isin(levels, frequent) & ~np.isnan(part)
    return np.where(use, np.clip(part, RAREST, 1.0), u)


def _bits(ratio: Floats, present: npt.NDArray[np.bool_], cap: float) -> pl.Series:
    bits = np.clip(np.log2(ratio), LARGEST_DISAGREEMENT, cap)
    return pl.Series(bits, dtype=pl.Float64).set(pl.Series(~present), None)


def log_odds(weight_of: Callable[[str], pl.Expr], prior: pl.Expr, taux: Taux) -> pl.Expr:
    """Return the log2 odds of one person against all the ways of being two, together.

    1/odds = 1/(prior · 2^Σpoids) + Σ_class taux · 2^-Σ(weights of the class)

    Args:
        weight_of: gives the expression of a column of weights, null where absent.
        prior: log2 odds before any trait.
        taux: see `Modele`.
    """

    def total(columns: list[str]) -> pl.Expr:
        return pl.sum_horizontal(weight_of(c).fill_null(0.0) for c in columns)

    others = [-(prior + total([f"poids_{t.name}" for t in TRAITS]))]
    others += [float(np.log2(taux[k])) - total(columns) for k, columns in CLASSES.items()]
    top = pl.max_horizontal(others)
    return -(top + pl.sum_horizontal(pl.lit(2.0).pow(o - top) for o in others).log(2))


def pair_log_odds(taux: Taux) -> pl.Expr:
    """Return `log_odds` over the columns that `Modele.weigh` adds."""
    return log_odds(pl.col, pl.col("prior"), taux)


def probability(bits: pl.Expr) -> pl.Expr:
    return 1 / (1 + pl.lit(2.0).pow(-bits))


def to_bits(chance: float) -> float:
    """Return the log2 odds of a probability."""
    return float(np.log2(chance / (1 - chance)))
