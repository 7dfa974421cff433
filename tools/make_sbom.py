"""Write the bill of materials of a release, CycloneDX 1.6 in JSON: `python -m tools.make_sbom FILE`.

Packages, versions, hashes and who asks for whom come from the locks; licences from what is installed. The same
locks give the same bytes: no time of day, no random number.
"""

import json
import sys
import tomllib
import uuid
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from tools.locked import ROOT, Pin, read_locks

SPEC: Final = "1.6"
SPACE: Final = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
"""RFC 4122's space of names for addresses."""
SHORT: Final = 80
"""Characters: a longer text under License is the licence itself, not its name."""
NEEDED: Final = ":"
"""What the package asks for itself, its extras included; `:dev` and the like are groups of pyproject.toml."""


def render(pins: Iterable[Pin], version: str) -> dict[str, Any]:
    """Return the bill of materials of these pins."""
    pins = list(pins)
    ours = f"pkg:pypi/siei-match@{version}"
    needed = find_needed(pins)
    made = {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "bom-ref": ours, "name": "siei-match", "version": version,
                "purl": ours, "licenses": [{"license": {"id": "EUPL-1.2"}}],
            }
        },
        "components": [describe(pin, needed=pin.name in needed) for pin in pins],
        "dependencies": list_dependencies(pins, ours),
    }  # fmt: skip
    text = json.dumps(made, sort_keys=True)
    return {**made, "serialNumber": f"urn:uuid:{uuid.uuid5(SPACE, text)}"}


def describe(pin: Pin, *, needed: bool) -> dict[str, Any]:
    """Return a package as a component; `excluded` is CycloneDX's word for what only builds or tests."""
    marker = [{"name": "siei:marker", "value": pin.marker}] if pin.marker else []
    licences = read_licences(pin)
    return {
        "type": "library",
        "bom-ref": pin.purl,
        "name": pin.name,
        "version": pin.version,
        "purl": pin.purl,
        "scope": "required" if needed else "excluded",
        "properties": [
            *marker,
            *({"name": "siei:sha256", "value": digest} for digest in sorted(pin.hashes)),
        ],
        **({"licenses": licences} if licences else {}),
    }


def read_licences(pin: Pin) -> list[dict[str, Any]]:
    """Return what the installed package says of its licence; nothing where another version is, or none."""
    try:
        told = metadata.metadata(pin.name)
    except metadata.PackageNotFoundError:
        return []
    if told["Version"] != pin.version:
        return []
    expression, text = told.get("License-Expression"), (told.get("License") or "").strip()
    if expression:
        return [{"expression": expression}]
    classed = [
        line.rpartition(" :: ")[2]
        for line in told.get_all("Classifier") or []
        if line.startswith("License ::")
    ]
    short = [text] if 0 < len(text) <= SHORT and "\n" not in text else []
    return [{"license": {"name": name}} for name in classed or short]


def find_needed(pins: list[Pin]) -> set[str]:
    """Return the packages that the software needs to run, with any of its extras."""
    reached = {pin.name for pin in pins if NEEDED in pin.asked_by}
    before = 0
    while before < len(reached):
        before = len(reached)
        reached |= {pin.name for pin in pins if reached & set(pin.asked_by)}
    return reached


def list_dependencies(pins: list[Pin], ours: str) -> list[dict[str, Any]]:
    """Return who asks for whom, each package once."""
    asks: dict[str, set[str]] = {ours: set(), **{pin.purl: set() for pin in pins}}
    by_name: dict[str, list[str]] = {}
    for pin in pins:
        by_name.setdefault(pin.name, []).append(pin.purl)
    for pin in pins:
        for asking in pin.asked_by:
            for ref in [ours] if asking.startswith(":") else by_name.get(asking, []):
                asks[ref].add(pin.purl)
    return [{"ref": ref, "dependsOn": sorted(found)} for ref, found in asks.items()]


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    made = render(read_locks(), project["version"])
    target.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
