"""Files of a delivery spoilt as exporters and half a transfer spoil them, row by row as text."""

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import polars as pl

from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Fichier

Row = dict[str, str]
Spoil = Callable[[list[Row]], list[Row]]


def read_rows(path: Path, fichier: Fichier) -> list[Row]:
    """Read a file's rows as text; a row of another number of fields loses or lacks some."""
    if path.suffix == ".parquet":
        frame = pl.read_parquet(path).cast(pl.String).fill_null("")
        return frame.to_dicts()
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode(fichier.encodage)
    columns = declaration(f"extraits/{fichier.extrait}").columns
    separator = "|" if text.count("|") > text.count(";") else ";"
    rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    if fichier.extrait != "apprentissage":
        columns, rows = rows[0], rows[1:]
    return [dict(zip(columns, row, strict=False)) for row in rows]


def write_rows(path: Path, fichier: Fichier, rows: list[Row]) -> Fichier:
    """Write rows where a file stood, and return what campagne.toml would then say of it."""
    columns = declaration(f"extraits/{fichier.extrait}").columns
    told = fichier.model_copy(update={"lignes": None, "sha256": None})
    if path.suffix == ".parquet":
        schema = dict.fromkeys(columns, pl.String)
        pl.DataFrame([{c: r.get(c) or None for c in columns} for r in rows], schema).write_parquet(
            path
        )
        return told
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    if fichier.extrait != "apprentissage":
        writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    raw = out.getvalue().encode(fichier.encodage)
    path.write_bytes(gzip.compress(raw, mtime=0) if path.suffix == ".gz" else raw)
    return told


def everywhere(column: str, change: Callable[[str], str]) -> Spoil:
    """Change a column where it holds something."""
    return lambda rows: [
        {**row, column: change(row[column])} if row.get(column) else row for row in rows
    ]


def emptied(column: str) -> Spoil:
    return everywhere(column, lambda _: "")


def only(keep: Callable[[Row], bool]) -> Spoil:
    return lambda rows: [row for row in rows if keep(row)]


def first(share: float) -> Spoil:
    """Keep the first rows of a file: what a transfer that broke off leaves."""
    return lambda rows: rows[: int(share * len(rows))]


def every(step: int, of: int) -> Spoil:
    """Keep `step` rows of each `of`: a cut that follows no place."""
    return lambda rows: [row for i, row in enumerate(rows) if i % of < step]


def scientific(code: str) -> str:
    """Write a code as a spreadsheet shows a number of that many digits: 2,41252E+10."""
    digits = code if code.isdigit() else "24125210210"
    return f"{float(digits):.5E}".replace(".", ",")
