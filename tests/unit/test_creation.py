"""Where a file may begin: never through a link, never where others change names."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from siei_match.reference.creation import add_line, create, require_own_folder
from siei_match.reference.errors import OutputError
from siei_match.reference.files import replacing, write_text

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")


@pytest.fixture
def reached() -> Iterator[Path]:
    """A folder that others reach, as they reach none of pytest's."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize(
    ("mode", "taken"),
    [(0o700, True), (0o755, True), (0o1777, True), (0o777, False), (0o757, False)],
    ids=oct,
)
def test_a_folder_that_everybody_writes_is_refused_but_where_each_removes_their_own(
    reached: Path, mode: int, taken: bool
) -> None:
    folder = reached / "shared"
    folder.mkdir()
    folder.chmod(mode)
    acts = (
        lambda: create(folder / "a", 0o600),
        lambda: write_text(folder / "b", "x"),
        lambda: add_line(folder / "c", "x"),
    )
    for act in acts:
        if taken:
            act()
        else:
            with pytest.raises(OutputError, match="everybody"):
                act()
    assert len(list(folder.iterdir())) == (len(acts) if taken else 0)


def test_so_is_one_that_stands_in_such_a_folder(reached: Path) -> None:
    (reached / "open" / "mine").mkdir(parents=True)
    (reached / "open").chmod(0o777)
    with pytest.raises(OutputError, match="open can be written by everybody"):
        create(reached / "open" / "mine" / "file", 0o600)


@ROOT_ONLY
def test_a_group_of_others_and_another_owner_are_others(reached: Path) -> None:
    folder = reached / "group"
    folder.mkdir()
    folder.chmod(0o770)
    os.chown(folder, -1, 12345)
    with pytest.raises(OutputError, match="group 12345"):
        create(folder / "file", 0o600)
    folder.chmod(0o750)
    create(folder / "file", 0o600)
    os.chown(folder, 12345, -1)
    with pytest.raises(OutputError, match="uid 12345"):
        create(folder / "file", 0o600)


def test_a_link_in_place_of_the_file_is_refused_and_not_followed(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    (tmp_path / "link").symlink_to(theirs)
    for act in (lambda: create(tmp_path / "link", 0o600), lambda: add_line(tmp_path / "link", "x")):
        with pytest.raises(OSError, match="symbolic"):
            act()
    assert not theirs.exists()


def test_a_file_that_has_another_name_elsewhere_keeps_its_bytes_there(tmp_path: Path) -> None:
    write_text(tmp_path / "one", "before", 0o600)
    (tmp_path / "other").hardlink_to(tmp_path / "one")
    write_text(tmp_path / "one", "after", 0o600)
    assert (tmp_path / "other").read_text() == "before"
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o600


def test_a_folder_of_deliveries_may_be_others(reached: Path) -> None:
    reached.chmod(0o777)
    with replacing(reached / "campagne.toml", 0o640, among_others=True) as draft:
        draft.write_text("x")
    with pytest.raises(OutputError):
        require_own_folder(reached)


def test_below_a_closed_folder_nobody_reaches_anything(reached: Path) -> None:
    (reached / "mine" / "open").mkdir(parents=True)
    (reached / "mine" / "open").chmod(0o777)
    with pytest.raises(OutputError):
        create(reached / "mine" / "open" / "file", 0o600)
    (reached / "mine").chmod(0o700)
    create(reached / "mine" / "open" / "file", 0o600)
