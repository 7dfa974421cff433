"""A run that stopped is taken up where it stopped: same bytes, nothing done twice or kept too long."""

import logging
import stat
from pathlib import Path

import polars as pl
import pytest
from pydantic import SecretStr

from siei_match.campaign import story
from siei_match.campaign.resume import TakenUp, digest_inputs
from siei_match.campaign.story import run_campaign
from siei_match.campaign.worksite import Worksite
from siei_match.output import Staging, locked, open_staging
from siei_match.reference.contracts import declaration
from siei_match.reference.errors import OutputError
from siei_match.reference.settings import Settings
from siei_match.retention.rights import rectifier
from siei_match.stages.extract import read_delivery
from tests.deliveries import CODES, KEY, copy_delivery, find, snapshot
from tests.golden.conftest import EXPLOITANT

CODE = "2027-03"
STAGES = ["validate", "normalise", "link", "identify", "decide", "route"]


@pytest.fixture(scope="module")
def left(deliveries, published, settings, tmp_path_factory) -> Path:
    """An output folder in which a run with `reprendre` stopped as it was to publish."""
    sortie = copy_delivery(published[0], tmp_path_factory.mktemp("left") / "out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("siei_match.campaign.steps.publish.place_staging", refuse)
        with pytest.raises(OutputError, match="full"):
            run_campaign(deliveries[CODE], sortie, settings, resume=True)
    return sortie


@pytest.fixture
def stopped(left, tmp_path) -> Path:
    return copy_delivery(left, tmp_path / "out")


def refuse(*_: object) -> None:
    raise OutputError("The disk is full.", remedy="Free some space.")


def rerun(dossier: Path, sortie: Path, settings: Settings, caplog) -> list[str]:
    """Run with `reprendre`, and return the stages that were passed over."""
    caplog.clear()
    with caplog.at_level(logging.INFO, "siei_match"):
        run_campaign(dossier, sortie, settings, resume=True)
    return passed_over(caplog)


def passed_over(caplog) -> list[str]:
    return [r.getMessage().partition(":")[0] for r in caplog.records if "done before" in r.message]


def rerun_into(stop: str, dossier: Path, sortie: Path, settings: Settings, caplog) -> list[str]:
    """Do as `rerun`, with what `stop` names refused."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"siei_match.campaign.steps.{stop}", refuse)
        with pytest.raises(OutputError, match="full"):
            rerun(dossier, sortie, settings, caplog)
    return passed_over(caplog)


PARTS = ["candidates", "fingerprints"]
"""What is done part by part: a part made of the same bytes stands, whatever stage is done again."""


@pytest.fixture
def heard(caplog, monkeypatch):
    # Another test may have set the log up for a terminal.
    monkeypatch.setattr(logging.getLogger("siei_match"), "propagate", True)
    return caplog


def test_what_is_left_is_the_tables_between_stages_its_owners_alone(stopped, published) -> None:
    staging = stopped / f".en-cours-{CODE}"
    assert sorted(path.name for path in staging.iterdir()) == ["etapes.json", "parts", "travail"]
    assert stat.S_IMODE(staging.stat().st_mode) == 0o700
    files = [path for path in staging.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert {n: b for n, b in snapshot(stopped).items() if n[0] != "."} == snapshot(published[0])


def test_it_goes_on_after_the_last_stage_and_publishes_the_same_bytes(
    stopped, deliveries, published, settings, heard
) -> None:
    assert rerun(deliveries[CODE], stopped, settings, heard) == STAGES
    assert snapshot(stopped) == snapshot(published[0])


@pytest.mark.parametrize(
    ("table", "harm", "kept"),
    [
        ("decisions.parquet", "flip", STAGES[:4]),
        pytest.param(
            "personnes/0000-0000.parquet",
            "remove",
            [*STAGES[:3], *PARTS[1:]],
            marks=pytest.mark.slow,
        ),
        pytest.param("valides/0000-0000.parquet", "cut", PARTS, marks=pytest.mark.slow),
    ],
)
def test_a_damaged_table_is_made_again(
    table, harm, kept, stopped, deliveries, published, settings, heard
) -> None:
    damage(stopped / f".en-cours-{CODE}" / "travail" / table, harm)
    assert rerun(deliveries[CODE], stopped, settings, heard) == kept
    assert snapshot(stopped) == snapshot(published[0])


def damage(path: Path, harm: str) -> None:
    content = bytearray(path.read_bytes())
    if harm == "remove":
        path.unlink()
        return
    content[len(content) // 2] ^= 1
    path.write_bytes(content[: len(content) // 2] if harm == "cut" else content)


def test_a_rectification_loses_nothing_of_what_was_done(
    deliveries, published, settings, tmp_path, heard
) -> None:
    """Where what people had put right took the place of `traits`, all was to be done again."""
    sortie = copy_delivery(published[0], tmp_path / "out")
    listed = pl.read_parquet(sortie / "campagnes" / CODE / "signalements.parquet")
    one = listed["id_personne"].sort()[0]
    rectifier(sortie, one, "date_naissance", "2007-02-01", "état civil", EXPLOITANT)
    straight = copy_delivery(sortie, tmp_path / "straight")
    run_campaign(deliveries[CODE], straight, settings)

    # It is put right as `decide` begins: stopped there, then as `decide` is done.
    assert rerun_into("decide.assign_psad", deliveries[CODE], sortie, settings, heard) == []
    travail = sortie / f".en-cours-{CODE}" / "travail"
    assert pl.read_parquet(travail / "traits_rectifies.parquet").height > 0
    received = snapshot(travail / "traits")
    kept = rerun_into("route.sort_lists", deliveries[CODE], sortie, settings, heard)
    assert kept == STAGES[:4]
    assert snapshot(travail / "traits") == received
    assert rerun(deliveries[CODE], sortie, settings, heard) == STAGES[:5]
    assert snapshot(sortie) == snapshot(straight)


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"empreinte": 1, "etapes": []}'])
def test_a_note_that_cannot_be_read_is_passed_over(damaged, stopped, settings, tmp_path) -> None:
    (stopped / f".en-cours-{CODE}" / "etapes.json").write_text(damaged)
    with open_staging(stopped, CODE, keep=True) as staging:
        chantier = Worksite(tmp_path, staging, settings)
        TakenUp(chantier, "1").take_up()
        assert list(staging.travail.rglob("*.parquet")) == []


def test_what_was_made_from_other_inputs_is_not_taken_up(
    stopped, deliveries, settings, tmp_path
) -> None:
    """A setting, the key, an earlier campaign, a collected answer, a byte of the delivery."""
    delivery = copy_delivery(deliveries[CODE], tmp_path / "recu")
    livraison = read_delivery(delivery)

    def digest(**changed: object) -> str:
        reglages = settings.model_copy(update=changed)
        return digest_inputs(Worksite(delivery, Staging(stopped, CODE), reglages), livraison)

    seen = [digest(), digest(delai_entree=30), digest(cle=SecretStr("z" * 32))]
    (stopped / "memoire" / "retours").mkdir(parents=True)
    (stopped / "memoire" / "retours" / "a.parquet").write_bytes(b"1")
    seen.append(digest())
    (stopped / "campagnes" / CODES[0] / "manifeste.json").write_text("{}")
    seen.append(digest())
    with find(delivery, "agricole").open("ab") as file:
        file.write(b"\n")
    seen.append(digest())
    assert len(set(seen)) == len(seen)
    # What changes at every command, and is read by no run.
    (stopped / "memoire" / "audit.jsonl").write_text("{}")
    assert digest() == seen[-1]


def test_another_setting_is_begun_anew(stopped, deliveries, heard) -> None:
    assert rerun(deliveries[CODE], stopped, Settings(cle=KEY, delai_entree=30), heard) == []


def test_whoever_comes_next_without_it_leaves_nothing(stopped, published) -> None:
    with locked(stopped):
        assert not (stopped / f".en-cours-{CODE}").exists()
    assert snapshot(stopped) == snapshot(published[0])


@pytest.mark.slow
def test_without_it_nothing_is_left(deliveries, published, settings, tmp_path, monkeypatch) -> None:
    sortie = copy_delivery(published[0], tmp_path / "out")
    monkeypatch.setattr("siei_match.campaign.steps.publish.place_staging", refuse)
    with pytest.raises(OutputError, match="full"):
        run_campaign(deliveries[CODE], sortie, settings)
    assert snapshot(sortie) == snapshot(published[0])


def test_a_folder_that_others_can_read_is_not_taken_up(stopped, deliveries, settings) -> None:
    (stopped / f".en-cours-{CODE}").chmod(0o750)
    with pytest.raises(OutputError, match="not the private folder"):
        run_campaign(deliveries[CODE], stopped, settings, resume=True)


@pytest.mark.slow
def test_a_dry_run_publishes_nothing(deliveries, published, settings, tmp_path) -> None:
    sortie = copy_delivery(published[0], tmp_path / "out")
    told = run_campaign(deliveries[CODE], sortie, settings, dry=True)
    assert told.dry
    assert told.counts == published[1][CODE].counts
    assert snapshot(sortie) == snapshot(published[0])


def test_a_table_altered_while_the_run_works_stops_it(
    deliveries, published, settings, tmp_path, monkeypatch
) -> None:
    """LZ4 has no checksum: a flipped bit could be another person's name, and nobody would know."""
    sortie = copy_delivery(published[0], tmp_path / "out")
    honest = story.decide

    def flip(chantier: Worksite, *rest: object) -> object:
        damage(chantier.path("personnes", "0000-0000"), "flip")
        return honest(chantier, *rest)

    monkeypatch.setattr(story, "decide", flip)
    with pytest.raises(OutputError, match="not what was written"):
        run_campaign(deliveries[CODE], sortie, settings)
    assert snapshot(sortie) == snapshot(published[0])


def test_a_part_that_vanished_is_missed(tmp_path) -> None:
    with open_staging(tmp_path / "out", CODE) as staging:
        chantier = Worksite(tmp_path, staging, Settings())
        traits = pl.DataFrame(schema=declaration("tables/traits").polars_schema).clear(1)
        chantier.write(traits, "traits", "0000-0000")
        chantier.write(traits, "traits", "0001-0000")
        assert chantier.read("traits").height == 2
        chantier.path("traits", "0001-0000").unlink()
        with pytest.raises(OutputError, match="not what was written"):
            chantier.read("traits")
