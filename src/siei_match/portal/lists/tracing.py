"""Whose download a file is: by the mark in it, else by its hash, both compared with the audit log."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from scipy.stats import binom

from siei_match.output import audit
from siei_match.output.audit import Entry
from siei_match.portal.base import open_base
from siei_match.portal.lists.marks import Download, agreement, read_csv_bits, read_workbook_mark
from siei_match.portal.vault import Vault
from siei_match.reference.errors import DeliveryError
from siei_match.reference.files import bytes_sha256

SECRET: Final = "marque"  # noqa: S105 - its name in the page's memory
CHANCE: Final = -20 * math.log(2)
"""A CSV is told to be a download's where chance would make it so less than once in a million, times
the downloads that were compared."""
FILES_MAX: Final = 64 << 20


class Proof(StrEnum):
    """By what a download is known."""

    MARK = "marque"
    BYTES = "octets"


@dataclass(frozen=True)
class Traced:
    """A download that a file comes from, or may come from."""

    entree: Entry
    proof: Proof
    agreeing: tuple[int, int] | None = None
    """Of a CSV: words that are as its mark says, and words that carry one."""


def trace(sortie: Path, path: Path, vault: Vault | None = None) -> list[Traced]:
    """Return the downloads that a file comes from.

    One by its mark; without a mark, each act of the log that noted these very bytes: several, where they were
    the same for all.

    Raises:
        DeliveryError: the file cannot be read.
        OutputError: the page's memory or the log cannot be read.
    """
    try:
        content = path.read_bytes() if path.stat().st_size <= FILES_MAX else b""
    except OSError:
        content = b""
    if not content:
        raise DeliveryError(
            f"{path.name} cannot be read, is empty, or is larger than any list.",
            remedy="Give the file itself, as it was found.",
        )
    base = open_base(sortie, vault=vault)
    try:
        secret = base.secret(SECRET)
    finally:
        base.close()
    entries = audit.read_entries(sortie, holding=b'"fichiers":{"')
    marked = _by_mark(content, entries, secret)
    if marked is not None:
        return [marked]
    sha256 = bytes_sha256(content)
    return [Traced(e, Proof.BYTES) for e in entries if sha256 in e.fichiers.values()]


def _by_mark(content: bytes, entries: list[Entry], secret: bytes) -> Traced | None:
    downloads = list(_downloads(entries))
    if content.startswith(b"PK"):
        found = read_workbook_mark(content)
        same = (e for e, one in downloads if found and one.mark(secret)[:16] == found)
        return next((Traced(e, Proof.MARK) for e in same), None)
    told = read_csv_bits(content)
    best: tuple[float, Traced] | None = None
    for entree, one in downloads:
        if one.format == "csv":
            same_words, words = agreement(told, one.mark(secret))
            chance = float(binom.logsf(same_words - 1, words, 0.5)) + math.log(len(downloads))
            if chance < CHANCE and (best is None or chance < best[0]):
                best = chance, Traced(entree, Proof.MARK, (same_words, words))
    return best[1] if best else None


def _downloads(entries: list[Entry]) -> Iterator[tuple[Entry, Download]]:
    """Give the files that the page sent, each as what its mark was made of."""
    for e in entries:
        if e.acte == "acces" and e.details.get("voie") == "page":
            code, psad, kind = (str(e.details.get(n, "")) for n in ("campagne", "psad", "format"))
            for name in e.fichiers:
                yield e, Download(e.par, e.quand, code, psad, kind, name)
