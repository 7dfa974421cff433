"""What a run left is read by one reader: its manifest, its tables and its lists, or why not."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from siei_match.output import (
    PreparedCampaign,
    list_name,
    movements_name,
    prepared_campaigns,
    require_prepared,
)
from siei_match.output.manifest import Manifest
from siei_match.reference.errors import OutputError
from siei_match.release.released import released_folder
from tests.publication import PSADS, execution, publish, resultats
from tests.releases import publish_campaign, release_campaign

CODE = "2026-10"
FIRST = (
    "format", "version", "campagne", "entrees", "reglages", "cle", "etapes", "avertissements",
    "modele", "fichiers",
)  # fmt: skip
"""What the first version of siei-match wrote into a manifest."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sortie = tmp_path_factory.mktemp("prepared")
    publish(sortie)
    return sortie


@pytest.fixture
def prepared(published: Path, tmp_path: Path) -> PreparedCampaign:
    """A copy that a test may damage."""
    return require_prepared(Path(shutil.copytree(published, tmp_path / "out")), CODE)


def test_the_manifest_is_what_the_run_said(prepared: PreparedCampaign) -> None:
    manifest = prepared.manifest()
    assert manifest.campagne == execution().campagne
    assert manifest.text() == prepared.manifest_path.read_text("utf-8")
    assert set(prepared.manifest_seal("campagnes")) == {f"campagnes/{CODE}/manifeste.json"}
    assert prepared.manifest_seal("campagnes").popitem()[1] == prepared.manifest_sha256() != ""


def test_a_manifest_of_the_first_version_is_read_still(prepared: PreparedCampaign) -> None:
    told = json.loads(prepared.manifest_path.read_text("utf-8"))
    assert set(told) > set(FIRST)
    prepared.manifest_path.write_text(json.dumps({name: told[name] for name in FIRST}))
    manifest = prepared.manifest()
    assert (manifest.seuils, manifest.revues, manifest.passes, manifest.zones) == (
        None,
        None,
        (),
        {},
    )
    # Whoever adds a field must give it a default.
    added = set(Manifest.model_fields) - set(FIRST)
    assert [name for name in added if Manifest.model_fields[name].is_required()] == []


@pytest.mark.parametrize("content", [None, "", "{", "[]", "{}", '"cle"', "\udcff", "more"])
def test_a_damaged_manifest_is_named_with_a_remedy(
    prepared: PreparedCampaign, content: str | None
) -> None:
    path = prepared.manifest_path
    if content is None:
        path.unlink()
    elif content == "more":
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"nouveau": 1}))
    else:
        path.write_bytes(content.encode("utf-8", "surrogateescape"))
    why = "is missing" if content is None else "is damaged, or another version wrote it"
    with pytest.raises(OutputError, match=why) as told:
        prepared.manifest()
    assert str(path) in told.value.what
    assert "run that campaign again" in told.value.remedy
    assert prepared.manifest_seal("campagnes").popitem()[1] == prepared.manifest_sha256()


def test_a_table_is_read_whole_or_by_rows(prepared: PreparedCampaign) -> None:
    known = resultats().decisions
    assert prepared.table("decisions").equals(known)
    sortants = pl.col("statut") == "sortant"
    assert prepared.rows("decisions", sortants).equals(known.filter(sortants))
    assert prepared.has_table("decisions") > prepared.has_table("doutes")


@pytest.mark.parametrize("content", [None, b"", b"half a table"])
def test_a_damaged_table_is_named_with_a_remedy(
    prepared: PreparedCampaign, content: bytes | None
) -> None:
    path = prepared.table_path("decisions")
    path.unlink() if content is None else path.write_bytes(content)
    for read in (
        lambda: prepared.table("decisions"),
        lambda: prepared.rows("decisions", pl.col("age") > 1),
    ):
        why = "is missing" if content is None else "is damaged"
        with pytest.raises(OutputError, match=why) as told:
            read()
        assert str(path) in told.value.what
        assert "run that campaign again" in told.value.remedy


def test_every_platform_has_its_list_and_all_together_are_those_of_the_run(
    prepared: PreparedCampaign,
) -> None:
    assert prepared.platforms() == (*PSADS, "non_affecte")
    lists = prepared.lists()
    assert lists.equals(pl.concat(prepared.list(psad) for psad in prepared.platforms()))
    assert lists.sort("id_signalement").equals(resultats().listes.sort("id_signalement"))
    assert prepared.lists("psad").equals(lists.select("psad"))
    assert {psad for psad in PSADS if prepared.list(psad).is_empty()} == set(PSADS) - {PSADS[1]}
    sealed = {f.chemin for f in prepared.manifest().fichiers if "/" in f.chemin}
    kinds = ("csv", "parquet")
    names = {psad: [list_name(psad, kind) for kind in kinds] for psad in prepared.platforms()}
    for psad, files in names.items():
        files.append(movements_name(psad))
        assert prepared.list_files(psad) == tuple(prepared.folder / name for name in files)
    assert sealed == {name for files in names.values() for name in files}


def test_a_list_that_is_missing_is_missed_aloud(prepared: PreparedCampaign) -> None:
    prepared.list_path(PSADS[0], "parquet").unlink()
    with pytest.raises(OutputError, match=r"liste\.parquet is missing"):
        prepared.lists()
    with pytest.raises(OutputError, match="is missing"):
        prepared.list(PSADS[0])
    shutil.rmtree(prepared.lists_folder)
    assert prepared.platforms() == ()
    with pytest.raises(OutputError, match=r"A list under .* is missing or damaged"):
        prepared.lists()


def test_a_release_is_read_as_what_it_was_made_from(tmp_path: Path) -> None:
    prepared = require_prepared(publish_campaign(tmp_path), CODE)
    release_campaign(tmp_path)
    released = released_folder(tmp_path, CODE)
    assert released.manifest() == prepared.manifest()
    assert released.lists().equals(prepared.lists())
    assert {path.suffix for path in released.list_files(PSADS[0])} == {".csv", ".parquet", ".xlsx"}


def test_what_is_no_campaign_is_not_found(published: Path, tmp_path: Path) -> None:
    sortie = Path(shutil.copytree(published, tmp_path / "out"))
    for name in ("2027-03", "autre", ".cache"):
        (sortie / "campagnes" / name).mkdir()
    assert list(prepared_campaigns(sortie)) == [CODE]
    with pytest.raises(OutputError, match=rf"No campaign 2027-03 stands .*\(there: {CODE}\)"):
        require_prepared(sortie, "2027-03")
    with pytest.raises(OutputError) as told:
        require_prepared(sortie, "QUEMENER")
    assert "QUEMENER" not in str(told.value)
    with pytest.raises(OutputError, match="no such folder"):
        require_prepared(sortie / "absent", CODE)
