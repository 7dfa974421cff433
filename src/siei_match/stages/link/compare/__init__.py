"""What two records have in common: one level per compared trait."""
