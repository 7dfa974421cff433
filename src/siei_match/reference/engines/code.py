"""What a worker must have in common with who asks it: another program would give other bytes."""

import hashlib
import platform
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from siei_match.reference.contracts import schemas_root

PACKAGE: Final = Path(__file__).parents[2]
RECKONING: Final = ("numpy", "pandas", "polars", "pyarrow", "rapidfuzz", "recordlinkage", "scipy")
"""The libraries whose version may show in a result, or in what is handed from one process to another."""


@cache
def code_digest() -> str:
    """Return a digest of this program, its declarations, its libraries and the kind of machine."""
    told = hashlib.sha256()
    told.update(repr((sys.version_info[:2], platform.machine())).encode())
    told.update(repr([(name, version(name)) for name in RECKONING]).encode())
    for root, suffixes in ((PACKAGE, {".py", ".sql"}), (schemas_root(), {".toml", ".json"})):
        for path in sorted(root.rglob("*")):
            if path.suffix in suffixes and path.is_file():
                told.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    return told.hexdigest()
