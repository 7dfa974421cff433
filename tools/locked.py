"""What a lock pins: each package with its version, marker, hashes, and what asked for it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
INSTALLED: Final = ("requirements.lock", "requirements-uv.lock", "requirements-build.lock")
"""What `make setup` installs, and what builds."""
PIN: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)(?:\s*;\s*([^\\]+?))?\s*\\?$")
HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
OURS: Final = re.compile(r"siei-match \(pyproject\.toml(?::(\w+))?\)")


@dataclass(frozen=True)
class Pin:
    """One pinned package; `asked_by`: packages, or `:group` of pyproject.toml, `:` for the package itself."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    asked_by: tuple[str, ...]

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{self.name}@{self.version}"


def normalise(name: str) -> str:
    """Return a package's name as the index knows it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_lock(path: Path) -> list[Pin]:
    """Return what a lock pins, in its order.

    Raises:
        ValueError: a line that is no pin, hash or comment: nothing of a lock is passed over.
    """
    pins: list[Pin] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if found := PIN.match(line):
            pins.append(Pin(normalise(found[1]), found[2], found[3] or "", (), ()))
        elif not pins and line.strip() and not line.startswith("#"):
            raise ValueError(f"{path.name}:{number} is no pin")
        elif found := HASH.search(line):
            pins[-1] = _with(pins[-1], hashes=(found[1],))
        elif line.lstrip().startswith("#"):
            pins[-1:] = [_with(pin, asked_by=tuple(_asking(line))) for pin in pins[-1:]]
        elif line.strip():
            raise ValueError(f"{path.name}:{number} is no pin")
    return pins


def _with(pin: Pin, hashes: tuple[str, ...] = (), asked_by: tuple[str, ...] = ()) -> Pin:
    return Pin(pin.name, pin.version, pin.marker, pin.hashes + hashes, pin.asked_by + asked_by)


def _asking(line: str) -> Iterator[str]:
    word = line.strip().lstrip("#").strip().removeprefix("via").strip()
    if ours := OURS.fullmatch(word):
        yield f":{ours[1] or ''}"
    elif word:
        yield normalise(word)


def read_locks(names: Iterable[str] = INSTALLED, root: Path = ROOT) -> list[Pin]:
    """Return what several locks pin, each version once."""
    found: dict[tuple[str, str], Pin] = {}
    for name in names:
        for pin in read_lock(root / name):
            key = (pin.name, pin.version)
            found[key] = _with(found[key], asked_by=pin.asked_by) if key in found else pin
    return sorted(found.values(), key=lambda pin: (pin.name, pin.version))
