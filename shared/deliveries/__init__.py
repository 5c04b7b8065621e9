"""What became of deliveries, and those that wait."""
