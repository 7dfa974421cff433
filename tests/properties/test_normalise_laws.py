"""Laws of the normalisation, on any Unicode, and naive oracles written value by value."""

import random
import re
import string
import unicodedata
from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siei_match.reference.nomenclatures import commune_history, empty_words, pays
from siei_match.stages.normalise.addresses import normalise_addresses
from siei_match.stages.normalise.contacts import normalise_mails, normalise_phones
from siei_match.stages.normalise.names import normalise_names
from siei_match.stages.normalise.places import normalise_labels, resolve_births
from siei_match.stages.normalise.text import mend, over_distinct

Rewrite = Callable[[pl.Series], pl.Series]

# Polars holds UTF-8: lone surrogates cannot enter it, whatever the file.
ANY = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
LATIN = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x24F, exclude_categories=("Cc", "Cf"))
    | st.sampled_from("'’-– ŒœÆæßẞØøŁłĐđ\u0301\u0308"),
    max_size=40,
)
TOKENS = st.lists(
    st.sampled_from(
        "APT BAT ESC ETAGE PORTE BP CEDEX 3 12 0012 12B BIS TER B T R AV RUE ST STE DIT X "
        "SNP INCONNU DUPONT LE HAVRE PARIS 8E ER ARRONDISSEMENT D , - ' . + 00 06 @ é Œ".split()
    ),
    max_size=9,
).flatmap(lambda words: st.sampled_from([" ".join(words), "".join(words)]))
REWRITES = [
    normalise_names,
    normalise_labels,
    normalise_addresses,
    normalise_phones,
    normalise_mails,
]


def of(rewrite: Rewrite, *values: str | None) -> list[str | None]:
    return rewrite(pl.Series("v", list(values), pl.String)).to_list()


@pytest.mark.parametrize("rewrite", REWRITES)
@given(values=st.lists(ANY | TOKENS | st.none(), max_size=20))
def test_twice_changes_nothing_and_nothing_raises(
    rewrite: Rewrite, values: list[str | None]
) -> None:
    once = of(rewrite, *values)
    assert of(rewrite, *once) == once
    assert all(value is None or value for value in once)


@pytest.mark.parametrize("rewrite", REWRITES)
@given(values=st.lists(ANY | TOKENS | st.none(), min_size=1, max_size=8))
def test_a_value_does_not_depend_on_its_neighbours(
    rewrite: Rewrite, values: list[str | None]
) -> None:
    assert of(rewrite, *values) == [of(rewrite, value)[0] for value in values]


@given(value=ANY | TOKENS)
def test_alphabet_of_names(value: str) -> None:
    name = of(normalise_names, value)[0]
    assert name is None or re.fullmatch(r"[A-Z]+(?: [A-Z]+)*", name)


@given(value=ANY | TOKENS)
def test_alphabets_of_addresses_and_phones(value: str) -> None:
    address, phone = of(normalise_addresses, value)[0], of(normalise_phones, value)[0]
    assert address is None or re.fullmatch(r"[A-Z0-9]+(?: [A-Z0-9]+)*", address)
    assert phone is None or re.fullmatch(r"\+[1-9][0-9]{7,14}", phone)


@given(value=LATIN | TOKENS)
def test_case_does_not_matter(value: str) -> None:
    # Python's own tables of case: its upper and lower expand ß, İ and the like.
    assert len(set(of(normalise_names, value, value.upper(), value.lower()))) == 1


@given(value=LATIN)
def test_accents_do_not_matter(value: str) -> None:
    bare = "".join(c for c in unicodedata.normalize("NFD", value) if not unicodedata.combining(c))
    composed = unicodedata.normalize("NFC", value)
    apart = unicodedata.normalize("NFD", value)
    assert len(set(of(normalise_names, value, bare, composed, apart))) == 1


@given(value=LATIN | TOKENS, sign=st.sampled_from("-'’–— \t\n.,;/"))
def test_signs_between_words_do_not_matter(value: str, sign: str) -> None:
    changed = re.sub(r"[ '’–-]", lambda _: sign, value)
    assert len(set(of(normalise_names, value, changed))) == 1


@given(value=LATIN)
def test_ligatures_do_not_matter(value: str) -> None:
    spelled = value
    for ligature, letters in {"Œ": "OE", "œ": "oe", "Æ": "AE", "æ": "ae", "ß": "ss"}.items():
        spelled = spelled.replace(ligature, letters)
    assert len(set(of(normalise_names, value, spelled))) == 1


def test_a_million_characters_pass() -> None:
    huge = ["é" * 1_000_000, "A " * 500_000, "1 " * 500_000, "APT 1 " * 200_000]
    for rewrite in REWRITES:
        assert len(of(rewrite, *huge)) == len(huge)


def naive_name(value: str) -> str | None:
    """The rule for names, one Latin value at a time, in plain Python."""
    table = {"Œ": "OE", "Æ": "AE", "Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH", "ẞ": "SS"}
    text = unicodedata.normalize("NFKD", value).upper()
    letters = []
    for character in unicodedata.normalize("NFKD", text):
        if unicodedata.combining(character) or character in string.digits:
            continue
        letters.append(table.get(character, character))
    kept = "".join(letters)
    words = "".join(c if c in string.ascii_uppercase else " " for c in kept).split()
    for rank, word in enumerate(words):
        if rank and word in {"DIT", "DITE", "ALIAS"} and rank + 1 < len(words):
            words = words[:rank]
            break
    words = [{"ST": "SAINT", "STE": "SAINTE"}.get(word, word) for word in words]
    name = " ".join(words)
    return None if not name or name in set(empty_words()) else name


NAMED = st.text(
    st.sampled_from(string.ascii_letters + string.digits + " '-.éèÉÈçñøØœŒæÆßłŁđÐÞ"), max_size=30
)


@given(values=st.lists(NAMED | TOKENS, max_size=20))
def test_names_against_a_naive_oracle(values: list[str]) -> None:
    assert of(normalise_names, *values) == [naive_name(value) for value in values]


def naive_birth(lieu: str | None, pays_naissance: str | None) -> str | None:
    """The rule for places of birth, one at a time, with dictionaries."""
    history = dict(commune_history().iter_rows())
    code = re.sub(r"[^0-9A-Z]", "", (lieu or "").upper())
    code = "0" + code if re.fullmatch(r"\d{4}", code) else code
    if code in history:
        return history[code]
    country = re.sub(r"\D", "", pays_naissance or "")
    country = "99" + country if len(country) == 3 else country
    for candidate in (code, country):
        if re.fullmatch(r"99[1-5]\d\d", candidate) and candidate != "99100":
            return candidate
    return None


def test_births_against_a_naive_oracle() -> None:
    """Every code of the history, damaged in every way that sources damage codes."""
    dice = random.Random(1)
    codes: list[str | None] = [None, "", "zz", "99999", "99990", *commune_history()["code"]]
    codes += list(pays()["code"])
    pairs = [
        (dice.choice([code, code and code.lstrip("0"), code and code.lower()]), country)
        for code in dice.sample(codes, 2_000)
        for country in (None, dice.choice(["100", "99100", "990", "109", "99352", ""]))
    ]
    lieux, countries = zip(*pairs, strict=True)
    found = resolve_births(
        pl.Series(lieux, dtype=pl.String), pl.Series(countries, dtype=pl.String)
    ).to_list()
    history = dict(commune_history().iter_rows())
    assert len(history) > 39_000
    sampled = dice.sample(range(len(pairs)), 300)
    assert [found[i] for i in sampled] == [naive_birth(*pairs[i]) for i in sampled]
    # A commune that exists is never lost, whatever the country says.
    kept = [(lieu, place) for lieu, place in zip(lieux, found, strict=True) if lieu in history]
    assert len(kept) > 1_000
    assert all(history[lieu] == place for lieu, place in kept)


@given(values=st.lists(st.sampled_from(["é", "B", None, ""]), max_size=12))
def test_over_distinct_is_the_rewriting_of_each_value(values: list[str | None]) -> None:
    frame = pl.DataFrame({"a": values, "b": values[::-1]}, {"a": pl.String, "b": pl.String})
    found = over_distinct(frame, ["a", "b"], normalise_names)
    assert found["a"].to_list() == of(normalise_names, *values)
    assert found["b"].to_list() == of(normalise_names, *values[::-1])


@given(st.lists(st.none() | st.sampled_from(["a", "B", "c", "D"])))
def test_mend_rewrites_what_is_not_usual_and_nothing_else(values: list[str | None]) -> None:
    given_values = pl.Series("lettre", values, dtype=pl.String)
    usual = given_values.str.contains("^[a-z]$")
    found = mend(given_values, usual, given_values, lambda rare: rare.str.to_lowercase() + "!")
    expected = [v if v is None or v.islower() else v.lower() + "!" for v in values]
    assert found.to_list() == expected
    assert found.name == "lettre"
