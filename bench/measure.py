"""What every contender does around its work: arguments, clock, peak memory, the same answer.

A contender is a program of its own: `python run_x.py FOLDER ANSWER [option=value ...]`. It reads
`traits.parquet` (and `parcours.parquet` if it wants it) in FOLDER, writes ANSWER (`rid`,
`personne`), and prints one line of JSON. The clock runs from the first byte read to the last
byte written; starting Python and importing libraries are outside.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Contender = Callable[[Path, Path, dict[str, str]], dict[str, Any]]


def peak_bytes() -> int:
    """Return the peak resident memory of this process.

    Linux carries `ru_maxrss` over from the process that started this one; `VmHWM` is its own.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text("ascii", "replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def compete(contender: Contender) -> None:
    """Run one contender as the command line says, and print what it took."""
    dossier, reponse = Path(sys.argv[1]), Path(sys.argv[2])
    options = dict(argument.split("=", 1) for argument in sys.argv[3:])
    before = cpu_seconds()
    start = time.perf_counter()
    told = contender(dossier, reponse, options)
    seconds = time.perf_counter() - start
    print(
        json.dumps(
            {
                "secondes": seconds,
                "processeur": cpu_seconds() - before,
                "memoire": peak_bytes(),
                "dit": told,
            }
        )
    )


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
