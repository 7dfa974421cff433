"""What those who read a whole run find: analysts their queries, coordinators their language."""

import re
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.deliveries import CODES

PAGE = Path(__file__).parents[2] / "docs" / "analystes.md"
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def siei(published):
    with duckdb.connect(published[0] / "siei.duckdb", read_only=True) as base:
        yield base


def test_every_query_of_the_page_is_short_and_answers(siei) -> None:
    assert len(QUERIES) == 14
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
