"""A declaration may name any compare feature by its import path: what it then is, and what is refused."""

import tomllib
from pathlib import Path
from random import Random
from string import ascii_uppercase
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import recordlinkage
from recordlinkage.base import BaseCompareFeature

from siei_match.reference.errors import ContractError, SettingsError
from siei_match.stages.link import link, read_rows, read_spec
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.compare.kinds.stays import stays
from siei_match.stages.link.declared.spec import build_spec
from siei_match.stages.link.records.records import build_fiches
from siei_match.stages.link.toolkit import index_of_pairs

DECLARED = """
sources = ["gauche", "droite"]
un_par_source = true

[dates.ne_le]
colonnes = ["annee", "mois", "jour"]
forme = "AAAA-MM-JJ"

[traits.nom]
genre = "recordlinkage.compare.String"
colonnes = ["nom"]
arguments = { method = "jarowinkler" }
niveaux.egal = { m = 0.9, u = 0.001, seuil = 1.0 }
niveaux.proche = { m = 0.06, u = 0.002, seuil = 0.85 }
niveaux.different = { m = 0.04, u = 0.997 }

[traits.taille]
genre = "recordlinkage.compare.Numeric"
colonnes = ["taille"]
comme = "nombre"
arguments = { method = "linear", scale = 10.0 }
niveaux.proche = { m = 0.9, u = 0.2, seuil = 0.5 }
niveaux.different = { m = 0.1, u = 0.8 }

[traits.naissance]
genre = "recordlinkage.compare.Date"
colonnes = ["annee", "mois", "jour"]
comme = "date"
niveaux.egal = { m = 0.9, u = 0.001, seuil = 1.0 }
niveaux.inversion = { m = 0.05, u = 0.001, seuil = 0.5 }
niveaux.different = { m = 0.05, u = 0.998 }

[traits.ville]
genre = "tests.unit.test_link_features.SameStart"
colonnes = ["ville", "quartier"]
arguments = { letters = 3 }
niveaux.memes = { m = 0.9, u = 0.1, seuil = 1.0 }
niveaux.un_de = { m = 0.06, u = 0.2, seuil = 0.5 }
niveaux.different = { m = 0.04, u = 0.7 }

[blocs]
[[blocs.passes]]
nom = "ville"
cle = ["ville"]
[[blocs.passes]]
nom = "date"
cle = ["annee", "mois", "jour"]
"""


class SameStart(BaseCompareFeature):
    """Which part of the columns begins alike: a user's own feature, of several columns."""

    def __init__(self, *columns: str, letters: int = 1) -> None:
        half = len(columns) // 2
        super().__init__(list(columns[:half]), list(columns[half:]))
        self.letters = letters

    def _compute_vectorized(self, *series: pd.Series) -> pd.Series:
        half = len(series) // 2
        alike = [
            x.str[: self.letters] == y.str[: self.letters]
            for x, y in zip(series[:half], series[half:], strict=True)
        ]
        return pd.concat(alike, axis=1).mean(axis=1)


class NoFeature:
    """Not of recordlinkage."""


class TwoColumns(BaseCompareFeature):
    """Gives two similarities where one is asked for."""

    def _compute_vectorized(self, left: pd.Series, right: pd.Series) -> pd.DataFrame:
        return pd.DataFrame({"a": left == right, "b": left != right})


COLUMNS = ["nom", "taille", "ne_le", "ville", "quartier"]
LEFT = ["Martin", "170", "1990-02-03", "Nantes", "Centre"]


@pytest.mark.parametrize(
    ("other", "levels"),
    [
        (["martin", "170", "1990-02-03", "Nantes", "Centre"], ["egal", "proche", "egal", "memes"]),
        (["Martim", "174,5", "1990-03-02", "Nantua", "Nord"], ["proche", "proche", "inversion", "un_de"]),
        (["Quemener", "195", "1971-11-23", "Brest", "Nord"], ["different"] * 4),
        (["", "", "", "", "Centre"], ["absent"] * 4),
        # No number, no day of the calendar: unknown, and no disagreement.
        (["Martin", "grand", "1990-02-31", "Nantes", None], ["egal", "absent", "absent", "absent"]),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Setting an item of incompatible dtype")  # compare.Date's own
def test_each_feature_reaches_its_levels(other: list[str | None], levels: list[str]) -> None:
    compared = compare(DECLARED, LEFT, other)
    spec = build_spec(tomllib.loads(DECLARED))
    reached = [("absent", *t.levels)[compared[t.name].item()] for t in spec.traits]
    assert reached == levels


def test_the_toolkit_s_own_compare_says_the_same() -> None:
    comparator = prepared(DECLARED, LEFT, ["Martim", "174,5", "1990-02-03", "Nantua", None])
    pairs = index_of_pairs(np.array([0, 1]), np.array([1, 0]), 2)
    ours = comparator.comparison()
    theirs = recordlinkage.Compare(ours.features).compute(pairs, comparator.records)
    pd.testing.assert_frame_equal(ours.compute(pairs, comparator.records), theirs)
    assert theirs["nom"].tolist() == [2, 2]


def compare(declared: str, left: list[Any], right: list[Any]) -> pl.DataFrame:
    return prepared(declared, left, right).compare(pl.DataFrame({"a": [0], "b": [1]}))


def prepared(declared: str, left: list[Any], right: list[Any]) -> Comparator:
    spec = build_spec(tomllib.loads(declared))
    files = {
        source: pl.DataFrame([row], schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
        for source, row in (("gauche", left), ("droite", right))
    }
    fiches = build_fiches(read_rows(files, spec), spec)
    return Comparator(fiches, stays(fiches, None))


def test_a_linkage_of_named_features_alone_finds_people() -> None:
    spec = build_spec(tomllib.loads(DECLARED))
    dice = Random(1)
    people = [
        ["".join(dice.choices(ascii_uppercase, k=8)), str(150 + k % 50),
         f"{1960 + k % 40}-{1 + k % 12:02}-{1 + k % 28:02}", f"VILLE{k % 9}", "CENTRE"]
        for k in range(60)
    ]  # fmt: skip
    copies = [[name + ("X" if k % 5 == 0 else ""), *rest] for k, (name, *rest) in enumerate(people)]
    files = {
        source: pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
        for source, rows in (("gauche", people), ("droite", copies))
    }
    found = link(
        read_rows(files, spec), seuil_lien=0.5, seuil_doute=0.2, spec=spec, population=1000
    )
    person = found.groupes["personne"]
    assert person.n_unique() == 60
    assert person[:60].to_list() == person[60:].to_list()
    assert found.liens.filter(pl.col("niveau_nom") == "proche").height == 12


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("recordlinkage.compare.String", "recordlinkage.compare.Chaine", "genre", "cannot be imported"),
        ("recordlinkage.compare.String", "no.such.module", "genre", "cannot be imported"),
        ("recordlinkage.compare.String", "tests.unit.test_link_features.NoFeature", "genre",
         "is no recordlinkage.base.BaseCompareFeature"),
        ("recordlinkage.compare.String", "recordlinkage.compare.chunks", "genre", "cannot be imported"),
        ("recordlinkage.compare.String", "tests.unit.test_link_features.TwoColumns", "[traits.nom]",
         "does not take"),
        ('method = "jarowinkler"', 'method = "jarwinkler"', "[traits.nom]", "jarwinkler"),
        ('method = "jarowinkler"', 'methode = "jarowinkler"', "[traits.nom]", "arguments"),
        ('colonnes = ["nom"]', 'colonnes = ["nom", "ville"]', "[traits.nom]", "does not take 2 columns"),
        ("seuil = 0.85", "seuil = 1.5", "[traits.nom]", "below that of the level before"),
        (", seuil = 0.85", "", "[traits.nom]", "each level but the last"),
        ("m = 0.04, u = 0.997", "m = 0.04, u = 0.997, seuil = 0.1", "[traits.nom]", "the rest"),
        ("u = 0.001, seuil", "u = 0.001, frequence = true, seuil", "[traits.nom]", "frequence"),
        ('comme = "nombre"', 'comme = "entier"', "comme", "'texte', 'nombre' or 'date'"),
        ('colonnes = ["annee", "mois", "jour"]\ncomme', 'colonnes = ["annee"]\ncomme',
         "[traits.naissance]", "year, month and day"),
        ("m = 0.06, u = 0.002", "m = 1.6, u = 0.002", "niveaux.proche", "less than 1"),
        ('cle = ["ville"]', "cle = []", "cle", "at least 1"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, line: str, said: str
) -> None:
    declared = DECLARED.replace(old, new, 1)
    assert declared != DECLARED
    (tmp_path / "essai.toml").write_text(declared, "utf-8")
    with pytest.raises(SettingsError) as refused:
        read_spec(tmp_path / "essai.toml")
    message = str(refused.value)
    assert said in message
    number = int(message.partition("line ")[2].partition(" of essai.toml")[0])
    lines = declared.splitlines()
    assert line in lines[number - 1]
    # Of the trait that was changed, not of another.
    changed = next(
        n for n, (a, b) in enumerate(zip(lines, DECLARED.splitlines(), strict=True)) if a != b
    )
    assert number - 1 <= changed


def test_a_declaration_that_takes_up_another_names_the_file_of_the_fault(tmp_path: Path) -> None:
    wrong = DECLARED.replace('method = "jarowinkler"', 'method = "jarwinkler"')
    (tmp_path / "base.toml").write_text(wrong, "utf-8")
    ours = tmp_path / "ours.toml"
    ours.write_text('reprend = "base.toml"\nsources = ["a", "b"]\n', "utf-8")
    with pytest.raises(SettingsError, match=r"line 9 of base\.toml"):
        read_spec(ours)
    ours.write_text('reprend = "base.toml"\nsources = []\n', "utf-8")
    (tmp_path / "base.toml").write_text(DECLARED, "utf-8")
    with pytest.raises(SettingsError, match=r"line 2 of ours\.toml"):
        read_spec(ours)


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ('[certitude]\nmemes = ["nom"]', "counts the values of nom"),
        ('[classes.homonymes]\ntaux = 0.1\ntraits = ["nom"]\nmemes = ["taille"]', "values of taille"),
        ('[traits.age]\ngenre = "categorie"\ncolonnes = ["taille"]\n'
         "niveaux.egal = { m = 0.9, u = 0.1 }\nniveaux.different = { m = 0.1, u = 0.9 }",
         "reads taille as a number and as a text"),
        ('[[blocs.passes]]\nnom = "noms"\ncle = ["paire"]', "ask for paire"),
    ],
)  # fmt: skip
def test_what_a_likeness_cannot_tell_is_refused(added: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        build_spec(tomllib.loads(DECLARED + added))


def test_a_part_of_a_date_may_be_a_number_too() -> None:
    added = (
        '[traits.age]\ngenre = "recordlinkage.compare.Numeric"\ncolonnes = ["annee"]\n'
        'comme = "nombre"\narguments = { scale = 2.0 }\n'
        "niveaux.proche = { m = 0.9, u = 0.1, seuil = 0.5 }\nniveaux.different = { m = 0.1, u = 0.9 }"
    )
    compared = compare(DECLARED + added, LEFT, [*LEFT[:2], "1992-12-24", *LEFT[3:]])
    assert compared["age"].item() == 1
    compared = compare(DECLARED + added, LEFT, [*LEFT[:2], "1993-12-24", *LEFT[3:]])
    assert compared["age"].item() == 2


def test_a_kind_of_ours_takes_no_threshold() -> None:
    ours = DECLARED + (
        '[traits.pays]\ngenre = "categorie"\ncolonnes = ["pays"]\n'
        "niveaux.egal = { m = 0.9, u = 0.1, seuil = 0.5 }\nniveaux.different = { m = 0.1, u = 0.9 }"
    )
    with pytest.raises(SettingsError, match="feature's only"):
        build_spec(tomllib.loads(ours))


def test_a_column_of_lists_is_refused() -> None:
    spec = build_spec(tomllib.loads(DECLARED))
    rows = read_rows(
        dict.fromkeys(spec.sources, pl.DataFrame([LEFT], schema=COLUMNS, orient="row")), spec
    ).with_columns(pl.col("quartier").str.split(" "))
    fiches = build_fiches(rows, spec)
    with pytest.raises(ContractError, match="quartier holds several values"):
        Comparator(fiches, stays(fiches, None))
