"""Spoil thousands of tiny deliveries, and see that none gets a run off its laws.

python -m bench.fuzz [--cas 10000] [--graine 1] [--travailleurs 2] [--formes] [--rejouer SEED …]

Each case is drawn from one seed: `--rejouer` plays it again and tells all. A case that takes over
`--delai` seconds is a hang: its process is killed, and the next cases go on in another. The exit code
is 1 if a law was broken. What the laws are: bench/fuzz_laws.py; what is spoilt: fuzz_mutations.py
(rows, columns, bytes), fuzz_traps.py (Parquet, campagne.toml, names of files) and fuzz_forms.py (workbooks, XML,
JSON, zips): one seed in five draws those, and `--formes` plays these alone.
"""

import argparse
import json
import os
import resource
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from bench.fuzz_base import FORMS_EVERY, draws_form

ROOT = Path(__file__).parents[1]
MEMOIRE = 16 << 30
"""Bytes of addresses that a process may ask for: a case that wants all memory does not get it."""


def work() -> None:
    """Play the cases whose seeds come in, one a line, and answer each with a line of JSON."""
    from bench.fuzz_laws import Banc

    resource.setrlimit(resource.RLIMIT_AS, (MEMOIRE, MEMOIRE))
    sortie = os.fdopen(os.dup(1), "w", buffering=1)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as racine:
        banc = Banc(Path(racine))
        print("{}", file=sortie)
        for ligne in sys.stdin:
            print(json.dumps(asdict(banc.play(int(ligne)))), file=sortie)


class Travailleur(threading.Thread):
    """One process at a time that plays cases, killed when a case takes too long."""

    def __init__(
        self, graines: "Queue[int]", issues: "Queue[dict[str, Any]]", delai: float
    ) -> None:
        super().__init__(daemon=True)
        self.graines, self.issues, self.delai = graines, issues, delai
        self.enfant: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        while True:
            try:
                graine = self.graines.get_nowait()
            except Empty:
                break
            debut = time.monotonic()
            self._start()
            self._write(f"{graine}\n")
            self.issues.put(
                self._answer(self.delai) or self._lost(graine, time.monotonic() - debut)
            )
        if self.enfant is not None:
            self.enfant.communicate()

    def _start(self) -> None:
        if self.enfant is None:
            self.enfant = subprocess.Popen(
                [sys.executable, "-m", "bench.fuzz", "--ouvrier"], cwd=ROOT,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            if self._answer(300) is None:
                raise SystemExit("a worker did not start: python -m bench.fuzz --ouvrier")

    def _write(self, ligne: str) -> None:
        assert self.enfant is not None
        assert self.enfant.stdin is not None
        self.enfant.stdin.write(ligne.encode())
        self.enfant.stdin.flush()

    def _answer(self, delai: float) -> dict[str, Any] | None:
        assert self.enfant is not None
        assert self.enfant.stdout is not None
        if select.select([self.enfant.stdout], [], [], delai)[0] and (
            lu := self.enfant.stdout.readline()
        ):
            return dict(json.loads(lu))
        return None

    def _lost(self, graine: int, secondes: float) -> dict[str, Any]:
        assert self.enfant is not None
        mort = self.enfant.poll()
        self.enfant.kill()
        self.enfant.wait()
        self.enfant = None
        faute = "hang" if mort is None else f"the process died ({mort})"
        # What was drawn is not drawn again here: it may be what filled the memory.
        return {"graine": graine, "mode": "unknown", "faits": [], "issue": faute, "dit": "",
                "secondes": secondes, "memoire": 0, "fautes": [faute]}  # fmt: skip


def play(graines: range, travailleurs: int, delai: float) -> list[dict[str, Any]]:
    """Play all cases, telling the broken ones as they come."""
    queue: Queue[int] = Queue()
    for graine in graines:
        queue.put(graine)
    issues: Queue[dict[str, Any]] = Queue()
    for _ in range(travailleurs):
        Travailleur(queue, issues, delai).start()
    vues = []
    while len(vues) < len(graines):
        issue = issues.get()
        vues.append(issue)
        if issue["fautes"]:
            print(
                f"  {issue['graine']} {issue['mode']} {'+'.join(issue['faits'])}: {issue['fautes']}",
                flush=True,
            )
        if len(vues) % 1000 == 0:
            print(f"  {len(vues)} cases", flush=True)
    return vues


def choose(first: int, cases: int, *, forms_alone: bool) -> range:
    """Return as many seeds as asked for, from the first on: all of them, or those that draw other forms than text."""
    if not forms_alone:
        return range(first, first + cases)
    start = next(seed for seed in range(first, first + FORMS_EVERY) if draws_form(seed))
    return range(start, start + cases * FORMS_EVERY, FORMS_EVERY)


def tell(vues: list[dict[str, Any]], secondes: float) -> None:
    rompues = [v for v in vues if v["fautes"]]
    print(f"{len(vues)} deliveries in {secondes:.0f} s; {len(rompues)} broke a law.")
    for titre, cle in (("read", "mode"), ("became", "issue")):
        compte = Counter(v[cle] for v in vues)
        print(f"  {titre}: " + ", ".join(f"{nom} {n}" for nom, n in compte.most_common()))
    faits = Counter(fait for v in vues for fait in v["faits"])
    print(f"  {len(faits)} mutations, the rarest {min(faits.values())} times")
    lente, large = max(vues, key=lambda v: v["secondes"]), max(vues, key=lambda v: v["memoire"])
    print(f"  longest {lente['secondes']:.1f} s ({lente['graine']}), most memory added "
          f"{large['memoire']} MiB ({large['graine']})")  # fmt: skip


def main() -> int:
    lu = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    lu.add_argument("--cas", type=int, default=10_000)
    lu.add_argument("--graine", type=int, default=1, help="the first case's seed")
    lu.add_argument("--travailleurs", type=int, default=2)
    lu.add_argument("--delai", type=float, default=60, help="seconds that a case may take")
    lu.add_argument(
        "--formes", action="store_true", help="only seeds that draw other forms than text"
    )
    lu.add_argument("--rejouer", type=int, nargs="*", default=[])
    lu.add_argument("--ouvrier", action="store_true", help=argparse.SUPPRESS)
    voulu = lu.parse_args()
    if voulu.ouvrier:
        work()
        return 0
    if voulu.rejouer:
        from bench.fuzz_laws import Banc

        with tempfile.TemporaryDirectory(prefix="fuzz-") as racine:
            banc = Banc(Path(racine))
            vues = [asdict(banc.play(graine)) for graine in voulu.rejouer]
        print(json.dumps(vues, ensure_ascii=False, indent=1))
        return int(any(v["fautes"] for v in vues))
    debut = time.monotonic()
    lot = choose(voulu.graine, voulu.cas, forms_alone=voulu.formes)
    vues = play(lot, voulu.travailleurs, voulu.delai)
    tell(vues, time.monotonic() - debut)
    return int(any(v["fautes"] for v in vues))


if __name__ == "__main__":
    sys.exit(main())
