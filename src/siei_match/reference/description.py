"""How campagne.toml describes a file that is not in the contract's form (contract, section 1)."""

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from siei_match.reference.contracts import declaration

SIGNS: Final = {"JJ": "day", "MM": "month", "AAAA": "year", "AA": "short_year"}
_SIGN: Final = re.compile("JJ|MM|AAAA|AA")
_BETWEEN: Final = re.compile(r"[/.\- ]{0,3}")
_TIME: Final = re.compile(r"[T ]HH.*$")
_NEAR: Final = 0.6


@dataclass(frozen=True)
class DateFormat:
    """What a file's dates look like: a pattern with a group for each part, and whether days come first."""

    text: str
    pattern: str
    order: tuple[str, ...]


def check_description(
    extrait: str, colonnes: Mapping[str, str], valeurs: Mapping[str, Mapping[str, str]]
) -> None:
    """Hold a file's description to its extract.

    Raises:
        ValueError: it names a column that the extract has not, or that is never read; one heading is
            described as two columns; it leaves no column to read; words that are one to a reader mean two.
    """
    fields = {f["name"]: f for f in declaration(f"extraits/{extrait}").fields}
    for part, names in (("colonnes", colonnes), ("valeurs", valeurs)):
        for name in names:
            if name not in fields:
                near = difflib.get_close_matches(name, list(fields), n=1, cutoff=_NEAR)
                meant = f" (perhaps {near[0]})" if near else ""
                raise ValueError(f"{part}: {name} is no column of {extrait}{meant}")
            if fields[name]["siei"]["kind"] == "jamais_lu":
                raise ValueError(f"{part}: {name} is never read: remove it")
    needed = [name for name, field in fields.items() if _is_needed(field["siei"])]
    if all(colonnes.get(name) == "" for name in needed):
        # A form whose rows are counted by their cells would lose them all.
        raise ValueError('colonnes: every column is "": nothing of the file would be read')
    twice = _twice(fold_words(text) for text in colonnes.values() if text)
    if twice:
        both = ", ".join(name for name, text in colonnes.items() if fold_words(text) in twice)
        raise ValueError(f"colonnes: one heading of the file is given to two columns ({both})")
    for name, words in valeurs.items():
        if _conflict(words):
            raise ValueError(f"valeurs.{name}: two spellings of one word mean two things")
        known = fields[name].get("constraints", {}).get("enum")
        wrong = [word for word in words.values() if word and known and word not in known]
        if wrong:
            raise ValueError(
                f"valeurs.{name}: {', '.join(wrong)} is no value of the contract ({', '.join(known)})"
            )


def _is_needed(said: Mapping[str, Any]) -> bool:
    return said["kind"] != "jamais_lu" and not said.get("facultatif")


def fold_words(text: str) -> str:
    """Return what two spellings of a word share: case, accents, apostrophes and spaces apart."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return re.sub(r"[^a-z0-9+*#]", "", plain)


def read_date_formats(formats: Iterable[str]) -> tuple[DateFormat, ...]:
    """Read what dates look like, as `JJ/MM/AAAA`.

    Raises:
        ValueError: one is no such format, or two of them read one date as two days.
    """
    read = tuple(_read_format(text) for text in formats)
    for rank, one in enumerate(read):
        for other in read[:rank]:
            if one.order != other.order and _alike(one, other):
                raise ValueError(
                    f"formats_dates: {other.text} and {one.text} read one date as two days"
                )
    return read


def _read_format(text: str) -> DateFormat:
    # A time may follow any date: it needs no description.
    text = _TIME.sub("", text)
    signs = _SIGN.findall(text)
    order = tuple(SIGNS[sign] for sign in signs)
    parts = {name.removeprefix("short_") for name in order}
    between = _SIGN.split(text)
    if len(signs) != 3 or parts != {"day", "month", "year"} or any(between[::3]):
        raise ValueError(f"formats_dates: {text!r} is no format; one is such as JJ/MM/AAAA")
    if not all(_BETWEEN.fullmatch(part) for part in between):
        raise ValueError(f"formats_dates: {text!r}: between its parts stand /, -, . or a space")
    glued = not any(between)
    figures = {"year": "[0-9]{4}", "short_year": "[0-9]{2}"}
    groups = [f"({figures.get(name, '[0-9]{2}' if glued else '[0-9]{1,2}')})" for name in order]
    body = "".join(re.escape(part) + group for part, group in zip(between, groups, strict=False))
    return DateFormat(text, f"^{body}((?:[T ].*)?)$", order)


def _alike(one: DateFormat, other: DateFormat) -> bool:
    """Whether the same text fits both: parted alike, and a year of four figures at the same place."""
    parted = _SIGN.sub("0", one.text) == _SIGN.sub("0", other.text)
    where = [form.order.index("year") if "year" in form.order else None for form in (one, other)]
    return parted and where[0] == where[1]


def _twice(words: Iterable[str]) -> set[str]:
    return {word for word, n in Counter(words).items() if n > 1}


def _conflict(words: Mapping[str, str]) -> bool:
    meanings = {(fold_words(word), meaning) for word, meaning in words.items()}
    return bool(_twice(word for word, _ in meanings))


def list_kinds(extrait: str, kinds: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """Give the columns of an extract of some kinds, with their own format."""
    wanted = set(kinds)
    for described in declaration(f"extraits/{extrait}").fields:
        said = described["siei"]
        if said["kind"] in wanted:
            yield described["name"], said.get("format") or next(iter(said.get("formats", ())), None)
