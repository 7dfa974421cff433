"""Play the numbered attacks of SECURITY.md against a fresh demonstration: `python -m bench.attacks [N …]`.

Each prints `held` or `broken`, and what was seen; the exit code is the number of those that broke. The
attacker is another user of the machine (`nobody`) where this is run by root, as CI and containers do;
else the same user plays with what another could do. Pages are served on loopback, and those who use them
honestly go on meanwhile: the longest that they waited is told.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.attacks.common import CODE, NEXT, ROOT, Found, siei
from bench.attacks.folder import attack_2, attack_3, attack_4, attack_7, attack_10, attack_12
from bench.attacks.machine import attack_9, attack_15
from bench.attacks.people import attack_6, attack_13, attack_14
from bench.attacks.places import attack_5, attack_8
from bench.attacks.prefect import attack_1
from bench.attacks.signin import attack_11

ATTACKS: Final[dict[int, Callable[[Path], Found]]] = {
    1: attack_1, 2: attack_2, 3: attack_3, 4: attack_4, 5: attack_5, 6: attack_6, 7: attack_7, 8: attack_8,
    9: attack_9, 10: attack_10, 11: attack_11, 12: attack_12, 13: attack_13, 14: attack_14, 15: attack_15,
}  # fmt: skip


def prepare(place: Path) -> None:
    """Run a campaign of the samples and release it: what the attacks are played against."""
    out = str(place / "out")
    for code in (CODE, NEXT):
        done = siei("run", str(ROOT / "sample_data" / code), "--sortie", out)
        if done.returncode:
            raise SystemExit(done.stderr)
    held = siei("release", CODE, "--sortie", out)
    if held.returncode:
        words = [w for line in held.stderr.split() if line.startswith("garde_") for w in (line,)]
        siei("release", CODE, "--sortie", out, *(w for g in words for w in ("--malgre", g)))
    # Others may enter the place, as they may enter /tmp: what stands there closes itself.
    place.chmod(0o755)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", nargs="*", type=int, default=sorted(ATTACKS))
    chosen = parser.parse_args().numbers
    broken = 0
    with tempfile.TemporaryDirectory(prefix="siei-attacks-") as name:
        place = Path(name)
        prepare(place)
        load = os.getloadavg()[0]
        print(f"{os.cpu_count()} cores, load {load:.1f}", flush=True)
        for number in chosen:
            try:
                held, seen = ATTACKS[number](place)
            except Exception as failure:  # noqa: BLE001 - an attack that could not be played has not held
                held, seen = False, f"not played: {type(failure).__name__}: {failure}"
            broken += not held
            print(f"{number:3} {'held' if held else 'BROKEN':6} {seen}", flush=True)
    return broken


if __name__ == "__main__":
    sys.exit(main())
