"""Three campaigns as one story: answers, reviews and moves, scored against the truth.

python bench/campagnes.py [--personnes 20000] [--graine 5] [--dossier DIR] [--taux FILE]

A France is simulated over three campaigns. After each run platforms answer its lists (true answers,
some with a transfer), and clerks review the pairs in doubt (true answers, a few wrong, some "do not
know"); then the campaign is run again, and the next one. What is counted:

- ids: of the people seen in two campaigns running, the share whose rows have the same identifier;
- mixed: identifiers that held rows of two people over all campaigns, beyond those that the linkage
  put together within one campaign;
- answered: people whom a binding answer took off, and how many of them are listed all the same;
- reviews: pairs answered, and how many of those answered are still in doubt or contradicted.
"""

import argparse
import json
import tempfile
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from pydantic import SecretStr

from siei_match.campaign.story import run_campaign
from siei_match.reference.settings import Settings, load_settings
from siei_match.reference.vocabulary import BINDING_ANSWERS
from siei_match.review import pairs_to_review, record_judgements
from siei_match.simulate import SimulatedRates, simulate, simulate_retours
from siei_match.simulate.pairs import find_owners

CAMPAGNES: Final = ("2026-10", "2027-03", "2027-06")
CLE: Final = "campagnes" * 5
PLACE: Final = ["campagne", "extrait", "fichier", "ligne"]
PART_REVUE, PART_FAUSSE, PART_INDECISE = 0.8, 0.01, 0.1
"""Of the pairs in doubt, those that a clerk reads; of these, those answered wrongly, or not decided."""


def rows_of(sortie: Path, verite: Path) -> pl.DataFrame:
    """Return the rows of all published campaigns: PLACE, `id_personne`, `personne` (the true one)."""
    parts = [
        pl.read_parquet(sortie / "campagnes" / code / "identites.parquet").with_columns(
            campagne=pl.lit(code)
        )
        for code in CAMPAGNES
        if (sortie / "campagnes" / code).exists()
    ]
    truth = pl.read_parquet(verite / "lignes.parquet").select(*PLACE, "personne")
    return pl.concat(parts).join(truth, on=PLACE)


def review(sortie: Path, verite: Path, campagne: str, graine: int) -> pl.DataFrame:
    """Answer pairs in doubt as clerks would; return `id_paire`, `reponse`, `vrai`."""
    truth = pl.read_parquet(verite / "lignes.parquet").filter(campagne=campagne)
    who = truth.select("fichier", "ligne", "personne")
    pairs = pairs_to_review(sortie, campagne)
    for side in ("a", "b"):
        pairs = pairs.join(
            who.rename({"personne": f"personne_{side}"}),
            left_on=[f"fichier_{side}", f"ligne_{side}"],
            right_on=["fichier", "ligne"],
            how="left",
        )
    dice = np.random.default_rng([graine, *map(ord, campagne)])
    cast = dice.random((pairs.height, 2))
    same = (pairs["personne_a"] == pairs["personne_b"]).fill_null(value=False).to_numpy()
    told = np.where(same ^ (cast[:, 1] < PART_FAUSSE), "meme", "autre")
    told = np.where(cast[:, 1] > 1 - PART_INDECISE, "ne_sait_pas", told)
    answers = pairs.select("id_paire").with_columns(
        reponse=pl.Series(told, dtype=pl.String), vrai=pl.Series(same)
    )
    answers = answers.filter(pl.Series(cast[:, 0] < PART_REVUE))
    if answers.height:
        quand = datetime(*map(int, campagne.split("-")), 20, tzinfo=UTC)  # type: ignore[misc]
        # What decides of a list awaits a second clerk, who says the same here.
        for clerk in ("un clerc fictif", "une clerc fictive"):
            record_judgements(sortie, answers.select("id_paire", "reponse"), clerk, quand)
    return answers


def stability(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Return, for each campaign after the first, the share of people seen again who keep an identifier.

    A person's identifier in a campaign is that of most of their rows there.
    """
    mine = (
        rows.group_by("campagne", "personne", "id_personne")
        .len()
        .sort(["len", "id_personne"], descending=[True, False])
        .unique(["campagne", "personne"], keep="first", maintain_order=True)
    )
    found = []
    for before, after in pairwise(CAMPAGNES):
        was, is_now = (
            mine.filter(campagne=c).select("personne", "id_personne") for c in (before, after)
        )
        both = was.join(is_now, on="personne", suffix="_apres")
        kept = int((both["id_personne"] == both["id_personne_apres"]).sum())
        found.append(
            {
                "campagne": after,
                "revus": both.height,
                "gardent": kept,
                "part": kept / max(1, both.height),
            }
        )
    return found


def mixed(rows: pl.DataFrame) -> dict[str, int]:
    """Count the identifiers that held rows of two people: within one campaign, and only across them."""
    within = {
        name
        for code in CAMPAGNES
        for name in find_owners(rows.filter(campagne=code)).filter("melange")["id_personne"]
    }
    owners = pl.concat([find_owners(rows.filter(campagne=code)) for code in CAMPAGNES])
    several = owners.group_by("id_personne").agg(pl.col("personne").n_unique())
    across = set(several.filter(pl.col("personne") > 1)["id_personne"]) - within
    return {
        "identifiants": rows["id_personne"].n_unique(),
        "dans_une_campagne": len(within),
        "entre_campagnes": len(across),
    }


def answered(
    sortie: Path, rows: pl.DataFrame, verite: Path, before: str, code: str
) -> dict[str, int]:
    """Count the people whom an answer to the list of `before` binds, and those listed in spite of it.

    An answer binds within its school year only (contract, section 4).
    """
    told = pl.read_parquet(verite / "retours.parquet").filter(campagne=code)
    bound = told.filter(
        pl.col("retour").is_in(BINDING_ANSWERS) & (school_year(before) == school_year(code))
    )
    people = bound["personne"].unique()
    listed = pl.read_parquet(sortie / "campagnes" / code / "decisions.parquet").filter(
        statut="sortant"
    )
    owners = find_owners(rows.filter(campagne=code)).join(listed, on="id_personne", how="semi")
    still = owners.filter(pl.col("personne").is_in(people.implode())).height
    return {"repondues": told.height, "lient": len(people), "encore_listes": still}


def school_year(code: str) -> int:
    year, month = map(int, code.split("-"))
    return year if month >= 9 else year - 1


def play(dossier: Path, personnes: int, graine: int, taux: SimulatedRates) -> dict[str, Any]:
    reglages: Settings = load_settings().model_copy(update={"cle": SecretStr(CLE)})
    france, sortie = dossier / "france", dossier / "out"
    made = simulate(france, personnes, graine, taux, CAMPAGNES)
    told: dict[str, Any] = {"reponses": [], "revues": []}
    for place, code in enumerate(CAMPAGNES):
        run_campaign(made.campagnes[code], sortie, reglages)
        answers = review(sortie, made.truth, code, graine)
        run_campaign(made.campagnes[code], sortie, reglages)
        left = pairs_to_review(sortie, code, tout=True)
        decided = answers.filter(pl.col("reponse") != "ne_sait_pas")
        told["revues"].append(
            {
                "campagne": code,
                "repondues": answers.height,
                "encore_en_doute": decided.join(left, on="id_paire", how="semi").height,
            }
        )
        if place:
            rows = rows_of(sortie, made.truth)
            before = CAMPAGNES[place - 1]
            found = answered(sortie, rows, made.truth, before, code)
            told["reponses"].append({"campagne": code, **found})
        if place + 1 < len(CAMPAGNES):
            following = CAMPAGNES[place + 1]
            simulate_retours(sortie, made.truth, code, made.campagnes[following], graine)
    rows = rows_of(sortie, made.truth)
    return {**told, "identifiants": stability(rows), "melanges": mixed(rows)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--personnes", type=int, default=20_000)
    parser.add_argument("--graine", type=int, default=5)
    parser.add_argument("--dossier", type=Path)
    parser.add_argument("--taux", type=Path)
    chosen = parser.parse_args()
    dossier = chosen.dossier or Path(tempfile.mkdtemp(prefix="siei-campagnes-"))
    taux = SimulatedRates.from_toml(chosen.taux) if chosen.taux else SimulatedRates()
    print(json.dumps(play(dossier, chosen.personnes, chosen.graine, taux), indent=1))


if __name__ == "__main__":
    main()
