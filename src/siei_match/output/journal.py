"""Renames that are made all together, whatever stops the process between two of them.

The journal names what is to be put where and what is to go. It stands once everything to put is
on the disk, and goes when every rename is made: in between, whoever comes next makes the rest.
"""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from siei_match.output import audit
from siei_match.output.audit.entry import seal_body
from siei_match.output.folder import MANIFESTE
from siei_match.reference.errors import OutputError
from siei_match.reference.files import (
    PRIVATE,
    bytes_sha256,
    exchange,
    file_sha256,
    flush,
    flush_tree,
    make_folder,
    replacing,
    sha256_if_any,
    write_text,
)

JOURNAL: Final = ".journal.json"
FORMAT: Final = 2


def announce(
    sortie: Path,
    dossier: Path,
    places: Sequence[tuple[str, str]],
    removals: Iterable[str] = (),
    note: audit.Body | None = None,
    key: bytes | None = None,
) -> None:
    """Flush what is to be put in place, and write the journal: from here on it will be.

    Args:
        sortie: the output folder.
        dossier: the staging, a folder of it.
        places: what stands in the staging, and the name that it takes in the output folder.
        removals: names in the output folder that are to go; one that is not there is no error.
        note: the entry of the audit log: written once, and once all is in place, whatever crash
            comes between.
        key: seals that entry, even where somebody without the key finishes what was begun.

    Raises:
        OutputError: the audit log could not be written now.
    """
    if note is not None:
        audit.require_writable(sortie)
    for source, _ in places:
        path = dossier / source
        if path.is_dir():
            flush_tree(path)
        else:
            flush(path)
    flush(dossier)
    content = {
        "format": FORMAT,
        "dossier": dossier.name,
        "places": [
            {
                "de": source,
                "vers": target,
                "sceau": seal(dossier / source),
                "inode": (dossier / source).stat().st_ino,
            }
            for source, target in places
        ],
        "retraits": list(removals),
        "audit": asdict(note) if note else None,
        "jeton": seal_body(note, key) if note and key else None,
    }
    with replacing(sortie / JOURNAL, PRIVATE) as draft:
        write_text(draft, json.dumps(content), PRIVATE)


def finish(sortie: Path, key: bytes | None = None, anchor: str | None = None) -> None:
    """Make the renames that the journal announces and that are not made yet, then note it.

    `key` seals the entry of the audit log; a journal that is finished after a crash does without,
    by the seal that was made when it was announced. `anchor`: see `audit.record`.

    Raises:
        OutputError: the disk refuses, or what was to be put in place is gone.
    """
    journal = sortie / JOURNAL
    if not journal.exists():
        return
    try:
        announced = _read(journal)
        dossier = sortie / announced["dossier"]
        for rank, place in enumerate(announced["places"]):
            _put(sortie, dossier, place, dossier / f"ancien-{rank}")
        for rank, name in enumerate(announced["retraits"]):
            if (sortie / name).exists():
                dossier.mkdir(mode=0o700, exist_ok=True)
                (sortie / name).rename(dossier / f"retrait-{rank}")
        changed = [place["vers"] for place in announced["places"]] + announced["retraits"]
        for parent in sorted({(sortie / name).parent for name in changed}, reverse=True):
            if parent.is_dir():
                flush(parent)
        flush(sortie)
        if announced.get("audit"):
            token = announced.get("jeton") if key is None else None
            audit.record(
                sortie,
                audit.Body(**announced["audit"]),
                key=key,
                once=True,
                token=(token[0], token[1]) if token else None,
                anchor=anchor,
            )
        journal.unlink()
        flush(sortie)
    except OSError as failure:
        raise OutputError(
            f"What was being put in place in {sortie} was cut: {failure.strerror}.",
            remedy="All it needs stands there: put the disk right and run again to finish it.",
        ) from None


def _read(journal: Path) -> dict[str, Any]:
    try:
        announced: dict[str, Any] = json.loads(journal.read_text(encoding="utf-8"))
        if announced["format"] == FORMAT:
            return announced
    except (ValueError, KeyError, TypeError):
        pass
    raise OutputError(
        f"{journal} was not written by this version of siei-match.",
        remedy="Finish what it announces with the version that began it.",
    )


def _put(sortie: Path, dossier: Path, place: Mapping[str, Any], former: Path) -> None:
    source, target = dossier / place["de"], sortie / place["vers"]
    if _is_placed(source, target, place):
        return
    if seal(source) != place["sceau"]:
        raise OutputError(
            f"Putting {place['vers']} in place was cut, and what was prepared for it in {dossier} "
            "is gone.",
            remedy=f"Remove {sortie / JOURNAL} and run again what was cut: {_cut(place['vers'])}.",
        )
    make_folder(target.parent, 0o750)
    if not source.is_dir():
        source.replace(target)
        return
    if target.exists() and not exchange(source, target):
        # Without the exchange there is a moment without the folder; the journal covers it.
        shutil.rmtree(former, ignore_errors=True)
        target.rename(former)
    if not target.exists():
        source.rename(target)


def _cut(target: str) -> str:
    folder, _, code = target.rpartition("/")
    return f"run campaign {code} again" if folder == "campagnes" else "the command that wrote it"


def _is_placed(source: Path, target: Path, place: Mapping[str, Any]) -> bool:
    """Say whether `target` is the announced one, or the damaged one of before.

    A campaign run again to repair its folder makes the manifest that it had.
    """
    if seal(target) != place["sceau"]:
        return False
    elsewhere = seal(source) != place["sceau"]
    return elsewhere or bool(target.stat().st_ino == place["inode"])


def seal(path: Path) -> str | None:
    """Return what tells a file or folder from another; None where there is none.

    Of a campaign's folder, its manifest seals the rest.
    """
    if not path.is_dir():
        return sha256_if_any(path)
    if (path / MANIFESTE).is_file():
        return file_sha256(path / MANIFESTE)
    told = (
        f"{file.relative_to(path)}\n{'' if file.is_dir() else file_sha256(file)}\n"
        for file in sorted(path.rglob("*"))
    )
    return bytes_sha256("".join(told).encode())
