"""`siei verify`, `siei release --dry-run`, and the gates at the end of a run: looked at, not written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from siei_match.cli.program import main
from siei_match.cli.releases import tell_awaited_gates
from siei_match.output import PreparedCampaign
from siei_match.output.audit import read_entries
from siei_match.reference.errors import OutputError
from siei_match.release import Act, ReleaseState, foresee, read_released, withdraw
from siei_match.release.verification import Difference, Finding, verify_folder
from tests.deliveries import KEY
from tests.publication import PSADS, snapshot
from tests.releases import (
    ACTEUR,
    MALGRE,
    MOTIF,
    REGLAGES,
    TENUES,
    copy,
    publish_campaign,
    release_campaign,
)

CODE = "2026-10"
LISTE = f"listes/psad={PSADS[1]}"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sortie = publish_campaign(tmp_path_factory.mktemp("verify") / "out")
    release_campaign(sortie)
    return sortie


@pytest.fixture
def sortie(released: Path, tmp_path: Path) -> Path:
    return copy(released, tmp_path / "out")


@pytest.fixture(autouse=True)
def own_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIEI_CLE", KEY)


def test_a_folder_as_it_was_written_has_no_difference(
    sortie: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = verify_folder(sortie)
    assert told.differences == ()
    assert (told.campaigns, told.released) == ((CODE,), (CODE,))
    everything = [p for p in sortie.rglob("*") if p.is_file()]
    # All but both databases, two logs, what a release says of itself, and the counts of its lists.
    assert told.compared == len(everything) - 2 - 2 - 2
    assert main(["verify", "--sortie", str(sortie)]) == 0
    assert " 0 differences" in capsys.readouterr().out


def change(name: str) -> Callable[[Path], None]:
    def act(sortie: Path) -> None:
        path = sortie / name
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.unlink()  # a release has second names of the same files
        path.write_bytes(content)

    return act


def remove(name: str) -> Callable[[Path], None]:
    return lambda sortie: (sortie / name).unlink()


def add(name: str) -> Callable[[Path], None]:
    return lambda sortie: (sortie / name).write_text("mine") and None


PREPARED, FROZEN = f"campagnes/{CODE}", f"publiees/{CODE}"


@pytest.mark.parametrize(
    ("spoil", "path", "kind"),
    [
        (change(f"{PREPARED}/decisions.parquet"), f"{PREPARED}/decisions.parquet", Finding.CHANGED),
        (remove(f"{PREPARED}/rapport.html"), f"{PREPARED}/rapport.html", Finding.MISSING),
        (add(f"{PREPARED}/notes.txt"), f"{PREPARED}/notes.txt", Finding.EXTRA),
        (change(f"{PREPARED}/{LISTE}/liste.csv"), f"{PREPARED}/{LISTE}/liste.csv", Finding.CHANGED),
        (change(f"{FROZEN}/{LISTE}/liste.csv"), f"{FROZEN}/{LISTE}/liste.csv", Finding.CHANGED),
        (change(f"{FROZEN}/{LISTE}/liste.xlsx"), f"{FROZEN}/{LISTE}/liste.xlsx", Finding.CHANGED),
        (remove(f"{FROZEN}/{LISTE}/liste.xlsx"), f"{FROZEN}/{LISTE}/liste.xlsx", Finding.MISSING),
        (add(f"{FROZEN}/{LISTE}/liste.ods"), f"{FROZEN}/{LISTE}/liste.ods", Finding.EXTRA),
        (remove(f"{FROZEN}/etat.json"), f"{FROZEN}/etat.json", Finding.MISSING),
        (remove(f"{PREPARED}/manifeste.json"), f"{PREPARED}/manifeste.json", Finding.MISSING),
        (remove("listes.duckdb"), "listes.duckdb", Finding.MISSING),
        (add("brouillon.csv"), "brouillon.csv", Finding.EXTRA),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_each_difference_is_named(
    spoil: Callable[[Path], None], path: str, kind: Finding, sortie: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    spoil(sortie)
    assert verify_folder(sortie).differences == (Difference(path, kind),)
    assert main(["verify", "--sortie", str(sortie)]) == 1
    said = capsys.readouterr().out
    assert f"{kind:<10} {path}" in said


def test_a_manifest_that_was_rewritten_with_its_file_is_seen_by_the_log(sortie: Path) -> None:
    """Whoever changes a file and its seal alike has not changed what the audit log noted."""
    path = sortie / PREPARED / "manifeste.json"
    text = path.read_text("utf-8")
    path.unlink()
    path.write_text(text.replace('"version"', ' "version"', 1), "utf-8")
    assert verify_folder(sortie).differences == (
        Difference(f"{PREPARED}/manifeste.json", Finding.CHANGED),
    )


def test_what_is_at_work_is_no_difference(sortie: Path) -> None:
    (sortie / ".en-cours-2027-03").mkdir()
    told = verify_folder(sortie)
    assert told.differences == ()
    assert told.unfinished == (".en-cours-2027-03",)


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No campaign"):
        verify_folder(tmp_path)


@pytest.fixture
def prepared(released: Path, tmp_path: Path) -> Path:
    sortie = copy(released, tmp_path / "prepared")
    withdraw(sortie, CODE, actor=ACTEUR)
    return sortie


@pytest.mark.parametrize("word", ["--dry-run", "--simuler"])
def test_a_release_is_foreseen_and_nothing_written(
    word: str, prepared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, noted = snapshot(prepared), len(read_entries(prepared))
    asked = ["release", CODE, "--sortie", str(prepared), word]
    assert main(asked) == 1
    said = capsys.readouterr().out
    assert "Nothing was done. Campaign 2026-10 is preparee." in said
    assert "It would be refused" in said
    assert "HELD  sources" in said
    for gate in TENUES:
        asked += ["--malgre", gate, "--motif", MOTIF]
    assert main(asked) == 0
    assert "would become publiee: 4 platforms, 2 people listed" in capsys.readouterr().out
    assert snapshot(prepared) == before
    assert len(read_entries(prepared)) == noted
    assert read_released(prepared, CODE) is None


def test_withdrawal_and_archiving_are_foreseen_too(sortie: Path, prepared: Path) -> None:
    assert foresee(sortie, CODE, REGLAGES, acte=Act.WITHDRAW).to == ReleaseState.PREPARED
    assert foresee(sortie, CODE, REGLAGES, acte=Act.ARCHIVE).to == ReleaseState.ARCHIVED
    refused = foresee(prepared, CODE, REGLAGES, acte=Act.WITHDRAW)
    assert refused.to is None
    assert refused.refusal is not None
    again = foresee(sortie, CODE, REGLAGES, despite=MALGRE)
    assert (again.to, again.situation.waiting) == (ReleaseState.PUBLISHED, False)


def test_a_list_that_is_not_its_manifests_is_foreseen(prepared: Path) -> None:
    change(f"{PREPARED}/{LISTE}/liste.csv")(prepared)
    seen = foresee(prepared, CODE, REGLAGES, despite=MALGRE)
    assert seen.refusal is not None
    assert "not the file of its manifest" in seen.refusal.what


def test_a_run_ends_with_what_its_release_will_meet(prepared: Path, sortie: Path) -> None:
    said = tell_awaited_gates(prepared, CODE, REGLAGES)
    assert f"of its gates, {len(TENUES)} would hold it back" in said[1]
    assert {line.split()[1] for line in said if "HELD" in line} == set(TENUES)
    # Released already: the run that ends now is not what platforms see.
    manifest = PreparedCampaign(CODE, sortie / PREPARED).manifest_path
    text = manifest.read_text("utf-8")
    manifest.unlink()
    manifest.write_text(text + "\n", "utf-8")
    assert (
        "platforms see the lists of an earlier run" in tell_awaited_gates(sortie, CODE, REGLAGES)[1]
    )


def test_gates_that_cannot_be_examined_undo_no_run(prepared: Path) -> None:
    (prepared / "siei.duckdb").write_bytes(b"damaged")
    assert "could not be examined" in tell_awaited_gates(prepared, CODE, REGLAGES)[1]
