"""Laws of spelling: a day is itself however it is written; what cannot be seen changes nothing."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siei_match.reference.vocabulary import EXTRACTS
from siei_match.stages.validate import DateOrders, validate
from siei_match.stages.validate.cleaning import clean
from siei_match.stages.validate.dates import read_dates
from tests.examples import examples
from tests.livraisons import CAMPAGNE, LIGNES, brut, fichier

DAYS = pl.date_range(date(1990, 1, 1), date(2030, 12, 31), eager=True)
UNIX = date(1970, 1, 1)
FORMS = [
    "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y", "%-d/%-m/%Y", "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d",
    "%Y%m%d", "%d%m%Y", "%d/%m/%Y 00:00:00", "%Y-%m-%dT00:00:00", "%Y-%m-%dT00:00:00.000Z",
    "%Y-%m-%d 00:00:00", "%d-%b-%Y", "%-d %B %Y",
]  # fmt: skip
COLUMNS = ["%d/%m/%Y", "%Y-%m-%d", "%d%m%Y"]
"""The formats that extracts declare."""


@pytest.mark.parametrize("declared", COLUMNS)
@pytest.mark.parametrize("form", FORMS)
def test_every_day_of_forty_years_reads_as_itself(form: str, declared: str) -> None:
    frame = pl.DataFrame({"sortie": DAYS.dt.strftime(form), "naissance": DAYS.dt.strftime(form)})
    fields = [
        {"name": "sortie", "siei": {"kind": "date", "format": declared}},
        {"name": "naissance", "siei": {"kind": "naissance", "format": declared}},
    ]
    found = read_dates(frame, fields, DateOrders(), workbook=False)
    assert found["sortie"].values["sortie"].equals(DAYS)
    parts = pl.date("naissance_annee", "naissance_mois", "naissance_jour")
    assert found["naissance"].values.select(parts).to_series().equals(DAYS)
    assert all(column.doubtful.is_empty() for column in found.values())


def test_every_day_of_a_workbook_reads_as_itself() -> None:
    numbers = (DAYS - date(1899, 12, 30)).dt.total_days().cast(pl.String)
    field = {"name": "sortie", "siei": {"kind": "date", "format": "%d/%m/%Y"}}
    frame = pl.DataFrame({"sortie": numbers})
    read = read_dates(frame, [field], DateOrders(), workbook=True)["sortie"]
    assert read.values["sortie"].equals(DAYS)
    assert read_dates(frame, [field], DateOrders(), workbook=False)["sortie"].values["sortie"].is_null().all()  # fmt: skip


def test_every_day_with_the_month_first_is_itself_or_in_doubt() -> None:
    field = {"name": "sortie", "siei": {"kind": "date", "format": "%d/%m/%Y"}}
    frame = pl.DataFrame({"sortie": DAYS.dt.strftime("%m/%d/%Y")})
    read = read_dates(frame, [field], DateOrders(), workbook=False)["sortie"]
    day = pl.col("sortie")
    told = read.values.with_columns(truth=DAYS)
    assert told.filter(day != pl.col("truth")).is_empty()
    one = pl.col("truth").dt.day()
    assert told.filter(day.is_not_null()).equals(
        told.filter((one > 12) | (one == pl.col("truth").dt.month()))
    )
    bounds = read.doubtful.with_columns(truth=DAYS.gather(read.doubtful["rang"]))
    assert bounds.filter(
        (pl.col("truth") != pl.col("au_plus_tot")) & (pl.col("truth") != pl.col("au_plus_tard"))
    ).is_empty()


INVISIBLE = st.sampled_from(
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2063\ufeff\u00ad\u2066"
)
AROUND = st.text("\u00a0\u202f\u2007\t \u200b\ufeff", max_size=3)


@st.composite
def veiled_rows(draw: st.DrawFn) -> tuple[str, dict[str, str], dict[str, str]]:
    """A good row of an extract, and the same with characters that nobody sees, anywhere."""
    extrait = draw(st.sampled_from(EXTRACTS))
    row = {c: v for c, v in LIGNES[extrait].items() if c in brut(extrait, {}).columns}
    veiled = dict(row)
    for column in draw(st.sets(st.sampled_from(sorted(row)), min_size=1, max_size=6)):
        value = row[column]
        place = draw(st.integers(0, len(value)))
        inside = value[:place] + draw(INVISIBLE) + value[place:]
        veiled[column] = draw(AROUND) + inside + draw(AROUND)
    return extrait, row, veiled


@settings(max_examples=examples(60), deadline=None)
@given(veiled_rows())
def test_what_cannot_be_seen_changes_nothing(
    case: tuple[str, dict[str, str], dict[str, str]],
) -> None:
    extrait, row, veiled = case
    plain, found = (validate(brut(extrait, r), fichier(extrait), CAMPAGNE) for r in (row, veiled))
    assert found.valides.equals(plain.valides)
    assert found.rejets.is_empty()


ANY = st.one_of(
    st.text("'=\"0123.NULnau/-\u200b\u00a0\u2011", max_size=8), st.text(max_size=6), st.none()
)


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(st.tuples(ANY, ANY, ANY), min_size=1, max_size=6))
def test_a_row_is_cleaned_whatever_its_neighbours(rows: list[tuple[str | None, ...]]) -> None:
    """A column is rewritten where one of its values asks for it: the others stay as they would be."""
    kinds = ("nom", "texte", "commune")
    fields = [{"name": kind, "siei": {"kind": kind}} for kind in kinds]
    schema = {"ligne": pl.UInt32} | dict.fromkeys(kinds, pl.String)
    numbered = [(line, *row) for line, row in enumerate(rows, 1)]
    together = clean(pl.DataFrame(numbered, schema=schema, orient="row"), fields)
    alone = [clean(pl.DataFrame([r], schema=schema, orient="row"), fields) for r in numbered]
    assert together.equals(pl.concat(alone))
