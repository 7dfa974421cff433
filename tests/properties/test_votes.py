"""Votes for known identifiers are the same, however many fingerprints are looked for at a time."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from siei_match.stages.identify.fingerprints import GENRES, PRINTS, WEIGHTS
from siei_match.stages.identify.recognition import count_votes

NUMBERS = st.one_of(st.integers(0, 5), st.integers(2**64 - 6, 2**64 - 1), st.just(2**63))
HELD = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from([*WEIGHTS]), NUMBERS), max_size=25, unique=True
)
KNOWN = st.lists(
    st.tuples(st.integers(0, 4), NUMBERS, st.sampled_from(["2026-03", "2026-10"])),
    max_size=15,
    unique_by=lambda row: row[:2],
)


def naive(prints: list[tuple[int, str, int]], known: list[tuple[int, int, str]]) -> set[tuple]:
    """Count by a loop over all pairs."""
    names = [number for _, kind, number in prints if kind == "nom"]
    found: dict[tuple[int, int], list[tuple]] = {}
    for person, kind, number in prints:
        if kind == "nom" and names.count(number) > 1:
            continue
        for rank, other, since in known:
            if other == number:
                vote = (WEIGHTS[kind], kind == "ine", since, number)
                found.setdefault((person, rank), []).append(vote)
    return {
        (
            *ends,
            sum(vote[0] for vote in votes),
            sum(vote[0] for vote in votes if not vote[1]),
            min(vote[2] for vote in votes),
            min(vote[3] for vote in votes),
        )
        for ends, votes in found.items()
    }


@given(HELD, KNOWN, st.integers(1, 30))
def test_votes_are_those_of_a_loop(prints: list, known: list, at_once: int) -> None:
    held = pl.DataFrame(prints, schema={**PRINTS, "genre": GENRES}, orient="row")
    schema = {
        "rang": pl.UInt32,
        "empreinte": pl.UInt64,
        "campagne": pl.Enum(["2026-03", "2026-10"]),
    }
    told = pl.DataFrame(known, schema=schema, orient="row")
    votes = count_votes(held, told, at_once).select(
        "personne", "rang", "poids", "sans_ine", pl.col("campagne").cast(pl.String), "empreinte"
    )
    again = count_votes(held, pl.concat([told, told]), at_once, twice=True).select(
        "personne", "rang", "poids", "sans_ine", pl.col("campagne").cast(pl.String), "empreinte"
    )
    assert set(again.rows()) == naive(prints, known)
    assert len(votes) == len(set(votes.rows()))
    assert set(votes.rows()) == naive(prints, known)
