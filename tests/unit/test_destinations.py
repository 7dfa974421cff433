"""A transfer goes to another platform than the one that answers: who answers, where nobody says it."""

from datetime import date

import polars as pl
import pytest

from siei_match.stages.route import find_own


def answers(*told: tuple[int, str | None, str | None]) -> pl.DataFrame:
    """Make the answers on one signalement of the list of P: day, who says to answer, destination."""
    return pl.DataFrame(
        [
            {"reception": n, "id_signalement": "x", "date_retour": date(2026, 11, day), "psad": psad,
             "sender": psad or "P", "psad_destination": to}
            for n, (day, psad, to) in enumerate(told)
        ],
        schema_overrides={"psad": pl.String, "psad_destination": pl.String},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "own"),
    [
        ([(1, "P", "P")], [0]),
        ([(1, "P", "p")], [0]),
        ([(1, "P", "Q")], []),
        ([(1, "P", None)], []),
        # An extract does not say who answers: it is whose list it was.
        ([(1, None, "P")], [0]),
        ([(1, None, "Q")], []),
        # Or to whom the person was handed over before: who may well give them back.
        ([(1, None, "Q"), (2, None, "P")], []),
        ([(1, None, "Q"), (2, None, "Q")], [1]),
        ([(2, None, "P"), (1, None, "Q")], []),
        ([(1, None, "Q"), (2, "Q", "P")], []),
    ],
)
def test_a_transfer_to_oneself(
    told: list[tuple[int, str | None, str | None]], own: list[int]
) -> None:
    assert find_own(answers(*told)).to_list() == own
