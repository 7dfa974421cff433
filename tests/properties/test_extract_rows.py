"""Reading against Python's csv module, and against damaged bytes."""

import csv
import gzip
import io
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract import read_file, read_slices
from siei_match.stages.extract import rows as extract_rows
from siei_match.stages.extract.limits import measure_rows
from siei_match.stages.extract.streams import FIN
from tests.examples import examples
from tests.livraisons import LIGNES, colonnes, fichier, rangee, texte

LARGEUR = len(colonnes("diplomes"))
ENTETE = ";".join(colonnes("diplomes"))

CHAMPS = st.one_of(
    st.text("ab \t'é𝒳", max_size=4),
    st.text('ab";\n\r \x02', max_size=6).map(lambda t: '"' + t.replace('"', '""') + '"'),
    # Quotes where they open nothing, and text after a closed one.
    st.text('ab"', max_size=3).map(lambda t: "x" + t),
    st.text('ab"', max_size=3).map(lambda t: '"y"z' + t),
)
RANGEES = st.one_of(
    st.lists(CHAMPS, min_size=LARGEUR, max_size=LARGEUR),
    st.lists(CHAMPS, min_size=1, max_size=LARGEUR + 2),
).map(";".join)
FICHIERS = st.lists(
    st.tuples(
        st.one_of(RANGEES, st.sampled_from(["", FIN])), st.sampled_from(["\n", "\r\n", "\r"])
    ),
    max_size=12,
).map(lambda lignes: "".join(ligne + fin for ligne, fin in lignes))


class SwallowedError(Exception):
    """A quote made one row of several."""


def is_swallowed(champs: list[str]) -> bool:
    """True for a row over several lines that holds another row, or may."""
    if not any(set("\r\n") & set(champ) for champ in champs):
        return False
    separators = len(champs) - 1 + sum(champ.count(";") for champ in champs)
    both = any(";" in champ and set("\r\n") & set(champ) for champ in champs)
    return both or len(champs) != LARGEUR or separators >= 2 * (LARGEUR - 1)


def naive(contenu: str) -> tuple[list[tuple[int, list[str | None]]], list[int]]:
    """Return the kept rows with their number, and the numbers of the others."""
    kept, rejected = [], []
    lignes = [r for r in csv.reader(io.StringIO(contenu, newline=""), delimiter=";") if r][1:]
    for ligne, champs in enumerate(lignes, start=1):
        if is_swallowed(champs):
            raise SwallowedError
        if len(champs) == LARGEUR:
            kept.append((ligne, [champ or None for champ in champs]))
        else:
            rejected.append(ligne)
    return kept, rejected


@settings(max_examples=examples(300), deadline=None)
@given(FICHIERS, st.integers(1, 5))
@example('"";;;;;;;;;\n\n\n""\n', 1)
def test_rows_and_numbers_are_those_of_the_csv_module(contenu, taille):
    contenu = ENTETE + "\n" + contenu
    with tempfile.TemporaryDirectory() as dossier:
        Path(dossier, "diplomes.csv").write_bytes(contenu.encode())
        try:
            kept, rejected = naive(contenu)
        except SwallowedError:
            with pytest.raises(DeliveryError, match="opens a quote"):
                read_file(Path(dossier), fichier("diplomes"))
            return
        lu = read_file(Path(dossier), fichier("diplomes"))
        slices = list(read_slices(Path(dossier), fichier("diplomes"), size=taille))
    assert [(row[0], list(row[1:])) for row in lu.frame.iter_rows()] == kept
    assert lu.rejets["ligne"].to_list() == rejected
    assert lu.lignes == len(kept) + len(rejected)
    assert pl.concat([s.frame for s in slices]).equals(lu.frame)


@settings(max_examples=examples(100), deadline=None)
@given(FICHIERS)
def test_small_blocks_change_nothing(contenu):
    contenu = ENTETE + "\n" + contenu
    try:
        kept, rejected = naive(contenu)
    except SwallowedError:
        return
    usual = extract_rows.BLOC
    try:
        # Rows far shorter than a block, and many blocks.
        extract_rows.BLOC = 512
        with tempfile.TemporaryDirectory() as dossier:
            Path(dossier, "diplomes.csv").write_bytes(contenu.encode())
            lu = read_file(Path(dossier), fichier("diplomes"))
    finally:
        extract_rows.BLOC = usual
    assert lu.frame["ligne"].to_list() == [ligne for ligne, _ in kept]
    assert lu.rejets["ligne"].to_list() == rejected


@given(FICHIERS, st.integers(1, 7))
def test_measures_are_those_of_the_csv_module(contenu, pas):
    lignes = [r for r in csv.reader(io.StringIO(contenu, newline=""), delimiter=";") if r]
    morceaux = [contenu[i : i + pas] for i in range(0, len(contenu), pas)]
    found = list(measure_rows(["".join(morceaux)], ";", cite=True))
    assert [m.length for m in found] == [max(map(len, ligne)) for ligne in lignes]
    assert not any(m.is_open for m in found)
    assert [m.length for m in measure_rows(morceaux, ";", cite=True)] == [m.length for m in found]


@st.composite
def mutations(draw):
    """Good bytes of an extract, some of them changed, cut or doubled."""
    extrait = draw(st.sampled_from(sorted(LIGNES)))
    octets = texte(extrait, [rangee(extrait)] * 3).encode()
    nom = draw(st.sampled_from(["f.csv", "f.csv.gz"]))
    compress_first = draw(st.booleans())
    if nom.endswith(".gz") and compress_first:
        octets = gzip.compress(octets, mtime=0)
    octets = bytearray(octets)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(len(octets) - 1, 0)))
        octets[place : place + draw(st.integers(0, 3))] = draw(
            st.one_of(st.binary(max_size=3), st.sampled_from([b'"', b";", b"\n", b"\0", b"\xe9"]))
        )
    if nom.endswith(".gz") and not compress_first:
        octets = bytearray(gzip.compress(bytes(octets), mtime=0))
    return (
        extrait,
        nom,
        bytes(octets),
        draw(st.sampled_from(["utf-8", "iso-8859-15", "windows-1252"])),
    )


@settings(max_examples=examples(300), deadline=None)
@given(mutations())
def test_damaged_bytes_are_read_or_refused_by_name(case):
    extrait, nom, octets, encodage = case
    with tempfile.TemporaryDirectory() as dossier:
        Path(dossier, nom).write_bytes(octets)
        lu, echec = attempt(Path(dossier), fichier(extrait, nom, encodage=encodage))
    if echec is not None:
        assert nom in echec.what
        return
    numbers = sorted([*lu.frame["ligne"], *lu.rejets["ligne"]])
    assert numbers == list(range(1, lu.lignes + 1))


@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_a_damaged_parquet_is_read_or_refused_by_name(data):
    flux = io.BytesIO()
    pl.DataFrame([rangee("diplomes")] * 3, schema=colonnes("diplomes"), orient="row").write_parquet(
        flux
    )
    octets = bytearray(flux.getvalue())
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(octets) - 1))
        octets[place] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as dossier:
        Path(dossier, "f.parquet").write_bytes(octets)
        _, echec = attempt(Path(dossier), fichier("diplomes", "f.parquet"))
    assert echec is None or "f.parquet" in echec.what


def attempt(dossier, declared):
    """Read a file; return what was read, or how it was refused. Nothing else may be raised."""
    try:
        return read_file(dossier, declared), None
    except DeliveryError as echec:
        return None, echec
