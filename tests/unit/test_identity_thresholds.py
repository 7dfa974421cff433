"""Who a row would be of at a stricter and at a wider threshold: pieces nest in people, people in what is wide."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from siei_match.stages.identify.thresholds import TOLD, name_thresholds

KEY = b"k" * 64


def people_of(groups: list[int]) -> pl.DataFrame:
    return pl.DataFrame(
        {"rid": range(len(groups)), "personne": groups,
         "id_personne": [f"p{one:031x}" for one in groups]},
        {"rid": pl.UInt32, "personne": pl.UInt32, "id_personne": pl.String},
    )  # fmt: skip


def frame(rows: list[tuple[int, int]], *names: str) -> pl.DataFrame:
    return pl.DataFrame(rows, dict.fromkeys(names, pl.UInt32), orient="row")


def told(
    groups: list[int], cores: list[tuple[int, int]], pairs: list[tuple[int, int]]
) -> pl.DataFrame:
    return name_thresholds(
        people_of(groups),
        frame(cores, "rid", "noyau"),
        frame(pairs, "personne_a", "personne_b"),
        KEY,
    )


def test_who_is_in_no_doubt_is_left_out() -> None:
    assert told([1, 1, 2], [], []).equals(pl.DataFrame(schema=TOLD))


def test_the_largest_piece_keeps_the_name() -> None:
    rows = told([1, 1, 1, 2], [(0, 7), (1, 8), (2, 8)], [])
    assert rows["rid"].to_list() == [0, 1, 2]
    first, *others = rows["id_strict"]
    assert others == [f"p{1:031x}"] * 2
    assert first not in rows["id_personne"]
    assert rows["id_large"].equals(rows["id_personne"], check_names=False)


def test_doubts_are_followed_on() -> None:
    rows = told([1, 2, 3, 4, 5], [], [(1, 2), (2, 3), (4, 5)])
    wide = rows["id_large"].to_list()
    assert wide[0] == wide[1] == wide[2] != wide[3] == wide[4]
    assert not {*wide} & {*rows["id_personne"]}
    assert rows["id_strict"].equals(rows["id_personne"], check_names=False)


def test_one_piece_that_is_left_of_a_person_is_the_person() -> None:
    assert told([1, 1], [(0, 7), (1, 7)], []).is_empty()


GROUPS = st.lists(st.integers(0, 6), min_size=1, max_size=16)


@given(GROUPS, st.lists(st.integers(0, 2), min_size=16, max_size=16),
       st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=5))  # fmt: skip
def test_strict_nests_in_usual_and_usual_in_wide(
    groups: list[int], pieces: list[int], drawn: list[tuple[int, int]]
) -> None:
    cores = [
        (rid, 10 * who + piece)
        for rid, (who, piece) in enumerate(zip(groups, pieces, strict=False))
    ]
    pairs = sorted({(min(a, b), max(a, b)) for a, b in drawn if a != b and {a, b} <= {*groups}})
    rows = told(groups, cores, pairs)
    every = people_of(groups).join(rows.drop("id_personne"), on="rid", how="left").with_columns(
        pl.col("id_strict", "id_large").fill_null(pl.col("id_personne"))
    )  # fmt: skip
    assert (
        every.group_by("id_strict")
        .agg(pl.col("id_personne").n_unique())["id_personne"]
        .to_list()
        .count(1)
        == every["id_strict"].n_unique()
    )
    assert every.group_by("id_personne").agg(pl.col("id_large").n_unique())["id_large"].max() == 1
    # As many strict people as pieces, as few wide ones as pairs leave.
    assert every["id_strict"].n_unique() == len({piece for _, piece in cores})
    assert every["id_large"].n_unique() >= len({*groups}) - len(pairs)
    assert all(one.startswith("p") and len(one) == 32 for one in every["id_strict"])


def test_the_order_of_rows_changes_no_name() -> None:
    people = people_of([1, 1, 2, 3])
    cores, pairs = (
        frame([(0, 7), (1, 8)], "rid", "noyau"),
        frame([(2, 3)], "personne_a", "personne_b"),
    )
    once = name_thresholds(people, cores, pairs, KEY)
    again = name_thresholds(people.reverse(), cores.reverse(), pairs, KEY)
    assert once.equals(again)
