"""Laws of the audit log: nothing that happens to its bytes goes unseen."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from siei_match.output.audit import Actor, append, read_entries, verify
from siei_match.output.audit.entry import TEXT_MAX
from tests.examples import examples

CLE = b"k" * 32
QUAND = datetime(2026, 10, 16, 8, 30, tzinfo=UTC)
WORDS = st.text(st.characters(categories=("L", "N", "P", "Zs"), exclude_characters="@"),
                max_size=TEXT_MAX).filter(str.isprintable)  # fmt: skip
DETAILS = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True),
    st.integers() | WORDS.filter(lambda t: not any(c.isdigit() for c in t)),
    max_size=3,
)
ENTRIES = st.lists(
    st.tuples(st.sampled_from(["run", "export", "acces", "purge"]), WORDS, DETAILS, st.booleans()),
    min_size=1,
    max_size=4,
)


def write(sortie: Path, acte: str, n: int, cle: bytes | None = None, **details: Any) -> None:
    acteur = Actor("agent", QUAND.replace(minute=n), cle)
    append(sortie, acte, acteur, details=details, fichiers={"liste.csv": f"{n:064x}"})


def oracle_of_chain(lines: list[bytes]) -> list[str]:
    """Compute the hash of each line the long way, from what the text of the contract says."""
    before = hashlib.sha256(b"siei-match audit 1").hexdigest()
    found = []
    for n, line in enumerate(lines, start=1):
        read = json.loads(line)
        read["n"], read["precedent"] = n, before
        del read["empreinte"]
        text = json.dumps(read, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        before = hashlib.sha256(text.encode("utf-8")).hexdigest()
        found.append(before)
    return found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A log of five lines, the third sealed."""
    sortie = tmp_path_factory.mktemp("audit")
    for n in range(5):
        write(sortie, "export", n, CLE if n == 2 else None, psad=f"PSAD-{n}")
    assert verify(sortie, key=CLE).whole
    return {path.name: path.read_bytes() for path in (sortie / "memoire").iterdir()}


@contextmanager
def laid_out(files: dict[str, bytes]) -> Iterator[Path]:
    with TemporaryDirectory() as name:
        memoire = Path(name, "memoire")
        memoire.mkdir()
        for file, content in files.items():
            (memoire / file).write_bytes(content)
        yield Path(name)


@settings(max_examples=examples(25), deadline=None)
@given(ENTRIES)
def test_what_is_noted_is_read_again_and_chained_as_the_oracle_says(entries: Any) -> None:
    with TemporaryDirectory() as name:
        sortie = Path(name)
        for acte, par, details, sealed in entries:
            acteur = Actor(par, QUAND, CLE if sealed else None)
            append(sortie, acte, acteur, details=details, fichiers={})
        found = read_entries(sortie)
        assert [(e.acte, e.par, e.details, e.sceau is not None) for e in found] == entries
        lines = (sortie / "memoire" / "audit.jsonl").read_bytes().splitlines()
        assert [e.empreinte for e in found] == oracle_of_chain(lines)
        told = verify(sortie, key=CLE, expected=found[0].empreinte)
        assert told.whole
        assert told.lignes == len(entries)


@settings(max_examples=examples(300), deadline=None)
@given(file=st.sampled_from(["audit.jsonl", "audit.tete"]), data=st.data())
def test_any_byte_changed_added_or_removed_is_seen(
    files: dict[str, bytes], file: str, data: st.DataObject
) -> None:
    content = files[file]
    start = data.draw(st.integers(0, len(content)))
    removed = data.draw(st.integers(0, 3))
    altered = content[:start] + data.draw(st.binary(max_size=3)) + content[start + removed :]
    assume(altered != content)
    with laid_out({**files, file: altered}) as sortie:
        assert not verify(sortie).whole


LINES = st.permutations(range(5)) | st.lists(st.integers(0, 4), max_size=7)


@settings(max_examples=examples(150), deadline=None)
@given(order=LINES)
def test_any_line_missing_doubled_or_moved_is_seen(
    files: dict[str, bytes], order: list[int]
) -> None:
    assume(list(order) != list(range(5)))
    lines = files["audit.jsonl"].splitlines(keepends=True)
    altered = b"".join(lines[n] for n in order)
    with laid_out({**files, "audit.jsonl": altered}) as sortie:
        assert not verify(sortie).whole


@settings(max_examples=examples(40), deadline=None)
@given(rang=st.integers(0, 4), sealed=st.booleans())
def test_a_chain_computed_again_without_the_key_breaks_at_the_seal(
    files: dict[str, bytes], rang: int, sealed: bool
) -> None:
    read = [json.loads(line) for line in files["audit.jsonl"].splitlines()]
    read[rang]["par"] = "quelqu’un d’autre"
    lines = [json.dumps(line).encode() for line in read]
    before = hashlib.sha256(b"siei-match audit 1").hexdigest()
    for line, empreinte in zip(read, oracle_of_chain(lines), strict=True):
        line["precedent"], line["empreinte"] = before, empreinte
        before = empreinte
    forged = "".join(
        json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"
        for line in read
    )
    tete = json.dumps({"n": 5, "empreinte": before}) + "\n"
    with laid_out({"audit.jsonl": forged.encode(), "audit.tete": tete.encode()}) as sortie:
        # The plain chain holds: that is what the seal is for.
        assert verify(sortie).whole
        told = verify(sortie, key=CLE)
        assert told.sealed == 3
        assert told.whole == (rang > 2)
        old = read_entries_of(files)
        assert not verify(sortie, expected=old[-1]).whole


def read_entries_of(files: dict[str, bytes]) -> list[str]:
    return [json.loads(line)["empreinte"] for line in files["audit.jsonl"].splitlines()]
