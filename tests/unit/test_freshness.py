"""Which campaigns an earlier one, run again, has left behind: from states alone."""

from pathlib import Path

import pytest

from siei_match.output import prepared_campaigns
from siei_match.output.freshness import (
    READ,
    CampaignState,
    compare_states,
    find_stale,
    follow_states,
    state_of,
)
from siei_match.output.manifest import EarlierCampaign, Manifest, SealedFile
from siei_match.reference.french import french_of_month
from siei_match.release.order import earlier_gate
from tests.releases import publish_campaign

FIRST, SECOND, THIRD = "2026-10", "2027-03", "2027-10"


def campaign(code: str, state: str, **read: str) -> CampaignState:
    """A campaign of a state, made from others of the states `read` (their year is their name)."""
    names = {"octobre": FIRST, "mars": SECOND}
    return CampaignState(code, state, {names[name]: told for name, told in read.items()})


@pytest.mark.parametrize(
    ("campaigns", "stale"),
    [
        ([], {}),
        ([campaign(FIRST, "a")], {}),
        ([campaign(FIRST, "a"), campaign(SECOND, "b", octobre="a")], {}),
        # The first was run again and gives something else.
        ([campaign(FIRST, "A"), campaign(SECOND, "b", octobre="a")], {SECOND: (FIRST,)}),
        # Whatever the order in which they are told.
        ([campaign(SECOND, "b", octobre="a"), campaign(FIRST, "A")], {SECOND: (FIRST,)}),
        # The earlier one came late.
        ([campaign(FIRST, "a"), campaign(SECOND, "b")], {SECOND: (FIRST,)}),
        (
            [campaign(FIRST, "A"), campaign(SECOND, "b", octobre="a"),
             campaign(THIRD, "c", octobre="a", mars="b")],
            {SECOND: (FIRST,), THIRD: (FIRST,)},
        ),
        (
            [campaign(FIRST, "a"), campaign(SECOND, "B", octobre="a"),
             campaign(THIRD, "c", octobre="a", mars="b")],
            {THIRD: (SECOND,)},
        ),
        # A purge removed the first: nothing can be read from it any more.
        ([campaign(SECOND, "b", octobre="a")], {}),
        # An older version did not say: only what was surely run after it leaves it behind.
        ([CampaignState(FIRST, "a", None), CampaignState(SECOND, "b", None)], {}),
        ([CampaignState(FIRST, "a", None), campaign(SECOND, "b", octobre="a")], {}),
        ([campaign(FIRST, "a"), CampaignState(SECOND, "b", None)], {SECOND: (FIRST,)}),
    ],
)  # fmt: skip
def test_a_campaign_made_from_what_is_gone_is_to_be_run_again(
    campaigns: list[CampaignState], stale: dict[str, tuple[str, ...]]
) -> None:
    assert compare_states(campaigns) == stale


def seals(**changed: str) -> list[SealedFile]:
    names = [f"{table}.parquet" for table in READ] + ["decisions.parquet", "rapport.html"]
    return [
        SealedFile(chemin=name, sha256=changed.get(name.partition(".")[0], "0") * 64)
        for name in names
    ]


@pytest.mark.parametrize("table", READ)
def test_the_state_is_that_of_what_later_campaigns_read(table: str) -> None:
    assert state_of(seals(**{table: "1"})) != state_of(seals())
    assert state_of(reversed(seals())) == state_of(seals())


def test_what_no_later_campaign_reads_leaves_none_behind() -> None:
    assert state_of(seals(rejets="1", rapport="2")) == state_of(seals())
    assert state_of(seals(decisions="1")) != state_of(seals())


def manifest(*read: tuple[str, str]) -> Manifest:
    told = tuple(EarlierCampaign(code=code, sha256=state * 64) for code, state in read)
    return Manifest.model_construct(anterieures=told)


def test_later_campaigns_go_along_with_a_purge_unless_they_were_left_behind() -> None:
    moved = {FIRST: ("a" * 64, "c" * 64)}
    assert follow_states(manifest((FIRST, "a"), (SECOND, "b")), moved).anterieures == (
        manifest((FIRST, "c"), (SECOND, "b")).anterieures
    )
    for untouched in (manifest((FIRST, "d")), manifest(), Manifest.model_construct()):
        assert follow_states(untouched, moved) is untouched


def test_a_gate_holds_a_campaign_that_was_left_behind(tmp_path: Path) -> None:
    sortie = publish_campaign(tmp_path / "out", FIRST)
    publish_campaign(sortie, SECOND)
    assert not earlier_gate(sortie, SECOND).held
    path = prepared_campaigns(sortie)[SECOND].manifest_path
    told = f'"anterieures": [{{"code": "{FIRST}", "sha256": "{"0" * 64}"}}]'
    path.write_text(path.read_text("utf-8").replace('"anterieures": null', told), "utf-8")
    assert find_stale(sortie) == {SECOND: (FIRST,)}
    gate = earlier_gate(sortie, SECOND)
    assert gate.held
    assert (
        f"préparée avant que celle {french_of_month(FIRST)} soit exécutée de nouveau"
        in gate.finding
    )
    assert not earlier_gate(sortie, FIRST).held
