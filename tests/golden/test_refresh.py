"""An earlier campaign run again: the later one is marked, and run again by a command."""

import json
from pathlib import Path

import duckdb
import pytest

from siei_match.campaign.refresh import read_folders, refresh_campaigns
from siei_match.campaign.story import run_campaign
from siei_match.campaign.summaries import tell_prepared, tell_refreshed
from siei_match.output.freshness import find_stale
from siei_match.reference.errors import DeliveryError, SettingsError
from siei_match.release import situate
from tests.deliveries import CODES, copy_delivery, find, read_lines, snapshot, unseal, write_lines
from tests.golden.conftest import EXPLOITANT

OLD, NEW = CODES


def marks(sortie: Path) -> dict[str, bool]:
    with duckdb.connect(sortie / "siei.duckdb", read_only=True) as base:
        return dict(base.sql("SELECT campagne, a_reexecuter FROM campagnes").fetchall())


@pytest.fixture(scope="module")
def left_behind(published, deliveries, settings, tmp_path_factory) -> Path:
    """Both campaigns, then the older one again with half of a year's pupils."""
    root = tmp_path_factory.mktemp("refresh")
    sortie = copy_delivery(published[0], root / "out")
    cut = copy_delivery(deliveries[OLD], root / OLD)
    unseal(cut)
    pupils = find(cut, "scolarite_2026")
    lines = read_lines(pupils)
    # As few as are still believed.
    write_lines(pupils, lines[: len(lines) * 9 // 10])
    told = tell_prepared(run_campaign(cut, sortie, settings, actor=EXPLOITANT))
    assert told[-2:] == [
        f"  {NEW}     to be run again: it was made before {OLD} changed",
        f"              siei refresh --sortie {sortie}",
    ]
    return sortie


def test_in_order_nothing_is_left_behind(published) -> None:
    assert find_stale(published[0]) == {}
    assert marks(published[0]) == {OLD: False, NEW: False}
    assert not any("refresh" in line for line in tell_prepared(published[1][NEW]))


@pytest.mark.slow
def test_the_same_again_leaves_nothing_behind(published, deliveries, settings, tmp_path) -> None:
    sortie = copy_delivery(published[0], tmp_path / "out")
    assert run_campaign(deliveries[OLD], sortie, settings, actor=EXPLOITANT).stale == {}
    assert refresh_campaigns(sortie, settings) == []
    assert snapshot(sortie) == snapshot(published[0])


def test_what_is_left_behind_is_marked_everywhere(left_behind, settings) -> None:
    assert find_stale(left_behind) == {NEW: (OLD,)}
    assert marks(left_behind) == {OLD: False, NEW: True}
    held = {gate.nom: gate.held for gate in situate(left_behind, NEW, settings).gates}
    assert held["campagnes_anterieures"]
    assert not any(
        gate.held
        for gate in situate(left_behind, OLD, settings).gates
        if gate.nom == "campagnes_anterieures"
    )


def test_it_is_run_again_from_the_same_delivery(
    left_behind, deliveries, settings, tmp_path
) -> None:
    sortie = copy_delivery(left_behind, tmp_path / "out")
    # Another worker of these tests may have made the first run, from folders of its own.
    mine = [deliveries[NEW]]
    assert refresh_campaigns(sortie, settings, folders=mine, dry=True) == []
    assert find_stale(sortie) == {NEW: (OLD,)}
    done = refresh_campaigns(sortie, settings, folders=mine, actor=EXPLOITANT)
    assert read_folders(sortie)[NEW] == deliveries[NEW]
    assert [prepared.code for prepared in done] == [NEW]
    assert (find_stale(sortie), marks(sortie)) == ({}, {OLD: False, NEW: False})
    assert "Campaign 2027-03 is prepared" in tell_refreshed(done, {})[0]
    # As a run in order would have made it from what stands there.
    run_campaign(deliveries[NEW], sortie, settings, actor=EXPLOITANT)
    again = snapshot(sortie)
    refresh_campaigns(sortie, settings)
    assert snapshot(sortie) == again


def test_nothing_is_run_from_another_delivery_or_with_other_settings(
    left_behind, deliveries, settings, tmp_path
) -> None:
    before = snapshot(left_behind)
    late = settings.model_copy(update={"delai_entree": 30})
    with pytest.raises(SettingsError, match=r"other settings \(delai_entree\)"):
        refresh_campaigns(left_behind, late, folders=[deliveries[NEW]])
    zones = settings.model_copy(update={"psad": None})
    with pytest.raises(SettingsError, match=r"other settings \(psad\)"):
        refresh_campaigns(left_behind, zones, folders=[deliveries[NEW]])
    other = copy_delivery(deliveries[NEW], tmp_path / NEW)
    unseal(other)
    pupils = find(other, "diplomes")
    write_lines(pupils, read_lines(pupils)[:-1])
    with pytest.raises(DeliveryError, match="is not what campaign 2027-03 was made from"):
        refresh_campaigns(left_behind, settings, folders=[other])
    assert snapshot(left_behind) == before


def test_a_folder_that_moved_is_asked_for(left_behind, deliveries, settings, tmp_path) -> None:
    sortie = copy_delivery(left_behind, tmp_path / "out")
    log = sortie / "memoire" / "executions.jsonl"
    told = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    # An older version noted no folder, and a crash left half a line.
    lines = [json.dumps({k: v for k, v in line.items() if k != "dossier"}) for line in told]
    log.write_text("\n".join([*lines, '{"campagne": "20']), "utf-8")
    assert read_folders(sortie) == {}
    with pytest.raises(DeliveryError, match="no longer where it was read"):
        refresh_campaigns(sortie, settings)
    assert refresh_campaigns(sortie, settings, folders=[deliveries[NEW]], dry=True) == []
