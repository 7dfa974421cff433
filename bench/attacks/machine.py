"""Attacks on the machine that it runs on: 9 and 15."""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from bench.attacks.common import CODE, KEY, NEXT, ROOT, Found, siei
from bench.attacks.rudeness import find_failures

SIEI: Final = (sys.executable, "-m", "siei_match.cli")
SECONDS: Final = 30.0
MEGABYTES: Final = 1500
PATTERN: Final = "g[ab]*"
ALIKE: Final = "ga-1"
"""A folder beside it that the pattern would mean."""


def attack_9(place: Path) -> Found:
    """A build back end that somebody changed; XML and TOML that take the machine; cores, patterns, bad input."""
    parts = (forge_back_end, send_xml, send_toml, crash, name_by_patterns, find_failures)
    told, held = [], True
    for part in parts:
        good, seen = part(place)
        held &= good
        told.append(f"{'held' if good else 'BROKEN':6} {part.__name__}: {seen}")
    return held, "\n    ".join(["", *told])


def forge_back_end(place: Path) -> Found:
    """Build with what the lock names, then with a lock of other hashes: another back end than was locked."""
    good, bad = ROOT / "requirements-build.lock", place / "bad.lock"
    text = good.read_text("utf-8")
    bad.write_text(re.sub("sha256:[0-9a-f]{10}", "sha256:0000000000", text))
    said = {}
    for name, lock in (("as locked", good), ("another", bad)):
        done = subprocess.run(
            [str(Path(sys.executable).with_name("uv")), "build", "--wheel", "--quiet", "--build-constraints",
             str(lock), "--out-dir", str(place / "built"), str(ROOT)],
            capture_output=True, text=True,
        )  # fmt: skip
        said[name] = (done.returncode, done.stderr)
    refused = said["another"][0] != 0 and "Computed" in said["another"][1]
    lines = [line for line in text.splitlines() if "==" in line]
    asked = "--build-constraints requirements-build.lock" in (ROOT / "Makefile").read_text("utf-8")
    if said["as locked"][0]:
        return bool(lines) and asked, "not played: what the lock names cannot be fetched here"
    return refused and asked, f"{len(lines)} packages locked; of other hashes refused: {refused}"


def bounded(*command: str) -> tuple[int, str, float, int]:
    """Run a command; return its exit code, what it said, its seconds, and the most memory it or a child held."""
    start = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "SIEI_CLE": KEY},
    ) as process:  # fmt: skip
        assert process.stderr
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, said, time.monotonic() - start, usage.ru_maxrss >> 10


def judge(name: str, done: tuple[int, str, float, int]) -> Found:
    code, said, seconds, megabytes = done
    good = code == 1 and "Traceback" not in said and seconds < SECONDS and megabytes < MEGABYTES
    return good, f"{name} {seconds:.1f} s {megabytes} MB{'' if good else f' ended {code}'}"


def send_xml(place: Path) -> Found:
    """Collect workbooks whose XML multiplies, does not end, or is deep."""
    from tests.unit import test_collect_apart as made
    from tests.unit import test_xml_limits as xml

    harm = {"laughs": xml.laughs(), "repeated": xml.repeated(), "outside": xml.outside(),
            "deep": xml.deep() * 100, "a long piece": xml.pieces(xml.PIECES["a comment"], 64 << 20),
            "long attributes": xml.pieces(xml.PIECES["an attribute"], 15 << 20, 4)}  # fmt: skip
    told, held = [], True
    for name, content in harm.items():
        path = place / "answers.xlsx"
        path.write_bytes(made.replaced(made.a_workbook(), xl__worksheets__sheet1=content))
        done = bounded(*SIEI, "collect", str(path), "--sortie", str(place / "out"))
        good, seen = judge(name, done)
        held, told = held and good, [*told, seen]
    return held, "; ".join(told)


def send_toml(place: Path) -> Found:
    """Check deliveries whose campagne.toml of 400 kB takes minutes to read."""
    from tests.unit.test_toml_text import MADE

    told, held = [], True
    for n, (name, text) in enumerate(MADE.items()):
        folder = place / f"toml-{n}"
        folder.mkdir()
        (folder / "campagne.toml").write_text(text)
        good, seen = judge(name, bounded(*SIEI, "check", str(folder)))
        held, told = held and good, [*told, *(() if good else (seen,))]
    return (
        held,
        f"{len(MADE)} files of up to {max(map(len, MADE.values())) >> 10} kB; not refused at once: {told or 'none'}",
    )


def crash(place: Path) -> Found:
    """Crash the command where cores may be of any size: names and the key are in its memory."""
    folder, whole = place / "crash", (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    folder.mkdir()
    left = {}
    for name, program in (("any program", "import signal; signal.pause()"), ("ours", PAUSED)):
        with subprocess.Popen(
            [sys.executable, "-c", program], cwd=folder,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, whole),
        ) as process:  # fmt: skip
            time.sleep(3)
            process.send_signal(signal.SIGSEGV)
            process.wait()
        left[name] = sum(path.stat().st_size for path in folder.glob("core*"))
        for path in folder.glob("core*"):
            path.unlink()
    how = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    return (
        not left["ours"],
        f"bytes left of any program: {left['any program']}, of ours: {left['ours']} (core_pattern {how})",
    )


PAUSED: Final = (
    "import signal; from siei_match.cli import program\n"
    "program.main = lambda *a: signal.pause()\n"
    "program.entry()\n"
)


def name_by_patterns(place: Path) -> Found:
    """Folders named by signs of patterns, and one beside them that the pattern means, with other lists."""
    ours, beside = (shutil.copytree(place / "out", place / name, symlinks=True)
                    for name in (PATTERN, ALIKE))  # fmt: skip
    for path in [*beside.glob("campagnes/*/*.parquet"), *beside.glob("memoire/*.parquet")]:
        path.unlink()
    delivery = shutil.copytree(ROOT / "sample_data" / NEXT, place / "in[ab]*" / NEXT)
    (place / "ina").mkdir()
    (place / "vers[1]").mkdir()
    done = [siei("verify", "--sortie", str(ours)), siei("check", str(delivery)),
            siei("run", str(delivery), "--sortie", str(ours)),
            siei("export", CODE, "--psad", "non_affecte", "--sortie", str(ours), "--vers", str(place / "vers[1]"))]  # fmt: skip
    ended = [one.returncode for one in done]
    same = [
        json.loads((out / "campagnes" / NEXT / "manifeste.json").read_text("utf-8"))["etapes"]
        for out in (ours, place / "out")
    ]
    made = [p.name for p in (place / "vers[1]").iterdir()]
    return ended == [0, 0, 0, 0] and same[0] == same[1] and len(made) == 1, (
        f"verify, check, run, export ended {ended}; counts those of before: {same[0] == same[1]}; {len(made)} file exported"
    )


def attack_15(place: Path) -> Found:
    """A unit that lets its process do much; an old file of advisories taken for an all-clear."""
    exposed = []
    for unit in ("siei", "siei-portal", "siei-expected"):
        if shutil.which("systemd-analyze"):
            path = ROOT / "docs" / "recipes" / f"{unit}.service"
            done = subprocess.run(
                ["systemd-analyze", "security", "--offline=true", "--threshold=30", str(path)],
                capture_output=True, text=True,
            )  # fmt: skip
            exposed += [unit] if done.returncode else []
    old = place / "advisories.json"
    old.write_text(json.dumps({"id": "X", "modified": "2020-01-01T00:00:00Z", "affected": [
        {"package": {"ecosystem": "PyPI", "name": "another"}, "versions": ["1"]}]}))  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tools.check_advisories", str(old)], cwd=ROOT, capture_output=True
    )
    return not exposed and done.returncode == 2, (
        f"units over 3: {exposed or 'none'}; an old file of advisories ends with {done.returncode} (2: refused)"
    )
