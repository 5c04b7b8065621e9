"""What a handler is given by its parameter's name; `create_app` says where each comes from."""

from __future__ import annotations

from typing import TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation
from msgspec import Struct
from redis.asyncio import Redis

from services.gateway.admission import Room
from services.gateway.catching import Catcher
from services.gateway.following import Follower
from services.gateway.http.access import Allowance
from services.gateway.settings import Settings
from services.gateway.view import View
from shared.outgoing.guard import Guard
from shared.sources.store import SourceStore
from shared.subscriptions.record import Subscription
from shared.subscriptions.store import SubscriptionStore


class Means(Struct, frozen=True):
    """What subscribing takes, given as one: Litestar starts a task for each of several."""

    store: SubscriptionStore
    redis: Redis
    guard: Guard
    settings: Settings
    allowance: Allowance
    room: Room


GivenAllowance: TypeAlias = NamedDependency[Allowance]
GivenAsking: TypeAlias = NamedDependency[Allowance]
"""For what is worked out on demand."""
GivenCatcher: TypeAlias = NamedDependency[Catcher]
GivenFollower: TypeAlias = NamedDependency[Follower]
GivenGuard: TypeAlias = NamedDependency[Guard]
GivenMeans: TypeAlias = NamedDependency[Means]
GivenRedis: TypeAlias = NamedDependency[SkipValidation[Redis]]
"""A cluster's client is one too, though of another class."""
GivenSettings: TypeAlias = NamedDependency[Settings]
GivenSources: TypeAlias = NamedDependency[SourceStore]
GivenStore: TypeAlias = NamedDependency[SubscriptionStore]
GivenView: TypeAlias = NamedDependency[View]
Owned: TypeAlias = NamedDependency[Subscription]
"""The subscription that the address names, once its bearer has been found to be its owner."""
