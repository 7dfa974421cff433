"""What a campaign publishes: every file of the contract, the same bytes, and nobody's name."""

# ruff: noqa: S608 - the names in these queries are those of our own tables

import hashlib
import json
import os
import re
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from siei_match.output import CampaignFolder, open_staging
from siei_match.output.bac import FOLLOWED
from siei_match.output.databases import building as databases
from siei_match.output.databases.builder import build, settle_header
from siei_match.output.databases.building import building
from siei_match.output.databases.indicators import count_indicators
from siei_match.output.manifest import Manifest, ReceivedFile
from siei_match.reference.contracts import declaration, schemas_root
from siei_match.reference.errors import ContractError, OutputError
from siei_match.reference.files import write_parquet
from siei_match.stages.publish import publish_campaign
from siei_match.stages.publish.lists import write_lists
from tests.publication import IDS, PERSONNELS, PSADS, execution, publish, resultats, snapshot

ROOT = Path(__file__).parents[2]
CAMPAGNE = Path("campagnes") / "2026-10"


@pytest.fixture(scope="module")
def sortie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two published campaigns, in a folder that tests only read."""
    folder = tmp_path_factory.mktemp("out")
    publish(folder, "2026-10")
    publish(folder, "2027-03")
    return folder


def query(base: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(base), read_only=True) as con:
        return con.sql(sql).fetchall()


def test_every_file_of_the_contract_stands_there(sortie: Path) -> None:
    folder = sortie / CAMPAGNE
    expected = {
        *(
            f"{table}.parquet"
            for table in (
                "identites",
                "identites_seuils",
                "liens",
                "decisions",
                "rejets",
                "devenirs",
            )
        ),
        *("signalements.parquet", "redirections.parquet", "manifeste.json", "rapport.html"),
        "mouvements.parquet",
        *(f"listes/psad={psad}/mouvements.csv" for psad in [*PSADS, "non_affecte"]),
        *(
            f"listes/psad={psad}/liste.{kind}"
            for psad in [*PSADS, "non_affecte"]
            for kind in ("parquet", "csv")
        ),
    }
    assert set(snapshot(folder)) == expected


def test_files_that_name_people_are_their_owners_alone(sortie: Path) -> None:
    modes = {
        path.relative_to(sortie).as_posix(): stat.S_IMODE(path.stat().st_mode)
        for path in sortie.rglob("*")
    }
    nominative = {name for name in modes if "/listes" in f"/{name}"}
    assert {modes[n] for n in nominative} == {0o600, 0o700}
    for name in nominative:
        assert modes[name] == (0o700 if (sortie / name).is_dir() else 0o600), name
    # A weight tells how rare a name is: the name, to whoever has a list of names. Rejets tell who opposed.
    # A school, a training and an age tell most people apart from all others.
    hidden = ("/liens.parquet", "/decisions.parquet", "/devenirs.parquet", "/rejets.parquet")
    weights = {name for name in modes if name.endswith(hidden)}
    assert {modes[name] for name in weights} == {0o600}
    for name in modes.keys() - nominative - weights:
        assert modes[name] == (0o750 if (sortie / name).is_dir() else 0o640), name


def test_the_same_campaign_gives_the_same_bytes(sortie: Path, tmp_path: Path) -> None:
    publish(tmp_path / "elsewhere", "2026-10")
    publish(tmp_path / "elsewhere", "2027-03")
    publish(tmp_path / "elsewhere", "2026-10")
    assert snapshot(tmp_path / "elsewhere") == snapshot(sortie)


def test_the_manifest_seals_every_file(sortie: Path) -> None:
    manifeste = Manifest.model_validate_json((sortie / CAMPAGNE / "manifeste.json").read_bytes())
    files = snapshot(sortie / CAMPAGNE)
    del files["manifeste.json"]
    assert {f.chemin: f.sha256 for f in manifeste.fichiers} == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items()
    }
    rows = {f.chemin: f.lignes for f in manifeste.fichiers}
    assert rows["identites.parquet"] == 6
    assert rows[f"listes/psad={PSADS[1]}/liste.csv"] == 1
    assert rows[f"listes/psad={PSADS[0]}/liste.parquet"] == 0
    assert manifeste.etapes["lues"] == 7
    assert manifeste.etapes["rejetees"] == 1
    assert manifeste.etapes["personnes"] == 4
    assert manifeste.etapes["sortants"] == manifeste.etapes["listees"] == 2
    assert manifeste.etapes["paires_comparees"] == 12  # the story's own


def test_the_manifests_schema_is_the_one_written_down() -> None:
    written = json.loads((schemas_root() / "manifeste.schema.json").read_text("utf-8"))
    assert written == Manifest.model_json_schema()


def test_a_file_whose_rows_do_not_add_up_is_refused() -> None:
    with pytest.raises(ValueError, match="must be lignes"):
        ReceivedFile(
            extrait="scolarite", nom="s.csv", sha256="0" * 64, lignes=3, valides=1, rejetees=1
        )


def test_each_sortant_is_in_exactly_one_list(sortie: Path) -> None:
    parts = [
        pl.read_parquet(path, hive_partitioning=False)
        for path in (sortie / CAMPAGNE / "listes").glob("*/liste.parquet")
    ]
    listes = pl.concat(parts)
    assert listes.schema == pl.Schema(declaration("tables/liste").polars_schema)
    assert sorted(listes["id_signalement"]) == sorted(f"s{i}" for i in IDS[:2])
    assert len(parts) == len(PSADS) + 1


def test_the_lists_can_be_read_as_one_partitioned_table(sortie: Path) -> None:
    pattern = sortie / CAMPAGNE / "listes" / "*" / "liste.parquet"
    found = duckdb.sql(f"SELECT psad, nom_naissance FROM '{pattern}' ORDER BY psad").fetchall()
    assert found == [(PSADS[1], "QUEMENER"), ("non_affecte", "LE GUELVOUIT")]


class TestSieiDuckdb:
    def test_its_tables_hold_every_campaign(self, sortie: Path) -> None:
        base = sortie / "siei.duckdb"
        for table in (
            "identites",
            "liens",
            "decisions",
            "signalements",
            "rejets",
            "indicateurs",
        ):
            found = query(base, f"SELECT campagne, count(*) FROM {table} GROUP BY 1 ORDER BY 1")
            assert [campagne for campagne, _ in found] == ["2026-10", "2027-03"], table
            assert found[0][1] == found[1][1], table
        assert query(base, "SELECT campagne, personnes_champ, sortants FROM campagnes") == [
            ("2026-10", 4, 2),
            ("2027-03", 4, 2),
        ]
        for table in ("psad", "psad_communes", "communes", "diplomes", "mef"):
            assert query(base, f"SELECT count(*) > 0 FROM {table}") == [(True,)], table

    def test_no_byte_of_it_names_anybody(self, sortie: Path) -> None:
        """In the raw file, and in every text that it gives back: some segments are compressed."""
        base = sortie / "siei.duckdb"
        raw = base.read_bytes()
        texts: set[str] = set()
        tables = query(base, "SELECT table_name FROM duckdb_tables() WHERE NOT internal")
        for (table,) in tables:
            for row in query(base, f"SELECT list(DISTINCT COLUMNS(*)::VARCHAR) FROM {table}"):
                texts.update(value for values in row if values for value in values if value)
        for personal in PERSONNELS:
            assert personal.encode() not in raw, "in the file's bytes"
            assert personal.encode("utf-16-le") not in raw
            assert not any(personal == text for text in texts), "in a value"
        joined = "\n".join(texts)
        assert not any(p in joined for p in PERSONNELS if len(p) > 8)
        assert b"QUEMENER" in (sortie / "listes.duckdb").read_bytes() or query(
            sortie / "listes.duckdb", "SELECT 1 FROM listes WHERE nom_naissance = 'QUEMENER'"
        ), "the same search must find the name where it stands"

    def test_no_shared_file_names_anybody(self, sortie: Path) -> None:
        folder = sortie / CAMPAGNE
        for name in ("manifeste.json", "rapport.html"):
            content = (folder / name).read_text("utf-8")
            assert not any(personal in content for personal in PERSONNELS), name
        for path in folder.glob("*.parquet"):
            content = pl.read_parquet(path).write_csv()
            assert not any(personal in content for personal in PERSONNELS), path.name

    def test_every_table_column_and_view_says_what_it_holds(self, sortie: Path) -> None:
        base = sortie / "siei.duckdb"
        for kind in ("tables", "columns", "views"):
            inside = "AND table_name IN (SELECT table_name FROM duckdb_tables())"
            where = f"NOT internal {inside if kind == 'columns' else ''}"
            silent = query(base, f"SELECT * FROM duckdb_{kind}() WHERE {where} AND comment IS NULL")
            assert silent == [], kind
        declared = declaration("tables/decisions_classes")
        (comment,) = query(
            base, "SELECT comment FROM duckdb_tables() WHERE table_name = 'decisions'"
        )
        assert comment == (f"{declared.title}. {declared.description}",)

    def test_every_view_answers(self, sortie: Path) -> None:
        base = sortie / "siei.duckdb"
        views = query(base, "SELECT view_name FROM duckdb_views() WHERE NOT internal")
        assert len(views) >= 7
        for (view,) in views:
            assert query(base, f"SELECT count(*) > 0 FROM {view}") == [(True,)], view

    def test_indicators_count_what_the_tables_say(self, sortie: Path) -> None:
        decisions = pl.read_parquet(sortie / CAMPAGNE / "decisions.parquet")
        new = decisions.filter(psad=PSADS[1])["id_personne"]
        [finistere] = count_indicators(decisions, new).filter(psad=PSADS[1]).to_dicts()
        expected = {
            "personnes_champ": 1,
            "hors_champ": 0,
            "en_formation": 0,
            "diplomes": 0,
            "retours": 0,
            "sortants": 1,
            "confirmes": 1,
            "a_verifier": 0,
            "obligation_formation": 0,
            "droit_retour": 1,
            "suivis_mission_locale": 1,
            "nouveaux": 1,
            "deja_signales": 0,
        }
        assert {name: finistere[name] for name in expected} == expected
        declared = next(
            f for f in declaration("tables/indicateurs").fields if f["name"] == "indicateur"
        )
        assert {*expected, FOLLOWED} == set(declared["constraints"]["enum"])

    def test_indicators_of_few_people_are_hidden_but_those_of_the_country(
        self, sortie: Path
    ) -> None:
        found = query(sortie / "siei.duckdb", "SELECT * FROM indicateurs")
        # Two people are listed in all: no place tells anything of them, not even that it has none.
        assert len(found) == 2 * 4 * 14
        assert {valeur for *_, indicateur, valeur in found if indicateur == "sortants"} == {None}
        told = dict(query(
            sortie / "siei.duckdb",
            "SELECT indicateur, valeur FROM bilan_campagnes WHERE campagne = '2026-10'",
        ))  # fmt: skip
        assert (told["sortants"], told["obligation_formation"], told["nouveaux"]) == (2, 1, 2)
        assert told[FOLLOWED] == 0
        later = dict(query(
            sortie / "siei.duckdb",
            "SELECT indicateur, valeur FROM bilan_campagnes WHERE campagne = '2027-03'",
        ))  # fmt: skip
        assert (later["nouveaux"], later["deja_signales"]) == (0, 2)

    def test_an_older_duckdb_can_open_it(self, sortie: Path) -> None:
        for base in ("siei.duckdb", "listes.duckdb"):
            tags = query(
                sortie / base,
                "SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal",
            )
            assert re.match(r"v1\.[0-4]\.", str(tags[0][0])), tags

    def test_it_opens_for_writing_after_its_header_was_settled(
        self, sortie: Path, tmp_path: Path
    ) -> None:
        copy = tmp_path / "copy.duckdb"
        copy.write_bytes((sortie / "siei.duckdb").read_bytes())
        with duckdb.connect(str(copy)) as con:
            con.execute("CREATE TABLE mine AS SELECT 1 AS one")
        assert query(copy, "SELECT one FROM mine") == [(1,)]


def build_base(base: Path, statements: list[tuple[str, list[Any]]]) -> None:
    with building() as bases:
        bases.start(base, statements, 0o640)


class TestBuilder:
    def test_a_header_laid_out_otherwise_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "other.duckdb"
        path.write_bytes(b"\x01" * 20_000)
        assert not settle_header(path)
        assert path.read_bytes() == b"\x01" * 20_000

    def test_two_contents_have_two_identifiers(self, tmp_path: Path) -> None:
        identifiers = []
        for value in (1, 2):
            base = tmp_path / f"{value}.duckdb"
            build({"base": str(base), "statements": [[f"CREATE TABLE t AS SELECT {value} x", []]]})
            identifiers.append(base.read_bytes()[124:140])
        assert identifiers[0] != identifiers[1]

    def test_a_failure_quotes_no_value(self, tmp_path: Path) -> None:
        statement = ("SELECT CAST('QUEMENER' AS INTEGER)", [])
        with pytest.raises(ContractError) as told:
            build_base(tmp_path / "siei.duckdb", [statement])
        assert "ConversionException" in told.value.what
        assert "QUEMENER" not in str(told.value)

    def test_nothing_goes_on_where_the_rest_failed(self, tmp_path: Path) -> None:
        endless = ("SELECT count(*) FROM range(1000000) a, range(1000000) b", [])

        def fail() -> None:
            with building() as bases:
                bases.start(tmp_path / "siei.duckdb", [endless], 0o640)
                raise ContractError("It failed elsewhere.", remedy="None.")

        with pytest.raises(ContractError, match="elsewhere"):
            fail()

    def test_it_never_hears_our_secret(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SIEI_CLE", "secret")
        heard: dict[str, str] = {}
        real = databases.subprocess.Popen

        def listen(*args: Any, **kwargs: Any) -> Any:
            heard.update(kwargs["env"])
            return real(*args, **kwargs)

        monkeypatch.setattr(databases.subprocess, "Popen", listen)
        build_base(tmp_path / "siei.duckdb", [("SELECT 1", [])])
        assert heard
        assert not [name for name in heard if name.startswith("SIEI_")]
        assert "secret" not in heard.values()


class TestRefusals:
    def test_a_list_of_an_unknown_platform(self, tmp_path: Path) -> None:
        given = resultats()
        lost = given.listes.with_columns(psad=pl.lit("PSAD-999-01"))
        refused = pytest.raises(ContractError, match="unknown platform")
        with open_staging(tmp_path, "2026-10") as staging, refused:
            publish_campaign(staging, execution(), replace(given, listes=lost))

    @pytest.mark.parametrize("code", ["../etc", "", "a/b", ".", "é"])
    def test_a_platform_whose_code_is_a_path(self, tmp_path: Path, code: str) -> None:
        empty = resultats().listes.clear()
        with pytest.raises(ContractError, match="cannot name a folder"):
            list(write_lists(empty, [code], CampaignFolder("2026-10", tmp_path)))
        assert not (tmp_path / "listes").exists()

    def test_a_table_that_is_not_as_declared(self, tmp_path: Path) -> None:
        given = resultats()
        with_name = given.decisions.with_columns(nom=pl.lit("QUEMENER"))
        refused = pytest.raises(ContractError, match="decisions")
        with open_staging(tmp_path, "2026-10") as staging, refused as told:
            publish_campaign(staging, execution(), replace(given, decisions=with_name))
        assert "QUEMENER" not in str(told.value)

    def test_an_earlier_campaign_that_was_damaged(self, tmp_path: Path) -> None:
        publish(tmp_path, "2026-10")
        (tmp_path / CAMPAGNE / "manifeste.json").write_text("{}")
        with pytest.raises(OutputError, match="damaged"):
            publish(tmp_path, "2027-03")
        assert not (tmp_path / "campagnes" / "2027-03").exists()

    def test_a_disk_that_is_full(self, tmp_path: Path) -> None:
        """A limit on files' sizes stands for the disk: lists, tables or bases do not fit."""
        publish(tmp_path)
        before = snapshot(tmp_path)
        for kibibytes in (2, 1024):  # a Parquet file does not fit; then a base, in its process
            done = subprocess.run(
                [sys.executable, "-c", FULL_DISK, str(kibibytes << 10)],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.stdout.startswith("OutputError"), done.stderr
            assert snapshot(tmp_path) == before


FULL_DISK = """
import resource, sys
from pathlib import Path
from siei_match.reference.errors import OutputError
from tests.publication import publish
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
try:
    publish(Path("."))
except OutputError as failure:
    print("OutputError", failure)
"""


def test_an_annexe_is_private_and_sealed(tmp_path: Path) -> None:
    with open_staging(tmp_path, "2026-10") as staging:
        annexe = pl.DataFrame({"empreinte": ["a", "b"]})
        written = write_parquet(annexe, staging.travail / "registre.parquet")
        manifeste = publish_campaign(staging, execution(), resultats(), {"registre": written})
        path = staging.campagne / "registre.parquet"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert pl.read_parquet(path).equals(annexe)
    assert ("registre.parquet", 2) in {(f.chemin, f.lignes) for f in manifeste.fichiers}


def test_an_empty_campaign_is_published_whole(tmp_path: Path) -> None:
    given = resultats()
    nobody = replace(
        given,
        **{
            name: getattr(given, name).clear()
            for name in ("identites", "liens", "decisions", "signalements", "rejets", "listes")
        },
    )
    with open_staging(tmp_path, "2026-10") as staging:
        publish_campaign(staging, execution(), nobody)
        found = query(staging.dossier / "siei.duckdb", "SELECT sum(valeur) FROM indicateurs")
        assert found == [(0,)]
        csv = staging.campagne / "listes" / f"psad={PSADS[0]}" / "liste.csv"
        assert csv.read_bytes().count(b"\r\n") == 1
