"""What a run holds, laid in files: the same answers, and nothing left there."""

import gc
import weakref
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from siei_match.reference.engines import Parts, read_memory
from siei_match.reference.engines import shelf as shelves
from siei_match.reference.engines.shelf import Shelf
from siei_match.reference.errors import SettingsError
from siei_match.stages.link import link
from siei_match.stages.link.measure.second import measure_twice
from tests.worlds import small_world

LITTLE = 1


def test_a_linkage_whose_memory_stands_in_files_finds_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    traits, parcours, _ = small_world(1500, 5)
    held = link(traits, parcours, measure=measure_twice)
    folder = tmp_path / "parts"
    parts, cleared = Parts(folder=folder, memory=LITTLE), []
    monkeypatch.setattr(parts.shelf, "clear", lambda: cleared.append(True))
    found = link(traits, parcours, measure=measure_twice, parts=parts)
    assert cleared == [True], "what other steps do not ask for is let go of"
    for table in ("groupes", "liens", "doutes", "cores", "pieces"):
        assert_frame_equal(vars(found)[table], vars(held)[table])
    assert (found.modele, found.counts, found.errors) == (held.modele, held.counts, held.errors)
    assert list(folder.iterdir()) == [], "a killed run would leave nothing either"


def test_what_is_on_the_shelf_is_in_files_once_and_cannot_be_changed(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, LITTLE)
    array, table = np.arange(100_000), pl.DataFrame({"a": np.arange(100_000)})
    one, same, frame = shelf.put((array, array, table))
    assert one is same
    assert one is not array
    assert not one.flags.writeable
    np.testing.assert_array_equal(one, array)
    assert_frame_equal(frame, table)
    # What stands there already is not written again.
    again, other = shelf.put((one, np.arange(100_001)))
    assert again is one
    assert len(other) == 100_001


def test_what_was_put_there_goes_once_nobody_holds_it(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, LITTLE)
    laid = weakref.ref(shelf.put(np.arange(100_000)))
    assert laid() is not None, "what is put again is known"
    shelf.clear()
    gc.collect()
    assert laid() is None


@pytest.mark.parametrize(("memory", "taken"), [(None, 10**12), (4 * 10**9, 10**9)])
def test_nothing_is_laid_while_memory_is_plenty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: int | None, taken: int
) -> None:
    monkeypatch.setattr(shelves, "anonymous", lambda: taken)
    array = np.arange(100_000)
    assert Shelf(tmp_path / "none", memory).put(array) is array
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (None, None),
        ("8G", 8 * 10**9),
        ("8 Go", 8 * 10**9),
        ("800M", 800 * 10**6),
        ("1,5gb", 1_500_000_000),
        ("1.5T", 1_500_000_000_000),
    ],
)
def test_sizes_are_read_as_people_write_them(text: str | None, size: int | None) -> None:
    assert read_memory(text) == size


@pytest.mark.parametrize("text", ["", "8", "G", "-1G", "0G", "8 P", "lots"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="no size"):
        read_memory(text)
