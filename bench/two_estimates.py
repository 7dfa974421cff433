"""Both estimates of a run's errors beside the truth: simulated worlds, others' worlds, public data sets.

python bench/two_estimates.py [--personnes 20000] [--graines 9401 9402 …] [--autres FOLDER …] [--publics FOLDER]

--autres: folders of another generator of worlds, each with campagnes/2026-10 and verite/2026-10/lignes.parquet
(extrait, fichier, ligne, id_vrai). --publics: FEBRL and RLdata too (bench/publics.py); the folder receives what is downloaded.

Per world, in pairs of rows of which one at least has no INE: missed and false, by hidden INE and model [interval], by the second estimate
[interval], true; of the second, what was never compared; missed between the sources that hiding cannot measure (missions locales);
seconds of the second estimate and of the linkage. Then how often each interval, and the two together (from the lower low to the higher
high), hold the truth.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl
from estimation import link_nothing_first, true_errors
from febrl import pairs
from publics import PublicSet, febrl, rldata
from worlds import against_truth, draw_worlds, normalise_delivery, read_world

from siei_match.reference.contracts import schemas_root
from siei_match.reference.settings import load_settings
from siei_match.stages.link import link, read_rows, read_spec
from siei_match.stages.link.engine import default_thresholds
from siei_match.stages.link.measure.measuring import measure
from siei_match.stages.link.measure.rates import ExpectedErrors, Interval
from siei_match.stages.link.measure.second import estimate_again
from siei_match.stages.link.people.trace import Trace

GRAINES: Final = (9401, 9402, 9403)
CAMPAGNE: Final = "2026-10"
KINDS: Final = ("missed", "false")


@dataclass(frozen=True)
class Compared:
    """What a linkage expects of itself, and what is true.

    couples: missed between sources that hiding cannot measure: by the model, by the second, true.
    """

    name: str
    errors: ExpectedErrors
    missed: int
    false: int
    couples: tuple[float, float, int]
    seconds: float
    whole: float

    def line(self) -> str:
        again = self.errors.second
        assert again is not None
        first = self.errors.whole
        cells = [
            f"{told(getattr(first, kind, None))} | {told(getattr(again, kind))} | {getattr(self, kind)}"
            for kind in KINDS
        ]
        model, second, true = self.couples
        return (
            f"| {self.name} | {cells[0]} | {again.unmet.estimate:.1f} | {model:.1f} | {second:.1f} | {true} "
            f"| {cells[1]} | {self.seconds:.1f} / {self.whole:.1f} |"
        )


def told(found: Interval | None) -> str:
    return f"{found.estimate:.1f} [{found.low:.1f}, {found.high:.1f}]" if found else "–"


def watch(part: float = 1.0) -> tuple[Any, list[float]]:
    """Return a measure that notes the seconds of the second estimate."""
    took: list[float] = []

    def both(trace: Trace) -> ExpectedErrors:
        first = measure(trace, part)
        start = time.perf_counter()
        again = estimate_again(trace)
        took.append(time.perf_counter() - start)
        return ExpectedErrors(**{**vars(first), "second": again})

    return both, took


def examine(
    name: str, traits: pl.DataFrame, parcours: pl.DataFrame, truth: pl.DataFrame
) -> Compared:
    settings, (both, took) = load_settings(), watch()
    start = time.perf_counter()
    linked = link(
        traits, parcours, seuil_lien=settings.seuil_lien, seuil_doute=settings.seuil_doute, measure=both
    )  # fmt: skip
    whole = time.perf_counter() - start
    rows = against_truth(traits, linked.groupes, truth)
    missed, false = true_errors(rows)
    errors = linked.errors
    assert errors is not None
    assert errors.second is not None
    modelled = [c for c in errors.couples if c.rates.method == "model"]
    names = [(c.source_a, c.source_b) for c in modelled]
    couples = (
        sum(c.rates.missed.estimate for c in modelled),
        sum(
            couple.missed.estimate
            for couple in errors.second.couples
            if (couple.source_a, couple.source_b) in names
        ),
        sum(missed[n] for n in names),
    )
    return Compared(
        name, errors, sum(missed.values()), sum(false.values()), couples, took[-1], whole
    )


def simulated(folder: Path, people: int, seeds: list[int]) -> Iterator[Compared]:
    for name, seed, world in draw_worlds(folder, people, seeds):
        yield examine(f"{name} {seed}", *read_world(world))


def others(folders: list[Path]) -> Iterator[Compared]:
    for folder in folders:
        traits, parcours = normalise_delivery(folder / "campagnes" / CAMPAGNE)
        lines = pl.read_parquet(folder / "verite" / CAMPAGNE / "lignes.parquet").select(
            pl.col("extrait", "fichier").cast(pl.String),
            pl.col("ligne").cast(traits.schema["ligne"]),
            personne="id_vrai",
        )
        place = ["extrait", "fichier", "ligne"]
        yield examine(folder.name, traits, parcours, traits.join(lines, on=place, how="left"))


def public(data: PublicSet) -> Compared:
    """Link a declared set at its thresholds: no identifier, so that the second estimate stands alone."""
    spec = read_spec(schemas_root() / "liaison" / f"{data.declared}.toml")
    rows, (both, took) = read_rows(data.files, spec), watch()
    at = default_thresholds(spec)
    start = time.perf_counter()
    linked = link(rows, spec=spec, seuil_lien=at.link, seuil_doute=at.doubt, measure=both)
    whole = time.perf_counter() - start
    table = linked.groupes.with_columns(vrai=data.truth)
    true, made, right = (pairs(table, k) for k in (["vrai"], ["personne"], ["vrai", "personne"]))
    assert linked.errors is not None
    name = f"{data.name}, {data.declared}"
    return Compared(name, linked.errors, true - right, made - right, (0, 0, 0), took[-1], whole)


def holds(found: Interval | None, truth: int) -> bool:
    # A half pair is no pair.
    return found is not None and found.low - 0.5 <= truth <= found.high + 0.5


def count_held(one: Compared, counts: Counter[tuple[str, str]]) -> None:
    for kind in KINDS:
        truth = getattr(one, kind)
        first = getattr(one.errors.whole, kind, None)
        second = getattr(one.errors.second, kind)
        known = [i for i in (first, second) if i]
        whole = (
            Interval(0, min(i.low for i in known), max(i.high for i in known)) if known else None
        )
        for name, found in (("hidden INE", first), ("second", second), ("together", whole)):
            if found is not None:
                counts[kind, name] += holds(found, truth)
                counts[kind, f"{name}, of"] += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--personnes", type=int, default=20_000)
    parser.add_argument("--graines", type=int, nargs="*", default=list(GRAINES))
    parser.add_argument("--dossier", type=Path)
    parser.add_argument("--autres", type=Path, nargs="*", default=[])
    parser.add_argument("--publics", type=Path)
    chosen = parser.parse_args()
    folder = chosen.dossier or Path(tempfile.mkdtemp(prefix="siei-estimates-"))
    link_nothing_first()
    print(
        "| world | missed, first | second | true | never compared | unmeasured sources: model | second | true "
        "| false, first | second | true | s |"
    )
    print("|---" * 12 + "|")
    counts: Counter[tuple[str, str]] = Counter()
    sets = [*febrl(), *rldata(chosen.publics)] if chosen.publics else []
    found = [
        simulated(folder, chosen.personnes, chosen.graines),
        others(chosen.autres),
        map(public, sets),
    ]
    for one in (one for part in found for one in part):
        print(one.line(), flush=True)
        count_held(one, counts)
    for kind in KINDS:
        held = ", ".join(
            f"{name} {counts[kind, name]} of {counts[kind, f'{name}, of']}"
            for name in ("hidden INE", "second", "together")
        )
        print(f"\nIntervals of {kind} that hold the truth: {held}.")


if __name__ == "__main__":
    main()
