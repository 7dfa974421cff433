"""What is delivered: the same bytes each time, the contract's shapes, a truth for each row."""

import gzip
import hashlib
import tomllib
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from siei_match.campaign.steps.receive import receive
from siei_match.reference.contracts import declaration
from siei_match.reference.errors import OutputError, SettingsError
from siei_match.simulate import SimulatedRates, simulate
from siei_match.simulate.rates import SourceRates
from siei_match.simulate.story import Simulation

RACINE = Path(__file__).parents[2]
CAMPAGNES = ("2026-10", "2027-03")


@pytest.fixture(scope="module")
def dossier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cible = tmp_path_factory.mktemp("france")
    simulate(cible, 2000, 11)
    return cible


def _hashes(dossier: Path) -> dict[str, str]:
    return {
        str(p.relative_to(dossier)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(dossier.rglob("*"))
        if p.is_file()
    }


def _text(chemin: Path, encodage: str = "utf-8") -> str:
    octets = chemin.read_bytes()
    return (gzip.decompress(octets) if chemin.suffix == ".gz" else octets).decode(encodage)


def test_same_seed_same_bytes_another_seed_others(dossier: Path, tmp_path: Path) -> None:
    simulate(tmp_path / "a", 2000, 11)
    simulate(tmp_path / "b", 2000, 12)
    assert _hashes(tmp_path / "a") == _hashes(dossier)
    assert _hashes(tmp_path / "b") != _hashes(dossier)


def test_sample_data_is_what_its_command_gives(tmp_path: Path) -> None:
    """Contents, not archives: another zlib or Parquet writer packs the same rows otherwise."""
    simulate(tmp_path, 3000, 2026)
    livres = sorted(
        p.relative_to(RACINE / "sample_data") for p in (RACINE / "sample_data").rglob("*.*")
    )
    refaits = {p.relative_to(tmp_path) for p in tmp_path.rglob("*.*")}
    assert refaits == set(livres) - {Path("README.md")}
    for nom in refaits:
        fait, livre = tmp_path / nom, RACINE / "sample_data" / nom
        if nom.suffix == ".parquet":
            assert_frame_equal(pl.read_parquet(fait), pl.read_parquet(livre))
        elif nom.suffix == ".toml":
            sceaux = [
                {k: v for k, v in f.items() if k != "sha256"}
                for f in tomllib.loads(livre.read_text("utf-8"))["fichiers"]
            ]
            assert sceaux == [
                {k: v for k, v in f.items() if k != "sha256"}
                for f in tomllib.loads(fait.read_text("utf-8"))["fichiers"]
            ]
        else:
            assert _text(fait, "iso-8859-15") == _text(livre, "iso-8859-15"), nom


def test_sample_data_stays_small() -> None:
    assert sum(p.stat().st_size for p in (RACINE / "sample_data").rglob("*.*")) < 3_000_000


@pytest.mark.parametrize("campagne", CAMPAGNES)
def test_files_have_the_shapes_of_the_contract(dossier: Path, campagne: str) -> None:
    annonce = tomllib.loads((dossier / campagne / "campagne.toml").read_text("utf-8"))
    extraits = [f["extrait"] for f in annonce["fichiers"]]
    assert extraits.count("scolarite") == extraits.count("apprentissage") == 2
    assert set(extraits) == {
        "scolarite", "diplomes", "agricole", "diplomes_agricoles", "apprentissage",
        "missions_locales",
    }  # fmt: skip
    for fichier in annonce["fichiers"]:
        chemin = dossier / campagne / fichier["nom"]
        assert hashlib.sha256(chemin.read_bytes()).hexdigest() == fichier["sha256"]
        champs = declaration(f"extraits/{fichier['extrait']}").fields
        colonnes = [f["name"] for f in champs if not f["siei"].get("facultatif")]
        if chemin.suffix == ".parquet":
            table = pl.read_parquet(chemin)
            assert (table.columns, table.height) == (colonnes, fichier["lignes"])
            continue
        lignes = _text(chemin, fichier.get("encodage", "utf-8")).splitlines()
        separateur = "|" if "|" in lignes[0] else ";"
        if chemin.suffix == ".txt":
            assert len(colonnes) == 47
        else:
            assert lignes.pop(0).split(separateur) == colonnes
        assert len(lignes) == fichier["lignes"]
        autres = sum(ligne.count(separateur) != len(colonnes) - 1 for ligne in lignes)
        assert autres <= 0.005 * len(lignes)


def test_sifa_holds_what_must_vanish_and_both_forms(dossier: Path) -> None:
    ancien = _text(dossier / "2026-10" / "apprentissage_2025-2026.txt", "iso-8859-15")
    neuf = _text(dossier / "2026-10" / "apprentissage_2026-2027.txt")
    champs = [ligne.split("|") for ligne in ancien.splitlines()]
    rang = declaration("extraits/apprentissage").columns.index
    for colonne in ("HANDI", "NATIO", "PCS"):
        assert all(c[rang(colonne)] for c in champs)
    noms = {c[rang("NOM")] for c in champs}
    assert all(nom.isascii() and nom == nom.upper() for nom in noms)
    assert neuf.splitlines()[0].count(";") == 46
    # The old encoding is not UTF-8 by accident: accents of the addresses are single bytes.
    with pytest.raises(UnicodeDecodeError):
        _text(dossier / "2026-10" / "apprentissage_2025-2026.txt")


def test_every_row_delivered_has_its_truth(dossier: Path) -> None:
    verite = pl.read_parquet(dossier / "verite" / "lignes.parquet")
    assert not verite.select("campagne", "fichier", "ligne").is_duplicated().any()
    for campagne in CAMPAGNES:
        annonce = tomllib.loads((dossier / campagne / "campagne.toml").read_text("utf-8"))
        for fichier in annonce["fichiers"]:
            ici = verite.filter(campagne=campagne, fichier=fichier["nom"])
            assert ici.height == fichier["lignes"] == ici["ligne"].max()
    gens = pl.read_parquet(dossier / "verite" / "personnes.parquet")
    assert gens.height == 2000
    assert set(verite["personne"].to_list()) == set(gens["personne"].to_list())
    situations = pl.read_parquet(dossier / "verite" / "situations.parquet")
    assert not situations.select("campagne", "personne").is_duplicated().any()
    assert situations["psad"].null_count() == 0


def test_without_errors_rows_repeat_the_truth(tmp_path: Path) -> None:
    """With every rate at zero, an identity is the same wherever it is delivered."""
    muet = SourceRates(**dict.fromkeys(SourceRates.model_fields, 0.0))
    noms = ("scolarite", "diplomes", "agricole", "diplomes_agricoles", "apprentissage")
    taux = SimulatedRates(**dict.fromkeys((*noms, "missions_locales"), muet))
    simulate(tmp_path, 1000, 3, taux)
    verite = pl.read_parquet(tmp_path / "verite" / "lignes.parquet")
    gens = pl.read_parquet(tmp_path / "verite" / "personnes.parquet")
    lues = pl.read_csv(
        gzip.decompress((tmp_path / "2026-10" / "scolarite_2025-2026.csv.gz").read_bytes()),
        separator=";",
        infer_schema=False,
    ).with_row_index("ligne", offset=1)
    ici = verite.filter(campagne="2026-10", fichier="scolarite_2025-2026.csv.gz")
    assert ici["invalide"].null_count() == ici.height
    jointes = lues.join(ici, on="ligne").join(gens, on="personne", suffix="_vrai")
    assert jointes.height == ici.height > 500
    for colonne, vraie in {
        "NOM_DE_FAMILLE": pl.col("nom").str.to_uppercase(),
        "PRENOM": pl.col("prenom"),
        "INE": pl.col("ine_vrai"),
        "DATE_NAISS": pl.col("naissance").dt.strftime("%d/%m/%Y"),
    }.items():
        assert jointes.filter(~pl.col(colonne).eq_missing(vraie)).height == 0, colonne


def test_the_second_campaign_holds_the_same_people(dossier: Path) -> None:
    verite = pl.read_parquet(dossier / "verite" / "lignes.parquet")
    premier, second = (set(verite.filter(campagne=c)["personne"].to_list()) for c in CAMPAGNES)
    assert len(premier & second) > 0.97 * 2000


def test_a_folder_in_use_and_a_strange_year_are_refused(dossier: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="not empty"):
        simulate(dossier, 2000, 11)
    with pytest.raises(SettingsError, match="2026-2027"):
        simulate(tmp_path, 2000, 11, campagnes=("2031-10",))
    with pytest.raises(SettingsError, match="outside"):
        simulate(tmp_path, 10, 11)


def test_the_last_person_may_have_no_ine(tmp_path: Path) -> None:
    made = simulate(tmp_path, 100, 16)
    for code in CAMPAGNES:
        assert receive(made.campagnes[code]).campagne.code == code


def test_rates_come_from_a_toml_file(tmp_path: Path) -> None:
    fichier = tmp_path / "taux.toml"
    fichier.write_text("demenagement = 0.5\n[apprentissage]\nine_absent = 0.9\n", "utf-8")
    taux = SimulatedRates.from_toml(fichier)
    assert (taux.demenagement, taux.apprentissage.ine_absent) == (0.5, 0.9)
    # What the file leaves out keeps the source's own default.
    assert taux.apprentissage.faute_nom == SimulatedRates().apprentissage.faute_nom
    fichier.write_text("[apprentissage]\nine_absnet = 0.9\n", "utf-8")
    with pytest.raises(SettingsError, match=r"apprentissage\.ine_absnet"):
        SimulatedRates.from_toml(fichier)


def test_the_harder_world_is_a_world() -> None:
    durs, defaut = SimulatedRates.from_toml(RACINE / "bench" / "taux_durs.toml"), SimulatedRates()
    assert durs.homonymes_du_jour > 10 * defaut.homonymes_du_jour
    assert durs.apprentissage.ine_absent > defaut.apprentissage.ine_absent


def test_contracts_are_delivered_when_asked_and_change_no_truth(tmp_path):
    """The stays are SIFA's, typed by somebody else: who left is the same."""
    plain = simulate(tmp_path / "a", 400, 3, campagnes=("2026-10",))
    told = simulate(tmp_path / "b", 400, 3, campagnes=("2026-10",), contrats=True)
    situations = [(made.truth / "situations.parquet").read_bytes() for made in (plain, told)]
    assert situations[0] == situations[1]
    rows = pl.read_parquet(told.truth / "lignes.parquet")
    contracts = rows.filter(extrait="contrats")
    assert contracts.height > 20
    assert rows.filter(pl.col("extrait") != "contrats").equals(
        pl.read_parquet(plain.truth / "lignes.parquet")
    )
    columns = (told.campagnes["2026-10"] / "contrats.csv").read_text("utf-8").split("\n", 1)[0]
    assert columns.split(";") == declaration("extraits/contrats").columns


def _read_former_year(made: Simulation) -> pl.DataFrame:
    """Return the valid rows of last year's `scolarite`, with whose each is."""
    name = "scolarite_2025-2026.csv.gz"
    rows = pl.read_csv(
        made.campagnes["2026-10"] / name,
        separator=";",
        infer_schema=False,
        truncate_ragged_lines=True,
    )
    truth = pl.read_parquet(made.truth / "lignes.parquet").filter(fichier=name)
    return rows.with_columns(personne=truth["personne"]).filter(truth["invalide"].is_null())


def test_what_siecle_also_tells_changes_no_truth(tmp_path):
    """Schools of the year before are rows of that year, and true; a second guardian is another than the first."""
    rates = SimulatedRates(departements=("974", "01"))
    made = [
        simulate(tmp_path / name, 400, 3, rates, campagnes=("2026-10",), siecle=siecle)
        for name, siecle in (("a", False), ("b", True))
    ]
    situations = [(one.truth / "situations.parquet").read_bytes() for one in made]
    assert situations[0] == situations[1]
    before, after = (_read_former_year(one) for one in made)
    recalled = after.filter(pl.col("CODE_STATUT").is_null())
    assert recalled.height == after.height - before.height > 20
    assert recalled.select("CODE_MEF", "DATE_ENTREE", "DATE_SORTIE").null_count().row(0) == (
        (recalled.height,) * 3
    )
    assert recalled["ANNEE_SCOLAIRE"].unique().to_list() == ["2025-2026"]
    schools = after.filter(pl.col("CODE_STATUT").is_not_null()).select("personne", "UAI")
    unknown = recalled.join(schools, on=["personne", "UAI"], how="anti")
    # The school's own file may lack its UAI, or another provider's pupil.
    assert unknown.height < recalled.height // 10
    second = after.filter(pl.col("RESP2_NOM").is_not_null())
    assert before.height // 2 < second.height < after.height
    assert second["RESP1_NOM"].null_count() == 0
    assert second.filter(pl.col("RESP1_TEL") == pl.col("RESP2_TEL")).is_empty()


def test_people_live_where_they_are_told_to(tmp_path: Path) -> None:
    simulate(tmp_path, 400, 3, SimulatedRates(departements=("35", "29")))
    situations = pl.read_parquet(tmp_path / "verite" / "situations.parquet")
    assert situations["commune"].drop_nulls().str.head(2).unique().sort().to_list() == ["29", "35"]
