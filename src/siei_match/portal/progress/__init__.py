"""How far platforms are with their lists, in counts alone: for them, and for who steers a region."""
