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
from siei_match.reference.errors import OutputError
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
    st.tuples(st.sampled_from(["run", "export", "acces", "purge"]), WORDS, DETAILS),
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
    """A log of five lines, each sealed."""
    sortie = tmp_path_factory.mktemp("audit")
    for n in range(5):
        write(sortie, "export", n, CLE, psad=f"PSAD-{n}")
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
@given(ENTRIES, st.booleans())
def test_what_is_noted_is_read_again_and_chained_as_the_oracle_says(
    entries: Any, sealed: bool
) -> None:
    with TemporaryDirectory() as name:
        sortie = Path(name)
        for acte, par, details in entries:
            acteur = Actor(par, QUAND, CLE if sealed else None)
            append(sortie, acte, acteur, details=details, fichiers={})
        found = read_entries(sortie)
        assert [(e.acte, e.par, e.details) for e in found] == entries
        assert {e.sceau is not None for e in found} == {sealed}
        lines = (sortie / "memoire" / "audit.jsonl").read_bytes().splitlines()
        assert [e.empreinte for e in found] == oracle_of_chain(lines)
        told = verify(sortie, key=CLE if sealed else None, expected=found[0].empreinte)
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


Line = dict[str, Any]
OTHER: str = "f" * 64


def strip(lines: list[Line], at: int) -> list[Line]:
    """Take the seals off a line and all that follow, as if a command without the key wrote them."""
    return [
        line | ({"cle": None, "sceau": None} if n >= at else {}) for n, line in enumerate(lines)
    ]


def lie(lines: list[Line], at: int) -> list[Line]:
    return [
        line | ({"par": "quelqu’un d’autre"} if n == at else {}) for n, line in enumerate(lines)
    ]


def lend(lines: list[Line], at: int) -> list[Line]:
    """Put a seal of no key that anybody holds in place of a true one."""
    return [line | ({"cle": "0badcafe", "sceau": OTHER} if n >= at else {})
            for n, line in enumerate(lines)]  # fmt: skip


def replay(lines: list[Line], at: int) -> list[Line]:
    """Say an old line again at the end, under the seal that it had."""
    return [*lines, dict(lines[at])]


def answer(lines: list[Line], at: int) -> list[Line]:
    """Pretend that somebody with the key answered for lines without a seal."""
    forged = strip(lie(lines, at), at)
    return [*forged, forged[-1] | {"acte": "acceptation", "details": {"lignes": 9, "motif": "x"}}]


EDITS = {
    "said otherwise": lie,
    "said otherwise, seals off": lambda lines, at: strip(lie(lines, at), at),
    "said otherwise, all seals off": lambda lines, at: strip(lie(lines, at), 0),
    "said otherwise, sealed by nobody": lambda lines, at: lend(lie(lines, at), at),
    "one line gone": lambda lines, at: lines[:at] + lines[at + 1 :],
    "one line gone, seals off": lambda lines, at: strip(lines[:at] + lines[at + 1 :], at),
    "two lines changed over": lambda lines, at: [*lines[:at], *lines[at:][::-1]],
    "an old line again": replay,
    "seals off": strip,
    "answered for": answer,
    "a line of one's own": lambda lines, at: [*lines, lines[at] | {"cle": None, "sceau": None}],
    "the end cut": lambda lines, at: lines[:at],
}


def chained(lines: list[Line]) -> dict[str, bytes]:
    """Compute the chain again over changed lines, and audit.tete: all that takes no key."""
    lines = [line | {"n": n} for n, line in enumerate(lines, 1)]
    before = hashlib.sha256(b"siei-match audit 1").hexdigest()
    hashes = oracle_of_chain([json.dumps(line).encode() for line in lines])
    for line, empreinte in zip(lines, hashes, strict=True):
        line["precedent"], line["empreinte"] = before, empreinte
        before = empreinte
    text = "".join(
        json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"
        for line in lines
    )
    tete = json.dumps({"n": len(lines), "empreinte": before}) + "\n"
    return {"audit.jsonl": text.encode(), "audit.tete": tete.encode()}


@settings(max_examples=examples(120), deadline=None)
@given(
    edits=st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.integers(0, 4)), min_size=1,
                   max_size=3),
    honest=st.integers(0, 2),
)  # fmt: skip
def test_any_edit_without_the_key_is_found_even_after_honest_acts(
    files: dict[str, bytes], edits: list[tuple[str, int]], honest: int
) -> None:
    """The attacker has the source and the folder, computes the chain again; not the key nor the anchor."""
    true = [json.loads(line) for line in files["audit.jsonl"].splitlines()]
    lines = true
    for name, at in edits:
        lines = EDITS[name](lines, min(at, len(lines) - 1)) if lines else lines
    forged = chained(lines)
    assume(forged["audit.jsonl"] != files["audit.jsonl"])
    anchor = "".join(f"{line['n']} {line['empreinte']}\n" for line in true)
    with laid_out(forged) as sortie:
        noted = sortie / "ailleurs"
        noted.write_text(anchor)
        assert not verify(sortie, key=CLE, anchor=str(noted)).whole
        if [name for name, _ in edits] != ["the end cut"] * len(edits):
            is_prefix = files["audit.jsonl"].startswith(forged["audit.jsonl"])
            assert is_prefix or not verify(sortie, key=CLE).whole
        for n in range(honest):
            try:
                write(sortie, "run", n, CLE)
            except OutputError:  # what is seen to be altered takes no entry
                break
        assert not verify(sortie, key=CLE, anchor=str(noted)).whole
