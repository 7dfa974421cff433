"""Counts with the interval of the linkage's errors: what moves it, what it holds, where there is none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siei_match.output.databases.intervals import Odds, estimate_odds, find_range
from siei_match.output.estimates import (
    CoupleAgain,
    CoupleErrors,
    EstimatedErrors,
    ExplainedErrors,
    IntervalRecord,
    SecondEstimateRecord,
)


def interval(middle: float, low: float, high: float) -> IntervalRecord:
    return IntervalRecord(estimation=middle, bas=low, haut=high)


NONE = interval(0, 0, 0)


def errors_of(*, second: bool = True) -> EstimatedErrors:
    told = {
        "methode": "ine_caches", "personnes_testees": 99, "taux_manques": NONE, "taux_faux": NONE,
        "part_douteuse": None, "manques_attendus": 0.0, "faux_attendus": 0.0,
    }  # fmt: skip
    school = CoupleErrors(**told, liens=1000, manques=interval(20, 10, 40), faux=interval(10, 0, 20),
                          extrait_a="scolarite", extrait_b="diplomes")  # fmt: skip
    follow = CoupleErrors(**told, liens=100, manques=interval(8, 4, 16), faux=interval(0, 0, 5),
                          extrait_a="scolarite", extrait_b="missions_locales")  # fmt: skip
    whole = ExplainedErrors(
        **told, liens=1100, manques=interval(28, 15, 50), faux=interval(10, 0, 22)
    )
    again = SecondEstimateRecord(
        personnes=5, cherchees=5, manques=interval(60, 20, 99), jamais_comparees=NONE, faux=interval(11, 0, 33),
        couples=(
            CoupleAgain(extrait_a="scolarite", extrait_b="diplomes", manques=interval(40, 15, 80)),
        ),
    )  # fmt: skip
    return EstimatedErrors(
        personnes_testees=99, ensemble=whole, couples=(school, follow), seconde=again if second else None
    )  # fmt: skip


def of_schools(couple) -> bool:
    return couple.extrait_b == "diplomes"


def test_odds_take_both_estimates_from_end_to_end() -> None:
    found = estimate_odds(errors_of(), of_schools)
    assert found is not None
    # 990 right links; 20 and 40 missed by the two estimates, 10 of the 1,000 and 11 of the 1,100 false.
    assert found.missed == pytest.approx((30 / 990, 10 / 990, 80 / 990))
    assert found.false == pytest.approx((0.01, 0.0, 0.03))
    alone = estimate_odds(errors_of(second=False), of_schools)
    assert alone is not None
    assert alone.missed == pytest.approx((20 / 990, 10 / 990, 40 / 990))


@pytest.mark.parametrize(
    "errors", [None, EstimatedErrors(motif="mesure_desactivee"), EstimatedErrors(motif="aucun_ine")]
)
def test_without_a_measure_there_is_no_interval(errors) -> None:
    assert estimate_odds(errors, of_schools) is None


def test_sources_without_a_link_have_none() -> None:
    assert estimate_odds(errors_of(), lambda couple: False) is None


def ranges(counted: float, on: float, odds: Odds, side: int = 1) -> tuple[float, float, float]:
    middle, low, high = find_range(np.array([counted]), np.array([on]), odds, side)
    return float(middle[0]), float(low[0]), float(high[0])


NOTHING = (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("counted", "on", "odds", "side", "told"),
    [
        # Nothing hangs on a link: nothing moves.
        (50, 0, Odds((0.1, 0.1, 0.1), (0.1, 0.1, 0.1)), 1, (50, 50, 50)),
        (50, 1000, Odds(NOTHING, NOTHING), 1, (50, 50, 50)),
        # Ten missed links list ten who are none: 3 to 17 by chance (Poisson, mean 10).
        (50, 1000, Odds((0.01, 0.01, 0.01), NOTHING), 1, (40, 33, 46)),
        # Ten false ones hide ten.
        (50, 1000, Odds(NOTHING, (0.01, 0.01, 0.01)), 1, (60, 54, 67)),
        # Of who is followed, missed links hide, false ones add.
        (50, 1000, Odds((0.01, 0.01, 0.01), NOTHING), -1, (60, 54, 67)),
        (3, 1000, Odds((0.01, 0.01, 0.01), NOTHING), 1, (0, 0, 0)),
    ],
)
def test_what_moves_a_count(counted, on, odds, side, told) -> None:
    found = ranges(counted, on, odds, side)
    assert found == told


ends = st.tuples(*[st.floats(0, 0.1)] * 3).map(sorted).map(lambda t: (t[1], t[0], t[2]))


@given(st.integers(0, 5000), st.integers(0, 9000), ends, ends)
def test_the_ends_hold_the_middle_and_widen_with_their_odds(counted, on, missed, false) -> None:
    middle, low, high = ranges(counted, on, Odds(missed, false))
    assert 0 <= low <= middle + 1
    assert middle - 1 <= high
    wider = Odds((missed[0], 0.0, missed[2] + 0.05), (false[0], 0.0, false[2] + 0.05))
    _, lower, higher = ranges(counted, on, wider)
    assert lower <= low
    assert higher >= high


def test_the_interval_holds_what_chance_makes_nine_times_in_ten() -> None:
    """Drawn from the very model, with the odds known: missed and false links, a thousand places."""
    dice = np.random.default_rng(3)
    on, truth = dice.integers(5, 900, 1000), dice.integers(20, 500, 1000)
    wrong, hidden = dice.poisson(on * 0.02), dice.poisson(on * 0.01)
    counted = np.maximum(0, truth + wrong - hidden)
    odds = Odds((0.02, 0.02, 0.02), (0.01, 0.01, 0.01))
    _, low, high = find_range(counted.astype(float), on.astype(float), odds)
    held = ((low <= truth) & (truth <= high)).mean()
    assert held >= 0.9
    assert (high - low).mean() < 20
