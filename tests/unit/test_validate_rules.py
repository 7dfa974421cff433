"""What each kind of value is read as, and which rows are rejected: the contract, line by line."""

from dataclasses import dataclass, field
from datetime import date

import polars as pl
import pytest

from siei_match.reference.contracts import conform, declaration
from siei_match.reference.errors import ContractError, DeliveryError
from siei_match.reference.vocabulary import AVERTISSEMENT, EXTRACTS, REJET
from siei_match.stages.extract import read_file
from siei_match.stages.validate import (
    RejectionLimit,
    count_rules,
    gate_rejected,
    gate_sources,
    sources_above,
    valid_declaration,
    validate,
)
from siei_match.stages.validate import partition as validate_partition
from tests.livraisons import CAMPAGNE, assert_says, brut, fichier, rangee, texte, write


def split(extrait, *rangees):
    return validate(brut(extrait, *rangees), fichier(extrait), CAMPAGNE)


def rules(partition):
    """Return (ligne, gravite, regle, colonne) of the rejets."""
    return partition.rejets.select("ligne", "gravite", "regle", "colonne").rows()


@pytest.mark.parametrize("extrait", EXTRACTS)
def test_a_good_row_of_each_extract_passes_without_warning(extrait):
    partition = split(extrait, {}, {})
    assert rules(partition) == []
    assert partition.valides["ligne"].to_list() == [1, 2]
    assert partition.valides.columns == valid_declaration(extrait).columns


@pytest.mark.parametrize("extrait", EXTRACTS)
def test_an_empty_frame_has_an_empty_result(extrait):
    frame = brut(extrait, {}).clear()
    partition = validate(frame, fichier(extrait), CAMPAGNE)
    assert partition.valides.schema == split(extrait, {}).valides.schema
    conform(partition.rejets, "tables/rejets")


@pytest.mark.parametrize(
    ("received", "read"),
    [("PSAD-029-01", "PSAD-029-01"), ("psad-029-01", "PSAD-029-01"), ("PSAD-999-01", None),
     ("non_affecte", None), ("", None)],
)  # fmt: skip
def test_a_transfer_to_no_platform_there_is_is_emptied(received, read):
    rows = brut("retours", {"psad_destination": received})
    partition = validate(
        rows, fichier("retours"), CAMPAGNE, platforms=["PSAD-029-01", "PSAD-075-01"]
    )
    assert partition.valides["psad_destination"].to_list() == [read]
    warned = (1, AVERTISSEMENT, "psad_destination_connue", "psad_destination")
    assert rules(partition) == [warned] * (bool(received) and read is None)


VALEURS = [
    # extract, column, received, read, rule broken
    ("scolarite", "INE", "0494004062m", "0494004062M", None),
    ("scolarite", "INE", " 0494 004 062M ", "0494004062M", None),
    ("scolarite", "INE", "0494004062N", None, "ine_lisible"),
    ("scolarite", "INE", "ABC", None, "ine_lisible"),
    ("scolarite", "INE", "00000000000", None, "ine_lisible"),
    ("scolarite", "INE", "123456789AB", "123456789AB", None),
    ("scolarite", "INE", "   ", None, None),
    ("scolarite", "CODE_SEXE", "3", None, "sexe_lisible"),
    ("scolarite", "CODE_SEXE", "F", None, "sexe_lisible"),
    ("scolarite", "CODE_PAYS_NAISS", "FR", None, "pays_lisible"),
    ("agricole", "paysNaissanceCodeInsee", "99109", "99109", None),
    ("agricole", "paysNaissanceCodeInsee", "FR", None, "pays_lisible"),
    ("scolarite", "CODE_COMMUNE_INSEE_NAISS", "2a004", "2A004", None),
    ("scolarite", "CODE_COMMUNE_INSEE_NAISS", "1004", "01004", None),
    ("scolarite", "CODE_COMMUNE_INSEE_NAISS", "Paris", None, "commune_lisible"),
    ("apprentissage", "LIEU_NAIS", "99109", "99109", None),
    ("scolarite", "UAI", "0750652b", "0750652B", None),
    ("scolarite", "UAI", "0750652C", None, "uai_lisible"),
    ("scolarite", "CODE_MEF", "2412521921", "2412521921", None),
    ("scolarite", "CODE_MEF", "3EME", None, "mef_lisible"),
    ("diplomes", "CODE_DIPLOME", "1022001", "01022001", None),
    ("diplomes", "CODE_DIPLOME", "CAP", None, "diplome_lisible"),
    ("diplomes", "SESSION", "2026", 2026, None),
    ("diplomes", "SESSION", "juin 2026", None, "session_lisible"),
    ("diplomes", "RESULTAT", "admis", "ADMIS", None),
    ("diplomes", "RESULTAT", "OUI", None, "code_connu"),
    ("apprentissage", "DIP_OBT", "4", "04", None),
    ("apprentissage", "DIP_OBT", "16", None, "code_connu"),
    ("scolarite", "CODE_STATUT", "XX", None, "code_connu"),
    ("missions_locales", "civilite", "Mme", "MME", None),
    ("missions_locales", "civilite", "M.", "M", None),
    ("missions_locales", "civilite", "Dr", None, "civilite_lisible"),
    ("missions_locales", "situationCategorie", "Demandeur d’emploi", "Demandeur d'emploi", None),
    ("missions_locales", "situationCategorie", "SCOLARITE", "Scolarité", None),
    ("missions_locales", "situationCategorie", "scolarité", "Scolarité", None),
    ("missions_locales", "situationCategorie", "Autre", None, "code_connu"),
    ("scolarite", "DATE_ENTREE", "01/09/2025", date(2025, 9, 1), None),
    ("scolarite", "DATE_ENTREE", "1/9/2025", date(2025, 9, 1), None),
    ("scolarite", "DATE_ENTREE", "rentrée", None, "date_lisible"),
    ("scolarite", "DATE_ENTREE", "31/02/2025", None, "date_lisible"),
    ("scolarite", "DATE_SORTIE", "31/12/9999", None, None),
    ("agricole", "dateEntreeFormation", "2025-09-01", date(2025, 9, 1), None),
    ("agricole", "dateEntreeFormation", "01/09/2025", date(2025, 9, 1), None),
    ("apprentissage", "DATE_RUPT_CONT", "05112025", date(2025, 11, 5), None),
    ("apprentissage", "DATE_RUPT_CONT", "5112025", date(2025, 11, 5), None),
    ("apprentissage", "DATE_RUPT_CONT", "00000000", None, None),
    ("scolarite", "TEL_PORTABLE", "06.12.34.56.78", "0612345678", None),
    ("scolarite", "TEL_PORTABLE", "+33 (0)6 12 34 56 78", "0612345678", None),
    ("scolarite", "TEL_PORTABLE", "0033612345678", "0612345678", None),
    ("scolarite", "TEL_PORTABLE", "612345678", "0612345678", None),
    ("scolarite", "TEL_PORTABLE", "33612345678", "0612345678", None),
    ("scolarite", "TEL_PORTABLE", "+33 6 12 34 56", None, "telephone_lisible"),
    ("scolarite", "TEL_PORTABLE", "+32 475 12 34 56", "+32475123456", None),
    ("scolarite", "TEL_PORTABLE", "0000000000", None, "telephone_lisible"),
    ("scolarite", "TEL_PORTABLE", "06 12 34", None, "telephone_lisible"),
    ("scolarite", "MEL", "a.b-c+d@exemple.fr", "a.b-c+d@exemple.fr", None),
    ("scolarite", "MEL", "a@b", None, "courriel_lisible"),
    ("scolarite", "MEL", "a b@exemple.fr", None, "courriel_lisible"),
    ("scolarite", "CODE_POSTAL", "1000", "01000", None),
    ("scolarite", "CODE_POSTAL", "01 000", "01000", None),
    ("scolarite", "CODE_POSTAL", "L-1234", "L-1234", None),
    ("scolarite", "CODE_POSTAL", "?", None, "code_postal_lisible"),
    ("scolarite", "ANNEE_SCOLAIRE", "2025/2026", "2025-2026", None),
    ("scolarite", "ANNEE_SCOLAIRE", "2025", "2025-2026", "annee_scolaire_lisible"),
    ("scolarite", "ANNEE_SCOLAIRE", None, "2025-2026", None),
    ("scolarite", "NOM_USAGE", "  Le Goff\t", "Le Goff", None),
    ("retours", "retour", "En_Formation", "en_formation", None),
    ("retours", "date_retour", "04/05/2026", date(2026, 5, 4), None),
]


@pytest.mark.parametrize(("extrait", "colonne", "recu", "lu", "regle"), VALEURS)
def test_a_value_is_read_or_emptied_with_a_warning(extrait, colonne, recu, lu, regle):
    partition = split(extrait, {colonne: recu})
    assert partition.valides[colonne].to_list() == [lu]
    expected = [(1, AVERTISSEMENT, regle, colonne)] if regle else []
    assert rules(partition) == expected


@pytest.mark.parametrize(
    ("country", "read"), [("131", "1000"), ("99131", "1000"), ("100", "01000"), ("99100", "01000")]
)
def test_a_foreign_postal_code_of_four_digits_keeps_them(country, read):
    valides = split("scolarite", {"CODE_POSTAL": "1000", "CODE_PAYS": country}).valides
    assert valides["CODE_POSTAL"].to_list() == [read]


NAISSANCES = [
    # extract, column, received, (year, month, day), rules broken
    ("scolarite", "DATE_NAISS", "12/05/2008", (2008, 5, 12), []),
    ("scolarite", "DATE_NAISS", "1/5/2008", (2008, 5, 1), []),
    ("scolarite", "DATE_NAISS", "29/02/2008", (2008, 2, 29), []),
    ("scolarite", "DATE_NAISS", "29/02/2007", (2007, 2, None), ["jour_naissance_possible"]),
    ("scolarite", "DATE_NAISS", "29/02/1900", (1900, 2, None), ["jour_naissance_possible"]),
    ("scolarite", "DATE_NAISS", "31/02/2008", (2008, 2, None), ["jour_naissance_possible"]),
    ("scolarite", "DATE_NAISS", "31/04/2008", (2008, 4, None), ["jour_naissance_possible"]),
    ("scolarite", "DATE_NAISS", "45/05/2008", (2008, 5, None), ["jour_naissance_possible"]),
    ("scolarite", "DATE_NAISS", "12/25/2008", (2008, None, None), ["mois_naissance_possible"]),
    ("scolarite", "DATE_NAISS", "12/13/2008", (2008, None, None), ["mois_naissance_possible"]),
    ("scolarite", "DATE_NAISS", "00/05/2008", (2008, 5, None), []),
    ("scolarite", "DATE_NAISS", "00/00/2008", (2008, None, None), []),
    ("scolarite", "DATE_NAISS", "12/00/2008", (2008, None, None), []),
    ("scolarite", "DATE_NAISS", "XX/05/2008", (2008, None, None), ["date_naissance_lisible"]),
    ("scolarite", "DATE_NAISS", "2008", (2008, None, None), ["date_naissance_lisible"]),
    ("scolarite", "DATE_NAISS", "2008-05-12", (2008, 5, 12), []),
    ("agricole", "dateNaissance", "2008-05-12", (2008, 5, 12), []),
    ("agricole", "dateNaissance", "2008-00-00", (2008, None, None), []),
    ("agricole", "dateNaissance", "12/05/2008", (2008, 5, 12), []),
    ("apprentissage", "DATE_NAIS", "02052008", (2008, 5, 2), []),
    ("apprentissage", "DATE_NAIS", "2052008", (2008, 5, 2), []),
    ("apprentissage", "DATE_NAIS", "00052008", (2008, 5, None), []),
    ("apprentissage", "DATE_NAIS", "31022008", (2008, 2, None), ["jour_naissance_possible"]),
    ("apprentissage", "DATE_NAIS", "XX052008", (2008, None, None), ["date_naissance_lisible"]),
    ("scolarite", "DATE_NAISS", "31/12/2026", (2026, 12, 31), []),
]


@pytest.mark.parametrize(("extrait", "colonne", "recu", "parts", "regles"), NAISSANCES)
def test_a_birth_date_keeps_whatever_can_be_read(extrait, colonne, recu, parts, regles):
    partition = split(extrait, {colonne: recu})
    assert colonne not in partition.valides.columns
    found = partition.valides.select("naissance_annee", "naissance_mois", "naissance_jour").row(0)
    assert found == parts
    assert rules(partition) == [(1, AVERTISSEMENT, regle, colonne) for regle in regles]


REJETS = [
    # extract, values, rule that rejects, its column
    ("scolarite", {"NOM_DE_FAMILLE": None}, "nom_present", None),
    ("scolarite", {"NOM_DE_FAMILLE": "-", "NOM_USAGE": " . "}, "nom_present", None),
    ("apprentissage", {"NOM": "", "NOM2": None}, "nom_present", None),
    ("agricole", {"nomUsuel": None}, "nom_present", "nomUsuel"),
    ("scolarite", {"PRENOM": None}, "prenom_present", None),
    ("missions_locales", {"prenom": "?"}, "prenom_present", "prenom"),
    ("diplomes", {"DATE_NAISS": None}, "annee_naissance_lisible", "DATE_NAISS"),
    ("diplomes", {"DATE_NAISS": "12/05/08"}, "annee_naissance_lisible", "DATE_NAISS"),
    ("diplomes", {"DATE_NAISS": "12/05/1899"}, "annee_naissance_plausible", "DATE_NAISS"),
    ("diplomes", {"DATE_NAISS": "01/01/2027"}, "annee_naissance_plausible", "DATE_NAISS"),
    ("diplomes", {"DATE_NAISS": "01/01/0208"}, "annee_naissance_plausible", "DATE_NAISS"),
    ("scolarite", {"UAI": None, "CODE_MEF": None}, "inscription_situee", None),
    ("agricole", {"uai": None, "codeMef": None}, "inscription_situee", None),
    ("apprentissage", {"NUMERO_UAI": None, "DIPLOME": None}, "inscription_situee", None),
    ("retours", {"id_signalement": None}, "id_signalement_present", "id_signalement"),
]


@pytest.mark.parametrize(("extrait", "valeurs", "regle", "colonne"), REJETS)
def test_a_row_is_rejected_by_the_rule_it_breaks(extrait, valeurs, regle, colonne):
    partition = split(extrait, {}, valeurs)
    assert partition.valides["ligne"].to_list() == [1]
    assert rules(partition) == [(2, REJET, regle, colonne)]


GARDES = [
    ("scolarite", {"NOM_DE_FAMILLE": None, "NOM_USAGE": "QUELVENNEC"}),
    ("scolarite", {"PRENOM": None, "PRENOM3": "Anne"}),
    ("scolarite", {"UAI": None}),
    ("scolarite", {"CODE_MEF": None}),
    ("apprentissage", {"NUMERO_UAI": None}),
    ("apprentissage", {"DIPLOME": None}),
    ("diplomes", {"CODE_DIPLOME": None, "SESSION": None, "RESULTAT": None, "INE": None}),
    ("scolarite", {"NOM_DE_FAMILLE": "Nguyễn", "PRENOM": "Ø"}),
]


@pytest.mark.parametrize(("extrait", "valeurs"), GARDES)
def test_a_row_that_names_and_places_somebody_is_kept(extrait, valeurs):
    partition = split(extrait, valeurs)
    assert partition.valides.height == 1
    assert rules(partition) == []


def test_a_wrong_uai_does_not_place_an_enrolment():
    partition = split("scolarite", {"UAI": "0750652C", "CODE_MEF": None})
    assert rules(partition) == [
        (1, REJET, "inscription_situee", None),
        (1, AVERTISSEMENT, "uai_lisible", "UAI"),
    ]


def test_a_row_rejected_twice_over_counts_once_under_its_first_rule():
    partition = split("scolarite", {"NOM_DE_FAMILLE": None, "PRENOM": None, "DATE_NAISS": None})
    assert rules(partition) == [(1, REJET, "nom_present", None)]


@pytest.mark.parametrize(
    ("extrait", "valeurs", "regle"),
    [
        ("scolarite", {"DATE_ENTREE": "02/09/2025", "DATE_SORTIE": "01/09/2025"},
         "sortie_apres_entree"),
        ("agricole", {"dateSortieFormation": "2025-08-31"}, "sortie_apres_entree"),
        ("apprentissage", {"DATE_RUPT_CONT": "01082025"}, "rupture_apres_debut"),
        ("missions_locales", {"dateFinAccompagnement": "2025-01-01"}, "fin_apres_debut"),
    ],
)  # fmt: skip
def test_dates_out_of_order_are_kept_with_a_warning(extrait, valeurs, regle):
    partition = split(extrait, valeurs)
    assert rules(partition) == [(1, AVERTISSEMENT, regle, None)]
    for colonne in valeurs:
        assert partition.valides[colonne][0] is not None


def test_another_school_year_than_the_file_s_is_kept_with_a_warning():
    partition = split("scolarite", {"ANNEE_SCOLAIRE": "2024-2025"})
    assert partition.valides["ANNEE_SCOLAIRE"].to_list() == ["2024-2025"]
    assert rules(partition) == [(1, AVERTISSEMENT, "annee_scolaire_concordante", "ANNEE_SCOLAIRE")]


@pytest.mark.parametrize("recu", [None, "parti"])
def test_an_answer_of_another_word_is_kept_with_a_warning(recu):
    partition = split("retours", {"retour": recu, "psad_destination": "PSAD-001-01"})
    assert partition.valides.select("retour", "psad_destination").row(0) == (None, "PSAD-001-01")
    assert rules(partition) == [(1, AVERTISSEMENT, "retour_connu", "retour")]


@pytest.mark.parametrize("recu", [None, "hier", "32/01/2026"])
def test_an_answer_without_date_is_kept_with_a_warning(recu):
    partition = split("retours", {"date_retour": recu})
    assert partition.valides["date_retour"].to_list() == [None]
    assert rules(partition) == [(1, AVERTISSEMENT, "date_retour_lisible", "date_retour")]


def test_a_platform_s_comment_goes_nowhere():
    partition = split("retours", {})
    assert "commentaire" not in partition.valides.columns


def test_rejets_follow_the_rows_then_the_rules():
    partition = split(
        "scolarite", {"MEL": "x", "INE": "y"}, {}, {"NOM_DE_FAMILLE": None, "INE": "y"}
    )
    assert [(ligne, regle) for ligne, _, regle, _ in rules(partition)] == [
        (1, "ine_lisible"),
        (1, "courriel_lisible"),
        (3, "nom_present"),
        (3, "ine_lisible"),
    ]
    conform(partition.rejets, "tables/rejets")


def test_slices_change_nothing(monkeypatch):
    rangees = [{"INE": "x"} if i % 3 else {"PRENOM": None} for i in range(20)]
    whole = split("scolarite", *rangees)
    monkeypatch.setattr(validate_partition, "SLICE", 7)
    sliced = split("scolarite", *rangees)
    assert sliced.valides.equals(whole.valides)
    assert sliced.rejets.equals(whole.rejets)


@pytest.mark.parametrize("extrait", EXTRACTS)
def test_every_rule_of_the_declaration_can_be_broken(extrait):
    """A rule that nothing breaks is a defect; the tables above break each of them somewhere."""
    declared = declaration(f"extraits/{extrait}")
    named = {f["siei"]["rule"] for f in declared.fields if "rule" in f["siei"]}
    named |= {regle["rule"] for regle in declared.siei["regles"]}
    broken = {regle for *_, regle in VALEURS if regle} | {regle for _, _, regle, _ in REJETS}
    broken |= {regle for *_, regles in NAISSANCES for regle in regles}
    elsewhere = {
        "nombre_de_champs", "sortie_apres_entree", "rupture_apres_debut", "fin_apres_debut",
        "annee_scolaire_concordante", "date_retour_lisible", "retour_connu",
        "entete_repetee", "texte_repare", "lettres_perdues", "psad_destination_connue",
            "psad_destination_autre",
    }  # fmt: skip
    assert named <= broken | elsewhere


# --- The gate ------------------------------------------------------------------------------------


@dataclass
class Compte:
    rows_read: int
    rejetees: int
    fichier: str = "scolarite.csv"
    regles: dict = field(default_factory=dict)
    extrait: str = "scolarite"
    annee_scolaire: str | None = "2025-2026"


@pytest.mark.parametrize(("lues", "rejetees"), [(0, 0), (100, 2), (1000, 0), (1, 0)])
def test_a_file_within_the_limit_passes_the_gate(lues, rejetees):
    gate_rejected(Compte(lues, rejetees), RejectionLimit(0.02))


@pytest.mark.parametrize(("lues", "rejetees"), [(100, 3), (1, 1), (1000, 21)])
def test_a_file_over_the_limit_stops(lues, rejetees):
    compte = Compte(lues, rejetees, regles={
        (REJET, "nom_present", None): rejetees, (AVERTISSEMENT, "ine_lisible", "INE"): 50,
    })  # fmt: skip
    with pytest.raises(DeliveryError) as echec:
        gate_rejected(compte, RejectionLimit(0.02))
    assert_says(
        echec.value, "scolarite.csv", f"{rejetees} of {lues} rows", "limit 2.0%",
        f"{rejetees} by rule nom_present",
    )  # fmt: skip
    assert "ine_lisible" not in str(echec.value)


@pytest.mark.parametrize(
    ("lues", "rejetees", "few", "passes"),
    [
        (30, 1, 0, False),
        (30, 1, 1, True),
        (30, 2, 1, False),
        (2, 1, 1, True),
        (1, 1, 1, False),  # a file of which nothing is left is never let through
        (3, 3, 5, False),
        (1000, 20, 1, True),
        (1000, 21, 20, False),
    ],
)
def test_a_few_rows_of_a_small_file_may_be_let_through(lues, rejetees, few, passes):
    assert RejectionLimit(0.02, few).is_passed(Compte(lues, rejetees)) is not passes


def test_files_that_each_have_a_few_are_judged_together_by_extract_and_year():
    limit = RejectionLimit(0.02, 1)
    rules = {(REJET, "nom_present", None): 1, (AVERTISSEMENT, "ine_lisible", "INE"): 9}
    school = Compte(30, 1, regles=rules)
    well = [Compte(30, 0)] * 60
    gate_sources([school, *well], limit)
    gate_sources([school, Compte(970, 0, annee_scolaire="2026-2027")], RejectionLimit(0.04, 0))
    # Rows of another year, or of another extract, make nothing better.
    others = [Compte(9000, 0, annee_scolaire="2026-2027"), Compte(9000, 0, extrait="agricole")]
    with pytest.raises(DeliveryError) as echec:
        gate_sources([school, school, *others], limit)
    assert_says(
        echec.value, "scolarite 2025-2026", "2 of 60 rows of its 2 files rejected", "limit 2.0%",
        "2 by rule nom_present",
    )  # fmt: skip
    assert "ine_lisible" not in str(echec.value)
    # Where a file is refused itself, that is told, and no more.
    assert sources_above([Compte(30, 9), school], limit) == ()


def test_a_file_of_rejects_only_stops_from_reading_to_gate(tmp_path):
    rangees = [rangee("diplomes", DATE_NAISS=""), rangee("diplomes", PRENOM=""), ["x"]]
    write(tmp_path, "diplomes.csv", texte("diplomes", rangees))
    lu = read_file(tmp_path, fichier("diplomes"))
    partition = validate(lu.frame, fichier("diplomes"), CAMPAGNE)
    rejets = pl.concat([lu.rejets, partition.rejets])
    compte = Compte(lu.lignes, rejets.filter(gravite=REJET).height, "diplomes.csv",
                    count_rules(rejets))  # fmt: skip
    assert partition.valides.height == 0
    with pytest.raises(DeliveryError) as echec:
        gate_rejected(compte, RejectionLimit(0.02))
    assert_says(
        echec.value, "diplomes.csv", "3 of 3 rows", "1 by rule nombre_de_champs",
        "1 by rule annee_naissance_lisible (DATE_NAISS)", "1 by rule prenom_present",
    )  # fmt: skip


def test_rows_that_get_lost_are_a_defect_and_stop(monkeypatch):
    def lose(valides, declared, declared_fichier):
        return valides.head(0)

    monkeypatch.setattr(validate_partition, "_fill", lose)
    with pytest.raises(ContractError, match="2 rows received, 0 valid and 0 rejected"):
        split("scolarite", {}, {})
