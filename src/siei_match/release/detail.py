"""Every detail of schoolings, for who is entitled: a database of their own, and a line in the audit log.

siei.duckdb shows a school, a training, an age only where enough people share them. Who must see all of
it is handed a file, readable by them alone; the log says who took it, when and why.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from siei_match.output import prepared_campaigns
from siei_match.output.audit import Actor
from siei_match.output.databases.building import building, detail_statements
from siei_match.output.placing import placing
from siei_match.reference.errors import OutputError, SettingsError
from siei_match.reference.files import PRIVATE


def write_detail(sortie: Path, to: Path, actor: Actor, motif: str) -> int:
    """Write decisions and outcomes of all campaigns, nothing hidden, as a DuckDB file; return how many campaigns.

    Raises:
        SettingsError: no reason is given.
        OutputError: there is no campaign, or the disk or the audit log refuses.
    """
    if not motif.strip():
        raise SettingsError(
            "Details are handed out with a reason.", remedy='Give one: --motif "…".'
        )
    campaigns = prepared_campaigns(sortie)
    if not campaigns:
        raise OutputError(
            f"{sortie}: there is no campaign.", remedy="Name the folder that `siei run` wrote."
        )
    details: dict[str, str | int] = {"campagnes": len(campaigns), "motif": motif.strip()}
    with placing(sortie, "detail", actor, folder=to.parent, details=details) as drafts:
        draft = drafts.add(to)
        # Built where nobody else looks: DuckDB makes its own file, and wants none there before.
        with TemporaryDirectory(prefix=".siei-detail-", dir=to.parent) as place:
            made = Path(place, to.name)
            with building() as bases:
                bases.start(made, detail_statements(campaigns), PRIVATE)
            made.replace(draft)
    return len(campaigns)
