"""Telephones, e-mails and addresses as they are compared."""

from itertools import product

import polars as pl
import pytest

from siei_match.stages.normalise.addresses import choose_street, normalise_addresses
from siei_match.stages.normalise.contacts import (
    gather,
    normalise_mails,
    normalise_phones,
    read_phones,
    show_phones,
)

PHONES = [
    # as written            as compared        as a list shows it
    ("06 12 34 56 79", "+33612345679", "06 12 34 56 79"),
    ("06.12.34.56.79", "+33612345679", "06 12 34 56 79"),
    ("+33 (0)6 12 34 56 79", "+33612345679", "06 12 34 56 79"),
    ("0033612345679", "+33612345679", "06 12 34 56 79"),
    ("33612345679", "+33612345679", "06 12 34 56 79"),
    ("612345679", "+33612345679", "06 12 34 56 79"),  # a spreadsheet ate the zero
    ("0692 11 22 33", "+262692112233", "06 92 11 22 33"),  # La Réunion, however written
    ("+262 692 11 22 33", "+262692112233", "06 92 11 22 33"),
    ("+33 692 11 22 33", "+262692112233", "06 92 11 22 33"),
    ("0639 11 22 33", "+262639112233", "06 39 11 22 33"),  # Mayotte
    ("0590 41 22 33", "+590590412233", "05 90 41 22 33"),
    ("0694 41 22 33", "+594694412233", "06 94 41 22 33"),
    ("0596 41 22 33", "+596596412233", "05 96 41 22 33"),
    ("+508 41 12 34", "+508508411234", "05 08 41 12 34"),
    ("+32 475 12 34 56", "+32475123456", "+32475123456"),  # abroad
    ("+687 12 34 56", "+687123456", "+687123456"),  # Nouvelle-Calédonie
    ("0000000000", None, None),  # typed to get past a compulsory field: no evidence, yet shown
    ("0600000000", None, "06 00 00 00 00"),
    ("0666666666", None, "06 66 66 66 66"),
    ("0123456789", None, "01 23 45 67 89"),
    ("0612345678", None, "06 12 34 56 78"),
    ("0102030405", None, "01 02 03 04 05"),
    ("0800 123 123", None, "08 00 12 31 23"),  # a service
    ("+33 800 123 123", None, "08 00 12 31 23"),
    ("06 12 34", None, None),
    ("voir avec la mère", None, None),
    ("", None, None),
]


@pytest.mark.parametrize(("ecrit", "compare", "montre"), PHONES)
def test_phones(ecrit: str, compare: str | None, montre: str | None) -> None:
    read = read_phones(pl.Series([ecrit]))
    assert normalise_phones(pl.Series([ecrit])).to_list() == [compare]
    assert show_phones(read).to_list() == [montre]
    assert read_phones(show_phones(read)).to_list() == read.to_list()
    assert normalise_phones(show_phones(read)).to_list() == [compare]


MAILS = [
    (" Jean.Dupont@Exemple.FR ", "jean.dupont@exemple.fr"),
    ("mailto:a@exemple.fr", "a@exemple.fr"),
    ("a@exemple", None),
    ("a.exemple.fr", None),
    ("a@@exemple.fr", None),
    ("néant", None),
]


@pytest.mark.parametrize(("ecrit", "compare"), MAILS)
def test_mails(ecrit: str, compare: str | None) -> None:
    assert normalise_mails(pl.Series([ecrit])).to_list() == [compare]


ADDRESSES = [
    ("12 rue de l'Église", "12 RUE DE L EGLISE"),
    ("12, R. de l'Eglise", "12 RUE DE L EGLISE"),
    ("012 R DE L EGLISE", "12 RUE DE L EGLISE"),
    ("12B av. du Gal-Leclerc", "12 BIS AVENUE DU GENERAL LECLERC"),
    ("12 bis AVE DU GENERAL LECLERC", "12 BIS AVENUE DU GENERAL LECLERC"),
    ("5 T RTE DE LYON", "5 TER ROUTE DE LYON"),
    ("3A chemin Vert", "3 A CHEMIN VERT"),
    ("12/14 bld Foch", "12 BOULEVARD FOCH"),
    ("8 pl. St-Jean, Apt 12", "8 PLACE SAINT JEAN"),
    ("Bât. C, 8 PLACE SAINT JEAN", "8 PLACE SAINT JEAN"),
    ("8 PLACE SAINT JEAN ESC 2 3E ETAGE PORTE 31", "8 PLACE SAINT JEAN"),
    ("8 PLACE SAINT JEAN BP 123", "8 PLACE SAINT JEAN"),
    ("4 avenue de la Porte d'Orléans", "4 AVENUE DE LA PORTE D ORLEANS"),
    ("LD Kerbras", "LIEU DIT KERBRAS"),
    ("Rés. les Lilas", "RESIDENCE LES LILAS"),
    ("Apt 3", None),
    ("CEDEX", None),
    ("...", None),
]


@pytest.mark.parametrize(("ecrit", "compare"), ADDRESSES)
def test_addresses(ecrit: str, compare: str | None) -> None:
    assert normalise_addresses(pl.Series([ecrit])).to_list() == [compare]


STREETS = [
    (("RESIDENCE LES LILAS", "12 RUE VERTE"), "12 RUE VERTE"),
    (("12 RUE VERTE", "RESIDENCE LES LILAS"), "12 RUE VERTE"),
    (("12 RUE VERTE", "14 RUE BLEUE"), "12 RUE VERTE"),
    ((None, "12 RUE VERTE"), "12 RUE VERTE"),
    (("KERBRAS", "LA FORET"), "KERBRAS LA FORET"),
    (("KERBRAS", None), "KERBRAS"),
    ((None, None), None),
]


@pytest.mark.parametrize(("lignes", "voie"), STREETS)
def test_the_line_that_holds_the_street(lignes: tuple[str | None, ...], voie: str | None) -> None:
    frame = pl.DataFrame([lignes], {"l1": pl.String, "l2": pl.String}, orient="row")
    assert choose_street(frame).to_list() == [voie]


def test_gathered_values_are_sorted_distinct_and_absent_when_none() -> None:
    """All 256 rows of four columns over nothing and three values, against Python's own sets."""
    combinations = list(product([None, "a", "b", "c"], repeat=4))
    frame = pl.DataFrame(combinations, dict.fromkeys("wxyz", pl.String), orient="row")
    expected = [sorted({value for value in row if value}) or None for row in combinations]
    assert gather(frame, frame.height).to_list() == expected
