"""What is compared, as `schemas/liaison/` declares it."""
