"""The columns of a file against those of its extract's declaration and its description.

Headings are matched whatever their case, accents, spaces and punctuation; what is not the
contract's is left unread (contract, section 1).
"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from siei_match.reference.contracts import Declaration, declaration
from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import DeliveryError
from siei_match.reference.listing import first_of
from siei_match.stages.extract.headings import (
    cut_heading,
    fold,
    match_heading,
    names_columns,
    nearest,
    readable_columns,
    required_columns,
)

logger = logging.getLogger(__name__)

MOST_OTHERS: Final = 3
"""Unknown columns above which a line that lacks some is more, or else, than a header."""
MOST_LISTED: Final = 10
_COLUMN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")


@dataclass(frozen=True)
class Layout:
    """Where the columns of an extract stand in a file.

    Attributes:
        places: the place, from 0, of each column that is read.
        absent: the columns that the description says the file has not.
    """

    places: Mapping[str, int]
    absent: tuple[str, ...] = ()
    unread: tuple[int, ...] = ()
    """Places of headings that are no column of the extract."""

    def names(self, width: int) -> list[str]:
        """Name the fields of a row of `width`: the contract's columns, others by their place."""
        columns = {place: column for column, place in self.places.items()}
        return [columns.get(place, f"#{place + 1}") for place in range(width)]

    def select(self, frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
        """Keep `ligne` and the columns that are read, those that are absent being null."""
        absent = [pl.lit(None, dtype=pl.String).alias(column) for column in self.absent]
        return frame.with_columns(absent).select("ligne", *columns)


def declare(fichier: Fichier) -> Declaration:
    """Return the declaration of the file's extract."""
    return declaration(f"extraits/{fichier.extrait}")


def read_columns(declared: Declaration) -> list[str]:
    """Name the columns that may be read: all but those declared `jamais_lu`."""
    return readable_columns(declared.name)


def lay_out(found: Sequence[str], fichier: Fichier) -> Layout:
    """Find the columns of a file's extract among its headings.

    Raises:
        DeliveryError: names the columns that are missing or twice there, and the headings that may be
            meant. Where the line may be no header, or hold a row besides, unknown names are numbers:
            they would be a person's.
    """
    wanted = readable_columns(fichier.extrait)
    places: dict[str, list[int]] = {fold(text): [] for text in found}
    for place, text in enumerate(found):
        places[fold(text)].append(place)
    # A heading without a letter or a figure names nothing, and no column.
    places.pop("", None)
    meant = {c: fold(fichier.colonnes.get(c, c)) for c in wanted}
    # What may be absent is so where it is neither there nor described.
    needed = {*required_columns(fichier.extrait), *fichier.colonnes}
    absent = [
        c
        for c in wanted
        if fichier.colonnes.get(c) == "" or (c not in needed and meant[c] not in places)
    ]
    meant = {c: text for c, text in meant.items() if c not in absent}
    _require_one_each(meant, fichier)
    seen = {c: places.get(text, []) for c, text in meant.items()}
    missing = [c for c, where in seen.items() if not where]
    double = [c for c, where in seen.items() if len(where) > 1]
    if missing or double:
        raise _refuse(found, fichier, missing, double)
    taken = {c: where[0] for c, where in seen.items()}
    layout = Layout(taken, tuple(absent), tuple(_list_unread(found, taken, fichier)))
    _tell_unread(found, layout, fichier)
    return layout


def _require_one_each(meant: Mapping[str, str], fichier: Fichier) -> None:
    """Refuse a description by which two columns would be read of one heading.

    Raises:
        DeliveryError: it names the columns; one of them may be meant by its own name, and undescribed.
    """
    first: dict[str, str] = {}
    for column, heading in meant.items():
        if first.setdefault(heading, column) != column:
            raise DeliveryError(
                f"{fichier.nom}: its description reads {first[heading]} and {column} of one heading.",
                remedy="In [fichiers.colonnes], give each of them a heading of its own, or "
                '"" to the one that the file has not.',
                code="colonnes",
            )


def refuse_lone_heading(layout: Layout, fichier: Fichier) -> None:
    """Refuse a file of one line that holds more than a heading: its line breaks may have been lost.

    Raises:
        DeliveryError: it names the first column that is no extract's by its number.
    """
    if layout.unread:
        raise DeliveryError(
            f"{fichier.nom}: it has one line, which goes on after the columns of {fichier.extrait} with "
            f"column number {layout.unread[0] + 1}: rows may stand in it.",
            remedy="Look for line breaks that were lost, or ask its provider for a new file.",
            code="decoupage",
        )


def _refuse(
    found: Sequence[str], fichier: Fichier, missing: list[str], double: list[str]
) -> DeliveryError:
    columns = required_columns(fichier.extrait)
    if len(missing) > len(columns) / 2 and not fichier.colonnes:
        other, described = _other_separator(found, fichier), _likely_headings(found, fichier)
        return DeliveryError(
            f"{fichier.nom}: its first line is not the header of {fichier.extrait}: of "
            f"{len(columns)} columns, {len(columns) - len(missing)} are there.",
            remedy=f'It is cut by another separator: write separateur = "{other}" for this file in campagne.toml.'
            if other
            else f"`siei prepare` proposes how to describe it: {described}."
            if described
            else f"It must name, separated by `;`: {', '.join(columns)}; or be described in campagne.toml.",
            code="entete",
            present=len(columns) - len(missing),
            expected=len(columns),
        )
    known = {fold(text) for text in (*declare(fichier).columns, *fichier.colonnes.values())}
    others = [text for text in found if fold(text) not in known]
    near = dict(_find_near(missing, others, fichier))
    few = len(others) <= MOST_OTHERS
    problems = {
        "missing": [_tell_missing(column, fichier) for column in missing],
        "unknown": [_name(text, found, shown=few or text in near.values()) for text in others],
        "twice": double,
    }
    told = {what: first_of(names, MOST_LISTED) for what, names in problems.items() if names}
    return DeliveryError(
        f"{fichier.nom}: its columns are not those of {fichier.extrait} "
        f"({'; '.join(f'{what}: {names}' for what, names in told.items())}).",
        remedy=f"Is this meant? Then describe it in campagne.toml: {_describe(near)}."
        if near
        else f"Ask its provider for the columns of schemas/extraits/{fichier.extrait}.json, or describe "
        "those of the file under [fichiers.colonnes] in campagne.toml.",
        code="colonnes",
        **told,
    )


def _other_separator(found: Sequence[str], fichier: Fichier) -> str | None:
    """Return the separator that would make a heading of a text's first line, as it is written in TOML."""
    separator, fields = cut_heading((fichier.separateur or ";").join(found))
    if fichier.format != "csv" or len(fields) <= len(found):
        return None
    named = names_columns(fields, fichier.extrait)
    return {"\t": "\\t"}.get(separator, separator) if named else None


def _likely_headings(found: Sequence[str], fichier: Fichier) -> str | None:
    """Describe headings that are likely those of the extract."""
    likely = match_heading(found)
    right = likely.extrait == fichier.extrait and likely.proposed
    return _describe(likely.proposed) if right else None


def _find_near(
    missing: list[str], others: list[str], fichier: Fichier
) -> Iterator[tuple[str, str]]:
    """Give the heading that each missing column, or what it is described as, may be a slip of."""
    by_title = match_heading([*(set(readable_columns(fichier.extrait)) - set(missing)), *others])
    for column in missing:
        heading = nearest(fichier.colonnes.get(column, column), others)
        if heading is None and by_title.extrait == fichier.extrait:
            heading = by_title.proposed.get(column)
        if heading is not None:
            yield column, heading


def _tell_missing(column: str, fichier: Fichier) -> str:
    described = fichier.colonnes.get(column)
    return f"{column} (described as {described})" if described else column


def _describe(proposed: Mapping[str, str]) -> str:
    return "[fichiers.colonnes] " + ", ".join(
        f'{column} = "{heading}"' for column, heading in list(proposed.items())[:MOST_LISTED]
    )


def _list_unread(found: Sequence[str], taken: Mapping[str, int], fichier: Fichier) -> Iterator[int]:
    never = {fold(column) for column in declare(fichier).columns}
    for place, text in enumerate(found):
        if place not in taken.values() and text.strip() and fold(text) not in never:
            yield place


def _tell_unread(found: Sequence[str], layout: Layout, fichier: Fichier) -> None:
    unread = [found[place] for place in layout.unread]
    if unread:
        # As many as it has columns are no headings: a row stands in the first line besides.
        shown = 2 * len(unread) < len(found)
        names = first_of([_name(text, found, shown=shown) for text in unread], MOST_LISTED)
        logger.info("%s: not read, no column of %s: %s.", fichier.nom, fichier.extrait, names)


def _name(text: str, found: Sequence[str], *, shown: bool) -> str:
    # A heading is short and has no figures of a date or number in it.
    readable = _COLUMN_NAME.fullmatch(text.strip()) is not None
    return text.strip() if shown and readable else f"column number {list(found).index(text) + 1}"
