"""How much of a page we look at: every page is taken for hostile."""

PAGE_BYTES = 16_000_000
READING_SECONDS = 5.0
"""What is not read of a page by then is left out, and said to be."""
PAGE_TAGS = 40_000
"""Trees grow with the square of what stands open; real live blogs have some 5,000 tags."""
BODY_TAGS = 2_000
TANGLES = 2_000_000
"""Formatting tags with attributes, times all tags: left open, each is opened again in every block."""
ENTRIES = 10_000
TITLE_CHARACTERS = 500
BODY_CHARACTERS = 200_000
NAME_CHARACTERS = 120
AUTHORS = 20
URL_CHARACTERS = 2_048
LINKS = 50
IMAGES = 50
SCRIPTS = 100
JSON_DEPTH = 24
"""How deep a model is looked for inside other data."""
GRAPH_NODES = 200_000
MORE_PAGES = 50
"""Addresses of further pages of a listing."""
STATE_NODES = 50_000
"""How much of a value is searched for a model, from the outside inwards: models lie near the top."""
STATE_VALUES = 20
"""JSON values that are taken out of one script, or out of the strings of one."""
