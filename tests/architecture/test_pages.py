"""The pages say what is there: links lead somewhere, settings and targets are the real ones."""

import re
from pathlib import Path

import pytest

from siei_match.reference.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("schemas/**/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
    broken = [
        link for link in links if ":" not in link and not (page.parent / link).resolve().exists()
    ]
    assert broken == []


def test_the_readme_lists_every_setting_with_its_default() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", readme, flags=re.MULTILINE))
    # The key itself is a variable, never a setting of a file.
    assert set(rows) == set(Settings.model_fields) - {"cle"}
    for name, shown in rows.items():
        default = Settings.model_fields[name].default
        assert default is None or shown == str(default), name


def test_the_readme_names_real_targets() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"make ([a-z-]+)", readme)) <= targets


def test_architecture_names_every_module_of_the_package() -> None:
    architecture = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    modules = {
        path.stem
        for path in (ROOT / "src" / "siei_match").iterdir()
        if not path.name.startswith("_") and path.suffix in {"", ".py"}
    }
    assert {name for name in modules if name not in architecture} == set()
