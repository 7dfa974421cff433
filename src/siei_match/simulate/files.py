"""Writing the files of a delivery: the same rows give the same bytes."""

import gzip
import io
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from siei_match.reference.files import file_sha256

PER_SLICE = 200_000


@dataclass(frozen=True)
class WrittenFile:
    """A file written, as campagne.toml announces it."""

    extrait: str
    nom: str
    lignes: int
    sha256: str
    annee_scolaire: str | None = None
    encodage: str | None = None
    description: tuple[str, ...] = ()  # further lines: how it is not in the contract's form


def csv_bytes(
    frame: pl.DataFrame, *, separator: str, heading: bool, quoted: bool, encodage: str
) -> bytes:
    text = io.BytesIO()
    frame.write_csv(
        text,
        separator=separator,
        include_header=heading,
        quote_style="necessary" if quoted else "never",
        null_value="",
    )
    octets = text.getvalue()
    # What the old encoding cannot write becomes a question mark, as in real extractions.
    return octets if encodage == "utf-8" else octets.decode().encode(encodage, "replace")


def write_csv(
    path: Path,
    frame: pl.DataFrame,
    invalid: list[str],
    *,
    separator: str = ";",
    heading: bool = True,
    quoted: bool = True,
    encodage: str = "utf-8",
) -> int:
    """Write a CSV (gzip if the name says so), then the `invalid` lines as they are.

    Returns the number of data rows. The gzip header holds no name and no time: same rows, same
    bytes.
    """
    with path.open("wb") as raw:
        sortie = (
            gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6)
            if path.suffix == ".gz"
            else raw
        )
        for debut in range(0, max(frame.height, 1), PER_SLICE):
            sortie.write(
                csv_bytes(
                    frame.slice(debut, PER_SLICE),
                    separator=separator,
                    heading=heading and debut == 0,
                    quoted=quoted,
                    encodage=encodage,
                )
            )
        for row in invalid:
            sortie.write((row + "\n").encode(encodage, "replace"))
        if sortie is not raw:
            sortie.close()
    return frame.height + len(invalid)


def write_parquet(path: Path, frame: pl.DataFrame) -> int:
    frame.write_parquet(path, compression="zstd", statistics=False)
    return frame.height


def describe(
    path: Path,
    extrait: str,
    rows: int,
    year: int | None = None,
    encodage: str | None = None,
    description: tuple[str, ...] = (),
) -> WrittenFile:
    school_year = None if year is None else f"{year}-{year + 1}"
    sha256 = file_sha256(path)
    return WrittenFile(extrait, path.name, rows, sha256, school_year, encodage, description)


def write_campaign(
    dossier: Path,
    fichiers: list[WrittenFile],
    *,
    code: str,
    observation: str,
    extraction: str,
    annee_scolaire: str,
    definition: str,
) -> None:
    """Write campagne.toml."""
    rows = [
        "# Campagne fictive produite par `siei simulate` : aucune personne réelle.",
        "[campagne]",
        f'code = "{code}"',
        f"date_observation = {observation}",
        f'annee_scolaire = "{annee_scolaire}"',
        f'definition = "{definition}"',
    ]
    for fichier in fichiers:
        rows += ["", "[[fichiers]]", f'extrait = "{fichier.extrait}"', f'nom = "{fichier.nom}"']
        if fichier.annee_scolaire:
            rows.append(f'annee_scolaire = "{fichier.annee_scolaire}"')
        rows += [f"date_extraction = {extraction}", f"lignes = {fichier.lignes}"]
        rows.append(f'sha256 = "{fichier.sha256}"')
        if fichier.encodage:
            rows.append(f'encodage = "{fichier.encodage}"')
        rows += fichier.description
    (dossier / "campagne.toml").write_text("\n".join(rows) + "\n", encoding="utf-8")
