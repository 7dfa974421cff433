"""A campaign run again against what is released of it: who enters, who leaves, and why."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from siei_match.cli.program import main
from siei_match.output import audit, open_staging, place_staging
from siei_match.reference.settings import Settings
from siei_match.release import ActRefusedError, release, situate
from siei_match.release.correction import Correction, compare, correction_gate
from siei_match.stages.publish import CampaignTables, publish_campaign
from siei_match.stages.publish.gates import Gate
from tests.publication import IDS, execution, resultats
from tests.releases import (
    ACTEUR,
    MALGRE,
    MOTIF,
    REGLAGES,
    release_campaign,
)
from tests.releases import publish_campaign as publish_small

CODE = "2026-10"
HERE, THERE = "PSAD-A", "PSAD-B"


def listed(**where: str) -> pl.DataFrame:
    schema = {"id_personne": pl.String, "psad": pl.String}
    return pl.DataFrame({"id_personne": list(where), "psad": list(where.values())}, schema)


def decided(**said: str) -> pl.DataFrame:
    rows = [(who, *why.split()) for who, why in said.items()]
    schema = dict.fromkeys(("id_personne", "statut", "motif"), pl.String)
    return pl.DataFrame(rows, schema, orient="row")


# What is compared


def test_the_same_lists_change_nothing() -> None:
    same = compare(listed(a=HERE, b=THERE), listed(b=THERE, a=HERE), decided(), decided())
    assert (same.before, same.now, same.moved) == (2, 2, 0)
    assert (same.entering, same.leaving) == ({}, {})
    assert same.told() == "entrées 0, sorties 0, changements de plateforme 0"


def test_each_person_enters_leaves_or_moves_for_one_reason() -> None:
    found = compare(
        listed(stays=HERE, moves=HERE, graduates=HERE, vanishes=THERE),
        listed(stays=HERE, moves=THERE, pupil=THERE, other_pupil=THERE, unseen=THERE),
        decided(pupil="en_formation scolarite", other_pupil="en_formation scolarite",
                moves="sortant confirme"),
        decided(graduates="diplome niveau_3", moves="sortant confirme"),
    )  # fmt: skip
    # What those who enter were, what those who leave are.
    assert found.entering == {"en_formation scolarite": 2, "sans décision": 1}
    assert found.leaving == {"diplome niveau_3": 1, "sans décision": 1}
    assert found.moved == 1
    assert found.now == found.before + found.entering_count - found.leaving_count
    assert found.platforms == {HERE: (3, 1, 2), THERE: (1, 4, 5)}


def test_two_people_of_the_release_who_are_one_now_count_once() -> None:
    # Their identifiers are those of today: `follow` gave both the one that stays.
    found = compare(
        pl.concat([listed(a=HERE), listed(a=THERE)]), listed(a=HERE), decided(), decided()
    )
    assert (found.before, found.entering, found.leaving, found.moved) == (1, {}, {}, 0)


def test_a_release_without_its_decisions_is_compared_without_reasons() -> None:
    found = compare(listed(a=HERE), listed(b=HERE), None, None)
    assert (found.entering, found.leaving) == ({"motif inconnu": 1}, {"motif inconnu": 1})


# When it holds


def gate(before: int, entering: int, leaving: int, **platforms: tuple[int, int, int]) -> Gate:
    reasons = [{"en_formation scolarite": n} if n else {} for n in (entering, leaving)]
    made = Correction(before, before + entering - leaving, *reasons, 0, platforms)
    return correction_gate(made, REGLAGES)


@pytest.mark.parametrize(
    ("before", "entering", "leaving", "held"),
    [
        (75, 0, 0, False),
        # The thresholds of the volume, on how many come and go: as many for as many is no peace.
        (100, 40, 0, False),
        (100, 41, 0, True),
        (100, 20, 20, False),
        (100, 21, 20, True),
        (75, 579, 0, True),
        (0, 0, 0, False),
        (0, 1, 0, True),
    ],
)
def test_a_correction_far_from_what_is_released_is_held(
    before: int, entering: int, leaving: int, held: bool
) -> None:
    assert gate(before, entering, leaving).held is held


@pytest.mark.parametrize(
    ("platform", "held"),
    [
        ((20, 20, 12), False),
        ((20, 20, 13), True),
        # A short list says nothing.
        ((19, 19, 19), False),
        ((0, 20, 20), True),
    ],
)
def test_so_is_one_platform_s_list(platform: tuple[int, int, int], held: bool) -> None:
    assert gate(1000, 20, 20, A=platform).held is held


def test_the_gate_says_how_many_and_why() -> None:
    entering = {f"en_formation source_{n}": 10 - n for n in range(6)}
    told = Correction(75, 112, entering, {"diplome niveau_3": 8}, 3, {})
    assert correction_gate(told, REGLAGES) == Gate(
        "correction",
        True,
        "75 jeunes publiés, 112 préparés : entrées 45 (en_formation source_0 10, "
        "en_formation source_1 9, en_formation source_2 8, en_formation source_3 7, autres 11), "
        "sorties 8 (diplome niveau_3 8), changements de plateforme 3 (70,7 % des jeunes publiés, "
        "seuil 40,0 % ; 0 plateforme à plus de 60,0 %).",
    )
    assert told.noted()["entrees"] == 45
    assert told.noted()["sorties_motifs"] == "diplome niveau_3 8"


# What a release does of it


def correct(sortie: Path) -> CampaignTables:
    """Run the campaign again: the one in the Finistère holds a diploma, a pupil is on its list."""
    made = resultats(CODE)
    decisions = made.decisions.with_columns(
        pl.when(id_personne=IDS[0]).then(pl.lit("diplome"))
        .when(id_personne=IDS[3]).then(pl.lit("sortant")).otherwise("statut").alias("statut"),
        pl.when(id_personne=IDS[0]).then(pl.lit("niveau_3"))
        .when(id_personne=IDS[3]).then(pl.lit("confirme")).otherwise("motif").alias("motif"),
    )  # fmt: skip
    signalements = made.signalements.with_columns(
        id_personne=pl.col("id_personne").replace({IDS[0]: IDS[3]}),
        id_signalement=pl.col("id_signalement").replace({f"s{IDS[0]}": f"s{IDS[3]}"}),
    )
    lists = made.listes.with_columns(
        id_signalement=pl.col("id_signalement").replace({f"s{IDS[0]}": f"s{IDS[3]}"})
    )
    changed = replace(made, decisions=decisions, signalements=signalements, listes=lists)
    with open_staging(sortie, CODE) as staging:
        publish_campaign(staging, execution(CODE), changed)
        place_staging(staging)
    return changed


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sortie = tmp_path_factory.mktemp("correction") / "out"
    with open_staging(sortie, CODE) as staging:
        publish_campaign(staging, execution(CODE), resultats(CODE))
        place_staging(staging)
    release_campaign(sortie)
    return sortie


def test_before_and_after_a_release_there_is_nothing_to_compare(tmp_path: Path) -> None:
    sortie = publish_small(tmp_path / "out")
    for _ in range(2):
        gates = situate(sortie, CODE, REGLAGES).gates
        (said,) = (gate for gate in gates if gate.nom == "correction")
        assert not said.held
        assert said.finding == "rien d'autre n'est publié de cette campagne."
        release_campaign(sortie)


def test_a_correction_is_held_told_and_noted(
    released: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    correct(released)
    monkeypatch.setenv("SIEI_CLE", "tests" * 8)
    with pytest.raises(ActRefusedError) as refusal:
        release_campaign(released)
    said = (
        "entrées 1 (en_formation agricole 1), sorties 1 (diplome niveau_3 1), "
        "changements de plateforme 0"
    )
    assert f"correction : 2 jeunes publiés, 2 préparés : {said} (100,0 %" in refusal.value.what
    despite = MALGRE | {"correction": MOTIF}
    made = release(released, CODE, REGLAGES, actor=ACTEUR, despite=despite)
    assert made.correction == said
    details = audit.read_entries(released)[-1].details
    assert (details["entrees"], details["sorties"], details["changements_psad"]) == (1, 1, 0)
    assert details["entrees_motifs"] == "en_formation agricole 1"
    # Archived, so that the command says where it stands.
    assert main(["release", CODE, "--archive", "--sortie", str(released)]) == 0
    assert f"replaced what was released: {said}" in capsys.readouterr().out


def test_thresholds_are_those_of_the_volume() -> None:
    told = Correction(100, 130, {"en_formation scolarite": 30}, {}, 0, {})
    assert not correction_gate(told, REGLAGES).held
    assert correction_gate(told, Settings(garde_volume=0.2)).held
