"""Quotes anywhere in a file: it is refused, or no row holds the text of two of its lines."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from siei_match.collect import read_answers
from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract import read_file
from siei_match.stages.extract import records as records_module
from siei_match.stages.extract.records import RecordCount
from tests.examples import examples
from tests.livraisons import colonnes, fichier, rangee, write

EXTRACT = "missions_locales"
COLUMNS = colonnes(EXTRACT)
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])


def person(number: int) -> list[str]:
    """A row every field of which says whose it is."""
    return [f"p{number}c{place}" for place in range(len(COLUMNS))]


def lay(rows: list[list[str]], quoting: int, line_end: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator=line_end, quoting=quoting).writerows(
        [COLUMNS, *rows]
    )
    return text.getvalue()


def damage(text: str, places: list[int], after: int) -> str:
    """Put quotes at some places of a text, behind its heading."""
    for place in sorted({after + p % (len(text) - after + 1) for p in places}, reverse=True):
        text = text[:place] + '"' + text[place:]
    return text


def owners(values) -> set[str]:
    """Say whose text some fields hold."""
    told = " ".join(value or "" for value in values)
    return {word.split("c")[0] for word in told.replace('"', "").replace(";", " ").split()}


@settings(max_examples=examples(250), deadline=None)
@given(
    st.integers(1, 12),
    st.lists(st.integers(0, 5_000), min_size=1, max_size=5),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    LINE_ENDS,
)
@example(8, [330, 1100], csv.QUOTE_MINIMAL, "\n")
def test_no_row_holds_the_text_of_two_lines(people, places, quoting, line_end) -> None:
    rows = [person(number) for number in range(people)]
    text = lay(rows, quoting, line_end)
    text = damage(text, places, len(lay([], quoting, line_end)))
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), "f.csv", text)
        try:
            read = read_file(Path(folder), fichier(EXTRACT, "f.csv"))
        except DeliveryError:
            return
    assert read.lignes == people, "every line is a row of its own, kept or rejected"
    for line, *values in read.frame.iter_rows():
        assert owners(values) == {f"p{line - 1}"}


@settings(max_examples=examples(250), deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 18), st.sampled_from("\n,;|'\"")), min_size=1, max_size=6),
    st.lists(st.integers(0, 5_000), min_size=1, max_size=4),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_no_row_holds_the_text_of_two_people(people, places, quoting) -> None:
    """Fields may hold line breaks, separators and quotes, as an address does."""
    rows = []
    for number, (place, sign) in enumerate(people):
        rows.append(person(number))
        rows[-1][place % len(COLUMNS)] += f"{sign}p{number}cx"
    text = damage(lay(rows, quoting, "\n"), places, len(lay([], quoting, "\n")))
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), "f.csv", text)
        try:
            read = read_file(Path(folder), fichier(EXTRACT, "f.csv"))
        except DeliveryError:
            return
    told = [owners(values) for values in read.frame.drop("ligne").iter_rows()]
    assert all(len(whose) == 1 for whose in told)
    assert len({whose for found in told for whose in found}) == len(told)
    assert read.lignes >= len(people)


@settings(max_examples=examples(60), deadline=None)
@given(
    st.integers(1, 8),
    st.lists(st.integers(0, 5_000), min_size=1, max_size=5),
    st.sampled_from([";", "|"]),
    LINE_ENDS,
)
def test_in_sifa_quotes_are_letters_wherever_they_stand(
    people, places, separator, line_end
) -> None:
    columns = colonnes("apprentissage")
    rows = [[f"p{number}c{place}" for place in range(len(columns))] for number in range(people)]
    text = damage("".join(separator.join(row) + line_end for row in rows), places, 0)
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), "f.txt", text)
        read = read_file(Path(folder), fichier("apprentissage", "f.txt"))
    # A quote may stand between the carriage return and the line feed: then there are two lines.
    assert read.lignes >= people
    for *values, _ in read.frame.drop("ligne").iter_rows():
        assert len(owners(values)) == 1


@given(
    st.text('ab;"\r\n', max_size=200),
    st.integers(1, 40),
    st.sampled_from([(64, 16), (7, 4), (1 << 18, 1 << 13)]),
)
@settings(max_examples=examples(300), deadline=None)
def test_the_second_count_is_the_csv_module_s(text, step, sizes) -> None:
    """Whatever the bytes come in, and whichever of its ways it takes."""
    expected = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=";") if row]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records_module, "BLOCK", sizes[0])
        patch.setattr(records_module, "SMALL", sizes[1])
        count = RecordCount(";", cite=True)
        for begin in range(0, len(text), step):
            count.feed(text[begin : begin + step].encode())
        count.close()
    if count.swallowed is None:
        assert count.records == len(expected)
        return
    number = count.swallowed.record
    spanning = [bool(set("\r\n") & set("".join(row))) for row in expected]
    assert spanning[number - 1] or count.swallowed.is_open
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    seen = ended = 0
    for row in reader:
        began, ended, seen = ended, reader.line_num, seen + bool(row)
        if seen == number:
            break
    assert count.swallowed.first == began + 1
    if not count.swallowed.is_open:
        assert count.swallowed.last == ended


@given(st.text('ab;"\r\n', max_size=200), st.integers(1, 40))
@settings(max_examples=examples(100), deadline=None)
def test_without_quotes_every_line_that_is_not_blank_counts(text, step) -> None:
    count = RecordCount(";", cite=False)
    for begin in range(0, len(text), step):
        count.feed(text[begin : begin + step].encode())
    count.close()
    assert count.swallowed is None
    assert count.records == sum(bool(line) for line in text.replace("\r", "\n").split("\n"))


@settings(max_examples=examples(200), deadline=None)
@given(
    st.integers(1, 10),
    st.lists(st.integers(0, 2_000), min_size=1, max_size=4),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from([";", ",", "\t"]),
    LINE_ENDS,
)
def test_no_answer_is_lost_in_another(answers, places, quoting, separator, line_end) -> None:
    text = io.StringIO(newline="")
    columns = ["id_signalement", "date_retour", "retour", "psad_destination", "commentaire"]
    writer = csv.writer(text, delimiter=separator, lineterminator=line_end, quoting=quoting)
    writer.writerow(columns)
    head = len(text.getvalue())
    for number in range(answers):
        writer.writerow([f"s{number:031x}", "2026-11-03", "en_emploi", "", "rappeler"])
    damaged = damage(text.getvalue(), places, head)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "retours.csv")
        path.write_bytes(damaged.encode())
        try:
            read = read_answers(path)
        except DeliveryError:
            return
    assert read.rows_read == answers


@pytest.mark.parametrize("last", ['x"', 'x"x'])
def test_an_answer_of_fewer_fields_is_not_lost_either(tmp_path, last) -> None:
    """Rows that end early hold fewer separators than two: the identifier tells."""
    rows = ["s" + "1" * 31 + ';en_emploi;"rappeler', "s" + "2" * 31 + f";en_formation;{last}"]
    text = "\n".join(["id;retour;commentaire;nom", *rows, "s" + "3" * 31 + ";refus;;"])
    write(tmp_path, "retours.csv", text)
    with pytest.raises(DeliveryError, match="2 lines of the file, 2 to 3"):
        read_answers(tmp_path / "retours.csv")


def test_a_comment_may_hold_a_line_break_and_a_separator(tmp_path) -> None:
    row = "s" + "1" * 31 + ';en_emploi;"rappeler ; sans réponse\nà revoir";'
    write(tmp_path, "retours.csv", f"id;retour;commentaire;nom\n{row}\n")
    assert read_answers(tmp_path / "retours.csv").reponses.height == 1


ADDRESS = "3 rue des Œillets"


def spoilt(opened: int, closed: int, people: int = 30) -> str:
    """One address left open, and another quote further on."""
    rows = [rangee("scolarite", INE=f"{i:010d}A") for i in range(1, people + 1)]
    lines = [";".join(colonnes("scolarite")), *(";".join(row) for row in rows)]
    lines[opened] = lines[opened].replace(ADDRESS, '"Les Acacias')
    lines[closed] = lines[closed].replace(ADDRESS, '12 rue "Basse"').replace("12 rue ", "")
    return "\r\n".join(lines) + "\r\n"


@pytest.mark.parametrize("apart", [1, 4, 19, 25])
def test_an_address_left_open_prints_nobody_else(tmp_path, apart) -> None:
    """The critical one: the rows between became the text of one address, and were listed as such."""
    write(tmp_path, "scolarite.csv", spoilt(3, 3 + apart))
    with pytest.raises(DeliveryError) as refused:
        read_file(tmp_path, fichier("scolarite"))
    said = refused.value.what
    assert said.startswith("scolarite.csv: row 3 opens a quote that is not closed in its field")
    assert f"{apart + 1} lines of the file, 4 to {4 + apart}, were read as one row" in said
    assert "Acacias" not in said


def test_rows_eaten_by_a_rejected_row_stop_too(tmp_path) -> None:
    """The quote ends a field early: five rows are one with too many fields."""
    text = spoilt(3, 8).replace("\r\n", "\n").replace('"Basse"', '";"Basse"')
    write(tmp_path, "scolarite.csv", text)
    with pytest.raises(DeliveryError, match="6 lines of the file, 4 to 9"):
        read_file(tmp_path, fichier("scolarite"))


def test_an_address_over_two_lines_is_an_address(tmp_path) -> None:
    rows = [rangee("scolarite", LIGNE1_ADRESSE='Bât. "B"\r\n3 rue des Œillets')] * 2
    rows.append(rangee("scolarite", LIGNE1_ADRESSE="Bât. B\nEsc. 2", LIGNE2_ADRESSE="a;b"))
    write(tmp_path, "scolarite.csv", lay_scolarite(rows))
    assert read_file(tmp_path, fichier("scolarite")).frame["LIGNE1_ADRESSE"].to_list() == [
        'Bât. "B"\r\n3 rue des Œillets',
        'Bât. "B"\r\n3 rue des Œillets',
        "Bât. B\nEsc. 2",
    ]


def lay_scolarite(rows) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows([colonnes("scolarite"), *rows])
    return text.getvalue()


def test_a_quote_within_one_row_rejects_that_row_alone(tmp_path) -> None:
    rows = [";".join(rangee("scolarite")) for _ in range(3)]
    rows[1] = rows[1].replace(ADDRESS, '"Les Acacias').replace("maelys@", '"maelys@')
    write(tmp_path, "scolarite.csv", "\n".join([";".join(colonnes("scolarite")), *rows]))
    read = read_file(tmp_path, fichier("scolarite"))
    assert (read.frame["ligne"].to_list(), read.rejets["ligne"].to_list()) == ([1, 3], [2])
