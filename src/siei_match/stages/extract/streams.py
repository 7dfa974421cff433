"""The bytes of a text extract as checked UTF-8: decompressed, transcoded, with their end marked."""

import codecs
import gzip
import io
import re
import zlib
from pathlib import Path
from typing import Any, Final

from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract.records import RecordCount
from siei_match.stages.extract.refusals import refuse_row

CHUNK: Final = 1 << 22
"""Bytes read at once."""
PREVIEW: Final = 1 << 20
"""Bytes in which the first line must stand."""
PREVIEW_UTF16: Final = 1 << 10
"""Bytes by which UTF-16 is known that does not say so."""
MOST_INFLATION: Final = 100
"""How many times its own size a compressed file may hold; real extracts hold five to thirty."""
LEAST_INFLATION: Final = 1 << 26
"""Bytes below which that is nobody's concern."""
FIN: Final = "\x02siei-match\x03"
"""A row of this one field ends every stream; it does not come out as a row if a quote was
still open at the end of the file, which would otherwise swallow rows in silence."""


_C1_CONTROLS: Final = re.compile(rb"[\x80-\x9f]")
_MARKED_LINE: Final = re.compile(rb"(?<=[\r\n])\xef\xbb\xbf")
_CUT_MARK: Final = re.compile(rb"\xef\xbb?\Z")
_FULL_LINE: Final = re.compile(rb"[^\r\n]+")


class CheckedStream(io.RawIOBase):
    """A readable stream of UTF-8 without byte order mark, checked as it goes.

    Raises:
        DeliveryError: while reading, when a byte cannot be read as announced, when the compressed
            file is damaged, when a quote was left open; `failed` keeps it, should a library hide it.
    """

    def __init__(self, dossier: Path, fichier: Fichier) -> None:
        super().__init__()
        self.fichier = fichier
        self.failed: DeliveryError | None = None
        self._source = _open(dossier, fichier)
        self._ceiling = ceiling(dossier, fichier)
        self._read = 0
        self._reserve = bytearray()
        self._finished = False
        self._lines = 0
        self._decoder = _decoder("utf-8" if self._is_utf8 else fichier.encodage)
        self._witness = None if self._is_utf8 else _decoder("utf-8")
        self._accents = False
        self._c1_line: int | None = None
        self._debut = True
        self._line_start = False
        """Whether what was read so far ends with a line break."""
        self._held = b""
        """The first bytes of what may be a byte order mark, at the end of what was read."""
        self.marks = 0
        """Byte order marks that began a line of the file: files were joined there."""
        self.count: RecordCount | None = None
        """Counts the records of what is read, once it is known how they are cut."""

    @property
    def _is_utf8(self) -> bool:
        return self.fichier.encodage == "utf-8"

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()

    def read(self, size: int = -1) -> bytes:
        """Return exactly `size` bytes, fewer only at the end.

        pyarrow takes what it gets as a block, and refuses a row longer than a block.
        """
        while not self._finished and (size < 0 or len(self._reserve) < size):
            self._fill()
        size = len(self._reserve) if size < 0 else size
        taken = bytes(self._reserve[:size])
        del self._reserve[:size]
        if self.count is not None:
            self._count(self.count, taken)
        return taken

    def _count(self, count: RecordCount, taken: bytes) -> None:
        count.feed(taken)
        if self._finished and not self._reserve:
            count.close(f"\n{FIN}".encode())
        if count.swallowed is not None:
            self.failed = refuse_row(self.fichier, count.swallowed)
            raise self.failed

    def peek_line(self) -> bytes | None:
        """Return the first line that is not blank, without consuming it; None if there is none."""
        while not self._finished and len(self._reserve) < PREVIEW:
            self._fill()
        row = _FULL_LINE.search(self._reserve)
        return None if row is None or row[0] == FIN.encode() else row[0]

    def _fill(self) -> None:
        try:
            chunk = self._source.read(CHUNK)
            self._read += len(chunk)
            if self._ceiling is not None and self._read > self._ceiling:
                raise swollen(self.fichier)
            self._reserve += self._transcode(chunk) if chunk else self._finish()
            self._finished = not chunk
        except DeliveryError as failed:
            self.failed = failed
            raise
        except (gzip.BadGzipFile, EOFError, zlib.error):
            self.failed = DeliveryError(
                f"{self.fichier.nom}: the compressed file is damaged or cut short.",
                remedy="Copy it again from its provider; announce its sha256 to see it at once.",
                code="fichier_abime",
            )
            raise self.failed from None
        except OSError as failure:
            self.failed = DeliveryError(
                f"{self.fichier.nom}: cannot be read ({failure.strerror}).",
                remedy="Check the disk and the file's access rights.",
                code="fichier_illisible",
            )
            raise self.failed from None

    def _transcode(self, chunk: bytes) -> bytes:
        if self._debut:
            self._debut = False
            self._refuse_signatures(chunk)
            if self._is_utf8:
                chunk = chunk.removeprefix(codecs.BOM_UTF8)
        if self._is_utf8:
            chunk = self._strip_marks(chunk)
        if (nul := chunk.find(b"\0")) >= 0:
            raise self._unreadable(chunk[:nul], "a NUL byte: the file is no text")
        try:
            text = self._decoder.decode(chunk)
        except UnicodeDecodeError as failure:
            before = failure.object[: failure.start]
            raise self._unreadable(before, f"a byte that is not {self.fichier.encodage}") from None
        self._watch_accents(chunk)
        self._line_start = chunk.endswith((b"\n", b"\r"))
        self._lines += _count_lines(chunk)
        return chunk if self._is_utf8 else text.encode()

    def _strip_marks(self, chunk: bytes) -> bytes:
        """Take off the byte order marks that begin a line: each stands where a file was joined."""
        chunk, self._held = self._held + chunk, b""
        if found := _CUT_MARK.search(chunk):
            chunk, self._held = chunk[: found.start()], found[0]
        if codecs.BOM_UTF8 not in chunk:
            return chunk
        if self._line_start and chunk.startswith(codecs.BOM_UTF8):
            chunk, self.marks = chunk.removeprefix(codecs.BOM_UTF8), self.marks + 1
        chunk, n = _MARKED_LINE.subn(b"", chunk)
        self.marks += n
        return chunk

    def _watch_accents(self, chunk: bytes) -> None:
        """Remember whether a file announced in one byte per letter could be something else."""
        if self._is_utf8 or chunk.isascii():
            return
        self._accents = True
        if self._witness is not None:
            try:
                self._witness.decode(chunk)
            except UnicodeDecodeError:
                self._witness = None
        # ISO-8859-15 holds control codes there that no text uses: it is Windows-1252, or UTF-8.
        if self.fichier.encodage == "iso-8859-15" and self._c1_line is None:
            checked = _C1_CONTROLS.search(chunk)
            if checked:
                self._c1_line = self._lines + _count_lines(chunk[: checked.start()]) + 1

    def _finish(self) -> bytes:
        try:
            self._decoder.decode(self._held, final=True)
        except UnicodeDecodeError:
            raise self._unreadable(b"", "a letter cut in two at its end") from None
        if self._accents and self._witness is not None and not self._cut_short():
            raise DeliveryError(
                f"{self.fichier.nom}: announced as {self.fichier.encodage}, but is UTF-8.",
                remedy='Write encodage = "utf-8" for this file in campagne.toml.',
                code="encodage",
                ligne=0,
            )
        if self._c1_line is not None:
            raise DeliveryError(
                f"{self.fichier.nom}: line {self._c1_line} holds a byte that is not iso-8859-15.",
                remedy='Write encodage = "windows-1252" for this file in campagne.toml.',
                code="encodage",
                ligne=self._c1_line,
            )
        return f"\n{FIN}\n".encode()

    def _cut_short(self) -> bool:
        assert self._witness is not None  # noqa: S101 - told to the type checker
        return bool(self._witness.getstate()[0])

    def _refuse_signatures(self, chunk: bytes) -> None:
        if is_utf16(chunk):
            raise two_bytes_per_letter(self.fichier.nom)
        if chunk.startswith(b"\x1f\x8b"):
            raise DeliveryError(
                f"{self.fichier.nom}: the file is compressed, its name does not say so.",
                remedy="Rename it to end in .gz, or decompress it.",
                code="format",
            )
        if chunk.startswith(b"PAR1"):
            raise DeliveryError(
                f"{self.fichier.nom}: the file is Parquet, its name does not say so.",
                remedy="Rename it to end in .parquet.",
                code="format",
            )

    def _unreadable(self, before: bytes, what: str) -> DeliveryError:
        row = self._lines + _count_lines(before) + 1
        return DeliveryError(
            f"{self.fichier.nom}: line {row} of the file holds {what}.",
            remedy="Set encodage for this file in campagne.toml (utf-8, iso-8859-15 or "
            "windows-1252), or ask its provider for a new file.",
            code="encodage",
            ligne=row,
        )


def two_bytes_per_letter(name: str) -> DeliveryError:
    """Return the error of a text in UTF-16, as spreadsheets write "Unicode text"."""
    return DeliveryError(
        f"{name}: the file is UTF-16, two bytes per letter.",
        remedy="Save it again as UTF-8 (in a spreadsheet: CSV UTF-8), or ask its provider to.",
        code="encodage",
    )


def is_utf16(octets: bytes) -> bool:
    """True for text in two bytes per letter: it says so, or half of its first bytes are zero."""
    if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    first = octets[:PREVIEW_UTF16]
    halves = first[::2], first[1::2]
    zeros = [half.count(0) for half in halves]
    # Of letters of ours one byte is zero, the other is not.
    return len(first) > 3 and max(zeros) > len(halves[1]) / 2 and min(zeros) == 0


def swollen(fichier: Fichier) -> DeliveryError:
    """Return the error of a compressed file that holds far more than an extract does."""
    return DeliveryError(
        f"{fichier.nom}: it holds over {MOST_INFLATION} times its own size, which no extract does.",
        remedy="Look at what it holds; if it is meant, deliver it without compression.",
        code="volume",
    )


def ceiling(dossier: Path, fichier: Fichier) -> int | None:
    """Return how many bytes a compressed file may hold; None of one that is as it is."""
    if not fichier.is_compressed:
        return None
    return max(LEAST_INFLATION, MOST_INFLATION * (dossier / fichier.nom).stat().st_size)


def _open(dossier: Path, fichier: Fichier) -> Any:
    path = dossier / fichier.nom
    try:
        return gzip.open(path, "rb") if fichier.is_compressed else path.open("rb")
    except OSError as failure:
        raise DeliveryError(
            f"{fichier.nom}: cannot be opened ({failure.strerror}).",
            remedy="Check that it is in the campaign's folder, with the right to read it.",
            code="fichier_illisible",
        ) from None


def _decoder(encodage: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(encodage)("strict")


def _count_lines(octets: bytes) -> int:
    return octets.count(b"\n") or octets.count(b"\r")
