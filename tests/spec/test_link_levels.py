"""The levels of comparison, by example: two rows, one trait that differs, the level reached."""

import polars as pl
import pytest

from siei_match.reference.contracts import declaration
from siei_match.reference.vocabulary import SCOLARITE
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.compare.kinds.stays import stays
from siei_match.stages.link.declared.spec import siei
from siei_match.stages.link.records.records import build_fiches

SOMEBODY = {
    "extrait": SCOLARITE,
    "fichier": "f.csv",
    "ine": "123456789AB",
    "nom_naissance": "QUEMENER",
    "prenom1": "NOLWENN",
    "sexe": "F",
    "naissance_annee": 2009,
    "naissance_mois": 3,
    "naissance_jour": 14,
    "naissance_lieu": "29019",
    "telephones": ["+33612345678"],
    "courriels": ["n@exemple.fr"],
    "adresse": "12 RUE DES LILAS",
    "commune": "29019",
}


def level(trait: str, left: dict[str, object], right: dict[str, object]) -> str:
    schema = declaration("tables/traits").polars_schema
    people = [{**SOMEBODY, **p} for p in (left, right)]
    rows = [{**p, "rid": i, "ligne": i + 1} for i, p in enumerate(people)]
    traits = pl.DataFrame(rows, schema=schema)
    fiches = build_fiches(traits)
    comparator = Comparator(
        fiches, stays(fiches, pl.DataFrame(schema=declaration("tables/parcours").polars_schema))
    )
    numbers = fiches.lignes.sort("rid")["fiche"]
    pair = pl.DataFrame(
        {"a": [numbers[0]], "b": [numbers[1]]}, schema={"a": pl.UInt32, "b": pl.UInt32}
    )
    reached = comparator.compare(pair)[trait].item()
    return "absent" if reached == 0 else siei().by_name[trait].levels[reached - 1]


NOMS = [
    ("MARTIN", "MARTIN", "egal"),
    ("DE LA CRUZ", "DELACRUZ", "egal"),
    ("LE GOFF", "GOFF", "egal"),
    ("MARTIN LOPEZ", "LOPEZ", "partie"),
    ("MARTIN LOPEZ", "LOPEZ MARTIN", "partie"),
    ("QUEMENER", "QUEMENEUR", "proche"),
    ("QUEMENER", "KEMENER", "lointain"),
    ("BAH", "BAT", "lointain"),
    # A field cut at its first space leaves a particle alone.
    ("DOS", "DOS SANTOS LOPES", "partie"),
    ("AIT", "AIT OUALI CANIONI", "partie"),
    ("DOS", "DO SANTOS LOPES", "different"),
    ("DOS", "DA SILVA", "different"),
    # One word of a compound name, mistyped; two compound names with one in common.
    ("BSASET", "BRIENNE BASSET", "ecorche"),
    ("DUCHON ROTINI", "ROUTINI", "ecorche"),
    ("DESBRUERES MEILLERAIS", "DENISSE DESBRUERES", "ecorche"),
    ("ALI BABA", "ALI CASSIM", "different"),
    # As many slips as a short name holds.
    ("SOOU", "SOW", "ecorche"),
    ("LI", "LY", "ecorche"),
    ("LI", "BA", "different"),
    ("MARTIN", "DUBOIS", "different"),
]
PRENOMS = [
    ("NOLWENN", "NOLWENN", "egal"),
    ("JEAN BAPTISTE", "JEAN", "partie"),
    ("MATHIS", "MATHYS", "entendu"),
    ("RAPHAEL", "RAFAEL", "entendu"),
    ("NOLWENN", "NOLWEN", "entendu"),
    ("NOLWENN", "NOLWENT", "proche"),
    # Two forms of one name: listed, or the one cut short. Of two common names that begin alike: two.
    ("ALEXANDRE", "ALEX", "variante"),
    ("MAMADOU", "MAMAD", "variante"),
    ("ANTOINE", "TOINE", "variante"),
    ("NOEMIE", "NOE", "variante"),
    ("NOLWENN", "NOL", "variante"),
    ("NOLWENN", "NO", "different"),
    ("EVA", "EVAN", "courants"),
    ("ANTOINE", "ALEX", "different"),
    # An initial stands for one word of a compound name.
    ("MAME DIARRA", "M DIARRA", "partie"),
    ("PIERRE JACQUES", "P JACQUES", "partie"),
    ("PIERRE JACQUES", "PIERRE J", "partie"),
    ("MAME DIARRA", "A DIARRA", "different"),
    ("MARIN", "MARINE", "courants"),
    ("HANNA", "ANNA", "courants"),
    ("LUCA", "LUCAS", "courants"),
    ("LEO", "THEO", "different"),
    # A slip in a name of three letters; between two common names, rather two people.
    ("NUR", "NOR", "lointain"),
    ("LEA", "LEO", "courants"),
    ("N", "NOLWENN", "lointain"),
    ("N", "GWENDAL", "different"),
    # Two slips in a short name, one in a shorter; two common names that are so alike are two people's.
    ("AXRL", "AXEEL", "ecorche"),
    ("ZOE", "ZE", "ecorche"),
    ("ZOE", "Z", "lointain"),
    ("LINA", "LOLA", "different"),
    # A compound name cut and mistyped, or cut to an initial and what follows it.
    ("LILY", "LIILY ROSE", "ecorche"),
    ("MARIE", "M LAURENCE", "ecorche"),
    ("MARIE", "N LAURENCE", "different"),
    # Of compound names, the words that differ.
    ("MOHAMED AMINE", "MOHAMED ALI", "different"),
    ("THI NGOC MAI", "THI NGOC LAN", "different"),
    ("MOHAMED AMINE", "MOHAMED AMNE", "proche"),
    ("MARIE CHRISTINE", "MARIE CHRIS", "proche"),
    # One root, two names.
    ("MAXIMIN", "MAXIMILIEN", "courants"),
    ("NOLWENN", "GWENDAL", "different"),
]
DATES = [
    ((2009, 3, 14), (2009, 3, 14), "egal"),
    ((2009, 3, 4), (2009, 4, 3), "inversion"),
    ((2009, 3, 12), (2009, 3, 21), "inversion"),
    ((1983, 3, 14), (1938, 3, 14), "inversion"),
    ((1983, 3, 14), (1938, 3, 15), "different"),
    ((2009, 3, 14), (None, 3, 14), "partiel"),
    ((2009, 3, 14), (None, 3, 15), "different"),
    ((2009, 3, 14), (None, 3, None), "absent"),
    ((2009, 3, 14), (2009, 3, 19), "un_chiffre"),
    ((2009, 3, 14), (2008, 3, 14), "un_chiffre"),
    ((2009, 3, 14), (2009, None, None), "partiel"),
    ((2009, 3, 14), (2009, 3, None), "partiel"),
    # 31 February is no day, and tells no month either (30 and 31 February stand for what nobody knew).
    ((2009, 10, 22), (2009, 2, None), "partiel"),
    ((2009, 2, None), (2009, 2, 14), "partiel"),
    ((2009, 2, None), (2009, 10, None), "partiel"),
    ((2009, 4, None), (2009, 10, 22), "different"),
    ((2008, 10, 22), (2009, 2, None), "different"),
    ((2009, 3, 14), (2008, None, None), "different"),
    ((2009, 3, 14), (2009, 1, 1), "partiel"),
    ((2009, 3, 31), (2009, 4, 1), "un_jour"),
    ((2009, 3, 14), (2009, 3, 27), "deux_elements"),
    # Two wrong digits in two parts; three are no slip.
    ((2009, 3, 14), (2008, 3, 15), "deux_chiffres"),
    ((2009, 3, 14), (2008, 2, 14), "deux_chiffres"),
    ((2009, 3, 14), (2006, 3, 27), "different"),
    ((2009, 3, 14), (2006, 11, 27), "different"),
]


@pytest.mark.parametrize(("left", "right", "expected"), NOMS)
def test_nom(left: str, right: str, expected: str) -> None:
    assert level("nom", {"nom_naissance": left}, {"nom_naissance": right}) == expected


def test_nom_crosses_birth_and_usage() -> None:
    left = {"nom_naissance": "DUBOIS", "nom_usage": "MARTIN"}
    assert level("nom", left, {"nom_naissance": None, "nom_usage": "MARTIN"}) == "egal"


def test_inverted_name_and_first_name_count_once() -> None:
    left = {"nom_naissance": "NOLWENN", "prenom1": "QUEMENER"}
    assert level("nom", left, {}) == "absent"
    assert level("prenom", left, {}) == "inverse"


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        ({"nom_naissance": "NOLWEN", "prenom1": "QUEMENER"}, "inverse_proche"),
        ({"nom_naissance": "NOLWENN", "prenom1": "QUEMENEUR"}, "inverse_proche"),
        ({"nom_naissance": "NOLWENN", "prenom1": "QUEMENER", "nom_usage": "GOFF"}, "inverse"),
        ({"nom_naissance": "NOLWENN", "prenom1": "GWENDAL"}, "different"),
    ],
)
def test_inverted_names_may_be_mistyped(left: dict[str, object], expected: str) -> None:
    right = {"nom_usage": left.get("nom_usage")}
    assert level("prenom", left, right) == expected
    assert level("prenom", right, left) == expected


def test_look_alikes_are_not_inverted() -> None:
    left = {"nom_naissance": "LUCA", "prenom1": "QUEMENER"}
    assert level("prenom", left, {"prenom1": "LUCAS"}) == "different"


@pytest.mark.parametrize(("left", "right", "expected"), PRENOMS)
def test_prenom(left: str, right: str, expected: str) -> None:
    assert level("prenom", {"prenom1": left}, {"prenom1": right}) == expected


def test_a_long_word_is_two_names_where_somebody_writes_it_in_two() -> None:
    apart = {"prenom1": "JEANBAPTISTE", "prenom2": "JEAN BAPTISTE"}
    assert level("prenom", {"prenom1": "JEAN"}, apart) == "partie"
    assert level("prenom", {"prenom1": "JEAN"}, {"prenom1": "JEANBAPTISTE"}) == "variante"


def test_an_email_spells_half_a_surname() -> None:
    left = {"nom_naissance": "LE GOFF", "courriels": ["nolwenn.dubois7@exemple.fr"]}
    assert level("nom", left, {"nom_naissance": "DUBOIS MARTIN"}) == "courriel"
    assert level("nom", left, {"nom_naissance": "MARTIN DUBOIS"}) == "courriel"
    short = {"courriels": ["nolwenn.ben7@exemple.fr"]}
    assert level("nom", {**left, **short}, {"nom_naissance": "BEN DUBOIS"}) == "different"


def test_prenom_in_another_order() -> None:
    assert level("prenom", {"prenom2": "ANAELLE"}, {"prenom1": "ANAELLE"}) == "autre"


@pytest.mark.parametrize(
    ("first", "others", "expected"),
    [
        ("JOSEPPH", ("ACHILLE", "JOSEPH"), "ecorche"),
        ("JEAANNE", ("OPHELIE", "JEANNE"), "ecorche"),
        # Two common names are two, however alike: MARIE has many a grandmother.
        ("MARIA", ("MATHILDE", "MARIE"), "different"),
        ("GWENDAL", ("ACHILLE", "JOSEPH"), "different"),
    ],
)
def test_another_prenom_mistyped(first: str, others: tuple[str, str], expected: str) -> None:
    told = dict(zip(("prenom1", "prenom2"), others, strict=True))
    assert level("prenom", {"prenom1": first}, told) == expected
    assert level("prenom", told, {"prenom1": first}) == expected


def test_an_email_spells_the_name_of_the_other_side() -> None:
    left = {"nom_naissance": "LE GOFF", "courriels": ["gwendal.dubois-martin7@exemple.fr"]}
    assert level("nom", left, {"nom_naissance": "DUBOIS MARTIN"}) == "courriel"
    assert level("prenom", left, {"prenom1": "GWENDAL"}) == "courriel"
    assert level("prenom", {"prenom1": "GWENDAL"}, left) == "courriel"
    assert level("nom", left, {"nom_naissance": "LOPEZ"}) == "different"


def test_a_shared_email_tells_no_first_name() -> None:
    family = {"courriels": ["gwendal.goff@exemple.fr"]}
    assert level("prenom", family, {"prenom1": "GWENDAL", **family}) == "different"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # Twins, each with an address of its own: whatever their names have in common.
        (("NOAM", "noam.goff"), ("GWENDAL", "gwendal.goff31"), "deux_courriels"),
        (
            ("SARA", "sara.goff"),
            ("SARAH", "sarahgoff2"),
            "entendu",
        ),  # letters of SARA: it says nothing
        (("LUCA", "luca.goff"), ("LUCIE", "lucie.goff"), "deux_courriels"),
        # One name, or one that is longer, is what it was.
        (("NOAM", "noam.goff"), ("NOAM", "noam.goff31"), "egal"),
        (("LOU", "lou.goff"), ("LOU ANNE", "louanne.goff"), "partie"),
        # An e-mail that spells the other's name says that they are one.
        (("NOAM", "gwendal.goff"), ("GWENDAL", "gwendal.goff31"), "courriel"),
        # One side's alone, or one that both hold, may be anybody's.
        (("NOAM", "noam.goff"), ("GWENDAL", "goff.29"), "different"),
        (("NOAM", "noam.gwendal.goff"), ("GWENDAL", "noam.gwendal.goff"), "different"),
    ],
)
def test_two_e_mails_that_each_spell_their_own_first_name(
    one: tuple[str, str], other: tuple[str, str], expected: str
) -> None:
    sides = [
        {"nom_naissance": "LE GOFF", "prenom1": name, "courriels": [f"{mail}@exemple.fr"]}
        for name, mail in (one, other)
    ]
    assert level("prenom", *sides) == level("prenom", *sides[::-1]) == expected


def test_half_a_surname_in_an_email_is_no_first_name() -> None:
    left = {"nom_naissance": "GWENDAL ROBERT", "courriels": ["nolwenn.gwendal.robert@x.fr"]}
    assert level("prenom", left, {"prenom1": "GWENDAL", "courriels": []}) == "different"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (("NOLWENN", "ANNE"), ("NOLWENN", "ANNE"), "egal"),
        (("NOLWENN", "ANNE"), ("ANNE", "NOLWENN"), "egal"),
        (("NOLWENN", "ANNE"), ("GWENDAL", "ANNE"), "egal"),
        (("NOLWENN", "ANNE"), ("NOLWENN", "ZOE"), "different"),
        (("NOLWENN", "ANNE"), ("NOLWENN", None), "absent"),
        (("NOLWENN", "NOLWENN"), ("NOLWENN", "ZOE"), "different"),
        # The first names say it already.
        (("NOLWENN", "ANNE"), ("GWENDAL", "ZOE"), "absent"),
    ],
)
def test_further_first_names(
    left: tuple[str, str | None], right: tuple[str, str | None], expected: str
) -> None:
    sides = [{"prenom1": first, "prenom2": second} for first, second in (left, right)]
    assert level("autres_prenoms", *sides) == expected
    assert level("autres_prenoms", *reversed(sides)) == expected


@pytest.mark.parametrize(("left", "right", "expected"), DATES)
@pytest.mark.parametrize("swap", [False, True])
def test_naissance(
    left: tuple[int | None, ...], right: tuple[int | None, ...], expected: str, swap: bool
) -> None:
    names = ("naissance_annee", "naissance_mois", "naissance_jour")
    sides = [dict(zip(names, date, strict=True)) for date in (left, right)]
    if swap:
        sides.reverse()
    assert level("naissance", *sides) == expected


@pytest.mark.parametrize(
    ("trait", "changed", "expected"),
    [
        ("sexe", {"sexe": "M"}, "different"),
        ("sexe", {"sexe": None}, "absent"),
        ("lieu", {"naissance_lieu": "29232"}, "departement"),
        ("lieu", {"naissance_lieu": "99350"}, "different"),
        ("lieu", {"naissance_lieu": None}, "absent"),
        ("telephone", {"telephones": ["+33298000000", "+33612345678"]}, "egal"),
        ("telephone", {"telephones": ["+33298000000"]}, "different"),
        ("telephone", {"telephones": []}, "absent"),
        ("courriel", {"courriels": ["autre@exemple.fr"]}, "different"),
        ("adresse", {"adresse": "12 RUE DES LILA"}, "proche"),
        ("adresse", {"adresse": "3 PLACE DE LA MAIRIE"}, "commune"),
        ("adresse", {"commune": "29232"}, "departement"),
        ("adresse", {"commune": "75056"}, "different"),
        ("adresse", {"adresse": None}, "commune"),
        ("adresse", {"commune": None}, "absent"),
        ("ine", {"ine": "123456789AC"}, "voisin"),
        ("ine", {"ine": "987654321KK"}, "different"),
        # A number that a training centre made, or a provisional one, contradicts no INE.
        ("ine", {"ine": "6829A03623M"}, "absent"),
        ("ine", {"ine": "6829D03623M"}, "absent"),
        ("ine", {"ine": None}, "absent"),
    ],
)
def test_other_traits(trait: str, changed: dict[str, object], expected: str) -> None:
    assert level(trait, {}, {"prenom2": "ZOE", **changed}) == expected


def test_two_numbers_of_a_training_centre() -> None:
    made = {"ine": "6829A03623M"}
    assert level("ine", made, {**made, "prenom2": "ZOE"}) == "egal"
    assert level("ine", made, {"ine": "1204A55871K"}) == "absent"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("29232", "29019", "departement"),
        ("2A004", "2A041", "departement"),
        ("2A004", "2B033", "different"),
        # Overseas: Guadeloupe, Martinique, La Réunion, Mayotte; Polynésie, Nouvelle-Calédonie.
        ("97411", "97415", "departement"),
        ("97105", "97209", "different"),
        ("97411", "97608", "different"),
        ("98735", "98736", "departement"),
        ("98735", "98818", "different"),
        # Abroad: born in Algeria and born in Portugal is no place in common.
        ("99352", "99352", "egal"),
        ("99352", "99139", "different"),
    ],
)
def test_two_places_share_a_departement_or_nothing(one: str, other: str, expected: str) -> None:
    assert level("lieu", {"naissance_lieu": one}, {"naissance_lieu": other}) == expected
    reached = "commune" if expected == "egal" else expected
    lives = [{"commune": place, "adresse": None} for place in (one, other)]
    assert level("adresse", *lives) == reached


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (("2009-09-01", "2010-08-31", "0290001A"), "compatibles"),
        (("2009-09-01", "2010-08-31", "0290002B"), "simultanees"),
        (("2010-02-01", None, "0290002B"), "compatibles"),
    ],
)
def test_two_enrolments_of_one_source(second: tuple[str, str | None, str], expected: str) -> None:
    schema = declaration("tables/parcours").polars_schema
    first = ("2009-09-01", "2010-01-31", "0290001A")
    parcours = pl.DataFrame(
        [
            {"rid": rid, "extrait": SCOLARITE, "annee": 2009, "debut": b, "fin": e, "uai": u}
            for rid, (b, e, u) in enumerate((first, second))
        ],
        schema={**schema, "debut": pl.String, "fin": pl.String},
    ).with_columns(pl.col("debut", "fin").str.to_date())
    rows = [
        {**SOMEBODY, "rid": i, "ligne": i + 1, "prenom2": p} for i, p in enumerate(["ANNE", "ZOE"])
    ]
    fiches = build_fiches(pl.DataFrame(rows, schema=declaration("tables/traits").polars_schema))
    comparator = Comparator(fiches, stays(fiches, parcours))
    pair = pl.DataFrame({"a": [0], "b": [1]}, schema={"a": pl.UInt32, "b": pl.UInt32})
    reached = comparator.compare(pair)["inscription"].item()
    assert siei().by_name["inscription"].levels[reached - 1] == expected


def test_names_of_one_origin_go_together() -> None:
    """One bearer in five of SACKO is FATOUMATA here, and one of MARTIN in four hundred: the first name says less.

    So it does where one of them has a second surname, or a slip in it; another surname tells no origin.
    """
    days = [(2005 + d // 336, d // 28 % 12 + 1, d % 28 + 1) for d in range(400)]
    born = [
        dict(zip(("naissance_annee", "naissance_mois", "naissance_jour"), day, strict=True))
        for day in days
    ]
    people = [
        {"nom_naissance": surname, "prenom1": first, **day}
        for surname, every in (("SACKO", 5), ("MARTIN", 400))
        for n, day in enumerate(born)
        for first in ("FATOUMATA" if n % every == 0 else "NOLWENN",)
    ]
    others = [
        {"nom_naissance": surname, "prenom1": "FATOUMATA"}
        for surname in ("SACKO GUILLOU", "SACKKO")
    ]
    rows = [{**SOMEBODY, **p, "rid": i, "ligne": i + 1} for i, p in enumerate([*people, *others])]
    fiches = build_fiches(pl.DataFrame(rows, schema=declaration("tables/traits").polars_schema))
    nothing = pl.DataFrame(schema=declaration("tables/parcours").polars_schema)
    comparator = Comparator(fiches, stays(fiches, nothing))
    numbers = fiches.lignes.sort("rid")["fiche"].to_numpy()
    # SACKO with another one, with the only FATOUMATA MARTIN, with SACKO GUILLOU and with SACKKO.
    pairs = pl.DataFrame({"a": numbers[[0] * 4], "b": numbers[[5, 400, 800, 801]]})
    together, apart, cut, mistyped = comparator.compare(pairs)["part_prenom"].to_list()
    assert apart < 0.01
    assert 0.1 < together < 0.25
    assert together == cut == mistyped
