"""How a run grows: whole runs of deliveries of several sizes, step by step, and the law fitted to them.

python bench/growth.py DELIVERY [DELIVERY …] [--run-arguments "--memoire 4G --moteur dask"] [--sortie DIR]

Each delivery (a folder with campagne.toml) is run by the command line in a process of its own, as a scheduler
would. Of each step: seconds, processor seconds of the run's own process (of the whole: of its workers too), the most memory that the system could not
take back (`RssAnon`, and what workers hold), and the most that the staging folder held. Then, per step, the
exponent k of time ~ rows^k between each size and the next. Linux alone: it reads /proc.
"""

import argparse
import json
import math
import os
import re
import resource
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path

from siei_match.reference.memory import anonymous

STEP = re.compile(r"INFO (\w+): ([0-9.]+) s, processor ([0-9.]+) s")
PAUSE = 0.1
GIGA = 1e9


@dataclass
class Spent:
    """What a step took: seconds, processor seconds, gigabytes."""

    seconds: float
    processor: float
    anonymous: float
    staged: float


@dataclass
class Run:
    """A run: rows read, people, candidate pairs, processor seconds of all its processes, and what each step took."""

    delivery: str
    rows: int = 0
    people: int = 0
    candidates: int = 0
    processor: float = 0.0
    steps: dict[str, Spent] = field(default_factory=dict)


def family(pid: int) -> Iterator[int]:
    """Give a process and all that it started."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    except OSError:
        return
    for child in children:
        yield from family(int(child))


def held(pid: int) -> float:
    """Return the gigabytes of a process and its workers that the system cannot take back."""
    return sum(anonymous(one) or 0 for one in family(pid)) / GIGA


def standing(folder: Path) -> float:
    """Return the gigabytes of the files of a folder; one that goes meanwhile counts for nothing."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(place, name).stat(follow_symlinks=False).st_size
            except OSError:
                continue
    return total / GIGA


class Watch(threading.Thread):
    """Notes the most that a process holds and that a folder keeps, until it is asked."""

    def __init__(self, pid: int, folder: Path) -> None:
        super().__init__(daemon=True)
        self.pid, self.folder = pid, folder
        self.memory = self.disk = 0.0

    def run(self) -> None:
        turn = 0
        while True:
            self.memory = max(self.memory, held(self.pid))
            if not turn % 20:
                self.disk = max(self.disk, standing(self.folder))
            turn += 1
            time.sleep(PAUSE)

    def ask(self) -> tuple[float, float]:
        told = self.memory, self.disk
        self.memory = self.disk = 0.0
        return told


def children() -> float:
    """Return the processor seconds of the processes that have ended, and of theirs."""
    told = resource.getrusage(resource.RUSAGE_CHILDREN)
    return told.ru_utime + told.ru_stime


def follow(delivery: Path, sortie: Path, arguments: Sequence[str]) -> Run:
    """Run a delivery, and return what each step took.

    Raises:
        SystemExit: the run failed; its last words are told.
    """
    command = [
        sys.executable,
        "-m",
        "siei_match.cli",
        "run",
        str(delivery),
        "--sortie",
        str(sortie),
    ]
    done, said = Run(delivery.resolve().parent.parent.name), []
    before = children()
    with subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        watch = Watch(process.pid, sortie)
        watch.start()
        for line in process.stdout or ():
            said.append(line)
            if told := STEP.search(line):
                memory, disk = watch.ask()
                done.steps[told[1]] = Spent(float(told[2]), float(told[3]), memory, disk)
    if process.returncode:
        raise SystemExit("".join(said[-20:]))
    done.processor = children() - before
    manifest = json.loads(next(sortie.glob("campagnes/*/manifeste.json")).read_text("utf-8"))
    counts = manifest["etapes"]
    done.rows, done.people = counts["lues"], counts["personnes"]
    done.candidates = counts["rapprochement_paires_candidates"]
    return done


def show(runs: Sequence[Run]) -> Iterator[str]:
    """Give the lines of two tables: what each run took, step by step, and how it grows."""
    for run in runs:
        yield f"\n{run.delivery}: {run.rows} rows, {run.people} people, {run.candidates} candidates\n"
        yield "| step | s | CPU s | memory, GB | staged, GB |\n|---|---|---|---|---|"
        for name, spent in run.steps.items():
            yield f"| {name} | {spent.seconds:.1f} | {spent.processor:.1f} | {spent.anonymous:.2f} | {spent.staged:.2f} |"
        every = run.steps.values()
        yield (
            f"| **whole** | {sum(s.seconds for s in every):.0f} | {run.processor:.0f} "
            f"| {max(s.anonymous for s in every):.2f} | {max(s.staged for s in every):.2f} |"
        )
    for before, after in pairwise(runs):
        yield f"\n{before.delivery} to {after.delivery}: k of CPU s ~ rows^k\n"
        ratio = math.log(after.rows / before.rows)
        for name in before.steps:
            more = after.steps[name].processor / max(0.1, before.steps[name].processor)
            yield f"- {name}: {math.log(max(more, 1e-9)) / ratio:.2f}"


def main() -> None:
    told = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    told.add_argument("deliveries", nargs="+", type=Path, metavar="DELIVERY")
    told.add_argument("--run-arguments", default="", help="of `siei run`, as one text")
    told.add_argument(
        "--sortie", type=Path, help="where runs put their output; by default a temporary folder"
    )
    told.add_argument("--json", type=Path, help="write what was measured there, too")
    asked = told.parse_args()
    runs = []
    with tempfile.TemporaryDirectory(prefix="siei-growth-", dir=asked.sortie) as place:
        for number, delivery in enumerate(asked.deliveries):
            runs.append(
                follow(delivery, Path(place, str(number)), shlex.split(asked.run_arguments))
            )
            print(*show(runs[-1:]), sep="\n", flush=True)
    runs.sort(key=lambda run: run.rows)
    print(*show(runs), sep="\n")
    if asked.json:
        asked.json.write_text(json.dumps([asdict(run) for run in runs], indent=2), "utf-8")


if __name__ == "__main__":
    main()
