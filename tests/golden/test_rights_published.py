"""A person excluded or put right, in everything published at once, and in the runs that follow."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from siei_match.campaign.story import run_campaign
from siei_match.output.audit import Actor, verify
from siei_match.output.freshness import find_stale, state_of
from siei_match.output.manifest import Manifest
from siei_match.output.memory import EXCLUDED_PERSON, UnknownPersonError
from siei_match.reference.settings import Settings
from siei_match.release import read_released, release
from siei_match.release.detail import write_detail
from siei_match.release.verification import verify_folder
from siei_match.retention import exclude, lever, list_rectifications, rectifier, withdraw
from siei_match.retention.rights import RightsError
from siei_match.retention.values import RectificationError
from tests.deliveries import CODES, KEY, copy_delivery, snapshot
from tests.golden.conftest import EXPLOITANT
from tests.golden.test_purge import check_seals, grep, lists, people, words

OLD, NEW = CODES
DPO = Actor("dpo", datetime(2027, 4, 2, 9, tzinfo=UTC), KEY.encode())
FIN = date(2028, 8, 31)


def table(sortie: Path, code: str, name: str) -> pl.DataFrame:
    return pl.read_parquet(sortie / "campagnes" / code / f"{name}.parquet")


def manifest(sortie: Path, code: str) -> Manifest:
    path = sortie / "campagnes" / code / "manifeste.json"
    return Manifest.model_validate_json(path.read_bytes())


@pytest.fixture(scope="module")
def listed(published) -> tuple[str, str]:
    """The id_personne and id_signalement of somebody whom both campaigns list."""
    both = table(published[0], OLD, "signalements").join(
        table(published[0], NEW, "signalements"), on="id_personne"
    )
    row = both.sort("id_personne").row(0, named=True)
    return row["id_personne"], row["id_signalement"]


@pytest.fixture(scope="module")
def excluded(published, listed, tmp_path_factory) -> Path:
    sortie = copy_delivery(published[0], tmp_path_factory.mktemp("excluded") / "out")
    (sortie / "memoire" / "depots").mkdir(mode=0o700)
    (sortie / "memoire" / "depots" / "jeton.csv").write_text(lists(sortie, OLD).write_csv())
    effet = exclude(sortie, listed[1], "opposition", FIN, DPO)
    assert effet.id_personne == listed[0]
    assert effet.campagnes == CODES
    # What was written again is sealed again.
    assert verify_folder(sortie).differences == ()
    return sortie


def test_the_excluded_stand_in_no_table_no_list_no_base(published, excluded, listed) -> None:
    who, signalement = listed
    mine = lists(published[0], NEW).filter(id_signalement=signalement)
    others = pl.concat([lists(published[0], c) for c in CODES]).filter(
        pl.col("id_signalement") != signalement
    )
    with duckdb.connect(published[0] / "siei.duckdb", read_only=True) as base:
        places = base.sql("SELECT * FROM communes").pl().write_csv() + others.write_csv()
    needles = {word for word in words(mine) if word not in places} | {who, signalement}
    assert len(needles) > 3
    found = grep(published[0], needles)
    assert {"siei.duckdb", "listes.duckdb", f"campagnes/{NEW}/registre.parquet"} <= set(found)
    left = grep(excluded, needles)
    # Their fingerprints stay, and who is excluded is written down.
    assert set().union(*left.values()) == {who}
    allowed = {f"campagnes/{c}/registre.parquet" for c in CODES}
    assert set(left) <= allowed | {"memoire/exclusions.parquet", "memoire/audit.jsonl"}


def test_what_a_platform_had_sent_and_not_confirmed_goes_with_an_exclusion(excluded) -> None:
    assert list((excluded / "memoire" / "depots").iterdir()) == []


def test_an_exclusion_leaves_no_later_campaign_behind(excluded) -> None:
    assert table(excluded, OLD, "signalements").height > 0
    assert manifest(excluded, NEW).anterieures[0].sha256 == state_of(
        manifest(excluded, OLD).fichiers
    )
    assert find_stale(excluded) == {}


@pytest.mark.parametrize("code", CODES)
def test_counts_still_add_up(published, excluded, listed, code) -> None:
    rows = table(published[0], code, "identites").filter(id_personne=listed[0])
    before, after = manifest(published[0], code), manifest(excluded, code)
    check_seals(excluded / "campagnes" / code, after)
    assert after.etapes["lues"] == after.etapes["valides"] + after.etapes["rejetees"]
    assert after.etapes["valides"] == before.etapes["valides"] - rows.height
    assert after.etapes["rattachees"] == table(excluded, code, "identites").height
    assert (
        sum(n for nom, n in after.etapes.items() if nom.startswith("methode_"))
        == (after.etapes["rattachees"])
    )
    assert after.etapes["sortants"] == before.etapes["sortants"] - 1 == lists(excluded, code).height
    assert (after.etapes["personnes_exclues"], after.etapes["lignes_exclues"]) == (1, rows.height)
    rejets = table(excluded, code, "rejets").filter(regle=EXCLUDED_PERSON)
    assert (
        rejets.select("extrait", "fichier", "ligne")
        .sort(pl.all())
        .equals(rows.select("extrait", "fichier", "ligne").sort(pl.all()))
    )
    for fichier in after.entrees:
        count = rejets.filter(fichier=fichier.nom).height
        former = next(f for f in before.entrees if f.nom == fichier.nom)
        assert fichier.rejetees == former.rejetees + count


def test_who_reads_the_base_is_not_told_who_opposed(excluded) -> None:
    """Their rows are counted with those rejected; which they are stays its owner's alone."""
    with duckdb.connect(excluded / "siei.duckdb", read_only=True) as base:
        found = base.sql("SELECT campagne, regle FROM rejets").fetchall()
    assert found
    assert EXCLUDED_PERSON not in {regle for _, regle in found}
    for code in (OLD, NEW):
        assert table(excluded, code, "rejets").filter(regle=EXCLUDED_PERSON).height
        path = excluded / "campagnes" / code / "rejets.parquet"
        assert path.stat().st_mode & 0o777 == 0o600


def test_who_opposed_is_not_in_the_base_of_details(
    published, excluded, listed, tmp_path: Path
) -> None:
    found = {}
    for sortie in (published[0], excluded):
        # Handing it out is noted: not in what other tests read.
        there = copy_delivery(sortie, tmp_path / sortie.parent.name / "out")
        base = tmp_path / f"{sortie.parent.name}.duckdb"
        write_detail(there, base, DPO, "étude")
        with duckdb.connect(base, read_only=True) as con:
            found[sortie] = {
                name: con.sql(f"FROM {name}").pl() for name in ("decisions", "devenirs")
            }
            assert {name for (name,) in con.sql("SELECT table_name FROM duckdb_tables()").fetchall()} == {
                "decisions", "devenirs",
            }  # fmt: skip
    for name, before in found[published[0]].items():
        mine = before["id_personne"] == listed[0]
        assert mine.any(), name
        assert found[excluded][name].height == before.height - mine.sum(), name
        assert listed[0] not in set(found[excluded][name]["id_personne"]), name


def without_groups(report: bytes) -> bytes:
    """A report but its groups: these are the run's, which read what no act on a folder has (it says so)."""
    return re.sub(
        rb'<section aria-labelledby="(?:groupes|profils|fraicheur)">.*?</section>',
        b"",
        report,
        flags=re.DOTALL,
    )


def test_a_later_run_leaves_them_out_as_the_published_state_did(
    excluded, deliveries, settings, tmp_path
) -> None:
    sortie = copy_delivery(excluded, tmp_path / "out")
    run_campaign(deliveries[NEW], sortie, settings, actor=EXPLOITANT)
    for name in ("identites", "liens", "decisions", "signalements", "rejets"):
        assert table(sortie, NEW, name).equals(table(excluded, NEW, name)), name
    assert lists(sortie, NEW).equals(lists(excluded, NEW))
    assert manifest(sortie, NEW).etapes == manifest(excluded, NEW).etapes
    report = f"campagnes/{NEW}/rapport.html"
    again, published = (without_groups(snapshot(made)[report]) for made in (sortie, excluded))
    assert again == published


@pytest.mark.slow
def test_they_come_back_once_it_is_lifted_and_not_before_a_run(
    published, excluded, listed, deliveries, settings, tmp_path
) -> None:
    sortie = copy_delivery(excluded, tmp_path / "out")
    with pytest.raises(UnknownPersonError):
        lever(sortie, listed[1], Actor("dpo", DPO.quand))  # without the key
    lever(sortie, listed[1], DPO)
    assert listed[0] not in people(sortie, NEW)
    run_campaign(deliveries[NEW], sortie, settings, actor=EXPLOITANT)
    assert table(sortie, NEW, "decisions").equals(table(published[0], NEW, "decisions"))
    with pytest.raises(RightsError, match="No exclusion"):
        lever(sortie, listed[0], DPO)
    acts = re.findall('"acte":"exclusion"', (sortie / "memoire/audit.jsonl").read_text("utf-8"))
    assert len(acts) == 2
    assert verify(sortie, key=DPO.cle).whole


@pytest.mark.parametrize(
    ("identifiant", "fin", "error"),
    [("p" + "0" * 31, FIN, UnknownPersonError), (None, date(2027, 4, 1), RightsError)],
)
def test_what_makes_no_sense_changes_nothing(
    published, listed, tmp_path, identifiant, fin, error
) -> None:
    sortie = copy_delivery(published[0], tmp_path / "out")
    with pytest.raises(error):
        exclude(sortie, identifiant or listed[0], "autre", fin, DPO)
    assert snapshot(sortie) == snapshot(published[0])


def test_an_exclusion_that_ends_before_a_campaign_leaves_it_alone(
    published, listed, tmp_path
) -> None:
    sortie = copy_delivery(published[0], tmp_path / "out")
    early = Actor("dpo", datetime(2026, 11, 2, 9, tzinfo=UTC), KEY.encode())
    exclude(sortie, listed[0], "erreur", date(2027, 3, 14), early)
    assert listed[0] in people(sortie, NEW)
    assert listed[0] not in people(sortie, OLD)
    # But for what it says of the list before, on which they are no more.
    before, now = (snapshot(root / "campagnes" / NEW) for root in (published[0], sortie))
    changed = {name for name in now if now[name] != before[name]}
    moves = {name for name in changed if "mouvements" in name}
    assert changed - moves <= {"manifeste.json", "rapport.html"}
    told = table(sortie, NEW, "mouvements").filter(id_personne=listed[0])
    assert told.select("mouvement", "cause").rows() == [("entree", "rectification")]


class TestReleased:
    @pytest.fixture
    def sortie(self, published, tmp_path) -> Path:
        sortie = copy_delivery(published[0], tmp_path / "out")
        release(sortie, NEW, Settings(cle=KEY), actor=DPO)
        return sortie

    def test_platforms_see_the_person_no_more_in_the_same_moment(self, sortie, listed) -> None:
        assert any("publiees" in name for name in grep(sortie, {listed[1]}))
        exclude(sortie, listed[0], "opposition", FIN, DPO)
        assert grep(sortie / "publiees", set(listed)) == {}
        parution = read_released(sortie, NEW)
        copy, own = (sortie / place / NEW / "manifeste.json" for place in ("publiees", "campagnes"))
        assert copy.read_bytes() == own.read_bytes()
        import hashlib

        assert parution.manifeste_sha256 == hashlib.sha256(own.read_bytes()).hexdigest()

    @pytest.mark.slow
    def test_a_copy_of_an_earlier_run_is_changed_by_itself(
        self, sortie, listed, deliveries
    ) -> None:
        run_campaign(deliveries[NEW], sortie, Settings(cle=KEY, delai_entree=30), actor=EXPLOITANT)
        exclude(sortie, listed[0], "opposition", FIN, DPO)
        # Nor in the decisions that it keeps to be compared with.
        assert grep(sortie / "publiees", set(listed)) == {}
        parution, copy = read_released(sortie, NEW), sortie / "publiees" / NEW
        import hashlib

        told = hashlib.sha256((copy / "manifeste.json").read_bytes()).hexdigest()
        assert parution.manifeste_sha256 == told
        sealed = Manifest.model_validate_json((copy / "manifeste.json").read_bytes())
        for fichier in sealed.fichiers:
            if fichier.chemin.startswith(("listes/", "decisions.", "signalements.")):
                content = (copy / fichier.chemin).read_bytes()
                assert hashlib.sha256(content).hexdigest() == fichier.sha256


class TestRectified:
    @pytest.mark.slow
    def test_a_name_on_every_list_and_in_the_next_run(
        self, published, listed, deliveries, settings, tmp_path
    ) -> None:
        sortie = copy_delivery(published[0], tmp_path / "out")
        former = lists(sortie, NEW).filter(id_signalement=listed[1])["nom_naissance"][0]
        assert former not in ("KERVADEC", None)
        effet = rectifier(sortie, listed[1], "nom_naissance", " KERVADEC ", "faute", DPO)
        assert effet.campagnes == CODES
        for code in CODES:
            row = lists(sortie, code).filter(id_signalement=listed[1])
            assert row["nom_naissance"].to_list() == ["KERVADEC"]
            assert manifest(sortie, code).etapes["rectifications"] == 1
            check_seals(sortie / "campagnes" / code, manifest(sortie, code))
        with duckdb.connect(sortie / "listes.duckdb", read_only=True) as base:
            shown = base.sql(
                "SELECT DISTINCT nom_naissance FROM listes WHERE id_signalement = $i",
                params={"i": listed[1]},
            ).fetchall()
        assert shown == [("KERVADEC",)]
        assert "KERVADEC" not in (sortie / "memoire" / "audit.jsonl").read_text("utf-8")
        rewritten = lists(sortie, NEW)
        run_campaign(deliveries[NEW], sortie, settings, actor=EXPLOITANT)
        assert lists(sortie, NEW).equals(rewritten)
        assert manifest(sortie, NEW).etapes["rectifications"] == 1
        assert list_rectifications(sortie, listed[0])["colonne"].to_list() == ["nom_naissance"]
        withdraw(sortie, listed[0], "nom_naissance", DPO)
        with pytest.raises(RightsError, match="No rectification"):
            withdraw(sortie, listed[0], "nom_naissance", DPO)
        run_campaign(deliveries[NEW], sortie, settings, actor=EXPLOITANT)
        assert lists(sortie, NEW).equals(lists(published[0], NEW))

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("naissance", "statut", "motif"),
        [("2012-01-01", "hors_champ", "age_moins_16"), ("1990", "hors_champ", "age_plus_25"),
         ("01/02/2007", "sortant", None)],
    )  # fmt: skip
    def test_a_birth_date_decides_at_once_as_the_next_run_does(
        self, published, listed, deliveries, settings, tmp_path, naissance, statut, motif
    ) -> None:
        sortie = copy_delivery(published[0], tmp_path / "out")
        rectifier(sortie, listed[0], "date_naissance", naissance, "état civil", DPO)
        row = table(sortie, NEW, "decisions").filter(id_personne=listed[0]).row(0, named=True)
        assert row["statut"] == statut
        assert motif in (None, row["motif"])
        on_list = lists(sortie, NEW).filter(id_signalement=listed[1])
        assert on_list.height == (statut == "sortant")
        assert on_list["date_naissance"].to_list() in ([], ["2007-02-01"])
        assert table(sortie, NEW, "signalements").height == lists(sortie, NEW).height
        if statut == "sortant":
            decisions, shown = table(sortie, NEW, "decisions"), lists(sortie, NEW)
            run_campaign(deliveries[NEW], sortie, settings, actor=EXPLOITANT)
            assert table(sortie, NEW, "decisions").equals(decisions)
            assert lists(sortie, NEW).equals(shown)

    def test_a_commune_changes_the_platform_at_the_next_run(
        self, published, listed, deliveries, settings, tmp_path
    ) -> None:
        sortie = copy_delivery(published[0], tmp_path / "out")
        before = lists(sortie, NEW).filter(id_signalement=listed[1]).row(0, named=True)
        with duckdb.connect(sortie / "siei.duckdb", read_only=True) as base:
            code, psad, nom = base.sql(
                "SELECT p.code_commune, psad, nom FROM psad_communes AS p JOIN communes AS c "
                "ON c.code_commune = p.code_commune WHERE psad <> $p ORDER BY ALL LIMIT 1",
                params={"p": before["psad"]},
            ).fetchall()[0]
        rectifier(sortie, listed[0], "commune", code, "déménagement", DPO)
        now = lists(sortie, NEW).filter(id_signalement=listed[1]).row(0, named=True)
        assert (now["commune"], now["psad"]) == (nom, before["psad"])
        run_campaign(deliveries[NEW], sortie, settings, actor=EXPLOITANT)
        later = lists(sortie, NEW).filter(id_signalement=listed[1]).row(0, named=True)
        assert (later["commune"], later["psad"]) == (nom, psad)
        assert later["adresse"] == before["adresse"]

    def test_a_value_that_cannot_be_read_changes_nothing(self, published, listed, tmp_path) -> None:
        sortie = copy_delivery(published[0], tmp_path / "out")
        with pytest.raises(RectificationError) as told:
            rectifier(sortie, listed[0], "telephones", "pas un numéro", "essai", DPO)
        assert "pas un" not in str(told.value)
        assert snapshot(sortie) == snapshot(published[0])
