"""The words of the identifiers: English, or of the contract; `python -m tests.architecture.names`.

French stands only in a name that stands in a file: a column, table, value, setting, option, key of
the manifest. What may be French is therefore generated: from `schemas/`, from the models that are
written to files or read from settings, from the commands' options and from GLOSSARY.md. English is
a list that ships with the tests (words/README.md). What is neither is told, by room of the house.
"""

import ast
import gzip
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
WORDS = Path(__file__).parent / "words"
MODELS = frozenset({"BaseModel", "BaseSettings"})
RECORDS = frozenset({"Body", "Entry", "Head", "StepMeasure", "ListTallies"})
"""Dataclasses whose fields are the keys of a file: the audit log, executions, released counts."""


@dataclass(frozen=True, order=True)
class Identifier:
    """A name that code binds, or passes by: a column of our own stands as a keyword."""

    module: str
    name: str

    @property
    def room(self) -> str:
        """Return the package that it stands in, stages one by one: `stages/link`."""
        parts = self.module.split("/")
        return "/".join(parts[: 2 if parts[0] == "stages" else 1])


def split_words(name: str) -> list[str]:
    """Split at underscores, digits and capitals; one letter alone is no word."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", fold(name))
    return [part.lower() for part in parts if len(part) > 1]


def fold(text: str) -> str:
    spread = unicodedata.normalize("NFD", text)
    return "".join(c for c in spread if not unicodedata.combining(c))


@cache
def english_words() -> frozenset[str]:
    shipped = gzip.decompress((WORDS / "english.txt.gz").read_bytes()).decode("utf-8")
    technical = (WORDS / "technical.txt").read_text("utf-8")
    lines = [line for line in technical.splitlines() if not line.startswith("#")]
    return frozenset(shipped.split()) | frozenset(" ".join(lines).split())


@cache
def contract_words() -> frozenset[str]:
    """Return the words of everything that stands in a file under its French name."""
    return frozenset(
        word for name in (*schema_names(), *model_fields(), *option_names(), *glossary_words())
        for word in split_words(name)
    )  # fmt: skip


def schema_names() -> Iterator[str]:
    for path in sorted((ROOT / "schemas").rglob("*.json")):
        yield path.stem
        yield from _declared(json.loads(path.read_text("utf-8")))


def _declared(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield str(node.get("name", ""))
        yield from map(str, node.get("enum", ()))
        yield from node["properties"] if isinstance(node.get("properties"), dict) else ()
        for value in node.values():
            yield from _declared(value)
    elif isinstance(node, list):
        for value in node:
            yield from _declared(value)


def model_fields() -> Iterator[str]:
    """Return the fields of the pydantic models: keys of files, and settings."""
    classes = [n for _, tree in sources() for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]
    models = set(MODELS) | RECORDS
    while True:
        found = {
            c.name for c in classes if {ast.unparse(b).split(".")[-1] for b in c.bases} & models
        }
        if found <= models:
            break
        models |= found
    for node in classes:
        if node.name in models:
            for field in node.body:
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    yield field.target.id


def option_names() -> Iterator[str]:
    page = (ROOT / "docs" / "commandes.md").read_text("utf-8")
    yield from (option.replace("-", "_") for option in re.findall(r"--([a-z][a-z-]*)", page))


def glossary_words() -> Iterator[str]:
    """Return the terms that GLOSSARY.md defines: the first cell of each line of its tables."""
    for line in (ROOT / "GLOSSARY.md").read_text("utf-8").splitlines():
        if line.startswith("| "):
            yield re.sub(r"\W+", "_", fold(line.split("|")[1].strip()))


@cache
def sources() -> tuple[tuple[str, ast.Module], ...]:
    source = ROOT / "src" / "siei_match"
    return tuple(
        (path.relative_to(source).with_suffix("").as_posix(), ast.parse(path.read_text("utf-8")))
        for path in sorted(source.rglob("*.py"))
    )


def identifiers() -> set[Identifier]:
    """Return every name that the package binds or passes as a keyword, once a module."""
    return {
        Identifier(module, name)
        for module, tree in sources()
        for name in (module.rpartition("/")[2], *bound_names(tree))
    }


def bound_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.ExceptHandler | ast.alias):
            yield (node.name if isinstance(node, ast.ExceptHandler) else node.asname) or ""


def is_known(name: str) -> bool:
    return all(
        word in english_words() or {word, word.removesuffix("s")} & contract_words()
        for word in split_words(name)
    )


def strangers() -> set[Identifier]:
    """Return the identifiers with a word that is neither English nor of the contract."""
    return {identifier for identifier in identifiers() if not is_known(identifier.name)}


def main() -> None:
    every, foreign = identifiers(), strangers()
    all_of, bad_of = Counter(i.room for i in every), Counter(i.room for i in foreign)
    print(f"{'room':<20} {'names':>7} {'strange':>8}")
    for room, count in sorted(all_of.items(), key=lambda pair: (-bad_of[pair[0]], pair[0])):
        print(f"{room:<20} {count:>7} {bad_of[room]:>8}")
    print(f"{'all':<20} {len(every):>7} {len(foreign):>8}")
    if "--list" in sys.argv:
        print(*(f"{i.module}: {i.name}" for i in sorted(foreign)), sep="\n")


if __name__ == "__main__":
    main()
