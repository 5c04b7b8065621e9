"""The key that Web Push is signed with: the one that the settings give, else one made once and kept in Redis."""

from __future__ import annotations

from redis.asyncio import Redis

from shared.channels.vapid_keys import VapidKey, generate_key, load_key

KEY = "livebell:vapid"


async def push_identity(client: Redis, configured: str) -> VapidKey:
    """Every service that asks gets the same key, whichever asks first."""
    if configured:
        return load_key(configured)
    await client.set(KEY, generate_key().private, nx=True)
    kept = await client.get(KEY)
    return load_key(kept.decode() if isinstance(kept, bytes) else str(kept))
