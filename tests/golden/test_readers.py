"""What those who read a whole run find: analysts their queries, coordinators their language."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from siei_match.campaign.story import run_campaign
from siei_match.stages.publish.report.words import ETAPES
from tests.deliveries import CODES

PAGE = Path(__file__).parents[2] / "docs" / "analystes.md"
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def siei(published):
    with duckdb.connect(published[0] / "siei.duckdb", read_only=True) as base:
        yield base


def test_every_query_of_the_page_is_short_and_answers(siei) -> None:
    assert len(QUERIES) == 21
    for query in QUERIES:
        assert query.count("\n") <= 3, query
        found = siei.sql(query).pl()
        # A small world may hold no doubt; every other question has an answer.
        assert found.height or "a_verifier" in query, query


def test_the_views_say_what_the_decisions_say(siei, published) -> None:
    sortants = {}
    for code in CODES:
        path = published[0] / "campagnes" / code / "decisions.parquet"
        decisions = pl.read_parquet(path).filter(statut="sortant")
        sortants[code] = set(decisions["id_personne"])
        [(seen, followed)] = siei.execute(
            "SELECT count(*), count(*) FILTER (suivi_mission_locale) FROM sortants "
            "WHERE campagne = ?",
            [code],
        ).fetchall()
        assert (seen, followed) == (decisions.height, decisions["suivi_mission_locale"].sum())
    avant, apres = (sortants[code] for code in CODES)
    twice = siei.sql("FROM sortants WHERE nombre_signalements = 2").fetchall()
    assert len(twice) == len(avant & apres)
    told = dict(
        siei.sql(
            "SELECT statut_suivant, sum(personnes)::INT FROM transitions WHERE statut = 'sortant' "
            "GROUP BY ALL"
        ).fetchall()
    )
    assert told["sortant"] == len(avant & apres)
    assert sum(told.values()) == len(avant)


def test_every_table_view_and_column_is_described(siei) -> None:
    described = siei.sql(
        "SELECT table_name, comment FROM duckdb_tables() UNION ALL "
        "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal UNION ALL "
        "SELECT table_name || '.' || column_name, comment FROM duckdb_columns() WHERE NOT internal"
    ).fetchall()
    assert len(described) > 150
    assert [name for name, comment in described if not comment] == []


def test_the_report_warns_in_french(published) -> None:
    report = (published[0] / "campagnes" / CODES[0] / "rapport.html").read_text(encoding="utf-8")
    assert "L’extrait retours n’a pas été fourni" in report
    assert "is absent" not in report


def test_every_count_of_a_step_has_its_french_in_the_report(published) -> None:
    for code in CODES:
        manifeste = published[0] / "campagnes" / code / "manifeste.json"
        etapes = set(json.loads(manifeste.read_text(encoding="utf-8"))["etapes"])
        assert etapes - set(ETAPES) == set()


def test_what_each_run_took_is_noted_beside(published) -> None:
    path = published[0] / "memoire" / "executions.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["campagne"] for line in lines] == list(CODES)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    names = [etape["etape"] for etape in lines[-1]["etapes"]]
    assert names == "receive validate normalise link identify decide route publish".split()
    report = (published[0] / "campagnes" / CODES[0] / "rapport.html").read_text(encoding="utf-8")
    assert "memoire/executions.jsonl" in report


def test_the_example_script_prints_the_yearly_figures(published) -> None:
    script = PAGE.parent / "exemples" / "analyse.py"
    done = subprocess.run(
        [sys.executable, script, published[0] / "siei.duckdb"],
        capture_output=True, text=True, check=True, env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    with duckdb.connect(published[0] / "siei.duckdb", read_only=True) as base:
        told = base.execute(
            "SELECT valeur FROM bilan_campagnes WHERE indicateur = 'sortants' ORDER BY campagne"
        ).fetchall()
    sortants = next(line for line in done.stdout.splitlines() if line.startswith("sortants"))
    assert [int(n) for n in sortants.split()[1:]] == [n for (n,) in told]
    # Small counts are hidden in what is meant to be copied; the country's are not.
    _, *lines = done.stdout.split("PAR ACADÉMIE")[1].splitlines()[1:]
    told = {cell for line in lines for cell in line.split()[-2:]}
    assert "caché" in told
    assert not {"1", "2", "3", "4"} & told


def test_a_reader_and_a_run_never_meet(deliveries, published, settings, tmp_path) -> None:
    """Somebody keeps siei.duckdb open while a run replaces it: both end as if alone."""
    sortie = tmp_path / "out"
    shutil.copytree(published[0], sortie)
    count = "SELECT count(*) FROM decisions"
    with duckdb.connect(sortie / "siei.duckdb", read_only=True) as reader:
        [(before,)] = reader.sql(count).fetchall()
        inode = (sortie / "siei.duckdb").stat().st_ino
        run_campaign(deliveries[CODES[1]], sortie, settings)
        assert (sortie / "siei.duckdb").stat().st_ino != inode, "a new file, the old one intact"
        assert reader.sql(count).fetchall() == [(before,)]
        assert len(reader.sql("FROM bilan_psad").fetchall()) > 30
    with duckdb.connect(sortie / "siei.duckdb", read_only=True) as reader:
        assert reader.sql(count).fetchall() == [(before,)]


def test_the_files_are_in_a_storage_format_that_older_readers_know(siei) -> None:
    [(tags,)] = siei.sql("SELECT tags FROM duckdb_databases() WHERE NOT internal").fetchall()
    assert tags["storage_version"].startswith("v1."), tags
