"""Identifiers: the worked examples of their sources, then expressions against plain Python."""

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from siei_match.reference import identifiers
from siei_match.reference.identifiers import CLES, CodeCommune, CodeDiplome, Ine, Mef, Uai

EXPRESSIONS = {
    Uai: identifiers.is_uai,
    Ine: identifiers.is_ine,
    Mef: identifiers.is_mef,
    CodeDiplome: identifiers.is_diplome,
    CodeCommune: identifiers.is_commune,
}

JUSTES = [
    *[(Uai, texte) for texte in "0750652B 0590116F 0010016M 6200002H 7200101X".split()],
    *[(Ine, texte) for texte in "0494004062M 0100007108D 0100008010J".split()],
    (Ine, "123456789AB"),
    (Ine, "2G4K5L6M7N8"),
    (Ine, "1234A56789B"),
    (Ine, "1234D56789B"),
    *[(Mef, texte) for texte in "10310019110 2412521921 2712101021 1671000C11A".split()],
    *[(CodeDiplome, texte) for texte in "50025219 01022001 4003A123".split()],
    *[(CodeCommune, texte) for texte in "75056 2A004 2B033 97411 99109 01004 33333".split()],
]
FAUX = [
    (Uai, "0750652C"),  # wrong key
    (Uai, "750652B"),
    (Uai, "0750652b"),
    (Uai, "0750652B\n"),
    (Uai, "07506520"),
    (Ine, "0494004062N"),  # wrong key
    (Ine, "0494004062I"),  # a letter that is no key
    (Ine, "123456789AI"),  # RNIE letters stop at K, without I
    (Ine, "00000000000"),  # a filler
    (Ine, "0000000000A"),  # a filler, its key right
    (Ine, "049400406M"),
    (Ine, ""),
    (Mef, "103100191"),
    (Mef, "A0310019110"),
    (Mef, "00000000000"),
    (CodeDiplome, "5002521"),
    (CodeDiplome, "00000000"),
    (CodeCommune, "1004"),
    (CodeCommune, "2a004"),
    (CodeCommune, "750056"),
    (CodeCommune, "00000"),
]


@pytest.mark.parametrize(("genre", "texte"), JUSTES)
def test_a_right_identifier_is_accepted(genre, texte):
    assert genre(texte) == texte
    assert accepts(genre, texte)


@pytest.mark.parametrize(("genre", "texte"), FAUX)
def test_a_wrong_identifier_is_refused_without_being_shown(genre, texte):
    with pytest.raises(ValueError, match=r"^not a") as refus:
        genre(texte)
    assert not texte or texte.strip() not in str(refus.value)
    assert not accepts(genre, texte)


@pytest.mark.parametrize(
    ("texte", "genre"),
    [
        ("0494004062M", "bea"),
        ("123456789AB", "rnie"),
        ("2G4K5L6M7N8", "base36"),
        ("1234A56789B", "apprenti"),
        ("1234D56789B", "provisoire"),
        ("0494004062N", None),
        (None, None),
    ],
)
def test_the_kind_of_an_ine_is_named(texte, genre):
    frame = pl.DataFrame({"v": [texte]}, schema={"v": pl.String})
    assert frame.select(identifiers.genre_ine(pl.col("v"))).item() == genre
    if genre:
        assert Ine(texte).genre == genre


@pytest.mark.parametrize("expression", EXPRESSIONS.values())
def test_absent_is_neither_right_nor_wrong(expression):
    frame = pl.DataFrame({"v": [None]}, schema={"v": pl.String})
    assert frame.select(expression(pl.col("v"))).item() is None


def test_a_country_is_told_from_a_commune():
    frame = pl.DataFrame({"v": ["99109", "75056", None]})
    result = frame.select(identifiers.is_etranger(pl.col("v"))).to_series().to_list()
    assert result == [True, False, None]


CARACTERES = st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZab \n٣é")
PRESQUE = st.one_of(
    st.text(CARACTERES, max_size=12),
    st.integers(0, 9_999_999).map(lambda n: f"{n:07}{CLES[n % 23]}"),
    st.integers(0, 9_999_999_999).map(lambda n: f"{n:010}{CLES[n % 23]}"),
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
        assert found == [genre.accepts(texte) for texte in textes]
    genres = frame.select(identifiers.genre_ine(pl.col("v"))).to_series().to_list()
    assert genres == [Ine(t).genre if Ine.accepts(t) else None for t in textes]


def naive(genre, texte):
    """The rules of each kind of INE again, character by character."""
    chiffres, lettres = set("0123456789"), set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")

    def shape(*sets):
        return len(texte) == len(sets) and all(c in s for c, s in zip(texte, sets, strict=True))

    cles, alnum = set(CLES), chiffres | lettres
    if genre is Uai:
        return shape(*[chiffres] * 7, cles) and CLES[int(texte[:7]) % 23] == texte[7]
    if genre is Mef:
        shapes = [shape(*[chiffres] * 3, *[alnum] * n) for n in (7, 8)]
        return any(shapes) and not _repeated(texte[:10])
    if genre is CodeDiplome:
        return shape(chiffres, *[alnum] * 7) and not _repeated(texte)
    if genre is CodeCommune:
        return shape(chiffres, alnum, *[chiffres] * 3) and texte not in {"00000", "99999"}
    if len(texte) != 11 or _repeated(texte[:10]):
        return False
    if shape(*[chiffres] * 10, cles):
        return CLES[int(texte[:10]) % 23] == texte[10]
    inner = [shape(*[chiffres] * 4, {c}, *[chiffres] * 5, cles) for c in "AD"]
    rnie = shape(*[chiffres] * 9, *[set("ABCDEFGHJK")] * 2)
    return any(inner) or rnie or shape(*[alnum] * 10, chiffres)


def _repeated(texte):
    return texte[0].isdigit() and len(set(texte)) == 1


def accepts(genre, texte):
    return pl.DataFrame({"v": [texte]}).select(EXPRESSIONS[genre](pl.col("v"))).item()
