"""What a rectified value may be, column by column."""

import pytest

from siei_match.reference.contracts import declaration
from siei_match.retention.values import READERS, RectificationError, read_value


@pytest.mark.parametrize(
    ("colonne", "texte", "value"),
    [
        ("nom_naissance", "  LE  GUELVOUIT ", "LE GUELVOUIT"),
        ("prenoms", "Zoé, Anne", "Zoé, Anne"),
        ("nom_usage", "", None),
        ("sexe", "f", "F"),
        ("date_naissance", "14/03/2009", "2009-03-14"),
        ("date_naissance", "2009-03-14", "2009-03-14"),
        ("date_naissance", "2009-3", "2009-03"),
        ("date_naissance", "2009", "2009"),
        ("code_postal", "01500", "01500"),
        ("commune", "76351", "76351"),
        ("commune", "Le Havre 76600", "76351"),
        ("commune", "LE HAVRE (76600)", "76351"),
        ("commune", "75111", "75056"),
        ("telephones", "0639980123, +32 470 00 00 00", "06 39 98 01 23, +32470000000"),
        ("telephones", "06 39 98 01 23,0639980123", "06 39 98 01 23"),
        ("telephones", " ", None),
        ("courriel", "Zoe.Fictive@Exemple.invalid", "zoe.fictive@exemple.invalid"),
        ("responsable_telephone", "05.36.49.00.12", "05 36 49 00 12"),
    ],
)
def test_values_are_kept_as_lists_show_them(colonne: str, texte: str, value: str | None) -> None:
    assert read_value(colonne, texte) == value


@pytest.mark.parametrize(
    ("colonne", "texte"),
    [
        ("nom_naissance", ""), ("nom_naissance", "---"), ("nom_naissance", "A\x00B"), ("nom_naissance", "X" * 201),
        ("prenoms", " "), ("sexe", "X"), ("date_naissance", ""), ("date_naissance", "31/02/2009"),
        ("date_naissance", "14/03/09"), ("date_naissance", "hier"), ("date_naissance", "1899-01-01"),
        ("date_naissance", "2009-03-14-01"), ("code_postal", "1500"), ("code_postal", "2A000"),
        ("commune", "99999"), ("commune", "Nulle Part"), ("commune", ""), ("telephones", "12"),
        ("telephones", "0639980123,"), ("courriel", "zoe"), ("responsable_telephone", "0639980123,0639980124"),
        ("ine", "123456789AB"), ("age", "17"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_without_being_repeated(colonne: str, texte: str) -> None:
    with pytest.raises(RectificationError) as told:
        read_value(colonne, texte)
    assert len(texte.strip()) < 3 or texte not in told.value.what
    assert told.value.remedy


def test_the_columns_are_those_that_the_table_declares_and_the_lists_have() -> None:
    (colonne,) = (f for f in declaration("tables/rectifications").fields if f["name"] == "colonne")
    assert list(READERS) == colonne["constraints"]["enum"]
    liste = declaration("tables/liste").columns
    assert [name for name in liste if name in READERS] == list(READERS)
