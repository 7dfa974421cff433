"""docs/portail.md says what is there."""

import re
from pathlib import Path

from siei_match.portal.config import PortalSettings
from siei_match.release.states import draw

PAGE = (Path(__file__).parents[2] / "docs" / "portail.md").read_text("utf-8")


def test_the_state_diagram_is_the_code_s() -> None:
    assert f"```mermaid\n{draw()}\n```" in PAGE


def test_every_setting_is_listed_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", PAGE, flags=re.MULTILINE))
    # The secret itself is a variable, never a setting of a file.
    assert set(rows) == set(PortalSettings.model_fields) - {"oidc_secret"}
    for name, shown in rows.items():
        default = PortalSettings.model_fields[name].default
        assert shown == ("none" if default is None else str(default)), name
