"""Kill runs, fill disks, spoil files: what is published stays, nothing stays readable, all completes.

    python bench/recovery.py --graine 7

A fictive France of 400 people, two campaigns run and released. Then the second runs again with
another setting, and is stopped in every way below; after each, the output folder is looked at as
another user finds it, as the next start finds it, and after a new run. Prints a Markdown table.
"""

import argparse
import logging
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from recovery_crash import act_on

from siei_match.campaign.story import run_campaign
from siei_match.output import STAGING, locked
from siei_match.output.audit import verify
from siei_match.reference.files import DRAFT
from siei_match.reference.settings import Settings
from siei_match.simulate import simulate

CODES = ("2026-10", "2027-03")
CODE = CODES[1]
KEY = "recovery" * 4
SETTING = 30
STAGES = ("receive", "validate", "normalise", "link", "identify", "decide", "route", "publish")
TRACE = Path(__file__).with_name("recovery_crash.py")


class Broken(AssertionError):  # noqa: N818 - named as people say it
    """A law that recovery must hold was broken."""


@dataclass
class Scene:
    """The output folder as it was, as it is to become, and a folder to work in."""

    work: Path
    dossier: Path
    base: Path
    before: dict[str, bytes]
    after: dict[str, bytes]
    seconds: float
    """From a run's first log line to its end."""
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)

    def copy(self) -> Path:
        sortie = self.work / "out"
        shutil.rmtree(sortie, ignore_errors=True)
        return Path(shutil.copytree(self.base, sortie))

    def note(self, case: str, outcome: str) -> None:
        self.outcomes.setdefault(case, Counter())[outcome] += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graine", type=int, default=7)
    parser.add_argument("--morts", type=int, default=50, help="runs killed at a random moment")
    parser.add_argument("--autres", type=int, default=10, help="tries of each other kind")
    parser.add_argument("--personnes", type=int, default=400)
    given = parser.parse_args()
    logging.getLogger("siei_match").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="siei-recovery-") as folder:
        scene = prepare(Path(folder), given.personnes, given.graine)
        began = time.monotonic()
        for rank, case in enumerate(cases(given.morts, given.autres), start=1):
            print(f"{rank}: {case.__name__}", file=sys.stderr)
            case(scene, random.Random(f"{given.graine} {case.__name__}"))
        show(scene, given.graine, time.monotonic() - began)


def cases(morts: int, autres: int) -> Iterator[Callable[[Scene, random.Random], None]]:
    """Return the ways of stopping a run, each with how often."""
    many: list[tuple[Callable[[Scene, random.Random], None], int]] = [
        (kill_at_random, morts),
        (kill_and_resume, autres),
        (limit_files, autres),
        (fill_disk, autres),
        (forbid_writing, 1),
        (spoil_staging, autres),
        (start_two, max(1, autres // 3)),
        (crash_publication, autres),
        (crash_release, 2 * autres),
        (crash_purge, autres),
    ]
    for act, count in many:
        for rank in range(count):

            def case(
                scene: Scene,
                dice: random.Random,
                act: Callable[[Scene, random.Random], None] = act,
                rank: int = rank,
            ) -> None:
                act(scene, random.Random(f"{dice.random()} {rank}"))

            case.__name__ = act.__name__
            yield case


def prepare(work: Path, personnes: int, graine: int) -> Scene:
    """Make the France, run and release both campaigns, and run the second with another setting."""
    os.environ["SIEI_CLE"] = KEY
    os.environ["TMPDIR"] = str(work / "tmp")
    (work / "tmp").mkdir()
    made = simulate(work / "france", personnes, graine, campagnes=CODES)
    base = work / "base"
    for code in CODES:
        run_campaign(made.campagnes[code], base, Settings())
        act_on(base, code)
    before = snapshot(base)
    trial = Path(shutil.copytree(base, work / "trial"))
    # The first is slower: it reads the program from the disk.
    for _ in range(2):
        run = start(made.campagnes[CODE], trial)
        wait_first_line(run)
        began = time.monotonic()
        if run.communicate()[1] is None or run.returncode:
            raise Broken("the run that nobody stops fails")
        seconds = time.monotonic() - began
    after = snapshot(trial)
    if after == before:
        raise Broken("the other setting gives the same files: nothing would be seen")
    return Scene(work, made.campagnes[CODE], base, before, after, seconds)


def kill_at_random(scene: Scene, dice: random.Random) -> None:
    """Kill -9 at any moment between the first log line and the end."""
    sortie = scene.copy()
    run = start(scene.dossier, sortie)
    said = wait_first_line(run)
    time.sleep(dice.uniform(0, scene.seconds))
    run.send_signal(signal.SIGKILL)
    said += run.communicate()[1]
    require_no_orphan(run.pid)
    stage = "after the end" if run.returncode == 0 else stage_of(said)
    scene.note(f"kill -9 in {stage}", examine(scene, sortie))


def kill_and_resume(scene: Scene, dice: random.Random) -> None:
    """The same of a run with --resume, which the next one takes up."""
    sortie = scene.copy()
    run = start(scene.dossier, sortie, "--resume")
    wait_first_line(run)
    time.sleep(dice.uniform(0.2, 0.9) * scene.seconds)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    look_as_another(scene, sortie)
    again = start(scene.dossier, sortie, "--resume")
    said = again.communicate()[1]
    if again.returncode:
        raise Broken(f"a run that takes up another fails: {said[-300:]}")
    passed = said.count("done before")
    require_state(snapshot(sortie), scene.after)
    require_nothing_hidden(scene, sortie)
    scene.note("kill -9, then --resume", f"same bytes, {passed} stages not done again")


def limit_files(scene: Scene, dice: random.Random) -> None:
    """No file may grow above a random size: what a quota does."""
    limit = int(2 ** dice.uniform(8, 22.5))
    sortie = scene.copy()
    run = start(
        scene.dossier,
        sortie,
        before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    said = run.communicate()[1]
    require_told(run, said)
    scene.note("no file above a random size", examine(scene, sortie, failed=run.returncode != 0))


def fill_disk(scene: Scene, dice: random.Random) -> None:
    """A disk of its own (tmpfs), with a random rest of space."""
    place = scene.work / "disque"
    place.mkdir(exist_ok=True)
    used = sum(path.stat().st_blocks * 512 for path in scene.base.rglob("*")) + (8 << 20)
    size = used + int(dice.uniform(0, 16) * (1 << 20))
    if not mount(place, size):
        scene.note("full disk", "not tried: no right to mount a disk here")
        return
    try:
        sortie = Path(shutil.copytree(scene.base, place / "out"))
        rest = shutil.disk_usage(place).free
        (place / "reste").write_bytes(bytes(max(0, rest - int(dice.uniform(0, 12) * (1 << 20)))))
        run = start(scene.dossier, sortie)
        said = run.communicate()[1]
        require_told(run, said)
        (place / "reste").unlink()
        # Somebody makes room for good: a run needs some megabytes beside what is published.
        mount(place, size + (64 << 20), "remount,")
        outcome = examine(scene, sortie, failed=run.returncode != 0)
        scene.note("full disk", outcome)
    finally:
        subprocess.run(["umount", place], check=True)


def forbid_writing(scene: Scene, dice: random.Random) -> None:
    """An output folder that nobody may write into: a disk mounted read-only, or by its mode."""
    if os.getuid():
        sortie = scene.copy()
        sortie.chmod(0o500)
        try_to_write(scene, sortie)
        sortie.chmod(0o750)
    else:
        place = scene.work / "disque"
        place.mkdir(exist_ok=True)
        if not mount(place, 64 << 20):
            scene.note("read-only folder", "not tried: no right to mount a disk here")
            return
        try:
            sortie = Path(shutil.copytree(scene.base, place / "out"))
            subprocess.run(["mount", "-o", "remount,ro", place], check=True)
            try_to_write(scene, sortie)
            subprocess.run(["mount", "-o", "remount,rw", place], check=True)
        finally:
            subprocess.run(["umount", place], check=True)
    scene.note("read-only folder", "old state")


def try_to_write(scene: Scene, sortie: Path) -> None:
    run = start(scene.dossier, sortie)
    said = run.communicate()[1]
    if run.returncode == 0:
        raise Broken("a run writes where it may not")
    require_told(run, said)
    require_state(snapshot(sortie), scene.before)


def mount(place: Path, size: int, again: str = "") -> bool:
    """Mount a disk in memory; say whether we may."""
    command = ["mount", "-t", "tmpfs", "-o", f"{again}size={size}", "tmpfs", place]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def spoil_staging(scene: Scene, dice: random.Random) -> None:
    """One bit of a table between two stages changes while the run works."""
    sortie = scene.copy()
    run = start(scene.dossier, sortie)
    wait_first_line(run)
    time.sleep(dice.uniform(0.2, 0.8) * scene.seconds)
    run.send_signal(signal.SIGSTOP)
    tables = sorted((sortie / f"{STAGING}{CODE}" / "travail").rglob("*.parquet"))
    if tables:
        spoiled = bytearray((table := dice.choice(tables)).read_bytes())
        if spoiled:
            spoiled[dice.randrange(len(spoiled))] ^= 1 << dice.randrange(8)
            table.write_bytes(spoiled)
    run.send_signal(signal.SIGCONT)
    said = run.communicate()[1]
    require_told(run, said)
    outcome = examine(scene, sortie, failed=run.returncode != 0)
    scene.note("one bit of a staging table changed", outcome)


def start_two(scene: Scene, dice: random.Random) -> None:
    """Two runs of the same campaign at once."""
    sortie = scene.copy()
    one, two = start(scene.dossier, sortie), start(scene.dossier, sortie)
    told = [(run, run.communicate()[1]) for run in (one, two)]
    for run, said in told:
        require_told(run, said)
    codes = sorted(run.returncode for run, _ in told)
    if 0 not in codes:
        raise Broken("of two runs, none is done")
    require_state(snapshot(sortie), scene.after)
    refused = "the second refused" if codes == [0, 1] else "one after the other"
    scene.note("two runs at once", f"new state, {refused}")


def crash_publication(scene: Scene, dice: random.Random) -> None:
    """Kill -9 at a chosen change of the file system, among the last ones of a run."""
    crash(scene, dice, "run", last=60)


def crash_release(scene: Scene, dice: random.Random) -> None:
    """Kill -9 at a chosen change of the file system, anywhere in a release."""
    crash(scene, dice, "release", last=None)


def crash_purge(scene: Scene, dice: random.Random) -> None:
    """Kill -9 at a chosen change of the file system, anywhere in a purge of the first campaign."""
    crash(scene, dice, "purge", last=None)


def crash(scene: Scene, dice: random.Random, command: str, last: int | None) -> None:
    sortie = scene.copy()
    if command == "release":
        run_campaign(scene.dossier, sortie, Settings(delai_entree=SETTING))
    released = snapshot(sortie)
    ready = Path(shutil.copytree(sortie, scene.work / "ready", dirs_exist_ok=False))
    count = changes(scene, command, sortie)
    finished = snapshot(sortie)
    at = dice.randrange(max(0, count - last) if last else 0, count)
    shutil.rmtree(sortie)
    ready.rename(sortie)
    killed = trace(scene, command, sortie, at)
    if killed.returncode != -signal.SIGKILL:
        raise Broken(f"no crash at change {at} of {count}: {killed.stderr[-300:]!r}")
    look_as_another(scene, sortie, released, finished)
    with locked(sortie):
        pass
    found = snapshot(sortie)
    require_nothing_hidden(scene, sortie)
    if found not in (released, finished):
        raise Broken(f"after a crash at change {at} of {command}: neither state")
    require_whole_log(sortie)
    trace(scene, command, sortie, -1)
    if snapshot(sortie) != finished:
        raise Broken(f"{command} does not complete after a crash at change {at}")
    name = "the last changes of a run" if command == "run" else f"a {command}"
    scene.note(f"kill -9 in {name}", "new state" if found == finished else "old state")


def changes(scene: Scene, command: str, sortie: Path) -> int:
    """Return how many changes of the file system a command makes, having made them."""
    done = trace(scene, command, sortie, -1)
    if done.returncode:
        raise Broken(done.stderr.decode()[-500:])
    return int(done.stdout)


def trace(scene: Scene, command: str, sortie: Path, at: int) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, TRACE, command, scene.dossier, sortie, str(at)],
        capture_output=True,
        check=False,
    )


def start(
    dossier: Path,
    sortie: Path,
    *options: str,
    before: Callable[[], None] | None = None,
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "siei_match.cli", "run", dossier, "--sortie", sortie,
         "--delai-entree", str(SETTING), *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=before,
    )  # fmt: skip


def wait_first_line(run: subprocess.Popen[str]) -> str:
    assert run.stderr is not None
    return run.stderr.readline()


def stage_of(said: str) -> str:
    """Return the stage that was under way: each says in the log when it is done."""
    done = [stage for stage in STAGES if f"INFO {stage}: " in said]
    return STAGES[min(len(done), len(STAGES) - 1)]


def examine(scene: Scene, sortie: Path, *, failed: bool = False) -> str:
    """Look at a folder in which a run was stopped; return the state that its readers find."""
    look_as_another(scene, sortie)
    journal = (sortie / ".journal.json").exists()
    with locked(sortie):
        pass
    found = snapshot(sortie)
    require_nothing_hidden(scene, sortie)
    if failed:
        require_state(found, scene.before)
    elif found not in (scene.before, scene.after):
        raise Broken("what is published is neither the old state nor the new one")
    require_whole_log(sortie)
    run_campaign(scene.dossier, sortie, Settings(delai_entree=SETTING))
    require_state(snapshot(sortie), scene.after)
    if found == scene.after:
        return "new state, put in place by the next start" if journal else "new state"
    return "old state"


def look_as_another(scene: Scene, sortie: Path, *states: dict[str, bytes]) -> None:
    """Look at the folder as the group and the others do: no list, no table under way."""
    shown = list(reachable(sortie))
    published = states or (scene.before, scene.after)
    for path in shown:
        name = path.relative_to(sortie).as_posix()
        known = [state.get(name) for state in published]
        if name.startswith("memoire/") or "liste" in name or "registre" in name:
            raise Broken(f"{name} is readable by others")
        if path.read_bytes() not in known and name != ".journal.json":
            raise Broken(f"{name}, not published, is readable by others")
    if left := [path for path in (scene.work / "tmp").rglob("*") if path.is_file()]:
        raise Broken(f"a run leaves {left[0].name} in the temporary folder")


def reachable(folder: Path) -> Iterator[Path]:
    """Return the files that somebody else may read, by the modes alone."""
    for path in sorted(folder.iterdir()):
        mode = path.lstat().st_mode
        if path.is_dir() and mode & 0o011:
            yield from reachable(path)
        elif path.is_file() and mode & 0o044:
            yield path


def require_nothing_hidden(scene: Scene, sortie: Path) -> None:
    hidden = [path.name for path in sortie.iterdir() if path.name.startswith(".")]
    drafts = [path.name for path in sortie.rglob("*") if path.suffix in (".tmp", DRAFT)]
    if hidden or drafts:
        raise Broken(f"left after the next start: {hidden + drafts}")


def require_state(found: dict[str, bytes], expected: dict[str, bytes]) -> None:
    if found != expected:
        names = sorted(n for n in {*found, *expected} if found.get(n) != expected.get(n))
        raise Broken(f"{len(names)} files differ: {names[:5]}")


def require_told(run: subprocess.Popen[str], said: str) -> None:
    """A failure is a line and a remedy, with exit code 1 and no traceback."""
    if run.returncode not in (0, 1) or "Traceback" in said:
        raise Broken(f"exit code {run.returncode}: {said[-500:]}")
    if run.returncode and "siei: " not in said:
        raise Broken(f"a failure that says nothing: {said[-500:]}")


def require_whole_log(sortie: Path) -> None:
    if not verify(sortie).whole:
        raise Broken("the audit log is not whole")


def require_no_orphan(pid: int) -> None:
    """What the run started ends with it."""
    for _ in range(100):
        alive = subprocess.run(
            ["ps", "-o", "stat=", "-s", str(pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        if not [state for state in alive if not state.startswith("Z")]:
            return
        time.sleep(0.05)
    raise Broken("a process of the killed run goes on")


def snapshot(root: Path) -> dict[str, bytes]:
    """Return every file with its bytes, but two logs, which hold times."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.startswith(("audit.", "executions."))
    }


def show(scene: Scene, graine: int, seconds: float) -> None:
    print("| stopped by | times | found by the next start, then after a new run |")
    print("|---|---|---|")
    order = [f"kill -9 in {stage}" for stage in (*STAGES, "after the end")]
    for case in sorted(scene.outcomes, key=lambda c: order.index(c) if c in order else 99):
        counts = scene.outcomes[case]
        told = "; ".join(f"{outcome}: {n}" for outcome, n in sorted(counts.items()))
        print(f"| {case} | {sum(counts.values())} | {told} |")
    total = sum(sum(counts.values()) for counts in scene.outcomes.values())
    print(f"\n{total} stops, seed {graine}, {seconds / 60:.0f} minutes: no law broken.")


if __name__ == "__main__":
    main()
