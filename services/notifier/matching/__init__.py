"""Which subscriptions an event concerns."""
