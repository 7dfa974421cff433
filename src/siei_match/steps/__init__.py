"""The steps of a run: each reads tables of the staging folder, calls one stage, writes others.

Stages are pure; what is here is their input and output, and the counting laws between them.
"""

from siei_match.steps.delivery import check, normalise, receive, validate
from siei_match.steps.linking import link
from siei_match.steps.people import decide, route
from siei_match.steps.publication import publish

__all__ = ["check", "decide", "link", "normalise", "publish", "receive", "route", "validate"]
