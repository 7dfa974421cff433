"""From the text of a date to the decision: what is in doubt stays on a list, to be checked.

Each case is one pupil of last year, whose row of this year has one date spelled in some way.
"""

from datetime import date

import polars as pl
import pytest

from siei_match.reference.people import People
from siei_match.stages.decide import Observation, decide
from siei_match.stages.normalise import normalise
from siei_match.stages.validate import validate
from tests.livraisons import CAMPAGNE, brut, fichier

PLACED = {"CODE_MEF": "24125219210", "UAI": "0750652B"}
LAST_YEAR = {
    **PLACED,
    "ANNEE_SCOLAIRE": "2025-2026",
    "DATE_ENTREE": "01/09/2025",
    "DATE_SORTIE": None,
}
THIS_YEAR = {**PLACED, "ANNEE_SCOLAIRE": "2026-2027", "DATE_ENTREE": "01/09/2026"}
DAY = date(2026, 10, 15)


def decided(*files: tuple[str, str, list[dict[str, str | None]]]) -> tuple[str, str]:
    """Take rows of one person through the stages: (extrait, annee_scolaire, rows) each."""
    made = []
    first = 0
    for extrait, year, rows in files:
        named = fichier(extrait, annee_scolaire=year)
        found = validate(brut(extrait, *rows), named, CAMPAGNE)
        made.append(normalise(found.valides, named, first, found.dates_recues))
        first += found.valides.height
    parcours, traits, dates, titres = (
        pl.concat([getattr(tables, name) for tables in made])
        for name in ("parcours", "traits", "dates_douteuses", "titres")
    )
    members = traits.select("rid", id_personne=pl.lit("p"))
    answers = {
        "id_personne": pl.String,
        "date_retour": pl.Date,
        "retour": pl.String,
        "reception": pl.UInt32,
    }
    decision = decide(
        People(members, parcours, traits, dates),
        titres.select("rid", "niveau"),
        pl.DataFrame(schema=answers),
        pl.DataFrame(schema={"id_a": pl.String, "id_b": pl.String}),
        Observation(DAY, 2026),
    ).decisions
    return decision.select("statut", "motif").row(0)


ENROLLED = ("en_formation", "scolarite")
LISTED = ("sortant", "confirme")
DOUBT = ("sortant", "a_verifier")

EXITS = [
    ("", ENROLLED),
    ("30/09/2026", LISTED),
    # One meaning in another form: a sortant, who counted as still enrolled.
    ("2026-09-30", LISTED),
    ("30/09/2026 00:00:00", LISTED),
    ("2026-09-30T00:00:00Z", LISTED),
    ("30.09.2026", LISTED),
    ("30 sept. 2026", LISTED),
    ("2027-01-04", ENROLLED),
    # None, or several: never "still enrolled" for certain.
    ("parti", DOUBT),
    ("04/11/26", DOUBT),
    # Of all that this may mean, nothing is still to come.
    ("04/10/26", LISTED),
    ("00/10/2026", DOUBT),
    ("31/09/2026", LISTED),
    ("2026-10-14T22:00:00Z", DOUBT),
    ("2026-10-13T22:00:00Z", LISTED),
    # What a system writes for none.
    ("31/12/9999", ENROLLED),
    ("01/01/1900", ENROLLED),
    ("00/00/0000", ENROLLED),
    ("NULL", ENROLLED),
    ("\u200b", ENROLLED),
    # Before the entry: of an earlier stay, or of one that never was.
    ("30/06/2026", DOUBT),
]


@pytest.mark.parametrize(("spelled", "decision"), EXITS)
def test_an_exit_of_this_year(spelled: str, decision: tuple[str, str]) -> None:
    rows = [{**THIS_YEAR, "DATE_SORTIE": spelled}]
    assert (
        decided(("scolarite", "2025-2026", [LAST_YEAR]), ("scolarite", "2026-2027", rows))
        == decision
    )


def test_an_entry_after_its_school_year_is_in_doubt() -> None:
    rows = [{**THIS_YEAR, "DATE_ENTREE": "01/09/2062", "DATE_SORTIE": None}]
    assert (
        decided(("scolarite", "2025-2026", [LAST_YEAR]), ("scolarite", "2026-2027", rows)) == DOUBT
    )


BIRTHS = [
    # On 15 October 2026: 16 years old, or not.
    ("06/10/2010", LISTED),
    ("2010-10-06", LISTED),
    ("06/10/2010 00:00:00", LISTED),
    ("6 octobre 2010", LISTED),
    ("2010-10-20T00:00:00", ("hors_champ", "age_moins_16")),
    # 3 April or 4 March; 3 December or 12 March: never listed, where one reading is under 16.
    ("4/3/2010 12:00:00 AM", LISTED),
    ("12/3/2010 12:00:00 AM", ("hors_champ", "age_moins_16")),
    # An unknown day is the youngest possible, as ever.
    ("00/00/2010", ("hors_champ", "age_moins_16")),
    ("00/05/2010", LISTED),
]


@pytest.mark.parametrize(("spelled", "decision"), BIRTHS)
def test_a_birth(spelled: str, decision: tuple[str, str]) -> None:
    row = {**LAST_YEAR, "DATE_NAISS": spelled}
    assert decided(("scolarite", "2025-2026", [row])) == decision


APPRENTICE = {"DATE_ENTREE_CFA": "01092025", "DATE_DEB_CONT": "01092025", "DATE_RUPT_CONT": None}
AT_CFA = ("en_formation", "apprentissage")

BREAKS = [
    # start of the contract, its break, what is decided
    ("01092025", None, AT_CFA),
    ("01092025", "01032026", LISTED),
    ("01092025", "2026-03-01", LISTED),
    ("01092025", "01092026", AT_CFA),
    # A break before the start belongs to an earlier contract and decides nothing.
    ("01092026", "01032026", AT_CFA),
    ("2026-09-01", "2026-03-01", AT_CFA),
    (None, "01082025", AT_CFA),
    ("01092025", "00000000", AT_CFA),
    ("01092025", "31129999", AT_CFA),
    # In doubt.
    ("01092025", "rompu", DOUBT),
    ("01092026", "rompu", AT_CFA),
    ("01092025", "03/04/26", DOUBT),
    ("03/04/26", "01032026", DOUBT),
]


@pytest.mark.parametrize(("start", "broken", "decision"), BREAKS)
def test_a_contract_of_an_apprentice(
    start: str | None, broken: str | None, decision: tuple[str, str]
) -> None:
    row = {**APPRENTICE, "DATE_DEB_CONT": start, "DATE_RUPT_CONT": broken}
    files = [
        ("apprentissage", year, [r]) for year, r in (("2025-2026", APPRENTICE), ("2026-2027", row))
    ]
    assert decided(*files) == decision
