"""Files of a campaign's folder that its campagne.toml does not list: told, or too much alike to go on.

A part of a required extract that nobody lists accuses everybody in it of having dropped out.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import EXTENSIONS, JSON, XML, Fichier
from siei_match.reference.errors import DeliveryError, Notice
from siei_match.reference.listing import AUTRES, first_of
from siei_match.reference.vocabulary import (
    AGRICOLE,
    APPRENTISSAGE,
    DIPLOMES,
    EXTRACTS,
    MISSIONS_LOCALES,
    REQUIRED_EXTRACTS,
    SCOLARITE,
)
from siei_match.stages.extract.headings import (
    cut_heading,
    first_line,
    fold,
    match_heading,
    match_texts,
)
from siei_match.stages.extract.json import first_object_of
from siei_match.stages.extract.siecle import holds_pupils, is_companion, list_companions

ARCHIVE: Final = ".zip"
TABLES: Final = tuple(
    end for end in (*EXTENSIONS, ".tsv", ".dat", ".xlsm", ".xls") if end != ARCHIVE
)
"""How the name of a file that may be rows of an extract ends: a zip may hold what is delivered beside it."""
TEXTS: Final = (".csv", ".txt", ".tsv", ".dat")
PAGES: Final = (".md", ".pdf", ".doc", ".docx", ".odt", ".html", ".log", ".sha256", ".md5", ".asc")
"""How the name of a file ends that is meant for people, or says what others are."""
SYSTEMS: Final = {
    "siecle": SCOLARITE, "sygne": SCOLARITE, "fregata": AGRICOLE, "sifa": APPRENTISSAGE,
    "cyclades": DIPLOMES, "imilo": MISSIONS_LOCALES, "milo": MISSIONS_LOCALES,
}  # fmt: skip
"""The systems that extracts come from: people name files after them."""
NOISE: Final = frozenset(
    "copie copy de la du partie parties part suite bis ter quater final finale definitif nouveau "
    "nouvelle new old ancien ancienne lot fichier tome version corrige corrigee".split()
)
"""What tells one part or copy of a file from another."""
MOST_SHOWN: Final = 20
_LONGEST_FIRST: Final = sorted(EXTRACTS, key=len, reverse=True)


def require_listed(dossier: Path, fichiers: Sequence[Fichier]) -> None:
    """Refuse a folder with a file that looks like a part of a required extract and is not listed.

    It may look so by its name, by that of a listed file, or by its first line.

    Raises:
        DeliveryError: it names them; or the folder cannot be listed.
    """
    looks = _find_unlisted(dossier, fichiers)
    if forgotten := [name for name, extract in looks.items() if extract in REQUIRED_EXTRACTS]:
        named = [f"{name} (looks like {looks[name]})" for name in forgotten]
        raise DeliveryError(
            f"{dossier}: present but not listed in campagne.toml: {first_of(named, MOST_SHOWN)}.",
            remedy="List it under [[fichiers]], or move it out of the folder: young people whose rows "
            "are left unread would be listed.",
            code="fichier_non_liste",
            fichiers=", ".join(forgotten[:MOST_SHOWN]),
        )


def warn_unlisted(dossier: Path, fichiers: Sequence[Fichier]) -> Iterator[Notice]:
    """Tell the files of a folder that are not listed and may be data: none of them is read.

    Raises:
        DeliveryError: the folder cannot be listed.
    """
    looks = _find_unlisted(dossier, fichiers)
    if told := [name for name in looks if looks[name] or _is_table(dossier / name)]:
        yield Notice(
            f"Present but not listed in campagne.toml, and not read: {first_of(told, MOST_SHOWN)}.",
            "Présents mais absents de campagne.toml, non lus : "
            f"{first_of(told, MOST_SHOWN, AUTRES)}.",
        )


def _find_unlisted(dossier: Path, fichiers: Sequence[Fichier]) -> dict[str, str | None]:
    """Return the unlisted files of a folder that may be data, each with the extract it looks like."""
    listed = {fichier.nom for fichier in fichiers}
    # What stands beside a listed export of SIECLE is read with it: guardians, addresses.
    listed |= {name for fichier in fichiers for name in list_companions(dossier, fichier)}
    try:
        present = sorted(dossier.iterdir())
        unlisted = [path for path in present if _is_candidate(path, listed)]
    except OSError as failure:
        raise DeliveryError(
            f"{dossier}: cannot be listed ({failure.strerror}).", remedy="Check its access rights."
        ) from None
    return {path.name: _guess(path, fichiers) for path in unlisted}


def _is_candidate(path: Path, listed: set[str]) -> bool:
    name = path.name.lower()
    return (
        path.name not in listed
        and not name.startswith(".")
        and name != "campagne.toml"
        and not name.endswith(PAGES)
        # Nomenclatures stand beside their pupils, of whom a file is listed.
        and not (is_companion(path.name) and any(name.lower().endswith(XML) for name in listed))
        and path.is_file()
    )


def _is_table(path: Path) -> bool:
    """True for what may be rows of some extract: of a text, its first line tells."""
    if not path.name.lower().endswith(TABLES):
        return False
    return _text_kind(path.name) != ".txt" or len(cut_heading(first_line(path))[1]) > 1


def _guess(path: Path, fichiers: Sequence[Fichier]) -> str | None:
    """Say which extract a file seems to belong to, if it could be read as one."""
    named = _guess_by_name(path.name, fichiers)
    if path.name.lower().endswith(ARCHIVE):
        # What an archive holds is delivered beside it, or missing there; an export of SIECLE is read as it is.
        return SCOLARITE if holds_pupils(path) else None
    if not path.name.lower().endswith(TABLES):
        return None
    if named in REQUIRED_EXTRACTS:
        return named
    held = _guess_by_content(path)
    # The examinations of two ministries have the same columns: there the name tells.
    if named is None or (held in REQUIRED_EXTRACTS and _columns(held) != _columns(named)):
        return held
    return named


def guess_extract(name: str) -> str | None:
    """Return the extract that a file's name alone speaks of; None where it speaks of none."""
    return _guess_by_name(name, ())


def _guess_by_name(name: str, fichiers: Sequence[Fichier]) -> str | None:
    plain = fold(_stem(name))
    for extract in _LONGEST_FIRST:
        if plain.startswith(fold(extract)):
            return extract
    own = _words(name)
    for fichier in fichiers:
        if own == _words(fichier.nom):
            return fichier.extrait
    for word in own:
        for system, extract in SYSTEMS.items():
            if word.startswith(system):
                return extract
    return next((extract for extract in REQUIRED_EXTRACTS if fold(extract) in plain), None)


def _guess_by_content(path: Path) -> str | None:
    if path.name.lower().endswith(".parquet"):
        return match_heading(_parquet_columns(path)).extrait
    if path.name.lower().endswith(JSON):
        return first_object_of(path)
    if _text_kind(path.name) is None:
        return None
    return match_texts(first_line(path)).extrait


@cache
def _columns(extract: str) -> frozenset[str]:
    return frozenset(fold(column) for column in declaration(f"extraits/{extract}").columns)


def _parquet_columns(path: Path) -> list[str]:
    try:
        return list(pq.read_schema(path).names)
    except (pa.ArrowException, OSError, ValueError):
        return []


def _words(name: str) -> frozenset[str]:
    """Return the words of a file's name that its other parts have too."""
    plain = unicodedata.normalize("NFKD", _stem(name)).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = re.findall("[a-z]+", plain)
    return frozenset(word for word in words if len(word) > 1 and word not in NOISE)


def _stem(name: str) -> str:
    for end in sorted(TABLES, key=len, reverse=True):
        if name.lower().endswith(end):
            return name[: -len(end)]
    return name.partition(".")[0]


def _text_kind(name: str) -> str | None:
    plain = name.lower().removesuffix(".gz")
    return next((end for end in TEXTS if plain.endswith(end)), None)
