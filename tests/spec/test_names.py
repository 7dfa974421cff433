"""How a name is read before it is compared. Read the tables: they are the manual."""

import polars as pl
import pytest

from siei_match.stages.normalise.columns import ProviderColumns
from siei_match.stages.normalise.names import normalise_identity, normalise_names

NAMES = """
    as written               | as compared
    -------------------------+--------------------------
    Dupont                   | DUPONT
    DUPONT                   | DUPONT
    Lefèvre                  | LEFEVRE
    Muñoz                    | MUNOZ
    Čapek                    | CAPEK
    Nguyễn                   | NGUYEN
    Le Cœur                  | LE COEUR
    Æbischer                 | AEBISCHER
    Groß                     | GROSS
    Sørensen                 | SORENSEN
    Łukasz                   | LUKASZ
    Đorđević                 | DORDEVIC
    İlhan                    | ILHAN
    Jean-Pierre              | JEAN PIERRE
    Jean–Pierre              | JEAN PIERRE
    Jean   Pierre            | JEAN PIERRE
    D'Artagnan               | D ARTAGNAN
    D’Artagnan               | D ARTAGNAN
    de La Tour du Pin        | DE LA TOUR DU PIN
    EL-MEHDI                 | EL MEHDI
    St-Martin                | SAINT MARTIN
    Ste Marie                | SAINTE MARIE
    Stéphane                 | STEPHANE
    Martin dit Legrand       | MARTIN
    Martin dite La Belle     | MARTIN
    Dit                      | DIT
    Ditte                    | DITTE
    Martin2                  | MARTIN
    M.A.R.T.I.N              | M A R T I N
    (Martin)                 | MARTIN
    Щукин                    | SHCHUKIN
    Παπαδόπουλος             | PAPADOPOYLOS
    陈伟                     | CHENWEI
    INCONNU                  | -
    Non renseigné            | -
    SNP                      | -
    Sans prénom              | -
    X                        | -
    XXX                      | -
    .                        | -
    -                        | -
    123                      | -
"""


def rows(table: str) -> list[tuple[str, str | None]]:
    lines = [line.split(" | ") for line in table.strip().splitlines() if " | " in line][1:]
    return [
        (left.strip(), None if right.strip() == "-" else right.strip()) for left, right in lines
    ]


@pytest.mark.parametrize(("written", "compared"), rows(NAMES))
def test_names(written: str, compared: str | None) -> None:
    assert normalise_names(pl.Series([written])).to_list() == [compared]


def test_absent_stays_absent_and_empty_is_absent() -> None:
    nothing = pl.Series([None, "", " ", "\u200b", "\x00"], dtype=pl.String)
    assert normalise_names(nothing).null_count() == len(nothing)


def test_invisible_characters_do_not_cut_a_name() -> None:
    """A soft hyphen, a zero-width space, a byte-order mark: pasted from a web page."""
    written = pl.Series(["Mar\u00adtin", "Mar\u200btin", "\ufeffMartin", "Mar\ttin"])
    assert normalise_names(written).to_list() == ["MARTIN", "MARTIN", "MARTIN", "MAR TIN"]


COLONNES = ProviderColumns(
    nom_naissance="nom", nom_usage="usage", prenoms=("p1", "p2", "p3"), sexe="sexe"
)
IDENTITIES = [
    # name of birth, of usage, first names          → birth, usage, first names
    (("Durand", "Durand", "Léa", None, None), ("DURAND", None, "LEA", None, None)),
    (("Durand", "DURAND ", "Léa", None, None), ("DURAND", None, "LEA", None, None)),
    (("Durand", "Petit", "Léa", None, None), ("DURAND", "PETIT", "LEA", None, None)),
    ((None, "Petit", "Léa", None, None), (None, "PETIT", "LEA", None, None)),
    (("X", "Petit", "Léa", None, None), (None, "PETIT", "LEA", None, None)),
    # One field, a comma between first names: several.
    (("Durand", None, "Léa, Anne", None, None), ("DURAND", None, "LEA", "ANNE", None)),
    (("Durand", None, "Léa,Anne,Zoé", None, None), ("DURAND", None, "LEA", "ANNE", "ZOE")),
    # One field, a space: one compound first name, as JEAN PIERRE may be.
    (("Durand", None, "Jean Pierre", None, None), ("DURAND", None, "JEAN PIERRE", None, None)),
    # The other fields are filled: a comma is only a sign.
    (("Durand", None, "Léa, Anne", "Zoé", None), ("DURAND", None, "LEA ANNE", "ZOE", None)),
]


@pytest.mark.parametrize(("written", "compared"), IDENTITIES)
def test_identities(written: tuple[str | None, ...], compared: tuple[str | None, ...]) -> None:
    columns = ["nom", "usage", "p1", "p2", "p3"]
    frame = pl.DataFrame([written], dict.fromkeys(columns, pl.String), orient="row")
    assert normalise_identity(frame, COLONNES).row(0) == compared
