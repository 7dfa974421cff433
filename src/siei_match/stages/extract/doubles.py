"""One delivery under two names: the same bytes, compressed or not, listed twice."""

import gzip
import struct
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import DeliveryError
from siei_match.reference.files import chunks_sha256
from siei_match.reference.vocabulary import APPRENTISSAGE
from siei_match.stages.extract.streams import ceiling

CHUNK: Final = 1 << 20
SHORT: Final = 1 << 16
"""Bytes of a file that may be the same as another by chance."""
FEW: Final = 10
"""Rows under which that holds."""


def check_doubles(dossier: Path, fichiers: Sequence[Fichier]) -> None:
    """Refuse two listed files that hold the same bytes, but for a heading or a few people.

    Only files that hold as many bytes are read: a compressed one says how many in its last four.

    Raises:
        DeliveryError: it names both.
    """
    by_size: defaultdict[int, list[Fichier]] = defaultdict(list)
    # What is not there is told apart.
    for fichier in (f for f in fichiers if (dossier / f.nom).is_file()):
        by_size[_size(dossier, fichier)].append(fichier)
    for alike in by_size.values():
        seen: dict[str, Fichier] = {}
        for fichier in alike if len(alike) > 1 else ():
            mark = _hash(dossier, fichier)
            other = seen.setdefault(mark, fichier) if mark else fichier
            if other is not fichier and not _is_alike_by_chance(dossier, fichier, other):
                raise _same(other, fichier)


def _same(one: Fichier, other: Fichier) -> DeliveryError:
    years = {fichier.annee_scolaire for fichier in (one, other)} - {None}
    which = f", for {' and '.join(sorted(map(str, years)))}" if len(years) > 1 else ""
    return DeliveryError(
        f"{one.nom} and {other.nom} hold the same bytes{which}.",
        remedy="One stands in the other's place, or is listed twice: ask for the file that is missing, "
        "or remove one from campagne.toml.",
    )


def _size(dossier: Path, fichier: Fichier) -> int:
    path = dossier / fichier.nom
    size = path.stat().st_size
    if not fichier.is_compressed or size < 18:
        return size
    with path.open("rb") as file:
        file.seek(-4, 2)
        return int(struct.unpack("<I", file.read(4))[0])


def _hash(dossier: Path, fichier: Fichier) -> str | None:
    """Return the SHA-256 of what a file holds; None where it is damaged, which reading it tells."""
    try:
        return chunks_sha256(_chunks(dossier, fichier))
    except (OSError, EOFError, zlib.error):
        return None


def _is_alike_by_chance(dossier: Path, one: Fichier, other: Fichier) -> bool:
    """True for two headings alone, and for the same few people in two extracts or two years."""
    rows = _count_few(dossier, one)
    is_twice = (one.extrait, one.annee_scolaire) == (other.extrait, other.annee_scolaire)
    return rows < (1 if is_twice else FEW)


def _count_few(dossier: Path, fichier: Fichier) -> int:
    """Count the rows of a short file; of a long one, say that there are many."""
    try:
        if fichier.format == "parquet":
            return int(pq.read_metadata(dossier / fichier.nom).num_rows)
    except (pa.ArrowException, OSError, ValueError):
        return FEW
    if fichier.format != "csv":
        # What stands on a line there is no row.
        return FEW
    first = next(_chunks(dossier, fichier), b"")
    if len(first) >= SHORT:
        return FEW
    lines = sum(bool(line.strip()) for line in first.splitlines())
    return lines - (fichier.extrait != APPRENTISSAGE)


def _chunks(dossier: Path, fichier: Fichier) -> Iterator[bytes]:
    path = dossier / fichier.nom
    opened: Any = gzip.open if fichier.is_compressed else Path.open
    most, read = ceiling(dossier, fichier), 0
    with opened(path, "rb") as file:
        while chunk := file.read(CHUNK):
            read += len(chunk)
            if most is not None and read > most:
                raise EOFError
            yield chunk
