"""Why links fail: simulate a France, run its campaign, and sort what is wrong by cause.

python bench/causes.py [--personnes 60000] [--graine 6101] [--taux FILE] [--lignes 15]

Three tables: pairs of rows missed (one person, left apart), pairs joined falsely, wrong decisions;
pairs with a common INE are left out of the first two. A person in two pieces is one *case*, told by
the two rows, one of each piece, that differ least: what differs (`cause`), what agrees beside names
and date (`accord`; rien: they alone decide), and what was decided (`issue`): `a_verifier`, `ecarte`
(in `liens`, refused), `regroupement` (likely enough, refused for all the rows of both), `pas vu`
(never met, or so unlikely that `liens` does not show it).
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl
from differences import Ligne, differences, supports
from pydantic import SecretStr
from worlds import CAMPAGNE, normalise_delivery

from siei_match.campaign.story import run_campaign
from siei_match.reference.settings import load_settings
from siei_match.reference.vocabulary import A_VERIFIER
from siei_match.simulate import SimulatedRates, simulate
from siei_match.simulate.pairs import find_owners

PLACE = ("extrait", "fichier", "ligne")
Cases = list[dict[str, Any]]


def missed(lignes: pl.DataFrame, issues: dict[tuple[str, str], str]) -> Cases:
    """Return the cases of people in pieces.

    Args:
        lignes: `tables/traits` with `personne` (true), `piece` (found), `ine_livre` (as delivered).
        issues: see `issues_of`.
    """
    torn = lignes.filter(pl.col("piece").n_unique().over("personne") > 1)
    cases: dict[tuple[int, str, str], list[tuple[Ligne, Ligne]]] = {}
    for pair in without_ine(torn, "personne"):
        one, other = sorted(pair, key=lambda row: row["piece"])
        if one["piece"] != other["piece"]:
            key = (one["personne"], one["piece"], other["piece"])
            cases.setdefault(key, []).append((one, other))
    found = []
    for (who, one, other), pairs in cases.items():
        told = [(differences(*pair), supports(*pair)) for pair in pairs]
        differ, agree = min(told, key=lambda t: (len(t[0]), -len(t[1]), t))
        cause, issue = ", ".join(differ) or "rien ne diffère", issues.get((one, other), "pas vu")
        found.append({"personne": who, "cause": cause, "accord": agree, "issue": issue})
        found[-1]["paires"] = len(pairs)
    return found


def false_pairs(lignes: pl.DataFrame, gens: pl.DataFrame) -> Cases:
    """Return the pairs of people found as one; `gens`: the truth's `personnes`."""
    mixed = lignes.filter(pl.col("personne").n_unique().over("piece") > 1)
    people = {row["personne"]: row for row in gens.iter_rows(named=True)}
    ines = dict(mixed.group_by("personne").agg(pl.col("ine_livre").drop_nulls()).rows())
    counted = Counter(
        tuple(sorted((a["personne"], b["personne"])))
        for a, b in without_ine(mixed, "piece")
        if a["personne"] != b["personne"]
    )
    return [
        {"cause": relation(people[a], people[b], bool({*ines[a]} & {*ines[b]})), "paires": n}
        for (a, b), n in counted.items()
    ]


def without_ine(lignes: pl.DataFrame, key: str) -> Iterator[tuple[Ligne, Ligne]]:
    """Pair the rows that have a key in common and no INE."""
    for group in lignes.partition_by(key):
        for a, b in combinations(group.to_dicts(), 2):
            if a["ine_livre"] is None or a["ine_livre"] != b["ine_livre"]:
                yield a, b


def relation(a: Ligne, b: Ligne, common_ine: bool) -> str:
    """Say who two people are to each other."""
    day = a["naissance"] == b["naissance"]
    if a["foyer"] == b["foyer"]:
        return "jumeaux" if day else "frères et sœurs"
    if day and (a["nom"], a["prenom"]) == (b["nom"], b["prenom"]):
        return "homonymes du même jour"
    if common_ine:
        return "un INE partagé par erreur"
    return "étrangers nés le même jour" if day else "étrangers"


def issues_of(lignes: pl.DataFrame, liens: pl.DataFrame, lien: float) -> dict[Any, str]:
    """Return what was decided of each pair of people found that `liens` shows, in their order."""
    for side in "ab":
        place = {c: f"{c}_{side}" for c in PLACE}
        there = lignes.select(*PLACE, "piece").rename({"piece": f"p{side}", **place})
        liens = liens.join(there, on=list(place.values()))
    likely = (pl.col("probabilite") >= lien) & (pl.col("issue") != A_VERIFIER)
    shown = liens.filter(pl.col("pa") != pl.col("pb")).sort("probabilite")
    told = shown.select(
        one=pl.min_horizontal("pa", "pb"),
        other=pl.max_horizontal("pa", "pb"),
        issue=pl.when(likely).then(pl.lit("regroupement")).otherwise("issue"),
    )
    return {(one, other): issue for one, other, issue in told.rows()}


def wrong_decisions(
    lignes: pl.DataFrame, decisions: pl.DataFrame, sortants: pl.Series, lost: Cases
) -> Cases:
    """Return the false `confirme` and the hidden sortants, each with the cause of its person."""
    owners = find_owners(lignes.with_columns(id_personne="piece"))
    mixed = set(owners.filter("melange")["id_personne"])
    known = {c["personne"]: f"{c['cause']} ({c['accord']}, {c['issue']})" for c in lost}
    true = pl.col("personne").is_in(sortants.implode())
    leaves = decisions.filter(pl.col("statut") == "sortant").join(owners, on="id_personne")
    on_list = lignes.filter(pl.col("piece").is_in(leaves["id_personne"].implode()))["personne"]
    false = leaves.filter(~true, pl.col("motif") == "confirme")
    hidden = lignes.filter(true, ~pl.col("personne").is_in(on_list.implode()))
    wrong = [("faux confirmé", *row) for row in false.select("personne", "id_personne").rows()]
    wrong += [
        ("sortant caché", *row)
        for row in hidden.unique("personne").select("personne", "piece").sort("personne").rows()
    ]
    return [
        {"cause": f"{kind} : {'lien faux' if piece in mixed else known.get(who, 'autre')}"}
        for kind, who, piece in wrong
    ]


def show(title: str, cases: Cases, columns: tuple[str, ...], lignes: int) -> None:
    """Print cases counted by some of their columns, the most pairs of rows first."""
    counted, pairs = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for case in cases:
        key = tuple(case[c] for c in columns)
        counted[key] += 1
        pairs[key] += case.get("paires", 1)
    print(f"\n{title} : {len(cases)} cas, {pairs.total()} paires\n")
    print(f"| {' | '.join(columns)} | cas | paires |\n|{'---|' * (len(columns) + 2)}")
    ordered = sorted(counted, key=lambda key: (-pairs[key], key))
    for key in ordered[:lignes]:
        print(f"| {' | '.join(key)} | {counted[key]} | {pairs[key]} |")
    if rest := ordered[lignes:]:
        left = f"{sum(counted[k] for k in rest)} | {sum(pairs[k] for k in rest)}"
        print(f"| {len(rest)} autres |{' |' * (len(columns) - 1)} {left} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--personnes", type=int, default=60_000)
    parser.add_argument("--graine", type=int, default=6101)
    parser.add_argument("--taux", type=Path)
    parser.add_argument("--lignes", type=int, default=15)
    chosen = parser.parse_args()
    rates = SimulatedRates.from_toml(chosen.taux) if chosen.taux else SimulatedRates()
    settings = load_settings().model_copy(update={"cle": SecretStr("causes" * 8), "mesure": 0.0})
    with tempfile.TemporaryDirectory(prefix="siei-causes-") as place:
        made = simulate(Path(place, "france"), chosen.personnes, chosen.graine, rates, (CAMPAGNE,))
        run_campaign(made.campagnes[CAMPAGNE], Path(place, "out"), settings)
        published = Path(place, "out", "campagnes", CAMPAGNE)
        identites, liens, decisions = (
            pl.read_parquet(published / f"{t}.parquet") for t in ("identites", "liens", "decisions")
        )
        vraies, gens, situations = (
            pl.read_parquet(made.truth / f"{t}.parquet")
            for t in ("lignes", "personnes", "situations")
        )
        traits, _ = normalise_delivery(made.campagnes[CAMPAGNE])
    truth = vraies.select(*PLACE, "personne", ine_livre="ine").drop_nulls("personne")
    lignes = traits.join(truth, on=PLACE).join(
        identites.select(*PLACE, piece="id_personne"), on=PLACE
    )
    lost = missed(lignes, issues_of(lignes, liens, settings.seuil_lien))
    wrong = wrong_decisions(lignes, decisions, situations.filter("sortant")["personne"], lost)
    show("Paires manquées", lost, ("cause", "accord", "issue"), chosen.lignes)
    show("Paires fausses", false_pairs(lignes, gens), ("cause",), chosen.lignes)
    show("Décisions fausses", wrong, ("cause",), chosen.lignes)


if __name__ == "__main__":
    main()
