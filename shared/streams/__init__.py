"""How messages cross Redis streams: read in batches, worked on, committed in one atomic step."""
