"""What goes out now and what later, for subscribers who have preferences."""
