"""What a function takes can be read at its call: more than six in a row, and nobody knows which."""

import ast
from collections.abc import Iterator
from pathlib import Path

SRC = Path(__file__).parents[2] / "src" / "siei_match"
MOST = 6


def positional(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Name every function, with its parameters that are not by keyword; `self` is none."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
            yield node.name, len(names) - (names[:1] in (["self"], ["cls"]))


def test_no_function_takes_more_than_six_in_a_row() -> None:
    found = {
        f"{path.relative_to(SRC).as_posix()}: {name}"
        for path in SRC.rglob("*.py")
        for name, count in positional(ast.parse(path.read_text("utf-8")))
        if count > MOST
    }
    assert found == set(), "make one object of what goes together, or name by keyword"


def test_the_rule_counts_as_a_caller_does() -> None:
    tree = ast.parse("def f(a, b, /, c, *, d): ...\nclass C:\n    def g(self, a): ...")
    assert dict(positional(tree)) == {"f": 3, "g": 1}
