"""What a filter asks, what of an event it asks about, and whether the two fit."""
