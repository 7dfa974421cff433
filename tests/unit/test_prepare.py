"""`siei prepare`: a campagne.toml from the files, and a question for what they do not tell."""

import gzip
import shutil
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from siei_match.campaign.preparation import Given, prepare_delivery
from siei_match.cli.program import main
from siei_match.reference.contracts import declaration
from siei_match.reference.errors import DeliveryError, SettingsError
from siei_match.reference.vocabulary import EXTRACTS
from siei_match.simulate import SimulatedRates, simulate
from siei_match.stages.extract import read_declaration, read_delivery, read_file
from siei_match.stages.extract.heading_words import other_headings
from siei_match.stages.extract.headings import fold, match_heading
from siei_match.stages.extract.questions import find_questions
from siei_match.stages.extract.recognition import cut_heading, detect_encoding, recognise
from siei_match.stages.extract.words import MEANINGS, WordCounter
from siei_match.stages.validate import validate
from tests.deliveries import find, read_lines, write_lines
from tests.livraisons import CAMPAGNE

ROOT = Path(__file__).parents[2]
OCTOBER = Given(date_observation=date(2026, 10, 15), date_extraction=date(2026, 10, 10))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the sample's files without their campagne.toml."""
    folder = tmp_path / "2026-10"
    shutil.copytree(ROOT / "sample_data" / "2026-10", folder)
    (folder / "campagne.toml").unlink()
    return folder


def declared(folder: Path) -> dict[str, dict[str, Any]]:
    content = tomllib.loads((folder / "campagne.toml").read_text("utf-8"))
    return {fichier["nom"]: fichier for fichier in content["fichiers"]}


@pytest.mark.parametrize(
    ("code", "observed", "extracted"),
    [("2026-10", "2026-10-15", "2026-10-10"), ("2027-03", "2027-03-15", "2027-03-10")],
)
def test_the_sample_is_declared_as_it_ships(
    code: str, observed: str, extracted: str, tmp_path: Path
) -> None:
    shipped = ROOT / "sample_data" / code
    shutil.copytree(shipped, tmp_path / code)
    (tmp_path / code / "campagne.toml").unlink()
    asked = ["prepare", str(tmp_path / code), "--date-observation", observed]
    assert main([*asked, "--date-extraction", extracted]) == 0
    assert read_declaration(tmp_path / code) == read_declaration(shipped)
    assert "\n# ?" not in (tmp_path / code / "campagne.toml").read_text("utf-8")


def test_what_nobody_said_is_a_question_that_check_refuses(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prepare", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "10 questions to answer" in said
    assert "le 15 du mois est proposé" in said
    assert main(["check", str(folder)]) == 1
    told = capsys.readouterr().err
    assert "9 questions are left to answer" in told
    assert "fichiers number 3 (diplomes.csv.gz).date_extraction" in told


def test_what_is_there_is_not_written_over(folder: Path) -> None:
    (folder / "campagne.toml").write_text("mine", "utf-8")
    with pytest.raises(DeliveryError, match="is there already") as told:
        prepare_delivery(folder, OCTOBER)
    assert "--overwrite" in told.value.remedy
    assert (folder / "campagne.toml").read_text("utf-8") == "mine"
    prepare_delivery(folder, OCTOBER, overwrite=True)
    assert len(declared(folder)) == 9


def test_files_are_known_by_what_they_hold(folder: Path) -> None:
    """As providers name them: no extract and no year in a name."""
    names = {path.name: path for path in sorted(folder.iterdir())}
    for rank, (name, path) in enumerate(names.items()):
        path.rename(folder / f"EXPORT_{rank}{name[name.index('.') :]}")
    made = prepare_delivery(folder, OCTOBER)
    by_extract: dict[str, list[tuple[str | None, int | None]]] = {}
    for file in made.fichiers:
        by_extract.setdefault(str(file.extrait), []).append((file.annee_scolaire, file.lignes))
    assert by_extract["scolarite"] == [("2025-2026", 1955), ("2026-2027", 1666)]
    assert by_extract["agricole"] == [("2025-2026", 100), ("2026-2027", 110)]
    assert by_extract["missions_locales"] == [(None, 241)]
    # SIFA's rows say no year, and both examinations have one heading: each is asked.
    assert by_extract["apprentissage"] == [(None, 183), (None, 231)]
    assert sum("de quelle année scolaire" in question for question in made.questions) == 2
    assert sum("Leurs colonnes sont les mêmes" in question for question in made.questions) == 2
    assert len(find_questions(tomllib.loads(made.path.read_text("utf-8")))) == 2


def rename_year(folder: Path) -> None:
    find(folder, "scolarite_2025").rename(folder / "scolarite_2024-2025.csv.gz")


def mix_years(folder: Path) -> None:
    one, other = find(folder, "agricole_2025"), find(folder, "agricole_2026")
    write_lines(one, read_lines(one) + read_lines(other)[1:50])


def add_unknown(folder: Path) -> None:
    (folder / "annexe.csv").write_text("a;b;c\n1;2;3\n", "utf-8")


def separate_by_commas(folder: Path) -> None:
    path = find(folder, "agricole_2025")
    write_lines(path, [line.replace(b";", b",") for line in read_lines(path)])


def lose_a_column(folder: Path) -> None:
    path = find(folder, "agricole_2025")
    lines = read_lines(path)
    write_lines(path, [lines[0].replace(b"codeMef", b"MEF_CODE"), *lines[1:]])


def cut_gzip(folder: Path) -> None:
    path = find(folder, "scolarite_2025")
    path.write_bytes(path.read_bytes()[:-2000])


def remove_extract(folder: Path) -> None:
    find(folder, "diplomes.").unlink()


def remove_year(folder: Path) -> None:
    find(folder, "apprentissage_2026").unlink()


def add_paper(folder: Path) -> None:
    (folder / "bordereau.pdf").write_bytes(b"%PDF")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (rename_year, "son nom dit 2024-2025, ses lignes 2025-2026"),
        (mix_years, "d’autres années scolaires : 2026-2027 (49 lignes)"),
        (add_unknown, "annexe.csv : de quel extrait est-ce un fichier ?"),
        (lose_a_column, "colonnes de l’extrait agricole manquantes : codeMef"),
        (cut_gzip, "Le fichier est abîmé ou coupé"),
        (remove_extract, "extrait diplomes : obligatoire, aucun fichier reconnu"),
        (remove_year, "extrait apprentissage : aucun fichier pour 2026-2027"),
        (add_paper, "Laissés de côté, aucun extrait n’a ces extensions : bordereau.pdf"),
    ],
)
def test_what_is_strange_is_asked_in_french(
    change: Callable[[Path], None], words: str, folder: Path
) -> None:
    change(folder)
    prepare_delivery(folder, OCTOBER)
    text = (folder / "campagne.toml").read_text("utf-8")
    assert words in text
    tomllib.loads(text)


def test_the_encoding_is_written_where_it_is_not_utf8(folder: Path) -> None:
    path = find(folder, "agricole_2025")
    text = path.read_bytes().decode("utf-8")
    path.write_bytes(text.replace("é", "œ", 1).encode("windows-1252"))
    prepare_delivery(folder, OCTOBER)
    assert declared(folder)["agricole_2025-2026.csv"]["encodage"] == "windows-1252"
    assert declared(folder)["apprentissage_2025-2026.txt"]["encodage"] == "iso-8859-15"
    assert main(["check", str(folder)]) == 0


def test_the_code_is_the_folders_name_or_said(folder: Path, tmp_path: Path) -> None:
    other = folder.rename(tmp_path / "reçu le 10")
    made = prepare_delivery(other, OCTOBER)
    assert any(question.startswith("code : ") for question in made.questions)
    with pytest.raises(SettingsError):
        prepare_delivery(other, Given(code="2026-13"), overwrite=True)
    prepare_delivery(other, Given(code="2027-03"), overwrite=True)
    content = tomllib.loads((other / "campagne.toml").read_text("utf-8"))["campagne"]
    assert content == {
        "code": "2027-03", "date_observation": date(2027, 3, 15), "annee_scolaire": "2026-2027",
        "definition": "legale",
    }  # fmt: skip


@pytest.mark.parametrize("what", ["nowhere", "empty", "papers"])
def test_a_folder_of_no_extract_is_told(what: str, tmp_path: Path) -> None:
    if what != "nowhere":
        (tmp_path / what).mkdir()
    if what == "papers":
        (tmp_path / what / "a.csv").write_text("a;b\n1;2\n", "utf-8")
    with pytest.raises(DeliveryError) as told:
        prepare_delivery(tmp_path / what)
    assert told.value.remedy
    assert not (tmp_path / what / "campagne.toml").exists()


def test_a_day_that_is_none_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prepare", str(folder), "--date-extraction", "10/10/2026"]) == 1
    assert "--date-extraction is no day" in capsys.readouterr().err


@given(
    st.text(alphabet="abcÉéèçàœŒ€'’\n;ÿ"), st.sampled_from(["utf-8", "iso-8859-15", "windows-1252"])
)
def test_the_encoding_that_is_told_reads_every_byte(text: str, encoding: str) -> None:
    content = text.encode(encoding, "ignore")
    with TemporaryDirectory() as where:
        for packed in (content, gzip.compress(content)):
            path = Path(where) / "encodage.csv"
            path.write_bytes(packed)
            told = detect_encoding(path)
            assert content.decode(told) is not None
            if encoding == "utf-8":
                assert told == "utf-8"


def test_a_quoted_heading_is_cut() -> None:
    assert cut_heading('"INE";"SESSION"') == (";", ["INE", "SESSION"])
    assert cut_heading("a|b|c") == ("|", ["a", "b", "c"])


def test_a_damaged_parquet_is_not_recognised(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more")
    assert recognise(tmp_path / "a.parquet").extrait is None


def test_a_workbook_of_other_headings_is_described_and_the_description_reads_it(
    folder: Path,
) -> None:
    """What prepare proposes is what check reads: nobody writes a column by hand."""
    source = find(folder, "missions_locales")
    frame = pl.read_parquet(source)
    titles = {
        "nomNaissance": "Nom de naissance",
        "dateNaissance": "Date de naissance",
        "prenom": "Prénom",
    }
    frame.rename(titles).write_excel(folder / "export.xlsx", "Export", autofilter=False)
    source.unlink()
    made = prepare_delivery(folder, OCTOBER)
    assert any("export.xlsx : ses en-têtes" in question for question in made.questions)
    (listed,) = [f for f in read_delivery(folder).fichiers if f.nom == "export.xlsx"]
    assert listed.colonnes == {
        "nomNaissance": "Nom de naissance", "dateNaissance": "Date de naissance",
    }  # fmt: skip
    read = read_file(folder, listed).frame.drop("ligne")
    assert read.height == listed.lignes == frame.height
    assert read["nomNaissance"].to_list() == frame["nomNaissance"].to_list()


def test_another_separator_is_written_and_read(folder: Path) -> None:
    separate_by_commas(folder)
    made = prepare_delivery(folder, OCTOBER)
    assert not [question for question in made.questions if "agricole" in question]
    (listed,) = [f for f in read_delivery(folder).fichiers if f.nom == "agricole_2025-2026.csv"]
    assert (listed.separateur, listed.lignes) == (",", read_file(folder, listed).frame.height)


# --- Providers' own forms ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a campaign as providers' systems deliver it, with its campagne.toml."""
    rates = SimulatedRates(departements=("974", "01"))
    root = tmp_path_factory.mktemp("real")
    return simulate(root, 400, 6, rates, ["2026-10"], formats="reels").campagnes["2026-10"]


def test_what_providers_deliver_is_described_so_that_every_row_is_read_the_same(
    real: Path, tmp_path: Path
) -> None:
    """XML in zips, JSON, workbooks, other headings, words and separators: nobody writes a line by hand."""
    folder = tmp_path / "2026-10"
    shutil.copytree(real, folder)
    (folder / "campagne.toml").unlink()
    made = prepare_delivery(folder, OCTOBER)
    named = (" : ses en-têtes", " : ses mots", "diplomes ou diplomes_agricoles ?")
    assert [q for q in made.questions if not any(text in q for text in named)] == []
    ours = {f.nom: f for f in read_delivery(folder).fichiers}
    theirs = {f.nom: f for f in read_delivery(real).fichiers if not f.is_read_beside}
    assert set(ours) == set(theirs)
    for name, wanted in theirs.items():
        told = ours[name]
        assert (told.extrait, told.annee_scolaire) == (wanted.extrait, wanted.annee_scolaire)
        assert told.lignes == wanted.lignes
        read, expected = (validate(read_file(folder, f).frame, f, CAMPAGNE) for f in (told, wanted))
        # SYGNE names no guardian: where a file does, its paths are told by hand.
        kept = pl.exclude("^RESP[12]_.*$") if name.startswith("sygne") else pl.all()
        assert_frame_equal(read.valides.select(kept), expected.valides.select(kept))


def test_a_column_that_is_not_known_is_asked_with_the_headings_that_are_left(
    folder: Path,
) -> None:
    source = find(folder, "missions_locales")
    frame = pl.read_parquet(source).rename({"telephone": "Joindre le jeune", "mail": "Écrire"})
    frame.with_columns(Observations=pl.lit("ZQXX")).write_csv(folder / "imilo.csv", separator=";")
    source.unlink()
    questions = prepare_delivery(folder, OCTOBER).questions
    (asked,) = [question for question in questions if "manquantes" in question]
    assert "manquantes : mail, telephone." in asked
    assert "« Écrire », « Joindre le jeune », « Observations »" in asked
    assert find_questions(tomllib.loads((folder / "campagne.toml").read_text("utf-8"))) == [
        "fichiers number 9 (imilo.csv).colonnes.mail", "fichiers number 9 (imilo.csv).colonnes.telephone",
    ]  # fmt: skip


def test_where_a_row_may_stand_in_the_first_line_nothing_of_it_is_told(folder: Path) -> None:
    """Its figures tell it from headings."""
    lines = read_lines(path := folder / "agricole_2025-2026.csv")
    rest = lines[0].decode().rstrip("\r\n").split(";")[:-4]
    row = [*(f"Zqxx{letter}" for letter in "abcdefghijklmnopqrstu"), "2008-05-12"]
    write_lines(path, [(";".join([*rest, *row]) + "\n").encode(), *lines[1:]])
    assert not [q for q in prepare_delivery(folder, OCTOBER).questions if "qxx" in q]


def test_headings_over_two_lines_are_known_and_told_as_one() -> None:
    """As workbooks have them, below titles merged over several columns."""
    fields = ["Session\nd'examen", "Code diplôme", "Décision", "INE de l'élève", "Nom de famille", "Prénom", "2e prénom",
              "Né(e) le", "Sexe", "Commune de naissance\n(code INSEE)", "Centre\nd'examen"]  # fmt: skip
    heading = match_heading(fields)
    assert (heading.extrait, heading.missing) == ("diplomes", ())
    assert heading.proposed["SESSION"] == "Session\nd'examen"
    assert heading.proposed["CODE_COMMUNE_INSEE_NAISS"] == "Commune de naissance\n(code INSEE)"
    assert heading.unused == ("Centre\nd'examen",)


def write_export(path: Path, frame: pl.DataFrame, titles: str, encodage: str) -> None:
    text = frame.write_csv(separator=";", quote_style="always")
    path.write_bytes((titles + text).encode(encodage))


@pytest.mark.parametrize(
    ("titles", "encodage", "asked"),
    [
        ("", "windows-1252", "parmi ceux qui restent (« Nationalité », « Voie »"),
        ("Export i-milo\r\nÉdité pour MARTIN\r\n\r\n", "windows-1252", "des titres (2 lignes) y précèdent"),
        ("", "utf-16", "ses lignes n’ont pas pu être comptées"),
    ],
)  # fmt: skip
def test_a_file_that_its_name_speaks_of_is_asked_about_as_what_it_is(
    folder: Path, titles: str, encodage: str, asked: str
) -> None:
    """Few of its headings are known: without its name nobody could say what it is."""
    source = find(folder, "missions_locales")
    frame = pl.read_parquet(source)
    known = {
        "nomNaissance": "Nom",
        "prenom": "Prénoms",
        "dateNaissance": "Né le",
        "codePostal": "CP",
    }
    odd = [c for c in frame.columns if c not in known]
    names = "Voie|Suite|Lieu|Repère|Ligne fixe|Appel|Antenne|Conseiller|Ouverture|Clôture|Où en est-il|Depuis quand|Dossier|Insee ?|M/Mme".split(
        "|"
    )
    frame = frame.rename(known).rename(dict(zip(odd, names, strict=True)))
    frame.insert_column(0, pl.lit("Française").alias("Nationalité"))
    write_export(folder / "Export_iMilo.csv", frame, titles, encodage)
    source.unlink()
    questions = [q for q in prepare_delivery(folder, OCTOBER).questions if "iMilo" in q]
    assert any(asked in question for question in questions), questions
    assert "MARTIN" not in str(questions)
    assert declared(folder)["Export_iMilo.csv"]["extrait"] == "missions_locales"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["Reçu", "Refusé"], {"Reçu": "ADMIS", "Refusé": "AJOURNE"}),
        (["REÇUE", "Rattrapage"], {"REÇUE": "ADMIS", "Rattrapage": None}),
        (["ADMIS", "AJOURNE"], {}),
        (["admis", " Ajourne "], {}),
        (["A1234567", "ADMIS"], {}),  # no word, and maybe somebody's
        ([f"Mot {chr(97 + i)}" for i in range(26)], {}),  # no list of words
    ],
)
def test_words_that_are_not_the_contracts_are_proposed_or_asked(
    words: list[str], told: dict[str, str | None]
) -> None:
    counter = WordCounter("diplomes")
    counter.add(pl.DataFrame({"RESULTAT": words * 3, "INE": "ZQXX"}))
    assert counter.propose() == ({"RESULTAT": told} if told else {})


def test_a_slip_of_typing_is_no_other_word() -> None:
    counter = WordCounter("diplomes")
    counter.add(pl.DataFrame({"RESULTAT": ["ADMIS"] * 99 + ["ADMSI"]}))
    assert counter.propose() == {}


def test_other_headings_and_words_mean_one_thing_each() -> None:
    for extrait in EXTRACTS:
        columns = {fold(column) for column in declaration(f"extraits/{extrait}").columns}
        claimed = [
            fold(text) for texts in other_headings(extrait).values() for text in {*map(fold, texts)}
        ]
        twice = {text for text in claimed if claimed.count(text) > 1 and text not in columns}
        assert not twice, extrait
    enums = {
        value
        for extrait in EXTRACTS
        for field in declaration(f"extraits/{extrait}").fields
        for value in field.get("constraints", {}).get("enum", ())
    }
    assert set(MEANINGS) <= enums


def test_what_was_answered_is_kept_and_asked_no_more(folder: Path) -> None:
    """Columns are answered first; their words can be told then, and the next time nothing is asked."""
    source = find(folder, "missions_locales")
    frame = pl.read_parquet(source)
    odd = {
        "situationEtat": "Où en est-il",
        "telephone": "Appeler",
        "dateNaissance": "Venu au monde",
    }
    states = pl.col("situationEtat").replace({"EN_COURS": "En route", "TERMINE": "Terminée"})
    frame = frame.with_columns(states).rename(odd)
    write_export(folder / "imilo.csv", frame, "", "utf-8")
    source.unlink()
    toml = folder / "campagne.toml"

    def ask() -> list[str]:
        made = prepare_delivery(folder, OCTOBER, overwrite=True)
        return [q.split(" : ", 1)[1] for q in made.questions if "imilo" in q]

    (asked,) = ask()
    assert "manquantes : dateNaissance, telephone, situationEtat." in asked
    text = toml.read_text("utf-8")
    for column, heading in (
        ("telephone", ""),
        ("situationEtat", "Où en est-il"),
        ("dateNaissance", "Venu au monde"),
    ):
        text = text.replace(f'{column} = "?"', f'{column} = "{heading}"')
    toml.write_text(
        text.replace("[fichiers.colonnes]", 'formats_dates = ["AAAA-MM-JJ"]\n[fichiers.colonnes]'),
        "utf-8",
    )
    (asked,) = ask()
    assert asked.startswith(
        "situationEtat : ses mots ne sont pas ceux du contrat (PREVU, EN_COURS, TERMINE)"
    )
    text = toml.read_text("utf-8")
    assert '"En route" = "?"\n"Terminée" = "TERMINE"' in text
    toml.write_text(text.replace('"En route" = "?"', '"En route" = "EN_COURS"'), "utf-8")
    assert ask() == []
    told = declared(folder)["imilo.csv"]
    assert told["colonnes"] == {"telephone": ""} | {
        c: h for c, h in odd.items() if c != "telephone"
    }
    assert told["valeurs"] == {"situationEtat": {"En route": "EN_COURS", "Terminée": "TERMINE"}}
    assert told["formats_dates"] == ["AAAA-MM-JJ"]
    (listed,) = [f for f in read_delivery(folder).fichiers if f.nom == "imilo.csv"]
    read = validate(read_file(folder, listed).frame, listed, CAMPAGNE).valides
    assert read["situationEtat"].null_count() == frame["Où en est-il"].null_count()


@pytest.mark.parametrize(
    "text",
    [
        "[", "", "fichiers = 3", "[[fichiers]]\nnom = 3", '[[fichiers]]\nnom = "a"\nextrait = "scolarite"\ncolonnes = 3',
        '[[fichiers]]\nnom = "agricole_2025-2026.csv"\nextrait = "agricole"\ncolonnes = { RIEN = "x" }',
        '[[fichiers]]\nnom = "agricole_2025-2026.csv"\nextrait = "agricole"\nformats_dates = ["JJJJ"]',
    ],
)  # fmt: skip
def test_a_campagne_toml_that_says_nothing_sound_is_written_anew(folder: Path, text: str) -> None:
    wanted = prepare_delivery(folder, OCTOBER).path.read_bytes()
    (folder / "campagne.toml").write_text(text, "utf-8")
    assert prepare_delivery(folder, OCTOBER, overwrite=True).path.read_bytes() == wanted
