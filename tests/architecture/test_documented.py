"""Nothing is undocumented: commands, options, gates, rules, reasons, files, errors, counts."""

import ast
import json
import re
import runpy
from pathlib import Path

import pytest

from siei_match.cli.program import app
from siei_match.output.databases.building import OF_CAMPAIGNS
from siei_match.reference.contracts import declaration
from siei_match.stages.link import read_spec
from siei_match.stages.link.declared.kinds import FORMS
from siei_match.stages.link.declared.names import MODEL_AT, SPOKEN

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SOURCE = ROOT / "src" / "siei_match"
OF_A_FOLDER = ("registre", "reponses", "doutes", "profils")
"""Tables of a campaign's folder that no database holds."""


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def part(name: str, heading: str) -> str:
    """Return what stands under a heading, up to the next one of its kind."""
    level = heading.partition(" ")[0]
    return read(name).partition(f"\n{heading}")[2].partition(f"\n{level} ")[0]


@pytest.mark.parametrize("name", ["commandes", "declaration", "erreurs"])
def test_a_page_that_is_written_from_the_sources_is_up_to_date(name: str) -> None:
    page = runpy.run_path(str(ROOT / "tools" / f"make_{name}.py"))["render"]()
    assert page == read(f"docs/{name}.md"), f"run `python tools/make_{name}.py`"


def test_every_key_of_a_declaration_is_told() -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "make_declaration.py"))
    page = read("docs/declaration.md")
    assert set(tool["TABLES"]) == set(MODEL_AT)
    for pattern, model in MODEL_AT.items():
        section = part("docs/declaration.md", f"## {tool['TABLES'][pattern]}")
        told = re.findall(r"^\| `(\w+)` \| [^|]* \| (.+) \|$", section, re.MULTILINE)
        assert [key for key, _ in told] == list(model.model_fields), pattern
        assert all(len(words) > 10 for _, words in told), pattern
    for word in (*FORMS, *(level for form in FORMS.values() for level in form.levels), *SPOKEN):
        assert f"`{word}`" in page or f"*{word}*" in page, word
    # Once undocumented, all of them.
    for key in (
        "appris",
        "appris_si",
        "meilleur",
        "redit",
        "plafond",
        "frequences",
        "col:N",
        "decoupe",
    ):
        assert f"| `{key}` |" in page, key


def test_the_examples_of_the_page_are_declarations(tmp_path: Path) -> None:
    examples = re.findall(
        r"^```toml\n(.+?)^```", read("docs/declaration.md"), re.MULTILINE | re.DOTALL
    )
    assert examples
    for text in examples:
        (tmp_path / "example.toml").write_text(text, "utf-8")
        assert read_spec(tmp_path / "example.toml").traits


def test_every_command_says_what_it_and_each_argument_are_for() -> None:
    walk = runpy.run_path(str(ROOT / "tools" / "make_commandes.py"))["walk"]
    commands = {name: command for name, command in walk(app, "siei") if command.default_command}
    assert len(commands) > 15
    for name, command in commands.items():
        assert f"`siei {name.removeprefix('siei ')}" in (command.default_command.__doc__ or ""), (
            f"{name}: no example"
        )
        for argument in command.assemble_argument_collection():
            assert argument.parameter.help, (name, argument.name)


def test_the_contract_names_every_command_and_no_other() -> None:
    told = re.findall(r"^\| `siei (\w+) ", part("docs/contract.md", "## 2."), re.MULTILINE)
    assert sorted(told) == sorted(name for name in app if not name.startswith("-"))


def test_every_error_has_words_and_a_remedy_in_the_page() -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "make_erreurs.py"))
    told, errors = tool["TOLD"], tool["find_errors"]()
    assert len(errors) > 100
    # Words that are only known when it happens: a disk's, and what the portal lacks.
    vague = {e.module for e in errors if told in (e.what, e.remedy)}
    assert vague <= {"reference/failures", "reference/files", "portal/administration/from_outside"}
    # An oracle without the tree: every class that is called somewhere has its section.
    page, runbook = read("docs/erreurs.md"), read("docs/exploitation.md")
    for classe in tool["error_classes"]():
        assert f"## {classe}\n" in page
        assert f"`{classe}`" in runbook


def test_the_tool_sees_an_error_that_is_added() -> None:
    words = runpy.run_path(str(ROOT / "tools" / "make_erreurs.py"))["_words"]
    call = ast.parse('f"{a.name}: {n} rows." + CONST + ("x" if y else "z")', mode="eval").body
    assert words(call, {"CONST": " Ask."}) == "…: … rows. Ask.x / z"
    assert words(ast.parse("f(x)", mode="eval").body, {}) == "(says which)"


def test_every_gate_has_its_remedy_in_the_runbook() -> None:
    gates = {
        node.args[0].value
        for path in (*(SOURCE / "release").glob("*.py"), SOURCE / "stages" / "publish" / "gates.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Gate"
        and isinstance(node.args[0], ast.Constant)
    }
    table = dict(
        re.findall(
            r"^\| `(\w+)` \| .+ \| (.+) \|$", part("docs/exploitation.md", "## After"), re.MULTILINE
        )
    )
    assert len(gates) >= 7
    assert gates <= set(table)


def test_every_reason_of_a_decision_is_in_the_manual() -> None:
    motif = next(f for f in declaration("tables/decisions").fields if f["name"] == "motif")
    manual = read("docs/decisions.md")
    assert {m for m in motif["constraints"]["enum"] if f"`{m}`" not in manual} == set()


def test_every_rule_on_rows_is_in_the_page_of_columns() -> None:
    page = read("docs/colonnes.md")
    rules = {
        rule
        for path in (ROOT / "schemas" / "extraits").glob("*.json")
        for rule in re.findall(r'"rule": "(\w+)"', path.read_text("utf-8"))
    }
    assert len(rules) > 20
    assert {rule for rule in rules if f"`{rule}`" not in page} == set()


def test_every_file_is_in_the_contract_and_every_table_in_the_page_of_columns() -> None:
    contract, page = part("docs/contract.md", "## 3."), read("docs/colonnes.md")
    files = [f"{name}.parquet" for name in (*OF_CAMPAIGNS, *OF_A_FOLDER)]
    files += ["rapport.html", "manifeste.json", "siei.duckdb", "listes.duckdb", "executions.jsonl"]
    assert [name for name in files if name not in contract] == []
    tables = [
        json.loads(p.read_text("utf-8"))["name"] for p in (ROOT / "schemas" / "tables").glob("*")
    ]
    assert [name for name in tables if f"## {name}" not in page and f"`{name}`" not in page] == []
