"""`siei explain` on the first sample campaign: whom it explains, and that it names nobody."""

import json
import os
import pty
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from siei_match.campaign.story import run_campaign
from siei_match.cli import main
from siei_match.explain import Explanation, explain_person
from siei_match.explain.values import VALUES
from siei_match.output.audit import Actor
from siei_match.reference.settings import Settings
from tests.deliveries import KEY

SAMPLES = Path(__file__).parents[2] / "sample_data"
CODE = "2026-10"
DAY = datetime(2026, 10, 16, 8, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def sortie(tmp_path_factory) -> Path:
    """The first campaign, linked so strictly that somebody is in doubt; each explanation is noted in it."""
    sortie = tmp_path_factory.mktemp("explain") / "out"
    strict = Settings(cle=KEY, psad=None, seuil_lien=0.999)
    run_campaign(SAMPLES / CODE, sortie, strict, actor=Actor("exploitant", DAY))
    return sortie


@pytest.fixture(scope="module")
def tables(sortie: Path) -> dict[str, pl.DataFrame]:
    folder = sortie / "campagnes" / CODE
    return {name: pl.read_parquet(folder / f"{name}.parquet")
            for name in ("identites", "liens", "decisions")}  # fmt: skip


@pytest.fixture(scope="module")
def people(tables: dict[str, pl.DataFrame]) -> dict[str, list[str]]:
    """People of each kind, in the order of their identifiers."""
    identites, decisions = tables["identites"], tables["decisions"]
    listed = decisions.filter(statut="sortant").select("id_personne", "motif")
    rows = identites.join(listed, on="id_personne", how="left")
    alone = rows.filter(pl.len().over("id_personne") == 1)
    # What a mission locale says is a doubt too, without any pair.
    doubts = tables["liens"].filter(issue="a_verifier")
    ends = [doubts.select(fichier=f"fichier_{x}", ligne=f"ligne_{x}") for x in "ab"]
    paired = rows.join(pl.concat(ends), on=["fichier", "ligne"], how="semi")
    return {
        kind: sorted(set(frame["id_personne"]))
        for kind, frame in {
            "likely": rows.filter(methode="vraisemblance"),
            "doubtful": paired.filter(motif="a_verifier"),
            "lone": alone.filter(methode="seul", motif="confirme"),
            "unscoped": rows.join(decisions, on="id_personne", how="anti"),
        }.items()
    }


def test_a_person_linked_by_likeness_shows_every_pair_of_theirs(sortie, tables, people) -> None:
    identites, liens = tables["identites"], tables["liens"]
    for personne in people["likely"][:10]:
        found = explain_person(sortie, CODE, personne)
        places = set(
            identites.filter(id_personne=personne).select("extrait", "fichier", "ligne").rows()
        )
        assert {(x.extrait, x.fichier, x.ligne) for x in found.lignes} == places
        both = [
            row for row in liens.iter_rows(named=True)
            if all((row[f"extrait_{s}"], row[f"fichier_{s}"], row[f"ligne_{s}"]) in places
                   for s in "ab")
        ]  # fmt: skip
        assert len(found.paires) == len(both) > 0
        assert {p.issue for p in found.paires} == {"lie"}


def test_the_waterfall_adds_up_for_every_pair(sortie, people) -> None:
    for personne in [*people["likely"][:10], *people["doubtful"]]:
        found = explain_person(sortie, CODE, personne)
        for paire in (*found.paires, *found.refusees):
            summed = sum(part.poids for part in paire.traits) + paire.menage
            assert summed == pytest.approx(paire.poids, abs=1e-3)
            assert paire.depart is not None
            assert paire.depart < 0
            odds = 2**paire.total
            assert odds / (1 + odds) == pytest.approx(paire.probabilite, abs=5e-5)


def test_a_doubtful_person_shows_the_pair_that_made_the_doubt(sortie, people) -> None:
    assert people["doubtful"]
    for personne in people["doubtful"]:
        found = explain_person(sortie, CODE, personne)
        assert found.decision.motif == "a_verifier"
        assert found.refusees[0].issue == "a_verifier"
        assert found.refusees[0].contre


def test_a_lone_person_has_no_pair_but_a_decision(sortie, people) -> None:
    found = explain_person(sortie, CODE, people["lone"][0])
    assert (len(found.lignes), found.paires) == (1, ())
    assert found.decision.regles[-1].etat == "decide"
    assert found.id_signalement is not None


def test_a_person_out_of_scope_has_no_decision(sortie, people) -> None:
    assert explain_person(sortie, CODE, people["unscoped"][0]).decision is None


def true_words(sortie: Path, explication: Explanation) -> set[str]:
    """Return what the truth says of everybody whom an explanation touches: names, INE, dates."""
    rows = pl.DataFrame(
        [(x.fichier, x.ligne) for x in (*explication.lignes, *explication.autres_lignes)],
        schema={"fichier": pl.String, "ligne": pl.UInt32},
        orient="row",
    )
    lignes = pl.read_parquet(SAMPLES / "verite" / "lignes.parquet").filter(campagne=CODE)
    lignes = lignes.with_columns(pl.col("ligne").cast(pl.UInt32)).join(
        rows, on=["fichier", "ligne"]
    )
    personnes = pl.read_parquet(SAMPLES / "verite" / "personnes.parquet")
    own = personnes.join(lignes, on="personne", how="semi")
    assert own.height
    names = ("nom", "nom_usage", "prenom", "prenom2", "prenom3", "ine", "ine2")
    texts = {text for name in names for text in own[name].drop_nulls()}
    texts |= set(lignes["ine"].drop_nulls())
    for shape in ("%d/%m/%Y", "%Y-%m-%d", "%d%m%Y"):
        texts |= set(own["naissance"].dt.strftime(shape))
    return {text.upper() for text in texts}


def words(said: str) -> set[str]:
    return set(said.upper().replace("(", " ").replace(",", " ").replace('"', " ").split())


@pytest.mark.parametrize("form", ["texte", "json"])
def test_nobody_is_named_without_the_folder(sortie, people, form, capsys) -> None:
    sample = [p for kind in people.values() for p in kind[:5]]
    for personne in sample:
        arguments = ["explain", CODE, personne, "--sortie", str(sortie), "--format", form]
        assert main(arguments) == 0
        said = capsys.readouterr()
        assert said.err == ""
        named = true_words(sortie, explain_person(sortie, CODE, personne))
        assert named & words(said.out) == set()
        assert not [w for w in named if len(w) > 8 and w in said.out.upper()]


def test_with_the_folder_the_values_are_those_of_the_truth(sortie, people) -> None:
    personne = people["likely"][0]
    found = explain_person(sortie, CODE, personne, dossier=SAMPLES / CODE)
    assert found.nominative
    assert all(set(x.valeurs) == set(VALUES) for x in found.lignes)
    said = {v.upper() for x in found.lignes for v in x.valeurs.values() if v}
    assert len(said & true_words(sortie, found)) >= 2


def test_of_other_people_only_the_runner_up_is_read(sortie, people) -> None:
    for personne in people["doubtful"]:
        found = explain_person(sortie, CODE, personne, dossier=SAMPLES / CODE)
        read = [x.repere for x in found.autres_lignes if x.valeurs is not None]
        assert read == [found.refusees[0].b]


def on_a_terminal(*arguments: str | Path) -> tuple[int, str, str]:
    """Run the command with its output on a terminal; return code, what it shows, its stderr."""
    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "siei_match.cli", *map(str, arguments)],
        stdout=slave, stderr=subprocess.PIPE, env={**os.environ, "COLUMNS": "80", "TERM": "dumb"},
    ) as run:  # fmt: skip
        os.close(slave)
        shown = b""
        try:
            while chunk := os.read(master, 65536):
                shown += chunk
        except OSError:
            pass  # Linux says so when the other end is closed.
        errors = run.stderr.read().decode() if run.stderr else ""
    os.close(master)
    return run.returncode, shown.decode(), errors


def test_a_terminal_shows_the_values_and_stderr_says_so(sortie, people) -> None:
    personne = people["doubtful"][0]
    code, shown, errors = on_a_terminal(
        "explain", CODE, personne, "--sortie", sortie, "--dossier", SAMPLES / CODE
    )
    assert code == 0
    assert "nominative" in errors
    found = explain_person(sortie, CODE, personne, dossier=SAMPLES / CODE)
    assert found.lignes[0].valeurs["nom_naissance"] in shown
    assert "AUTRE PERSONNE" in shown
    assert ("≠" in shown) == any(x.differe for x in (*found.lignes, *found.autres_lignes))
    assert not true_words(sortie, found) & words(errors)


def test_a_pipe_receives_no_value(sortie, people, capsys) -> None:
    arguments = ["explain", CODE, people["doubtful"][0], "--sortie", str(sortie)]
    assert main([*arguments, "--dossier", str(SAMPLES / CODE), "--format", "json"]) == 1
    assert capsys.readouterr().out == ""


def test_json_of_every_listed_person_is_valid(sortie, tables, capsys) -> None:
    personne = tables["decisions"].filter(statut="sortant")["id_personne"][0]
    assert main(["explain", CODE, personne, "--sortie", str(sortie), "--format", "json"]) == 0
    assert Explanation.model_validate(json.loads(capsys.readouterr().out))
