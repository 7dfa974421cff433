"""Build one DuckDB file, in a process of its own: `python -P builder.py` reads its order on stdin.

Why a process of its own. DuckDB writes a few bytes of its memory as they are: between compressed
segments, and under absent values. In the process of the run they could be a piece of a name; here
nothing was ever loaded but what goes into the file. And both allocators, told by the environment
before this process starts, hand out zeroed memory only: the same tables give the same bytes (where
the system has another C library than glibc, almost always). This file imports nothing of ours.
"""

import ctypes
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import duckdb

ALLOCATOR: Final = {
    "DUCKDB_JE_MALLOC_CONF": "zero:true",
    # glibc fills with the complement of this byte; its thread cache would skip that.
    "GLIBC_TUNABLES": "glibc.malloc.perturb=255:glibc.malloc.tcache_count=0",
}
STORAGE_VERSION: Final = "v1.4.0"
"""Analysts' tools still run DuckDB 1.x, which opens no 2.0 file."""

HEADER: Final = 4096
IDENTIFIER: Final = slice(124, 140)
"""Sixteen random bytes in the main header; they tie a file to its write-ahead log."""
WORD: Final = (1 << 64) - 1


def build(order: Mapping[str, Any]) -> None:
    """Create the file `order["base"]` and run `order["statements"]`: pairs of SQL and parameters."""
    base = str(order["base"])
    # One thread: rows and blocks stand in the order of the statements.
    with duckdb.connect(config={"threads": 1, "temp_directory": f"{base}.tmp"}) as con:
        con.execute("SET checkpoint_threshold = '1TB'")  # one checkpoint, at the end
        quoted = base.replace("'", "''")
        con.execute(f"ATTACH '{quoted}' AS base (STORAGE_VERSION '{STORAGE_VERSION}')")
        con.execute("USE base")
        # One transaction: a commit for each comment of a column takes half the time of a build.
        con.execute("BEGIN")
        for sql, parameters in order["statements"]:
            con.execute(sql, parameters)
        con.execute("COMMIT")
        con.execute("CHECKPOINT base")
        con.execute("USE memory")
        con.execute("DETACH base")
    settle_header(Path(base))


def settle_header(base: Path) -> bool:
    """Replace the file's random identifier by one drawn from its content.

    Returns False, and changes nothing, where the header is not laid out as DuckDB 2.0 does.
    """
    with base.open("r+b") as file:
        headers = [bytearray(file.read(HEADER)) for _ in range(3)]
        if any(int.from_bytes(h[:8], "little") != _checksum(h[8:]) for h in headers):
            return False
        drawn = _digest(file, headers[1])
        random = bytes(headers[0][IDENTIFIER])
        for header in headers:
            # The third header repeats what its buffer held: the first one's identifier.
            if header[IDENTIFIER] == random:
                header[IDENTIFIER] = drawn
                header[:8] = _checksum(header[8:]).to_bytes(8, "little")
        file.seek(0)
        file.write(b"".join(headers))
    return True


def _digest(file: Any, header: bytearray) -> bytes:
    import hashlib

    content = hashlib.sha256(header)
    while chunk := file.read(1 << 20):
        content.update(chunk)
    return content.digest()[:16]


def _checksum(content: bytearray) -> int:
    """DuckDB's own (src/common/checksum.cpp): each word times a constant, all xored."""
    result = 5381
    for start in range(0, len(content), 8):
        word = int.from_bytes(content[start : start + 8], "little")
        result ^= word * 0xBF58476D1CE4E5B9 & WORD
    return result


def _die_with(parent: int) -> None:
    """Ask the system to end this process with the run: a killed run leaves nobody writing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        sys.exit(1)


def main() -> int:
    """Build what stdin orders. On failure, say on stderr its class, and the system's reason."""
    order = json.load(sys.stdin)
    _die_with(order["parent"])
    os.umask(0o077)
    try:
        build(order)
    except (duckdb.Error, OSError) as failure:
        full = [s for s in ("No space left on device", "File too large") if s in str(failure)]
        # Never its message: a conversion error quotes the value.
        sys.stderr.write(json.dumps({"erreur": type(failure).__name__, "disque": bool(full)}))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
