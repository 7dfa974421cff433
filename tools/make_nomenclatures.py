"""Derive the reference tables of siei-match from the public ones. Run by hand, result committed.

    python tools/make_nomenclatures.py [--verifier]

Writes, in `schemas/nomenclatures/`:

- `communes_libelles.parquet`: which commune of today a label and a département designate;
- `etablissements.csv`: lycées and CFA with the code of their commune, and their kind as their names tell it;
- `psad.csv`, `psad_communes.csv`: 383 SYNTHETIC platform zones. No public table of the real ones
  exists; the ministry counted 383 platforms in 2016-2017.

The same inputs give the same bytes. `--verifier` writes nothing and fails if a table is stale.
"""

import argparse
import io
import sys
from pathlib import Path

import polars as pl

from siei_match.reference.contracts import schemas_root
from siei_match.reference.nomenclatures import commune_history, communes, departements
from siei_match.reference.nomenclatures.places import nomenclature_path, read_csv
from siei_match.stages.normalise.places import normalise_labels

NOMBRE_PSAD = 383
NATURES = (
    ("EREA|LEA|ENSEIGNEMENT ADAPTE", "adapte"),
    (
        r"AGRICOLE\w*|AGRO\w*|LEGTA|LEGTPA|LEGTAP|LPA|LEAP|LEPAP|LEPRP?|LPAP|MFR|HORTICOLE|RURALE?|EPLEFPA",
        "lycee_agricole",
    ),
    ("POLYVALENTE?|LPO", "lycee_polyvalent"),
    ("PROFESSIONNEL(?:LE)?|LP|LPP|LEPP|SEP|METIERS", "lycee_professionnel"),
    ("GENERAL|TECHNOLOGIQUE|TECHNIQUE|LGT|LG|LT|LTP|LYCEE", "lycee_general"),
)
"""What a name says of the kind of a school, the most telling words first."""

# Uninhabited lands that have no arrondissement and no pupil go with the prefecture that runs
# them, so that every commune stands in one zone: TAAF with La Réunion, Clipperton with Polynésie.
RATTACHEMENTS = {"984": "9741", "989": "987"}


def make_labels() -> pl.DataFrame:
    """One row per normalised label and département that designate one commune of today."""
    cog = pl.read_parquet(nomenclature_path("communes_2026.parquet"), columns=["code", "nom"])
    history = pl.read_parquet(
        nomenclature_path("communes_historique.parquet"), columns=["code", "nom"]
    )
    today = communes().select("code", "departement")
    named = (
        pl.concat([cog, history])
        .drop_nulls()
        .unique()
        .join(commune_history(), on="code")
        .join(today, left_on="current_code", right_on="code")
    )
    named = named.with_columns(
        libelle=normalise_labels(named["nom"]),
        # A commune's own name of today wins over the same name borne by a former one.
        actuel=pl.col("code").is_in(today["code"].implode())
        & (pl.col("code") == pl.col("current_code")),
    ).drop_nulls("libelle")
    key = ["libelle", "departement"]
    best = named.filter(pl.col("actuel") == pl.col("actuel").max().over(key))
    return (
        best.group_by(key)
        .agg(commune=pl.col("current_code").unique())
        .filter(pl.col("commune").list.len() == 1)
        .with_columns(pl.col("commune").list.first())
        .sort(key)
    )


def make_etablissements(labels: pl.DataFrame) -> pl.DataFrame:
    """Lycées (town name and département) and CFA (commune code) with today's commune."""
    cfa = read_csv("cfa.csv", ",").join(
        commune_history(), left_on="commune", right_on="code", how="left"
    )
    cfa = cfa.select(
        uai="numero_uai",
        nom=pl.concat_str(
            "denomination_principale", "patronyme_uai", separator=" ", ignore_nulls=True
        ),
        commune="current_code",
        nature=pl.lit("cfa"),
    )
    lycees = read_csv("lycees.csv", ",").with_columns(pl.col("uai").str.to_uppercase())
    lycees = lycees.with_columns(
        libelle=normalise_labels(lycees["ville"]),
        # The file went through a spreadsheet: 01500 became 1500, and its dep_code 15. The UAI
        # tells the département, save overseas where its numbers are another set than INSEE's.
        code_postal=pl.col("code_postal").str.pad_start(5, "0"),
        departement=_departement_of_uai(),
    )
    found = lycees.join(labels, on=["libelle", "departement"], how="left")
    lycees = (
        found.with_columns(commune=pl.coalesce("commune", _commune_by_postal(found)))
        .sort("uai", "commune", nulls_last=True)
        .unique("uai", keep="first", maintain_order=True)
        .select("uai", pl.col("nom").str.replace_all(r"\s+", " "), "commune", nature=_nature())
    )
    return pl.concat([lycees, cfa]).unique("uai", keep="first", maintain_order=True).sort("uai")


def _nature() -> pl.Expr:
    """The kind of a school, which its name tells: the file has no other column for it."""
    name = pl.col("nom").str.to_uppercase().str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    told = pl.lit("autre")
    for words, kind in reversed(NATURES):
        told = pl.when(name.str.contains(rf"\b(?:{words})\b")).then(pl.lit(kind)).otherwise(told)
    return told


def _departement_of_uai() -> pl.Expr:
    prefix, postal = pl.col("uai").str.slice(0, 3), pl.col("code_postal")
    return (
        pl.when(prefix == "620")
        .then(pl.lit("2A"))
        .when(prefix == "720")
        .then(pl.lit("2B"))
        .when(prefix.str.starts_with("0"))
        .then(prefix.str.slice(1))
        .when(prefix.str.starts_with("97"))
        .then(prefix)
        .otherwise(postal.str.slice(0, 3))
    )


def _commune_by_postal(frame: pl.DataFrame) -> pl.Series:
    """The only commune of a postal code, for towns whose label leads nowhere."""
    alone = (
        communes()
        .select("code", "codes_postaux")
        .explode("codes_postaux")
        .drop_nulls()
        .group_by("codes_postaux")
        .agg(pl.col("code"))
        .filter(pl.col("code").list.len() == 1)
        .with_columns(pl.col("code").list.first())
    )
    return frame.join(
        alone, left_on="code_postal", right_on="codes_postaux", how="left", maintain_order="left"
    )["code"]


def count_parts(zones: pl.DataFrame) -> dict[str, int]:
    """Divide the most populated zones until there are NOMBRE_PSAD, largest part first.

    A zone is never cut into more parts than its largest commune allows: a commune is whole.
    """
    population = dict(zones.select("zone", "population").iter_rows())
    largest = dict(zones.select("zone", "plus_grande").iter_rows())
    parts = dict.fromkeys(population, 1)
    while sum(parts.values()) < NOMBRE_PSAD:
        divisible = [
            zone for zone, n in parts.items() if largest[zone] * (n + 1) <= population[zone]
        ]
        chosen = max(divisible, key=lambda zone: (population[zone] / parts[zone], zone))
        parts[chosen] += 1
    return parts


def make_psad() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return psad.csv and psad_communes.csv."""
    own = pl.coalesce(
        pl.col("departement").replace_strict(RATTACHEMENTS, default=None),
        "arrondissement",
        "departement",
    )
    placed = communes().with_columns(zone=own)
    zones = (
        placed.group_by("zone")
        .agg(pl.col("population").sum(), plus_grande=pl.col("population").max())
        .sort("zone")
    )
    parts = pl.DataFrame(list(count_parts(zones).items()), ["zone", "parts"], orient="row")
    # Neighbours share an intercommunality, then a post office: in this order, a cut at a share
    # of the population gives parts of one piece or nearly.
    near = ["zone", "epci_postal", "epci", "code_postal", "code"]
    middle = pl.col("population").cum_sum().over("zone") - pl.col("population") / 2
    share = middle / pl.col("population").sum().over("zone").clip(1)
    epci_postal = pl.col("code_postal").min().over("zone", "epci")
    cut = (
        placed.join(parts, on="zone")
        .with_columns(epci_postal=epci_postal)
        .sort(near, nulls_last=True)
        .with_columns(part=(share * pl.col("parts")).floor().cast(pl.Int64))
        .with_columns(pl.col("part").clip(0, pl.col("parts") - 1) + 1)
    )
    return _name_zones(cut)


def _name_zones(cut: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    arrondissements = read_csv("arrondissements.csv", ",").select(zone="code", nom_zone="nom")
    seat = pl.col("departement").sort_by("population", "code").last()
    zones = (
        cut.group_by("zone", "part", "parts")
        .agg(departement=seat)
        .join(arrondissements, on="zone", how="left")
        .join(departements(), left_on="departement", right_on="code")
        .sort("departement", "zone", "part")
        .with_columns(rang=pl.col("zone").cum_count().over("departement"))
    )
    base = pl.coalesce("nom_zone", "nom")
    zones = zones.with_columns(
        code=pl.format(
            "PSAD-{}-{}",
            pl.col("departement").str.pad_start(3, "0"),
            pl.col("rang").cast(pl.String).str.pad_start(2, "0"),
        ),
        libelle=pl.when(pl.col("parts") > 1)
        .then(pl.format("Zone synthétique {} ({} sur {})", base, "part", "parts"))
        .otherwise(pl.format("Zone synthétique {}", base)),
    )
    psad = zones.select(
        "code",
        "departement",
        nom="libelle",
        region="region_nom",
        academie="academie_nom",
        synthetique=pl.lit("oui"),
    ).select("code", "nom", "departement", "region", "academie", "synthetique")
    members = cut.join(zones.select("zone", "part", psad="code"), on=["zone", "part"])
    return psad.sort("code"), members.select(code_commune="code", psad="psad").sort("code_commune")


def make_all() -> dict[str, bytes]:
    """Return every derived table's bytes by file name."""
    labels = make_labels()
    psad, members = make_psad()
    parquet = io.BytesIO()
    labels.write_parquet(parquet, compression="zstd", statistics=False)
    tables = {"communes_libelles.parquet": parquet.getvalue()}
    for name, frame in {
        "etablissements.csv": make_etablissements(labels),
        "psad.csv": psad,
        "psad_communes.csv": members,
    }.items():
        tables[name] = frame.write_csv(separator=";").encode()
    return tables


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--verifier", action="store_true", help="fail if a table is stale")
    check = parser.parse_args(arguments).verifier
    folder: Path = schemas_root() / "nomenclatures"
    stale = []
    for name, content in make_all().items():
        file = folder / name
        if not file.exists() or file.read_bytes() != content:
            stale.append(name)
            if not check:
                file.write_bytes(content)
    sys.stdout.write(f"{'stale' if check else 'written'}: {', '.join(stale) or 'none'}" + "\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
