"""The kinds of a declaration, each as a table: two values, and the level that they reach."""

import tomllib
from typing import Any

import polars as pl
import pytest

from siei_match.reference.errors import ContractError
from siei_match.stages.link import read_rows
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.compare.kinds.stays import stays
from siei_match.stages.link.declared.kinds import FORMS
from siei_match.stages.link.declared.spec import Spec, build_spec
from siei_match.stages.link.declared.traits import TraitSpec
from siei_match.stages.link.records.records import build_fiches

DECLARED = """
sources = ["one", "other"]
[traits.compared]
genre = "{kind}"
{keys}
"""


def declared(kind: str, keys: str) -> Spec:
    return build_spec(tomllib.loads(DECLARED.format(kind=kind, keys=keys)))


def level(spec: Spec, left: tuple[Any, ...], right: tuple[Any, ...]) -> str:
    """Return the level that two rows reach in the one trait of a declaration."""
    columns = list(spec.file.dates) or list(spec.columns)
    files = {
        source: pl.DataFrame([row], schema=dict.fromkeys(columns, pl.String), orient="row")
        for source, row in (("one", left), ("other", right))
    }
    fiches = build_fiches(read_rows(files, spec), spec)
    compared = Comparator(fiches, stays(fiches, None)).compare(pl.DataFrame({"a": [0], "b": [1]}))
    (trait,) = spec.traits
    return ("absent", *trait.levels)[compared[trait.name].item()]


AGE = 'colonnes = ["age"]\necarts = [2]'
STEPS = 'colonnes = ["income"]\necarts = [10, 100]'
POSTCODE = 'colonnes = ["postcode"]'
OUTWARD = 'colonnes = ["postcode"]\nprefixes = [4, 2]'
NAME = 'colonnes = ["name"]'
MIDDLE = 'colonnes = ["middle"]'
NICKNAMES = 'colonnes = ["first"]\nsurnoms = [["Robert", "Bob", "Bobby"], ["Élisabeth", "Betty"], ["Bettina", "Betty"]]'
HOME = 'parties = { numero = "n", rue = "street", localite = "town", code_postal = "postcode" }'
STREET = 'parties = { rue = "street", code_postal = "postcode" }'
PHONES = 'colonnes = ["phones"]\nseparateur = ";"'
TWO_PHONES = 'colonnes = ["home", "mobile"]'
TWO_TEXTS = 'colonnes = ["line1", "line2"]'
THREE = 'colonnes = ["by", "bm", "bd"]'


@pytest.mark.parametrize(
    ("kind", "keys", "left", "right", "expected"),
    [
        # A number or an age, give or take `ecarts`.
        ("nombre", AGE, ("41",), ("41.0",), "egal"),
        ("nombre", AGE, ("41",), ("43",), "proche"),
        ("nombre", AGE, ("41",), ("38",), "different"),
        ("nombre", AGE, ("41",), ("forty",), "absent"),
        ("nombre", STEPS, ("1000",), ("1 009",), "absent"),
        ("nombre", STEPS, ("1000",), ("1009,5",), "proche"),
        ("nombre", STEPS, ("1000",), ("910",), "lointain"),
        # A postcode: a slip, then its first characters; overseas a département has three.
        ("code_postal", POSTCODE, ("44000",), ("44000",), "egal"),
        ("code_postal", POSTCODE, ("44000",), ("49000",), "voisin"),
        ("code_postal", POSTCODE, ("44000",), ("44080",), "voisin"),
        ("code_postal", POSTCODE, ("44000",), ("44012",), "secteur"),
        ("code_postal", POSTCODE, ("44000",), ("44350",), "departement"),
        ("code_postal", POSTCODE, ("97100",), ("97433",), "different"),
        ("code_postal", POSTCODE, ("44000",), ("",), "absent"),
        ("code_postal", OUTWARD, ("SW1A 1AA",), ("sw1a 2bb",), "secteur"),
        ("code_postal", OUTWARD, ("SW1A 1AA",), ("SW9 6PP",), "departement"),
        # A full name: its words in any order, cut otherwise, with initials, with slips.
        ("nom_complet", NAME, ("Jean MARTIN",), ("Martin, Jean",), "egal"),
        ("nom_complet", NAME, ("Inès DE LA CRUZ",), ("Inès DELACRUZ",), "egal"),
        ("nom_complet", NAME, ("Jean Paul MARTIN",), ("MARTIN Jean",), "partie"),
        ("nom_complet", NAME, ("J. MARTIN",), ("Jean MARTIN",), "initiales"),
        ("nom_complet", NAME, ("Jean MARTIN",), ("Jaen MARTIN",), "proche"),
        ("nom_complet", NAME, ("Jean MARTIN",), ("Jean MARTEN",), "proche"),
        ("nom_complet", NAME, ("Jean MARTIN",), ("Lucie MARTIN",), "un_mot"),
        ("nom_complet", NAME, ("MARTIN",), ("Jean MARTIN",), "un_mot"),
        ("nom_complet", NAME, ("Jean MARTIN",), ("Lucie QUEMENER",), "different"),
        ("nom_complet", NAME, ("Jean MARTIN",), ("J. QUEMENER",), "different"),
        ("nom_complet", NAME, ("Jean MARTIN",), (None,), "absent"),
        # An initial agrees with each name that begins so, and with itself.
        ("initiale", MIDDLE, ("Paul",), ("PAUL",), "egal"),
        ("initiale", MIDDLE, ("P.",), ("Paul",), "initiale"),
        ("initiale", MIDDLE, ("P",), ("p",), "initiale"),
        ("initiale", MIDDLE, ("Paul",), ("Pierre",), "different"),
        ("initiale", MIDDLE, ("P",), ("J",), "different"),
        ("initiale", MIDDLE, ("P",), ("",), "absent"),
        # Nicknames: one group, whichever of it; a nickname may be of two.
        ("prenoms", NICKNAMES, ("Robert",), ("Bob",), "surnom"),
        ("prenoms", NICKNAMES, ("Bobby",), ("Bob",), "surnom"),
        ("prenoms", NICKNAMES, ("Elisabeth",), ("Betty",), "surnom"),
        ("prenoms", NICKNAMES, ("Bettina",), ("Betty",), "surnom"),
        ("prenoms", NICKNAMES, ("Bob",), ("Betty",), "different"),
        ("prenoms", NICKNAMES, ("Robert",), ("Robert",), "egal"),
        # An address is one fact: number, street, place and postcode.
        ("domicile", HOME, ("3", "rue du Puits", "Vire", "14500"), ("3", "RUE DU PUITS", "Vire", "14500"), "egal"),
        ("domicile", HOME, ("3", "rue du Puits", "Vire", "14500"), ("", "rue du Puits", "Vire", "14500"), "proche"),
        ("domicile", HOME, ("3", "rue du Puits", "Vire", "14500"), ("3", "rue du Puit", "Vire", "14501"), "proche"),
        ("domicile", HOME, ("3", "rue du Puits", "Vire", "14500"), ("9", "rue du Puits", "Vire", "14500"), "rue"),
        ("domicile", HOME, ("3", "rue du Puits", "Vire", "14500"), ("3", "rue du Puits", "Brest", "29200"), "rue"),
        ("domicile", HOME, ("3", "rue du Puits", "Vire", "14500"), ("1", "avenue Foch", "Vire", ""), "localite"),
        ("domicile", HOME, ("3", "rue du Puits", "Vire", "14500"), ("1", "avenue Foch", "Caen", "14000"), "departement"),
        ("domicile", HOME, ("3", "rue du Puits", "Vire", "14500"), ("1", "avenue Foch", "Brest", "29200"), "different"),
        ("domicile", HOME, ("3", "rue du Puits", "Vire", "14500"), ("3", "", "", ""), "absent"),
        ("domicile", STREET, ("3 rue du Puits", "14500"), ("3 rue du Puits", "14500"), "egal"),
        ("domicile", STREET, ("3 rue du Puits", "14500"), ("", "14500"), "localite"),
        # A set of values in a text, or in several columns.
        ("ensemble", PHONES, ("0612345678; 02 40 00 00 01",), ("06 12 34 56 78",), "egal"),
        ("ensemble", PHONES, ("0612345678;0240000001",), ("0240000002",), "different"),
        ("ensemble", PHONES, ("0612345678;0240000001",), (" ; ",), "absent"),
        ("ensemble", TWO_PHONES, ("0240000001", "0612345678"), ("0612345678", ""), "egal"),
        ("ensemble", 'colonnes = ["mail"]', ("a@x.fr",), ("A@X.FR",), "egal"),
        # Several columns of a text are read as one.
        ("texte", TWO_TEXTS, ("Bât B", "12 rue Foch"), ("", "Bât B 12 rue Foch"), "egal"),
        ("texte", TWO_TEXTS, ("Bât B", "12 rue Foch"), ("Bât B", "avenue du Puits"), "different"),
        # A date in three columns of text; only numbers that stand for parts.
        ("date", THREE, ("1990", "2", "03"), ("1990", "02", "3"), "egal"),
        ("date", THREE, ("1990", "2", "3"), ("1990", "3", "2"), "inversion"),
        ("date", THREE, ("1990", "2", "3"), ("1990", "2", ""), "partiel"),
        ("date", THREE, ("1990", "2", "3"), ("1971", "11", "23"), "different"),
    ],
)  # fmt: skip
def test_two_values_reach_a_level(
    kind: str, keys: str, left: tuple[Any, ...], right: tuple[Any, ...], expected: str
) -> None:
    spec = declared(kind, keys)
    assert level(spec, left, right) == expected
    assert level(spec, right, left) == expected, "whichever side is first"


@pytest.mark.parametrize(
    ("form", "left", "right"),
    [
        ("AAAA-MM-JJ", "1990-02-03", "1990-02-03 00:00:00"),
        ("JJ/MM/AAAA", "03/02/1990", "3/2/1990"),
        ("MM/JJ/AAAA", "02/03/1990", "2/3/1990"),
        ("JJ.MM.AAAA", "03.02.1990", "3.2.1990"),
        ("AAAAMMJJ", "19900203", " 19900203"),
        ("MMJJAAAA", "02031990", "02031990"),
    ],
)
def test_a_date_is_written_in_any_order(form: str, left: str, right: str) -> None:
    keys = f'colonnes = ["y", "m", "d"]\n[dates.born]\ncolonnes = ["y", "m", "d"]\nforme = "{form}"'
    spec = declared("date", keys)
    rows = read_rows(
        {s: pl.DataFrame({"born": [v]}) for s, v in (("one", left), ("other", right))}, spec
    )
    assert rows.select("y", "m", "d").rows() == [(1990, 2, 3)] * 2
    assert level(spec, (left,), (right,)) == "egal"


@pytest.mark.parametrize(
    ("keys", "column"),
    [('colonnes = ["bd", "bm", "by"]', "bd"), ('colonnes = ["by", "bd", "bm"]', "bd")],
)
def test_columns_of_a_date_in_another_order_are_refused(keys: str, column: str) -> None:
    file = pl.DataFrame({"by": ["1990"] * 40, "bm": ["2"] * 40, "bd": ["23"] * 40})
    with pytest.raises(ContractError, match=f"{column} is declared as a .*40 of its 40"):
        read_rows({"one": file, "other": file}, declared("date", keys))


def test_a_date_of_another_form_is_refused() -> None:
    keys = (
        'colonnes = ["y", "m", "d"]\n[dates.born]\ncolonnes = ["y", "m", "d"]\nforme = "JJMMAAAA"'
    )
    file = pl.DataFrame({"born": ["19900203"] * 40})
    with pytest.raises(ContractError, match="declared as a year, and 40 of its 40"):
        read_rows({"one": file, "other": file}, declared("date", keys))


def test_parts_of_a_date_that_are_texts_are_refused_where_rows_are_one_s_own() -> None:
    spec = declared("date", THREE)
    rows = pl.DataFrame({"rid": [0], "extrait": ["one"], "by": ["1990"], "bm": ["2"], "bd": ["3"]})
    with pytest.raises(ContractError, match=r"by is compared as a whole number.*read_rows"):
        build_fiches(rows, spec)


def test_names_in_other_letters_are_not_taken_for_absent() -> None:
    file = pl.DataFrame({"name": ["Анна Иванова"] * 40})
    with pytest.raises(ContractError, match=r"text of Latin letters.*40 of its 40.*transliterate"):
        read_rows({"one": file, "other": file}, declared("nom_complet", NAME))


def test_rows_of_another_declaration_are_refused() -> None:
    spec = declared("code", 'colonnes = ["code"]')
    rows = pl.DataFrame({"rid": [0], "extrait": ["oen"], "code": ["1"]})
    with pytest.raises(ContractError, match="no source oen, the nearest is one"):
        build_fiches(rows, spec)
    with pytest.raises(ContractError, match=r"lack code: .*the nearest is codes"):
        build_fiches(rows.rename({"code": "codes"}), spec)


def test_every_kind_has_levels_that_sum_to_one_whatever_is_asked() -> None:
    for kind, form in FORMS.items():
        columns = [f"c{k}" for k in range(max(1, form.columns[0]) if form.columns[1] else 0)]
        raw: dict[str, Any] = {"genre": kind, "colonnes": columns}
        if kind == "domicile":
            raw = {"genre": kind, "parties": {"rue": "a", "code_postal": "b"}}
        for asked in ({}, {key: _asked(key) for key in form.asked.values()}):
            trait = TraitSpec.model_validate(raw | asked)
            assert sum(level.m for level in trait.levels.values()) == pytest.approx(1)
            assert sum(level.u for level in trait.levels.values()) == pytest.approx(1)
            assert set(trait.levels) == {
                level
                for level in form.levels
                if level not in form.named and (not form.asked.get(level) or asked)
            }


def _asked(key: str) -> Any:
    return {"ecarts": [1, 5], "surnoms": [["BOB", "ROBERT"]]}.get(key, "x")


def test_levels_left_out_share_what_is_left() -> None:
    spec = declared(
        "code", 'colonnes = ["c"]\nniveaux.egal = { m = 0.8, u = 0.1, frequence = true }'
    )
    (trait,) = spec.traits
    assert trait.m == pytest.approx((0.8, 0.1, 0.1)), "0.05 and 0.05 of the kind, as much each"
    assert sum(trait.u) == pytest.approx(1)
    assert trait.frequent == (1,)
