"""Where a run works: what it writes there is its owner's alone, whatever the umask says."""

import os
import stat
from pathlib import Path

import polars as pl

from siei_match.settings import Settings
from siei_match.store import open_staging
from siei_match.worksite import Worksite


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
