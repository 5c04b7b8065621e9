"""Batches of deliveries, from the stream to what became of each."""
