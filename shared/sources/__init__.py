"""The live blogs that are watched, and what is known of each."""
