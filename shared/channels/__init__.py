"""Keys, secrets and hosts of browser pushes and webhooks."""
