"""The fast version of the fuzzer (bench/fuzz.py): whatever is delivered, the laws hold."""

import contextlib
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bench.fuzz_base import Depot, make_depot
from bench.fuzz_laws import Banc, Issue, draw
from siei_match.campaign.progress import follow
from siei_match.campaign.steps.receive import receive
from siei_match.reference.vocabulary import EXTRACTS
from tests.examples import examples

QUICK = settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def banc(tmp_path_factory: pytest.TempPathFactory) -> Banc:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SIEI_CLE", raising=False)
        return Banc(tmp_path_factory.mktemp("fuzz"), publie=False)


def read(banc: Banc, depot: Depot, mode: str = "fichier") -> Issue:
    issue = banc.read(Issue(0, mode, depot.faits), depot)
    assert issue.fautes == [], (issue.faits, issue.dit)
    return issue


@given(graine=st.integers(0, 2**32))
@QUICK
@example(55)  # a Parquet file of 30 kB whose one value, shared by 300,000 rows, took 8 GB
@example(121)
@example(4)  # a control character in the name of a file
@example(700043)  # a zip cut at its beginning
@example(700528)  # an encoding of several bytes announced in a sheet
@example(960398)  # a date described by words and by a format
@example(248)  # a column described by the heading of another
@example(2)  # one case in three lies and reads well
def test_a_spoilt_delivery_is_read_or_refused(banc: Banc, graine: int) -> None:
    mode, depot = draw(graine)
    read(banc, depot, "controle" if mode == "campagne" else mode)


@given(extrait=st.sampled_from(EXTRACTS), octets=st.binary(max_size=400), nom=st.booleans())
@QUICK
def test_any_bytes_are_read_or_refused(banc, extrait: str, octets: bytes, nom: bool) -> None:
    depot = make_depot(extrait)
    depot.cible.brut, depot.cible.compte = octets, False
    if nom:
        depot.cible.nom = f"{extrait}.parquet"
    read(banc, depot)


@given(
    extrait=st.sampled_from([e for e in EXTRACTS if e != "apprentissage"]),
    ligne=st.integers(0, 5),
    textes=st.lists(st.text(st.characters(codec="utf-8"), max_size=40), min_size=1, max_size=6),
    ou=st.integers(0, 40),
)
@QUICK
def test_any_text_in_a_field_is_read_and_counted(banc, extrait, ligne, textes, ou) -> None:
    """A row is a row, whatever its fields hold: read, and either valid or rejected."""
    depot = make_depot(extrait)
    rangee = depot.cible.rangees[ligne]
    for rang, texte in enumerate(textes, start=ou):
        rangee[rang % len(rangee)] = texte
    # A NUL byte, a field of many lines, or of two with a separator, stops the run: told elsewhere.
    stopped = "\0" in "".join(textes) or any(
        t.count("\n") + t.count("\r") > 20 or (set("\r\n") & set(t) and ";" in t) for t in textes
    )
    assert (read(banc, depot).issue == "lu") is not stopped


def test_what_an_earlier_command_left_is_not_heard(banc: Banc) -> None:
    """A command run by this process before has set its log up on a stream that is closed since."""
    closed = StringIO()
    with contextlib.redirect_stderr(closed):
        follow()
    closed.close()
    assert read(banc, make_depot("scolarite")).issue == "lu"


def test_the_laws_can_be_broken(banc: Banc, monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness sees a value that is said, a row that is lost, an exception that escapes."""
    depot = make_depot("scolarite")
    depot.cible.rangees.append(depot.cible.rangees[0])
    assert banc.read(Issue(0, "fichier", []), depot).fautes == []
    monkeypatch.setattr("bench.fuzz_laws._count", lambda compte, n: [f"{n}"])
    assert banc.read(Issue(0, "fichier", []), make_depot("scolarite")).fautes == ["6"]

    monkeypatch.undo()
    mixed = make_depot("scolarite")
    mixed.cible.rangees[0][6], mixed.cible.rangees[1][6] = (
        r[2] for r in mixed.cible.rangees[1::-1]
    )
    fautes = banc.read(Issue(0, "fichier", []), mixed).fautes
    assert fautes == ["a row holds the text of two people"]

    def speak(dossier: Path) -> None:
        raise ValueError("ZQNAME")

    monkeypatch.setattr("bench.fuzz_laws.receive", speak)
    assert banc.read(Issue(0, "fichier", []), make_depot("retours")).fautes == [
        "ValueError escaped"
    ]
    monkeypatch.setattr("bench.fuzz_laws.receive", lambda d: print("ZQNAME") or receive(d))
    (fault, *_) = banc.read(Issue(0, "fichier", []), make_depot("retours")).fautes
    assert fault.startswith("a value was said")
