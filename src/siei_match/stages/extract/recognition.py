"""What a file of a delivery is, told from the file alone: its extract, year, encoding, separator, rows.

What cannot be told is left open, for a person to say; nothing is guessed in silence.
"""

import codecs
import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import JSON, WORKBOOKS, XML, Extrait, Fichier, is_annee_scolaire
from siei_match.reference.errors import DeliveryError
from siei_match.reference.files import file_sha256
from siei_match.reference.vocabulary import (
    APPRENTISSAGE,
    DIPLOMES,
    DIPLOMES_AGRICOLES,
    ENROLMENT_EXTRACTS,
    SCOLARITE,
)
from siei_match.stages.extract.headings import (
    Heading,
    Told,
    cut_heading,
    first_lines,
    fold,
    match_heading,
    match_texts,
)
from siei_match.stages.extract.json import first_object_of
from siei_match.stages.extract.read import read_slices
from siei_match.stages.extract.rows import SIFA_SEPARATORS
from siei_match.stages.extract.siecle import holds_pupils, tell_year
from siei_match.stages.extract.streams import is_utf16, two_bytes_per_letter
from siei_match.stages.extract.unlisted import guess_extract
from siei_match.stages.extract.words import WordCounter
from siei_match.stages.extract.workbooks import list_headings

ANY_YEAR: Final = "2000-2001"
ANY_DAY: Final = date(2000, 1, 1)
"""A file is counted before its year and day are known: reading does not look at them, but in XML."""
ARCHIVE: Final = ".zip"
MOST_TITLES: Final = 10
"""First lines of a text among which its heading is looked for."""
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
    proposed: Mapping[str, str] = field(default_factory=dict)
    """Columns that a heading of another spelling may mean, with that heading."""
    titles: int = 0
    """Lines above the heading of a text, which none may have."""
    told: Told = field(default_factory=Told)
    words: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    """By column, words that are not the contract's, and what each may mean; None where that is to be asked."""
    unused: tuple[str, ...] = ()
    """Its headings that mean no column of the extract."""
    feuille: str | None = None
    """The sheet of a workbook, where several could be read."""
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


def recognise(path: Path, told: Told | None = None) -> Recognised:
    """Tell what a file is; `told` is what somebody said of it before.

    Raises:
        OSError: it cannot be read.
    """
    told = told or Told()
    known = Recognised(path.name, file_sha256(path), named_year=_year_in(path.name), told=told)
    name = path.name.lower()
    if name.endswith(".parquet"):
        try:
            heading = match_heading(pq.read_schema(path).names, told=told)
        except pa.ArrowException:
            return known
        return _count(path, known, heading)
    if name.endswith(WORKBOOKS):
        return _recognise_workbook(path, known)
    if name.endswith(XML):
        return _recognise_export(path, known)
    if name.endswith(JSON):
        extrait = first_object_of(path)
        paths = Heading(extrait, proposed=told.colonnes)
        return _count(path, known, paths) if extrait else known
    return _recognise_text(path, known)


def _recognise_text(path: Path, known: Recognised) -> Recognised:
    """Tell a text by its heading; where titles stand above that, nothing of it can be read."""
    named, encodage = guess_extract(path.name), detect_encoding(path)
    lines = list(islice(first_lines(path, encodage), MOST_TITLES)) or [""]
    heading = match_texts(lines[0], named, known.told)
    if heading.extrait is None:
        for titles, line in enumerate(lines[1:], start=1):
            if (below := match_texts(line, named)).extrait and below.extrait != APPRENTISSAGE:
                return replace(known, extrait=below.extrait, encodage=encodage, titles=titles)
    separator, _ = cut_heading(lines[0])
    with path.open("rb") as raw:
        if is_utf16(raw.read(CHUNK)):
            refused = two_bytes_per_letter(path.name)
            return replace(known, extrait=heading.extrait or named, error=refused)
    return _count(path, known, heading, encodage=encodage, separator=separator)


def _recognise_workbook(path: Path, known: Recognised) -> Recognised:
    """Tell the sheet of a workbook that an extract stands in, where it is not the only one."""
    try:
        sheets = list(list_headings(path.parent, _assumed(path.name, SCOLARITE)))
    except DeliveryError as error:
        return replace(known, error=error)
    spoken = guess_extract(path.name)
    found = {name: match_heading(fields, spoken, known.told) for name, fields in sheets}
    named = {name: heading for name, heading in found.items() if heading.extrait}
    if not named:
        return known
    sheet, heading = min(named.items(), key=lambda told: len(told[1].missing))
    return _count(path, known, heading, feuille=sheet if len(named) > 1 else None)


def _recognise_export(path: Path, known: Recognised) -> Recognised:
    """Tell the school year that an export of SIECLE says, and count its rows; a zip may be of anything."""
    if path.name.lower().endswith(ARCHIVE) and not holds_pupils(path):
        return known
    try:
        year = tell_year(path.parent, _assumed(path.name, SCOLARITE))
    except DeliveryError as error:
        return replace(known, extrait=SCOLARITE, error=error)
    told = _count(path, known, Heading(SCOLARITE), year)
    # The school of the year before, which each pupil's row may recall, is no other year of the file.
    own = () if year is None else tuple(said for said in told.years if said[0] == year)
    return replace(told, years=own)


def _decide(heading: Heading, name: str) -> tuple[str | None, bool]:
    """Return the extract that a heading is of, and whether that is a choice.

    Two of them have the same columns: the file's name decides, or nothing does.
    """
    if heading.extrait not in (DIPLOMES, DIPLOMES_AGRICOLES):
        return heading.extrait, False
    agricultural, named = "agri" in name.lower(), "diplome" in fold(name)
    extrait = DIPLOMES_AGRICOLES if agricultural else DIPLOMES
    return extrait, not (agricultural or named)


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
    path: Path, known: Recognised, heading: Heading, year: str | None = None, **found: Any
) -> Recognised:
    """Count a file's rows as a run reads them described so, and the school years that they say.

    `year` is that of a form that says its own, and is read under no other.
    """
    extrait, ambiguous = _decide(heading, path.name)
    told = replace(
        known, extrait=extrait, missing=heading.missing, ambiguous=ambiguous,
        proposed=heading.proposed, unused=heading.unused, **found,
    )  # fmt: skip
    if extrait is None or heading.missing:
        # What is missing is asked; reading would say so again.
        return told
    described = _assumed(
        path.name,
        extrait,
        year or ANY_YEAR,
        encodage=told.encodage,
        feuille=told.feuille,
        colonnes=heading.proposed,
        valeurs=known.told.valeurs,
        formats_dates=known.told.formats_dates,
        separateur=told.separator if told.separator not in SIFA_SEPARATORS else None,
    )
    rows, years, column = 0, Counter[str](), _year_column(extrait)
    words = WordCounter(extrait)
    try:
        for slice_ in read_slices(path.parent, described):
            rows += slice_.lignes
            words.add(slice_.frame)
            if column is not None:
                years.update(_years_of(slice_.frame[column]))
    except DeliveryError as error:
        return replace(told, error=error)
    return replace(told, lignes=rows, years=tuple(years.most_common()), words=words.propose())


def _assumed(name: str, extrait: str, year: str = ANY_YEAR, **described: Any) -> Fichier:
    return Fichier(
        extrait=cast(Extrait, extrait),
        nom=name,
        annee_scolaire=year if extrait in ENROLMENT_EXTRACTS else None,
        date_extraction=ANY_DAY,
        **described,
    )


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
