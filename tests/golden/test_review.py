"""A clerk's day: the workbook looked at, judged, imported; the campaign run again."""

import hashlib
import json
import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from siei_match.campaign.story import run_campaign
from siei_match.cli import main
from siei_match.explain import explain_person
from siei_match.output.audit import Actor, read_entries
from siei_match.output.memory.judgements import Hearing, read_revues, standing
from siei_match.reference.contracts import declaration
from siei_match.reference.settings import Settings
from siei_match.review import (
    Capacity,
    export_pairs,
    list_judgements,
    pairs_to_review,
    plan_review,
    record_judgements,
)
from siei_match.review.plan import planned_pairs
from siei_match.review.sheet import PairBlock, compare, render
from tests.contract.livraison import Livraison, Personne, Resultat, personnes
from tests.deliveries import KEY

QUAND = datetime(2026, 11, 2, 9, tzinfo=UTC)
HERE = Personne("MARTIN", "Lucas", ine="100000007AK", sexe="1", lieu="59350", tel="0612345678")
ELSEWHERE = {"ine": "", "lieu": "13055", "rue": "7 quai Nord", "cp": "13001", "commune": "13055",
             "tel": "0755443322", "mel": "autre@exemple.fr"}  # fmt: skip
THERE = HERE.mais(**{**ELSEWHERE, "ine": "100007926BJ"})


def delivery(code: str = "2026-10", **change: str) -> Livraison:
    """Two homonyms of one day left school; a diploma, without INE or place, is one's or the other's."""
    later = code != "2026-10"
    made = Livraison(code=code, jour="2027-03-15" if later else "2026-10-15")
    for person, _ in zip(personnes(), range(8), strict=False):
        made.ajoute("scolarite", person.scolarite())
    if later:
        # Files are longer and lines are others.
        made.ajoute("diplomes", next(personnes(12)).diplome())
        made.ajoute("scolarite", next(personnes(14)).scolarite())
    made.ajoute("scolarite", HERE.mais(**change).scolarite())
    made.ajoute("scolarite", THERE.scolarite())
    made.ajoute("diplomes", HERE.mais(ine="", lieu="").diplome())
    return made


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The campaign's folder, and the output folder after its first run: not to be changed."""
    dossier = delivery().ecrire(tmp_path_factory.mktemp("livraison") / "2026-10")
    sortie = tmp_path_factory.mktemp("sortie")
    run_campaign(dossier, sortie, Settings(cle=KEY))
    return dossier, sortie


@pytest.fixture
def doubt(first: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    dossier, sortie = first
    return dossier, Path(shutil.copytree(sortie, tmp_path / "sortie"))


def motifs(sortie: Path, code: str = "2026-10") -> list[str]:
    """What was decided of the two homonyms, whose schooling stands in the last two lines."""
    result = Resultat(sortie, code)
    lignes = result.table("identites").filter(extrait="scolarite")["ligne"].max()
    refs = [("scolarite", "scolarite_2025-2026.csv", lignes - back) for back in (1, 0)]
    return [result.decision(ref)[1] for ref in refs]


def run_again(dossier: Path, sortie: Path) -> dict[str, Any]:
    run_campaign(dossier, sortie, Settings(cle=KEY))
    code = dossier.name
    manifeste = json.loads((sortie / "campagnes" / code / "manifeste.json").read_text("utf-8"))
    return manifeste["revues"]


def cells(path: Path, sheet: str = "Paires") -> list[list[Any]]:
    return [[c.value for c in row] for row in openpyxl.load_workbook(path)[sheet].iter_rows()]


def siei(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def returned(book: Path, answer: Callable[[dict[str, Any]], str | None]) -> Path:
    """Send the workbook back as a clerk does: columns moved, rows sorted, answers in words."""
    heading, *rows = cells(book)
    told = [dict(zip(heading, row, strict=True)) for row in rows]
    kept = ["id_paire", "remarque", "prénoms", "réponse"]
    back = openpyxl.Workbook()
    back.active.append(["Relu le 2 novembre"])
    back.active.append([])
    back.active.append(["ID_Paire", "Remarque", "Prénoms", " REPONSE "])
    for row in sorted(told, key=lambda r: r["source"]):
        said = {**row, "réponse": answer(row), "remarque": "appelé la mère"}
        back.active.append([said[name] for name in kept])
    path = book.with_name("retour.xlsx")
    back.save(path)
    return path


def test_the_workbook(doubt: tuple[Path, Path], tmp_path: Path) -> None:
    dossier, sortie = doubt
    book = tmp_path / "relecture.xlsx"
    assert export_pairs(sortie, "2026-10", dossier, book, Actor("claire", QUAND)) == 2
    assert stat.S_IMODE(book.stat().st_mode) == 0o600
    last = read_entries(sortie)[-1]
    assert (last.acte, last.par, last.details["paires"]) == ("export", "claire", 2)
    assert last.fichiers == {"relecture.xlsx": hashlib.sha256(book.read_bytes()).hexdigest()}
    heading, *rows = cells(book)
    assert len(rows) == 4
    a, b = (dict(zip(heading, row, strict=True)) for row in rows[:2])
    assert a["décide"] == ("OUI : si c'est la même personne, diplômé (niveau_3), plus sur la liste")
    assert (a["nom de naissance"], b["nom de naissance"]) == ("= MARTIN", "= MARTIN")
    assert a["date de naissance"] == "= 12/05/2008"
    # What one of the two does not say bears no sign.
    assert {a["INE"], b["INE"]} & {HERE.ine, THERE.ine}
    assert a["réponse"] is None
    validation = openpyxl.load_workbook(book)["Paires"].data_validations.dataValidation
    assert [v.formula1 for v in validation] == ['"même personne,personnes différentes,ne sait pas"']
    assert any("Ne sait pas" in str(row[0]) for row in cells(book, "Mode d'emploi"))
    again = tmp_path / "encore.xlsx"
    export_pairs(sortie, "2026-10", dossier, again, Actor("claire", QUAND))
    assert again.read_bytes() == book.read_bytes()


def test_what_differs_bears_a_sign_and_no_formula_runs() -> None:
    row = {
        "vu_nom_naissance": "=2+5", "nom_naissance": "X", "vu_nom_usage": None, "nom_usage": None,
        "vu_prenoms": "Lucas", "prenom1": "LUCAS", "prenom2": None, "prenom3": None,
        "naissance_annee": 2008, "naissance_mois": 5, "naissance_jour": 12, "sexe": "M",
        "naissance_lieu": "59350", "ine": None, "vu_telephones": ["06"], "telephones": ["06"],
        "courriels": [], "vu_adresse": None, "vu_code_postal": None, "vu_commune": None,
        "adresse": None, "commune": None, "parcours": "x",
    }  # fmt: skip
    asked = {
        "id_paire": "d" + "0" * 31, "decide": False, "statut": None, "motif": None,
        "revue": "conteste", "probabilite": 0.5,
        **{f"{c}_{s}": v for s in "ab" for c, v in (("extrait", "x"), ("fichier", "=1"), ("ligne", 1))},
    }  # fmt: skip
    bloc = PairBlock(
        asked, row, {**row, "naissance_mois": 6, "telephones": ["07"], "prenom2": "PAUL"}
    )
    assert {name: compare(bloc, name) for name in ("date_naissance", "telephones", "prenoms", "ine",
                                                   "sexe", "parcours")} == {
        "date_naissance": "≠", "telephones": "≠", "prenoms": "=", "ine": "", "sexe": "=",
        "parcours": ""}  # fmt: skip
    book = openpyxl.load_workbook(
        BytesIO(render([bloc, PairBlock(asked, row, None)], "2026-10", {}))
    )
    values = [cell for line in book["Paires"].iter_rows() for cell in line if cell.value]
    assert {cell.data_type for cell in values} == {"s"}
    assert any(cell.value == "= =2+5" for cell in values)
    assert any(cell.value == "non. Clercs en désaccord" for cell in values)
    assert any(cell.value == "ligne illisible" for cell in values)


def test_judgements_change_the_lists_of_this_campaign_and_of_the_next(
    doubt: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dossier, sortie = doubt
    assert motifs(sortie) == ["a_verifier", "a_verifier"]
    book = tmp_path / "relecture.xlsx"
    export = ("review", "export", "2026-10", "--sortie", sortie, "--dossier", dossier)
    assert siei(*export, "--vers", book, "--par", "claire") == 0

    pairs = pairs_to_review(sortie, "2026-10").to_dicts()
    here = {p["id_paire"] for p in pairs if 9 in (p["ligne_a"], p["ligne_b"])}

    def answer(row: dict[str, Any]) -> str | None:
        return " MÊME personne." if row["id_paire"] in here else None

    done = ("review", "import", returned(book, answer), "--sortie", sortie)
    assert siei(*done, "--par", "claire") == 0
    assert "2 pairs read: 1 accepted, 1 without judgement, 0 refused." in capsys.readouterr().out
    # It would take somebody off a list: one clerk alone does not decide that.
    told = run_again(dossier, sortie)
    assert (told["a_confirmer"], told["paires"], told["meme"], told["liantes"]) == (1, 0, 0, 0)
    assert motifs(sortie) == ["a_verifier", "a_verifier"]
    assert not here & {*pairs_to_review(sortie, "2026-10", par="claire")["id_paire"]}
    assert here <= {*pairs_to_review(sortie, "2026-10", par="bruno")["id_paire"]}
    assert siei("review", "list", "--sortie", sortie) == 0
    assert "1 pairs judged: 1 a_confirmer" in capsys.readouterr().out
    assert siei(*export, "--vers", book, "--par", "bruno") == 0
    second = ("review", "import", returned(book, answer), "--sortie", sortie)
    assert siei(*second, "--par", "bruno") == 0
    told = run_again(dossier, sortie)
    assert (told["meme"], told["liantes"], told["introuvables"]) == (1, 1, 0)
    assert (told["a_confirmer"], told["perimees"]) == (0, 0)
    # The diploma is the one's; the other, whom it no longer fits, is a dropout for certain.
    assert motifs(sortie) == ["niveau_3", "confirme"]
    assert pairs_to_review(sortie, "2026-10").is_empty()
    ident = Resultat(sortie).personne(("diplomes", "diplomes.csv", 1))
    (paire,) = (p for p in explain_person(sortie, "2026-10", ident).paires if p.revue)
    assert (paire.issue, paire.revue, paire.raison) == ("lie", "meme", "clerc_meme")
    # In spring lines, phone and address are others.
    spring = delivery("2027-03", tel="0699887766", rue="1 place Haute", mel="").ecrire(
        tmp_path / "2027-03"
    )
    assert run_again(spring, sortie)["liantes"] == 1
    assert motifs(sortie, "2027-03") == ["niveau_3", "confirme"]

    # Another clerk disagrees: doubt again, until the first takes their answer back.
    (ask,) = list_judgements(sortie)["id_paire"]
    record_judgements(sortie, frame([(ask, "autre")]), "denis", QUAND, key=KEY.encode())
    assert run_again(dossier, sortie)["contestees"] == 1
    assert motifs(sortie) == ["a_verifier", "a_verifier"]
    assert siei("review", "withdraw", ask, "--sortie", sortie, "--par", "bruno") == 0
    assert siei("review", "withdraw", ask, "--sortie", sortie, "--par", "claire") == 0
    assert siei("review", "withdraw", ask, "--sortie", sortie, "--par", "claire") == 1
    assert siei("review", "list", "--sortie", sortie) == 0
    shown = capsys.readouterr().out
    assert "1 pairs judged: 1 autre" in shown
    end = " [suivantes, jusqu'au 20"
    for said in ("denis : autre", "claire : meme (retirée)", "bruno : meme (retirée)"):
        assert f"{said}{end}" in shown
    run_again(dossier, sortie)
    # Not the one's: the diploma has no rival any more, and is the other's.
    assert motifs(sortie) == ["confirme", "niveau_3"]
    acts = [(e.par, e.acte) for e in read_entries(sortie) if e.acte == "revue"]
    assert [par for par, _ in acts] == ["claire", "bruno", "denis", "bruno", "claire"]
    kept = str(pl.read_parquet(sortie / "memoire" / "revues.parquet").to_dicts())
    assert "claire" in kept
    assert not [word for word in ("MARTIN", "Lucas", "100000007AK", "mère") if word in kept]
    assert stat.S_IMODE((sortie / "memoire" / "revues.parquet").stat().st_mode) == 0o600


def frame(rows: list[tuple[str, str]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"id_paire": pl.String, "reponse": pl.String}, orient="row")


def test_later_answers_of_a_clerk_replace_theirs(doubt: tuple[Path, Path]) -> None:
    _, sortie = doubt
    one, two = pairs_to_review(sortie, "2026-10")["id_paire"]
    for said in ("meme", "ne_sait_pas", "autre"):
        record_judgements(sortie, frame([(one, said)]), "claire", QUAND)
    record_judgements(sortie, frame([(two, "ne_sait_pas")]), "claire", QUAND)
    found = list_judgements(sortie).select("id_paire", "etat", "reponses").rows()
    assert sorted(found) == sorted(
        [
            (pair, state, f"claire : {state} [suivantes, jusqu'au 2031-11-02]")
            for pair, state in ((one, "autre"), (two, "ne_sait_pas"))
        ]
    )
    assert pairs_to_review(sortie, "2026-10").is_empty()
    assert pairs_to_review(sortie, "2026-10", tout=True).height == 2
    nobody = record_judgements(sortie, frame([("d" + "0" * 31, "meme")]), "claire", QUAND)
    assert (nobody.rows_read, nobody.accepted, len(nobody.refusal)) == (1, 0, 1)


DECIDES = {"decide": True}


def judged(*rows: tuple[str, str, dict[str, Any]]) -> pl.DataFrame:
    """Judgements on one pair: who, what, and what of it is not usual."""
    schema = declaration("tables/revues").polars_schema
    usual = {
        **dict.fromkeys(schema, "0" * 32), "id_paire": "d" + "0" * 31, "campagne": "2026-10", "quand": "x",
        "retiree": False, "probabilite": 0.6, "decide": False, "portee": "suivantes", "jusqu_a": None,
    }  # fmt: skip
    return pl.DataFrame(
        [{**usual, "par": par, "reponse": said, **more} for par, said, more in rows], schema
    )


@pytest.mark.parametrize(
    ("told", "stands"),
    [
        ([("a", "meme", {})], "meme"),
        ([("a", "meme", DECIDES)], "a_confirmer"),
        ([("a", "autre", DECIDES)], "autre"),
        ([("a", "meme", DECIDES), ("b", "meme", DECIDES)], "meme"),
        ([("a", "meme", DECIDES), ("b", "autre", DECIDES)], "conteste"),
        ([("a", "meme", DECIDES), ("b", "ne_sait_pas", DECIDES)], "a_confirmer"),
        ([("a", "meme", DECIDES), ("b", "meme", DECIDES | {"retiree": True})], "a_confirmer"),
        # Scope: that campaign alone; end: the last day of observation for which it holds.
        ([("a", "meme", {"portee": "campagne"})], None),
        ([("a", "meme", {"portee": "campagne", "campagne": "2027-03"})], "meme"),
        ([("a", "meme", {"jusqu_a": date(2027, 3, 15)})], "meme"),
        ([("a", "meme", {"jusqu_a": date(2027, 3, 14)})], None),
        ([("a", "meme", {"jusqu_a": date(2027, 3, 14)}), ("b", "autre", {})], "autre"),
    ],
)
def test_which_judgements_hold_in_spring(
    told: list[tuple[str, str, dict[str, Any]]], stands: str | None
) -> None:
    revues = judged(*told)
    hearing = Hearing("2027-03", date(2027, 3, 15))
    assert standing(revues, hearing)["reponse"].to_list() == ([stands] if stands else [])
    alone = standing(revues, replace(hearing, second_clerc=False))["reponse"].to_list()
    assert alone == (["meme" if stands == "a_confirmer" else stands] if stands else [])


def test_judgements_of_an_earlier_version_hold_as_they_did(tmp_path: Path) -> None:
    old = judged(("a", "meme", {})).drop("decide", "portee", "jusqu_a")
    (tmp_path / "memoire").mkdir()
    old.write_parquet(tmp_path / "memoire" / "revues.parquet")
    assert (
        standing(read_revues(tmp_path), Hearing("2040-03", date(2040, 3, 1)))["reponse"].item()
        == "meme"
    )


def test_scope_and_end_are_given_with_the_workbook(
    doubt: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dossier, sortie = doubt
    book = tmp_path / "relecture.xlsx"
    export_pairs(sortie, "2026-10", dossier, book, Actor("claire", QUAND))
    back = returned(book, lambda row: "autre")
    done = ("review", "import", back, "--sortie", sortie, "--par", "claire")
    assert siei(*done, "--portee", "campagne", "--jusqu-a", "2026-12-31") == 0
    kept = read_revues(sortie)
    assert set(kept["portee"]) == {"campagne"}
    assert set(kept["jusqu_a"]) == {date(2026, 12, 31)}
    assert siei(*done, "--jusqu-a", "demain") == 1
    entry = read_entries(sortie)[-1]
    assert (entry.details["portee"], entry.details["jusqu_a"]) == ("campagne", "2026-12-31")


def test_a_plan_reads_what_decides_first_within_the_hours(
    doubt: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dossier, sortie = doubt
    pairs = pairs_to_review(sortie, "2026-10")
    assert pairs["decide"].all()
    enough = plan_review(sortie, "2026-10", Capacity(1.0, 3.0))
    assert (enough.deciding.read, enough.deciding.left, enough.others.pairs) == (2, 0, 0)
    # Two readings and no third: a pair that decides is read twice where it is one person.
    short = plan_review(sortie, "2026-10", Capacity(0.1, 3.0))
    assert (short.capacity.readings, short.deciding.read, short.deciding.left) == (2, 1, 1)
    planned = planned_pairs(sortie, "2026-10", Capacity(0.1, 3.0))
    assert planned["chance"].to_list() == sorted(planned["chance"], reverse=True)
    assert short.deciding.found[0] == pytest.approx(planned["chance"][0])
    assert short.deciding.found[0] + short.deciding.missed[0] == pytest.approx(
        planned["chance"].sum()
    )
    assert short.deciding.readings == pytest.approx(1 + planned["chance"][0])
    one = plan_review(sortie, "2026-10", Capacity(0.1, 3.0, second_clerc=False))
    assert (one.deciding.read, one.deciding.readings) == (2, 2.0)
    # Whom a first clerk has found is first, and needs one reading more.
    last = planned["id_paire"][1]
    record_judgements(sortie, frame([(last, "meme")]), "claire", QUAND)
    begun = planned_pairs(sortie, "2026-10", Capacity(0.1, 3.0))
    assert (begun["id_paire"][0], begun["readings"][0]) == (last, 1.0)
    assert planned_pairs(sortie, "2026-10", Capacity(1, 3), "claire")["id_paire"].to_list() == [
        planned["id_paire"][0]
    ]
    asked = ("review", "plan", "2026-10", "--sortie", sortie, "--heures", "0.1")
    assert siei(*asked) == 0
    shown = capsys.readouterr().out
    assert "2026-10: 2 readings of 3 minutes in 0.1 hours." in shown
    assert "2 pairs that decide of a list: 1 read" in shown
    book = tmp_path / "plan.xlsx"
    export = ("review", "export", "2026-10", "--sortie", sortie, "--dossier", dossier)
    assert siei(*export, "--vers", book, "--heures", "0.1", "--par", "denis") == 0
    assert sum(last in [str(cell) for cell in row] for row in cells(book)) == 2
    assert siei("review", "plan", "2026-10", "--sortie", sortie, "--heures", "0") == 2
