"""What clerks' judgements say of the model's probabilities, and how far thresholds move for it."""

import numpy as np
import polars as pl
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import expit

from siei_match.stages.link.model.model import to_bits
from siei_match.stages.link.model.recalibration import (
    ENOUGH,
    FARTHEST,
    SPREAD,
    describe_bands,
    fit_shift,
    recalibrate,
)

SEUILS = {"seuil_lien": 0.95, "seuil_doute": 0.25}


def judgements(rows: list[tuple[float, bool]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"probabilite": pl.Float64, "meme": pl.Boolean}, orient="row")


def drawn(count: int, shift: float, seed: int = 1) -> pl.DataFrame:
    """Draw judgements of a world whose odds are `shift` bits above what the model says."""
    dice = np.random.default_rng(seed)
    told = dice.uniform(0.25, 0.95, count)
    truth = expit(np.log(told / (1 - told)) + shift * np.log(2))
    return judgements(list(zip(told.tolist(), (dice.random(count) < truth).tolist(), strict=True)))


def test_nobody_judged_anything_nothing_moves() -> None:
    found = recalibrate(judgements([]), **SEUILS)
    assert (found.judgements, found.shift, found.applied) == (0, 0.0, False)
    assert (found.seuil_lien, found.seuil_doute) == (0.95, 0.25)


@pytest.mark.parametrize(("count", "applied"), [(ENOUGH - 1, False), (ENOUGH, True)])
def test_few_judgements_are_told_and_change_nothing(count: int, applied: bool) -> None:
    found = recalibrate(judgements([(0.6, True)] * count), **SEUILS)
    assert found.applied is applied
    assert found.shift > 0
    assert (found.seuil_lien < 0.95) is applied
    assert found.seuil_doute == 0.25


def test_thresholds_chosen_otherwise_are_left_alone() -> None:
    found = recalibrate(judgements([(0.6, True)] * 100), **SEUILS, told_only=True)
    assert found.shift > 0
    assert (found.applied, found.seuil_lien, found.seuil_doute) == (False, 0.95, 0.25)


@pytest.mark.parametrize("shift", [-1.5, -0.5, 0.0, 0.5, 1.5])
def test_a_shift_is_found_again(shift: float) -> None:
    found = recalibrate(drawn(4000, shift), **SEUILS)
    assert found.shift == pytest.approx(shift, abs=0.15)
    lien, doute = to_bits(found.seuil_lien), to_bits(found.seuil_doute)
    if found.shift > 0:
        assert lien == pytest.approx(to_bits(0.95) - found.shift, abs=1e-3)
        assert found.seuil_doute == 0.25
    else:
        assert doute == pytest.approx(to_bits(0.25) - found.shift, abs=1e-3)
        assert found.seuil_lien == 0.95


@pytest.mark.parametrize("seed", range(4))
def test_the_shift_is_the_mode_that_an_optimiser_finds(seed: int) -> None:
    sample = drawn(60, 0.7, seed)
    odds = np.log(sample["probabilite"] / (1 - sample["probabilite"])).to_numpy()
    said = sample["meme"].to_numpy()

    def loss(s: float) -> float:
        chance = expit(odds + s * np.log(2))
        return float(-np.log(np.where(said, chance, 1 - chance)).sum() + s**2 / (2 * SPREAD**2))

    best = minimize_scalar(loss, bounds=(-FARTHEST, FARTHEST), method="bounded").x
    assert fit_shift(sample["probabilite"].to_numpy(), said) == pytest.approx(best, abs=1e-3)


def test_the_shift_is_bounded_and_thresholds_stay_in_order() -> None:
    up = recalibrate(judgements([(0.3, True)] * 5000), **SEUILS)
    assert up.shift == FARTHEST
    down = recalibrate(judgements([(0.9, False)] * 5000), **SEUILS)
    assert down.shift == -FARTHEST
    narrow = recalibrate(judgements([(0.55, True)] * 5000), seuil_lien=0.6, seuil_doute=0.5)
    for found in (up, down, narrow):
        assert found.seuil_doute <= found.seuil_lien
    assert narrow.seuil_lien == 0.5


def test_judgements_outside_the_zone_teach_nothing() -> None:
    outside = judgements([(0.1, True)] * 80 + [(0.97, False)] * 80)
    found = recalibrate(outside, **SEUILS)
    assert (found.judgements, found.shift, found.applied) == (0, 0.0, False)


def test_bands_count_every_judgement_once() -> None:
    rows = [(0.0, False), (0.25, True), (0.5, True), (0.74, False), (0.9, True), (1.0, True)]
    bands = describe_bands(judgements(rows))
    assert [b.judgements for b in bands] == [1, 1, 2, 0, 2]
    assert [b.same for b in bands] == [0, 1, 1, 0, 2]
    assert bands[2].expected == 1.2
