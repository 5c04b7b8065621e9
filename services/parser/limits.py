"""How much of a page we look at: every page is taken for hostile."""

PAGE_BYTES = 16_000_000
READING_SECONDS = 5.0
"""What is not read of a page by then is left out, and said to be."""
PAGE_TAGS = 200_000
SECOND_TREE_TAGS = 15_000
"""Tags of what is worth a second tree, mended or to take parts out of."""
BODY_TAGS = 2_000
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
ITEM_PROPERTIES = 300
"""Properties of one microdata item, those of the items inside included."""
ITEM_DEPTH = 4
"""How deep microdata items are read inside one another."""
LEAVES = 60
"""Elements of an entry that are looked at for what they show."""
MORE_PAGES = 100
"""Further pages of a listing that are named."""
XML_DEPTH = 64
XML_NODES = 200_000
XML_CHARACTERS = 4_000_000
XML_ENTITIES = 100_000
"""Ampersands of an XML document; in one with more, those that XML does not know are not mended."""
NESTING = 30
"""How far up an entry's element is looked for another entry around it."""
STATE_NODES = 50_000
"""How much of a value is searched for a model, from the outside inwards: models lie near the top."""
STATE_VALUES = 20
"""JSON values that are taken out of one script, or out of the strings of one."""
