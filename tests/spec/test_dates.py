"""How a date may be spelled, and what is read of it: the manual, line by line (contract, section 1).

One meaning is read, whatever the form; of two, nothing is: the readings are kept for the decision.
"""

from datetime import date

import polars as pl
import pytest

from siei_match.reference.delivery import Fichier
from siei_match.reference.vocabulary import AVERTISSEMENT, REJET
from siei_match.stages.validate import DateOrders, dates, partition, validate
from tests.livraisons import CAMPAGNE, brut, fichier

SIX_OCTOBER = date(2010, 10, 6)

ONE_MEANING = [
    "06/10/2010", "6/10/2010", "06.10.2010", "6.10.2010", "06-10-2010", "06 10 2010", "06 / 10 / 2010",
    "2010-10-06", "2010/10/06", "2010.10.06", "2010-10-6", "20101006", "06102010",
    "06/10/2010 00:00:00", "06/10/2010 00:00", "06/10/2010 0:00:00", "06/10/2010 14:32:10",
    "06/10/2010 00h00", "06.10.2010 00:00:00,000", "2010-10-06 00:00:00", "2010-10-06T00:00:00",
    "2010-10-06T00:00:00Z", "2010-10-06T00:00:00.000Z", "2010-10-06T00:00:00.000000",
    "2010-10-06T00:00:00+02:00", "2010-10-06T23:00:00+02:00", "2010-10-06 00:00:00 UTC",
    "20101006.0", "6 octobre 2010", "6 oct. 2010", "06-OCT-2010", "06/oct/2010", "6 Oct 2010",
    "mercredi 6 octobre 2010", '="06/10/2010"', "'06/10/2010", "06\u201110\u20112010",
    "06\u00a010\u00a02010", "\ufeff06/10/2010", "06/\u200b10/2010", "\u202a06/10/2010\u202c",
    "06/10/2010\u00a000:00:00", " \u202f06/10/2010\t",
]  # fmt: skip

DATED = [
    ("scolarite", "DATE_SORTIE", "DATE_NAISS", {"DATE_ENTREE": None}),
    ("agricole", "dateSortieFormation", "dateNaissance", {"dateEntreeFormation": None}),
    ("apprentissage", "DATE_RUPT_CONT", "DATE_NAIS", {"DATE_DEB_CONT": None}),
    ("missions_locales", "dateFinAccompagnement", "dateNaissance", {"dateDebutAccompagnement": None}),
]  # fmt: skip


@pytest.mark.parametrize(("extrait", "column", "birth", "others"), DATED)
def test_a_date_of_one_meaning_is_read_in_every_column(extrait, column, birth, others):
    rows = [{column: spelled, birth: spelled, **others} for spelled in ONE_MEANING]
    found = validate(brut(extrait, *rows), fichier(extrait), CAMPAGNE)
    read = found.valides.select(
        pl.col(column), pl.date("naissance_annee", "naissance_mois", "naissance_jour").alias("ne")
    )
    wrong = [
        s for s, row in zip(ONE_MEANING, read.rows(), strict=True) if row != (SIX_OCTOBER,) * 2
    ]
    assert wrong == []
    assert found.rejets.is_empty()
    assert found.dates_recues.is_empty()


MONTHS = {
    1: "janvier janv. jan", 2: "février févr. fevrier FEV", 3: "mars MAR", 4: "avril avr. APR",
    5: "mai MAY", 6: "juin JUN", 7: "juillet juil. JUL", 8: "août aout AUG", 9: "septembre sept. SEP",
    10: "octobre oct.", 11: "novembre NOV", 12: "décembre déc. DEC",
}  # fmt: skip


@pytest.mark.parametrize("month", MONTHS)
def test_months_in_letters(month):
    rows = [
        {"DATE_ENTREE": None, "DATE_SORTIE": f"1er {name} 2026"} for name in MONTHS[month].split()
    ]
    found = validate(brut("scolarite", *rows), fichier("scolarite"), CAMPAGNE)
    assert set(found.valides["DATE_SORTIE"]) == {date(2026, month, 1)}


SEVERAL_MEANINGS = [
    # received, earliest and latest reading of an exit
    ("04/10/26", date(2004, 10, 26), date(2026, 10, 4)),
    ("26-10-04", date(2004, 10, 26), date(2026, 10, 4)),
    ("05/05/05", date(2005, 5, 5), date(2005, 5, 5)),
    ("30/13/26", None, None),
    ("10/6/2026 12:00:00 AM", date(2026, 6, 10), date(2026, 10, 6)),
    # Midnight of France in universal time: the 5th or the 6th.
    ("2026-10-05T22:00:00Z", date(2026, 10, 5), date(2026, 10, 6)),
    ("2026-02-05T23:00:00.000Z", date(2026, 2, 5), date(2026, 2, 6)),
    ("2026-10-05 22:00:00+00:00", date(2026, 10, 5), date(2026, 10, 6)),
    # Part of a date says between which days it lies.
    ("00/06/2026", date(2026, 6, 1), date(2026, 6, 30)),
    ("31/02/2026", date(2026, 2, 1), date(2026, 2, 28)),
    ("00/00/2026", date(2026, 1, 1), date(2026, 12, 31)),
    ("12/25/2026", None, None),
    ("parti", None, None),
    ("2026", None, None),
    ("46301", None, None),
    ("06/10/2210", None, None),
]


@pytest.mark.parametrize(("received", "early", "late"), SEVERAL_MEANINGS)
def test_an_exit_of_several_meanings_is_never_guessed(received, early, late):
    row = {"DATE_ENTREE": None, "DATE_SORTIE": received}
    found = validate(brut("scolarite", row), fichier("scolarite"), CAMPAGNE)
    assert found.valides["DATE_SORTIE"].to_list() == [None]
    assert found.dates_recues.rows() == [(1, "DATE_SORTIE", early, late)]
    warned = found.rejets.select("gravite", "regle", "colonne").rows()
    assert warned == [(AVERTISSEMENT, "date_lisible", "DATE_SORTIE")]


def test_a_birth_of_two_meanings_keeps_what_both_have():
    spelled = ["10/6/2010 12:00:00 AM", "2010-10-05T22:00:00Z", "2010-12-31T23:00:00Z"]
    rows = [{"DATE_NAISS": text} for text in spelled]
    found = validate(brut("scolarite", *rows), fichier("scolarite"), CAMPAGNE)
    parts = found.valides.select("naissance_annee", "naissance_mois", "naissance_jour").rows()
    assert parts == [(2010, None, None), (2010, 10, None), (2011, None, None)]
    assert found.dates_recues["au_plus_tard"].to_list() == [
        date(2010, 10, 6), date(2010, 10, 6), date(2011, 1, 1),
    ]  # fmt: skip
    assert found.rejets["regle"].to_list() == ["date_naissance_lisible"] * 3


@pytest.mark.parametrize(
    "received",
    ["31/12/9999", "9999-12-31", "99991231", "31/12/9999 00:00:00", "01/01/1900", "1900-01-01T00:00:00",
     "30/12/1899", "01/01/0001", "0001-01-01", "31/12/2099", "12/31/2099", "01/01/1753", "00000000",
     "00/00/0000", "0000-00-00", "0000-00-00 00:00:00", "0", "01/01/1970", "NULL", "#N/A", "-"],
)  # fmt: skip
def test_what_a_system_writes_for_no_date_is_absent_without_warning(received):
    row = {"DATE_ENTREE": None, "DATE_SORTIE": received}
    found = validate(brut("scolarite", row), fichier("scolarite"), CAMPAGNE)
    assert found.valides["DATE_SORTIE"].to_list() == [None]
    assert found.rejets.is_empty()
    assert found.dates_recues.is_empty()


@pytest.mark.parametrize("received", ["01/01/1900", "00/00/0000", "31/12/9999", "0001-01-01"])
def test_nobody_is_born_on_a_null_date(received):
    found = validate(brut("diplomes", {"DATE_NAISS": received}), fichier("diplomes"), CAMPAGNE)
    assert found.rejets.select("gravite", "regle").rows() == [(REJET, "annee_naissance_lisible")]


def test_somebody_may_be_born_on_the_first_day_of_unix():
    found = validate(brut("diplomes", {"DATE_NAISS": "01/01/1970"}), fichier("diplomes"), CAMPAGNE)
    assert found.valides["naissance_annee"].to_list() == [1970]


@pytest.mark.parametrize(
    ("workbook", "received", "read"),
    [
        (True, "40457", date(2010, 10, 6)),
        (True, "40457.0", date(2010, 10, 6)),
        (False, "40457", None),
        (True, "404570", None),
    ],
)
def test_a_day_s_number_is_one_in_a_workbook_alone(workbook, received, read):
    named = Fichier.model_construct(
        extrait="scolarite", nom="scolarite.xlsx" if workbook else "scolarite.csv",
        annee_scolaire="2025-2026", date_extraction=date(2026, 10, 10),
    )  # fmt: skip
    row = {"DATE_ENTREE": None, "DATE_SORTIE": received}
    assert validate(brut("scolarite", row), named, CAMPAGNE).valides["DATE_SORTIE"][0] == read


# --- Month first ---------------------------------------------------------------------------------


def exits(*spelled: str, orders: DateOrders | None = None) -> list[date | None]:
    rows = [{"DATE_ENTREE": None, "DATE_SORTIE": text} for text in spelled]
    found = validate(brut("scolarite", *rows), fichier("scolarite"), CAMPAGNE, orders)
    return found.valides["DATE_SORTIE"].to_list()


def test_in_a_column_of_months_first_the_ambiguous_are_not_guessed():
    read = exits("03/04/2026", "03/15/2026", "12/25/2025", "05/05/2026", "2026-03-04")
    assert read == [
        None, date(2026, 3, 15), date(2025, 12, 25), date(2026, 5, 5), date(2026, 3, 4),
    ]  # fmt: skip


def test_a_typing_error_does_not_put_its_column_in_doubt():
    days = [f"{day}/04/2026" for day in range(13, 31)] * 3
    assert exits("03/04/2026", "04/31/2026", *days)[:2] == [date(2026, 4, 3), None]


def test_two_origins_in_one_column_put_it_in_doubt():
    read = exits("03/04/2026", *["13/04/2026"] * 20, *["04/13/2026"] * 2)
    assert read[0] is None
    assert set(read[1:]) == {date(2026, 4, 13)}


def test_a_column_that_does_not_tell_goes_by_its_file():
    rows = [{"DATE_ENTREE": "09/01/2025", "DATE_SORTIE": "06/30/2026"}] * 20
    found = validate(brut("scolarite", *rows), fichier("scolarite"), CAMPAGNE).valides
    assert set(found["DATE_SORTIE"]) == {date(2026, 6, 30)}
    assert set(found["DATE_ENTREE"]) == {None}


def test_a_slice_is_judged_by_those_before_it_too(monkeypatch):
    spelled = [*["04/13/2026"] * 5, *["03/04/2026"] * 5]
    whole = exits(*spelled)
    monkeypatch.setattr(partition, "SLICE", 5)
    assert exits(*spelled) == whole == [*[date(2026, 4, 13)] * 5, *[None] * 5]
    orders = DateOrders()
    exits(*spelled[:5], orders=orders)
    assert exits(*spelled[5:], orders=orders) == [None] * 5


def test_sifa_s_eight_digits_have_an_order_too():
    rows = [{"DATE_NAIS": text} for text in ("04132010", "03312010", "03042010", "3042010")]
    found = validate(brut("apprentissage", *rows), fichier("apprentissage"), CAMPAGNE).valides
    parts = found.select("naissance_mois", "naissance_jour").rows()
    assert parts == [(4, 13), (3, 31), (None, None), (None, None)]


def test_every_distinct_spelling_is_read_once(monkeypatch):
    seen = []
    spell = dates.spell
    monkeypatch.setattr(
        dates, "spell", lambda texts, **how: (seen.append(len(texts)), spell(texts, **how))[1]
    )
    frame = pl.DataFrame({"DATE_SORTIE": ["01/09/2026", "02/09/2026"] * 500})
    field = {"name": "DATE_SORTIE", "siei": {"kind": "date", "format": "%d/%m/%Y"}}
    dates.read_dates(frame, [field], DateOrders(), workbook=False)
    assert seen == [2]
