"""What siei.duckdb tells of sortants beside their rows: breakdowns, intervals, other thresholds."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from bench.subtraction import play
from bench.uniqueness import tell_breakdowns
from siei_match.output import PreparedCampaign
from tests.deliveries import CODES


@pytest.fixture(scope="module")
def base(published) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(published[0] / "siei.duckdb", read_only=True) as opened:
        yield opened


def campaign(sortie: Path, code: str) -> PreparedCampaign:
    return PreparedCampaign(code, sortie / "campagnes" / code)


@pytest.mark.parametrize("code", CODES)
def test_every_dimension_counts_the_sortants_of_the_country(base, published, code) -> None:
    sortants = campaign(published[0], code).table("decisions").filter(statut="sortant").height
    told = base.execute(
        "SELECT dimension, sum(sortants), count(*) FILTER (sortants IS NULL) FROM ventilations "
        "WHERE campagne = ? AND niveau = 'pays' GROUP BY ALL",
        [code],
    ).fetchall()
    assert {name for name, *_ in told} == {
        "sexe", "niveau", "domaine", "etablissement", "mois_entree", "mois_sortie",
    }  # fmt: skip
    for name, counted, hidden in told:
        assert (counted == sortants) if not hidden else (counted or 0) < sortants, name


def test_what_is_told_is_what_the_campaigns_own_files_say(base, published) -> None:
    code = CODES[0]
    own = campaign(published[0], code)
    true = dict(own.table("profils").group_by("sexe").len().iter_rows())
    told = base.execute(
        "SELECT valeur, sortants FROM ventilations WHERE campagne = ? AND niveau = 'pays' "
        "AND dimension = 'sexe' AND sortants IS NOT NULL",
        [code],
    ).fetchall()
    assert told
    assert all(n == true.get(value, 0) for value, n in told)
    kinds = own.table("scolarites")
    assert kinds.height == own.table("signalements").height
    assert kinds["etablissement"].null_count() < kinds.height / 2
    left = (
        own.table("decisions")
        .filter(statut="sortant")
        .select("id_personne", "date_derniere_sortie")
    )
    both = kinds.join(left, on="id_personne")
    assert both["mois_sortie"].equals(
        both["date_derniere_sortie"].dt.strftime("%Y-%m"), check_names=False
    )


@pytest.mark.parametrize("code", CODES)
def test_no_hidden_count_is_found_from_all_that_is_told(published, code) -> None:
    held, found = play(published[0], code, 25)
    assert held, found
    assert tell_breakdowns(published[0], code).endswith("told: 0")


def test_intervals_are_of_told_counts_alone_and_hold_the_expected_one(base) -> None:
    told = base.sql(
        "SELECT i.valeur, i.estimation, i.bas, i.haut, t.valeur AS told FROM intervalles AS i "
        "LEFT JOIN (SELECT campagne, niveau, lieu, indicateur, valeur FROM indicateurs_territoires "
        "UNION ALL SELECT campagne, 'psad', psad, indicateur, valeur FROM indicateurs) AS t "
        "USING (campagne, niveau, lieu, indicateur)"
    ).pl()
    assert told.height
    assert told["valeur"].equals(told["told"], check_names=False)
    known = told.drop_nulls("bas")
    assert known.select((pl.col("bas") <= pl.col("haut")).all()).item()
    # A count of nobody hangs on nothing.
    nobody = known.filter(valeur=0).select((pl.col("haut") <= 1).all())
    assert nobody.item()


def test_thresholds_nest_row_by_row(base) -> None:
    rows = base.sql("FROM seuils").pl()
    [(every,)] = base.sql("SELECT count(*) FROM identites").fetchall()
    assert rows.height == every
    for inner, outer in (("id_strict", "id_personne"), ("id_personne", "id_large")):
        several = (
            rows.group_by("campagne", inner).agg(pl.col(outer).n_unique()).filter(pl.col(outer) > 1)
        )
        assert several.is_empty(), (inner, outer)
    [(strict, usual, wide)] = base.sql(
        "SELECT count(DISTINCT (campagne, id_strict)), count(DISTINCT (campagne, id_personne)), "
        "count(DISTINCT (campagne, id_large)) FROM seuils"
    ).fetchall()
    assert strict >= usual >= wide
    doubts = base.sql("FROM liens WHERE issue = 'a_verifier'").pl().height
    assert (usual > wide) == (doubts > 0)
