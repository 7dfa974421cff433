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

MORCEAU: Final = 1 << 22
"""Bytes read at once."""
APERCU: Final = 1 << 20
"""Bytes in which the first line must stand."""
GONFLEMENT_MAX: Final = 100
"""How many times its own size a compressed file may hold; real extracts hold five to thirty."""
GONFLEMENT_MIN: Final = 1 << 26
"""Bytes below which that is nobody's concern."""
FIN: Final = "\x02siei-match\x03"
"""A row of this one field ends every stream; it does not come out as a row if a quote was
still open at the end of the file, which would otherwise swallow rows in silence."""

_CONTROLES_C1: Final = re.compile(rb"[\x80-\x9f]")
_LIGNE_PLEINE: Final = re.compile(rb"[^\r\n]+")


class CheckedStream(io.RawIOBase):
    """A readable stream of UTF-8 without byte order mark, checked as it goes.

    Raises:
        DeliveryError: while reading, when a byte cannot be read as announced, when the compressed
            file is damaged; `echec` keeps it, should a library hide it.
    """

    def __init__(self, dossier: Path, fichier: Fichier) -> None:
        super().__init__()
        self.fichier = fichier
        self.echec: DeliveryError | None = None
        self._source = _open(dossier, fichier)
        self._plafond = _ceiling(dossier, fichier)
        self._lus = 0
        self._reserve = bytearray()
        self._fini = False
        self._lignes = 0
        self._decodeur = _decoder("utf-8" if self._est_utf8 else fichier.encodage)
        self._temoin = None if self._est_utf8 else _decoder("utf-8")
        self._accents = False
        self._ligne_c1: int | None = None
        self._debut = True

    @property
    def _est_utf8(self) -> bool:
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
        while not self._fini and (size < 0 or len(self._reserve) < size):
            self._fill()
        size = len(self._reserve) if size < 0 else size
        lu = bytes(self._reserve[:size])
        del self._reserve[:size]
        return lu

    def peek_line(self) -> bytes | None:
        """Return the first line that is not blank, without consuming it; None if there is none."""
        while not self._fini and len(self._reserve) < APERCU:
            self._fill()
        ligne = _LIGNE_PLEINE.search(self._reserve)
        return None if ligne is None or ligne[0] == FIN.encode() else ligne[0]

    def _fill(self) -> None:
        try:
            morceau = self._source.read(MORCEAU)
            self._lus += len(morceau)
            if self._plafond is not None and self._lus > self._plafond:
                raise swollen(self.fichier)
            self._reserve += self._transcode(morceau) if morceau else self._finish()
            self._fini = not morceau
        except DeliveryError as echec:
            self.echec = echec
            raise
        except (gzip.BadGzipFile, EOFError, zlib.error):
            self.echec = DeliveryError(
                f"{self.fichier.nom}: the compressed file is damaged or cut short.",
                remedy="Copy it again from its provider; announce its sha256 to see it at once.",
            )
            raise self.echec from None
        except OSError as failure:
            self.echec = DeliveryError(
                f"{self.fichier.nom}: cannot be read ({failure.strerror}).",
                remedy="Check the disk and the file's access rights.",
            )
            raise self.echec from None

    def _transcode(self, morceau: bytes) -> bytes:
        if self._debut:
            self._debut = False
            self._refuse_signatures(morceau)
            if self._est_utf8:
                morceau = morceau.removeprefix(codecs.BOM_UTF8)
        if (nul := morceau.find(b"\0")) >= 0:
            raise self._unreadable(morceau[:nul], "a NUL byte: the file is no text, or is UTF-16")
        try:
            texte = self._decodeur.decode(morceau)
        except UnicodeDecodeError as failure:
            avant = failure.object[: failure.start]
            raise self._unreadable(avant, f"a byte that is not {self.fichier.encodage}") from None
        self._watch_accents(morceau)
        self._lignes += _count_lines(morceau)
        return morceau if self._est_utf8 else texte.encode()

    def _watch_accents(self, morceau: bytes) -> None:
        """Remember whether a file announced in one byte per letter could be something else."""
        if self._est_utf8 or morceau.isascii():
            return
        self._accents = True
        if self._temoin is not None:
            try:
                self._temoin.decode(morceau)
            except UnicodeDecodeError:
                self._temoin = None
        # ISO-8859-15 holds control codes there that no text uses: it is Windows-1252, or UTF-8.
        if self.fichier.encodage == "iso-8859-15" and self._ligne_c1 is None:
            controle = _CONTROLES_C1.search(morceau)
            if controle:
                self._ligne_c1 = self._lignes + _count_lines(morceau[: controle.start()]) + 1

    def _finish(self) -> bytes:
        try:
            self._decodeur.decode(b"", final=True)
        except UnicodeDecodeError:
            raise self._unreadable(b"", "a letter cut in two at its end") from None
        if self._accents and self._temoin is not None and not self._cut_short():
            raise DeliveryError(
                f"{self.fichier.nom}: announced as {self.fichier.encodage}, but is UTF-8.",
                remedy='Write encodage = "utf-8" for this file in campagne.toml.',
            )
        if self._ligne_c1 is not None:
            raise DeliveryError(
                f"{self.fichier.nom}: line {self._ligne_c1} holds a byte that is not iso-8859-15.",
                remedy='Write encodage = "windows-1252" for this file in campagne.toml.',
            )
        return f"\n{FIN}\n".encode()

    def _cut_short(self) -> bool:
        assert self._temoin is not None  # noqa: S101 - told to the type checker
        return bool(self._temoin.getstate()[0])

    def _refuse_signatures(self, morceau: bytes) -> None:
        if morceau.startswith(b"\x1f\x8b"):
            raise DeliveryError(
                f"{self.fichier.nom}: the file is compressed, its name does not say so.",
                remedy="Rename it to end in .gz, or decompress it.",
            )
        if morceau.startswith(b"PAR1"):
            raise DeliveryError(
                f"{self.fichier.nom}: the file is Parquet, its name does not say so.",
                remedy="Rename it to end in .parquet.",
            )

    def _unreadable(self, avant: bytes, quoi: str) -> DeliveryError:
        ligne = self._lignes + _count_lines(avant) + 1
        return DeliveryError(
            f"{self.fichier.nom}: line {ligne} of the file holds {quoi}.",
            remedy="Set encodage for this file in campagne.toml (utf-8, iso-8859-15 or "
            "windows-1252), or ask its provider for a new file.",
        )


def swollen(fichier: Fichier) -> DeliveryError:
    """Return the error of a compressed file that holds far more than an extract does."""
    return DeliveryError(
        f"{fichier.nom}: it holds over {GONFLEMENT_MAX} times its own size, which no extract does.",
        remedy="Look at what it holds; if it is meant, deliver it without compression.",
    )


def _ceiling(dossier: Path, fichier: Fichier) -> int | None:
    if not fichier.est_compresse:
        return None
    return max(GONFLEMENT_MIN, GONFLEMENT_MAX * (dossier / fichier.nom).stat().st_size)


def _open(dossier: Path, fichier: Fichier) -> Any:
    chemin = dossier / fichier.nom
    try:
        return gzip.open(chemin, "rb") if fichier.est_compresse else chemin.open("rb")
    except OSError as failure:
        raise DeliveryError(
            f"{fichier.nom}: cannot be opened ({failure.strerror}).",
            remedy="Check that it is in the campaign's folder, with the right to read it.",
        ) from None


def _decoder(encodage: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(encodage)("strict")


def _count_lines(octets: bytes) -> int:
    return octets.count(b"\n") or octets.count(b"\r")
