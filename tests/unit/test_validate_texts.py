"""Texts spoilt on their way: what is put right, what is told, what is never guessed."""

from collections import defaultdict

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siei_match.campaign.sorting import sort_rows
from siei_match.reference.contracts import declaration, schemas_root
from siei_match.stages.validate import validate
from siei_match.stages.validate.repairs import has_lost, repair_text, repair_value, tell_texts
from tests.livraisons import CAMPAGNE, brut, colonnes, fichier, rangee, texte, write

NAMES = ("Prévostel", "ÉLOÏSE", "Cœur d’Ébène", "L'Haÿ-les-Roses", "São João", "Núñez", "Dvořák",
         "Ångström", "N° 3 – bât. « A »", "Ève-Noëlle", "Façade", "Œillets")  # fmt: skip
CODECS = ("cp1252", "latin-1", "iso8859-15", "mac_roman", "cp850", "cp437")


def misread(text: str, codec: str) -> str:
    """Read UTF-8 as another encoding; a byte that Windows leaves free becomes a control character."""
    letters = ((bytes([octet]), octet) for octet in text.encode())
    return "".join(b.decode(codec, "ignore") or chr(n) for b, n in letters)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("name", NAMES)
def test_utf8_read_in_another_encoding_is_read_again(name, codec) -> None:
    spoilt = misread(name, codec)
    repaired = repair_value(spoilt)
    # Read as ISO-8859-15, one letter in two encodings may be another: then nothing is guessed.
    assert repaired == name or (repaired == spoilt and has_lost(spoilt, repaired))
    assert repaired == name or codec == "iso8859-15"
    assert not has_lost(name, repair_value(name))


@pytest.mark.parametrize(
    ("received", "repaired", "lost"),
    [
        ("PrÃ©vostel", "Prévostel", False),
        ("PRÃ‰VOSTEL", "PRÉVOSTEL", False),
        ("Pr├®vostel", "Prévostel", False),
        ("Pr√©vostel", "Prévostel", False),
        # Twice, three times.
        ("PrÃƒÂ©vostel", "Prévostel", False),
        ("PrÃƒÆ’Ã‚Â©vostel", "Prévostel", False),
        # As web pages write them, spoilt once or twice.
        ("Pr&eacute;vostel", "Prévostel", False),
        ("Pr&#233;vostel &amp; fils", "Prévostel & fils", False),
        ("Pr&#xE9;vostel", "Prévostel", False),
        ("L&#39;Ha&yuml;", "L'Haÿ", False),
        ("Pr&amp;eacute;vostel", "Prévostel", False),
        # A letter is gone: what it was is not guessed.
        ("Gu?ridon", "Gu?ridon", True),
        ("Andr?", "Andr?", True),
        ("?lo?se", "?lo?se", True),
        ("Gu\ufffdridon", "Gu?ridon", True),
        ("Guï¿½ridon", "Gu?ridon", True),
        # One part is spoilt, the other is not; or two letters have the same bytes.
        ("Éric PrÃ©vostel", "Éric PrÃ©vostel", True),
        ("Åžahin", "Åžahin", True),
        # Nothing is wrong.
        ("JOÃO", "JOÃO", False),
        ("Ange & Cie", "Ange & Cie", False),
        ("R&D;", "R&D;", False),
        ("rue ? 12", "rue ? 12", False),
        ("?", "?", False),
        ("&#10;x", "&#10;x", False),
        ("&#8238;x", "&#8238;x", False),
    ],
)  # fmt: skip
def test_a_text_is_put_right_where_it_has_one_meaning(received, repaired, lost) -> None:
    assert repair_value(received) == repaired
    found = has_lost(received, repair_value(received))
    assert found is (lost or received == "Guï¿½ridon")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=0x17F, exclude_categories=["Cc"])))
def test_what_was_put_right_stays_as_it_is(text) -> None:
    once = repair_value(text)
    assert repair_value(once) == once


def test_no_name_of_the_country_is_touched() -> None:
    for path in sorted(schemas_root().glob("nomenclatures/*.parquet")):
        frame = pl.read_parquet(path).select(pl.col(pl.String))
        for column in frame.columns:
            texts = frame[column].drop_nulls().unique()
            assert not [t for t in texts if repair_value(t) != t or has_lost(t, t)], path.name


def test_each_value_is_told_with_its_line_and_column() -> None:
    frame = brut(
        "scolarite",
        {},
        {"NOM_DE_FAMILLE": "PRÃ‰VOSTEL", "LIGNE1_ADRESSE": "3 rue Andr?"},
        {"NOM_DE_FAMILLE": "PRÃ‰VOSTEL", "PRENOM": "H\ufffdl\ufffdne"},
        {"MEL": "pr?vost@exemple.fr", "UAI": "?"},
    )
    partition = validate(frame, fichier("scolarite"), CAMPAGNE)
    texts = partition.rejets.filter(pl.col("regle").is_in(["texte_repare", "lettres_perdues"]))
    assert texts.select("ligne", "gravite", "regle", "colonne").rows() == [
        (2, "avertissement", "texte_repare", "NOM_DE_FAMILLE"),
        (2, "avertissement", "lettres_perdues", "LIGNE1_ADRESSE"),
        (3, "avertissement", "texte_repare", "NOM_DE_FAMILLE"),
        (3, "avertissement", "lettres_perdues", "PRENOM"),
    ]
    assert partition.valides["NOM_DE_FAMILLE"].to_list()[1:3] == ["PRÉVOSTEL"] * 2
    assert partition.valides["PRENOM"][2] == "H?l?ne"


def test_a_situation_that_decides_is_read_again() -> None:
    """Spoilt, `Scolarité` was no known situation: emptied, it gave no doubt."""
    partition = validate(
        brut("missions_locales", {"situationCategorie": "ScolaritÃ©"}),
        fichier("missions_locales"),
        CAMPAGNE,
    )
    assert partition.valides["situationCategorie"].to_list() == ["Scolarité"]
    assert partition.rejets["regle"].to_list() == ["texte_repare"]


def test_the_rule_of_an_extract_names_its_columns_that_are_printed() -> None:
    for extrait in ("scolarite", "agricole", "apprentissage", "missions_locales", "diplomes"):
        declared = declaration(f"extraits/{extrait}")
        (named,) = (r["colonnes"] for r in declared.siei["regles"] if r["rule"] == "texte_repare")
        kinds = {f["name"]: f["siei"]["kind"] for f in declared.fields}
        people = {column for column, kind in kinds.items() if kind in ("nom", "prenom")}
        assert people <= set(named)


def test_a_clean_slice_is_the_very_same() -> None:
    frame = brut("scolarite", {}, {"PRENOM": None})
    same, found = repair_text(frame, declaration("extraits/scolarite"), fichier("scolarite"))
    assert same is frame
    assert found.is_empty()


def test_holes_and_repairs_are_told_of_a_file_with_their_counts() -> None:
    warned = "avertissement"
    repaired, lost = tell_texts(
        "f.csv", {(warned, "texte_repare", "NOM"): 3, (warned, "lettres_perdues", "NOM"): 2,
                  (warned, "ine_lisible", "INE"): 9, (warned, "lettres_perdues", "ADRESSE"): 1},
    )  # fmt: skip
    assert "f.csv: 3 values of NOM" in repaired.journal
    assert "Dans f.csv, 3 valeurs de ADRESSE, NOM ont perdu des lettres" in lost.rapport
    assert list(tell_texts("f.csv", {})) == []


@pytest.mark.parametrize("extrait", ["scolarite", "apprentissage", "missions_locales", "retours"])
def test_a_heading_within_a_file_is_nobody(tmp_path, extrait) -> None:
    """Files were joined, each with its heading: told as what it is, and no person."""
    rows = [rangee(extrait), colonnes(extrait), [c.lower() for c in colonnes(extrait)]]
    write(tmp_path, f"{extrait}.csv", texte(extrait, [*rows, rangee(extrait)]))
    kept: defaultdict[str, list[pl.DataFrame]] = defaultdict(list)
    counted = sort_rows(
        tmp_path, fichier(extrait), CAMPAGNE, lambda table, frame, _: kept[table].append(frame)
    )
    assert (counted.valides, counted.rejetees) == (2, 2)
    assert counted.regles["rejet", "entete_repetee", None] == 2
    assert pl.concat(kept["valides"])["ligne"].to_list() == [1, 4]
