"""JSON of SYGNE (`scolarite`) and FREGATA (`agricole`): an array or lines of objects, read one by one.

The shapes are those in which both systems answer, as public clients of theirs read them.
"""

import codecs
import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import DeliveryError, Notice
from siei_match.reference.vocabulary import SCOLARITE
from siei_match.stages.extract.headings import readable_columns
from siei_match.stages.extract.json_shapes import MARKS, SHAPES
from siei_match.stages.extract.limits import check_fields
from siei_match.stages.extract.streams import ceiling, swollen

Element = Mapping[str, Any]

CHUNK: Final = 1 << 20
LONGEST: Final = 1 << 20
"""Letters of one pupil's object; a real one has two thousand."""
LOT: Final = 20_000
DECODER: Final = json.JSONDecoder()
ANY_DAY: Final = date(2000, 1, 1)
STEP: Final = "."
PREFERRED: Final = "estPrioritaire"
"""Of several addresses, the one that says so."""
FREGATA_ORIGIN: Final = 1996
"""anneeScolaireId 29 is 2025-2026."""

SEVERAL: Final[Mapping[str, str]] = {SCOLARITE: "scolarite"}
"""The key under which an object may hold several enrolments, a row each."""


class JsonReading:
    """Iterate over the frames of a JSON file, all text, with `ligne`: a row per enrolment.

    `notices` says, once it is read, which described paths led nowhere: a key that is absent says nothing, and none
    says so of a slip.

    Raises:
        DeliveryError: while iterating, when it is no JSON, is damaged or cut, holds something else than its system's
            objects, or asks for more than an extract may.
    """

    def __init__(self, dossier: Path, fichier: Fichier) -> None:
        self._dossier, self._fichier = dossier, fichier
        self._columns = readable_columns(fichier.extrait)
        self._first = 1
        self._unmet = {column for column, path in fichier.colonnes.items() if path}
        self.notices: tuple[Notice, ...] = ()

    def __iter__(self) -> Iterator[pl.DataFrame]:
        fichier, columns = self._fichier, self._columns
        paths = {c: _paths(c, fichier) for c in columns}
        rows: list[list[str | None]] = []
        for number, element in enumerate(read_elements(self._dossier, fichier), start=1):
            if number == 1:
                _require_shape(element, fichier)
            for enrolment in _enrolments(element, fichier.extrait):
                rows.append([_tell(enrolment, paths[c], c, number, fichier) for c in columns])
            if len(rows) >= LOT:
                yield self._frame(rows)
                rows = []
        yield self._frame(rows)
        self.notices = tuple(self._tell_unmet())

    def _frame(self, rows: list[list[str | None]]) -> pl.DataFrame:
        schema = dict.fromkeys(self._columns, pl.String)
        numbered = pl.DataFrame(rows, schema=schema, orient="row").with_row_index(
            "ligne", offset=self._first
        )
        check_fields(numbered, self._fichier)
        self._first += numbered.height
        self._unmet = {c for c in self._unmet if numbered[c].null_count() == numbered.height}
        return numbered

    def _tell_unmet(self) -> Iterator[Notice]:
        name, described = self._fichier.nom, self._fichier.colonnes
        if self._unmet and self._first > 1:
            led = ", ".join(f"{column} = {described[column]}" for column in sorted(self._unmet))
            yield Notice(
                f"{name}: nothing stands at a path that [fichiers.colonnes] describes: {led}.",
                f"Dans {name}, rien ne se trouve aux chemins décrits : {led}.",
            )


def guess_json(element: object) -> str | None:
    """Say which extract an object of a file is of, by its keys."""
    if isinstance(element, Mapping):
        for extrait, marks in MARKS.items():
            if 2 * sum(key in element for key in marks) >= len(marks):
                return extrait
    return None


def first_object_of(path: Path) -> str | None:
    """Say which extract a JSON file is of, by its first object; None where it cannot be told."""
    file = Fichier(
        extrait="scolarite", nom=path.name, annee_scolaire="2000-2001", date_extraction=ANY_DAY
    )
    try:
        return guess_json(next(read_elements(path.parent, file), None))
    except DeliveryError:
        return None


def read_elements(dossier: Path, fichier: Fichier) -> Iterator[object]:
    """Give the objects of an array, or of one line after the other."""
    texts = _read_text(dossier, fichier)
    waiting, place, number = next(texts, "").lstrip("\ufeff \t\r\n"), 0, 0
    in_array = waiting.startswith("[")
    place = int(in_array)
    while True:
        place = _skip(waiting, place)
        if place >= len(waiting):
            if (more := next(texts, None)) is None:
                break
            waiting, place = more, 0
            continue
        if in_array and waiting[place] == "]":
            in_array = False
            _require_end(waiting[place + 1 :], texts, fichier)
            return
        more = None
        if (told := _decode(waiting, place)) is None or told[1] == len(waiting):
            # It may go on in what was not read yet: a number, an object that is cut.
            more = next(texts, None) if len(waiting) - place <= LONGEST else None
        if more is not None:
            waiting, place = waiting[place:] + more, 0
            continue
        if told is None:
            raise _refuse(fichier, number + 1)
        number += 1
        yield told[0]
        place = told[1]
    if in_array or not number:
        raise _refuse(fichier, number + 1)


def _decode(text: str, place: int) -> tuple[object, int] | None:
    """Return what stands at a place and where it ends; None of what is no JSON, or not yet."""
    try:
        return DECODER.raw_decode(text, place)
    except (ValueError, RecursionError):
        # Python's reader stops at a thousand nested objects, and at numbers of thousands of figures.
        return None


def _skip(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\r\n,":
        place += 1
    return place


def _require_end(rest: str, texts: Iterator[str], fichier: Fichier) -> None:
    if rest.strip() or any(text.strip() for text in texts):
        raise DeliveryError(
            f"{fichier.nom}: something follows the end of its array.",
            remedy="Files may have been joined: list each on its own, or ask its provider for a new one.",
            code="decoupage",
        )


def _read_text(dossier: Path, fichier: Fichier) -> Iterator[str]:
    """Give a file's text, decompressed and decoded, by parts."""
    opened: Callable[..., Any] = gzip.open if fichier.is_compressed else Path.open
    most, read = ceiling(dossier, fichier), 0
    decoder = codecs.getincrementaldecoder(fichier.encodage)("strict")
    try:
        with opened(dossier / fichier.nom, "rb") as file:
            while chunk := file.read(CHUNK):
                read += len(chunk)
                if most is not None and read > most:
                    raise swollen(fichier)
                yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise DeliveryError(
            f"{fichier.nom}: it holds a byte that is not {fichier.encodage}.",
            remedy="Set encodage for this file in campagne.toml, or ask its provider for UTF-8.",
            code="encodage",
            ligne=0,
        ) from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise DeliveryError(
            f"{fichier.nom}: the compressed file is damaged or cut short.",
            remedy="Copy it again from its provider; announce its sha256 to see it at once.",
            code="fichier_abime",
        ) from None
    except OSError as failure:
        raise DeliveryError(
            f"{fichier.nom}: cannot be read ({failure.strerror}).",
            remedy="Check the disk and the file's access rights.",
            code="fichier_illisible",
        ) from None


def _refuse(fichier: Fichier, number: int) -> DeliveryError:
    return DeliveryError(
        f"{fichier.nom}: it is no JSON from object number {number} on, is cut short there, or holds an "
        f"object of more than {LONGEST >> 20} MB.",
        remedy="Copy it again from its provider: an array of objects, or an object a line.",
        code="fichier_abime",
    )


def _require_shape(element: object, fichier: Fichier) -> None:
    if guess_json(element) != fichier.extrait:
        raise DeliveryError(
            f"{fichier.nom}: its first object has not the keys of {fichier.extrait}.",
            remedy=f"Most of these are expected: {', '.join(MARKS[fichier.extrait])}.",
            code="entete",
            present=0,
            expected=len(MARKS[fichier.extrait]),
        )


def _paths(column: str, fichier: Fichier) -> list[list[str]]:
    """Return the paths to a column: the described one, else those of its system."""
    described = fichier.colonnes.get(column)
    known = SHAPES[fichier.extrait].get(column, ())
    return [path.split(STEP) for path in (known if described is None else [described]) if path]


def _enrolments(element: object, extrait: str) -> Iterator[object]:
    """Give a pupil once for each of their enrolments."""
    key = SEVERAL.get(extrait)
    held = element.get(key) if isinstance(element, Mapping) and key else None
    if isinstance(held, list) and isinstance(element, Mapping):
        for one in held or [None]:
            yield {**element, str(key): one}
    else:
        yield element


def _tell(
    element: object, paths: list[list[str]], column: str, number: int, fichier: Fichier
) -> str | None:
    """Tell what stands at the first of some paths that says something."""
    if not isinstance(element, Mapping):
        raise _refuse_value(column, "is no object", number, fichier)
    for path in paths:
        value: object = element
        for step in path:
            value = _choose(value)
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is None or value == "":
            continue
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise _refuse_value(column, f"holds no text for {column}", number, fichier)
        return _in_words(str(value), column)
    return None


def _choose(value: object) -> object:
    """Return the one of several that is preferred, else the first."""
    if not isinstance(value, list):
        return value
    told = (one for one in value if isinstance(one, Mapping) and one.get(PREFERRED) is True)
    return next(told, value[0] if value else None)


def _in_words(value: str, column: str) -> str:
    """Write a school year as the contract does: SYGNE names its first year, FREGATA numbers it."""
    if column == "anneeScolaire" and value.isdigit() and len(value) < 4:
        value = str(FREGATA_ORIGIN + int(value))
    if column in {"ANNEE_SCOLAIRE", "anneeScolaire"} and value.isdigit() and len(value) == 4:
        return f"{value}-{int(value) + 1}"
    return value


def _refuse_value(column: str, what: str, number: int, fichier: Fichier) -> DeliveryError:
    return DeliveryError(
        f"{fichier.nom}: object number {number} {what}.",
        remedy="Ask its provider for the shape that its system answers with; docs/contract.md names them.",
        code="type_de_colonne",
        colonne=column,
    )
