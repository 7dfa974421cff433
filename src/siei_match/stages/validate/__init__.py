"""Validate: from received text to values that hold, and the rows that do not."""

from siei_match.stages.validate.dates import DateOrders
from siei_match.stages.validate.gate import count_rules, gate_rejected
from siei_match.stages.validate.model import valid_declaration, valid_model
from siei_match.stages.validate.partition import Partition, validate

__all__ = [
    "DateOrders",
    "Partition",
    "count_rules",
    "gate_rejected",
    "valid_declaration",
    "valid_model",
    "validate",
]
