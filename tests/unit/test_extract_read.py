"""Files read and refused: formats, encodings, line numbers, and what is said of a bad file."""

import csv
import gzip
import io
from datetime import date, datetime

import polars as pl
import pytest

from siei_match.reference.errors import ContractError, DeliveryError
from siei_match.reference.vocabulary import EXTRACTS
from siei_match.stages.extract import read_file, read_slices
from siei_match.stages.extract.rows import TextReading
from siei_match.stages.extract.streams import FIN
from tests.livraisons import LIGNES, assert_says, colonnes, fichier, rangee, texte, write

ENTETE = ";".join(colonnes("diplomes"))
BONNE = ";".join(rangee("diplomes"))


def refusal(dossier, declared):
    with pytest.raises(DeliveryError) as echec:
        read_file(dossier, declared)
    return echec.value


def read(dossier, extrait, contenu, nom=None, encodage="utf-8", **keys):
    declared = fichier(extrait, nom, encodage=encodage, **keys)
    write(dossier, declared.nom, contenu, {"windows-1252": "cp1252"}.get(encodage, encodage))
    return read_file(dossier, declared)


@pytest.mark.parametrize("extrait", EXTRACTS)
@pytest.mark.parametrize("extension", ["csv", "csv.gz", "txt", "txt.gz"])
def test_every_extract_is_read_in_every_text_format(tmp_path, extrait, extension):
    lu = read(tmp_path, extrait, texte(extrait, [rangee(extrait)] * 2), f"f.{extension}")
    assert lu.lignes == 2
    assert lu.frame["ligne"].to_list() == [1, 2]
    assert lu.frame.schema["ligne"] == pl.UInt32
    for colonne in lu.frame.columns[1:]:
        assert lu.frame[colonne][0] == LIGNES[extrait].get(colonne)


@pytest.mark.parametrize("extrait", EXTRACTS)
def test_every_extract_is_read_from_parquet(tmp_path, extrait):
    pl.DataFrame([rangee(extrait)], schema=colonnes(extrait), orient="row").write_parquet(
        tmp_path / "f.parquet"
    )
    csv = read(tmp_path, extrait, texte(extrait, [rangee(extrait)]))
    assert read_file(tmp_path, fichier(extrait, "f.parquet")).frame.equals(csv.frame)


@pytest.mark.parametrize("separateur", [";", "|"])
def test_sifa_has_neither_header_nor_quotes_and_loses_what_may_not_be_read(tmp_path, separateur):
    rangees = [rangee("apprentissage", ADRESSE='3 "BIS'), rangee("apprentissage")]
    lu = read(tmp_path, "apprentissage", texte("apprentissage", rangees, separateur))
    assert lu.lignes == 2
    assert lu.frame["ADRESSE"].to_list() == ['3 "BIS', None]
    assert lu.frame.width == 47 - 3 + 1
    assert not {"HANDI", "NATIO", "PCS"} & set(lu.frame.columns)
    assert "INTERDIT" not in str(lu.frame.rows())


def test_parquet_may_lack_what_is_never_read(tmp_path):
    frame = pl.DataFrame(
        [rangee("apprentissage")], schema=colonnes("apprentissage"), orient="row"
    ).drop("HANDI", "NATIO", "PCS")
    frame.write_parquet(tmp_path / "f.parquet")
    assert read_file(tmp_path, fichier("apprentissage", "f.parquet")).lignes == 1


@pytest.mark.parametrize("encodage", ["utf-8", "iso-8859-15", "windows-1252"])
def test_every_encoding_gives_the_same_letters(tmp_path, encodage):
    rangees = [rangee("diplomes", NOM_DE_FAMILLE="ŒUVRÉ-ÜŸ")]
    lu = read(tmp_path, "diplomes", texte("diplomes", rangees), encodage=encodage)
    assert lu.frame["NOM_DE_FAMILLE"][0] == "ŒUVRÉ-ÜŸ"


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path):
    lu = read(tmp_path, "diplomes", ("\ufeff" + ENTETE + "\n" + BONNE))
    assert lu.frame["INE"][0] == LIGNES["diplomes"]["INE"]


@pytest.mark.parametrize("chunk", [1 << 22, 5, 6, 7, 8])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_files_joined_with_their_marks_are_told_and_read(tmp_path, monkeypatch, chunk, quoting):
    """`cat a.csv b.csv`: the second begins with a byte order mark, and its heading again."""
    monkeypatch.setattr("siei_match.stages.extract.streams.CHUNK", chunk)
    flux = io.StringIO()
    csv.writer(flux, delimiter=";", quoting=quoting).writerows(
        [colonnes("diplomes"), rangee("diplomes")]
    )
    one = "\ufeff" + flux.getvalue()
    lu = read(tmp_path, "diplomes", one + one + one)
    assert lu.frame["INE"].to_list() == [LIGNES["diplomes"]["INE"], "INE"] * 2 + [
        LIGNES["diplomes"]["INE"]
    ]
    (said,) = lu.avertissements
    assert said.journal.startswith("diplomes.csv: 2 lines within it begin with a byte order mark")


def test_a_mark_before_a_row_of_sifa_is_no_part_of_its_ine(tmp_path):
    one = "\ufeff" + texte("apprentissage", [rangee("apprentissage")])
    lu = read(tmp_path, "apprentissage", one * 2)
    assert lu.frame["INE_RNIE"].to_list() == [LIGNES["apprentissage"]["INE_RNIE"]] * 2


def test_columns_may_come_in_any_order(tmp_path):
    contenu = ";".join(reversed(colonnes("diplomes"))) + "\n"
    contenu += ";".join(reversed(rangee("diplomes"))) + "\n"
    lu = read(tmp_path, "diplomes", contenu)
    assert lu.frame.columns == ["ligne", *colonnes("diplomes")]
    assert lu.frame["PRENOM"][0] == LIGNES["diplomes"]["PRENOM"]


def test_rows_keep_their_number_whatever_stands_between_them(tmp_path):
    contenu = f'\n{ENTETE}\n{BONNE}\n\n"a\n\nb";;;;;;;;;\n1;2\n\r\n{BONNE};\n{BONNE}'
    lu = read(tmp_path, "diplomes", contenu)
    assert lu.frame["ligne"].to_list() == [1, 2, 5]
    assert lu.frame["INE"][1] == "a\n\nb"
    assert lu.rejets["ligne"].to_list() == [3, 4]
    assert lu.rejets["regle"].unique().to_list() == ["nombre_de_champs"]
    assert lu.rejets["gravite"].unique().to_list() == ["rejet"]
    assert lu.lignes == 5


def test_the_end_mark_within_a_file_is_a_row_and_hides_no_open_quote(tmp_path):
    lu = read(tmp_path, "diplomes", f"{ENTETE}\n{BONNE}\n{FIN}\n{BONNE}\n")
    assert (lu.frame["ligne"].to_list(), lu.rejets["ligne"].to_list()) == ([1, 3], [2])
    write(tmp_path, "diplomes.csv", f'{ENTETE}\n{FIN}\n{BONNE.removesuffix("ADMIS")}"ADMIS\n')
    assert_says(refusal(tmp_path, fichier("diplomes")), "row 2 opens a quote")


def test_slices_of_a_file_add_up_to_it(tmp_path, monkeypatch):
    monkeypatch.setattr("siei_match.stages.extract.rows.BLOC", 1024)
    rangees = [BONNE if i % 7 else "x" for i in range(1, 200)]
    whole = read(tmp_path, "diplomes", "\n".join([ENTETE, *rangees]))
    slices = list(read_slices(tmp_path, fichier("diplomes"), size=20))
    assert len(slices) > 5
    assert pl.concat([s.frame for s in slices]).equals(whole.frame)
    assert pl.concat([s.rejets for s in slices]).equals(whole.rejets)
    assert whole.rejets["ligne"].to_list() == list(range(7, 200, 7))
    assert sum(s.lignes for s in slices) == whole.lignes == 199


class HeardLate(list):
    """Rows set aside that show once somebody has looked, as those of a thread that reads ahead may."""

    def __init__(self):
        super().__init__()
        self.hidden = []

    def append(self, number):
        self.hidden.append(number)

    def __getitem__(self, places):
        found = super().__getitem__(places)
        self.extend(self.hidden)
        self.hidden = []
        return found


def test_rows_set_aside_while_a_slice_is_made_are_not_lost(tmp_path, monkeypatch):
    """A busy machine took 158 rows of 675,793 for a file that had been cut on its way."""

    class ReadAhead(TextReading):
        def __init__(self, dossier, declared):
            super().__init__(dossier, declared)
            self.skipped = HeardLate()

    monkeypatch.setattr("siei_match.stages.extract.read.TextReading", ReadAhead)
    monkeypatch.setattr("siei_match.stages.extract.rows.BLOC", 1024)
    rangees = [BONNE if i % 3 else "x" for i in range(1, 200)]
    write(tmp_path, "diplomes.csv", "\n".join([ENTETE, *rangees]))
    slices = list(read_slices(tmp_path, fichier("diplomes", lignes=199), size=20))
    assert sum(s.lignes for s in slices) == 199
    assert pl.concat([s.rejets for s in slices])["ligne"].to_list() == list(range(3, 200, 3))


@pytest.mark.parametrize("contenu", [ENTETE, ENTETE + "\n", ENTETE + "\n\n\n"])
def test_a_header_alone_is_a_warning(tmp_path, contenu):
    lu = read(tmp_path, "diplomes", contenu, lignes=0)
    assert (lu.lignes, lu.frame.height, lu.rejets.height) == (0, 0, 0)
    [avertissement] = lu.avertissements
    assert avertissement.journal == "diplomes.csv has no rows."
    assert avertissement.rapport == "Le fichier diplomes.csv n’a aucune ligne."
    assert lu.frame.schema["INE"] == pl.String


@pytest.mark.parametrize("contenu", [b"", b"\n\n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("nom", ["diplomes.csv", "diplomes.csv.gz"])
def test_a_file_of_nothing_stops(tmp_path, contenu, nom):
    write(tmp_path, nom, contenu)
    assert_says(refusal(tmp_path, fichier("diplomes", nom)), nom, "the file is empty")


def test_another_number_of_rows_than_announced_stops(tmp_path):
    write(tmp_path, "diplomes.csv", f"{ENTETE}\n{BONNE}\n1;2\n")
    assert read_file(tmp_path, fichier("diplomes", lignes=2)).lignes == 2
    assert_says(
        refusal(tmp_path, fichier("diplomes", lignes=3)), "diplomes.csv", "2 rows", "announces 3"
    )


# --- Columns -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entete", "dit"),
    [
        (ENTETE.replace("PRENOM2", "SECOND"), ["missing: PRENOM2", "unknown: SECOND"]),
        (ENTETE.removesuffix(";RESULTAT"), ["missing: RESULTAT"]),
        (ENTETE + ";INE", ["twice: INE"]),
        (ENTETE.replace("PRENOM2", "Maëlys QUELVENNEC"), ["missing: PRENOM2", "column number 4"]),
        (ENTETE.replace("PRENOM2", "PRENON 2"), ["missing: PRENOM2", 'PRENOM2 = "PRENON 2"']),
        (BONNE, ["not the header of diplomes", "of 10 columns, 0"]),
        (ENTETE.replace(";", ","), ["not the header of diplomes", 'write separateur = ","']),
        (ENTETE.replace(";", "\t"), ["not the header of diplomes", r'write separateur = "\t"']),
        ("a;b;c", ["not the header of diplomes", "separated by `;`"]),
    ],
)
def test_a_column_missing_or_unknown_stops(tmp_path, entete, dit):
    write(tmp_path, "diplomes.csv", f"{entete}\n{BONNE}\n")
    assert_says(refusal(tmp_path, fichier("diplomes")), "diplomes.csv", *dit)


def test_a_column_missing_from_parquet_stops(tmp_path):
    frame = pl.DataFrame([rangee("diplomes")], schema=colonnes("diplomes"), orient="row")
    frame.rename({"INE": "identifiant"}).write_parquet(tmp_path / "f.parquet")
    assert_says(
        refusal(tmp_path, fichier("diplomes", "f.parquet")), "missing: INE; unknown: identifiant"
    )


# --- Bytes ---------------------------------------------------------------------------------------

ACCENT = BONNE.replace("QUELVENNEC", "QUELVÉNNEC")


@pytest.mark.parametrize(
    ("octets", "encodage", "dit"),
    [
        (f"{ENTETE}\n{BONNE.replace('ë', 'e')}\n{ACCENT}".encode("latin-1"), "utf-8",
         ["line 3 of the file", "not utf-8"]),
        (f"{ENTETE}\n{BONNE}".encode(), "iso-8859-15", ["announced as iso-8859-15, but is UTF-8"]),
        (f"{ENTETE}\n{ACCENT}".encode(), "windows-1252", ["announced as windows-1252"]),
        (f"{ENTETE}\n\n{ACCENT}’".encode("cp1252"), "iso-8859-15",
         ["line 3", "not iso-8859-15", "windows-1252"]),
        (f"{ENTETE}\n{ACCENT}".encode("latin-1") + b"\x81", "windows-1252", ["line 2", "windows"]),
        (f"{ENTETE}\n{BONNE}".encode("utf-16"), "utf-8", ["is UTF-16", "as UTF-8"]),
        (f"{ENTETE}\n{BONNE}".encode("utf-16-le"), "utf-8", ["is UTF-16"]),
        (f"{ENTETE}\n{BONNE}".encode("utf-16-be"), "windows-1252", ["is UTF-16"]),
        (f"{ENTETE}\n{BONNE}\0".encode(), "utf-8", ["line 2", "NUL byte"]),
        (f"{ENTETE}\n{BONNE};".encode() + b"\xc3", "utf-8", ["line 2", "a letter cut in two"]),
        (gzip.compress(ENTETE.encode(), mtime=0), "utf-8", ["compressed, its name does not say so"]),
        (b"PAR1" + ENTETE.encode(), "utf-8", ["is Parquet"]),
    ],
)  # fmt: skip
def test_a_byte_that_cannot_be_read_stops_with_its_line(tmp_path, octets, encodage, dit):
    write(tmp_path, "diplomes.csv", octets)
    assert_says(refusal(tmp_path, fichier("diplomes", encodage=encodage)), "diplomes.csv", *dit)


def test_the_line_of_an_unreadable_byte_is_right_far_into_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr("siei_match.stages.extract.streams.CHUNK", 100)
    contenu = f"{ENTETE}\n".encode() + b"a\n" * 500 + "é\n".encode("latin-1")
    write(tmp_path, "diplomes.csv", contenu)
    assert_says(refusal(tmp_path, fichier("diplomes")), "line 502 of the file")


def test_letters_cut_between_two_reads_are_letters(tmp_path, monkeypatch):
    monkeypatch.setattr("siei_match.stages.extract.streams.CHUNK", 3)
    lu = read(tmp_path, "diplomes", texte("diplomes", [rangee("diplomes", PRENOM="éœüé")]))
    assert lu.frame["PRENOM"][0] == "éœüé"


@pytest.mark.parametrize("damage", [slice(None, -12), slice(None, 40), slice(3, None)])
def test_a_damaged_gzip_stops(tmp_path, damage):
    octets = gzip.compress("\n".join([ENTETE, *[BONNE] * 50]).encode())
    (tmp_path / "f.csv.gz").write_bytes(octets[damage])
    assert_says(refusal(tmp_path, fichier("diplomes", "f.csv.gz")), "f.csv.gz", "damaged")


def test_a_gzip_that_is_none_stops(tmp_path):
    (tmp_path / "f.csv.gz").write_text(ENTETE)
    assert_says(refusal(tmp_path, fichier("diplomes", "f.csv.gz")), "damaged or cut short")


def test_a_parquet_that_is_none_or_is_damaged_stops(tmp_path):
    pl.DataFrame([rangee("diplomes")], schema=colonnes("diplomes"), orient="row").write_parquet(
        tmp_path / "f.parquet"
    )
    octets = (tmp_path / "f.parquet").read_bytes()
    for bad in [ENTETE.encode(), octets[:-20], octets[:4] + b"\0" * 60 + octets[64:], b"PAR1"]:
        (tmp_path / "f.parquet").write_bytes(bad)
        assert_says(refusal(tmp_path, fichier("diplomes", "f.parquet")), "no Parquet file")


def test_a_file_that_went_away_stops(tmp_path):
    for nom in ["diplomes.csv", "diplomes.csv.gz", "diplomes.parquet"]:
        assert_says(refusal(tmp_path, fichier("diplomes", nom)), nom)


# --- Fields that run away ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lignes", "ligne", "dit"),
    [
        ([BONNE, BONNE + "x" * 1_000_000], 2, "10000 characters"),
        ([BONNE, "", "x;" + "y" * 1_000_000], 2, "10000 characters"),
        ([BONNE, BONNE + "x" * 40_000_000], 2, "10000 characters"),
        ([BONNE, '"' + BONNE, *[BONNE] * 30], 2, "opens a quote"),
        ([BONNE, BONNE[:-5] + '"' + BONNE[-5:], *[BONNE] * 5], 2, "opens a quote"),
        ([BONNE, BONNE, BONNE[:-5] + '"ADMIS'], 3, "opens a quote"),
        ([BONNE, "x", '"' + BONNE, *[BONNE] * 400_000], 3, "opens a quote"),
        ([BONNE, '"' + "\n" * 21 + '";;;;;;;;;'], 2, "opens a quote"),
    ],
)
def test_a_field_that_runs_away_stops_with_its_row(tmp_path, lignes, ligne, dit):
    write(tmp_path, "diplomes.csv", "\n".join([ENTETE, *lignes]))
    assert_says(refusal(tmp_path, fichier("diplomes")), f"diplomes.csv: row {ligne} ", dit)


def test_a_field_at_the_limit_passes(tmp_path):
    lignes = ["x" * 10_000 + ";;;;;;;;;", '"' + "\r\n" * 20 + '";;;;;;;;;', "y;" * 10_000]
    lu = read(tmp_path, "diplomes", "\n".join([ENTETE, *lignes]))
    assert lu.frame["ligne"].to_list() == [1, 2]
    assert lu.rejets["ligne"].to_list() == [3]


def test_rows_made_one_before_they_came_as_parquet_stop(tmp_path):
    """A provider's own reader met the open quote: the rows are in the Parquet as one address."""
    rows = [rangee("diplomes"), rangee("diplomes", PRENOM=f"Les Acacias;2008\n{BONNE}")]
    pl.DataFrame(rows, schema=colonnes("diplomes"), orient="row").write_parquet(
        tmp_path / "f.parquet"
    )
    said = refusal(tmp_path, fichier("diplomes", "f.parquet"))
    assert_says(said, "f.parquet: row 2, column PRENOM holds a line break and a separator")


def test_a_reader_that_loses_a_row_is_seen_by_the_second_count(tmp_path, monkeypatch):
    write(tmp_path, "diplomes.csv", f"{ENTETE}\n{BONNE}\n{BONNE}\n")
    frame = TextReading._frame
    monkeypatch.setattr(TextReading, "_frame", lambda self, lot: frame(self, lot.slice(1)))
    with pytest.raises(ContractError, match="1 rows were read, a second count finds 2"):
        read_file(tmp_path, fichier("diplomes"))


def test_a_sifa_field_that_runs_away_stops(tmp_path):
    contenu = texte("apprentissage", [rangee("apprentissage", ADRESSE="Z" * 10_001)])
    write(tmp_path, "sifa.txt", contenu)
    assert_says(refusal(tmp_path, fichier("apprentissage", "sifa.txt")), "sifa.txt: row 1 ")


# --- Typed Parquet -------------------------------------------------------------------------------


def typed(dossier, **valeurs):
    frame = pl.DataFrame(
        [rangee("scolarite")], schema=colonnes("scolarite"), orient="row"
    ).with_columns(**{c: pl.Series([v]) for c, v in valeurs.items()})
    frame.write_parquet(dossier / "f.parquet")
    return read_file(dossier, fichier("scolarite", "f.parquet")).frame


def test_numbers_and_dates_of_parquet_become_their_provider_s_text(tmp_path):
    lu = typed(
        tmp_path,
        CODE_SEXE=2,
        CODE_POSTAL=1000,
        CODE_COMMUNE_INSEE=75056.0,
        DATE_NAISS=date(2008, 5, 2),
        DATE_ENTREE=datetime(2025, 9, 1),  # noqa: DTZ001
    )
    assert lu.select(
        "CODE_SEXE", "CODE_POSTAL", "CODE_COMMUNE_INSEE", "DATE_NAISS", "DATE_ENTREE"
    ).row(0) == ("2", "1000", "75056", "02/05/2008", "01/09/2025")


@pytest.mark.parametrize("absent", [None, float("nan"), ""])
def test_absent_is_null_in_parquet(tmp_path, absent):
    assert typed(tmp_path, CODE_POSTAL=absent)["CODE_POSTAL"].to_list() == [None]


@pytest.mark.parametrize(
    ("colonne", "valeur", "dit"),
    [
        ("CODE_SEXE", True, "holds Boolean"),
        ("CODE_SEXE", [1], "holds List"),
        ("CODE_SEXE", b"1", "holds Binary"),
        ("CODE_SEXE", 1.5, "holds numbers with decimals"),
        ("CODE_SEXE", date(2000, 1, 1), "holds dates"),
        ("DATE_ENTREE", datetime(2025, 8, 31, 22), "holds times"),  # noqa: DTZ001
    ],
)
def test_a_type_that_is_no_text_stops_with_its_column(tmp_path, colonne, valeur, dit):
    with pytest.raises(DeliveryError) as echec:
        typed(tmp_path, **{colonne: valeur})
    assert_says(echec.value, "f.parquet", f"column {colonne} {dit}")


def test_a_header_that_swallowed_a_row_says_no_value_of_it(tmp_path):
    """A file whose line breaks were lost: what follows the last column is a person."""
    swallowed = ["QUEMENER", "Yelena", "fictive", "Brest"]
    declared = fichier("diplomes")
    write(tmp_path, declared.nom, ";".join([ENTETE, *swallowed]) + "\n")
    said = refusal(tmp_path, declared)
    assert "column number" in said.what
    assert not any(value in said.what + said.remedy for value in swallowed)
