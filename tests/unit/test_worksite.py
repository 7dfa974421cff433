"""Where a run works: what it writes there is its owner's alone, whatever the umask says."""

import os
import stat
from pathlib import Path

import polars as pl
import pytest
from pydantic import SecretStr

from siei_match.campaign.worksite import Worksite, require_same_key
from siei_match.output import open_staging
from siei_match.reference.errors import OutputError, SettingsError
from siei_match.reference.settings import Settings, key_id
from tests.publication import manifest


def test_working_tables_are_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with open_staging(tmp_path / "out", "2026-10") as staging:
            chantier = Worksite(tmp_path, staging, Settings())
            chantier.write(pl.DataFrame({"rid": [0]}), "traits", "0000-0000")
            chantier.write(pl.DataFrame({"rid": [0]}), "personnes")
            made = [path for path in staging.travail.rglob("*") if path.is_file()]
            assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
            assert len(made) == 2
            assert stat.S_IMODE((staging.travail / "traits").stat().st_mode) == 0o700
    finally:
        os.umask(before)


def published(sortie: Path, code: str, manifeste: str) -> None:
    folder = sortie / "campagnes" / code
    folder.mkdir(parents=True)
    (folder / "manifeste.json").write_text(manifeste)


def test_another_key_than_the_published_one_is_refused(tmp_path: Path) -> None:
    reglages = Settings(cle=SecretStr("k" * 32))
    published(tmp_path, "2026-10", manifest(cle=key_id(b"k" * 32)))
    require_same_key(tmp_path, "2027-03", reglages)
    with pytest.raises(SettingsError, match="of campaign 2026-10"):
        require_same_key(tmp_path, "2027-03", Settings(cle=SecretStr("z" * 32)))
    # The campaign that runs again is replaced, its key with it.
    require_same_key(tmp_path, "2026-10", Settings(cle=SecretStr("z" * 32)))


@pytest.mark.parametrize("manifeste", ["", "{", "[]", "{}", '"cle"'])
def test_a_damaged_manifest_of_another_campaign_is_named(tmp_path: Path, manifeste: str) -> None:
    published(tmp_path, "2026-10", manifeste)
    with pytest.raises(OutputError, match="is missing or damaged"):
        require_same_key(tmp_path, "2027-03", Settings(cle=SecretStr("k" * 32)))
