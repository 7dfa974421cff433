"""A clerk's workbook as it really comes back: columns and rows moved, judgements in words."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from siei_match.collect.apart import sheets_of
from siei_match.collect.files import read_bytes, refuse_swallowed
from siei_match.collect.rows import Row
from siei_match.reference.errors import DeliveryError
from siei_match.reference.files import bytes_sha256
from siei_match.reference.vocabulary import AUTRE, MEME, NE_SAIT_PAS
from siei_match.review.recording import Refusal

ID: Final = re.compile(r"d[0-9a-f]{31}")
HEADINGS: Final = ("id_paire", "reponse")
WORDS: Final = {
    MEME: ("meme personne", "meme", "memes", "la meme", "identique", "oui"),
    AUTRE: ("personnes differentes", "autre", "autres", "differentes", "differente", "different",
            "differents", "deux personnes", "autre personne", "non"),
    NE_SAIT_PAS: ("ne sait pas", "ne sais pas", "je ne sais pas", "nsp", "doute", "?"),
}  # fmt: skip
MEANINGS: Final = {word: judgement for judgement, words in WORDS.items() for word in words}
NOT_UNDERSTOOD: Final = "réponse non comprise : même personne, personnes différentes ou ne sait pas"
NO_PAIR: Final = "réponse sans id_paire lisible"
BOTH_WAYS: Final = "deux réponses différentes pour la même paire"


@dataclass(frozen=True)
class JudgementsReading:
    """What a workbook says. `reponses`: `id_paire`, `reponse`, `ligne`; pairs once each."""

    reponses: pl.DataFrame
    sans_reponse: int
    refusal: tuple[Refusal, ...]
    sha256: str


def read_workbook(path: Path) -> JudgementsReading:
    """Read the judgements of a workbook made by `siei review export`. Nothing but ids and judgements is kept.

    Raises:
        DeliveryError: it is no workbook nor CSV, is damaged or too large, has no such columns, or a quote
            left open makes one row of several.
    """
    return read_content(read_bytes(path), path.name)


def read_content(content: bytes, name: str) -> JudgementsReading:
    """Read a workbook's bytes, as `read_workbook` does: one sent to the page is never a file there.

    Raises:
        DeliveryError: as `read_workbook`.
    """
    for sheet in sheets_of(content, name):
        found = _find_heading(sheet.lignes)
        if found is not None:
            refuse_swallowed(sheet, name)
            return understand(sheet.lignes, *found, bytes_sha256(content))
    raise DeliveryError(
        f"{name}: no sheet has the columns id_paire and réponse.",
        remedy="Both were in the exported workbook: put their headings back, or export again.",
    )


def understand(
    rows: Sequence[Row], first: int, id_at: int, judgement_at: int, sha256: str
) -> JudgementsReading:
    """Sort pairs into judged, without judgement, and refused.

    Args:
        rows: of a sheet.
        first: index of the first row after the heading.
        id_at: the column of `id_paire`.
        judgement_at: the column of the judgements.
        sha256: of the file.
    """
    told: dict[str, dict[str, int]] = {}
    refused: dict[str, Refusal] = {}
    stray: list[Refusal] = []
    for number, row in rows[first:]:
        pair, said = (plain(row[at]) if at < len(row) else "" for at in (id_at, judgement_at))
        if not ID.fullmatch(pair):
            if said:
                stray.append(Refusal(number, NO_PAIR))
            continue
        judgements = told.setdefault(pair, {})
        said = said.replace("_", " ")
        if said and said not in MEANINGS:
            refused.setdefault(pair, Refusal(number, NOT_UNDERSTOOD, pair))
        elif said:
            judgements.setdefault(MEANINGS[said], number)
        if len(judgements) > 1:
            refused.setdefault(pair, Refusal(number, BOTH_WAYS, pair))
    kept = [
        (pair, *next(iter(judgements.items())))
        for pair, judgements in told.items()
        if judgements and pair not in refused
    ]
    return JudgementsReading(
        pl.DataFrame(
            kept,
            schema={"id_paire": pl.String, "reponse": pl.String, "ligne": pl.Int64},
            orient="row",
        ),
        sum(1 for pair, judgements in told.items() if not judgements and pair not in refused),
        tuple(sorted([*stray, *refused.values()], key=lambda r: r.ligne)),
        sha256,
    )


def plain(value: Any) -> str:
    """Return a cell's words without accents, capitals, signs around them or doubled blanks."""
    if value is None:
        return ""
    text = unicodedata.normalize("NFKD", str(value)).casefold()
    text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(text.replace("-", " ").split()).strip(" .!'\"=≠")


def _find_heading(rows: Sequence[Row]) -> tuple[int, int, int] | None:
    """Return the index of the row after the heading, and the places of both columns."""
    for place, (_, row) in enumerate(rows[:50]):
        names = [plain(cell) for cell in row]
        if all(name in names for name in HEADINGS):
            id_at, judgement_at = (names.index(name) for name in HEADINGS)
            return place + 1, id_at, judgement_at
    return None
