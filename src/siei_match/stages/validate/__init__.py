"""Validate: from received text to values that hold, and the rows that do not."""

from siei_match.stages.validate.dates import DateOrders
from siei_match.stages.validate.gate import (
    RejectionLimit,
    count_rules,
    gate_rejected,
    gate_sources,
    refuse_source,
    sources_above,
)
from siei_match.stages.validate.model import valid_declaration, valid_model
from siei_match.stages.validate.partition import Partition, validate

__all__ = [
    "DateOrders",
    "Partition",
    "RejectionLimit",
    "count_rules",
    "gate_rejected",
    "gate_sources",
    "refuse_source",
    "sources_above",
    "valid_declaration",
    "valid_model",
    "validate",
]
