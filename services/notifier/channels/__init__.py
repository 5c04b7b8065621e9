"""What goes out, as each channel wants it: webhooks, browser pushes, Apprise."""
