"""Identifiers: the worked examples of their sources, then expressions against plain Python."""

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from siei_match.reference import identifiers
from siei_match.reference.identifiers import KEYS

EXPRESSIONS = {
    "uai": identifiers.is_uai,
    "ine": identifiers.is_ine,
    "mef": identifiers.is_mef,
    "diplome": identifiers.is_diplome,
    "commune": identifiers.is_commune,
}

JUSTES = [
    *[("uai", texte) for texte in "0750652B 0590116F 0010016M 6200002H 7200101X".split()],
    *[("ine", texte) for texte in "0494004062M 0100007108D 0100008010J".split()],
    ("ine", "123456789AB"),
    ("ine", "2G4K5L6M7N8"),
    ("ine", "1234A56789B"),
    ("ine", "1234D56789B"),
    *[("mef", texte) for texte in "10310019110 2412521921 2712101021 1671000C11A".split()],
    *[("diplome", texte) for texte in "50025219 01022001 4003A123".split()],
    *[("commune", texte) for texte in "75056 2A004 2B033 97411 99109 01004 33333".split()],
]
FAUX = [
    ("uai", "0750652C"),  # wrong key
    ("uai", "750652B"),
    ("uai", "0750652b"),
    ("uai", "0750652B\n"),
    ("uai", "07506520"),
    ("ine", "0494004062N"),  # wrong key
    ("ine", "0494004062I"),  # a letter that is no key
    ("ine", "123456789AI"),  # RNIE letters stop at K, without I
    ("ine", "00000000000"),  # a filler
    ("ine", "0000000000A"),  # a filler, its key right
    ("ine", "049400406M"),
    ("ine", ""),
    ("mef", "103100191"),
    ("mef", "A0310019110"),
    ("mef", "00000000000"),
    ("diplome", "5002521"),
    ("diplome", "00000000"),
    ("commune", "1004"),
    ("commune", "2a004"),
    ("commune", "750056"),
    ("commune", "00000"),
]


@pytest.mark.parametrize(("genre", "texte"), JUSTES)
def test_a_right_identifier_is_accepted(genre, texte):
    assert accepts(genre, texte)


@pytest.mark.parametrize(("genre", "texte"), FAUX)
def test_a_wrong_identifier_is_refused(genre, texte):
    assert not accepts(genre, texte)


@pytest.mark.parametrize("expression", EXPRESSIONS.values())
def test_absent_is_neither_right_nor_wrong(expression):
    frame = pl.DataFrame({"v": [None]}, schema={"v": pl.String})
    assert frame.select(expression(pl.col("v"))).item() is None


def test_a_country_is_told_from_a_commune():
    frame = pl.DataFrame({"v": ["99109", "75056", None]})
    result = frame.select(identifiers.is_foreign(pl.col("v"))).to_series().to_list()
    assert result == [True, False, None]


CARACTERES = st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZab \n٣é")
PRESQUE = st.one_of(
    st.text(CARACTERES, max_size=12),
    st.integers(0, 9_999_999).map(lambda n: f"{n:07}{KEYS[n % 23]}"),
    st.integers(0, 9_999_999_999).map(lambda n: f"{n:010}{KEYS[n % 23]}"),
    st.builds(lambda n, c: f"{n:010}{c}", st.integers(0, 9_999_999_999), CARACTERES),
    st.builds(lambda n, c: f"{n:07}{c}", st.integers(0, 9_999_999), CARACTERES),
    st.from_regex(r"[0-9]{9}[A-K]{2}|[0-9]{4}[AD][0-9]{5}[A-Z]|[0-9A-Z]{8,11}", fullmatch=True),
)


@given(st.lists(PRESQUE, max_size=20))
@example(["٣٣٣٣٣٣٣٣٣٣٣"])
def test_expressions_say_the_same_as_plain_python(textes):
    frame = pl.DataFrame({"v": textes}, schema={"v": pl.String})
    for genre, expression in EXPRESSIONS.items():
        found = frame.select(expression(pl.col("v"))).to_series().to_list()
        assert found == [naive(genre, texte) for texte in textes]


def naive(genre, texte):
    """The rules of each kind of INE again, character by character."""
    chiffres, lettres = set("0123456789"), set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")

    def shape(*sets):
        return len(texte) == len(sets) and all(c in s for c, s in zip(texte, sets, strict=True))

    cles, alnum = set(KEYS), chiffres | lettres
    if genre == "uai":
        return shape(*[chiffres] * 7, cles) and KEYS[int(texte[:7]) % 23] == texte[7]
    if genre == "mef":
        shapes = [shape(*[chiffres] * 3, *[alnum] * n) for n in (7, 8)]
        return any(shapes) and not _repeated(texte[:10])
    if genre == "diplome":
        return shape(chiffres, *[alnum] * 7) and not _repeated(texte)
    if genre == "commune":
        return shape(chiffres, alnum, *[chiffres] * 3) and texte not in {"00000", "99999"}
    if len(texte) != 11 or _repeated(texte[:10]):
        return False
    if shape(*[chiffres] * 10, cles):
        return KEYS[int(texte[:10]) % 23] == texte[10]
    inner = [shape(*[chiffres] * 4, {c}, *[chiffres] * 5, cles) for c in "AD"]
    rnie = shape(*[chiffres] * 9, *[set("ABCDEFGHJK")] * 2)
    return any(inner) or rnie or shape(*[alnum] * 10, chiffres)


def _repeated(texte):
    return texte[0].isdigit() and len(set(texte)) == 1


def accepts(genre, texte):
    return pl.DataFrame({"v": [texte]}).select(EXPRESSIONS[genre](pl.col("v"))).item()
