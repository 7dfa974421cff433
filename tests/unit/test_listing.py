"""A list in a message is never cut unsaid."""

import pytest

from siei_match.reference.listing import AUTRES, first_of


@pytest.mark.parametrize(
    ("told", "most", "said"),
    [
        ([], 3, ""),
        (["a"], 3, "a"),
        (["a", "b", "c"], 3, "a, b, c"),
        (["a", "b", "c", "d"], 3, "a, b, c and 1 more"),
        (range(1, 1236), 1, "1 and 1234 more"),
        (["a", "b"], 0, " and 2 more"),
    ],
)
def test_the_first_are_named_and_the_others_counted(told, most: int, said: str) -> None:
    assert first_of(told, most) == said


def test_others_that_are_not_at_hand_are_counted_too() -> None:
    assert first_of([3, 7], 5, AUTRES, count=40) == "3, 7 et 38 autres"


def test_the_sign_between_them_may_be_another() -> None:
    assert first_of("ab", 1, "; and {} more", sign="; ") == "a; and 1 more"
