"""Small fictive deliveries for whole runs, and the ways in which they go wrong."""

import gzip
import re
import shutil
from pathlib import Path

import polars as pl

CODES = ("2026-10", "2027-03")
KEY = "tests" * 8
"""The key of every test's identifiers: the same bytes each time, and no file in a home folder."""


def copy_delivery(source: Path, target: Path) -> Path:
    return Path(shutil.copytree(source, target))


def unseal(dossier: Path) -> None:
    """Drop checksums and announced rows, so that a changed file is read."""
    toml = dossier / "campagne.toml"
    text = re.sub(r"^(sha256|lignes) = .*\n", "", toml.read_text("utf-8"), flags=re.MULTILINE)
    toml.write_text(text, "utf-8")


def read_lines(file: Path) -> list[bytes]:
    raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    return raw.splitlines(keepends=True)


def write_lines(file: Path, lines: list[bytes]) -> None:
    raw = b"".join(lines)
    file.write_bytes(gzip.compress(raw, mtime=0) if file.suffix == ".gz" else raw)


def find(dossier: Path, start: str) -> Path:
    return next(path for path in sorted(dossier.iterdir()) if path.name.startswith(start))


def list_file(dossier: Path, extrait: str, nom: str) -> None:
    """Add a file to the delivery's campagne.toml."""
    with (dossier / "campagne.toml").open("a", encoding="utf-8") as toml:
        toml.write(
            f'\n[[fichiers]]\nextrait = "{extrait}"\nnom = "{nom}"\ndate_extraction = 2027-03-10\n'
        )


def snapshot(root: Path) -> dict[str, bytes]:
    """Return every file below `root` with its bytes, but two logs, which have times in them."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.startswith(("audit.", "executions."))
    }


def people(sortie: Path, code: str) -> set[frozenset[tuple[str, str, int]]]:
    """Return the people of a campaign as sets of rows, whatever they are called."""
    identites = pl.read_parquet(sortie / "campagnes" / code / "identites.parquet")
    groups = identites.group_by("id_personne").agg(pl.struct("extrait", "fichier", "ligne"))
    return {
        frozenset((row["extrait"], row["fichier"], row["ligne"]) for row in rows)
        for rows in groups["extrait"].to_list()
    }
