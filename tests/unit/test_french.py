"""Dates, numbers and percents as they are read in France."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from siei_match.reference.french import (
    french_birth,
    french_count,
    french_date,
    french_day,
    french_month,
    french_number,
    french_of_month,
    french_partial_dates,
    french_percent,
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (999, "999"), (1000, "1\u202f000"), (1234567, "1\u202f234\u202f567")],
)
def test_a_number_is_written_in_french(value: int, shown: str) -> None:
    assert french_number(value) == shown


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [(-1234.5, 1, "−1\u202f234,5"), (3, 0, "+3"), (0.25, 2, "+0,25")],
)
def test_a_difference_has_its_sign(value: float, decimals: int, shown: str) -> None:
    assert french_number(value, decimals, signed=True) == shown


def test_a_percent_takes_the_signs_that_its_reader_can_have() -> None:
    assert french_percent(0.1234) == "12,3\u202f%"
    assert french_percent(0.00123, 2) == "0,12\u202f%"
    assert french_percent(-0.5, signed=True) == "−50,0\u202f%"
    assert french_percent(-0.5, signed=True, space=" ", minus="-") == "-50,0 %"
    assert french_percent(12.5, signed=True, space=" ") == "+1 250,0 %"


def test_a_day_in_figures_and_in_words() -> None:
    assert french_date(date(2026, 10, 5)) == "05/10/2026"
    assert french_day(date(2026, 10, 15)) == "15 octobre 2026"
    assert french_day(datetime(2026, 8, 1, 23, tzinfo=UTC)) == "1er août 2026"
    assert french_day("2026-02-28T08:00:00+00:00") == "28 février 2026"
    assert french_month("2026-10") == "octobre 2026"


@pytest.mark.parametrize(
    ("month", "said"),
    [("2026-10", "d’octobre 2026"), ("2027-03", "de mars 2027"), ("2027-04", "d’avril 2027")],
)
def test_a_month_after_de(month: str, said: str) -> None:
    assert french_of_month(month) == said


def test_things_are_counted_in_the_plural_from_two_on() -> None:
    assert [french_count(n, "jeune") for n in (0, 1, 2)] == ["0 jeune", "1 jeune", "2 jeunes"]
    assert french_count(3, "nouveau", "nouveaux") == "3 nouveaux"


def test_a_date_of_birth_may_lack_its_day_or_month() -> None:
    assert french_birth(2008, 5, 15) == "15/05/2008"
    assert french_birth(2008, 5, None) == "??/05/2008"
    assert french_birth(2008, None, None) == "??/??/2008"


def test_french_dates_leave_what_is_no_date() -> None:
    found = pl.DataFrame({"d": ["2008-05-15", "2008-05", "2008", "2008-5", None]})
    assert found.select(french_partial_dates(pl.col("d")))["d"].to_list() == [
        *("15/05/2008", "05/2008", "2008", "2008-5"),
        None,
    ]
