"""The deployment as prefect.yaml declares it, and the dates of its next runs."""

from siei_match.flows.schedule import next_dates, read_deployment, read_schedules

__all__ = ["next_dates", "read_deployment", "read_schedules"]
