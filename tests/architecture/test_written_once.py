"""What is said in one place is said there alone: sums of files, drafts, French, small counts."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from siei_match.reference.disclosure import SMALL_COUNT

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "siei_match"


def calls(node: ast.AST, *names: str) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in names


def replaces(node: ast.AST, *words: str) -> bool:
    """Say whether it is `text.replace(*words)`."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "replace"
        and [a.value for a in node.args if isinstance(a, ast.Constant)] == list(words)
    )


def says(node: ast.AST, *parts: str) -> bool:
    """Say whether it is a text, none of our documentation, that has one of these in it."""
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and any(part in node.value for part in parts)
    )


def modules_where(told: Callable[[ast.AST], bool]) -> set[str]:
    return {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if any(told(node) for node in walk(ast.parse(path.read_text("utf-8"))))
    }


def walk(tree: ast.Module) -> Iterator[ast.AST]:
    """Give the nodes of a module, but the texts that stand alone: its documentation."""
    alone = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return (node for node in ast.walk(tree) if id(node) not in alone)


ONCE = {
    # The key of PKCE, the rounds of an HMAC and the program's own digest are no sums of delivered files;
    # the builder imports nothing of ours.
    "hashes": (
        lambda n: isinstance(n, ast.Import) and any(a.name == "hashlib" for a in n.names),
        {"reference/files.py", "reference/keyed.py", "reference/hasher.py", "portal/signin/oidc.py", "output/databases/builder.py",
         "reference/engines/code.py"},
    ),
    "flushes": (
        lambda n: calls(n, "os.fsync"),
        # The log itself, to which lines are added.
        {"reference/files.py", "output/audit/log.py"},
    ),
    "takes the place of another file": (
        # One argument: a text's replace has two. The journal makes many renames one.
        lambda n: calls(n, "draft.replace", "source.replace", "os.replace", "os.rename"),
        {"reference/files.py", "output/journal.py"},
    ),
    "names drafts": (
        lambda n: says(n, ".en-cours", ".tmp"),
        # Folders of stagings, and what DuckDB leaves beside a base.
        {"reference/files.py", "output/layout.py", "release/acts.py", "release/released.py",
         "output/databases/builder.py", "retention/purge.py"},
    ),
    "writes a decimal comma": (lambda n: replaces(n, ".", ","), set()),
    "writes days in French": (lambda n: says(n, "%d/%m/%Y"), {"reference/french.py"}),
    "names months": (lambda n: says(n, "février"), {"reference/french.py"}),
    "says what to do about a disk": (
        lambda n: isinstance(n, ast.Attribute) and n.attr == "EDQUOT",
        {"reference/files.py"},
    ),
    "sets the small count": (
        lambda n: isinstance(n, ast.AnnAssign)
        and ast.unparse(n.target) in ("SMALL_COUNT", "MINIMUM", "SEUIL", "PETIT"),
        {"reference/disclosure.py"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ONCE)
def test_it_stands_in_its_modules_alone(what: str) -> None:
    told, where = ONCE[what]
    assert modules_where(told) == where


def test_whoever_cannot_import_the_small_count_has_the_same() -> None:
    views = (SOURCE / "output" / "databases" / "sql" / "vues.sql").read_text("utf-8")
    assert set(re.findall(r">= (\d+) THEN", views)) == {str(SMALL_COUNT)}
