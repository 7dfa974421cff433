"""Files that are not in the contract's form, described where they are listed (contract, section 1)."""

import logging
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from siei_match.reference.errors import DeliveryError
from siei_match.reference.vocabulary import EXTRACTS
from siei_match.stages.extract import read_file
from siei_match.stages.extract.headings import required_columns
from siei_match.stages.validate import validate
from tests.livraisons import CAMPAGNE, LIGNES, assert_says, colonnes, fichier, rangee, texte, write

IMILO = "missions_locales"
GOOD = dict(LIGNES[IMILO])


def headed(headings: dict[str, str], separator: str = ";", **values: str) -> str:
    """Write one row of i-milo under other headings."""
    row = {**GOOD, **values}
    names = [headings.get(column, column) for column in colonnes(IMILO)]
    cells = [row.get(column, "") for column in colonnes(IMILO)]
    return f"{separator.join(names)}\n{separator.join(cells)}\n"


def read(folder: Path, name: str, content: str, extrait: str = IMILO, **described: object):
    write(folder, name, content)
    return read_file(folder, fichier(extrait, name, **described)).frame


def refused(folder: Path, name: str, content: str, **described: object) -> DeliveryError:
    with pytest.raises(DeliveryError) as found:
        read(folder, name, content, **described)
    return found.value


# --- Headings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "heading",
    [
        "NOMNAISSANCE",
        "Nom Naissance",
        "nom_naissance",
        " nomnaissance ",
        "Nom-naissance",
        "nomNàissance",
    ],
)
def test_headings_are_matched_whatever_their_case_accents_and_spaces(tmp_path, heading):
    frame = read(tmp_path, "a.csv", "\ufeff" + headed({"nomNaissance": heading}))
    assert frame["nomNaissance"].to_list() == [GOOD["nomNaissance"]]


def test_a_described_heading_is_read_in_its_column(tmp_path):
    content = headed({"nomNaissance": "Nom de famille du jeune", "prenom": "Petit nom"})
    described = {"nomNaissance": "NOM DE FAMILLE DU JEUNE", "prenom": "petit nom"}
    frame = read(tmp_path, "a.csv", content, colonnes=described)
    assert (frame["nomNaissance"][0], frame["prenom"][0]) == (GOOD["nomNaissance"], GOOD["prenom"])


def test_a_column_that_is_not_the_contracts_is_left_unread_with_one_line_of_log(tmp_path, caplog):
    content = texte(IMILO, [rangee(IMILO)]).splitlines()
    content = f"{content[0]};nationalite;Remarque\n{content[1]};INTERDIT;INTERDIT\n"
    with caplog.at_level(logging.INFO):
        frame = read(tmp_path, "a.csv", content)
    assert frame.columns == ["ligne", *colonnes(IMILO)]
    assert "INTERDIT" not in str(frame.rows())
    (line,) = [record.message for record in caplog.records if "not read" in record.message]
    assert line == "a.csv: not read, no column of missions_locales: nationalite, Remarque."


def test_two_unread_columns_may_have_one_heading(tmp_path):
    content = texte(IMILO, [rangee(IMILO)]).splitlines()
    frame = read(tmp_path, "a.csv", f"{content[0]};x;x\n{content[1]};1;2\n")
    assert frame.height == 1


def test_a_column_that_the_file_has_not_is_described_as_empty(tmp_path):
    content = texte(IMILO, [rangee(IMILO)]).replace(";complement;", ";", 1).splitlines()
    cells = content[1].split(";")
    del cells[colonnes(IMILO).index("complement")]
    whole = f"{content[0]}\n{';'.join(cells)}\n"
    assert_says(refused(tmp_path, "a.csv", whole), "missing: complement")
    frame = read(tmp_path, "a.csv", whole, colonnes={"complement": ""})
    assert frame["complement"].to_list() == [None]
    assert frame["codePostal"].to_list() == [GOOD["codePostal"]]


@pytest.mark.parametrize(
    ("headings", "described", "said"),
    [
        (
            {"nomNaissance": "nomNaisance"},
            {},
            ["missing: nomNaissance", 'nomNaissance = "nomNaisance"'],
        ),
        ({"nomNaissance": "Nom patronymique"}, {}, ["missing: nomNaissance", "unknown"]),
        ({"nomUsage": "nom naissance"}, {}, ["twice: nomNaissance"]),
        (
            {"nomNaissance": "Nom de naissance"},
            {"nomNaissance": "Nom de naisance"},
            ["nomNaissance (described as Nom de naisance)", 'nomNaissance = "Nom de naissance"'],
        ),
        ({}, {"adresse": "code postal"}, ["adresse and codePostal of one heading"]),
    ],
)
def test_what_does_not_agree_is_named(tmp_path, headings, described, said):
    error = refused(tmp_path, "a.csv", headed(headings), colonnes=described)
    assert error.code == "colonnes"
    assert_says(error, "a.csv", *said)


@pytest.mark.parametrize(
    ("described", "said"),
    [
        ({"colonnes": {"nomNaisance": "Nom"}}, "nomNaisance is no column of missions_locales (perhaps nomNaissance)"),
        ({"colonnes": {"prenom": "Nom", "nomUsage": "NOM"}}, "one heading of the file is given to two"),
        ({"valeurs": {"situation": {"a": "b"}}}, "situation is no column"),
        ({"valeurs": {"situationEtat": {"fini": "FINI"}}}, "FINI is no value of the contract"),
        ({"valeurs": {"situationEtat": {"En cours": "EN_COURS", "en cours": "PREVU"}}}, "two spellings of one word"),
        ({"formats_dates": ["AAAA"]}, "'AAAA' is no format"),
        ({"formats_dates": ["JJxMMxAAAA"]}, "between its parts"),
        ({"formats_dates": ["JJ/MM/AAAA", "MM/JJ/AAAA"]}, "read one date as two days"),
        ({"feuille": "Export"}, "feuille has a meaning for workbooks alone"),
        ({"nom": "a.parquet", "separateur": ","}, "separateur has a meaning for text alone"),
    ],
)  # fmt: skip
def test_a_description_that_makes_no_sense_is_told(described, said):
    with pytest.raises(ValidationError) as found:
        fichier(IMILO, **{"nom": "a.csv", **described})
    assert said in str(found.value)


@pytest.mark.parametrize("extrait", EXTRACTS)
def test_a_description_that_leaves_nothing_to_read_is_refused(extrait):
    """The fuzzer's seed 4016903: six rows of a workbook were none, and the run went on."""
    needed = required_columns(extrait)
    with pytest.raises(ValidationError, match="every column is"):
        fichier(extrait, colonnes=dict.fromkeys(needed, ""))
    kept = fichier(extrait, colonnes=dict.fromkeys(needed[1:], ""))
    assert len(kept.colonnes) == len(needed) - 1


def test_what_is_never_read_cannot_be_described():
    with pytest.raises(ValidationError, match="NATIO is never read"):
        fichier("apprentissage", colonnes={"NATIO": "nationalite"})


def test_sifa_with_a_heading_is_read_by_it_and_drops_what_is_never_read(tmp_path):
    rows = [colonnes("apprentissage"), rangee("apprentissage")]
    content = "".join(",".join(reversed(row)) + "\n" for row in rows)
    write(tmp_path, "a.csv", content)
    frame = read_file(tmp_path, fichier("apprentissage", "a.csv", separateur=",")).frame
    assert frame["NOM"].to_list() == [LIGNES["apprentissage"]["NOM"]]
    assert not {"HANDI", "NATIO", "PCS"} & set(frame.columns)
    assert "INTERDIT" not in str(frame.rows())


@pytest.mark.parametrize("separator", [",", "\t", "|"])
def test_the_separator_is_the_one_described(tmp_path, separator):
    frame = read(tmp_path, "a.csv", headed({}, separator), separateur=separator)
    assert frame["nomNaissance"].to_list() == [GOOD["nomNaissance"]]


def test_parquet_is_described_as_text_is(tmp_path):
    frame = pl.DataFrame([rangee(IMILO)], schema=colonnes(IMILO), orient="row")
    frame.rename({"prenom": "Petit nom", "mail": "MAIL"}).with_columns(autre=1).write_parquet(
        tmp_path / "a.parquet"
    )
    file = fichier(IMILO, "a.parquet", colonnes={"prenom": "petit nom"})
    read_back = read_file(tmp_path, file).frame
    assert read_back.columns == ["ligne", *colonnes(IMILO)]
    assert read_back["prenom"].to_list() == [GOOD["prenom"]]


# --- Words and dates -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word", ["Contrat d’apprentissage", "contrat d'apprentissage ", "CONTRAT D'APPRENTISSAGE"]
)
def test_a_word_of_the_file_becomes_the_contracts(tmp_path, word):
    described = {"situationCategorie": {"Contrat d'apprentissage": "Contrat en Alternance"}}
    frame = read(tmp_path, "a.csv", headed({}, situationCategorie=word), valeurs=described)
    assert frame["situationCategorie"].to_list() == ["Contrat en Alternance"]


def test_a_word_that_is_not_described_stays(tmp_path):
    described = {
        "situationCategorie": {"x": "Emploi"},
        "civilite": {"Madame": "MME", "Inconnu": ""},
    }
    frame = read(tmp_path, "a.csv", headed({}, civilite="inconnu"), valeurs=described)
    assert frame.select("situationCategorie", "civilite").row(0) == (
        GOOD["situationCategorie"],
        None,
    )


@pytest.mark.parametrize(
    ("format_", "received", "told"),
    [
        ("JJ/MM/AAAA", "03/04/2010", "2010-04-03"),
        ("MM/JJ/AAAA", "03/04/2010", "2010-03-04"),
        ("MM/JJ/AAAA", "3/4/2010 00:00", "2010-03-04 00:00"),
        ("JJ.MM.AA", "03.04.10", "2010-04-03"),
        ("MM/JJ/AAAA HH:MM", "03/04/2010 08:30", "2010-03-04 08:30"),
        ("JJ/MM/AA", "03/04/97", "1997-04-03"),
        ("MMJJAAAA", "03042010", "2010-03-04"),
        ("AAAA/JJ/MM", "2010/04/03", "2010-03-04"),
        ("MM/JJ/AAAA", "00/00/2010", "2010-00-00"),
        ("MM/JJ/AAAA", "25/12/2010", "25/12/2010"),
        ("MM/JJ/AAAA", "2010-04-03", "2010-04-03"),
    ],
)
def test_a_date_of_a_format_that_was_told_has_one_meaning(tmp_path, format_, received, told):
    frame = read(tmp_path, "a.csv", headed({}, dateNaissance=received), formats_dates=[format_])
    assert frame["dateNaissance"].to_list() == [told]


def test_a_word_described_for_a_date_comes_before_the_formats(tmp_path):
    frame = read(
        tmp_path,
        "a.csv",
        headed({}),
        valeurs={"dateNaissance": {GOOD["dateNaissance"]: "03/04/2010"}},
        formats_dates=["JJ/MM/AAAA"],
    )
    assert frame["dateNaissance"].to_list() == ["2010-04-03"]


def test_a_column_of_american_dates_is_read_as_described_and_leaves_no_doubt(tmp_path):
    """Without the format, days that both orders have are in doubt (contract, section 1)."""
    days = [f"{1 + i % 12:02}/{1 + i % 28:02}/2026" for i in range(60)]
    rows = [rangee(IMILO, dateDebutAccompagnement=day) for day in days]
    doubts = []
    for formats in ([], ["MM/JJ/AAAA"]):
        write(tmp_path, "a.csv", texte(IMILO, rows))
        file = fichier(IMILO, "a.csv", formats_dates=formats)
        part = validate(read_file(tmp_path, file).frame, file, CAMPAGNE)
        doubts.append(part.dates_recues.filter(colonne="dateDebutAccompagnement").height)
    assert doubts[0] > 0
    assert doubts[1] == 0
    assert part.valides["dateDebutAccompagnement"][1] == date(2026, 2, 2)
    assert part.valides["dateDebutAccompagnement"][12] == date(2026, 1, 13)
