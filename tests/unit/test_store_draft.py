"""Changes to several published folders at once: all of them or none, whenever it is killed."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from siei_match import output as store
from siei_match.output import journal, open_draft, place_draft
from siei_match.reference.errors import OutputError
from tests.publication import snapshot
from tests.unit.test_store import killed_at, publish_version

NAMES = (
    "campagnes/2026-10",
    "campagnes/2027-03",
    "publiees/2026-10",
    "siei.duckdb",
    "listes.duckdb",
    "memoire/exclusions.parquet",
)
REMOVED = ("campagnes/2026-03", "publiees/2026-03", "memoire/retours", "memoire/absent")


def begin(sortie: Path) -> None:
    """Publish three campaigns, two released copies and a memory, all `v1`."""
    for code in ("2026-03", "2026-10", "2027-03"):
        publish_version(sortie, "v1", code)
    for name in ("publiees/2026-03/a", "publiees/2026-10/a", "memoire/retours/a", "memoire/autre"):
        (sortie / name).parent.mkdir(parents=True, exist_ok=True)
        (sortie / name).write_text(f"v1 {name}")


def rewrite(sortie: Path) -> None:
    with open_draft(sortie, "purge") as draft:
        for name in NAMES:
            path = draft.dossier / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if "." in path.name:
                path.write_text(f"v2 {name}")
            else:
                path.mkdir()
                (path / ("a" if "publiees" in name else "manifeste.json")).write_text(f"v2 {name}")
        place_draft(draft, NAMES, REMOVED)


def kill_at(step: int, work: Callable[[], None], *, exchange: bool) -> bool:
    """Do `work` in a process that dies at its step-th change of the disk; return if it died."""
    child = os.fork()
    if child == 0:
        try:
            if not exchange:
                journal.exchange = lambda one, other: False
            with killed_at(step):
                work()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("exchange", [True, False])
def test_a_draft_killed_at_any_step_is_wholly_in_place_or_not_at_all(
    tmp_path: Path, exchange: bool
) -> None:
    begin(tmp_path / "before")
    before = snapshot(tmp_path / "before")
    begin(tmp_path / "after")
    rewrite(tmp_path / "after")
    after = snapshot(tmp_path / "after")
    assert [name for name in after if name.startswith(REMOVED)] == []
    assert {name for name, content in after.items() if content.startswith(b"v1")} == {
        "memoire/autre"
    }
    outcomes = []
    for step in range(1, 200):
        sortie = tmp_path / str(step)
        begin(sortie)
        if not kill_at(step, lambda sortie=sortie: rewrite(sortie), exchange=exchange):
            break
        announced = (sortie / store.JOURNAL).exists()
        with open_draft(sortie, "autre"):
            pass
        found = snapshot(sortie)
        assert found in (before, after), f"step {step}: a mixed state"
        assert found == after or not announced, f"step {step}: announced, then lost"
        outcomes.append(found == after)
    assert outcomes == sorted(outcomes)
    assert len(outcomes) > 30
    assert {True, False} == set(outcomes)


def test_what_was_not_prepared_is_not_published(tmp_path: Path) -> None:
    begin(tmp_path)
    before = snapshot(tmp_path)
    with pytest.raises(OutputError, match="not prepared"), open_draft(tmp_path, "purge") as draft:
        place_draft(draft, ["siei.duckdb"], REMOVED)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("written", ["", "{", "[]", "{}", json.dumps({"code": "2026-10"})])
def test_a_journal_of_another_version_is_left_alone(tmp_path: Path, written: str) -> None:
    begin(tmp_path)
    (tmp_path / store.JOURNAL).write_text(written)
    before = snapshot(tmp_path)
    with pytest.raises(OutputError, match="this version"), open_draft(tmp_path, "purge"):
        pass
    assert snapshot(tmp_path) == before


def test_a_draft_has_one_word_for_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one word"), open_draft(tmp_path, "../ailleurs"):
        pass
