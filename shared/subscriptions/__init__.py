"""Who wants to know what."""
