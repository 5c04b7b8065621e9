"""HTTP to the world, past the guard."""
