"""Splink 5 on DuckDB, configured as somebody who knows both Splink and these files would.

What was tried and kept is told in docs/performance.md. Rows that say the same in one source are
collapsed first, as Splink's own advice on duplicates has it; the INE is a comparison and a
blocking rule; households are kept from linking brothers, sisters and twins by giving no weight
to a contact shared under different first names.
"""

import logging
from pathlib import Path
from typing import Any

import duckdb
from measure import compete
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.blocking_rule_library import CustomRule
from splink.comparison_level_library import CustomLevel, ElseLevel, ExactMatchLevel, NullLevel
from splink.comparison_library import CustomComparison, ExactMatch

SEUIL_BITS = 10.0
"""Match weight of a link, in bits, when `seuil=` does not say; bench/compare.py says."""
GRAINE = 1
PAIRES_U = 1e6
U_FOYER = 1e-6
"""Two strangers share a phone, an e-mail or an address; too rare for a sample to meet."""
PAIRES_EM = 2e6

FICHES = """
CREATE TABLE fiches AS
SELECT min(rid) AS unique_id, list(rid) AS rids, extrait, ine,
  coalesce(nom_naissance, nom_usage) AS nom, nom_usage, prenom1 AS prenom, prenom2, prenom3, sexe,
  naissance_annee AS annee, naissance_mois AS mois, naissance_jour AS jour,
  printf('%04d-%02d-%02d', naissance_annee, naissance_mois, naissance_jour) AS naissance,
  naissance_lieu AS lieu, telephones, courriels, adresse, commune,
  list_transform(list_concat(telephones, courriels), lambda x: hash(x)) AS contacts,
  string_split(coalesce(nom_naissance, nom_usage), ' ') AS mots,
  list_distinct(list_filter([nom_naissance, nom_usage], lambda x: x IS NOT NULL)) AS noms,
  list_distinct(list_filter([prenom1, prenom2, prenom3], lambda x: x IS NOT NULL)) AS prenoms
FROM read_parquet($traits) GROUP BY ALL
"""


def crossed(function: str, limit: float) -> str:
    """Return a condition: some surname of one side is near some surname of the other."""
    sides = [("nom_l", "nom_r"), ("nom_usage_l", "nom_r"), ("nom_l", "nom_usage_r")]
    return " OR ".join(f"{function}({a}, {b}) >= {limit}" for a, b in sides)


SAME_FIRST_NAME = (
    "(prenom_l = prenom_r OR jaro_winkler_similarity(prenom_l, prenom_r) >= 0.93"
    " AND coalesce(prenom2_l = prenom2_r, true)"
    " OR list_has_any(prenoms_l, prenoms_r) OR prenom_l = nom_r)"
)
INVERTED = "nom_l = prenom_r AND prenom_l = nom_r"
CONTACT = "list_has_any(contacts_l, contacts_r)"
ADDRESS = "(adresse_l = adresse_r AND commune_l = commune_r)"

COMPARISONS = [
    CustomComparison(
        output_column_name="ine",
        comparison_levels=[
            NullLevel("ine"),
            # Nearly nobody shares an INE: too rare for a sample of random pairs to meet.
            ExactMatchLevel("ine").configure(u_probability=1e-7, fix_u_probability=True),
            CustomLevel("damerau_levenshtein(ine_l, ine_r) <= 1").configure(
                u_probability=1e-6, fix_u_probability=True
            ),
            ElseLevel(),
        ],
    ),
    CustomComparison(
        output_column_name="nom",
        comparison_levels=[
            NullLevel("nom"),
            # A floor under the frequency: twins bear the rarest names too.
            ExactMatchLevel("nom", term_frequency_adjustments=True).configure(
                tf_minimum_u_value=5e-5
            ),
            CustomLevel("nom_usage_l = nom_r OR nom_l = nom_usage_r OR nom_usage_l = nom_usage_r"),
            CustomLevel(crossed("jaro_winkler_similarity", 0.93)),
            CustomLevel(
                "list_has_any(mots_l, mots_r)"
                " OR starts_with(nom_l, nom_r) OR starts_with(nom_r, nom_l)"
            ),
            CustomLevel(INVERTED).configure(u_probability=2e-7, fix_u_probability=True),
            CustomLevel(crossed("jaro_winkler_similarity", 0.82)),
            ElseLevel(),
        ],
    ),
    CustomComparison(
        output_column_name="prenom",
        comparison_levels=[
            # Inverted names are weighed once, with the surname.
            CustomLevel(f"prenom_l IS NULL OR prenom_r IS NULL OR {INVERTED}").configure(
                is_null_level=True
            ),
            ExactMatchLevel("prenom", term_frequency_adjustments=True),
            CustomLevel(
                "jaro_winkler_similarity(prenom_l, prenom_r) >= 0.93"
                " AND coalesce(prenom2_l = prenom2_r, true)"
            ),
            CustomLevel(
                "list_has_any(prenoms_l, prenoms_r)"
                " OR starts_with(prenom_l, prenom_r) OR starts_with(prenom_r, prenom_l)"
            ),
            CustomLevel("jaro_winkler_similarity(prenom_l, prenom_r) >= 0.82"),
            ElseLevel(),
        ],
    ),
    CustomComparison(
        output_column_name="naissance",
        comparison_levels=[
            NullLevel("annee"),
            ExactMatchLevel("naissance"),
            CustomLevel(
                "annee_l = annee_r AND (naissance_l IS NULL OR naissance_r IS NULL)"
                " AND coalesce(mois_l = mois_r, true)"
            ),
            CustomLevel("annee_l = annee_r AND mois_l = jour_r AND jour_l = mois_r"),
            CustomLevel("damerau_levenshtein(naissance_l, naissance_r) <= 1"),
            CustomLevel(
                "(annee_l = annee_r)::INT + (mois_l = mois_r)::INT + (jour_l = jour_r)::INT >= 2"
            ),
            ElseLevel(),
        ],
    ),
    CustomComparison(
        output_column_name="lieu",
        comparison_levels=[
            NullLevel("lieu"),
            ExactMatchLevel("lieu", term_frequency_adjustments=True).configure(
                tf_minimum_u_value=1e-3
            ),
            CustomLevel("left(lieu_l, 2) = left(lieu_r, 2)"),
            ElseLevel(),
        ],
    ),
    ExactMatch("sexe"),
    CustomComparison(
        output_column_name="foyer",
        comparison_levels=[
            # Nothing to compare, or a household's contact under two first names: no evidence.
            CustomLevel(
                "(commune_l IS NULL OR commune_r IS NULL)"
                " AND (len(contacts_l) = 0 OR len(contacts_r) = 0)"
                f" OR ({CONTACT} OR {ADDRESS}) AND NOT {SAME_FIRST_NAME}"
            ).configure(is_null_level=True),
            CustomLevel(f"{CONTACT} AND {ADDRESS}").configure(
                u_probability=U_FOYER, fix_u_probability=True
            ),
            CustomLevel(CONTACT).configure(u_probability=U_FOYER, fix_u_probability=True),
            CustomLevel(ADDRESS).configure(u_probability=U_FOYER, fix_u_probability=True),
            CustomLevel("commune_l = commune_r"),
            CustomLevel("left(commune_l, 2) = left(commune_r, 2)"),
            ElseLevel(),
        ],
    ),
]

BLOCKS = [
    block_on("ine"),
    block_on("naissance", "prenom"),
    block_on("naissance", "nom"),
    block_on("naissance", "lieu"),
    block_on("nom", "prenom", "annee"),
    block_on("nom", "prenom", "lieu"),
    block_on("nom", "prenom", "mois", "jour"),
    block_on("naissance", "commune"),
    block_on("naissance", "left(nom, 3)", "left(prenom, 1)"),
    block_on("telephones", "annee", arrays_to_explode=["telephones"]),
    block_on("courriels", "annee", arrays_to_explode=["courriels"]),
    CustomRule("l.prenom = r.nom AND l.nom = r.prenom AND l.annee = r.annee"),
    CustomRule("l.nom_usage = r.nom AND l.naissance = r.naissance"),
    CustomRule("l.nom = r.nom_usage AND l.naissance = r.naissance"),
]


def open_linker(dossier: Path) -> tuple[duckdb.DuckDBPyConnection, Linker]:
    """Read and collapse the rows; return the linker, not trained."""
    connection = duckdb.connect()
    connection.execute(FICHES, {"traits": str(dossier / "traits.parquet")}).fetchall()
    api = DuckDBAPI(connection=connection)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=COMPARISONS,
        blocking_rules_to_generate_predictions=BLOCKS,
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )
    return connection, Linker(api.register("fiches"), settings, log_level=logging.ERROR)


def train(linker: Linker) -> None:
    """Estimate the prior from sure rules, u from random pairs, m by EM on three blocks."""
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on("ine"), block_on("nom", "prenom", "naissance")], recall=0.9
    )
    training.estimate_u_using_random_sampling(max_pairs=PAIRES_U, seed=GRAINE, num_chunks=1)
    # Blocks without twins: they would teach that first names change.
    for block in (block_on("ine"), block_on("nom", "prenom", "naissance")):
        training.estimate_parameters_using_expectation_maximisation(
            block, estimate_without_term_frequencies=True, max_pairs=PAIRES_EM
        )


def write_people(connection: duckdb.DuckDBPyConnection, clusters: Any, reponse: Path) -> None:
    connection.execute(
        f"COPY (SELECT unnest(rids) AS rid, cluster_id AS personne FROM {clusters.physical_name})"
        f" TO '{reponse}' (FORMAT parquet)"
    ).fetchall()


def splink(dossier: Path, reponse: Path, options: dict[str, str]) -> dict[str, Any]:
    seuil = float(options.get("seuil", SEUIL_BITS))
    connection, linker = open_linker(dossier)
    train(linker)
    predictions = linker.inference.predict(threshold_match_weight=seuil)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predictions, threshold_match_weight=seuil
    )
    write_people(connection, clusters, reponse)
    return {"fiches": connection.execute("SELECT count(*) FROM fiches").fetchall()[0][0]}


if __name__ == "__main__":
    compete(splink)
