"""A person found from what they would give, and told all that is held of them."""

import gzip
import io
import json
import re
import shutil
from pathlib import Path

import polars as pl
import pytest

from siei_match.access import gather, read_request, search
from siei_match.access.model import Held
from siei_match.access.show import present
from siei_match.access.wording import ADMINISTRATIONS, DECISIONS, GENRES, METHODS
from siei_match.cli import main
from siei_match.output.audit import read_entries, verify
from siei_match.reference.vocabulary import METHODS as DECLARED
from siei_match.reference.vocabulary import PERSON_EXTRACTS
from siei_match.stages.decide.rules import REGLES
from siei_match.stages.identify.fingerprints import WEIGHTS
from tests.deliveries import KEY, find

CODE = "2026-10"


@pytest.fixture(scope="module")
def sortie(published, tmp_path_factory):
    return shutil.copytree(published[0], tmp_path_factory.mktemp("personne") / "out")


@pytest.fixture(scope="module")
def rows(sortie, deliveries) -> list[dict[str, str]]:
    """Rows of one extract as its provider wrote them, whole names and dates, with who they are."""
    file = find(deliveries[CODE], "scolarite_2026")
    text = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    read = pl.read_csv(io.BytesIO(text), separator=";", infer_schema=False)
    identites = pl.read_parquet(sortie / "campagnes" / CODE / "identites.parquet")
    mine = identites.filter(fichier=file.name).select("ligne", "id_personne")
    whole = read.with_row_index("ligne", offset=1).join(mine, on="ligne")
    found = whole.filter(
        pl.col("DATE_NAISS").str.contains(r"^(0[1-9]|[12]\d)/\d\d/\d{4}$"),
        ~pl.col("DATE_NAISS").str.contains("/00/"),
        pl.col("PRENOM").is_not_null(), pl.col("NOM_DE_FAMILLE").is_not_null(),
    )  # fmt: skip
    return found.to_dicts()


@pytest.fixture(scope="module")
def listed(sortie) -> dict[str, str]:
    """Someone of the newest lists, as a list shows them."""
    folders = sorted((sortie / "campagnes" / "2027-03" / "listes").glob("*/liste.parquet"))
    everybody = pl.concat(pl.read_parquet(f, hive_partitioning=False) for f in folders)
    long = everybody.filter(
        pl.col("nom_naissance").str.len_chars() > 6, pl.col("prenoms").str.len_chars() > 5,
        pl.col("date_naissance").str.len_chars() == 10,
    )  # fmt: skip
    signalements = pl.read_parquet(sortie / "campagnes" / "2027-03" / "signalements.parquet")
    return long.join(signalements, on="id_signalement").sort("id_signalement").row(0, named=True)


def ids(sortie: Path, *given: str | None, **also: Path) -> list[str]:
    found = search(sortie, read_request(*given), [KEY.encode()], **also)
    return [candidat.id_personne for candidat in found]


def test_a_person_is_found_by_what_an_extract_says_of_them(sortie, rows) -> None:
    for row in rows[:: max(1, len(rows) // 6)]:
        named = (row["NOM_DE_FAMILLE"], row["PRENOM"], row["DATE_NAISS"])
        assert row["id_personne"] in ids(sortie, *named, None, None)
        other = (named[0].upper().replace("-", " "), named[1].lower(), named[2].replace("/", "-"))
        assert row["id_personne"] in ids(sortie, *other, None, None)
        assert row["id_personne"] in ids(sortie, named[1], named[0], named[2], None, None)
    with_ine = next(row for row in rows if row["INE"])
    assert ids(sortie, None, None, None, None, with_ine["INE"].lower()) == [with_ine["id_personne"]]


def test_someone_listed_is_found_with_a_typing_error(sortie, listed) -> None:
    nom, prenom = listed["nom_naissance"], listed["prenoms"].split(",")[0]
    year, month, day = listed["date_naissance"].split("-")
    wrong = nom[:3] + nom[4:]
    found = search(sortie, read_request(wrong, prenom, f"{day}/{month}/{year}", None, None), [])
    (candidat,) = [c for c in found if c.id_personne == listed["id_personne"]]
    assert candidat.indices == (("liste", "a_peu_pres"),)
    assert candidat.identified["nom_naissance"] == nom
    assert ids(sortie, nom, prenom, f"{day}/{month}/{int(year) - 20}", None, None) == []


def test_someone_on_no_list_is_found_in_the_extracts(sortie, rows, deliveries) -> None:
    signalees = pl.read_parquet(sortie / "campagnes" / CODE / "signalements.parquet")
    row = next(
        r for r in rows
        if len(r["NOM_DE_FAMILLE"]) > 6 and r["id_personne"] not in set(signalees["id_personne"])
    )  # fmt: skip
    wrong = row["NOM_DE_FAMILLE"][:-2] + row["NOM_DE_FAMILLE"][-1]
    named = (wrong, row["PRENOM"], row["DATE_NAISS"], None, None)
    assert row["id_personne"] not in ids(sortie, *named)
    assert row["id_personne"] in ids(sortie, *named, dossier=deliveries[CODE])


@pytest.mark.parametrize(
    "given",
    [
        ("Durand", None, None, None, None),
        ("Durand", "Zoé", "31/02/2009", None, None),
        ("Durand", "Zoé", "2009", None, None),
        ("??", "Zoé", "01/02/2009", None, None),
        ("Durand", "Zoé", "01/02/2009", "Nulle-Part-sur-Rien", None),
        (None, None, None, None, "12345"),
    ],
)
def test_what_cannot_be_searched_is_refused_without_being_repeated(sortie, given, capsys) -> None:
    names = ("--nom", "--prenom", "--naissance", "--commune", "--ine")
    options = [part for pair in zip(names, given, strict=True) if pair[1] for part in pair]
    assert main(["personne", "find", *options, "--sortie", str(sortie)]) == 1
    said = capsys.readouterr().err
    assert "→" in said
    assert not [value for value in given if value and value in said]


def test_a_commune_is_a_code_a_postal_code_or_a_name() -> None:
    def read(commune: str) -> tuple[str, ...]:
        return read_request("Durand", "Zoé", "01/02/2009", commune, None).communes

    assert read("35238") == read("Rennes") == read("rennes") == ("35238",)
    assert "35238" in read("35000")
    assert len(read("Saint-Denis")) > 1
    assert read("99350") == ("99350",)


def test_the_search_is_noted_and_what_was_typed_is_not(sortie, rows, capsys) -> None:
    row = rows[0]
    command = ["personne", "find", "--nom", row["NOM_DE_FAMILLE"], "--prenom", row["PRENOM"]]
    command += ["--naissance", row["DATE_NAISS"], "--sortie", str(sortie), "--par", "dpo"]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert row["id_personne"] in said
    # A pipe gets no name.
    assert row["NOM_DE_FAMILLE"].upper() not in said.upper().split()
    last = read_entries(sortie)[-1]
    assert (last.acte, last.par, last.details["criteres"]) == (
        "recherche", "dpo", "nom prenom naissance",
    )  # fmt: skip
    assert row["id_personne"] in str(last.details["personnes"])
    log = (sortie / "memoire" / "audit.jsonl").read_text("utf-8").upper()
    for value in (row["NOM_DE_FAMILLE"], row["PRENOM"], row["DATE_NAISS"], row["INE"] or "?"):
        assert not re.search(rf"\b{re.escape(value.upper())}\b", log)
    assert verify(sortie, key=KEY.encode()).whole


def test_a_value_can_be_asked_for(sortie, rows, capsys, monkeypatch) -> None:
    row = next(row for row in rows if row["INE"])
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{row['INE']}\n"))
    assert main(["personne", "find", "--ine", "-", "--sortie", str(sortie)]) == 0
    said = capsys.readouterr()
    assert row["id_personne"] in said.out
    assert said.err == "ine : "


def test_nobody_found_says_what_else_to_try(sortie, capsys) -> None:
    command = ["personne", "find", "--nom", "Zzyxw", "--prenom", "Qqq"]
    assert main([*command, "--naissance", "01/02/2009", "--sortie", str(sortie)]) == 0
    said = capsys.readouterr().out
    assert "--dossier" in said
    assert read_entries(sortie)[-1].details["trouvees"] == 0


def tell(tenu: Held) -> str:
    flux = io.StringIO()
    present(tenu, flux, "texte")
    return " ".join(flux.getvalue().replace("\u00a0", " ").split())


def test_each_decision_is_told_in_words_and_names_nobody(sortie, listed) -> None:
    decisions = pl.read_parquet(sortie / "campagnes" / CODE / "decisions.parquet")
    for statut, motif, personne in (
        decisions.sort("id_personne").unique(["statut", "motif"], keep="first")
        .select("statut", "motif", "id_personne").iter_rows()
    ):  # fmt: skip
        said = tell(gather(sortie, personne))
        assert DECISIONS[statut, motif] in said
        assert ("Vous étiez donc sur la liste" in said) >= (statut == "sortant")
    said = tell(gather(sortie, listed["id_signalement"]))
    assert listed["id_personne"] in said
    assert listed["psad"] in said
    for name in ("ine", "nom_naissance", "date_naissance", "adresse", "courriel"):
        assert not listed[name] or listed[name] not in said


def test_everything_has_its_words() -> None:
    assert set(DECISIONS) == {(regle.statut, regle.motif) for regle in REGLES}
    assert set(ADMINISTRATIONS) == set(PERSON_EXTRACTS)
    assert set(METHODS) == set(DECLARED)
    assert set(GENRES) == set(WEIGHTS)


def test_with_the_folder_their_values_are_told_and_nobody_elses(sortie, listed, deliveries) -> None:
    tenu = gather(sortie, listed["id_personne"], dossier=deliveries["2027-03"])
    assert tenu.nominative
    said = tell(tenu)
    assert listed["nom_naissance"] in said
    last = tenu.campagnes[-1]
    assert last.liste
    assert last.liste["id_signalement"] == listed["id_signalement"]
    assert all(x.valeurs is None for c in tenu.campagnes for x in c.explication.autres_lignes)


def test_the_files_told_are_those_that_hold_them(sortie, listed) -> None:
    tenu = gather(sortie, listed["id_personne"])
    told = {f.chemin for f in tenu.fichiers}
    mine = {listed["id_personne"], listed["id_signalement"]}
    for path in sorted(sortie.rglob("*.parquet")):
        columns = pl.read_parquet_schema(path)
        keys = [c for c in ("id_personne", "id_signalement") if c in columns]
        frame = pl.read_parquet(path, columns=keys, hive_partitioning=False)
        holds = any(frame[c].is_in(list(mine)).any() for c in keys)
        name = path.relative_to(sortie).as_posix()
        assert not holds or name in told, name
        assert holds or name not in told or "liens" in name, name


def test_a_file_that_waits_on_the_page_is_told(published, listed, tmp_path) -> None:
    sortie = shutil.copytree(published[0], tmp_path / "out")
    waiting = sortie / "memoire" / "depots" / "jeton.csv"
    waiting.parent.mkdir(mode=0o700)
    waiting.write_text("id_signalement;retour\n")
    told = {file.chemin: file for file in gather(sortie, listed["id_personne"]).fichiers}
    assert told["memoire/depots/jeton.csv"].nominatif


def test_montrer_is_noted_then_told_on_the_next_one(sortie, listed, capsys) -> None:
    command = ["personne", "show", listed["id_personne"], "--sortie", str(sortie)]
    assert main([*command, "--par", "dpo", "--format", "json"]) == 0
    tenu = Held.model_validate(json.loads(capsys.readouterr().out))
    before = len(tenu.traces)
    assert main(command) == 0
    assert "dpo a consulté l’ensemble de ces données" in capsys.readouterr().out
    assert len(gather(sortie, listed["id_personne"]).traces) == before + 2
    export = [
        "export",
        "2027-03",
        "--unreleased",
        "--psad",
        listed["psad"],
        "--vers",
        str(sortie.parent),
    ]
    assert main([*export, "--sortie", str(sortie), "--par", "diffusion"]) == 0
    assert gather(sortie, listed["id_personne"]).traces[-1].sur_la_liste


def test_what_cannot_be_noted_is_neither_searched_nor_shown(
    sortie, listed, deliveries, tmp_path, capsys
) -> None:
    copy = shutil.copytree(sortie, tmp_path / "out")
    (copy / "memoire" / "audit.jsonl").write_text("not a log\n")
    personne = listed["id_personne"]
    assert main(["personne", "show", personne, "--sortie", str(copy)]) == 1
    command = ["personne", "find", "--nom", listed["nom_naissance"], "--prenom", "Zoé"]
    assert main([*command, "--naissance", "01/02/2009", "--sortie", str(copy)]) == 1
    said = capsys.readouterr()
    assert personne not in said.out
    # Values go to a terminal only.
    dossier = ["--dossier", str(deliveries["2027-03"])]
    assert main(["personne", "show", personne, "--sortie", str(sortie), *dossier]) == 1
    assert capsys.readouterr().out == ""
