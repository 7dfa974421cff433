"""What keeps a folder or a file closed is told as what it is: a lock, a right, a umask, a hole."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from siei_match.cli.program import main
from siei_match.output import prepared_campaigns
from siei_match.output.databases.reading import reading
from siei_match.reference.errors import OutputError
from siei_match.reference.files import make_folder, unreadable
from siei_match.release import situate
from tests.deliveries import KEY
from tests.releases import REGLAGES, copy, publish_campaign

CODE = "2026-10"
NOBODY = 65534
HOLDS = (
    "import duckdb, sys\n"
    "base = duckdb.connect(sys.argv[1])\n"
    "print('open', flush=True)\n"
    "sys.stdin.read()\n"
)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_campaign(tmp_path_factory.mktemp("doors") / "out")


@pytest.fixture
def sortie(published: Path, tmp_path: Path) -> Path:
    return copy(published, tmp_path / "out")


@pytest.fixture
def open_place() -> Iterator[Path]:
    """Return a folder that everybody may enter: those of pytest are their owner's."""
    with TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield Path(place)


def test_a_database_that_an_analyst_holds_open_is_not_called_damaged(
    sortie: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIEI_CLE", KEY)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(sortie / "siei.duckdb")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as analyst:  # fmt: skip
        assert analyst.stdout
        assert analyst.stdout.readline() == "open\n"
        with pytest.raises(OutputError, match="open for writing in another program") as told:
            situate(sortie, CODE, REGLAGES)
        assert main(["release", CODE, "--sortie", str(sortie)]) == 1
        analyst.communicate()
    assert told.value.code == "base_ouverte"
    assert "-readonly" in told.value.remedy
    assert "damaged" not in capsys.readouterr().err
    assert situate(sortie, CODE, REGLAGES).code == CODE


KILLED = (
    "import duckdb, os, sys\n"
    "base = duckdb.connect(sys.argv[1])\n"
    "base.sql('create table mine as select 1 as a')\n"
    "os.kill(os.getpid(), 9)\n"
)


def test_what_a_killed_session_left_keeps_no_new_database_closed(sortie: Path) -> None:
    """Its log would be replayed into the database of the next run, which it does not match."""
    subprocess.run([sys.executable, "-c", KILLED, str(sortie / "siei.duckdb")])
    left = sortie / "siei.duckdb.wal"
    log = left.read_bytes()
    publish_campaign(sortie, "2027-03")
    assert not left.exists()
    with reading(sortie / "siei.duckdb") as base:
        assert base.sql("select count(*) from campagnes").fetchall() == [(2,)]
    # A folder in which an older version placed its databases.
    left.write_bytes(log)
    with pytest.raises(OutputError, match="was left by another program") as told:
        situate(sortie, CODE, REGLAGES)
    assert told.value.code == "base_ouverte"
    assert "remove that file" in told.value.remedy


@pytest.mark.parametrize(
    ("content", "words"), [(None, "is missing"), (b"no database", "is damaged")]
)
def test_a_database_that_is_not_one(content: bytes | None, words: str, tmp_path: Path) -> None:
    base = tmp_path / "siei.duckdb"
    if content is not None:
        base.write_bytes(content)
    with pytest.raises(OutputError, match=words), reading(base) as opened:
        opened.sql("select 1 from psad")
    assert base.exists() == (content is not None), "looking makes no file"


def test_a_right_that_is_denied_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "campagnes").mkdir()
    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "iterdir", refuse)
    told = unreadable(tmp_path / "x.parquet", "Restore it.")
    assert told.code == "droits"
    assert "Permission denied" in told.what
    assert "right to read" in told.remedy
    with pytest.raises(OutputError, match="campagnes cannot be read: Permission denied"):
        prepared_campaigns(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
@pytest.mark.parametrize(
    "closed", ["campagnes", f"campagnes/{CODE}", f"campagnes/{CODE}/manifeste.json"]
)
def test_somebody_else_is_told_that_it_is_not_theirs(
    closed: str, published: Path, open_place: Path
) -> None:
    sortie = copy(published, open_place / "out")
    sortie.chmod(0o755)
    for path in (sortie / "campagnes", sortie / "campagnes" / CODE):
        path.chmod(0o755)
    (sortie / closed).chmod(0o700)
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from siei_match.cli import failing\n"
        "from siei_match.output import require_prepared\n"
        f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        "failing.listen_to(['--journal', 'json'])\n"
        "try:\n"
        f"    require_prepared(Path(sys.argv[1]), {CODE!r}).manifest()\n"
        "except BaseException as failure:\n"
        "    failing.tell_failure(failure)\n"
    )
    asked = [sys.executable, "-c", program, str(sortie)]
    told = json.loads(subprocess.run(asked, capture_output=True, text=True).stderr)
    assert told["code"] == "droits"
    assert "Permission denied" in told["message"]


def test_a_umask_closes_no_folder_that_analysts_read(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        sortie = publish_campaign(tmp_path / "deep" / "out")
    finally:
        os.umask(before)
    for name in ("", "campagnes", f"campagnes/{CODE}"):
        assert stat.S_IMODE((sortie / name).stat().st_mode) == 0o750, name
    assert stat.S_IMODE((sortie / "campagnes" / CODE / "listes").stat().st_mode) == 0o700


def test_a_folder_that_its_owner_closed_stays_closed_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "out").mkdir(mode=0o700)
    with caplog.at_level("INFO", logger="siei_match"):
        publish_campaign(tmp_path / "out")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    assert "analysts do not reach" in caplog.text
    assert make_folder(tmp_path / "out", 0o750) == tmp_path / "out"
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700


def test_looking_at_a_folder_of_no_campaign_makes_nothing(tmp_path: Path) -> None:
    assert prepared_campaigns(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []
