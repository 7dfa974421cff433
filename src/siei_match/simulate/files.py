"""Writing the files of a delivery: the same rows give the same bytes."""

import gzip
import io
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from siei_match.reference.files import file_sha256

PAR_TRANCHE = 200_000


@dataclass(frozen=True)
class WrittenFile:
    """A file written, as campagne.toml announces it."""

    extrait: str
    nom: str
    lignes: int
    sha256: str
    annee_scolaire: str | None = None
    encodage: str | None = None


def csv_bytes(
    frame: pl.DataFrame, *, separateur: str, entete: bool, guillemets: bool, encodage: str
) -> bytes:
    texte = io.BytesIO()
    frame.write_csv(
        texte,
        separator=separateur,
        include_header=entete,
        quote_style="necessary" if guillemets else "never",
        null_value="",
    )
    octets = texte.getvalue()
    # What the old encoding cannot write becomes a question mark, as in real extractions.
    return octets if encodage == "utf-8" else octets.decode().encode(encodage, "replace")


def write_csv(
    chemin: Path,
    frame: pl.DataFrame,
    invalides: list[str],
    *,
    separateur: str = ";",
    entete: bool = True,
    guillemets: bool = True,
    encodage: str = "utf-8",
) -> int:
    """Write a CSV (gzip if the name says so), then the `invalides` lines as they are.

    Returns the number of data rows. The gzip header holds no name and no time: same rows, same
    bytes.
    """
    with chemin.open("wb") as brut:
        sortie = (
            gzip.GzipFile(filename="", mode="wb", fileobj=brut, mtime=0, compresslevel=6)
            if chemin.suffix == ".gz"
            else brut
        )
        for debut in range(0, max(frame.height, 1), PAR_TRANCHE):
            sortie.write(
                csv_bytes(
                    frame.slice(debut, PAR_TRANCHE),
                    separateur=separateur,
                    entete=entete and debut == 0,
                    guillemets=guillemets,
                    encodage=encodage,
                )
            )
        for ligne in invalides:
            sortie.write((ligne + "\n").encode(encodage, "replace"))
        if sortie is not brut:
            sortie.close()
    return frame.height + len(invalides)


def write_parquet(chemin: Path, frame: pl.DataFrame) -> int:
    frame.write_parquet(chemin, compression="zstd", statistics=False)
    return frame.height


def describe(
    chemin: Path,
    extrait: str,
    lignes: int,
    annee: int | None = None,
    encodage: str | None = None,
) -> WrittenFile:
    scolaire = None if annee is None else f"{annee}-{annee + 1}"
    return WrittenFile(extrait, chemin.name, lignes, file_sha256(chemin), scolaire, encodage)


def write_campagne(
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
    lignes = [
        "# Campagne fictive produite par `siei simulate` : aucune personne réelle.",
        "[campagne]",
        f'code = "{code}"',
        f"date_observation = {observation}",
        f'annee_scolaire = "{annee_scolaire}"',
        f'definition = "{definition}"',
    ]
    for fichier in fichiers:
        lignes += ["", "[[fichiers]]", f'extrait = "{fichier.extrait}"', f'nom = "{fichier.nom}"']
        if fichier.annee_scolaire:
            lignes.append(f'annee_scolaire = "{fichier.annee_scolaire}"')
        lignes += [f"date_extraction = {extraction}", f"lignes = {fichier.lignes}"]
        lignes.append(f'sha256 = "{fichier.sha256}"')
        if fichier.encodage:
            lignes.append(f'encodage = "{fichier.encodage}"')
    (dossier / "campagne.toml").write_text("\n".join(lignes) + "\n", encoding="utf-8")
