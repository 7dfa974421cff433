"""Files within a zip, read as they are decompressed and never beyond what an extract may hold."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract.streams import LEAST_INFLATION, MOST_INFLATION, swollen

MOST_FILES: Final = 10_000
ENCRYPTED: Final = 1
"""The bit of a member's flags that says so."""


class BoundedMember:
    """A member of a zip: its bytes, until there are more of them than its archive's size allows."""

    def __init__(self, source: IO[bytes], fichier: Fichier, most: int) -> None:
        self._source, self._fichier, self._left = source, fichier, most

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes.

        Raises:
            DeliveryError: the member holds more than it may, or is damaged.
        """
        try:
            chunk = self._source.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
            raise damaged(self._fichier) from None
        self._left -= len(chunk)
        if self._left < 0:
            raise swollen(self._fichier)
        return chunk


class Archive:
    """A zip that is open: its members by name."""

    def __init__(self, source: zipfile.ZipFile, fichier: Fichier, size: int) -> None:
        self._source, self.fichier = source, fichier
        self.most = max(LEAST_INFLATION, MOST_INFLATION * size)
        """Bytes that one of its members may hold."""
        self.names = [info.filename for info in source.infolist()]
        self.sizes = {info.filename: info.file_size for info in source.infolist()}
        if len(self.names) > MOST_FILES:
            raise swollen(fichier)

    @contextmanager
    def open(self, name: str) -> Iterator[BoundedMember]:
        """Open a member by its name.

        Raises:
            DeliveryError: it is encrypted, damaged, or not there.
        """
        try:
            if self._source.getinfo(name).flag_bits & ENCRYPTED:
                raise _locked(self.fichier)
            member = self._source.open(name)
        except (
            KeyError,
            zipfile.BadZipFile,
            NotImplementedError,
            RuntimeError,
            OSError,
            ValueError,
        ):
            # A damaged directory may place a member before the file's beginning.
            raise damaged(self.fichier) from None
        with member:
            yield BoundedMember(member, self.fichier, self.most)


@contextmanager
def open_archive(dossier: Path, fichier: Fichier) -> Iterator[Archive]:
    """Open a file that is a zip: a workbook is one.

    Raises:
        DeliveryError: it is none.
    """
    path = dossier / fichier.nom
    try:
        source = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError):
        raise damaged(fichier) from None
    except OSError as failure:
        raise DeliveryError(
            f"{fichier.nom}: cannot be opened ({failure.strerror}).",
            remedy="Check that it is in the campaign's folder, with the right to read it.",
            code="fichier_illisible",
        ) from None
    with source:
        yield Archive(source, fichier, path.stat().st_size)


def damaged(fichier: Fichier) -> DeliveryError:
    """Return the error of a file that is not what the end of its name says, or no longer."""
    return DeliveryError(
        f"{fichier.nom}: is not the form that its name says, is damaged, or is protected by a password.",
        remedy="Ask its provider for it again; a workbook can be opened and saved again without a password, as "
        ".xlsx or .ods.",
        code="fichier_abime",
    )


def _locked(fichier: Fichier) -> DeliveryError:
    return DeliveryError(
        f"{fichier.nom}: is protected by a password.",
        remedy="Save it again without a password, in a place that is itself protected.",
        code="fichier_abime",
    )
