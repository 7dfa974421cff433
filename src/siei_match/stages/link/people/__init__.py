"""From pairs to people: evidence between groups, constraints, constrained agglomeration."""
