"""SIFA comes late: the autumn's lists hold apprentices unseen, a later run tells who they were."""

import re
from pathlib import Path

import polars as pl
import pytest

from siei_match.campaign.story import run_campaign
from siei_match.output import PreparedCampaign
from siei_match.reference.settings import Settings
from siei_match.simulate import simulate
from tests.deliveries import copy_delivery
from tests.golden.conftest import EXPLOITANT

AUTUMN, SPRING = "2026-10", "2027-03"


def without_sifa(source: Path, target: Path) -> Path:
    """Deliver a campaign without this year's apprentices, as an autumn is."""
    folder = copy_delivery(source, target)
    toml = folder / "campagne.toml"
    head, *files = toml.read_text("utf-8").split("[[fichiers]]")
    kept = [file for file in files if "apprentissage_2026-2027" not in file]
    assert len(kept) == len(files) - 1
    told = head.replace("[campagne]", '[campagne]\ncontroles = "publication"')
    toml.write_text("[[fichiers]]".join([told, *kept]), "utf-8")
    (folder / "apprentissage_2026-2027.txt").unlink()
    return folder


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory, few_zones: Path) -> dict[str, PreparedCampaign]:
    """The autumn without SIFA; the spring without it, then run again with it."""
    root = tmp_path_factory.mktemp("late")
    made = simulate(root / "france", 1500, 17).campagnes
    settings, folders = Settings(cle="k" * 64, psad=few_zones), {}
    autumn = without_sifa(made[AUTUMN], root / "autumn")
    spring = without_sifa(made[SPRING], root / "spring")
    for name, folder, out in (
        ("autumn", autumn, "out"),
        ("before", spring, "first"),
        ("after", made[SPRING], "out"),
    ):
        if name == "before":
            run_campaign(autumn, root / out, settings, actor=EXPLOITANT)
        run_campaign(folder, root / out, settings, actor=EXPLOITANT)
        code = AUTUMN if name == "autumn" else SPRING
        folders[name] = PreparedCampaign(code, root / out / "campagnes" / code)
    return folders


def listed(campaign: PreparedCampaign) -> set[str]:
    return set(campaign.table("signalements")["id_personne"])


def test_mouvements_tell_who_leaves_when_sifa_has_come(late) -> None:
    autumn, before, after = (listed(late[name]) for name in ("autumn", "before", "after"))
    found = late["after"].table("decisions").filter(motif="apprentissage")["id_personne"]
    gone = (before - after) & autumn & set(found)
    assert len(gone) > 5
    moves = {
        name: late[name].table("mouvements").filter(pl.col("psad").is_null())
        for name in ("before", "after")
    }
    told = moves["after"].filter(cause="inscription")["id_personne"]
    assert gone <= set(told)
    assert not gone & set(moves["before"]["id_personne"])


def test_the_next_campaign_counts_whom_the_autumn_did_not_see(late) -> None:
    unseen = late["after"].manifest().invisibles
    assert unseen is not None
    assert unseen.campagne == AUTUMN
    assert unseen.listes == late["autumn"].table("signalements").height
    assert unseen.vus_depuis is not None
    assert unseen.vus_depuis > 5
    assert unseen.vus_depuis < unseen.listes
    # Without SIFA the spring's files tell hardly anything of that day.
    again = late["before"].manifest().invisibles
    assert again is not None
    assert (again.vus_depuis or 0) < unseen.vus_depuis
    assert late["autumn"].manifest().invisibles is None


def test_the_report_and_the_gates_say_how_old_sources_are(late) -> None:
    report = (late["after"].folder / "rapport.html").read_text("utf-8")
    text = re.sub(r"<[^>]*>", " ", report)
    assert "Fraîcheur des sources" in text
    assert re.search(r"Apprentissage \(CFA\)\s+2026-2027\s+10/03/2027\s+5 j", text)
    unseen = late["after"].manifest().invisibles
    assert f"{unseen.vus_depuis} sur {unseen.listes}" in text
    received = {f.nom: f for f in late["after"].manifest().entrees}
    sifa = received["apprentissage_2026-2027.txt"]
    assert str(sifa.date_extraction) == "2027-03-10"
    assert sifa.dernier_fait is not None
    assert sifa.dernier_fait <= sifa.date_extraction
