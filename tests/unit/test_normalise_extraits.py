"""Each extract's valid rows, and the four tables that they become. Fictive people only."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Fichier
from siei_match.reference.vocabulary import ENROLMENT_EXTRACTS, PERSON_EXTRACTS
from siei_match.stages.normalise import EXTRACTS, NormalisedTables, normalise, normalise_retours

NAISSANCE = {"naissance_annee": 2008, "naissance_mois": 5, "naissance_jour": 17}


def fichier(extrait: str) -> Fichier:
    annee = "2025-2026" if extrait in ENROLMENT_EXTRACTS else None
    return Fichier(
        extrait=extrait,
        nom=f"{extrait}.csv",
        annee_scolaire=annee,
        date_extraction=date(2026, 10, 10),
    )


def valides(extrait: str, *lignes: dict[str, Any]) -> pl.DataFrame:
    """A valid frame as `validate` gives it: every declared column, nulls where nothing is said."""
    kinds = {
        field["name"]: {"date": pl.Date, "integer": pl.Int64}.get(field["type"], pl.String)
        for field in declaration(f"extraits/{extrait}").fields
    }
    naissance = {"naissance_annee": pl.Int16, "naissance_mois": pl.Int8, "naissance_jour": pl.Int8}
    schema = {"ligne": pl.UInt32, **kinds, **naissance}
    rows = [{"ligne": rang, **NAISSANCE, **ligne} for rang, ligne in enumerate(lignes, start=1)]
    assert all(set(row) <= set(schema) for row in rows)
    return pl.DataFrame(rows, schema)


def run(extrait: str, *lignes: dict[str, Any], premier_rid: int = 0) -> NormalisedTables:
    return normalise(valides(extrait, *lignes), fichier(extrait), premier_rid)


def only(frame: pl.DataFrame) -> dict[str, Any]:
    assert frame.height == 1
    return frame.row(0, named=True)


def told(frame: pl.DataFrame) -> dict[str, Any]:
    """The only row, without what it does not say."""
    return {name: value for name, value in only(frame).items() if value is not None}


SCOLARITE = {
    "ANNEE_SCOLAIRE": "2025-2026",
    "INE": "0494004062M",
    "NOM_DE_FAMILLE": "Lefèvre-d'Œuvre",
    "NOM_USAGE": "Lefevre D'Oeuvre",
    "PRENOM": "Jean-Noël",
    "PRENOM2": "Élie",
    "CODE_SEXE": "1",
    "CODE_PAYS_NAISS": "100",
    "CODE_COMMUNE_INSEE_NAISS": "75112",
    "UAI": "0750652B",
    "CODE_MEF": "24120001211",
    "DATE_ENTREE": date(2025, 9, 1),
    "DATE_SORTIE": date(2026, 2, 10),
    "LIGNE1_ADRESSE": "Bât. C",
    "LIGNE2_ADRESSE": "12 B av. du Gal Leclerc",
    "CODE_POSTAL": "69003",
    "CODE_COMMUNE_INSEE": "69383",
    "TEL_PERSONNEL": "04 72 00 00 01",
    "TEL_PORTABLE": "+33 (0)6 12 34 56 79",
    "MEL": "Jean.Noel@Exemple.FR",
    "RESP1_NOM": "LEFEVRE",
    "RESP1_PRENOM": "Anne",
    "RESP1_TEL": "0612345679",
    "RESP1_MEL": "anne@exemple.fr",
}


def test_scolarite_traits() -> None:
    assert told(run("scolarite", SCOLARITE).traits) == {
        "rid": 0,
        "extrait": "scolarite",
        "fichier": "scolarite.csv",
        "ligne": 1,
        "ine": "0494004062M",
        # The name of usage is the name of birth, once accents and hyphens are gone: absent.
        "nom_naissance": "LEFEVRE D OEUVRE",
        "prenom1": "JEAN NOEL",
        "prenom2": "ELIE",
        "sexe": "M",
        **NAISSANCE,
        "naissance_lieu": "75056",
        "telephones": ["+33472000001", "+33612345679"],
        "courriels": ["anne@exemple.fr", "jean.noel@exemple.fr"],
        "adresse": "12 BIS AVENUE DU GENERAL LECLERC",
        "commune": "69123",
        "uai": "0750652B",
    }


def test_scolarite_coordonnees_are_as_the_source_wrote_them() -> None:
    assert told(run("scolarite", SCOLARITE).coordonnees) == {
        "rid": 0,
        "nom_naissance": "Lefèvre-d'Œuvre",
        "nom_usage": "Lefevre D'Oeuvre",
        "prenoms": "Jean-Noël, Élie",
        "adresse": "Bât. C, 12 B av. du Gal Leclerc",
        "code_postal": "69003",
        "commune": "Lyon",
        "telephones": ["04 72 00 00 01", "06 12 34 56 79"],
        "courriel": "Jean.Noel@Exemple.FR",
        "responsable_nom": "LEFEVRE Anne",
        "responsable_telephone": "06 12 34 56 79",
        "responsable_courriel": "anne@exemple.fr",
    }


def test_scolarite_parcours() -> None:
    made = run("scolarite", SCOLARITE | {"CODE_MEF": "24125219210"})
    assert told(made.parcours) == {
        "rid": 0,
        "extrait": "scolarite",
        "annee": 2025,
        "debut": date(2025, 9, 1),
        "fin": date(2026, 2, 10),
        "uai": "0750652B",
        "mef": "24125219210",
        "diplome": "50025219",
        "cycle": "niveau_3",
        "formation": "MAINTENANCE DES VEHICULES OPTION B VEHICULES DE TRANSPORT ROUTIER (CAP), "
        "1re année",
    }
    assert made.titres.is_empty()


@pytest.mark.parametrize(
    ("ligne", "annee"),
    [
        ({"ANNEE_SCOLAIRE": "2024-2025"}, 2024),  # the row wins
        ({"ANNEE_SCOLAIRE": None}, 2025),  # the file's
        ({"ANNEE_SCOLAIRE": "25/26"}, 2025),  # unreadable: the file's
    ],
)
def test_school_year(ligne: dict[str, Any], annee: int) -> None:
    assert only(run("scolarite", SCOLARITE | ligne).parcours)["annee"] == annee


def test_scolarite_without_mef_is_an_enrolment_of_unknown_cycle() -> None:
    parcours = only(run("scolarite", SCOLARITE | {"CODE_MEF": None}).parcours)
    assert (parcours["cycle"], parcours["formation"]) == ("inconnu", None)


def test_agricole_knows_usual_names_only() -> None:
    made = run(
        "agricole",
        {
            "nomUsuel": "Kerguélen",
            "prenomUsuel": "Maëlle",
            "sexeId": "2",
            "communeNaissanceCodeInsee": None,
            "paysNaissanceCodeInsee": "99109",
            "codeMef": "27621211310",
            "uai": "0290341L",
            "anneeScolaire": "2026-2027",
            "adresseLigne1": "Lieu-dit Kerbras",
            "communeCodePostal": "29000",
            "communeCodeInsee": "29232",
            "telephone": "0692112233",
        },
    )
    traits = told(made.traits)
    assert "nom_naissance" not in traits
    assert traits["nom_usage"] == "KERGUELEN"
    assert traits["naissance_lieu"] == "99109"
    assert traits["adresse"] == "LIEU DIT KERBRAS"
    assert traits["telephones"] == ["+262692112233"]
    assert told(made.coordonnees)["nom_usage"] == "Kerguélen"
    assert told(made.coordonnees)["commune"] == "Quimper"
    parcours = told(made.parcours)
    assert (parcours["annee"], parcours["cycle"]) == (2026, "baccalaureat")


APPRENTI = {
    "INE_RNIE": "123456789AB",
    "NUMERO_UAI": "0010826T",
    "DIPLOME": "50022137",
    "AN_FORM": "2",
    "NOM": "MARTIN DIT LE GRAND",
    "NOM2": "DUPONT",
    "PRENOM1": "LEA",
    "ADRESSE": "3 R DES LILAS APT 4",
    "COD_POST": "01500",
    "COM_RESID": "1004",
    "TEL_JEUNE": "0000000000",
    "TEL_RESP1_PRO": "0474000002",
    "MAIL_RESP2": "parent@exemple.fr",
    "LIEU_NAIS": "99352",
    "SEXE": "2",
    "DIP_OBT": "04",
    "DATE_ENTREE_CFA": date(2025, 9, 3),
    "DATE_DEB_CONT": date(2025, 9, 1),
    "DATE_RUPT_CONT": date(2026, 1, 15),
}


def test_apprentissage() -> None:
    made = run("apprentissage", APPRENTI, premier_rid=7)
    traits = told(made.traits)
    assert traits["rid"] == 7
    assert (traits["nom_naissance"], traits["nom_usage"]) == ("MARTIN", "DUPONT")
    assert traits["commune"] == "01004"
    assert traits["telephones"] == ["+33474000002"]
    assert traits["adresse"] == "3 RUE DES LILAS"
    parcours = told(made.parcours)
    assert parcours["debut"] == date(2025, 9, 3)
    assert "fin" not in parcours
    assert parcours["rupture"] == date(2026, 1, 15)
    assert parcours["annee"] == 2025
    assert parcours["cycle"] == "niveau_3"
    assert parcours["formation"].endswith("2e année")
    assert told(made.titres) == {"rid": 7, "niveau": "niveau_3", "rang": 3}
    coordonnees = told(made.coordonnees)
    assert "telephones" not in coordonnees
    assert coordonnees["responsable_telephone"] == "04 74 00 00 02"
    assert coordonnees["responsable_courriel"] == "parent@exemple.fr"


@pytest.mark.parametrize("code", ["01", "99", None])
def test_apprentice_without_diploma_has_no_titre(code: str | None) -> None:
    assert run("apprentissage", APPRENTI | {"DIP_OBT": code}).titres.is_empty()


def test_diplomes_obtained_are_those_of_the_admitted() -> None:
    base = {"NOM_DE_FAMILLE": "Abc", "PRENOM": "Zoé", "CODE_SEXE": "2", "SESSION": 2025}
    made = run(
        "diplomes",
        base | {"CODE_DIPLOME": "50022137", "RESULTAT": "ADMIS"},
        base | {"CODE_DIPLOME": "50022137", "RESULTAT": "AJOURNE"},
        base | {"CODE_DIPLOME": "67110004", "RESULTAT": "ADMIS"},
        base | {"CODE_DIPLOME": "47010019", "RESULTAT": "ADMIS"},
        base | {"CODE_DIPLOME": None, "RESULTAT": "ADMIS"},
    )
    assert made.traits.height == made.coordonnees.height == 5
    assert made.parcours.is_empty()
    assert made.titres.select("rid", "niveau", "rang", "session").rows() == [
        (0, "niveau_3", 3, 2025),
        (2, "aucun", 0, 2025),
        (3, "baccalaureat", 4, 2025),
        (4, "aucun", 0, 2025),
    ]


def test_mission_locale_places_by_label() -> None:
    made = run(
        "missions_locales",
        {
            "civilite": "MME",
            "nomNaissance": "N'Guyễn",
            "prenom": "Thị Mai, Anne",
            "adresse": "5 rue St-Jean",
            "codePostal": "13080",
            "commune": "Aix en Provence",
            "structureNom": "Mission locale du Pays d'Aix",
            "dateDebutAccompagnement": date(2026, 3, 2),
        },
    )
    traits = told(made.traits)
    assert traits["nom_naissance"] == "N GUYEN"
    assert (traits["prenom1"], traits["prenom2"]) == ("THI MAI", "ANNE")
    assert (traits["sexe"], traits["commune"]) == ("F", "13001")
    assert traits["adresse"] == "5 RUE SAINT JEAN"
    assert told(made.parcours) == {
        "rid": 0,
        "extrait": "missions_locales",
        "debut": date(2026, 3, 2),
        "structure_nom": "Mission locale du Pays d'Aix",
    }
    assert told(made.coordonnees)["commune"] == "Aix en Provence"


@pytest.mark.parametrize("extrait", PERSON_EXTRACTS)
def test_every_person_extract_has_its_module_and_takes_an_empty_file(extrait: str) -> None:
    assert set(EXTRACTS) == set(PERSON_EXTRACTS)
    made = run(extrait)
    assert made.traits.is_empty()
    assert made.coordonnees.is_empty()


@pytest.mark.parametrize("extrait", PERSON_EXTRACTS)
def test_a_row_that_says_nothing_but_a_birth_year_passes(extrait: str) -> None:
    made = run(extrait, {"naissance_mois": None, "naissance_jour": None})
    assert told(made.traits) == {
        "rid": 0,
        "extrait": extrait,
        "fichier": f"{extrait}.csv",
        "ligne": 1,
        "naissance_annee": 2008,
    }
    assert told(made.coordonnees) == {"rid": 0}


def test_rows_are_numbered_in_the_order_of_their_lines() -> None:
    frame = valides("scolarite", SCOLARITE, SCOLARITE | {"PRENOM": "Bo"}).reverse()
    traits = normalise(frame, fichier("scolarite"), 100).traits
    assert traits.select("rid", "ligne", "prenom1").rows() == [
        (100, 1, "JEAN NOEL"),
        (101, 2, "BO"),
    ]


def test_a_telephone_given_by_more_than_fifty_people_is_no_evidence() -> None:
    """A school's switchboard; its 51st person makes it so. Twice the same person counts once."""

    def family(count: int) -> pl.Series:
        rows = [SCOLARITE | {"NOM_DE_FAMILLE": f"Nom{'x' * rang}"} for rang in range(count)]
        return run("scolarite", *rows, *rows[:3]).traits["telephones"]

    assert family(50).null_count() == 0
    assert family(51).null_count() == 54


def test_a_guardian_does_not_lend_the_young_person_a_telephone() -> None:
    row = SCOLARITE | {"TEL_PERSONNEL": None, "TEL_PORTABLE": None}
    made = run("scolarite", row)
    assert told(made.traits)["telephones"] == ["+33612345679"]
    assert only(made.coordonnees)["telephones"] is None


def test_neither_health_nor_nationality_nor_job_reaches_a_table() -> None:
    dropped = ["HANDI", "NATIO", "PCS"]
    frame = valides("apprentissage", APPRENTI).drop(dropped, strict=False)
    made = normalise(frame, fichier("apprentissage"), 0)
    columns = {
        c for t in (made.traits, made.parcours, made.titres, made.coordonnees) for c in t.columns
    }
    assert not {c.lower() for c in dropped} & {c.lower() for c in columns}


def test_retours_leave_the_comment_behind() -> None:
    frame = pl.DataFrame(
        {
            "ligne": pl.Series([2, 1], dtype=pl.UInt32),
            "id_signalement": ["B" * 32, "a" * 32],
            "date_retour": [date(2026, 11, 2), None],
            "retour": ["doublon", "en_formation"],
            "psad_destination": [None, "PSAD-075-01"],
            "commentaire": ["texte libre", None],
        }
    )
    retours = normalise_retours(frame, fichier("retours"))
    assert retours.columns == declaration("tables/retours").columns
    assert retours["ligne"].to_list() == [1, 2]
    assert retours["id_signalement"].to_list() == ["a" * 32, "b" * 32]


# --- contrats ------------------------------------------------------------------------------------

CONTRACT = {
    "nom": "QUELVENNEC",
    "prenom": "Maëlys",
    "dateInscriptionCfa": date(2025, 9, 1),
    "dateDebut": date(2025, 9, 15),
    "dateFin": date(2027, 8, 31),
    "uaiCfa": "0750652B",
    "codeDiplome": "50025219",
}


def test_a_contract_begins_with_the_enrolment_at_the_cfa_and_has_no_school_year():
    parcours = only(run("contrats", CONTRACT).parcours)
    assert parcours["annee"] is None
    assert (parcours["debut"], parcours["fin"]) == (date(2025, 9, 1), date(2027, 8, 31))
    assert (parcours["uai"], parcours["cycle"]) == ("0750652B", "niveau_3")


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (date(2026, 1, 15), date(2026, 1, 15)),
        (date(2025, 9, 15), date(2025, 9, 15)),
        (date(2025, 9, 14), None),
    ],
)
def test_a_break_before_the_contract_is_of_an_earlier_one(broken, told):
    assert only(run("contrats", {**CONTRACT, "dateRupture": broken}).parcours)["rupture"] == told


def test_a_contract_that_ends_before_it_begins_is_in_doubt():
    doubts = run("contrats", {**CONTRACT, "dateFin": date(2025, 8, 1)}).dates_douteuses
    assert doubts["colonne"].to_list() == ["fin"]


# --- missions locales ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "state", "told"),
    [
        ("Contrat en Alternance", "EN_COURS", "Contrat en Alternance"),
        ("Scolarité", "EN_COURS", "Scolarité"),
        ("Contrat en Alternance", "PREVU", None),
        ("Scolarité", "TERMINE", None),
        ("Scolarité", None, None),
        ("Formation", "EN_COURS", None),
        ("Demandeur d'emploi", "EN_COURS", None),
        (None, "EN_COURS", None),
    ],
)
def test_of_a_situation_only_a_training_in_progress_is_kept(category, state, told):
    row = {"nomNaissance": "QUELVENNEC", "prenom": "Maëlys"}
    made = run("missions_locales", row | {"situationCategorie": category, "situationEtat": state})
    assert only(made.parcours)["situation"] == told
