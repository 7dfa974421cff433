"""A model's life: trained from two campaigns, compared, approved, applied by its hash, left behind."""

import json
import shutil
from pathlib import Path

import pytest

from siei_match.campaign.story import run_campaign
from siei_match.cli import main
from siei_match.output import require_prepared
from siei_match.output.audit import Actor, read_entries
from siei_match.output.models import MODELS, ModelFile, find_model, read_model_file
from siei_match.reference.errors import SettingsError
from siei_match.reference.settings import Settings
from siei_match.release import ActRefusedError, confirm_release
from siei_match.release.models import (
    approve,
    ask_approval,
    compare_models,
    confirm_approval,
    in_force,
)
from siei_match.release.training import train
from tests.deliveries import CODES, KEY
from tests.golden.conftest import EXPLOITANT

ONE = Settings(cle=KEY)
TWO = Settings(cle=KEY, deux_personnes=frozenset({"modele"}))
ANNE = Actor("a.martin", EXPLOITANT.quand)
BASILE = Actor("b.leroy", EXPLOITANT.quand)


@pytest.fixture
def sortie(published, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published[0], tmp_path / "out"))


@pytest.fixture
def model(sortie: Path) -> ModelFile:
    return train(sortie, CODES, "essai")


def test_a_model_goes_from_training_to_a_run(
    sortie: Path,
    deliveries: dict[str, Path],
    settings: Settings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    target = tmp_path / "essai.json"
    at = ["--sortie", str(sortie)]
    assert main(["train", *CODES, *at, "--nom", "essai", "--vers", str(target)]) == 0
    model = read_model_file(target)
    card = target.with_suffix(".md").read_text("utf-8")
    assert model.sha256 in card
    for code in CODES:
        assert f"| {code} | `" in card
    assert main(["model", "compare", str(target), *at]) == 0
    assert "No model is in force" in capsys.readouterr().out
    with pytest.raises(SettingsError, match="was approved by nobody"):
        find_model(sortie, model.sha256)
    assert main(["model", "approve", str(target), *at, "--motif", "essai", "--par", "a.b"]) == 0
    assert f'modele = "{model.sha256}"' in capsys.readouterr().out
    last = read_entries(sortie)[-1]
    assert (last.acte, last.par, last.details["motif"]) == ("modele", "a.b", "essai")
    assert main(["model", "list", *at]) == 0
    assert model.sha256 in capsys.readouterr().out

    pinned = settings.model_copy(update={"modele": model.sha256})
    run_campaign(deliveries[CODES[1]], sortie, pinned, actor=EXPLOITANT)
    campaign = require_prepared(sortie, CODES[1])
    manifest = campaign.manifest()
    assert manifest.modele_applique is not None
    assert (manifest.modele_applique.nom, manifest.modele_applique.sha256) == (
        "essai",
        model.sha256,
    )
    assert manifest.reglages["modele"] == model.sha256
    assert f"memoire/modeles/{model.sha256}.json" in {told.chemin for told in manifest.memoire}
    assert manifest.modele is not None
    assert manifest.modele["prior"].keys() <= model.modele["prior"].keys()
    page = (campaign.folder / "rapport.html").read_text("utf-8")
    assert "modèle <strong>essai</strong>" in page
    # What it learnt aside teaches the next model, not what it was told.
    next_one = train(sortie, CODES[1:], "suivant")
    assert next_one.modele["prior"] != model.modele["prior"]
    assert compare_models(model, model) == ()


def test_a_delivery_beyond_a_bound_is_refused_and_nothing_changes(
    sortie: Path, deliveries: dict[str, Path], settings: Settings, model: ModelFile
) -> None:
    strict = model.model_copy(
        update={"bornes": model.bornes.model_copy(update={"fiches_par_personne": 1e-9})}
    )
    approve(sortie, strict, EXPLOITANT, "essai", ONE)
    before = require_prepared(sortie, CODES[0]).manifest_path.read_bytes()
    pinned = settings.model_copy(update={"modele": strict.sha256})
    with pytest.raises(SettingsError, match=r"records per person: .* at most 1e-09") as refused:
        run_campaign(deliveries[CODES[0]], sortie, pinned, actor=EXPLOITANT)
    assert refused.value.code == "derive"
    assert "siei train" in refused.value.remedy
    assert require_prepared(sortie, CODES[0]).manifest_path.read_bytes() == before


def test_a_file_that_is_not_what_was_approved_is_refused(sortie: Path, model: ModelFile) -> None:
    path = approve(sortie, model, EXPLOITANT, "essai", ONE)
    assert path.stat().st_mode & 0o777 == 0o600
    content = json.loads(path.read_text("utf-8"))
    content["bornes"]["m"] = 9.0
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(SettingsError, match="is not what was approved"):
        find_model(sortie, model.sha256)
    # Nor is a file that somebody laid there.
    other = model.model_copy(update={"nom": "autre"})
    (sortie / MODELS / f"{other.sha256}.json").write_text(other.text(), "utf-8")
    with pytest.raises(SettingsError, match="was approved by nobody"):
        find_model(sortie, other.sha256)


def test_the_one_in_force_is_the_settings_or_the_last_approved(
    sortie: Path, model: ModelFile
) -> None:
    assert in_force(sortie, None) is None
    other = model.model_copy(update={"nom": "autre"})
    for one in (model, other):
        approve(sortie, one, EXPLOITANT, "essai", ONE)
    assert in_force(sortie, None) == other
    assert in_force(sortie, model.sha256) == model
    approve(sortie, model, EXPLOITANT, "de nouveau", ONE)
    assert in_force(sortie, None) == model


def test_an_approval_has_a_reason(sortie: Path, model: ModelFile) -> None:
    before = len(read_entries(sortie))
    with pytest.raises(SettingsError, match="with a reason"):
        approve(sortie, model, Actor("a.b", EXPLOITANT.quand), " ", ONE)
    assert len(read_entries(sortie)) == before


def test_what_moved_is_told_the_most_first(model: ModelFile) -> None:
    content = json.loads(model.text())
    content["modele"]["traits"]["nom"]["egal"]["poids"] += 3
    content["modele"]["traits"]["sexe"]["egal"]["poids"] += 0.49
    content["modele"]["prior"]["scolarite-diplomes"] /= 4
    moved = compare_models(model, ModelFile.model_validate(content))
    assert [found.what for found in moved] == ["nom egal", "prior scolarite-diplomes"]
    assert [round(found.after - found.before) for found in moved] == [3, -2]


@pytest.mark.parametrize("name", ["Majuscules", "../ailleurs", "", "a b"])
def test_a_model_has_a_plain_name(sortie: Path, name: str) -> None:
    with pytest.raises((SettingsError, ValueError), match="nom"):
        train(sortie, CODES, name)


def test_who_trained_a_model_does_not_put_it_in_force_alone(sortie: Path, model: ModelFile) -> None:
    with pytest.raises(ActRefusedError, match="two people"):
        approve(sortie, model, ANNE, "essai", TWO)
    asked = ask_approval(sortie, model, ANNE, "appris ici", seat="uid 1")
    assert in_force(sortie, None) is None
    other = model.model_copy(update={"nom": "autre"})
    refused = [
        (ANNE, model, {}, "Whoever asked"),
        (Actor("A.MARTIN ", ANNE.quand), model, {}, "Whoever asked"),
        (BASILE, model, {"seat": "uid 1"}, "Whoever asked"),
        (BASILE, other, {}, "not this model"),
    ]
    for actor, file, more, why in refused:
        with pytest.raises(ActRefusedError, match=why):
            confirm_approval(sortie, file, asked.id, TWO, actor=actor, motif="relu", **more)
    with pytest.raises(ActRefusedError, match="not the release"):
        confirm_release(sortie, CODES[0], asked.id, TWO, actor=BASILE)
    assert in_force(sortie, None) is None
    confirm_approval(sortie, model, asked.id, TWO, actor=BASILE, motif="relu", seat="uid 2")
    assert in_force(sortie, None) == model
    last = read_entries(sortie)[-1]
    assert (last.par, last.details["demandee_par"], last.details["demande"]) == (
        "b.leroy", "a.martin", asked.id,
    )  # fmt: skip
    with pytest.raises(ActRefusedError, match="Nothing waits"):
        confirm_approval(sortie, model, asked.id, TWO, actor=BASILE, motif="encore")


def test_the_command_asks_and_another_seat_confirms(
    sortie: Path, model: ModelFile, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    target, settings = tmp_path / "essai.json", tmp_path / "r.toml"
    target.write_text(model.text(), "utf-8")
    settings.write_text('deux_personnes = ["modele"]\n', "utf-8")
    words = ["model", "approve", str(target), "--sortie", str(sortie), "--motif", "x",
             "--reglages", str(settings)]  # fmt: skip
    assert main([*words, "--par", "a.martin"]) == 0
    name = capsys.readouterr().out.partition("Asked for as ")[2][:8]
    assert main([*words, "--par", "b.leroy", "--confirm", name]) == 1
    assert in_force(sortie, None) is None
    monkeypatch.setattr("siei_match.cli.models.system_user", lambda: "uid 99999")
    assert main([*words, "--par", "b.leroy", "--confirm", name]) == 0
    assert in_force(sortie, None) == model
