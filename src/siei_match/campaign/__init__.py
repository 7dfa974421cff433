"""One run: its story, its worksite, its steps, what it tells in the end."""
