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
CLES = ["extrait", "fichier", "ligne"]


def score(verite: Path, sortie: Path, campagne: str) -> Score:
    """Return what a run got right and wrong, as nested counts and shares.

    Inputs: the `verite` folder that `simulate` wrote, the output folder of `siei run`, and the
    campaign's code.

    Raises:
        OutputError: the truth or the campaign's output is missing.
    """
    prepared = PreparedCampaign(campagne, sortie / CAMPAGNES / campagne)
    vraies = _read(verite / "lignes.parquet").filter(pl.col("campagne") == campagne)
    identites = _read(prepared.table_path("identites"))
    lignes = identites.join(vraies, on=CLES, how="left", maintain_order="left")
    situations = _read(verite / "situations.parquet").filter(pl.col("campagne") == campagne)
    situations = _apply_answers(situations, verite, campagne)
    decisions = _read(prepared.table_path("decisions"))
    return {
        "campagne": campagne,
        "lignes": _score_rows(vraies, lignes),
        "liens": score_pairs(lignes.drop_nulls("personne")),
        "sortants": score_people(lignes, decisions, situations),
        "confusion": confuse(lignes, decisions, situations),
    }


def _read(chemin: Path) -> pl.DataFrame:
    if not chemin.is_file():
        raise OutputError(
            f"{chemin.name}: missing, nothing to score.",
            remedy="Run `siei simulate` and `siei run` first, and name their folders.",
        )
    return pl.read_parquet(chemin)


def _apply_answers(situations: pl.DataFrame, verite: Path, campagne: str) -> pl.DataFrame:
    """Move true sortants whom a platform's answer took off the lists to `retour`.

    Who was handed over to another platform is that one's, wherever they live.
    """
    chemin = verite / "retours.parquet"
    if not chemin.is_file():
        return situations
    repondus = pl.read_parquet(chemin).filter(campagne=campagne).drop("campagne")
    touche = pl.col("sortant") & pl.col("liant").fill_null(value=False)
    return (
        situations.join(repondus, on="personne", how="left")
        .with_columns(
            statut=pl.when(touche).then(pl.lit("retour")).otherwise("statut"),
            motif=pl.when(touche).then("retour").otherwise("motif"),
            sortant=pl.col("sortant") & ~touche,
            psad=pl.coalesce("psad_destination", "psad"),
        )
        .drop("retour", "liant", "psad_destination")
    )


def _score_rows(vraies: pl.DataFrame, lignes: pl.DataFrame) -> dict[str, int]:
    valides = vraies.filter(pl.col("invalide").is_null())
    absentes = valides.join(lignes, on=CLES, how="anti").height
    de_trop = lignes.filter(pl.col("invalide").is_not_null()).height
    return {
        "livrees": vraies.height,
        "identifiees": lignes.height,
        "valides_absentes": absentes,
        "invalides_gardees": de_trop,
        "inconnues": lignes["personne"].null_count(),
    }


def score_people(
    lignes: pl.DataFrame, decisions: pl.DataFrame, situations: pl.DataFrame
) -> dict[str, float | int]:
    """Score the lists: who is on them, who should be, and where."""
    sortants = situations.filter("sortant").select("personne", vraie_psad="psad")
    listes = decisions.filter(pl.col("statut") == "sortant").select("id_personne", "motif", "psad")
    tenus = lignes.select("personne", "id_personne").unique().join(sortants, on="personne")
    trouves = tenus.join(listes, on="id_personne", how="semi")["personne"].n_unique()
    proprietaires = find_owners(lignes)
    caches = tenus.join(tenus.join(listes, on="id_personne", how="semi"), on="personne", how="anti")
    par_faux_lien = caches.join(proprietaires.filter("melange"), on="id_personne", how="semi")[
        "personne"
    ].n_unique()
    juges = listes.join(proprietaires, on="id_personne", how="left").join(
        sortants, on="personne", how="left"
    )
    est_sortant = juges["personne"].is_in(sortants["personne"].implode()).fill_null(False)
    juges = juges.with_columns(faux=~est_sortant)
    confirmes = juges.filter(pl.col("motif") == "confirme")
    doutes = juges.filter(pl.col("motif") == "a_verifier")
    justes = juges.filter(~pl.col("faux") & pl.col("vraie_psad").is_not_null())
    total = sortants.height
    return {
        "vrais_sortants": total,
        "listes": juges.height,
        "part_listes": _share(trouves, total),
        "caches": total - trouves,
        "part_caches": _share(total - trouves, total),
        "caches_par_faux_lien": par_faux_lien,
        "part_caches_par_faux_lien": _share(par_faux_lien, total),
        "confirmes": confirmes.height,
        "faux_confirmes": int(confirmes["faux"].sum()),
        "part_faux_confirmes": _share(int(confirmes["faux"].sum()), confirmes.height),
        "a_verifier": doutes.height,
        "part_a_verifier": _share(doutes.height, juges.height),
        "a_verifier_vrais_sortants": doutes.height - int(doutes["faux"].sum()),
        "listes_deux_fois": juges.filter(~pl.col("faux")).height
        - juges.filter(~pl.col("faux"))["personne"].n_unique(),
        "part_bonne_plateforme": _share(
            justes.filter(pl.col("psad") == pl.col("vraie_psad")).height, justes.height
        ),
    }  # fmt: skip


def _share(partie: int, tout: int) -> float:
    return partie / tout if tout else 0.0


def confuse(
    lignes: pl.DataFrame, decisions: pl.DataFrame, situations: pl.DataFrame
) -> list[dict[str, Any]]:
    """Return how many people of each true reason got each decision, disagreements and all.

    A person in scope in truth alone counts under `absent`; one in scope in the output alone has
    the truth `hors_perimetre`.
    """
    vrai = situations.select("personne", vrai=pl.concat_str("statut", pl.lit("/"), "motif"))
    rendu = decisions.select(
        "id_personne", rendu=pl.concat_str("statut", pl.lit("/"), "motif")
    ).join(find_owners(lignes).select("id_personne", "personne"), on="id_personne", how="left")
    croise = rendu.join(vrai, on="personne", how="full", coalesce=True).with_columns(
        pl.col("vrai").fill_null("hors_perimetre"), pl.col("rendu").fill_null("absent")
    )
    table = croise.group_by("vrai", "rendu").len("personnes").sort("vrai", "rendu")
    return table.to_dicts()


def render(resultat: Score) -> str:
    """Return the score as a text table."""
    lignes = [f"Campagne {resultat['campagne']}", "", "Lignes"]
    lignes += [f"  {nom:<42}{valeur:>12}" for nom, valeur in resultat["lignes"].items()]
    entete = f"{'vraies':>11}{'proposées':>11}{'précision':>11}{'rappel':>9}{'F1':>9}"
    lignes += ["", f"{'Liens (paires de lignes)':<56}{entete}"]
    for nom, r in resultat["liens"].items():
        lignes.append(
            f"  {nom:<54}{r['vraies']:>11}{r['proposees']:>11}"
            f"{r['precision']:>11.5f}{r['rappel']:>9.5f}{r['f1']:>9.5f}"
        )
    lignes += ["", "Sortants"]
    for nom, valeur in resultat["sortants"].items():
        texte = f"{100 * valeur:.3f} %" if isinstance(valeur, float) else str(valeur)
        lignes.append(f"  {nom:<42}{texte:>12}")
    lignes += ["", f"{'Décision vraie':<34}{'Décision rendue':<34}{'personnes':>10}"]
    for case in resultat["confusion"]:
        marque = "" if case["vrai"] == case["rendu"] else "  <>"
        lignes.append(f"  {case['vrai']:<32}{case['rendu']:<34}{case['personnes']:>10}{marque}")
    return "\n".join(lignes)


def main(arguments: list[str] | None = None) -> None:
    """Print a score: `python -m siei_match.simulate.score VERITE SORTIE CAMPAGNE [--json F]`."""
    analyseur = argparse.ArgumentParser(description="Score a run against its simulated truth.")
    analyseur.add_argument("verite", type=Path)
    analyseur.add_argument("sortie", type=Path)
    analyseur.add_argument("campagne")
    analyseur.add_argument("--json", type=Path)
    choix = analyseur.parse_args(arguments)
    resultat = score(choix.verite, choix.sortie, choix.campagne)
    sys.stdout.write(render(resultat) + "\n")
    if choix.json:
        texte = json.dumps(resultat, ensure_ascii=False, indent=1, sort_keys=True)
        choix.json.write_text(texte + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
