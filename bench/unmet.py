"""What blocking missed, as a run could estimate it, beside the truth, on simulated worlds.

python bench/unmet.py [--personnes 6000] [--graines 8101 8102 …] [--dossier DIR]

Per world: links of lone records without an identifier that the model expects to have been lost among the pairs compared
(pairs of rows between sources that hiding cannot measure), what was never compared (`unmet.estimate_unmet_links`),
and the truth of each: true pairs missed, and lone records one true partner of which was never compared.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from estimation import GRAINES, TAUX, true_errors
from worlds import make_world

from siei_match.reference.settings import load_settings
from siei_match.simulate import SimulatedRates
from siei_match.stages.link import link
from siei_match.stages.link.measure.measuring import measure
from siei_match.stages.link.measure.rates import ExpectedErrors
from siei_match.stages.link.measure.unmet import estimate_unmet_links, lone_records
from siei_match.stages.link.people.trace import Trace


def truly_unmet(trace: Trace, truth: pl.DataFrame) -> int:
    """Count the lone records of whose true person no record of another source was ever compared."""
    lone = lone_records(trace)
    of = trace.fiches.lignes.join(truth.select("rid", "personne"), on="rid")
    of = of.group_by("fiche").agg(pl.col("personne").first())
    source = pl.DataFrame(
        {"fiche": np.arange(trace.fiches.count), "source": trace.fiches.codes("source")}
    ).with_columns(pl.col("fiche").cast(pl.UInt32))
    known = of.with_columns(pl.col("fiche").cast(pl.UInt32)).join(source, on="fiche")
    mine = known.filter(pl.col("fiche").is_in(pl.Series(lone).implode()))
    pairs = mine.join(known, on="personne", suffix="_b").filter(
        pl.col("source") != pl.col("source_b")
    )
    ends = pairs.select(
        "fiche", a=pl.min_horizontal("fiche", "fiche_b"), b=pl.max_horizontal("fiche", "fiche_b")
    )
    near = trace.near.select("a", "b", met=pl.lit(value=True))
    met = ends.join(near, on=["a", "b"], how="left").group_by("fiche").agg(pl.col("met").any())
    return met.filter(~pl.col("met").fill_null(value=False)).height


def examine(world: Path) -> str:
    traits, parcours, truth = (
        pl.read_parquet(world / f"{name}.parquet") for name in ("traits", "parcours", "verite")
    )
    traces: list[Trace] = []

    def look(trace: Trace) -> ExpectedErrors:
        traces.append(trace)
        return measure(trace)

    settings = load_settings()
    linked = link(
        traits, parcours, seuil_lien=settings.seuil_lien, seuil_doute=settings.seuil_doute,
        measure=look,
    )  # fmt: skip
    rows = (
        traits.select("rid", "extrait", "ine")
        .join(truth.select("rid", "personne"), on="rid")
        .join(linked.groupes.select("rid", rendu="personne"), on="rid")
    )
    missed, _ = true_errors(rows)
    assert linked.errors is not None
    modelled = [c for c in linked.errors.couples if c.rates.method == "model"]
    expected = sum(c.rates.missed.estimate for c in modelled)
    true = sum(missed[c.source_a, c.source_b] for c in modelled)
    found = estimate_unmet_links(traces[-1])
    told = f"{found.estimate} [{found.low}, {found.high}]" if found else "–"
    lone = len(lone_records(traces[-1]))
    return f"{expected:.1f} / {true} | {lone} | {told} / {truly_unmet(traces[-1], truth)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--personnes", type=int, default=6_000)
    parser.add_argument("--graines", type=int, nargs="+", default=list(GRAINES))
    parser.add_argument("--dossier", type=Path)
    chosen = parser.parse_args()
    folder = chosen.dossier or Path(tempfile.mkdtemp(prefix="siei-unmet-"))
    print("| world | missed, by the model / true | lone records | never compared / true |")
    print("|---|---|---|---|")
    for name, taux in TAUX.items():
        for seed in chosen.graines:
            rates = SimulatedRates.from_toml(taux) if taux else SimulatedRates()
            world = make_world(
                folder / f"{name}-{chosen.personnes}-{seed}", chosen.personnes, seed, rates
            )
            print(f"| {name} {seed} | {examine(world)} |", flush=True)


if __name__ == "__main__":
    main()
