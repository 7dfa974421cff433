"""Files as they are published: private from their first byte, the same bytes every time.

A file that replaces another is written beside it and takes its name once it is on the disk
(`replacing`); where the audit log must tell it first, `output.placing` does the same.
"""

import ctypes
import errno
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import polars as pl

from siei_match import __version__
from siei_match.reference.creation import PRIVATE as PRIVATE
from siei_match.reference.creation import create as create
from siei_match.reference.errors import OutputError

SHARED: Final = 0o640
"""Files that name nobody: the group of analysts reads them."""

DRAFT: Final = ".en-cours"
"""How the name of a file ends that is being written beside the one it will be."""

AT_FDCWD: Final = -100
RENAME_EXCHANGE: Final = 2
"""renameat2(2), Linux 3.15: two names swapped at once."""

REMEDIES: Final[Mapping[int, str]] = {
    errno.ENOSPC: "Free some space there, or choose another --sortie",
    errno.EDQUOT: "The disk quota is spent: free some space there",
    errno.EFBIG: "Raise the limit on the size of files (ulimit -f)",
    errno.EACCES: "Ask for the right to read and write there, or choose another path",
    errno.EPERM: "Ask for the right to read and write there, or choose another path",
    errno.EROFS: "This disk is read-only: choose another --sortie",
    errno.ENOENT: "Check the path: a part of it is not there; or choose another --sortie",
    errno.ENOTDIR: "Check the path: a part of it is a file",
    errno.EISDIR: "Check the path: it is a folder",
    errno.EEXIST: "A file stands where a folder is needed: choose another --sortie",
    errno.ELOOP: "A link stands where a file is to be written: remove it",
    errno.EMFILE: "Raise the limit of open files (ulimit -n 4096)",
}
"""What to do about what the system refuses, reading or writing; who tells it ends the sentence."""
CODES: Final[Mapping[int, str]] = {
    errno.ENOSPC: "disque_plein",
    errno.EDQUOT: "disque_plein",
    errno.EFBIG: "disque_plein",
    errno.EACCES: "droits",
    errno.EPERM: "droits",
    errno.EROFS: "droits",
}
"""The system's refusals that have a code of ours (`error_codes`)."""
DISK_FULL: Final = ("No space left on device", "os error 28", "File too large", "os error 27")


@contextmanager
def output_guard(place: Path) -> Iterator[None]:
    """Turn what a disk refuses into an `OutputError`, and leave every other failure alone."""
    try:
        yield
    except OSError as failure:
        raise refusal(place, failure) from None
    except Exception as failure:
        # polars and DuckDB word the system's error in their own exceptions, without its number.
        if not any(sign in str(failure) for sign in DISK_FULL):
            raise
        full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise refusal(place, full) from None


def refusal(place: Path, failure: OSError) -> OutputError:
    """Tell what the disk refused under `place`, and what to do."""
    code = failure.errno or 0
    if any(sign in str(failure) for sign in DISK_FULL):
        code = errno.EFBIG if code == errno.EFBIG else errno.ENOSPC
    reason = os.strerror(code) if code else type(failure).__name__
    remedy = REMEDIES.get(code, "Check this disk and run again")
    return OutputError(
        f"The output folder {place} cannot be written: {reason}.",
        remedy=f"{remedy}. What stood there before is untouched.",
        code=code_of(code, "sortie"),
    )


def code_of(number: int, otherwise: str) -> str:
    """Return the code of one of the system's refusals, by its errno."""
    return CODES.get(number, otherwise)


def unreadable(path: Path, remedy: str) -> OutputError:
    """Return why a file of the output folder cannot be read: not there, closed to us, or damaged.

    `remedy` is for one that is not there or damaged.
    """
    try:
        with path.open("rb"):
            pass
    except (FileNotFoundError, NotADirectoryError):
        return OutputError(f"{path} is missing.", remedy=remedy, code="fichier_de_sortie")
    except OSError as failure:
        return denied(path, failure)
    return OutputError(
        f"{path} is damaged, or another version wrote it.", remedy=remedy, code="fichier_de_sortie"
    )


def denied(path: Path, failure: OSError) -> OutputError:
    """Tell what the system refused to read, and what to do."""
    code = failure.errno or 0
    return OutputError(
        f"{path} cannot be read: {os.strerror(code)}.",
        remedy=REMEDIES.get(code, "Check this disk, then try again") + ".",
        code=code_of(code, "fichier_de_sortie"),
    )


def make_folder(path: Path, mode: int) -> Path:
    """Make a folder with exactly this mode, whatever the umask says; one that is there keeps its own.

    Raises:
        OSError: it cannot be made.
    """
    if not path.is_dir():
        path.mkdir(mode=mode, parents=True, exist_ok=True)
        path.chmod(mode)
    return path


def close_to_others(path: Path) -> None:
    """Take a file from everybody but its owner, where it is ours to take."""
    found = path.stat()
    if found.st_uid == os.geteuid() and found.st_mode & 0o077:
        path.chmod(PRIVATE)


def write_text(path: Path, text: str, mode: int = SHARED, *, among_others: bool = False) -> Path:
    create(path, mode, among_others=among_others).write_bytes(text.encode("utf-8"))
    return path


AS_PLACED: Final[dict[str, Any]] = {
    "compression": "zstd",
    "compression_level": 3,
    "statistics": True,
    "row_group_size": 122_880,  # DuckDB's own: its threads share a file by row groups
}


def write_parquet(
    frame: pl.DataFrame,
    path: Path,
    mode: int = SHARED,
    metadata: Mapping[str, str] | None = None,
) -> Path:
    """Write `frame` so that the same frame gives the same bytes; no clock enters the file.

    The metadata say which version wrote it, and what the caller adds (the campaign).
    """
    create(path, mode)
    frame.rechunk().write_parquet(path, metadata=_signed(metadata), **AS_PLACED)
    return path


def sink_parquet(
    rows: pl.LazyFrame, path: Path, mode: int = SHARED, metadata: Mapping[str, str] | None = None
) -> Path:
    """Do as `write_parquet` with rows that stand in files: some are in memory at a time."""
    create(path, mode)
    rows.sink_parquet(path, metadata=_signed(metadata), maintain_order=True, **AS_PLACED)
    return path


def _signed(metadata: Mapping[str, str] | None) -> dict[str, str]:
    return {"siei_match": __version__, **(metadata or {})}


def draft_path(target: Path, whose: str = "") -> Path:
    """Return where what `target` will be is written: beside it, hidden."""
    return target.with_name(f".{target.name.removeprefix('.')}{whose}{DRAFT}")


def put_in_place(drafts: Mapping[Path, Path]) -> None:
    """Give each draft, which is on the disk, the name of its target, by target."""
    for target, draft in drafts.items():
        draft.replace(target)
    for folder in sorted({target.parent for target in drafts}):
        try:
            flush(folder)
        except OSError as failure:
            # A list may go to a share that flushes no folder, or to one that we may not read.
            if failure.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EACCES):
                raise


@contextmanager
def replacing(
    target: Path, mode: int, whose: str = "", *, among_others: bool = False
) -> Iterator[Path]:
    """Give a file to write; what stands in it at the end of the block becomes `target`, whole.

    Whatever stops in between, `target` is as it was. A failure leaves no draft; a killed process
    leaves one, that the next write takes over. `whose` tells apart the drafts of two processes,
    where no lock keeps one of them out. `among_others`: see `create`.

    Raises:
        OSError: the disk refuses.
        OutputError: others can write the folder.
    """
    draft = create(draft_path(target, whose), mode, among_others=among_others)
    try:
        yield draft
        flush(draft)
        put_in_place({target: draft})
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def bytes_sha256(content: bytes) -> str:
    """Return the SHA-256 of `content` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def chunks_sha256(chunks: Iterable[bytes]) -> str:
    """Return the SHA-256 of what some chunks hold together, in hexadecimal."""
    told = hashlib.sha256()
    for chunk in chunks:
        told.update(chunk)
    return told.hexdigest()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal.

    Raises:
        OSError: it is not there, or cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_if_any(path: Path) -> str | None:
    """Return a file's SHA-256 in hexadecimal, or None where no file stands."""
    try:
        return file_sha256(path)
    except FileNotFoundError:
        return None


def flush_tree(root: Path) -> None:
    """Wait until everything under `root` is on the disk: files, then the folders that name them."""
    for folder, _, names in os.walk(root, topdown=False):
        for name in (*names, ""):
            descriptor = os.open(Path(folder, name), os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def exchange(one: Path, other: Path) -> bool:
    """Swap two folders at once; False where the kernel or the file system cannot."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    code = renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE)
    if code == 0:
        return True
    found = ctypes.get_errno()
    if found in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(found, os.strerror(found), str(other))


def flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def dump_json(content: Any) -> str:
    """Return `content` as JSON that people can read, in the order given."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
