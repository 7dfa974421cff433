"""Who is guessed from what the group of analysts reads: `python -m bench.guess [--personnes 60000]`.

The attacker has the tables that the group may read, a public list of how often each name is borne,
and one person's name, age and platform; no key. They want that person's identifier, thus their line.
Readings of the same campaign: nothing of the links; the exact weights, as the group had them
until November 2026; the classes that `siei.duckdb` has in their place. Then with the ages, schools and trainings
that it shows today (setting `grossierete`), where the attacker knows the age, and where they know the last school and
training too, before and now.

The rate is that of right guesses, where the attacker names the line that fits best (drawn among the
best ones) of the people of that age and platform whom a link names. What the attacker cannot know
(which weight, or class, a frequency gives) is learnt from people whom they know.
"""

import argparse
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from pydantic import SecretStr

from siei_match.campaign.story import run_campaign
from siei_match.reference.settings import load_settings
from siei_match.simulate import SimulatedRates, simulate

CAMPAGNE = "2026-10"
KNOWN = 200
"""People whom the attacker knows already, to learn from."""
TRAITS = ("nom", "prenom")


def read_links(base: Path, table: pl.DataFrame | None) -> pl.DataFrame:
    """Return the links of one person with both names alike: those of `base`, or of `table`."""
    with duckdb.connect(base, read_only=True) as con:
        identites = con.sql("SELECT id_personne, extrait, fichier, ligne FROM identites").pl()
        links = con.sql("SELECT * FROM liens").pl() if table is None else table
    joined = links.filter(pl.col("issue") == "lie").join(
        identites,
        left_on=["extrait_a", "fichier_a", "ligne_a"],
        right_on=["extrait", "fichier", "ligne"],
    )
    return joined.filter(*(pl.col(f"niveau_{trait}") == "egal" for trait in TRAITS))


def victims_of(base: Path, decided: pl.DataFrame, truth: Path) -> pl.DataFrame:
    """Return each person in scope with what the attacker knows of them, and their names' rarity."""
    people = pl.read_parquet(truth / "personnes.parquet").select("personne", "nom", "prenom")
    for trait in TRAITS:
        share = pl.len().over(trait) / people.height
        people = people.with_columns((-share.log(2)).alias(f"rare_{trait}"))
    rows = pl.read_parquet(truth / "lignes.parquet").filter(campagne=CAMPAGNE)
    with duckdb.connect(base, read_only=True) as con:
        identites = con.sql("SELECT id_personne, extrait, fichier, ligne FROM identites").pl()
    decisions = decided.select("id_personne", "age", "psad", "dernier_uai", "derniere_formation")
    who = identites.join(rows, on=["extrait", "fichier", "ligne"]).select("id_personne", "personne")
    return decisions.join(who.unique("id_personne"), on="id_personne").join(people, on="personne")


def nothing(people: pl.DataFrame) -> pl.DataFrame:
    return people.with_columns(score=0.0)


def exact(pairs: pl.DataFrame, links: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Say how well each candidate's weights fit the victim's names."""
    weights = links.group_by("id_personne").agg(
        pl.col(f"poids_{trait}").median() for trait in TRAITS
    )
    learnt = known.join(weights, on="id_personne")
    told = pairs.join(weights, left_on="candidate", right_on="id_personne", how="left")
    off = pl.lit(0.0)
    for trait in TRAITS:
        slope, start = np.polyfit(learnt[f"rare_{trait}"], learnt[f"poids_{trait}"], 1)
        away = (pl.col(f"poids_{trait}") - slope * pl.col(f"rare_{trait}") - start).abs()
        off += away.fill_null(3.0)
    return told.with_columns(score=-off)


def classes(pairs: pl.DataFrame, links: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Say how often people with names as rare as the victim's have the candidate's classes."""
    columns = [name for name in links.columns if name.startswith("classe_")]
    seen = links.group_by("id_personne").agg(
        pl.concat_str(columns, separator=" ").sort().first().alias("told")
    )
    return by_frequency(pairs, seen, known)


def thresholds(pairs: pl.DataFrame, base: Path, known: pl.DataFrame) -> pl.DataFrame:
    """Say how often people with names as rare as the victim's are parted, or joined, at another threshold."""
    with duckdb.connect(base, read_only=True) as con:
        seen = con.sql(
            "SELECT id_personne, concat(bool_or(id_strict <> id_personne), ' ', bool_or(id_large <> id_personne))"
            " AS told FROM identites_seuils GROUP BY ALL"
        ).pl()
    return by_frequency(pairs, seen, known)


def by_frequency(pairs: pl.DataFrame, seen: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Score candidates by how much oftener what is told of them is told of people with names as rare.

    seen: id_personne, told; who is not there is told nothing of.
    """
    band = (sum(pl.col(f"rare_{trait}") for trait in TRAITS) / 4).floor().alias("band")
    learnt = known.join(seen, on="id_personne", how="left").with_columns(band)
    learnt = learnt.with_columns(pl.col("told").fill_null("none"))
    often = learnt.group_by("band", "told").agg(n=pl.len()).with_columns(
        share=pl.col("n") / pl.col("n").sum().over("band")
    )  # fmt: skip
    plain = learnt.group_by("told").agg(all=pl.len() / learnt.height)
    return (
        pairs.with_columns(band)
        .join(seen, left_on="candidate", right_on="id_personne", how="left")
        .with_columns(pl.col("told").fill_null("none"))
        .join(often.select("band", "told", "share"), on=["band", "told"], how="left")
        .join(plain, on="told", how="left")
        .with_columns(score=(pl.col("share") / pl.col("all")).fill_null(0.0))
    )


def rate(told: pl.DataFrame) -> float:
    """Return the share of right guesses, over the victims."""
    right = pl.col("candidate") == pl.col("id_personne")
    best = pl.col("score") == pl.col("score").max()
    each = told.group_by("id_personne").agg(guessed=(best & right).any() / best.sum())
    return float(each["guessed"].cast(pl.Float64).mean() or 0)


def fitting(asked: pl.DataFrame, lines: pl.DataFrame, known: tuple[str, ...]) -> pl.DataFrame:
    """Return each victim with the lines of their platform that contradict nothing that is known of them.

    A value that a line hides contradicts nothing.
    """
    shown = lines.select("psad", *(pl.col(name).alias(f"shown_{name}") for name in known),
                         candidate="id_personne")  # fmt: skip
    agree = (
        pl.col(f"shown_{name}").is_null() | pl.col(f"shown_{name}").eq_missing(pl.col(name))
        for name in known
    )
    return asked.join(shown, on="psad").filter(*agree)


def measure(
    base: Path, decided: pl.DataFrame, exact_links: pl.DataFrame, truth: Path, victims: int
) -> dict[str, float]:
    """Return the rates under each reading."""
    people = victims_of(base, decided, truth)
    held = read_links(base, exact_links)["id_personne"].unique()
    drawn = people.filter(pl.col("id_personne").is_in(held.implode()))
    drawn = drawn.sample(min(drawn.height, victims + KNOWN), seed=7, shuffle=True)
    known, asked = drawn[:KNOWN], drawn[KNOWN:]
    # Victims are drawn among those whom a link names: that they are is nobody's finding.
    linked = people.filter(pl.col("id_personne").is_in(held.implode()))
    candidates = linked.select("age", "psad", candidate="id_personne")
    pairs = asked.join(candidates, on=["age", "psad"])
    with duckdb.connect(base, read_only=True) as con:
        today = con.sql("FROM decisions").pl().join(linked, on="id_personne", how="semi")
    school = ("age", "dernier_uai", "derniere_formation")
    by_age, by_school = fitting(asked, today, ("age",)), fitting(asked, today, school)
    return {
        "nothing": rate(nothing(pairs)),
        "exact weights": rate(exact(pairs, read_links(base, exact_links), known)),
        "classes": rate(classes(pairs, read_links(base, None), known)),
        "the ages of today": rate(nothing(by_age)),
        "today, and thresholds": rate(thresholds(by_age, base, known)),
        "today, and classes": rate(classes(by_age, read_links(base, None), known)),
        "school known, before": rate(nothing(fitting(asked, linked, school))),
        "school known, today": rate(nothing(by_school)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--personnes", type=int, default=60_000)
    parser.add_argument("--graine", type=int, default=15)
    parser.add_argument("--victimes", type=int, default=800)
    chosen = parser.parse_args()
    settings = load_settings().model_copy(update={"cle": SecretStr("guess" * 8), "mesure": 0.0})
    with tempfile.TemporaryDirectory(prefix="siei-guess-") as place:
        made = simulate(
            Path(place, "france"), chosen.personnes, chosen.graine, SimulatedRates(), (CAMPAGNE,)
        )
        out = Path(place, "out")
        run_campaign(made.campagnes[CAMPAGNE], out, settings)
        links = pl.read_parquet(out / "campagnes" / CAMPAGNE / "liens.parquet")
        decided = pl.read_parquet(out / "campagnes" / CAMPAGNE / "decisions.parquet")
        found = measure(out / "siei.duckdb", decided, links, made.truth, chosen.victimes)
    print(f"{chosen.personnes} people, {chosen.victimes} victims at most")
    for reading, told in found.items():
        print(f"  {reading:21} {told:6.1%} of the guesses are right")


if __name__ == "__main__":
    main()
