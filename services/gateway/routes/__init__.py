"""What the gateway answers, a module for each group of addresses."""
