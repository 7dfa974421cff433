"""rapport.html: what a run read, linked, decided and listed, for people. Counts only.

One self-contained file: style and drawings are inside, there is no script and no link outside, so
that it opens anywhere, prints, and tells nobody that it was opened.
"""

from siei_match.stages.publish.report.previous import PreviousCounts, read_previous_counts
from siei_match.stages.publish.report.render import render_report

__all__ = ["PreviousCounts", "read_previous_counts", "render_report"]
