"""Score a run against the truth of its simulated campaign.

How people are compared when groups split or merge:
- a true sortant is *listed* if any `id_personne` that holds one of its rows is decided `sortant`,
  else it is *hidden*; it is *hidden by a false link* if one of these holds another's row too;
- the person of an `id_personne` is the one who owns most of its rows (on a tie, the smallest
  number); a listed `id_personne` is *false* when that person is no true sortant;
- a platform is right when the listed `id_personne` and its person, a true sortant, have the same.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import polars as pl

from siei_match.output import CAMPAGNES, PreparedCampaign
from siei_match.reference.errors import OutputError
from siei_match.simulate.pairs import find_owners, score_pairs

Score = dict[str, Any]
KEYS = ["extrait", "fichier", "ligne"]


def score(truth: Path, sortie: Path, campagne: str) -> Score:
    """Return what a run got right and wrong, as nested counts and shares.

    Inputs: the `truth` folder that `simulate` wrote, the output folder of `siei run`, and the
    campaign's code.

    Raises:
        OutputError: the truth or the campaign's output is missing.
    """
    prepared = PreparedCampaign(campagne, sortie / CAMPAGNES / campagne)
    true_rows = _read(truth / "lignes.parquet").filter(pl.col("campagne") == campagne)
    identites = _read(prepared.table_path("identites"))
    rows = identites.join(true_rows, on=KEYS, how="left", maintain_order="left")
    situations = _read(truth / "situations.parquet").filter(pl.col("campagne") == campagne)
    situations = _apply_answers(situations, truth, campagne)
    decisions = _read(prepared.table_path("decisions"))
    return {
        "campagne": campagne,
        "lignes": _score_rows(true_rows, rows),
        "liens": score_pairs(rows.drop_nulls("personne")),
        "sortants": score_people(rows, decisions, situations),
        "confusion": confuse(rows, decisions, situations),
    }


def _read(path: Path) -> pl.DataFrame:
    if not path.is_file():
        raise OutputError(
            f"{path.name}: missing, nothing to score.",
            remedy="Run `siei simulate` and `siei run` first, and name their folders.",
        )
    return pl.read_parquet(path, glob=False)


def _apply_answers(situations: pl.DataFrame, truth: Path, campagne: str) -> pl.DataFrame:
    """Move true sortants whom a platform's answer took off the lists to `retour`.

    Who was handed over to another platform is that one's, wherever they live.
    """
    path = truth / "retours.parquet"
    if not path.is_file():
        return situations
    answered = pl.read_parquet(path, glob=False).filter(campagne=campagne).drop("campagne")
    touche = pl.col("sortant") & pl.col("liant").fill_null(value=False)
    return (
        situations.join(answered, on="personne", how="left")
        .with_columns(
            statut=pl.when(touche).then(pl.lit("retour")).otherwise("statut"),
            motif=pl.when(touche).then("retour").otherwise("motif"),
            sortant=pl.col("sortant") & ~touche,
            psad=pl.coalesce("psad_destination", "psad"),
        )
        .drop("retour", "liant", "psad_destination")
    )


def _score_rows(true_rows: pl.DataFrame, rows: pl.DataFrame) -> dict[str, int]:
    valides = true_rows.filter(pl.col("invalide").is_null())
    missing = valides.join(rows, on=KEYS, how="anti").height
    surplus = rows.filter(pl.col("invalide").is_not_null()).height
    return {
        "livrees": true_rows.height,
        "identifiees": rows.height,
        "valides_absentes": missing,
        "invalides_gardees": surplus,
        "inconnues": rows["personne"].null_count(),
    }


def score_people(
    rows: pl.DataFrame, decisions: pl.DataFrame, situations: pl.DataFrame
) -> dict[str, float | int]:
    """Score the lists: who is on them, who should be, and where."""
    sortants = situations.filter("sortant").select("personne", true_psad="psad")
    lists = decisions.filter(pl.col("statut") == "sortant").select("id_personne", "motif", "psad")
    held = rows.select("personne", "id_personne").unique().join(sortants, on="personne")
    found = held.join(lists, on="id_personne", how="semi")["personne"].n_unique()
    owners = find_owners(rows)
    caches = held.join(held.join(lists, on="id_personne", how="semi"), on="personne", how="anti")
    by_false_link = caches.join(owners.filter("melange"), on="id_personne", how="semi")[
        "personne"
    ].n_unique()
    judged = lists.join(owners, on="id_personne", how="left").join(
        sortants, on="personne", how="left"
    )
    is_sortant = judged["personne"].is_in(sortants["personne"].implode()).fill_null(False)
    judged = judged.with_columns(faux=~is_sortant)
    confirmed = judged.filter(pl.col("motif") == "confirme")
    doutes = judged.filter(pl.col("motif") == "a_verifier")
    right = judged.filter(~pl.col("faux") & pl.col("true_psad").is_not_null())
    total = sortants.height
    return {
        "vrais_sortants": total,
        "listes": judged.height,
        "part_listes": _share(found, total),
        "caches": total - found,
        "part_caches": _share(total - found, total),
        "caches_par_faux_lien": by_false_link,
        "part_caches_par_faux_lien": _share(by_false_link, total),
        "confirmes": confirmed.height,
        "faux_confirmes": int(confirmed["faux"].sum()),
        "part_faux_confirmes": _share(int(confirmed["faux"].sum()), confirmed.height),
        "a_verifier": doutes.height,
        "part_a_verifier": _share(doutes.height, judged.height),
        "a_verifier_vrais_sortants": doutes.height - int(doutes["faux"].sum()),
        "listes_deux_fois": judged.filter(~pl.col("faux")).height
        - judged.filter(~pl.col("faux"))["personne"].n_unique(),
        "part_bonne_plateforme": _share(
            right.filter(pl.col("psad") == pl.col("true_psad")).height, right.height
        ),
    }  # fmt: skip


def _share(part: int, tout: int) -> float:
    return part / tout if tout else 0.0


def confuse(
    rows: pl.DataFrame, decisions: pl.DataFrame, situations: pl.DataFrame
) -> list[dict[str, Any]]:
    """Return how many people of each true reason got each decision, disagreements and all.

    A person in scope in truth alone counts under `absent`; one in scope in the output alone has
    the truth `hors_perimetre`.
    """
    holds = situations.select("personne", vrai=pl.concat_str("statut", pl.lit("/"), "motif"))
    rendu = decisions.select(
        "id_personne", rendu=pl.concat_str("statut", pl.lit("/"), "motif")
    ).join(find_owners(rows).select("id_personne", "personne"), on="id_personne", how="left")
    crossed = rendu.join(holds, on="personne", how="full", coalesce=True).with_columns(
        pl.col("vrai").fill_null("hors_perimetre"), pl.col("rendu").fill_null("absent")
    )
    table = crossed.group_by("vrai", "rendu").len("personnes").sort("vrai", "rendu")
    return table.to_dicts()


def render(result: Score) -> str:
    """Return the score as a text table."""
    rows = [f"Campagne {result['campagne']}", "", "Lignes"]
    rows += [f"  {name:<42}{value:>12}" for name, value in result["lignes"].items()]
    heading = f"{'vraies':>11}{'proposées':>11}{'précision':>11}{'rappel':>9}{'F1':>9}"
    rows += ["", f"{'Liens (paires de lignes)':<56}{heading}"]
    for name, r in result["liens"].items():
        rows.append(
            f"  {name:<54}{r['vraies']:>11}{r['proposees']:>11}"
            f"{r['precision']:>11.5f}{r['rappel']:>9.5f}{r['f1']:>9.5f}"
        )
    rows += ["", "Sortants"]
    for name, value in result["sortants"].items():
        text = f"{100 * value:.3f} %" if isinstance(value, float) else str(value)
        rows.append(f"  {name:<42}{text:>12}")
    rows += ["", f"{'Décision vraie':<34}{'Décision rendue':<34}{'personnes':>10}"]
    for case in result["confusion"]:
        mark = "" if case["vrai"] == case["rendu"] else "  <>"
        rows.append(f"  {case['vrai']:<32}{case['rendu']:<34}{case['personnes']:>10}{mark}")
    return "\n".join(rows)


def main(arguments: list[str] | None = None) -> None:
    """Print a score: `python -m siei_match.simulate.score VERITE SORTIE CAMPAGNE [--json F]`."""
    parser = argparse.ArgumentParser(description="Score a run against its simulated truth.")
    parser.add_argument("verite", type=Path)
    parser.add_argument("sortie", type=Path)
    parser.add_argument("campagne")
    parser.add_argument("--json", type=Path)
    choices = parser.parse_args(arguments)
    result = score(choices.verite, choices.sortie, choices.campagne)
    sys.stdout.write(render(result) + "\n")
    if choices.json:
        text = json.dumps(result, ensure_ascii=False, indent=1, sort_keys=True)
        choices.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
