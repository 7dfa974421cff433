"""What is taken off a value before it is read, and which words are none: the manual, line by line."""

import pytest

from siei_match.reference.vocabulary import AVERTISSEMENT, REJET
from siei_match.stages.normalise.apprentissage import normalise_apprentissage
from siei_match.stages.validate import validate
from tests.livraisons import CAMPAGNE, brut, fichier


def split(extrait, *rows):
    return validate(brut(extrait, *rows), fichier(extrait), CAMPAGNE)


READ = [
    # extract, column, received, read
    # Invisible characters, look-alikes.
    ("scolarite", "INE", "\u200b0494004062M\ufeff", "0494004062M"),
    ("scolarite", "INE", "0494\u00ad004\u2060062M", "0494004062M"),
    ("scolarite", "INE", "\u202a0494004062M\u202c", "0494004062M"),
    ("scolarite", "UAI", "\u00a00750652B\u202f", "0750652B"),
    ("scolarite", "TEL_PORTABLE", "06\u00a012\u202f34\u200756\u00a078", "0612345678"),
    ("scolarite", "TEL_PORTABLE", "06\u201112\u201034\u221256\u201378", "0612345678"),
    ("scolarite", "MEL", "\u200bmaelys@exemple.fr\u200e", "maelys@exemple.fr"),
    ("scolarite", "ANNEE_SCOLAIRE", "2025\u20132026", "2025-2026"),
    ("scolarite", "CODE_SEXE", "2\u200f", "2"),
    ("scolarite", "NOM_USAGE", "Le\u00a0Goff\u2011Kerv\u00e9", "Le Goff-Kervé"),
    ("scolarite", "NOM_USAGE", "\ufeffKer\u200bv\u00adé", "Kervé"),
    ("scolarite", "LIGNE2_ADRESSE", "Bât.\u00a0B\t3", "Bât. B 3"),
    # Exporters' guards, and what a spreadsheet makes of a number.
    ("scolarite", "CODE_POSTAL", '="01000"', "01000"),
    ("scolarite", "CODE_POSTAL", "'01000", "01000"),
    ("scolarite", "CODE_POSTAL", "1000.0", "01000"),
    ("scolarite", "TEL_PORTABLE", '="0612345678"', "0612345678"),
    ("scolarite", "TEL_PORTABLE", "612345678.0", "0612345678"),
    ("scolarite", "INE", '="0494004062M"', "0494004062M"),
    ("scolarite", "UAI", "'0750652B", "0750652B"),
    ("scolarite", "UAI", "750652B", "0750652B"),
    ("scolarite", "CODE_SEXE", "2.0", "2"),
    ("scolarite", "CODE_MEF", "10310019110.0", "10310019110"),
    ("scolarite", "CODE_COMMUNE_INSEE", "1004", "01004"),
    ("scolarite", "CODE_COMMUNE_INSEE", "75056.0", "75056"),
    ("scolarite", "CODE_COMMUNE_INSEE", "1004.0", "01004"),
    ("scolarite", "CODE_PAYS_NAISS", "99109", "109"),
    ("scolarite", "CODE_PAYS_NAISS", "100.0", "100"),
    ("agricole", "paysNaissanceCodeInsee", "100", "99100"),
    ("agricole", "paysNaissanceCodeInsee", "99109.0", "99109"),
    ("diplomes", "SESSION", "2026.0", 2026),
    ("diplomes", "CODE_DIPLOME", "1022001.0", "01022001"),
    ("apprentissage", "DIP_OBT", "4.0", "04"),
    ("apprentissage", "DATE_DEB_CONT", "1092025.0", None),
    ("scolarite", "LIGNE1_ADRESSE", "'12 rue des Œillets", "12 rue des Œillets"),
    ("scolarite", "NOM_USAGE", '="Kervé"', "Kervé"),
    ("scolarite", "NOM_USAGE", "'t Hooft", "'t Hooft"),
]  # fmt: skip


@pytest.mark.parametrize(("extrait", "column", "received", "read"), READ)
def test_what_surrounds_a_value_is_none_of_it(extrait, column, received, read):
    found = split(extrait, {column: received})
    if read is not None:
        assert found.valides[column].to_list() == [read]
    assert found.rejets.is_empty()


NOTHING = [
    "NULL", "null", "(null)", "None", "nan", "NaN", "N/A", "n/a", "#N/A", "#N/D", "(vide)", "(VIDE)",
    "\\N", "<NA>", "-", "--", '="NULL"', "\u200bNULL", "#REF!",
]  # fmt: skip


@pytest.mark.parametrize("word", NOTHING)
def test_what_software_writes_for_nothing_is_absent_in_every_column(word):
    filled = {
        "scolarite": "INE NOM_USAGE PRENOM2 CODE_SEXE CODE_PAYS_NAISS CODE_COMMUNE_INSEE_NAISS "
        "VILLE_NAISS UAI DATE_SORTIE LIGNE2_ADRESSE CODE_POSTAL TEL_PORTABLE MEL RESP1_NOM RESP1_TEL",
        "diplomes": "INE PRENOM2 SESSION CODE_DIPLOME RESULTAT",
        "apprentissage": "INE_RNIE NOM2 PRENOM2 DATE_RUPT_CONT TEL_JEUNE DIP_OBT AN_FORM",
        "missions_locales": "civilite nomUsage complement dateFinAccompagnement situationCategorie",
    }  # fmt: skip
    for extrait, columns in filled.items():
        found = split(extrait, dict.fromkeys(columns.split(), word))
        assert set(found.valides.select(columns.split()).row(0)) == {None}, extrait
        assert found.rejets.is_empty()


@pytest.mark.parametrize("word", NOTHING)
def test_a_row_without_a_name_is_rejected_whatever_stands_for_it(word):
    found = split("scolarite", {"NOM_DE_FAMILLE": word, "PRENOM": "Maëlys"})
    assert found.rejets.select("gravite", "regle").rows() == [(REJET, "nom_present")]


@pytest.mark.parametrize(
    "word", ["Null", "Nan", "NAN", "NA", "Na", "NONE", "NIL", "Vide", "Blank", "Nd"]
)
def test_people_bear_such_names(word):
    found = split("scolarite", {"NOM_DE_FAMILLE": word, "PRENOM": word})
    assert found.valides.select("NOM_DE_FAMILLE", "PRENOM").row(0) == (word, word)


def test_neant_is_a_surname_and_no_first_name():
    found = split("scolarite", {"NOM_DE_FAMILLE": "Néant", "PRENOM2": "Néant", "PRENOM3": "NEANT"})
    assert found.valides.select("NOM_DE_FAMILLE", "PRENOM2", "PRENOM3").row(0) == (
        "Néant", None, None,
    )  # fmt: skip


def test_in_capitals_null_is_a_name_where_the_row_says_so_elsewhere():
    """SIFA writes everybody in capitals: of the surname NULL an address is what tells it."""
    rows = [
        {"NOM": "NULL", "MAIL_JEUNE": "maelys.null@exemple.fr"},
        {"NOM": "NULL", "MAIL_RESP1": "null-p@exemple.fr"},
        {"NOM": "NULL", "MAIL_JEUNE": "maelys@exemple.fr"},
        {"NOM": "NULL", "MAIL_JEUNE": "nullement@exemple.fr"},
    ]
    assert split("apprentissage", *rows).valides["ligne"].to_list() == [1, 2]


def test_other_words_of_a_code_are_told():
    found = split("scolarite", {"INE": "EN COURS", "DATE_SORTIE": "inconnue"})
    assert found.rejets.select("gravite", "colonne").rows() == [
        (AVERTISSEMENT, "INE"), (AVERTISSEMENT, "DATE_SORTIE"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("received", "told"),
    [("1", "1re"), ("2", "2e"), ("2A", "2e"), ("1A", "1re"), ("03", "3e"), ("2.0", "2e"), ("2a", "2e"),
     ("9", None), ("2B", None)],
)  # fmt: skip
def test_the_year_of_a_course(received, told):
    valides = split("apprentissage", {"AN_FORM": received}).valides
    made = normalise_apprentissage(valides, fichier("apprentissage"))
    label = made.parcours["formation"][0]
    assert label.endswith(f", {told} année") if told else "année" not in label


@pytest.mark.parametrize(("column", "word"), [("NOM_DE_FAMILLE", "None"), ("PRENOM", "nan")])
@pytest.mark.parametrize(("bearers", "kept"), [(1, 1), (32, 0)])
def test_none_is_a_name_where_it_is_as_rare_as_one(column, word, bearers, kept):
    """Independent worlds have a Marie None, and a Nans whose last letter was lost."""
    rows = [{column: word} if i < bearers else {} for i in range(3_000)]
    found = split("scolarite", *rows)
    assert found.valides[column].eq(word).sum() == kept
    assert found.rejets.height == (0 if kept else bearers)
