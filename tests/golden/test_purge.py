"""A purge leaves no byte of what it purges: every file under the output folder is read through."""

# ruff: noqa: S608 - the names in these queries are those of our own tables

import gzip
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from siei_match.campaign.story import run_campaign
from siei_match.output import open_draft, place_draft
from siei_match.output.audit import Actor, verify
from siei_match.output.holdings import holding_of
from siei_match.output.manifest import Manifest
from siei_match.reference.contracts import conform, declaration
from siei_match.reference.errors import OutputError
from siei_match.reference.files import PRIVATE, write_parquet
from siei_match.release.verification import verify_folder
from siei_match.retention import Modification, purge_campaigns, rewrite
from siei_match.retention import purge as purge_module
from siei_match.retention.history import count_anonymously
from siei_match.retention.purge import EverythingPurgedError
from tests.deliveries import CODES, KEY, copy_delivery, snapshot

OLD, NEW = CODES
TERM = date(2027, 1, 1)
DPO = Actor("dpo", datetime(2027, 4, 2, 9, tzinfo=UTC), KEY.encode())
SHORT = 6
"""Shorter texts would be found by chance in compressed bytes."""
NOMINATIVE = ("ine", "nom_naissance", "nom_usage", "prenoms", "adresse", "telephones", "courriel",
              "responsable_nom", "responsable_telephone", "responsable_courriel",
              "id_signalement")  # fmt: skip


def lists(sortie: Path, code: str) -> pl.DataFrame:
    paths = sortie / "campagnes" / code / "listes/*/liste.parquet"
    return pl.read_parquet(paths, hive_partitioning=False)


def words(frame: pl.DataFrame) -> set[str]:
    """Return the words and whole values of the nominative columns that are long enough."""
    values = [str(v) for name in NOMINATIVE for v in frame[name].drop_nulls().unique()]
    pieces = {piece for value in values for piece in value.replace(", ", "|").split("|")}
    return {text for text in {*values, *pieces} if len(text) >= SHORT}


def readings(path: Path) -> Iterator[bytes]:
    """Give every form that a file's content may be read in: raw bytes, decompressed, tables."""
    raw = path.read_bytes()
    yield raw
    if raw[:2] == b"\x1f\x8b":
        yield gzip.decompress(raw)
    if path.suffix == ".parquet":
        yield pl.read_parquet(path, hive_partitioning=False).write_csv().encode()
    if path.suffix == ".duckdb":
        with duckdb.connect(path, read_only=True) as base:
            for (table,) in base.sql("SELECT table_name FROM duckdb_tables()").fetchall():
                yield base.sql(f'SELECT * FROM "{table}"').pl().write_csv().encode()


def grep(root: Path, needles: set[str]) -> dict[str, set[str]]:
    """Return, for each file under `root` that holds any of `needles`, those that it holds.

    Text as UTF-8, UTF-16 and Latin-9; compressed forms are opened.
    """
    encodings = ("utf-8", "utf-16-le", "iso-8859-15")
    coded = {
        encoding: {needle: needle.encode(encoding, "ignore") for needle in needles}
        for encoding in encodings
    }
    found: dict[str, set[str]] = {}
    for path in sorted(root.rglob("*")):
        if path.is_file():
            for content in readings(path):
                hits = {n for ways in coded.values() for n, way in ways.items() if way in content}
                if hits:
                    found.setdefault(path.relative_to(root).as_posix(), set()).update(hits)
    return found


def registre(sortie: Path, code: str) -> pl.DataFrame:
    return pl.read_parquet(sortie / "campagnes" / code / "registre.parquet")


def people(sortie: Path, code: str) -> set[str]:
    path = sortie / "campagnes" / code / "identites.parquet"
    return set(pl.read_parquet(path)["id_personne"])


def move_away(sortie: Path, ids: set[str]) -> None:
    """Take people out of the new campaign's tables; the register still knows them."""
    listed = pl.read_parquet(sortie / f"campagnes/{NEW}/signalements.parquet")
    signalements = listed.filter(pl.col("id_personne").is_in(ids))["id_signalement"].to_list()

    def change(table: str, frame: pl.DataFrame) -> pl.DataFrame:
        if table == "liste":
            return frame.filter(~pl.col("id_signalement").is_in(signalements))
        for column in {"id_personne", "id_a", "id_b"} & set(frame.columns):
            frame = frame.filter(~pl.col(column).is_in(list(ids)))
        return frame

    tables = {
        "identites",
        "decisions",
        "signalements",
        "liste",
        "profils",
        "doutes",
        "bac_general",
        "identites_seuils",
        "decisions_tenues",
        "scolarites",
    }
    with open_draft(sortie, "essai") as draft:
        names = rewrite(
            draft,
            lambda prepared: (
                Modification(change, tables.__contains__) if prepared.code == NEW else None
            ),
        )
        place_draft(draft, names)


DEPOSITED = ("memoire/depots/jeton.csv", "memoire/.rectifications.parquet.en-cours")
"""What a platform sent and did not confirm, and what a killed command left half written."""


@pytest.fixture(scope="module")
def before(published, tmp_path_factory) -> Path:
    """Both campaigns, a killed run's staging, and what an analyst's session left.

    Nearly everybody is seen in both campaigns: here, two in three are in the first only.
    """
    sortie = copy_delivery(published[0], tmp_path_factory.mktemp("before") / "out")
    known = sorted(people(sortie, NEW))
    move_away(sortie, set(known) - set(known[::3]))
    left = sortie / f".en-cours-{OLD}" / "travail"
    left.mkdir(parents=True)
    written = sorted((sortie / "campagnes" / OLD).glob("listes/*/liste.csv"))
    (left / "part.csv").write_bytes(b"".join(path.read_bytes() for path in written))
    lists(sortie, OLD).write_parquet(left / "listes.parquet")
    (sortie / "listes.duckdb.wal").write_text(lists(sortie, OLD).write_csv())
    for name in DEPOSITED:
        (sortie / name).parent.mkdir(mode=0o700, exist_ok=True)
        (sortie / name).write_text(lists(sortie, OLD).write_csv())
    return sortie


@pytest.fixture(scope="module")
def after(before, tmp_path_factory) -> tuple[Path, purge_module.Purge]:
    sortie = copy_delivery(before, tmp_path_factory.mktemp("after") / "out")
    return sortie, purge_campaigns(sortie, TERM, DPO)


@pytest.fixture(scope="module")
def needles(before) -> set[str]:
    """What only the old campaign says of people, and no reference table says of places."""
    others = lists(before, NEW).write_csv() + _places(before)
    return {word for word in words(lists(before, OLD)) if word not in others}


def _places(sortie: Path) -> str:
    with duckdb.connect(sortie / "siei.duckdb", read_only=True) as base:
        return " ".join(
            base.sql(f"SELECT * FROM {name}").pl().write_csv()
            for name in ("communes", "psad", "mef", "diplomes")
        )


def test_no_byte_of_the_purged_is_left_and_the_search_finds_them_before(
    before, after, needles
) -> None:
    assert len(needles) > 30
    found = grep(before, needles)
    assert set().union(*found.values()) == needles, "the search finds every one of them before"
    for place in ("listes.duckdb", "listes.duckdb.wal", "siei.duckdb", f".en-cours-{OLD}/travail/part.csv",
                  *DEPOSITED, f".en-cours-{OLD}/travail/listes.parquet", f"campagnes/{OLD}/signalements.parquet"):  # fmt: skip
        assert place in found
    assert grep(after[0], needles) == {}


def test_names_stand_in_declared_places_alone(before) -> None:
    """The search of every byte, over every name: a new place of names must be declared."""
    everybody = words(pl.concat([lists(before, code) for code in (OLD, NEW)]))
    places = _places(before)
    names = {w for w in everybody if w not in places and not re.fullmatch(r"s[0-9a-f]{31}", w)}
    assert len(names) > 30
    with_names = grep(before, names)
    assert {"listes.duckdb", *DEPOSITED} <= with_names.keys()
    assert [name for name in with_names if holding_of(name) is None] == []


def test_nobody_last_seen_before_the_term_is_known_any_more(before, after) -> None:
    gone = people(before, OLD) - people(before, NEW)
    assert gone, "somebody is in the old campaign only"
    assert gone & set(registre(before, NEW)["id_personne"])
    assert not gone & set(registre(after[0], NEW)["id_personne"])
    named = {
        path.name: found
        for path in after[0].rglob("*")
        if path.is_file()
        for content in readings(path)
        if (found := gone & set(re.findall(r"p[0-9a-f]{31}", content.decode("latin-1"))))
    }
    assert named == {}
    kept = registre(before, NEW).filter(pl.col("id_personne").is_in(people(before, NEW)))
    assert set(registre(after[0], NEW)["id_personne"]) == set(kept["id_personne"])


def test_what_is_told_is_what_went(before, after) -> None:
    sortie, told = after
    files_before, files_after = snapshot(before), snapshot(sortie)
    gone = {n for n in files_before.keys() - files_after.keys() if not n.startswith(".en-cours")}
    assert told.campagnes == (OLD,)
    assert told.fichiers == len(gone)
    assert told.leftovers == 1
    assert told.personnes == len(people(before, OLD) - people(before, NEW))
    assert told.lignes["liste"] == lists(before, OLD).height
    assert (
        told.lignes["identites"]
        == pl.read_parquet(before / f"campagnes/{OLD}/identites.parquet").height
    )
    assert told.lignes["registre"] == registre(before, OLD).height + (
        registre(before, NEW).height - registre(sortie, NEW).height
    )
    assert told.unknown == ()
    entry = (sortie / "memoire" / "audit.jsonl").read_text("utf-8")
    assert '"acte":"purge"' in entry
    assert f'"personnes":{told.personnes}' in entry
    assert verify(sortie).whole


def test_the_campaign_that_stays_says_what_it_said(before, after) -> None:
    sortie, _ = after
    folder, former = sortie / "campagnes" / NEW, before / "campagnes" / NEW
    now = snapshot(folder)
    changed = {n for n, content in snapshot(former).items() if now[n] != content}
    # What became of a purged list goes with it, from the table and the report.
    gone = {"registre.parquet", "devenirs.parquet", "rapport.html", "manifeste.json"}
    # And whose identifier went with it: what stays of the others is as it was.
    were, are = (pl.read_parquet(at / "redirections.parquet") for at in (former, folder))
    assert are.join(were, on=were.columns, how="anti", nulls_equal=True).is_empty()
    if are.height < were.height:
        gone.add("redirections.parquet")
    # So does who left it since.
    moves = {name for name in changed if "mouvements" in name}
    assert "mouvements.parquet" in moves
    assert changed - moves == gone
    manifeste = Manifest.model_validate_json((folder / "manifeste.json").read_bytes())
    check_seals(folder, manifeste)
    with duckdb.connect(sortie / "siei.duckdb", read_only=True) as base:
        assert base.sql("SELECT campagne FROM campagnes").fetchall() == [(NEW,)]
        for table in ("identites", "decisions", "signalements", "liens", "rejets"):
            assert base.sql(f"SELECT DISTINCT campagne FROM {table}").fetchall() == [(NEW,)]


def check_seals(folder: Path, manifeste: Manifest) -> None:
    import hashlib

    for fichier in manifeste.fichiers:
        content = (folder / fichier.chemin).read_bytes()
        assert hashlib.sha256(content).hexdigest() == fichier.sha256, fichier.chemin
        if fichier.chemin.endswith(".parquet"):
            rows = pl.read_parquet(folder / fichier.chemin, hive_partitioning=False).height
            assert rows == fichier.lignes


def test_what_remains_to_count_is_rounded_and_shown(before, after) -> None:
    with duckdb.connect(before / "siei.duckdb", read_only=True) as base:
        sortants = base.sql(f"SELECT sortants FROM campagnes WHERE campagne = '{OLD}'").fetchall()[
            0
        ]
        lues = base.sql(f"SELECT lignes_lues FROM campagnes WHERE campagne = '{OLD}'").fetchall()[0]
    with duckdb.connect(after[0] / "siei.duckdb", read_only=True) as base:
        told = dict(
            base.sql("SELECT indicateur, valeur FROM historique WHERE psad = 'ensemble'").fetchall()
        )
        small = base.sql("SELECT DISTINCT valeur % 5 FROM historique "
                         "WHERE indicateur NOT IN ('lignes_lues', 'lignes_valides', "
                         "'lignes_rejetees', 'paires') AND valeur IS NOT NULL").fetchall()  # fmt: skip
    assert abs(told["sortants"] - sortants[0]) <= 2
    assert told["lignes_lues"] == lues[0]
    assert small == [(0,)]


@pytest.mark.parametrize(
    ("valeur", "dit"),
    [(0, 0), (1, None), (4, None), (5, 5), (7, 5), (8, 10), (12, 10), (13, 15)],
)
def test_counts_of_people_are_rounded_and_the_smallest_hidden(valeur, dit) -> None:
    campagnes = pl.DataFrame(
        [{"campagne": OLD, "date_observation": date(2026, 10, 15), "annee_scolaire": "2026-2027",
          "definition": "legale", "version": "1", "cle": None, "lignes_lues": 3,
          "lignes_valides": 2, "lignes_rejetees": 1, "personnes": 3, "paires": 4,
          "personnes_champ": 3, "sortants": valeur, "a_verifier": 0}],
        declaration("tables/campagnes").polars_schema,
    )  # fmt: skip
    indicateurs = pl.DataFrame({"campagne": [OLD], "psad": ["PSAD-001-01"],
                                "indicateur": ["sortants"], "valeur": [valeur]})  # fmt: skip
    found = count_anonymously(campagnes, indicateurs, indicateurs.drop("psad"))
    assert conform(found, "tables/historique").filter(indicateur="sortants")["valeur"].to_list() == [
        dit, dit
    ]  # fmt: skip
    exact = dict(found.filter(psad="ensemble").select("indicateur", "valeur").iter_rows())
    assert (exact["lignes_lues"], exact["paires"], exact["personnes"]) == (3, 4, None)


@pytest.mark.slow
def test_a_simulated_purge_tells_the_same_and_removes_nothing(before, after, tmp_path) -> None:
    sortie = copy_delivery(before, tmp_path / "out")
    told = purge_campaigns(sortie, TERM, DPO, dry_run=True)
    assert told == after[1]
    left = {n: c for n, c in snapshot(before).items() if not n.startswith(".en-cours")}
    assert snapshot(sortie) == left


@pytest.mark.slow
def test_a_second_purge_finds_nothing(after, tmp_path) -> None:
    sortie = copy_delivery(after[0], tmp_path / "out")
    state = snapshot(sortie)
    told = purge_campaigns(sortie, TERM, DPO)
    assert told.nothing
    assert snapshot(sortie) == state
    assert verify_folder(sortie).differences == ()


@pytest.mark.slow
def test_a_purge_of_everything_must_be_meant(sample, tmp_path) -> None:
    before = sample[0]
    sortie = copy_delivery(before, tmp_path / "out")
    with pytest.raises(EverythingPurgedError, match="none would remain"):
        purge_campaigns(sortie, date(2028, 1, 1), DPO)
    names = words(pl.concat([lists(before, code) for code in CODES]))
    with duckdb.connect(before / "siei.duckdb", read_only=True) as base:
        places = base.sql("SELECT * FROM communes").pl().write_csv()
    told = purge_campaigns(sortie, date(2028, 1, 1), DPO, tout=True)
    assert told.campagnes == CODES
    assert not (sortie / "campagnes").exists() or not list((sortie / "campagnes").iterdir())
    rare = sorted(name for name in names if len(name) > 12 and name not in places)[:100]
    assert len(rare) == 100
    assert grep(sortie, set(rare)) == {}
    with duckdb.connect(sortie / "siei.duckdb", read_only=True) as base:
        assert base.sql("SELECT count(DISTINCT campagne) FROM historique").fetchall() == [(2,)]


def test_memory_older_than_the_term_goes_too(before, tmp_path) -> None:
    sortie = copy_delivery(before, tmp_path / "out")
    listed, later = lists(before, OLD)["id_signalement"], lists(before, NEW)["id_signalement"]
    only_old = next(i for i in listed if i not in set(later))
    both = later[0]
    answers = pl.DataFrame({
        "id_signalement": [only_old, both, both],
        "date_retour": [date(2027, 2, 1), date(2026, 12, 1), date(2027, 3, 20)],
        "date_collecte": [date(2027, 4, 1)] * 3,
    })  # fmt: skip
    (sortie / "memoire" / "retours").mkdir(parents=True)
    write_parquet(answers, sortie / "memoire/retours/ab.parquet", PRIVATE)
    write_parquet(answers.head(1), sortie / "memoire/retours/cd.parquet", PRIVATE)
    revues = pl.DataFrame({"campagne": [OLD, NEW], "id_paire": ["a", "b"]})
    write_parquet(revues, sortie / "memoire/revues.parquet", PRIVATE)
    gone = sorted(people(before, OLD) - people(before, NEW))
    kept = sorted(people(before, NEW))
    told = {"motif": "opposition", "decidee_le": date(2026, 11, 2), "par": "dpo"}
    ends = [
        (gone[0], date(2026, 12, 31)),
        (gone[1], date(2028, 1, 1)),
        (kept[0], date(2026, 12, 31)),
    ]
    exclusions = pl.DataFrame(
        [{"id_personne": who, "fin": fin, **told} for who, fin in ends],
        declaration("tables/exclusions").polars_schema,
    )
    write_parquet(exclusions, sortie / "memoire/exclusions.parquet", PRIVATE)
    rectifications = pl.DataFrame(
        [{"id_personne": who, "colonne": "prenoms", "valeur": "ZÉPHYRINE-FICTIVE", **told}
         for who in (gone[0], gone[2])],
        declaration("tables/rectifications").polars_schema,
    )  # fmt: skip
    write_parquet(rectifications, sortie / "memoire/rectifications.parquet", PRIVATE)
    assert grep(sortie, {"ZÉPHYRINE-FICTIVE"})

    lignes = purge_campaigns(sortie, TERM, DPO).lignes
    assert (lignes["retours"], lignes["revues"]) == (3, 1)
    assert (lignes["exclusions"], lignes["rectifications"]) == (2, 2)
    left = pl.read_parquet(sortie / "memoire/retours/ab.parquet")
    assert left.rows() == [(both, date(2027, 3, 20), date(2027, 4, 1))]
    assert not (sortie / "memoire/retours/cd.parquet").exists()
    assert pl.read_parquet(sortie / "memoire/revues.parquet")["campagne"].to_list() == [NEW]
    assert not (sortie / "memoire/rectifications.parquet").exists()
    assert grep(sortie, {"ZÉPHYRINE-FICTIVE"}) == {}
    # Who is excluded still stays known by the fingerprints: they would come back otherwise.
    assert gone[1] in set(registre(sortie, NEW)["id_personne"])
    assert gone[0] not in set(registre(sortie, NEW)["id_personne"])


def test_files_that_are_not_ours_are_named_and_left(before, tmp_path) -> None:
    sortie = copy_delivery(before, tmp_path / "out")
    (sortie / "liste-exportee.csv").write_text("à voir")
    assert purge_campaigns(sortie, TERM, DPO).unknown == ("liste-exportee.csv",)
    assert (sortie / "liste-exportee.csv").exists()


def test_a_damaged_campaign_of_before_the_term_goes_too(before, tmp_path) -> None:
    sortie = copy_delivery(before, tmp_path / "out")
    (sortie / "campagnes" / OLD / "manifeste.json").unlink()
    purge_campaigns(sortie, TERM, DPO)
    assert not (sortie / "campagnes" / OLD).exists()


def test_a_log_that_cannot_be_written_holds_the_purge_back(before, tmp_path) -> None:
    sortie = copy_delivery(before, tmp_path / "out")
    with (sortie / "memoire" / "audit.jsonl").open("a") as log:
        log.write("{}\n")
    state = snapshot(sortie)
    with pytest.raises(OutputError, match="altered"):
        purge_campaigns(sortie, TERM, DPO)
    assert snapshot(sortie) == state


@pytest.mark.slow
def test_the_next_run_still_knows_those_who_are_held(
    published, deliveries, settings, tmp_path
) -> None:
    sortie = copy_delivery(published[0], tmp_path / "out")
    purge_campaigns(sortie, TERM, DPO)
    run_campaign(deliveries[NEW], sortie, settings)
    assert people(sortie, NEW) == people(published[0], NEW)
