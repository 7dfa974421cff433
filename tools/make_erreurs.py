"""Write docs/erreurs.md from the sources: every error that siei-match may tell, with its remedy.

Usage: `python tools/make_erreurs.py`. A test compares the page with the sources, so that an error
cannot be added without its remedy standing where an operator looks for it.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from siei_match.reference.error_codes import CODES

RACINE: Final = Path(__file__).parents[1]
SOURCES: Final = RACINE / "src" / "siei_match"
PAGE: Final = RACINE / "docs" / "erreurs.md"
TOLD: Final = "(says which)"
"""Stands for what is only known when it happens."""


@dataclass(frozen=True, order=True)
class Erreur:
    """Where an error is made, what it says, and its remedy."""

    classe: str
    what: str
    remedy: str
    code: str
    module: str


def error_classes() -> dict[str, str]:
    """Return the classes of errors.py that are raised, with what each is for."""
    tree = ast.parse((SOURCES / "reference" / "errors.py").read_text(encoding="utf-8"))
    return {
        node.name: (ast.get_docstring(node) or "").partition("\n")[0]
        for node in tree.body
        if isinstance(node, ast.ClassDef) and any(_name(base) == "SieiError" for base in node.bases)
    }


def class_codes() -> dict[str, str]:
    """Return the code of an error of each class of errors.py that has none of its own."""
    tree = ast.parse((SOURCES / "reference" / "errors.py").read_text(encoding="utf-8"))
    return {
        node.name: statement.value.value
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        for statement in node.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        and isinstance(statement.value, ast.Constant)
        and "CODE" in ast.unparse(statement).partition("=")[0]
    }


def find_errors() -> list[Erreur]:
    """Return every error that the sources make, in the order of classes and words."""
    classes = {"SieiError", *error_classes()}
    codes = class_codes()
    trees = {
        path.relative_to(SOURCES).with_suffix("").as_posix(): ast.parse(path.read_text("utf-8"))
        for path in sorted(SOURCES.rglob("*.py"))
    }
    own = {module: _constants(tree) for module, tree in trees.items()}
    found = set()
    for module, tree in trees.items():
        constants = _imported(tree, own) | own[module]
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) in classes:
                given = {k.arg: k.value for k in node.keywords}
                remedy, code = given.get("remedy"), given.get("code")
                what = node.args[0] if node.args else None
                found.add(
                    Erreur(
                        _name(node.func),
                        _words(what, constants),
                        _words(remedy, constants),
                        _words(code, constants) if code else codes[_name(node.func)],
                        module,
                    )
                )
    return sorted(found)


def render() -> str:
    """Return the page."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "*Written by `tools/make_erreurs.py` from the sources: do not change it here.*"
    yield ""
    yield "# Errors and their remedies"
    yield ""
    yield (
        "A command that stops says what it found and where, then what to do next. `…` stands for a name of a file, a column "
        "or a rule, or for a count: an error never holds a value of a row. Whatever is not listed here is a defect, told as one "
        "(`siei_match.reference.failures`). What to do around a campaign: [exploitation.md](exploitation.md)."
    )
    yield ""
    yield "## Codes"
    yield ""
    yield (
        "The exit code says whether a command did what it was asked (0, 1, 2, 3: [contract.md](contract.md#2-the-commands)); "
        "the code says why not. With `--journal json`, where standard error is no terminal, a failure is one line of JSON as those "
        "of the log: `message` (what), `remede` (what to do), `code`, and `details`, the names and counts of which it speaks. A code stays "
        "though words change."
    )
    yield ""
    yield "| code | |"
    yield "|---|---|"
    for code, sense in CODES.items():
        yield f"| `{code}` | {sense} |"
    errors = find_errors()
    for classe, sense in {
        **error_classes(),
        "SieiError": "Anything else that stops a run.",
    }.items():
        mine = [erreur for erreur in errors if erreur.classe == classe]
        if not mine:
            continue
        yield ""
        yield f"## {classe}"
        yield ""
        yield sense
        yield ""
        yield "| it says | then | code | made in |"
        yield "|---|---|---|---|"
        for erreur in mine:
            yield f"| {_cell(erreur.what)} | {_cell(erreur.remedy)} | {_code(erreur.code)} | `{erreur.module}` |"


def _code(code: str) -> str:
    return code if code == TOLD else f"`{code}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("[", "\\[")


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _constants(tree: ast.Module) -> dict[str, str]:
    """Return a module's constants that are texts."""
    found = {}
    for node in tree.body:
        target = node.target if isinstance(node, ast.AnnAssign) else None
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
        if target is not None and isinstance(node, ast.Assign | ast.AnnAssign):
            words = _words(node.value, found) if node.value else TOLD
            if words != TOLD:
                found[_name(target)] = words
    return found


def _imported(tree: ast.Module, own: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the texts that a module takes from another."""
    return {
        alias.asname or alias.name: words
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
        for module in [node.module.removeprefix("siei_match.").replace(".", "/")]
        if (words := own.get(module, {}).get(alias.name)) is not None
    }


def _words(node: ast.AST | None, constants: Mapping[str, str]) -> str:
    """Return the words of a text, `…` for each part that is only known when it happens."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=values):
            return "".join(
                _words(value, constants)
                if isinstance(value, ast.Constant)
                else _part(value, constants)
                for value in values
            )
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return _words(left, constants) + _words(right, constants)
        case ast.IfExp(body=body, orelse=other):
            return f"{_words(body, constants)} / {_words(other, constants)}"
        case ast.Name(id=name):
            return constants.get(name, TOLD)
        case _:
            return TOLD


def _part(node: ast.AST, constants: Mapping[str, str]) -> str:
    inner = node.value if isinstance(node, ast.FormattedValue) else node
    known = _words(inner, constants) if isinstance(inner, ast.Name) else TOLD
    return "…" if known == TOLD else known


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
