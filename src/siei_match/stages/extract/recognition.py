"""What a file of a delivery is, told from the file alone: its extract, year, encoding, separator, rows.

What cannot be told is left open, for a person to say; nothing is guessed in silence.
"""

import codecs
import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Encodage, Extrait, Fichier, is_annee_scolaire
from siei_match.reference.errors import DeliveryError
from siei_match.reference.files import file_sha256
from siei_match.reference.vocabulary import (
    APPRENTISSAGE,
    DIPLOMES,
    DIPLOMES_AGRICOLES,
    ENROLMENT_EXTRACTS,
    EXTRACTS,
)
from siei_match.stages.extract.read import read_slices
from siei_match.stages.extract.unlisted import fold

SEPARATORS: Final = (";", ",", "\t", "|")
ANY_YEAR: Final = "2000-2001"
ANY_DAY: Final = date(2000, 1, 1)
"""A file is counted before its year and day are known: reading does not look at them."""
HEADING: Final = 1 << 16
"""Bytes in which a heading stands; of a damaged file they can be read all the same."""
CHUNK: Final = 1 << 22
MINOR: Final = 0.01
"""Share of rows under which another school year is a slip, not a second delivery."""
_C1_CONTROLS: Final = re.compile(rb"[\x80-\x9f]")
_YEARS: Final = re.compile(r"(?<![0-9])(20[0-9]{2})[-_](20[0-9]{2})(?![0-9])")


@dataclass(frozen=True)
class Recognised:
    """What a file says of itself; None where it does not."""

    nom: str
    sha256: str
    extrait: str | None = None
    missing: tuple[str, ...] = ()
    """Columns of the extract that its heading lacks."""
    ambiguous: bool = False
    """Another extract has the same columns, and the name does not decide."""
    encodage: str = "utf-8"
    separator: str = ";"
    lignes: int | None = None
    named_year: str | None = None
    """The school year in the file's name."""
    years: tuple[tuple[str, int], ...] = ()
    """School years of its rows, the most frequent first, with how many."""
    error: DeliveryError | None = None
    """Why its rows cannot be counted."""

    @property
    def annee_scolaire(self) -> str | None:
        """The school year of an enrolment extract: its rows' own, else that of its name."""
        if self.extrait not in ENROLMENT_EXTRACTS:
            return None
        return self.years[0][0] if self.years else self.named_year

    @property
    def other_years(self) -> tuple[tuple[str, int], ...]:
        """School years of a share of its rows that is no slip, other than its own."""
        total = sum(n for _, n in self.years)
        return tuple((year, n) for year, n in self.years[1:] if n > MINOR * total)


def recognise(path: Path) -> Recognised:
    """Tell what a file is.

    Raises:
        OSError: it cannot be read.
    """
    known = Recognised(path.name, file_sha256(path), named_year=_year_in(path.name))
    if path.name.lower().endswith(".parquet"):
        try:
            heading: Sequence[str] = pq.read_schema(path).names
        except pa.ArrowException:
            return known
        extrait, missing, ambiguous = match_heading(heading, path.name)
        return _count(path, known, extrait, missing, ambiguous=ambiguous)
    encodage = detect_encoding(path)
    separator, fields = cut_heading(_first_line(path, encodage))
    extrait, missing, ambiguous = match_heading(fields, path.name)
    if extrait is None and len(fields) == len(declaration(f"extraits/{APPRENTISSAGE}").columns):
        # SIFA has no heading: 47 fields are enough to know it by.
        extrait = APPRENTISSAGE
    return _count(
        path, known, extrait, missing, ambiguous=ambiguous, encodage=encodage, separator=separator
    )


def match_heading(fields: Sequence[str], name: str) -> tuple[str | None, tuple[str, ...], bool]:
    """Return the extract that a heading is of, the columns it lacks, and whether that is a choice.

    Half of an extract's columns make it that one, as in reading. Two of them have the same columns:
    the file's name decides, or nothing does.
    """
    found = {fold(field) for field in fields}
    lacks = {
        extrait: tuple(c for c in _columns(extrait) if fold(c) not in found)
        for extrait in EXTRACTS
        if extrait != APPRENTISSAGE
    }
    shares = {e: len(missing) / len(_columns(e)) for e, missing in lacks.items()}
    extrait = min(shares, key=lambda e: shares[e])
    if shares[extrait] > 1 / 2:
        return None, (), False
    if extrait in (DIPLOMES, DIPLOMES_AGRICOLES):
        agricultural, named = "agri" in name.lower(), "diplome" in fold(name).lower()
        extrait = DIPLOMES_AGRICOLES if agricultural else DIPLOMES
        return extrait, lacks[extrait], not (agricultural or named)
    return extrait, lacks[extrait], False


def cut_heading(line: str) -> tuple[str, list[str]]:
    """Return the separator that cuts a line into most fields, and the fields."""
    separator = max(SEPARATORS, key=line.count)
    return separator, [field.strip(' "') for field in line.split(separator)]


def detect_encoding(path: Path) -> str:
    """Return the encoding in which every byte of a text can be read; UTF-8 wherever it can.

    Of the two others every byte is a letter: what ISO-8859-15 has control codes for is Windows-1252.
    """
    decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")("strict")
    controls = False
    for chunk in _chunks(path):
        controls = controls or _C1_CONTROLS.search(chunk) is not None
        try:
            if decoder is not None:
                decoder.decode(chunk)
        except UnicodeDecodeError:
            decoder = None
    # A letter cut in two at the end is no UTF-8.
    if decoder is not None and not decoder.getstate()[0]:
        return "utf-8"
    return "windows-1252" if controls else "iso-8859-15"


def _count(
    path: Path, known: Recognised, extrait: str | None, missing: tuple[str, ...], **found: Any
) -> Recognised:
    """Count a file's rows as a run reads them, and the school years that they say."""
    told = vars(known) | found | {"extrait": extrait, "missing": missing}
    if extrait is None:
        return Recognised(**told)
    fichier = Fichier(
        extrait=cast(Extrait, extrait),
        nom=path.name,
        annee_scolaire=ANY_YEAR if extrait in ENROLMENT_EXTRACTS else None,
        date_extraction=ANY_DAY,
        encodage=cast(Encodage, found.get("encodage", "utf-8")),
    )
    rows, years, column = 0, Counter[str](), _year_column(extrait)
    try:
        for slice_ in read_slices(path.parent, fichier):
            rows += slice_.lignes
            if column is not None:
                years.update(_years_of(slice_.frame[column]))
    except DeliveryError as error:
        return Recognised(**told | {"error": error})
    return Recognised(**told | {"lignes": rows, "years": tuple(years.most_common())})


def _years_of(column: pl.Series) -> dict[str, int]:
    said = column.drop_nulls().str.strip_chars().str.replace("/", "-", literal=True)
    return {
        year: n
        for year, n in said.value_counts(name="n").iter_rows()
        if re.fullmatch("[0-9]{4}-[0-9]{4}", year) and is_annee_scolaire(year)
    }


def _year_column(extrait: str) -> str | None:
    fields = declaration(f"extraits/{extrait}").fields
    return next((f["name"] for f in fields if f["siei"]["kind"] == "annee_scolaire"), None)


def _year_in(name: str) -> str | None:
    years = (f"{a}-{b}" for a, b in _YEARS.findall(name))
    return next((year for year in years if is_annee_scolaire(year)), None)


def _columns(extrait: str) -> list[str]:
    fields = declaration(f"extraits/{extrait}").fields
    return [f["name"] for f in fields if f["siei"]["kind"] != "jamais_lu"]


def _first_line(path: Path, encodage: str) -> str:
    for chunk in _chunks(path, HEADING):
        lines = chunk.decode(encodage, "replace").lstrip("\ufeff\r\n").splitlines()
        return lines[0] if lines else ""
    return ""


def _chunks(path: Path, size: int = CHUNK) -> Iterator[bytes]:
    """Return the bytes of a text, decompressed; what is damaged ends them: reading will tell."""
    with path.open("rb") as raw:
        compressed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        source = cast(BinaryIO, gzip.GzipFile(fileobj=raw) if compressed else raw)
        try:
            while chunk := source.read(size):
                yield chunk
        except (EOFError, gzip.BadGzipFile, zlib.error, ValueError):
            return
