"""The causes of errors: named as a reader would, and counted on a world that is known."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from siei_match.reference.contracts import declaration

BENCH = Path(__file__).parents[2] / "bench"
SOMEBODY = {
    "extrait": "scolarite", "fichier": "f", "nom_naissance": "LE GOFF", "nom_usage": None,
    "prenom1": "NOLWENN", "prenom2": "ANNE", "prenom3": None, "sexe": "F",
    "naissance_annee": 2009, "naissance_mois": 3, "naissance_jour": 4, "naissance_lieu": "29019",
    "telephones": ["1"], "courriels": [], "adresse": None, "commune": "29019", "ine": None,
}  # fmt: skip


def load(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCH)
    return importlib.import_module(name)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"nom_naissance": "LEGOFF", "sexe": None}, ()),
        ({"nom_naissance": "DUBOIS", "nom_usage": "LE GOFF"}, ("nom d'usage",)),
        ({"nom_naissance": "LE GOFF MARTIN"}, ("nom tronqué",)),
        ({"nom_naissance": "NOLWENN", "prenom1": "LEGOFF"}, ("nom et prénom inversés",)),
        ({"nom_naissance": "LE GOF", "prenom1": "ANNE"}, ("nom fautif", "un autre prénom")),
        ({"prenom1": "GWENDAL", "sexe": "M"}, ("prénom autre", "sexe autre")),
        ({"naissance_mois": 4, "naissance_jour": 3}, ("jour et mois inversés",)),
        ({"naissance_jour": 14}, ("un chiffre de la date",)),
        ({"naissance_jour": None}, ("date partielle",)),
    ],
)
def test_what_differs_is_named(
    changed: dict[str, object], expected: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    differences = load("differences", monkeypatch).differences
    other = SOMEBODY | changed
    assert differences(SOMEBODY, other) == differences(other, SOMEBODY) == expected


def test_cases_are_counted_without_the_pairs_that_share_an_ine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    causes = load("causes", monkeypatch)
    told = [(7, "x", "A"), (7, "x", "A"), (7, "y", "A"), (7, "y", None), (8, "y", None)]
    schema = {**declaration("tables/traits").polars_schema, "personne": pl.UInt32}
    lignes = pl.DataFrame(
        [
            SOMEBODY | {"ligne": i, "personne": who, "piece": piece, "ine_livre": ine}
            for i, (who, piece, ine) in enumerate(told)
        ],
        schema={**schema, "piece": pl.String, "ine_livre": pl.String},
    )
    (lost,) = causes.missed(lignes, {("x", "y"): "ecarte"})
    assert (lost["cause"], lost["accord"]) == ("rien ne diffère", "lieu + contact")
    assert (lost["issue"], lost["paires"]) == ("ecarte", 2)
    gens = pl.DataFrame({"personne": [7, 8], "foyer": [1, 1], "naissance": [0, 0]})
    assert causes.false_pairs(lignes, gens) == [{"cause": "jumeaux", "paires": 2}]


@pytest.mark.slow
def test_the_table_is_printed_for_a_world() -> None:
    done = subprocess.run(
        [sys.executable, str(BENCH / "causes.py"), "--personnes", "400", "--graine", "5"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Paires manquées" in done.stdout
    assert "Décisions fausses" in done.stdout
