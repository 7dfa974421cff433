"""How many apprentices an autumn accuses, with and without `contrats` and what missions locales know.

python -m bench.contracts [--personnes 20000] [--graines 11 12] [--mondes FOLDER]

An autumn has no SIFA of its year: it observes on 31 December. Each fresh world is delivered so, four times: without contracts and
situations, with the one, with the other, with both. Counts the people listed `confirme` and `a_verifier` who are in apprenticeship
in truth. `--mondes`: the folder of another generator (its `monde.py`), run beside ours; its contracts are made from its SIFA.
"""

import argparse
import csv
import gzip
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.campaign.story import run_campaign
from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Fichier
from siei_match.reference.settings import Settings
from siei_match.simulate import simulate
from siei_match.stages.extract.delivery import read_delivery

CODE: Final = "2026-10"
YEAR: Final = "2026-2027"
KEY: Final = "bench-contracts-key-of-no-one-at-all-" * 2
VARIANTS: Final = {
    "neither": (False, False),
    "situations": (False, True),
    "contrats": (True, False),
    "both": (True, True),
}
SIFA_OF: Final = {
    "ine": "INE_RNIE", "nom": "NOM", "nomUsage": "NOM2", "prenom": "PRENOM1", "uaiCfa": "NUMERO_UAI",
    "siretCfa": "", "codeDiplome": "DIPLOME", "adresse": "ADRESSE", "codePostal": "COD_POST",
    "codeCommuneInsee": "COM_RESID", "telephone": "TEL_JEUNE", "courriel": "MAIL_JEUNE",
}  # fmt: skip
DATES: Final = {
    "dateNaissance": "DATE_NAIS",
    "dateInscriptionCfa": "DATE_ENTREE_CFA",
    "dateDebut": "DATE_DEB_CONT",
    "dateRupture": "DATE_RUPT_CONT",
}


@dataclass(frozen=True)
class World:
    """A campaign's folder, and its truth: `extrait`, `fichier`, `ligne`, `person`; who is an apprentice."""

    name: str
    folder: Path
    rows: pl.DataFrame
    apprentices: pl.Series
    leavers: pl.Series


def make_ours(root: Path, people: int, seed: int) -> World:
    """Draw a world of ours, with contracts typed apart from SIFA and histories of situations."""
    made = simulate(root, people, seed, campagnes=[CODE], contrats=True, situations=True)
    told = pl.read_parquet(made.truth / "situations.parquet")
    rows = pl.read_parquet(made.truth / "lignes.parquet").rename({"personne": "person"})
    return World(
        f"ours {seed}", made.campagnes[CODE], rows,
        told.filter(motif="apprentissage")["personne"], told.filter("sortant")["personne"],
    )  # fmt: skip


def make_other(generator: Path, root: Path, people: int, seed: int) -> World:
    """Draw a world of another generator."""
    subprocess.run(
        [sys.executable, generator / "monde.py", root, "--personnes", str(people), "--graine", str(seed)],
        check=True, capture_output=True,
    )  # fmt: skip
    truth = root / "verite" / CODE
    told = pl.read_parquet(truth / "decisions.parquet")
    texts = pl.col("extrait", "fichier").cast(pl.String)
    rows = pl.read_parquet(truth / "lignes.parquet").select(texts, "ligne", person="id_vrai")
    return World(
        f"other {seed}", root / "campagnes" / CODE, rows,
        told.filter(pl.col("motif") == "apprentissage")["id_vrai"],
        told.filter(pl.col("statut") == "sortant")["id_vrai"],
    )  # fmt: skip


def deliver(world: World, target: Path, *, contracts: bool, situations: bool) -> Path:
    """Deliver a world as an autumn: without SIFA of the year, with what is asked of the rest."""
    shutil.copytree(world.folder, target)
    toml = target / "campagne.toml"
    head, *parts = toml.read_text("utf-8").split("[[fichiers]]")
    kept = []
    for part, fichier in zip(parts, read_delivery(target).fichiers, strict=True):
        path = target / fichier.nom
        if fichier.extrait == "apprentissage" and fichier.annee_scolaire == YEAR:
            if contracts and '"contrats"' not in toml.read_text("utf-8"):
                kept.append(_declare_contracts(path, fichier))
            path.unlink()
        elif fichier.extrait == "contrats" and not contracts:
            path.unlink()
        elif fichier.extrait == "missions_locales" and not situations:
            _forget_situations(path)
            kept.append(re.sub(r"(?m)^sha256 = .*\n", "", part))
        else:
            kept.append(part)
    told = head.replace("[campagne]", '[campagne]\ncontroles = "publication"')
    toml.write_text("[[fichiers]]".join([told, *kept]), "utf-8")
    return target


def _declare_contracts(path: Path, fichier: Fichier) -> str:
    """Write the contracts that SIFA tells, and return how campagne.toml lists them."""
    columns = declaration("extraits/contrats").columns
    with (path.parent / "contrats.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, delimiter=";")
        writer.writeheader()
        writer.writerows(_contracts(path, fichier))
    return f'\nextrait = "contrats"\nnom = "contrats.csv"\ndate_extraction = {fichier.date_extraction}\n\n'


def _contracts(path: Path, fichier: Fichier) -> Iterator[dict[str, str]]:
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode(fichier.encodage)
    names = declaration("extraits/apprentissage").columns
    sign = "|" if text.partition("\n")[0].count("|") > text.partition("\n")[0].count(";") else ";"
    for line in text.splitlines():
        row = dict(zip(names, line.split(sign), strict=False))
        told = {column: row.get(source, "") for column, source in SIFA_OF.items()}
        told |= {column: _iso(row.get(source, "")) for column, source in DATES.items()}
        told["sexe"] = {"1": "M", "2": "F"}.get(row.get("SEXE", ""), "")
        told["dateDebut"] = told["dateDebut"] or told["dateInscriptionCfa"]
        yield told | {"dateFin": "2027-08-31"}


def _iso(day: str) -> str:
    return f"{day[4:]}-{day[2:4]}-{day[:2]}" if len(day) == 8 else day


def _forget_situations(path: Path) -> None:
    names = ["situationCategorie", "situationEtat"]
    if path.suffix == ".parquet":
        nothing = (pl.lit(None, pl.String).alias(name) for name in names)
        pl.read_parquet(path).with_columns(nothing).write_parquet(path)
        return
    raw = path.read_bytes()
    lines = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig").splitlines()
    places = [lines[0].split(";").index(name) for name in names]
    for rank, line in enumerate(lines[1:], 1):
        cells = line.split(";")
        if len(cells) > max(places):
            lines[rank] = ";".join("" if i in places else cell for i, cell in enumerate(cells))
    octets = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(octets, mtime=0) if path.suffix == ".gz" else octets)


def count(world: World, campaign: Path) -> dict[str, int]:
    """Count who is listed, by what they are in truth."""
    identites = pl.read_parquet(campaign / "identites.parquet")
    places = ["extrait", "fichier", "ligne"]
    owners = (
        identites.join(world.rows.select(*places, "person").cast({"ligne": identites.schema["ligne"]}), on=places)
        .group_by("id_personne", "person").len()
        .sort("id_personne", "len", "person", descending=[False, True, False])
        .unique("id_personne", keep="first", maintain_order=True)
    )  # fmt: skip
    listed = pl.read_parquet(campaign / "decisions.parquet").filter(statut="sortant")
    found = listed.join(owners, on="id_personne", how="left").with_columns(
        apprentice=pl.col("person").is_in(world.apprentices.implode()).fill_null(value=False),
        leaver=pl.col("person").is_in(world.leavers.implode()).fill_null(value=False),
    )
    counts = {}
    for motif in ("confirme", "a_verifier"):
        mine = found.filter(motif=motif)
        counts |= {
            motif: mine.height,
            f"{motif}_apprentices": mine["apprentice"].sum(),
            f"{motif}_leavers": mine["leaver"].sum(),
        }
    return counts


def measure(world: World, root: Path) -> None:
    """Run a world in each variant, and print a line of each."""
    for name, (contracts, situations) in VARIANTS.items():
        folder = deliver(world, root / name, contracts=contracts, situations=situations)
        run_campaign(folder, root / f"out-{name}", Settings(cle=KEY, psad=None))
        told = count(world, root / f"out-{name}" / "campagnes" / CODE)
        print(
            f"| {world.name} | {name} | " + " | ".join(map(str, told.values())) + " |", flush=True
        )


def main() -> int:
    """Measure each world."""
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    asked.add_argument("--personnes", type=int, default=20_000)
    asked.add_argument("--graines", type=int, nargs="+", default=[11, 12])
    asked.add_argument("--mondes", type=Path)
    wanted = asked.parse_args()
    print(
        "| world | with | confirme | apprentices | true leavers | a_verifier | apprentices | true leavers |"
    )
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for seed in wanted.graines:
        with tempfile.TemporaryDirectory(prefix="siei-contrats-") as place:
            measure(make_ours(Path(place) / "world", wanted.personnes, seed), Path(place))
        if wanted.mondes:
            with tempfile.TemporaryDirectory(prefix="siei-contrats-") as place:
                world = make_other(wanted.mondes, Path(place) / "world", wanted.personnes, seed)
                measure(world, Path(place))
    return 0


if __name__ == "__main__":
    sys.exit(main())
