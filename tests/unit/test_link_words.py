"""What brings names together before they are compared: sounds of words, and the role of each word."""

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siei_match.reference.arrays import runs
from siei_match.stages.link.blocks.counting import count_pairs, count_with
from siei_match.stages.link.records.alike import AlikeNames, neighbouring_letters
from siei_match.stages.link.records.hearing import hear
from siei_match.stages.link.records.sounds import sound
from siei_match.stages.link.records.words import (
    CALLED,
    FURTHER,
    SURNAME,
    Keys,
    NameSets,
    SoundingWords,
    concat_keys,
)


def sounds_of(*words: str) -> list[str]:
    return pl.DataFrame({"word": words}).select(sound(pl.col("word"))).to_series().to_list()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("MATHIS", "MATISSE", True),
        ("PHILIPPE", "FILIPE", True),
        ("QUENTIN", "KANTIN", True),
        ("LEA", "LEAH", True),
        ("LOUCA", "LUKA", True),
        # One consonant is no name: what is left of these is the vowels.
        ("LEA", "LOU", False),
        ("LOUIS", "LILOU", False),
        ("LE", "LOUIS", False),
        ("EVA", "AVA", True),
    ],
)
def test_words_that_are_heard_alike_share_a_sound(one: str, other: str, same: bool) -> None:
    assert len({*sounds_of(one, other)}) == (1 if same else 2)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("MARTIN", ["MARTIN"]),
        # A particle alone says nothing, and one source drops it.
        ("LE GOFF", ["GOFF", "LEGOFF"]),
        ("DA SILVA", ["SILVA", "DASILVA"]),
        ("EL", ["EL"]),
        ("DE LA", ["DE", "LA", "DELA"]),
    ],
)
def test_of_a_surname_its_words_without_particles_are_heard_and_the_whole(
    name: str, words: list[str]
) -> None:
    heard = hear(pl.DataFrame({"name": [name]})).sounds
    alone = [hear(pl.DataFrame({"name": [word]})).sounds[0, 0] for word in words]
    assert {*heard[heard != 0].tolist()} == {int(sound) for sound in alone}


def names(*people: tuple[str, str, str | None]) -> SoundingWords:
    """People of a surname, a first name and perhaps a further one."""
    ids = np.arange(len(people), dtype=np.uint32)
    table = pl.DataFrame(people, schema=["nom", "prenom1", "prenom2"], orient="row")
    return SoundingWords(
        NameSets(ids, table.select("nom")), NameSets(ids, table.select("prenom1", "prenom2"))
    )


def test_each_word_has_the_role_of_its_name() -> None:
    words = names(("MARTIN", "JULIE", "MARIE"), ("JULIE", "MARIE", "MARIE"))
    found = concat_keys([*words.each()])
    roles = {(int(fiche), int(role)) for fiche, role in zip(found.fiches, found.roles, strict=True)}
    # Who is called by a word is, though it be a further name too.
    assert roles == {(0, SURNAME), (0, CALLED), (0, FURTHER), (1, SURNAME), (1, CALLED)}


def test_a_surname_with_any_first_name_brings_two_together() -> None:
    """Where both first names are mistyped the further one is what is left (TRAORE MATHIS SARAH, MATHTS SARAH)."""
    words = names(("TRAORE", "MATHIS", "SARAH"), ("TRAORE", "MATHTS", "SARAH"))
    found = concat_keys([*words.pairs()])
    by_fiche = [{*found.keys[found.fiches == fiche].tolist()} for fiche in (0, 1)]
    assert len(by_fiche[0] & by_fiche[1]) == 1
    assert found.roles is None


MEET = {
    (SURNAME, SURNAME), (SURNAME, CALLED), (CALLED, SURNAME), (CALLED, CALLED),
    (CALLED, FURTHER), (FURTHER, CALLED), (FURTHER, FURTHER),
}  # fmt: skip


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from([SURNAME, CALLED, FURTHER]), st.booleans())
    )
)
def test_pairs_of_blocks_are_counted_as_if_they_were_made(
    keyed: list[tuple[int, int, bool]],
) -> None:
    keys = np.array([key for key, *_ in keyed], dtype=np.uint64) << np.uint64(50)
    sorts = np.array([3 * seeks + role for _, role, seeks in keyed], dtype=np.uint8)
    naive = sum(
        x[0] == y[0] and (x[1], y[1]) in MEET and (x[2] or y[2]) for x, y in combinations(keyed, 2)
    )
    assert count_pairs(runs(keys), sorts) == naive


@pytest.mark.parametrize("way", ["each", "pairs"])
def test_the_words_of_some_are_those_of_all_less_the_others(way: str) -> None:
    words = names(
        ("MARTIN", "JULIE", "MARIE"), ("TRAORE", "MATHIS", "SARAH"), ("LE GALL", "ANNE", "")
    )
    some = np.array([0, 2], dtype=np.uint32)
    held, asked = (
        {(int(fiche), int(key)) for part in parts for fiche, key in zip(part.fiches, part.keys, strict=True)}
        for parts in (getattr(words, way)(), getattr(words, way)(some))
    )  # fmt: skip
    assert asked == {(fiche, key) for fiche, key in held if fiche in some}
    assert len(asked) < len(held)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), max_size=30, unique=True),
    st.sets(st.integers(0, 9)),
)
def test_pairs_with_those_sought_are_counted_as_by_hand(
    held: list[tuple[int, int]], near: set[int]
) -> None:
    keys = Keys(*(np.array(c, dtype=t) for c, t in zip(
        zip(*held, strict=True) if held else ((), ()), (np.uint32, np.uint64), strict=True)))  # fmt: skip
    sought = np.isin(np.arange(10), [*near])
    naive = sum(
        key == other and (one in near or two in near)
        for (one, key), (two, other) in combinations(held, 2)
    )
    assert count_with(keys, sought) == naive


def alike(one: tuple[str, str], other: tuple[str, str]) -> bool:
    table = pl.DataFrame([one, other], schema=["nom", "prenom"], orient="row")
    ids = np.arange(2, dtype=np.uint32)
    look = AlikeNames(ids, ids, *(neighbouring_letters(table.select(c)) for c in table.columns))
    return bool(look.holds(ids[:1], ids[1:])[0])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("MARTIN", "HUGO"), ("MARTIN", "HUGO"), True),
        (("MARTIN", "HUGO"), ("MARTIN", "HGUO"), True),  # exchanged letters of a short name
        (("BAUD", "MARIA"), ("BUAD", "MARIA"), True),
        (("MARTIN", "LEO"), ("MARTIN", "LAO"), True),  # one of three letters mistyped
        (("MARTIN", "KHA"), ("MARTIN", "KHALIL"), True),  # cut short
        (("MARTIN", "JULIE"), ("JULIE", "MARTIN"), True),  # inverted
        (("LE GALL", "ANNE"), ("LEGALL", "ANNE"), True),
        (("MARTIN", "HUGO"), ("MARTIN", "HENRI"), False),  # one letter in common: a stranger
        (("MARTIN", "HUGO"), ("MARTIN", "LEO"), False),
        (("MARTIN", ""), ("MARTIN", "HUGO"), False),
    ],
)
def test_names_of_one_person_have_letters_in_common(
    one: tuple[str, str], other: tuple[str, str], same: bool
) -> None:
    assert alike(one, other) is same
    assert alike(other, one) is same


@given(st.lists(st.text("ABCÉ -", max_size=6), min_size=1, max_size=5))
def test_letters_are_those_of_a_name_whatever_stands_beside(texts: list[str]) -> None:
    table = pl.DataFrame({"nom": texts}, schema={"nom": pl.String})
    alone = [neighbouring_letters(table[row]) for row in range(len(texts))]
    assert (neighbouring_letters(table) == np.concatenate(alone)).all()
