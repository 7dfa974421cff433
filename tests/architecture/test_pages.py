"""The pages say what is there: links, paths and pictures lead somewhere; each page is in the index."""

import re
import unicodedata
from functools import cache
from pathlib import Path

import pytest

from siei_match.reference.settings import Settings

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "siei_match"
DOCS = ROOT / "docs"
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("schemas/**/*.md"),
     *ROOT.glob("sample_data/*.md")]
)  # fmt: skip
GENERATED = {
    "docs/colonnes.md": "tools/make_colonnes.py",
    "docs/commandes.md": "tools/make_commandes.py",
    "docs/declaration.md": "tools/make_declaration.py",
    "docs/decisions.md": "tests.spec.test_decisions_manual",
    "docs/erreurs.md": "tools/make_erreurs.py",
    "docs/modele.md": "tools/make_modele.py",
}
DATED = {"CHANGELOG.md", *(f"docs/adr/{page.name}" for page in (DOCS / "adr").glob("0*.md"))}
"""Pages that tell what was so on a day, with the paths of that day."""
ROOMS = {"schemas", "docs", "tests", "bench", "tools", "flows", "src"}
"""Folders of the root whose files a page may name."""
MANUALS = [page for page in PAGES if page.relative_to(ROOT).as_posix() not in DATED]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def links(page: Path) -> list[tuple[str, str]]:
    """Return (path, anchor) of each link of a page that stays in the repository."""
    found = re.findall(r"\]\(([^)\s]+)[^)]*\)", page.read_text("utf-8"))
    return [tuple(link.partition("#")[::2]) for link in found if ":" not in link]


@cache
def anchors(page: Path) -> set[str]:
    """Return what GitHub makes of a page's headings: lower case, hyphens, letters as they are."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return {
        "".join(
            "-" if letter == " " else letter
            for letter in unicodedata.normalize("NFC", heading.strip().lower())
            if letter in " -_" or letter.isalnum()
        )
        for heading in re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    }


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for path, anchor in links(page):
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(f"{path}#{anchor}")
    assert broken == []


@pytest.mark.parametrize("page", MANUALS, ids=name)
def test_a_path_that_a_page_names_is_there(page: Path) -> None:
    """A file of code or of declarations, told from the root or from the package."""
    named = re.findall(
        r"`((?:[\w.-]+/)*[\w-]+\.(?:py|sql|toml|json|csv|md))`", page.read_text("utf-8")
    )
    folders = re.findall(
        r"`((?:src|tests|docs|schemas|stages|campaign|output|bench)/(?:[\w.-]+/)*)`",
        page.read_text("utf-8"),
    )
    ours = [path for path in named if path.endswith(".py") or path.split("/")[0] in ROOMS]
    assert [
        path
        for path in [*ours, *folders]
        if not any((root / path).exists() for root in (ROOT, SOURCE))
    ] == []


def test_the_path_test_reads_enough() -> None:
    """An oracle of the pattern above: the walk through the house is one of paths."""
    named = set(re.findall(r"`([\w/]+\.py)`", (ROOT / "ARCHITECTURE.md").read_text("utf-8")))
    assert len(named) > 60
    steps = {f"campaign/steps/{p.name}" for p in (SOURCE / "campaign" / "steps").glob("[a-z]*.py")}
    assert steps <= named


def test_architecture_names_every_room_of_the_package() -> None:
    architecture = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    rooms = {
        path.stem
        for path in SOURCE.iterdir()
        if not path.name.startswith("_") and path.suffix in {"", ".py"}
    }
    assert {room for room in rooms if room not in architecture} == set()
    walk = architecture.partition("## Layers")[0]
    stages = {path.name for path in (SOURCE / "stages").iterdir() if not path.name.startswith("_")}
    linkage = {p.stem for p in (SOURCE / "stages" / "link").iterdir() if not p.name.startswith("_")}
    assert {stage for stage in stages if f"`stages/{stage}/" not in walk} == set()
    assert {room for room in linkage if f"`stages/link/{room}" not in walk} == set()


def test_the_index_has_every_page() -> None:
    index = DOCS / "README.md"
    told = {(index.parent / path).resolve() for path, _ in links(index) if path}
    pages = {page for page in DOCS.glob("**/*.md") if page.parent != DOCS / "adr"} - {index}
    pages |= {DOCS / "adr" / "README.md", *DOCS.glob("exemples/*")}
    assert {page.name for page in pages - told} == set()
    records = {DOCS / "adr" / path for path, _ in links(DOCS / "adr" / "README.md")}
    assert set((DOCS / "adr").glob("0*.md")) <= records


def test_the_readme_is_for_a_stranger() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 100
    assert text.count("](docs/images/") == 3
    assert "(docs/README.md)" in text


def test_every_picture_is_shown_and_small() -> None:
    shown = {(page.parent / path).resolve() for page in PAGES for path, _ in links(page)}
    pictures = set((DOCS / "images").iterdir())
    assert pictures <= shown
    assert [picture.name for picture in pictures if picture.stat().st_size > 250_000] == []


def test_what_is_generated_says_so_in_its_first_line() -> None:
    for page, tool in GENERATED.items():
        first = (ROOT / page).read_text("utf-8").partition("\n")[0]
        assert tool in first, page
    by_tool = {
        f"docs/{path.stem.removeprefix('make_')}.md" for path in ROOT.glob("tools/make_*.py")
    }
    assert {page for page in by_tool if (ROOT / page).exists()} <= set(GENERATED)


@pytest.mark.parametrize("page", MANUALS, ids=name)
def test_a_manual_tells_no_history(page: Path) -> None:
    months = "January|February|March|April|May|June|July|August|September|October|November|December"
    history = rf"(?i)\b(?:(?:until|since|before) (?:{months}) 20\d\d|(?:since|until) version|depuis la version)"
    assert re.findall(history, page.read_text("utf-8")) == []


def test_the_runbook_lists_every_setting_with_its_default() -> None:
    runbook = (DOCS / "exploitation.md").read_text("utf-8")
    part = runbook.partition("### Settings")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", part, flags=re.MULTILINE))
    # The key itself is a variable, never a setting of a file.
    assert set(rows) == set(Settings.model_fields) - {"cle"}
    for setting, shown in rows.items():
        default = Settings.model_fields[setting].default
        assert default is None or shown == str(default), setting


def test_pages_name_real_targets() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for page in MANUALS:
        told = re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE)
        assert set(told) <= targets, name(page)
    assert "make demo " in (ROOT / "README.md").read_text("utf-8")


def test_the_contract_that_the_code_cites_has_that_section() -> None:
    sections = set(
        re.findall(r"^## (\d)\.", (DOCS / "contract.md").read_text("utf-8"), re.MULTILINE)
    )
    pattern = (
        r"(?i)(?:contract|contrat)(?:'s|\.md)?,? (?:section )?(\d)|section (\d) of the contract"
    )
    cited = {
        "".join(match)
        for folder in (SOURCE, ROOT / "bench", ROOT / "flows")
        for path in folder.rglob("*.py")
        for match in re.findall(pattern, path.read_text("utf-8"))
    }
    assert len(cited) > 3
    assert cited <= sections


def test_a_page_that_the_code_names_is_there() -> None:
    for path in [*SOURCE.rglob("*.py"), *ROOT.glob("bench/*.py"), *ROOT.glob("flows/*.py")]:
        named = re.findall(r"\b((?:docs/[\w/-]+|[A-Z]{4,}|domain)\.md)\b", path.read_text("utf-8"))
        known = [path.parent, ROOT, ROOT / "sample_data"]
        assert [n for n in named if not any((root / n).exists() for root in known)] == [], path


def test_a_test_that_a_page_names_is_there() -> None:
    """A claim that rests on a test rests on nothing where that test was renamed or removed."""
    files = {path.stem: path.read_text("utf-8") for path in ROOT.glob("tests/**/test_*.py")}
    named = {
        (file, test)
        for page in ROOT.glob("docs/*.md")
        for file, test in re.findall(r"`(test_\w+)::(test_\w+)`", page.read_text("utf-8"))
    }
    assert named
    assert {(f, t) for f, t in named if f"def {t}(" not in files.get(f, "")} == set()
