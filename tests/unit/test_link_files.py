"""Files of a declared data set that call things otherwise: columns by source, unknown values, forms of dates."""

import copy
import logging
import re
from typing import Any

import polars as pl
import pytest

from siei_match.reference.errors import ContractError, SettingsError
from siei_match.stages.link import link, read_rows
from siei_match.stages.link.declared.spec import build_spec

RAW: dict[str, Any] = {
    "sources": ["census", "tax"],
    "population": 1_000,
    "dates": {
        "born": {
            "colonnes": ["year", "month", "day"],
            "forme": {"census": "MM/JJ/AAAA", "tax": "AAAAMMJJ"},
        }
    },
    "colonnes": {"tax": {"name": "taxpayer", "street": "mailing_street", "phones": False}},
    "inconnus": {"name": "none|lady of.*", "phones": "0+"},
    "traits": {
        "name": {"genre": "noms", "colonnes": ["name"]},
        "birth": {"genre": "date", "colonnes": ["year", "month", "day"]},
        "street": {"genre": "texte", "colonnes": ["street"]},
        "phones": {"genre": "ensemble", "colonnes": ["phones"], "separateur": ","},
    },
    "blocs": {"passes": [{"nom": "birth", "cle": ["year", "month", "day"]}]},
}
CENSUS = pl.DataFrame(
    {
        "name": ["Kofron", " NONE ", "Lady Of House", "Nonet"],
        "born": ["05/06/1994", "11/03/1943", "1/2/1990", None],
        "street": ["145th st", "mallory ln", None, "dombey dr"],
        "phones": ["000,12", "000", None, "13"],
    }
)
TAX = pl.DataFrame(
    {"taxpayer": ["Kofron"], "born": ["19940506"], "mailing_street": ["145th st"], "wages": ["1"]}
)


def changed(**keys: Any) -> dict[str, Any]:
    return copy.deepcopy(RAW) | keys


def test_each_source_is_read_by_its_own_names_and_forms() -> None:
    rows = read_rows({"census": CENSUS, "tax": TAX}, build_spec(RAW))
    assert rows.select("name", "year", "month", "day", "street").rows() == [
        ("KOFRON", 1994, 5, 6, "145TH ST"),
        (None, 1943, 11, 3, "MALLORY LN"),
        (None, 1990, 1, 2, None),
        ("NONET", None, None, None, "DOMBEY DR"),
        ("KOFRON", 1994, 5, 6, "145TH ST"),
    ]
    # Of a text cut into values, the whole text is the value that may say nothing.
    assert rows["phones"].to_list() == [["000", "12"], [], [], ["13"], []]


def test_they_link() -> None:
    spec = build_spec(RAW)
    found = link(read_rows({"census": CENSUS, "tax": TAX}, spec), spec=spec)
    assert found.groupes["personne"].n_unique() == 4
    assert found.groupes["personne"][0] == found.groupes["personne"][4]


def test_of_a_list_each_value_may_say_nothing() -> None:
    lists = CENSUS.with_columns(phones=pl.Series([["000", "12"], ["0"], None, []]))
    rows = read_rows({"census": lists, "tax": TAX}, build_spec(RAW))
    assert rows["phones"].to_list() == [["12"], [], None, [], []]


def test_values_that_say_nothing_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    files = {"census": CENSUS, "tax": TAX}
    heard: list[str] = []
    read_rows(files, build_spec(RAW), heard.append)
    assert heard == [
        "census: 2 of 4 values of name say nothing",
        "census: 1 of 3 values of phones say nothing",
        "tax: 0 of 1 values of name say nothing",
        "tax: 0 of 0 values of phones say nothing",
    ]
    with caplog.at_level(logging.INFO):
        read_rows(files, build_spec(RAW))
    assert heard[0] in caplog.text


@pytest.mark.parametrize(("count", "refused"), [(19, False), (20, True)])
def test_a_column_of_which_nothing_would_be_left_is_refused(count: int, refused: bool) -> None:
    many = pl.concat([CENSUS.head(1)] * count)
    files = {"census": many, "tax": TAX.head(0)}
    spec = build_spec(changed(inconnus={"name": ".*"}))
    if not refused:
        assert read_rows(files, spec)["name"].null_count() == count
        return
    with pytest.raises(ContractError, match="takes all 20 values of name for unknown"):
        read_rows(files, spec)


def test_a_year_of_which_figures_are_lost_is_unknown() -> None:
    """20o2 is no year 20; a thirteenth month may be a slip of one figure, and is kept."""
    spoilt = CENSUS.with_columns(born=pl.Series(["05/06/19o4", "13/03/1943", "0z/02/1990", None]))
    rows = read_rows({"census": spoilt, "tax": TAX.head(0)}, build_spec(RAW))
    assert rows.select("year", "month").rows() == [(None, 5), (1943, 13), (1990, 0), (None, None)]


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (TAX.rename({"taxpayer": "name"}), "tax: columns ['taxpayer'] of the declaration are missing"),
        (TAX.with_columns(phones=pl.lit("12")), "says that it has no columns ['phones'], and it has"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_as_declared_is_refused(frame: pl.DataFrame, said: str) -> None:
    with pytest.raises(ContractError, match=re.escape(said)):
        read_rows({"census": CENSUS, "tax": frame}, build_spec(RAW))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"colonnes": {"taxes": {"name": "x"}}}, "at colonnes.taxes: there is no source taxes, the nearest is tax"),
        ({"colonnes": {"tax": {"nam": "x"}}}, "at colonnes.tax.nam: there is no column nam, the nearest is name"),
        ({"colonnes": {"tax": {"year": "x"}}}, "at colonnes.tax.year: there is no column year"),
        ({"colonnes": {"tax": {"name": True}}}, "at colonnes.tax.name"),
        ({"inconnus": {"nam": "x"}}, "at inconnus.nam: there is no column nam, the nearest is name"),
        ({"inconnus": {"name": "("}}, "at inconnus.name: no regular expression"),
        ({"dates": {"born": {"colonnes": ["year", "month", "day"], "forme": {"census": "JJ/MM/AAAA"}}}},
         "at dates.born.forme: the form of tax is expected too, or born = false in colonnes.tax"),
        ({"dates": {"born": {"colonnes": ["year", "month", "day"], "forme": {"census": "DD/MM/YYYY"}}}},
         "AAAA, MM and JJ are expected once each"),
        ({"dates": {"born": {"colonnes": ["year", "month", "day"], "forme": 3}}}, "at dates.born.forme: a text, or a table"),
        ({"dates": {"born": {"colonnes": ["year", "month", "day"],
                             "forme": {"census": "JJ/MM/AAAA", "tax": "AAAAMMJJ", "wic": "AAAAMMJJ"}}}},
         "at dates.born.forme.wic: there is no source wic"),
    ],
)  # fmt: skip
def test_what_leads_nowhere_is_told(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)):
        build_spec(changed(**keys))


def test_a_source_without_a_date_needs_no_form_of_it() -> None:
    keys = {
        "dates": {"born": {"colonnes": ["year", "month", "day"], "forme": {"census": "MM/JJ/AAAA"}}},
        "colonnes": {"tax": RAW["colonnes"]["tax"] | {"born": False}},
    }  # fmt: skip
    rows = read_rows({"census": CENSUS, "tax": TAX.drop("born")}, build_spec(changed(**keys)))
    assert rows["year"].to_list() == [1994, 1943, 1990, None, None]
