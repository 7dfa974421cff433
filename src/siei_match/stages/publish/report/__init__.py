"""rapport.html: what a run read, linked, decided and listed, for people. Counts only.

One self-contained file: style and drawings are inside, there is no script and no link outside, so
that it opens anywhere, prints, and tells nobody that it was opened.
"""

from siei_match.stages.publish.report.previous import Precedente, read_precedente
from siei_match.stages.publish.report.render import render_report
from siei_match.stages.publish.report.words import nombre, pourcent

__all__ = ["Precedente", "nombre", "pourcent", "read_precedente", "render_report"]
