"""Laws of validation: nothing lost, nothing raised, nothing invented, order of no account."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from siei_match.reference.contracts import conform, declaration
from siei_match.reference.vocabulary import AVERTISSEMENT, EXTRACTS, REJET
from siei_match.stages.validate import validate
from tests.examples import examples
from tests.livraisons import CAMPAGNE, LIGNES, brut, fichier

BIZARRE = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.text("0123456789/-+. ABMX", max_size=12),
    st.sampled_from(
        ["", " ", "\x00", "00/00/2008", "99/99/9999", "2008-13-45", "٠١", "𝟘𝟙", "é" * 40]
    ),
    st.from_regex(r"[0-9]{1,2}[/-][0-9]{1,2}[/-][0-9]{1,4}|[0-9]{6,9}", fullmatch=True),
)


@st.composite
def rangees(draw):
    """An extract and rows of it, some of whose values are anything."""
    extrait = draw(st.sampled_from(EXTRACTS))
    lus = [
        f["name"]
        for f in declaration(f"extraits/{extrait}").fields
        if f["siei"]["kind"] != "jamais_lu"
    ]
    valeurs = st.dictionaries(st.sampled_from(lus), BIZARRE, max_size=5)
    return extrait, draw(st.lists(valeurs, max_size=6))


@settings(max_examples=examples(150), deadline=None)
@given(rangees())
def test_valid_and_rejected_add_up_whatever_the_values(case):
    extrait, lignes = case
    frame = brut(extrait, *lignes)
    partition = validate(frame, fichier(extrait), CAMPAGNE)
    rejected = partition.rejets.filter(gravite=REJET)["ligne"]
    assert rejected.is_unique().all()
    assert sorted([*partition.valides["ligne"], *rejected]) == frame["ligne"].to_list()
    conform(partition.rejets, "tables/rejets")


@settings(max_examples=examples(100), deadline=None)
@given(rangees(), st.randoms(use_true_random=False))
def test_the_order_of_rows_is_of_no_account(case, alea):
    extrait, lignes = case
    frame = brut(extrait, *lignes)
    ordre = list(range(frame.height))
    alea.shuffle(ordre)
    straight = validate(frame, fichier(extrait), CAMPAGNE)
    shuffled = validate(frame[ordre], fichier(extrait), CAMPAGNE)
    assert shuffled.valides.sort("ligne").equals(straight.valides)
    assert shuffled.rejets.equals(straight.rejets)


@settings(max_examples=examples(100), deadline=None)
@given(rangees())
def test_what_was_read_once_is_read_again_the_same_without_warning(case):
    """Values of a valid frame, handed in again as text, break no rule of a field."""
    extrait, lignes = case
    declared = declaration(f"extraits/{extrait}")
    first = validate(brut(extrait, *lignes), fichier(extrait), CAMPAGNE).valides
    again = first.with_columns(
        pl.col(f["name"]).dt.strftime((f["siei"].get("formats") or [f["siei"].get("format")])[0])
        for f in declared.fields
        if f["siei"]["kind"] == "date"
    ).with_columns(pl.selectors.integer().exclude("ligne").cast(pl.String))
    for f in declared.fields:
        if f["siei"]["kind"] == "naissance":
            again = again.with_columns(pl.lit(None, dtype=pl.String).alias(f["name"]))
    again = again.select("ligne", *[c for c in declared.columns if c in again.columns])
    partition = validate(again, fichier(extrait), CAMPAGNE)
    champs = {f["siei"]["rule"] for f in declared.fields if "rule" in f["siei"]}
    warned = partition.rejets.filter(pl.col("regle").is_in(champs), gravite=AVERTISSEMENT)
    assert warned.is_empty()


@settings(max_examples=examples(100), deadline=None)
@given(st.sampled_from(EXTRACTS), st.text("QUELVENNECXYZ", min_size=9, max_size=9))
def test_no_value_reaches_the_rejets(extrait, valeur):
    lus = [c for c in brut(extrait, {}).columns if c != "ligne"]
    frame = brut(extrait, dict.fromkeys(lus, valeur), dict(LIGNES[extrait]))
    rejets = validate(frame, fichier(extrait), CAMPAGNE).rejets
    assert rejets.height > 0
    assert valeur not in str(rejets.rows())
