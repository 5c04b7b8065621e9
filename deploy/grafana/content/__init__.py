"""What is on each board."""

from content.deliveries import DELIVERIES
from content.overview import OVERVIEW
from content.redis_board import REDIS
from content.services import ENRICHER, FETCHER, GATEWAY, NOTIFIER, PARSER
from content.sources import SOURCES

BOARDS = (OVERVIEW, FETCHER, PARSER, ENRICHER, NOTIFIER, GATEWAY, SOURCES, DELIVERIES, REDIS)
