"""Laws of reading answers: nothing is lost, and how a file was laid out changes nothing."""

import csv
import io
import random
import tempfile
from pathlib import Path

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siei_match.collect import AnswersReading, read_answers
from tests.examples import examples

COURT = settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
TITRES = {
    "id": ("id_signalement", "Identifiant", "N° signalement"),
    "retour": ("retour", "Réponse", "REPONSE  PLATEFORME"),
    "date": ("date_retour", "Date de la réponse", "date"),
    "vers": ("psad_destination", "Transféré à"),
    "mot": ("commentaire", "Observations"),
    "nom": ("nom_naissance",),
}
CELLULES = {
    "id": st.sampled_from(("", "s" + "0" * 31, "s" + "1" * 31, "S" + "2" * 31, "x", "12")),
    "retour": st.sampled_from(("", "En formation", "déjà en emploi", "Refus", "bof", "suivi")),
    "date": st.sampled_from(("", "12/01/2027", "2027-01-12", "3 mars 2027", "46399", "?")),
    "vers": st.sampled_from(("", "", "", "PSAD-001-01", "chez lui")),
    "mot": st.sampled_from(("", "Éloïse", 'a;b,c "d"\n')),
    "nom": st.sampled_from(("", "LE GOFF", "0612")),
}
LIGNES = st.lists(st.fixed_dictionaries(CELLULES), max_size=8)


def lay_out(lignes: list[dict[str, str]], graine: int, vide: int) -> tuple[bytes, int]:
    """Write the rows as some office would; return the bytes and the rows above the first one."""
    hasard = random.Random(graine)
    noms = list(TITRES)
    hasard.shuffle(noms)
    rows = [[""] * len(noms)] * vide + [[hasard.choice(TITRES[nom]) for nom in noms]]
    rows += [[ligne[nom] for nom in noms] for ligne in lignes]
    if hasard.random() < 0.3:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append([cell or None for cell in row])
        memory = io.BytesIO()
        book.save(memory)
        return memory.getvalue(), vide + 1
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=hasard.choice(";,\t")).writerows(rows)
    return text.getvalue().encode(hasard.choice(("utf-8", "utf-8-sig", "windows-1252"))), vide + 1


def read(content: bytes) -> AnswersReading:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r"
        path.write_bytes(content)
        return read_answers(path)


@COURT
@given(LIGNES, st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 3))
def test_layout_changes_nothing_and_no_row_is_lost(
    lignes: list[dict[str, str]], une: int, autre: int, vide: int
) -> None:
    contenus = [lay_out(lignes, une, 0), lay_out(lignes, autre, vide)]
    lectures = [read(content) for content, _ in contenus]
    au_dessus = [n for _, n in contenus]
    rangs = [
        [(ligne - haut, *reste) for ligne, *reste in lecture.reponses.rows()]
        for lecture, haut in zip(lectures, au_dessus, strict=True)
    ]
    assert rangs[0] == rangs[1]
    for lecture in lectures:
        assert lecture.rows_read == sum(any(ligne.values()) for ligne in lignes)
        comptees = lecture.reponses.height + lecture.refusees + lecture.sans_reponse
        assert comptees == lecture.rows_read
        muettes = [li for li in lignes if any(li.values()) and not li["retour"] and not li["vers"]]
        assert lecture.sans_reponse == len(muettes)
