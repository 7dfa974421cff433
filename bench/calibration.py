"""Does the probability of a link mean what it says? Runs beside the truth of their worlds.

python -m bench.calibration OUT CAMPAIGN TRUTH [OUT CAMPAIGN TRUTH ...] [--figure FILE.svg]

OUT is what `siei run` wrote, TRUTH the folder `verite` of a world (of `siei simulate`, or of others:
`lignes.parquet` with a person by `fichier` and `ligne`, in the folder or in one of the campaign's name).
Judged is each row of `liens.parquet`: two groups of rows that likeness decided, shown by two of them, and the
probability that these are one person's. Pairs in doubt and pairs refused stand there beside the links. Prints for
each bin of the probability its pairs, its mean, the share that is true, and 95 % limits of this share (Wilson).
"""

import argparse
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from pathlib import Path
from typing import Final

import polars as pl

from bench.calibration_drawing import draw

EDGES: Final = (0.0, 0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
"""A bin holds its lower edge; the last one both."""
GOAL: Final = 0.05
GOAL_BETWEEN: Final = (0.1, 0.99)
"""Where a bin's share is to be within `GOAL` of its mean probability."""
Z: Final = 1.959964
PEOPLE: Final = ("id_vrai", "personne")
"""What a truth calls the person of a row: the independent generator, `siei simulate`."""


@dataclass(frozen=True)
class Bin:
    """Pairs of like probability: how many, how many are true, and the mean probability."""

    low: float
    high: float
    pairs: int
    true: int
    mean: float

    @property
    def share(self) -> float:
        return self.true / self.pairs

    @property
    def limits(self) -> tuple[float, float]:
        return wilson(self.true, self.pairs)

    @property
    def counted(self) -> bool:
        """Tell whether the goal speaks of this bin."""
        return GOAL_BETWEEN[0] <= self.low and self.high <= GOAL_BETWEEN[1]

    @property
    def verdict(self) -> str:
        """Say whether the share is within the goal; `surely` where both limits say so."""
        if not self.counted:
            return "–"
        low, high = self.limits
        if low > self.mean + GOAL or high < self.mean - GOAL:
            return "missed, surely"
        inside = low >= self.mean - GOAL and high <= self.mean + GOAL
        met = abs(self.share - self.mean) <= GOAL
        return f"{'met' if met else 'missed'}{', surely' if inside else ''}"


def wilson(true: int, pairs: int) -> tuple[float, float]:
    """Return the 95 % limits of a share."""
    share, spread = true / pairs, Z * Z / pairs
    middle = (share + spread / 2) / (1 + spread)
    half = sqrt(share * (1 - share) * spread + spread * spread / 4) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def judged_pairs(out: Path, campaign: str, truth: Path) -> pl.DataFrame:
    """Return `probabilite` and `vrai` of each pair of `liens` whose rows are both somebody's.

    Raises:
        ValueError: a row of a link does not stand in the truth: the two are not of one world.
    """
    liens = pl.read_parquet(out / "campagnes" / campaign / "liens.parquet")
    people = read_truth(truth, campaign)
    for side in "ab":
        liens = liens.join(
            people.rename({c: f"{c}_{side}" for c in people.columns}),
            on=[f"fichier_{side}", f"ligne_{side}"],
            how="left",
        )
    unknown = liens.filter(pl.any_horizontal(pl.col("connu_a", "connu_b").is_null())).height
    if unknown:
        raise ValueError(
            f"{unknown} of {liens.height} pairs of {out} have a row unknown to {truth}"
        )
    return liens.select(
        "probabilite", vrai=(pl.col("qui_a") == pl.col("qui_b")).fill_null(value=False)
    )


def read_truth(truth: Path, campaign: str) -> pl.DataFrame:
    """Return `fichier`, `ligne`, `qui` (nobody's: null) and `connu` of each row of a campaign."""
    within = truth / campaign
    lignes = pl.read_parquet((within if within.is_dir() else truth) / "lignes.parquet")
    if "campagne" in lignes.columns:
        lignes = lignes.filter(pl.col("campagne").cast(pl.String) == campaign)
    who = next(c for c in PEOPLE if c in lignes.columns)
    return lignes.select(
        pl.col("fichier").cast(pl.String),
        pl.col("ligne").cast(pl.UInt32),
        qui=pl.col(who),
        connu=pl.lit(value=True),
    )


def bins_of(pairs: pl.DataFrame) -> list[Bin]:
    """Return the bins that hold a pair, from the least likely."""
    found = []
    for low, high in pairwise(EDGES):
        closed = "both" if high == EDGES[-1] else "left"
        held = pairs.filter(pl.col("probabilite").is_between(low, high, closed=closed))
        if held.height:
            mean, true = held.select(pl.col("probabilite").mean(), pl.col("vrai").sum()).row(0)
            found.append(Bin(low, high, held.height, true, mean))
    return found


def render(bins: list[Bin]) -> str:
    """Return the table of the bins."""
    lines = [
        "| probability | pairs | mean | true | 95 % limits | true − mean, points | within ± 5 |",
        "|---" * 7 + "|",
    ]
    for b in bins:
        low, high = b.limits
        lines.append(
            f"| {b.low:g} to {b.high:g} | {b.pairs:,} | {b.mean:.4f} | {b.share:.4f} "
            f"| {low:.4f} to {high:.4f} | {100 * (b.share - b.mean):+.1f} | {b.verdict} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", metavar="OUT CAMPAIGN TRUTH", help="three for each run")
    parser.add_argument("--figure", type=Path, help="where the drawing goes (SVG)")
    chosen = parser.parse_args()
    if len(chosen.runs) % 3:
        parser.error("for each run three are expected: OUT CAMPAIGN TRUTH")
    runs = list(zip(*[iter(chosen.runs)] * 3, strict=True))
    each = [judged_pairs(Path(out), campaign, Path(truth)) for out, campaign, truth in runs]
    for (out, campaign, _), pairs in zip(runs, each, strict=True):
        bins = bins_of(pairs)
        goal = [b for b in bins if b.counted]
        missed = [b for b in goal if b.verdict.startswith("missed")]
        apart = sum(b.pairs * abs(b.share - b.mean) for b in bins) / max(1, pairs.height)
        print(
            f"{out}, {campaign}: {pairs.height:,} pairs, mean distance {100 * apart:.2f} points; "
            f"{len(missed)} of {len(goal)} bins missed ({sum(b.pairs for b in missed):,} pairs)"
        )
    together = bins_of(pl.concat(each))
    print(f"\n{render(together)}")
    if chosen.figure:
        points = [(b.mean, b.share, *b.limits, b.pairs) for b in together]
        chosen.figure.write_text(draw(points, GOAL), "utf-8")


if __name__ == "__main__":
    main()
