"""`siei explain` on a folder made by hand: what is read, said, drawn and refused."""

import hashlib
import io
import json
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from siei_match.cli import main
from siei_match.explain import Explanation, explain_person
from siei_match.explain.model import ExplainedThreshold, ExplainedThresholds
from siei_match.explain.pairs import MENAGE, find_reason, find_start, letter, to_bits
from siei_match.explain.person import tried_rules
from siei_match.explain.show import clean, present, show
from siei_match.explain.values import FIRST, differs
from siei_match.explain.waterfall import ASCII, LEVEL, draw, list_steps
from siei_match.explain.wording import (
    LEVELS,
    METHODS,
    PROOFS,
    TRAITS,
    VALUES,
    show_bits,
    show_chance,
)
from siei_match.reference.contracts import declaration, schemas_root
from siei_match.reference.errors import SieiError
from siei_match.reference.french import NO_BREAK
from siei_match.stages.decide.rules import REGLES
from tests.publication import frame, lien, manifest

EVA, LOU, ZOE, TOM, PARTIE, FONDUE = (f"p{n:031x}" for n in range(1, 7))
SIGNALEE = f"s{1:031x}"
SEUILS = ExplainedThresholds(
    lien=ExplainedThreshold(probabilite=0.95, bits=4.2479),
    doute=ExplainedThreshold(probabilite=0.25, bits=-1.585),
)


WATERFALL = """\
                    niveau                    bits  cumul
  départ            avant toute preuve       -13,0  -13,0 --------------    :
  nom               identiques               +14,0   +1,0 ###############   :
  prénom            différents                -5,5   -4,5          ------   :
  date de naissance identique                +12,0   +7,5          #############
  ménage, rivaux    ou autres lignes contre   -8,0   -0,5              ---------
  -------------------------------------------------------
  total             soit 41 %                        -0,5              -    :
  seuil de lien     95 %                             +4,2                   :
  seuil de doute    25 %                             -1,6"""


def ligne(personne: str, extrait: str, ligne: int, methode: str) -> dict[str, object]:
    return {"id_personne": personne, "extrait": extrait, "fichier": f"{extrait}.csv",
            "ligne": ligne, "methode": methode}  # fmt: skip


def pair(a: tuple[str, int], b: tuple[str, int], **given: object) -> dict[str, object]:
    ends = {
        f"{key}_{side}": value
        for side, (extrait, number) in (("a", a), ("b", b))
        for key, value in (("extrait", extrait), ("fichier", f"{extrait}.csv"), ("ligne", number))
    }
    return lien(**ends, **given)


def write(
    folder: Path, tables: dict[str, list[dict[str, object]]], manifeste: dict[str, object]
) -> None:
    folder.mkdir(parents=True)
    for name in ("identites", "liens", "decisions", "signalements", "rejets", "redirections"):
        frame(name, tables.get(name, [])).write_parquet(folder / f"{name}.parquet")
    (folder / "manifeste.json").write_text(manifest(folder.name, **manifeste))


@pytest.fixture
def sortie(tmp_path: Path) -> Path:
    """Eva: two rows, one likely pair, one in doubt with Lou, one refused with Tom. Zoe: by INE."""
    manifeste = {
        "seuils": {"lien": 0.95, "doute": 0.25, "origine": "reglages"},
        "modele": {"prior": {"scolarite-missions_locales": 0.0001}},
        "entrees": [
            {
                "extrait": "scolarite",
                "nom": "scolarite.csv",
                "lignes": 3,
                "valides": 3,
                "rejetees": 0,
                "sha256": hashlib.sha256(b"une").hexdigest(),
            },
        ],
    }
    write(tmp_path / "campagnes" / "2026-10", {
        "identites": [
            ligne(EVA, "scolarite", 1, "vraisemblance"),
            ligne(EVA, "missions_locales", 1, "vraisemblance"),
            ligne(LOU, "scolarite", 2, "seul"),
            ligne(ZOE, "scolarite", 3, "ine"),
            ligne(ZOE, "diplomes", 1, "ine"),
            ligne(TOM, "agricole", 1, "seul"),
        ],
        "liens": [
            pair(("scolarite", 1), ("missions_locales", 1), probabilite=0.998, poids=22.5,
                 niveau_nom="egal", poids_nom=14.0, niveau_prenom="proche", poids_prenom=9.0,
                 poids_menage=-0.5, issue="lie"),
            pair(("scolarite", 2), ("missions_locales", 1), probabilite=0.41, poids=12.5,
                 niveau_nom="egal", poids_nom=14.0, niveau_prenom="different", poids_prenom=-5.5,
                 niveau_naissance="egal", poids_naissance=12.0, poids_menage=-8.0,
                 issue="a_verifier"),
            pair(("scolarite", 1), ("agricole", 1), probabilite=0.02, poids=6.0,
                 niveau_nom="egal", poids_nom=6.0, issue="ecarte"),
        ],
        "decisions": [
            {"id_personne": EVA, "statut": "sortant", "motif": "a_verifier", "age": 17,
             "psad": "PSAD-029-01", "suivi_mission_locale": True},
            {"id_personne": TOM, "statut": "en_formation", "motif": "agricole", "age": 18,
             "psad": "PSAD-029-01", "suivi_mission_locale": False},
        ],
        "signalements": [{"id_signalement": SIGNALEE, "id_personne": EVA, "campagne": "2026-10",
                          "psad": "PSAD-029-01"}],
        "rejets": [{"extrait": "scolarite", "fichier": "scolarite.csv", "ligne": 1,
                    "gravite": "avertissement", "regle": "ine_lisible", "colonne": "INE"}],
        "redirections": [{"campagne": "2026-10", "id_ancien": FONDUE, "id_personne": EVA}],
    }, manifeste)  # fmt: skip
    anciennes = [ligne(PARTIE, "scolarite", 8, "seul"), ligne(FONDUE, "scolarite", 9, "seul")]
    write(tmp_path / "campagnes" / "2026-03", {"identites": anciennes}, manifeste)
    return tmp_path


def texte(explication: Explanation, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, markup=False, highlight=False)
    with console.capture() as said:
        show(explication, console)
    return said.get()


def test_the_rows_and_the_pairs_of_a_person(sortie: Path) -> None:
    found = explain_person(sortie, "2026-10", EVA)
    assert [(x.repere, x.extrait, x.ligne, x.methode) for x in found.lignes] == [
        ("1", "scolarite", 1, "vraisemblance"),
        ("2", "missions_locales", 1, "vraisemblance"),
    ]
    assert found.lignes[0].avertissements == ("ine_lisible (INE)",)
    assert found.lignes[1].avertissements == ()
    (lie,) = found.paires
    assert (lie.a, lie.b, lie.issue, lie.raison) == ("1", "2", "lie", "seuil_lien_atteint")
    assert lie.depart_origine == "probabilite"
    assert lie.total == pytest.approx(to_bits(0.998), abs=1e-3)
    assert lie.contre == (MENAGE,)


def test_the_runner_up_comes_first_and_says_what_weighs_against(sortie: Path) -> None:
    refusees = explain_person(sortie, "2026-10", EVA).refusees
    assert [(p.id_autre, p.issue) for p in refusees] == [(LOU, "a_verifier"), (TOM, "ecarte")]
    assert refusees[0].contre == (MENAGE, "prenom")
    assert (refusees[0].a, refusees[0].b) == ("2", "A")
    assert refusees[1].contre == ()
    said = texte(explain_person(sortie, "2026-10", EVA))
    assert f"La plus proche est {LOU}" in said
    assert "prénom (différents) -5,5" in said
    assert "Aucun trait ne s’y oppose" in said


def test_a_refused_pair_is_told_from_both_sides(sortie: Path) -> None:
    (paire,) = explain_person(sortie, "2026-10", LOU).refusees
    assert (paire.id_autre, paire.a, paire.b) == (EVA, "1", "A")


def test_an_id_signalement_names_the_same_person(sortie: Path) -> None:
    by_signalement = explain_person(sortie, "2026-10", SIGNALEE)
    assert by_signalement == explain_person(sortie, "2026-10", EVA)
    assert by_signalement.id_signalement == SIGNALEE


def test_rows_tied_by_ine_need_no_pair_and_nobody_decides_out_of_scope(sortie: Path) -> None:
    found = explain_person(sortie, "2026-10", ZOE)
    assert (found.paires, found.refusees, found.decision) == ((), (), None)
    said = texte(found)
    assert "INE ou des traits identiques suffisent" in said
    assert "n’est pas dans le champ" in said


@pytest.mark.parametrize(
    ("identifiant", "what", "remedy"),
    [
        (f"p{99:031x}", "in any campaign", "another key"),
        (PARTIE, "known in 2026-03", "explain them in 2026-03"),
        ("QUEMENER", "no identifier", "31 characters"),
    ],
)
def test_an_unknown_identifier_is_told_with_its_remedy(
    sortie: Path, identifiant: str, what: str, remedy: str
) -> None:
    with pytest.raises(SieiError) as failure:
        explain_person(sortie, "2026-10", identifiant)
    assert what in failure.value.what
    assert remedy in failure.value.remedy
    assert "QUEMENER" not in str(failure.value)


def test_an_identifier_that_redirects_explains_whom_it_redirects_to(sortie: Path) -> None:
    assert explain_person(sortie, "2026-10", FONDUE) == explain_person(sortie, "2026-10", EVA)


@pytest.mark.parametrize("code", ["2031-10", "QUEMENER"])
def test_an_unknown_campaign_exits_with_1(
    sortie: Path, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", code, EVA, "--sortie", str(sortie)]) == 1
    said = capsys.readouterr().err
    assert "2026-03, 2026-10" in said
    assert "→" in said
    assert "QUEMENER" not in said


def test_a_missing_folder_and_a_damaged_table_exit_with_1(
    sortie: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "2026-10", EVA, "--sortie", str(sortie / "absente")]) == 1
    assert "absente" in capsys.readouterr().err
    (sortie / "campagnes" / "2026-10" / "liens.parquet").write_bytes(b"half a table")
    assert main(["explain", "2026-10", EVA, "--sortie", str(sortie)]) == 1
    assert "liens.parquet" in capsys.readouterr().err


def test_a_manifest_without_thresholds_is_refused(sortie: Path) -> None:
    path = sortie / "campagnes" / "2026-10" / "manifeste.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"seuils": None}))
    with pytest.raises(SieiError, match="thresholds"):
        explain_person(sortie, "2026-10", EVA)


def test_json_is_the_written_schema_and_the_command_gives_it(
    sortie: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = json.loads((schemas_root() / "explication.schema.json").read_text("utf-8"))
    assert written == Explanation.model_json_schema()
    assert main(["explain", "2026-10", EVA, "--sortie", str(sortie), "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert Explanation.model_validate(said) == explain_person(sortie, "2026-10", EVA)
    assert list(said) == list(Explanation.model_fields)


def test_values_go_to_a_terminal_only(sortie: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["explain", "2026-10", EVA, "--sortie", str(sortie), "--dossier", str(sortie)]
    assert main(arguments) == 1
    said = capsys.readouterr()
    assert "not a terminal" in said.err
    assert said.out == ""


def campagne_toml(dossier: Path, code: str, *noms: str) -> Path:
    dossier.mkdir(exist_ok=True)
    fichiers = "".join(
        f'[[fichiers]]\nextrait = "missions_locales"\nnom = "{nom}"\ndate_extraction = 2026-10-10\n'
        for nom in noms
    )
    (dossier / "campagne.toml").write_text(
        f'[campagne]\ncode = "{code}"\ndate_observation = {code}-15\n'
        f'annee_scolaire = "2026-2027"\ndefinition = "legale"\n{fichiers}'
    )
    return dossier


def test_another_folder_than_the_runs_is_refused(sortie: Path, tmp_path: Path) -> None:
    dossier = tmp_path / "dossier"
    for toml, what in (
        (None, "campagne.toml is missing"),
        (("2027-03", "scolarite.csv"), "is the folder of campaign 2027-03"),
        (("2026-10", "autre.csv"), "scolarite.csv, which campaign 2026-10 read, is not there"),
    ):
        if toml:
            campagne_toml(dossier, *toml)
        dossier.mkdir(exist_ok=True)
        with pytest.raises(SieiError) as failure:
            explain_person(sortie, "2026-10", LOU, dossier=dossier)
        assert what in failure.value.what
    campagne_toml(dossier, "2026-10", "scolarite.csv")
    (dossier / "scolarite.csv").write_bytes(b"autre")
    with pytest.raises(SieiError, match="SHA-256"):
        explain_person(sortie, "2026-10", LOU, dossier=dossier)


@pytest.mark.parametrize(
    ("issue", "probabilite", "raison"),
    [
        ("lie", 0.95, "seuil_lien_atteint"),
        ("lie", 0.94, "liees_par_d_autres_lignes"),
        ("a_verifier", 0.97, "ensemble_contredit"),
        ("a_verifier", 0.5, "entre_les_seuils"),
        ("a_verifier", 0.1, "doute_sur_l_ensemble"),
        ("ecarte", 0.97, "ensemble_contredit"),
        ("ecarte", 0.3, "ensemble_contredit"),
        ("ecarte", 0.24, "sous_seuil_doute"),
    ],
)
def test_why_a_pair_ended_so(issue: str, probabilite: float, raison: str) -> None:
    assert find_reason(issue, probabilite, SEUILS) == raison


@pytest.mark.parametrize(
    ("probabilite", "poids", "modele", "expected"),
    [
        (0.5, 12.0, None, (-12.0, "probabilite")),
        (0.95, 18.0, None, (-13.7521, "probabilite")),
        (1.0, 30.0, {"prior": {"diplomes-agricole": 2**-10 / (1 + 2**-10)}}, (-10.0, "modele")),
        (1.0, 30.0, {"prior": {"agricole-diplomes": 2**-10 / (1 + 2**-10)}}, (-10.0, "modele")),
        (1.0, 30.0, None, (None, None)),
        (0.0, -30.0, {"prior": {}}, (None, None)),
    ],
)
def test_the_start_is_derived_or_the_models(
    probabilite: float, poids: float, modele: object, expected: object
) -> None:
    row = {"probabilite": probabilite, "poids": poids, "extrait_a": "diplomes",
           "extrait_b": "agricole"}  # fmt: skip
    assert find_start(row, modele) == expected  # type: ignore[arg-type]


def test_rules_before_the_decision_did_not_hold_those_after_were_not_tried() -> None:
    etats = [regle.etat for regle in tried_rules("diplome", "niveau_4")]
    at = [r.nom for r in REGLES].index("diplome/niveau_4")
    assert etats == ["ne_tient_pas"] * at + ["decide"] + ["non_examinee"] * (len(REGLES) - at - 1)


def test_the_waterfall_is_aligned_and_ends_at_the_total(sortie: Path) -> None:
    paire = explain_person(sortie, "2026-10", EVA).refusees[0]
    steps = list_steps(paire)
    assert all(a.after == b.before for a, b in pairwise(steps))
    assert steps[-1].after == pytest.approx(paire.total, abs=1e-3)
    drawn = [line.replace(NO_BREAK, " ") for line in draw(paire, SEUILS, 80, ASCII)]
    assert drawn == WATERFALL.splitlines()
    for width in (60, 80, 140):
        lines = list(draw(paire, SEUILS, width))
        assert max(map(len, lines)) <= max(width, 75)
        bars = [line for line in lines if line.startswith(("  nom", "  prénom", "  départ"))]
        # Weights and running totals stand in columns: their commas are at one place.
        assert {(line[48], line[55]) for line in bars} == {(",", ",")}


@pytest.mark.parametrize("width", [80, 140])
def test_nothing_is_wider_than_the_terminal(sortie: Path, width: int) -> None:
    lines = texte(explain_person(sortie, "2026-10", EVA), width).splitlines()
    assert max(map(len, lines)) <= width
    assert not [line for line in lines if line.lstrip().startswith((":", ";", "%"))]


def test_every_level_and_method_has_its_words() -> None:
    fields = {f["name"]: f for f in declaration("tables/liens").fields}
    levels = {
        name.removeprefix("niveau_"): set(field["constraints"]["enum"]) - {"absent"}
        for name, field in fields.items()
        if name.startswith("niveau_")
    }
    assert {trait: set(words) for trait, words in LEVELS.items()} == levels
    # Wider ones would push the numbers beside them out of their columns.
    assert max(len(words) for told in LEVELS.values() for words in told.values()) < LEVEL
    assert set(TRAITS) == set(levels) | {MENAGE}
    methodes = {f["name"]: f for f in declaration("tables/identites").fields}["methode"]
    assert set(METHODS) == set(PROOFS) == set(methodes["constraints"]["enum"])


@pytest.mark.parametrize(
    ("chance", "shown"),
    [(0.998, "99,80"), (0.41, "41"), (0.365043, "36,5"), (0.0127, "1,3"), (0.0049, "0,49"),
     (0.999979, "> 99,99"), (1.0, "> 99,99"), (0.95, "95")],
)  # fmt: skip
def test_a_probability_is_never_rounded_to_certainty(chance: float, shown: str) -> None:
    assert show_chance(chance).replace(NO_BREAK, " ") == f"{shown} %"


def test_small_words() -> None:
    assert [show_bits(x) for x in (8.14, -0.04, -18.07)] == ["+8,1", "+0,0", "-18,1"]
    assert [letter(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert clean("LE\u00a0GALL\x1b[2J\x9b\n") == "LE GALL�[2J��"
    assert not differs(frozenset({"1", "2"}), frozenset({"2"}))
    assert differs(frozenset({"1"}), frozenset({"2"}))
    assert not differs((FIRST, "EVA"), (FIRST, "EVA", "LOU"))
    assert differs((FIRST, "LOU"), (FIRST, "EVA", "LOU"))
    assert differs((2008, 5, None), (2008, 5, 3))


def test_values_have_their_words() -> None:
    from siei_match.explain.values import VALUES as READ

    assert list(READ) == list(VALUES)


def test_no_table_of_the_folder_is_written(sortie: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in sortie.rglob("*")}
    explain_person(sortie, "2026-10", EVA)
    assert {p: p.stat().st_mtime_ns for p in sortie.rglob("*")} == before
    assert pl.read_parquet(sortie / "campagnes/2026-10/liens.parquet").height == 3


def test_a_terminal_without_utf8_still_shows_everything(sortie: Path) -> None:
    flux = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    present(explain_person(sortie, "2026-10", EVA), flux, "texte")
    flux.seek(0)
    said = flux.read()
    assert EVA in said
    assert "#####" in said
