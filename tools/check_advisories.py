"""Look the locked versions up in a file of advisories, without a network: `python -m tools.check_advisories FILE`.

FILE is an export in OSV's form (osv.dev: `PyPI/all.zip`), a zip of JSON files, a folder of them, or one JSON
document or list. Exit code 0: nothing known; 1: something is; 2: the file cannot be trusted to say so.
"""

import argparse
import json
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from packaging.version import InvalidVersion, Version

from tools.locked import INSTALLED, ROOT, Pin, normalise, read_locks

CLEAN, FOUND, UNUSABLE = 0, 1, 2
ECOSYSTEM: Final = "PyPI"
LARGEST: Final = 8 << 20
"""Bytes of one advisory."""
DAYS: Final = 30


class UnusableError(Exception):
    """The file says nothing that one could rely on."""


@dataclass(frozen=True, order=True)
class Finding:
    """A locked version that an advisory names."""

    name: str
    version: str
    id: str
    aliases: str
    fixed: str


def read_advisories(path: Path) -> Iterator[dict[str, Any]]:
    """Give each advisory of an export.

    Raises:
        UnusableError: a part of it is no JSON, or too large: nothing is passed over.
    """
    for name, content in _read_parts(path):
        try:
            told = json.loads(content)
        except ValueError:
            raise UnusableError(f"{name} is no JSON") from None
        for one in told if isinstance(told, list) else [told]:
            if not isinstance(one, dict) or not isinstance(one.get("id"), str):
                raise UnusableError(f"{name} is no advisory in OSV's form")
            yield one


def _read_parts(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        if path.is_dir():
            for part in sorted(path.glob("*.json")):
                yield part.name, part.read_bytes()
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as export:
                for member in export.infolist():
                    if member.file_size > LARGEST:
                        raise UnusableError(f"{member.filename} is too large")
                    if member.filename.endswith(".json"):
                        yield member.filename, export.read(member)
        else:
            yield path.name, path.read_bytes()
    except (OSError, zipfile.BadZipFile) as failure:
        raise UnusableError(f"{path.name} cannot be read ({type(failure).__name__})") from None


def find_known(pins: Iterable[Pin], advisories: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Return the pins that an advisory names, but one that was withdrawn."""
    by_name: dict[str, list[Pin]] = {}
    for pin in pins:
        by_name.setdefault(pin.name, []).append(pin)
    found = set()
    for advisory in advisories:
        for affected in advisory.get("affected", ()):
            package = affected.get("package", {})
            if advisory.get("withdrawn") or package.get("ecosystem") != ECOSYSTEM:
                continue
            for pin in by_name.get(normalise(str(package.get("name", ""))), ()):
                if is_affected(pin.version, affected):
                    aliases = " ".join(sorted(advisory.get("aliases", ())))
                    fixed = " ".join(sorted(_fixes(affected))) or "none"
                    found.add(Finding(pin.name, pin.version, advisory["id"], aliases, fixed))
    return sorted(found)


def is_affected(version: str, affected: Mapping[str, Any]) -> bool:
    """Say whether a version is among those of an advisory: listed, or within a range.

    A version that cannot be compared counts as affected: a person looks.
    """
    try:
        ours = Version(version)
        if any(_parse(one) == ours for one in affected.get("versions", ())):
            return True
        return any(
            _is_within(ours, told.get("events", ()))
            for told in affected.get("ranges", ())
            if told.get("type") == "ECOSYSTEM"
        )
    except InvalidVersion:
        return True


def _parse(text: str) -> Version | None:
    # Of a list of old versions, some are older than the form of versions: none of ours is one.
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _is_within(ours: Version, events: Iterable[Mapping[str, str]]) -> bool:
    """OSV's rule: of the events in order of versions, the last that is reached decides."""
    reached = [
        (Version("0.dev0") if at == "0" else Version(at), kind)
        for event in events
        for kind, at in event.items()
        if kind in ("introduced", "fixed", "last_affected")
    ]
    within = False
    for at, kind in sorted(reached):
        if kind == "introduced" and ours >= at:
            within = True
        elif (kind == "fixed" and ours >= at) or (kind == "last_affected" and ours > at):
            within = False
    return within


def _fixes(affected: Mapping[str, Any]) -> Iterator[str]:
    for told in affected.get("ranges", ()):
        yield from (event["fixed"] for event in told.get("events", ()) if "fixed" in event)


def require_fresh(advisories: list[dict[str, Any]], now: datetime, days: int) -> None:
    """Make sure that the export is one of this index, and no old one.

    Raises:
        UnusableError: it names no package of the index, or nothing in it is recent.
    """
    told = [
        one for one in advisories
        if any(a.get("package", {}).get("ecosystem") == ECOSYSTEM for a in one.get("affected", ()))
    ]  # fmt: skip
    if not told:
        raise UnusableError(f"it has no advisory about a package of {ECOSYSTEM}")
    newest = max(str(one.get("modified", "")) for one in told)
    try:
        age = now - datetime.fromisoformat(newest)
    except (ValueError, TypeError):
        raise UnusableError("its newest advisory has no date") from None
    if age > timedelta(days=days):
        raise UnusableError(f"its newest advisory is {age.days} days old; {days} are allowed")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--days", type=int, default=DAYS, help="how old the newest advisory may be")
    parser.add_argument("--lock", nargs="*", default=INSTALLED, help="locks, from the root")
    parser.add_argument(
        "--except", dest="known", nargs="*", default=[], help="advisories answered for"
    )
    asked = parser.parse_args(arguments)
    pins = read_locks(asked.lock, ROOT)
    try:
        advisories = list(read_advisories(asked.file))
        require_fresh(advisories, datetime.now(UTC), asked.days)
        found = find_known(pins, advisories)
    except UnusableError as unusable:
        sys.stderr.write(f"The advisories cannot be used: {unusable}.\n")
        return UNUSABLE
    left = [one for one in found if not {one.id, *one.aliases.split()} & set(asked.known)]
    lines = [
        f"{one.name} {one.version}: {one.id} ({one.aliases or 'no alias'}); fixed in {one.fixed}"
        for one in left
    ]
    answered = len(found) - len(left)
    lines.append(
        f"{len(pins)} locked versions, {len(advisories)} advisories: {len(left)} known, {answered} answered for."
    )
    sys.stdout.write("\n".join(lines) + "\n")
    return FOUND if left else CLEAN


if __name__ == "__main__":
    sys.exit(main())
