"""Where the documents of an export stand: each in its file, in a gzip, or together in a zip."""

import gzip
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from siei_match.reference.delivery import GUARDIANS, XML, Fichier
from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract.archives import damaged, open_archive
from siei_match.stages.extract.streams import ceiling, swollen
from siei_match.stages.extract.xml import Readable

PUPILS: Final = re.compile(r"eleves(?:avec|sans)?(?:adresses)?", re.IGNORECASE)
ENDS: Final = ("AvecAdresses", "SansAdresses", "")
WITHOUT_ADDRESSES: Final = "sansadresses"
ZIP: Final = ".zip"
OTHERS: Final = re.compile("nomenclature|communs|structures", re.IGNORECASE)


class Document(NamedTuple):
    """An open document: its bytes, and the name of the file in which it is."""

    source: Readable
    name: str


class BoundedFile:
    """The bytes of a file, decompressed as far as its size allows."""

    def __init__(self, source: Any, fichier: Fichier, most: int | None) -> None:
        self._source, self._fichier, self._most, self._read = source, fichier, most, 0

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes.

        Raises:
            DeliveryError: it holds more than it may, or is damaged.
        """
        try:
            chunk: bytes = self._source.read(size)
        except (OSError, EOFError, zlib.error):
            raise damaged(self._fichier) from None
        self._read += len(chunk)
        if self._most is not None and self._read > self._most:
            raise swollen(self._fichier)
        return chunk


def is_companion(name: str) -> bool:
    """Whether a file's name is that of guardians or nomenclatures, which stand beside pupils' files."""
    return name.lower().endswith(XML) and bool(re.match(GUARDIANS, name) or re.match(OTHERS, name))


def hold_addresses(names: Collection[str]) -> set[str]:
    """Return the files of a folder that give pupils listed without addresses theirs: listed too, they would be twice there."""
    of_bare = {
        re.sub(WITHOUT_ADDRESSES, "AvecAdresses", name, count=1, flags=re.IGNORECASE)
        for name in names
        if name.lower().endswith(XML) and WITHOUT_ADDRESSES in name.lower()
    }
    return of_bare & set(names)


def require_read_beside(dossier: Path, fichier: Fichier) -> bool:
    """Say whether a listed file is of guardians, which holds no row of its own: it is read with its pupils'.

    Raises:
        DeliveryError: it is, and no file of pupils stands beside it.
    """
    if not fichier.is_read_beside:
        return False
    names = [GUARDIANS.sub(f"Eleves{end}", fichier.nom, count=1) for end in ENDS]
    if not any((dossier / name).is_file() for name in names):
        raise DeliveryError(
            f"{fichier.nom}: guardians of SIECLE, without the file of their pupils beside it.",
            remedy=f"Deliver {names[0]} of the same export, and list it.",
            code="format",
        )
    return True


@contextmanager
def open_pupils(dossier: Path, fichier: Fichier) -> Iterator[Document]:
    """Open the document of the pupils.

    Raises:
        DeliveryError: there is none, or it cannot be read.
    """
    with _open(dossier, fichier, fichier.nom, PUPILS) as document:
        if document is None:
            raise _refuse_zip(fichier.nom, "none of its files is one of pupils")
        yield document


def list_companions(dossier: Path, fichier: Fichier) -> tuple[str, ...]:
    """Name the files that are read beside a listed one: what a zip holds stands in the listed file itself."""
    if fichier.format != "xml":
        return ()
    found = (_beside_guardians(dossier, fichier), beside_addresses(dossier, fichier))
    return tuple(name for name in found if name is not None)


def beside_addresses(dossier: Path, fichier: Fichier) -> str | None:
    """Name the file with the addresses of pupils who are listed without."""
    name = re.sub(WITHOUT_ADDRESSES, "AvecAdresses", fichier.nom, count=1, flags=re.IGNORECASE)
    return name if name != fichier.nom and (dossier / name).is_file() else None


def _beside_guardians(dossier: Path, fichier: Fichier) -> str | None:
    names = [PUPILS.sub(f"Responsables{end}", fichier.nom, count=1) for end in ENDS]
    return next((n for n in names if n != fichier.nom and (dossier / n).is_file()), None)


@contextmanager
def open_addresses(dossier: Path, fichier: Fichier) -> Iterator[Document | None]:
    """Open the document that the addresses of pupils stand in; None where there is none."""
    name = beside_addresses(dossier, fichier)
    if name is None and re.search(WITHOUT_ADDRESSES, fichier.nom, re.IGNORECASE):
        yield None
        return
    with _open(dossier, fichier, name or fichier.nom, PUPILS) as document:
        yield document


@contextmanager
def open_guardians(dossier: Path, fichier: Fichier) -> Iterator[Document | None]:
    """Open the document of the guardians, in the same zip or beside the pupils'; None where there is none."""
    if fichier.nom.lower().endswith(ZIP):
        with _open(dossier, fichier, fichier.nom, GUARDIANS) as document:
            if document is not None:
                yield document
                return
    name = _beside_guardians(dossier, fichier)
    if name is None:
        yield None
        return
    with _open(dossier, fichier, name, GUARDIANS) as document:
        yield document


@contextmanager
def _open(
    dossier: Path, fichier: Fichier, name: str, pattern: re.Pattern[str]
) -> Iterator[Document | None]:
    """Open a listed file, or one beside it; of a zip, the document of a name. None where a zip has none such."""
    # What is wrong with a document read beside a listed one is told of itself, and bounded by its own size.
    own = fichier.model_copy(update={"nom": name})
    if name.lower().endswith(ZIP):
        with open_archive(dossier, own) as archive:
            found = _pick(archive.names, pattern)
            if len(found) > 1:
                raise _refuse_zip(
                    name, f"{len(found)} of its {len(archive.names)} files could be read"
                )
            if not found:
                yield None
                return
            with archive.open(found[0]) as member:
                yield Document(member, name)
        return
    opened: Any = gzip.open if name.lower().endswith(".gz") else Path.open
    try:
        source = opened(dossier / name, "rb")
    except OSError as failure:
        raise DeliveryError(
            f"{name}: cannot be opened ({failure.strerror}).",
            remedy="Check that it is in the campaign's folder, with the right to read it.",
            code="fichier_illisible",
        ) from None
    with source:
        yield Document(BoundedFile(source, own, ceiling(dossier, own)), name)


def _pick(names: list[str], pattern: re.Pattern[str]) -> list[str]:
    """Find a document in a zip; of pupils with and without their addresses, those with say all that is told."""
    plain = [name for name in names if name.lower().endswith(".xml")]
    found = [name for name in plain if pattern.match(name.rpartition("/")[2])]
    bare = [name for name in found if WITHOUT_ADDRESSES in name.lower()]
    return [name for name in found if name not in bare] or bare


def holds_pupils(path: Path) -> bool:
    """Whether a zip holds an export of pupils: what is damaged is told where it is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return bool(_pick(archive.namelist(), PUPILS))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, ValueError):
        return False


def _refuse_zip(name: str, what: str) -> DeliveryError:
    return DeliveryError(
        f"{name}: {what} of an export of SIECLE.",
        remedy="Deliver a zip for each school's export: one Eleves….xml in it, and its Responsables….xml with it or "
        "in a zip beside it.",
        code="archive",
    )
