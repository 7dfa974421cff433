"""The file of the audit log: one entry at a time under a lock, on the disk before it counts."""

import errno
import fcntl
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Final

from siei_match.output.audit.anchor import cast_anchor
from siei_match.output.audit.entry import (
    GENESIS,
    Actor,
    Body,
    Entry,
    Token,
    chain,
    compute_empreinte,
    encode,
    is_sealed_by,
    key_name,
    make_body,
    parse,
    parse_all,
)
from siei_match.reference.creation import require_own_folder
from siei_match.reference.errors import OutputError
from siei_match.reference.files import PRIVATE, bytes_sha256, output_guard, replacing

logger = logging.getLogger(__name__)

MEMOIRE: Final = "memoire"
JOURNAL: Final = "audit.jsonl"
HEAD: Final = "audit.tete"
REPRISE: Final = "reprise"
"""The act of an entry that tells of a torn one."""
WINDOW: Final = 1 << 14
"""Bytes read from the end at first: the last line is nearly always among them."""
RESTORE: Final = (
    "What cannot be noted is refused. `siei audit verify` says more. Restore memoire/ from a back-up, or move "
    "audit.jsonl and audit.tete together elsewhere and keep them: a new log then begins."
)


@dataclass(frozen=True)
class Head:
    """Number and hash of the last entry."""

    n: int = 0
    empreinte: str = GENESIS
    cle: str | None = field(default=None, compare=False)
    """Of the log, not of audit.tete: the key of the last entry's seal, by its name."""


def append(
    sortie: Path,
    acte: str,
    actor: Actor,
    *,
    details: Mapping[str, str | int],
    fichiers: Mapping[str, str],
    once: bool = False,
) -> None:
    """Note an act; it is on the disk when this returns. Call it before what it gives access to.

    Args:
        sortie: the output folder, DIR.
        acte: one word: run, export, acces, purge…
        actor: who, when (with its time zone), and the key that seals the entry, if they have it.
        details: counts, codes, identifiers (`id_personne`); never a name, birth date, INE, address.
        fichiers: SHA-256 by path relative to DIR, or by name.
        once: write nothing if the log has this very entry: what a recovery after a crash needs.

    Raises:
        OutputError: the log cannot be written, or its end is not the one noted in audit.tete.
        ContractError: `details` or the time are not as said above.
    """
    body = make_body(acte, actor.par, actor.quand, actor.sign(details), fichiers)
    record(sortie, body, key=actor.cle, once=once, anchor=actor.ancre, replaced=actor.replaced)


def record(
    sortie: Path,
    body: Body,
    *,
    key: bytes | None,
    once: bool,
    token: Token | None = None,
    anchor: str | None = None,
    replaced: Sequence[bytes] | None = None,
) -> None:
    """Note what `make_body` made: now, or when a journal is finished by whoever comes next.

    `token` seals it in place of the key; `anchor` is where the new end is noted besides. A line
    without either, in a log that was sealed before, is told here and by `verify`; so is one under
    another key than the last line's, where `replaced` says which keys came before this one.

    Raises:
        OutputError: the log cannot be written, its end is not the one noted in audit.tete, or the
            anchor refuses.
    """
    with output_guard(sortie / MEMOIRE), _open_log(sortie) as log:
        if once and any(body.is_said_by(entree) for entree in parse_all(_read_from(log, 0))):
            return
        head, torn = _end_of(log, sortie, key)
        if token is None:
            _warn_of_seal(sortie, head, key, replaced)
        if torn:
            told = _set_aside(log, sortie, head.n + 1, torn, body)
            head = _write(log, sortie, chain(told, head.n + 1, head.empreinte, key))
        head = _write(log, sortie, chain(body, head.n + 1, head.empreinte, key, token))
    if anchor is not None:
        cast_anchor(anchor, sortie, head.n, head.empreinte)


def _warn_of_seal(
    sortie: Path, head: Head, key: bytes | None, replaced: Sequence[bytes] | None
) -> None:
    """Say that the next line is sealed by nothing, or by another key than what stands before it."""
    if key is None:
        if head.cle is not None or _was_sealed(sortie):
            _warn_unsealed(sortie)
    elif replaced is not None and head.cle not in (None, *map(key_name, (key, *replaced))):
        _warn_other_key(sortie)


@cache
def _was_sealed(sortie: Path) -> bool:
    """Say whether any line has a seal; looked at once, for the whole log is read."""
    # In the canonical form no text of an entry has a quote that is not escaped.
    return b'"sceau":"' in (sortie / MEMOIRE / JOURNAL).read_bytes()


@cache
def _warn_unsealed(sortie: Path) -> None:
    # Said once: the page notes each look.
    logger.warning(
        "Noted without a seal in %s, which is sealed: no key is at hand. `siei audit verify` tells "
        "such lines until whoever holds the key answers for them (`siei audit accept`). To seal "
        "them, give the key: --reglages with cle_fichier, or SIEI_CLE.",
        sortie / MEMOIRE / JOURNAL,
    )


@cache
def _warn_other_key(sortie: Path) -> None:
    logger.warning(
        "Noted in %s under another key than the line before (`siei cle list`): --reglages or SIEI_CLE.",
        sortie / MEMOIRE / JOURNAL,
    )


def require_writable(sortie: Path) -> None:
    """Make sure that an entry could be written now: before what cannot be taken back.

    Nothing is made where no log is yet: what is refused next leaves no trace.

    Raises:
        OutputError: the log cannot be written, or its end is not the one noted in audit.tete.
    """
    if not (sortie / MEMOIRE / JOURNAL).exists():
        folder = sortie / MEMOIRE if (sortie / MEMOIRE).exists() else sortie
        with output_guard(folder):
            if folder.exists() and not (folder.is_dir() and os.access(folder, os.W_OK)):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
        return
    with output_guard(sortie / MEMOIRE), _open_log(sortie) as log:
        _end_of(log, sortie, None)


def read_log(sortie: Path) -> tuple[bytes, Head | None]:
    """Return the log's bytes between two entries (none where there is no log), and its head.

    The head is entry 0 where there is none, and None where it cannot be read.
    """
    path = sortie / MEMOIRE / JOURNAL
    with output_guard(sortie / MEMOIRE):
        if not path.exists():
            return b"", _read_head(sortie)
        descriptor = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            return _read_from(descriptor, 0), _read_head(sortie)
        finally:
            os.close(descriptor)


def _read_head(sortie: Path) -> Head | None:
    try:
        content = (sortie / MEMOIRE / HEAD).read_bytes()
        told = json.loads(content)
        head = Head(told["n"], told["empreinte"])
        return head if _encode_head(head) == content else None
    except FileNotFoundError:
        return Head()
    except (ValueError, TypeError, KeyError):
        return None


def _encode_head(head: Head) -> bytes:
    return json.dumps({"n": head.n, "empreinte": head.empreinte}).encode() + b"\n"


@contextmanager
def _open_log(sortie: Path) -> Iterator[int]:
    """Open the log for writing, locked against every other writer and reader."""
    folder = sortie / MEMOIRE
    folder.mkdir(mode=0o700, exist_ok=True)
    require_own_folder(folder)
    log = os.open(folder / JOURNAL, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, PRIVATE)
    try:
        fcntl.flock(log, fcntl.LOCK_EX)
        yield log
    finally:
        os.close(log)


def _read_from(log: int, start: int) -> bytes:
    parts = []
    while part := os.pread(log, 1 << 24, start):
        parts.append(part)
        start += len(part)
    return b"".join(parts)


def _end_of(log: int, sortie: Path, key: bytes | None) -> tuple[Head, bytes]:
    """Return the last entry's number and hash, and what a crash left after it."""
    last, torn = _last_line(log)
    entree = Entry(0, "", "", "", {}, {}, "", empreinte=GENESIS) if last is None else parse(last)
    if (
        entree is None
        or (last is not None and compute_empreinte(entree) != entree.empreinte)
        or (key is not None and entree.cle == key_name(key) and not is_sealed_by(entree, key))
    ):
        raise OutputError(
            f"The last line of {sortie / MEMOIRE / JOURNAL} was altered.", remedy=RESTORE
        )
    head = Head(entree.n, entree.empreinte, entree.cle)
    # A crash may come between an entry and its head.
    if _read_head(sortie) not in (head, Head(entree.n - 1, entree.precedent)):
        raise OutputError(
            f"{sortie / MEMOIRE / JOURNAL} does not end with the entry that {HEAD} notes.",
            remedy=RESTORE,
        )
    return head, torn


def _last_line(log: int) -> tuple[bytes | None, bytes]:
    size, window = os.fstat(log).st_size, WINDOW
    while True:
        start = max(0, size - window)
        lines = _read_from(log, start).split(b"\n")
        if len(lines) > 2 or start == 0:
            return (lines[-2] if len(lines) > 1 else None), lines[-1]
        window *= 2


def _set_aside(log: int, sortie: Path, n: int, torn: bytes, body: Body) -> Body:
    """Move a torn line out of the log, so that no byte is lost; return the entry that tells it."""
    path = sortie / MEMOIRE / f"audit.dechire-{n}"
    _write_whole(path, torn)
    os.ftruncate(log, os.fstat(log).st_size - len(torn))
    logger.warning("The audit log ended in half an entry, after a crash: it stands in %s.", path)
    fichiers = {f"{MEMOIRE}/{path.name}": bytes_sha256(torn)}
    return replace(body, acte=REPRISE, details={"octets": len(torn)}, fichiers=fichiers)


def _write(log: int, sortie: Path, entree: Entry) -> Head:
    """Add one line, then note the new head; both are on the disk in the end."""
    line = encode(entree) + b"\n"
    size = os.fstat(log).st_size
    try:
        if os.write(log, line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(log)
    except OSError:
        os.ftruncate(log, size)
        raise
    made = Head(entree.n, entree.empreinte, entree.cle)
    _write_whole(sortie / MEMOIRE / HEAD, _encode_head(made))
    return made


def _write_whole(path: Path, content: bytes) -> None:
    with replacing(path, PRIVATE) as draft:
        draft.write_bytes(content)
