"""People cut into parts of any size: the rows of each in one part, and the same campaign to the byte."""

from pathlib import Path

import polars as pl
import pytest

from siei_match.campaign import by_people
from siei_match.campaign.by_people import FOLDER, cut_by_people
from siei_match.campaign.progress import LogProgress
from siei_match.campaign.story import run_campaign
from siei_match.campaign.worksite import Worksite, open_worksite, part_name
from siei_match.reference.contracts import declaration
from siei_match.reference.errors import OutputError
from tests.deliveries import snapshot

TABLES = {"groupes": ("rid", "personne"), "noyaux": ("rid", "noyau")}
PERSON = [2, 0, 3, 0, 1, 4, 3, 2, 6, 5]
"""Whose each row is."""


@pytest.fixture
def worksite(settings, tmp_path):
    with open_worksite(tmp_path, tmp_path / "out", "2026-10", settings, by_hand()) as opened:
        groups = pl.DataFrame(
            {"rid": range(len(PERSON)), "personne": PERSON, "methode": ["seul"] * len(PERSON)},
            declaration("tables/groupes").polars_schema,
        )
        opened.write(groups, "groupes")
        # Of several files, the last without a row.
        for number, rids in enumerate([(1, 2), (5, 8, 9), ()]):
            told = {"rid": rids, "noyau": rids}
            frame = pl.DataFrame(told, declaration("tables/noyaux").polars_schema)
            opened.write(frame, "noyaux", part_name(number))
        yield opened


def by_hand() -> LogProgress:
    return LogProgress()


def pairs(*told: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame(told, {"personne_a": pl.UInt32, "personne_b": pl.UInt32}, orient="row")


def cut(worksite: Worksite, at_once: int, together: pl.DataFrame | None = None) -> list[list[int]]:
    """Return whose rows each part holds, and hold that each of its tables is of them alone, in order."""
    held = []
    with cut_by_people(worksite, TABLES, together, at_once) as parts:
        for _ in range(2):  # gone through as often as one likes
            held = [{name: rows["rid"].to_list() for name, rows in part.items()} for part in parts]
    for part in held:
        assert part["groupes"] == sorted(part["groupes"])
        assert part["noyaux"] == [rid for rid in (1, 2, 5, 8, 9) if rid in part["groupes"]]
    assert sorted(rid for part in held for rid in part["groupes"]) == [*range(len(PERSON))]
    return [sorted({PERSON[rid] for rid in part["groupes"]}) for part in held]


@pytest.mark.parametrize(
    ("at_once", "together", "expected"),
    [
        (7, None, [[0, 1, 2, 3, 4, 5, 6]]),
        (3, None, [[0, 1, 2], [3, 4, 5], [6]]),
        (3, pairs((1, 4), (5, 4)), [[0, 2], [3], [6], [1, 4, 5]]),
        (3, pairs((0, 1), (1, 2)), [[3, 4, 5], [6], [0, 1, 2]]),
        (3, pairs((6, 0)), [[1, 2], [3, 4, 5], [0, 6]]),
        (3, pairs((0, 6)), [[1, 2], [3, 4, 5], [0, 6]]),
        (7, pairs((0, 1)), [[0, 1, 2, 3, 4, 5, 6]]),
        (3, pairs(), [[0, 1, 2], [3, 4, 5], [6]]),
    ],
    ids=["one", "three", "in doubt together", "no part of nobody", "the last first", "the last second", "one, in doubt", "no pair"],
)  # fmt: skip
def test_everybody_is_in_one_part_with_all_their_rows(
    worksite: Worksite, at_once: int, together: pl.DataFrame | None, expected: list[list[int]]
) -> None:
    assert cut(worksite, at_once, together) == expected


def test_what_a_killed_run_had_spread_is_none_of_this_one_s(worksite: Worksite) -> None:
    left = worksite.staging.travail / FOLDER / "groupes" / part_name(1)
    left.mkdir(parents=True)
    (left / "0009-0000.parquet").write_bytes(b"of another run")
    assert cut(worksite, 3) == [[0, 1, 2], [3, 4, 5], [6]]


def test_a_file_that_is_not_what_was_spread_stops_the_step(worksite: Worksite) -> None:
    """LZ4 has no checksum: a flipped bit could be another person's."""
    folder = worksite.staging.travail / FOLDER
    with cut_by_people(worksite, TABLES, at_once=3) as parts:
        path = min((folder / "groupes" / part_name(1)).iterdir())
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        with pytest.raises(OutputError, match="not what was written"):
            list(parts)


def test_nothing_stays_of_what_was_spread_and_it_is_its_owner_s_alone(worksite: Worksite) -> None:
    folder = worksite.staging.travail / FOLDER

    def look() -> None:
        with cut_by_people(worksite, TABLES, at_once=3):
            inside = list(folder.rglob("*"))
            assert inside
            assert {path.stat().st_mode & 0o077 for path in [folder, *inside]} == {0}
            raise RuntimeError("a step that fails")

    with pytest.raises(RuntimeError, match="a step that fails"):
        look()
    assert not folder.exists()


def test_a_campaign_done_some_people_at_a_time_is_the_same_to_the_byte(
    published, deliveries, settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_people, "AT_ONCE", 41)
    for code in ("2026-10", "2027-03"):
        run_campaign(deliveries[code], tmp_path, settings)
    expected, found = (
        {
            name: content
            for name, content in snapshot(folder).items()
            if name.startswith("campagnes")
        }
        for folder in (published[0], tmp_path)
    )
    assert sorted(found) == sorted(expected)
    assert [name for name in expected if found[name] != expected[name]] == []
