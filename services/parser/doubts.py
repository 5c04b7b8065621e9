"""What could not be read for certain, in words that a person who watches a source understands."""

from __future__ import annotations

NO_ZONE = "a time carries no zone, and neither the page nor the source's setting names one"
IMPLAUSIBLE = "a time lies before 1995 or days ahead: nobody posted then"
UNREADABLE = "a time is written in a way that we do not read"
NO_TIME = "an entry comes without a time"
NO_ID = "an entry comes without an id of its own that stays: it is told by its time and title"
TOO_MANY = "the page lists more entries than we read"
TOO_LARGE = "the page is larger than we read"
TOO_SLOW = "the page took longer to read than a page may: what came last was left out"
TANGLED = "the page's tags are nested too deeply: only its embedded data was read"
BROKEN_DATA = "data that a script holds cannot be read: it is damaged, or nested beyond reason"
BROKEN_TEXT = "characters are damaged: their bytes mean nothing in the page's charset"
FAILED = "a reader broke on the page: please report it"
