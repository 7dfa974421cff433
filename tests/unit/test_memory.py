"""Freed memory goes back to the system, where the system's allocator knows how."""

import ctypes
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from siei_match.reference import memory


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    memory._trim.cache_clear()
    yield
    memory._trim.cache_clear()


def test_the_allocator_is_asked_to_give_back_all_that_is_free(monkeypatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace(malloc_trim=asked.append))
    memory.give_back()
    memory.give_back()
    assert asked == [0, 0]


@pytest.mark.parametrize("missing", [OSError, AttributeError, TypeError])
def test_an_allocator_that_cannot_is_left_alone(monkeypatch, missing: type[Exception]) -> None:
    def nothing(_: object) -> None:
        raise missing

    monkeypatch.setattr(ctypes, "CDLL", nothing)
    memory.give_back()
