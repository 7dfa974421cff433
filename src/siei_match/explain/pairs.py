"""Pairs that touch a person, from `liens`: within the person, and with those they were refused."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from siei_match.explain.model import (
    ExplainedPair,
    ExplainedRow,
    ExplainedThreshold,
    ExplainedThresholds,
    Part,
    Reason,
)
from siei_match.explain.sources import PLACE, at_places, join_places
from siei_match.output import PreparedCampaign
from siei_match.output.manifest import Manifest
from siei_match.reference.errors import OutputError
from siei_match.reference.vocabulary import (
    A_VERIFIER,
    AUTRE,
    CONTESTE,
    CONTRADICTION,
    LIE,
    MEME,
)

CERTAIN: Final = 1e-5
"""`probabilite` has six decimals: nearer to 0 or 1 than this, no prior can be derived from it."""
MENAGE: Final = "menage"
ABSENT: Final = "absent"
REVUES: Final[Mapping[str | None, Reason]] = {
    MEME: "clerc_meme",
    AUTRE: "clerc_autre",
    CONTESTE: "clercs_en_desaccord",
    CONTRADICTION: "reponses_contradictoires",
}
"""Why a pair that clerks judged ended so."""


def read_thresholds(manifest: Manifest) -> ExplainedThresholds:
    """Return the thresholds that the run used.

    Raises:
        OutputError: the manifest names none.
    """
    told = manifest.seuils
    if told is not None and 0 < told.doute < 1 and 0 < told.lien < 1:
        lien, doubt = told.lien, told.doute
        return ExplainedThresholds(
            lien=ExplainedThreshold(probabilite=lien, bits=round(to_bits(lien), 4)),
            doute=ExplainedThreshold(probabilite=doubt, bits=round(to_bits(doubt), 4)),
        )
    raise OutputError(
        f"The manifest of campaign {manifest.campagne.code} does not say its thresholds (seuils).",
        remedy="It was made by another version: run that campaign again.",
    )


def read_pairs(campagne: PreparedCampaign, places: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `liens` with an end among `places`, with `id_personne_a` and `_b`."""
    liens = campagne.rows("liens", at_places(places, "_a") | at_places(places, "_b"))
    ends = pl.concat(
        liens.select(pl.col(f"{c}_{side}").alias(c) for c in PLACE) for side in "ab"
    ).unique()
    people = campagne.rows("identites", at_places(ends)).join(ends, on=PLACE, how="semi")
    for side in ("_a", "_b"):
        liens = join_places(liens, people, side, ["id_personne", "methode"])
    return liens


def place_of(row: Mapping[str, Any], side: str) -> tuple[str, str, int]:
    return row[f"extrait_{side}"], row[f"fichier_{side}"], row[f"ligne_{side}"]


def letter(rang: int) -> str:
    """Return A, B … Z, AA, AB … for 0, 1 …"""
    name = ""
    rang += 1
    while rang:
        rang, rest = divmod(rang - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def build_pairs(
    liens: pl.DataFrame,
    personne: str,
    rows: Sequence[ExplainedRow],
    thresholds: ExplainedThresholds,
    model: Mapping[str, Any] | None,
) -> tuple[tuple[ExplainedPair, ...], tuple[ExplainedPair, ...], tuple[ExplainedRow, ...]]:
    """Return the pairs within the person, those refused with others, and the others' rows.

    The strongest come first. A refused pair is shown with this person's row as `a`.
    """
    marks = {(x.extrait, x.fichier, x.ligne): x.repere for x in rows}
    others: dict[tuple[str, str, int], ExplainedRow] = {}
    within, refused = [], []
    order = ["probabilite", "poids", "fichier_a", "ligne_a", "fichier_b", "ligne_b"]
    ordered = liens.sort(order, descending=[True, True, False, False, False, False])
    for row in ordered.iter_rows(named=True):
        ids = {side: row[f"id_personne_{side}"] for side in "ab"}
        if personne not in ids.values() or None in ids.values():
            continue
        mine, other = ("a", "b") if ids["a"] == personne else ("b", "a")
        if ids[other] == personne:
            within.append(_pair(row, (marks[place_of(row, "a")], marks[place_of(row, "b")]),
                                None, thresholds, model))  # fmt: skip
            continue
        place = place_of(row, other)
        if place not in others:
            extrait, fichier, line = place
            others[place] = ExplainedRow(
                repere=letter(len(others)),
                id_personne=ids[other],
                extrait=extrait,
                fichier=fichier,
                ligne=line,
                methode=row[f"methode_{other}"],
            )
        ends = (marks[place_of(row, mine)], others[place].repere)
        refused.append(_pair(row, ends, ids[other], thresholds, model))
    return tuple(within), tuple(refused), tuple(others.values())


def _pair(
    row: Mapping[str, Any],
    ends: tuple[str, str],
    id_autre: str | None,
    thresholds: ExplainedThresholds,
    model: Mapping[str, Any] | None,
) -> ExplainedPair:
    names = [c.removeprefix("niveau_") for c in row if c.startswith("niveau_")]
    traits = tuple(Part(trait=n, niveau=row[f"niveau_{n}"], poids=row[f"poids_{n}"]) for n in names)
    menage = row["poids_menage"]
    depart, origine = find_start(row, model)
    weights = {part.trait: part.poids for part in traits} | {MENAGE: menage}
    against = sorted((n for n, w in weights.items() if w < 0), key=lambda n: (weights[n], n))
    return ExplainedPair(
        a=ends[0],
        b=ends[1],
        id_autre=id_autre,
        issue=row["issue"],
        raison=REVUES.get(row.get("revue"))
        or find_reason(row["issue"], row["probabilite"], thresholds),
        # Campaigns of before reviews have no such column.
        revue=row.get("revue"),
        probabilite=row["probabilite"],
        depart=depart,
        depart_origine=origine,
        traits=traits,
        menage=menage,
        poids=row["poids"],
        total=None if depart is None else round(depart + row["poids"], 4),
        contre=tuple(against),
    )


def find_start(row: Mapping[str, Any], model: Mapping[str, Any] | None) -> tuple[float | None, Any]:
    """Return the prior of a pair in bits, and where it was found.

    `liens` has no prior: it is what the weight leaves of the probability's log odds. A probability
    rounded to 0 or 1 says no more; the model's prior of this pair of sources stands in for it.
    """
    p = row["probabilite"]
    if CERTAIN <= p <= 1 - CERTAIN:
        return round(to_bits(p) - row["poids"], 4), "probabilite"
    priors = (model or {}).get("prior", {})
    a, b = row["extrait_a"], row["extrait_b"]
    known = priors.get(f"{a}-{b}", priors.get(f"{b}-{a}"))
    if known:
        return round(to_bits(known), 4), "modele"
    return None, None


def find_reason(issue: str, probabilite: float, thresholds: ExplainedThresholds) -> Reason:
    """Say why a pair ended so: people are grouped on all their rows, not on this pair alone."""
    lien, doubt = (
        probabilite >= thresholds.lien.probabilite,
        probabilite >= thresholds.doute.probabilite,
    )
    if issue == LIE:
        return "seuil_lien_atteint" if lien else "liees_par_d_autres_lignes"
    if lien:
        return "ensemble_contredit"
    if issue == A_VERIFIER:
        return "entre_les_seuils" if doubt else "doute_sur_l_ensemble"
    return "ensemble_contredit" if doubt else "sous_seuil_doute"


def to_bits(chance: float) -> float:
    """Return the log2 odds of a probability."""
    return math.log2(chance / (1 - chance))
