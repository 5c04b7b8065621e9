"""Redis: memory, persistence, connections."""

from __future__ import annotations

from panels import BYTES, COUNT, SECONDS, Panel

from content.parts import RATE, Board, Row, small

REDIS = Board(
    "livebell-redis",
    "Livebell: Redis",
    "Memory, persistence, connections.",
    [
        Row(
            "Redis",
            [
                small(
                    "Answers",
                    "max(livebell_redis_up)",
                    "1 while it answers the gateway.",
                    limits=(None, 1),
                    worse_below=True,
                    alert="LivebellRedisDown",
                ),
                small(
                    "Writes to disk",
                    "min(livebell_redis_persistence)",
                    "1 while what it holds is written to disk (AOF).",
                    limits=(None, 1),
                    worse_below=True,
                    alert="LivebellRedisNotPersistent",
                ),
                small(
                    "Last write failed",
                    "max(livebell_redis_persistence_failed)",
                    "Of the AOF or a snapshot.",
                    limits=(None, 1),
                    alert="LivebellRedisPersistenceFailed",
                ),
                small(
                    "Evicted keys",
                    "max(livebell_redis_evicted_keys)",
                    "Must be none.",
                    limits=(None, 1),
                    alert="LivebellRedisEvicts",
                ),
                small("Replicas", "min(livebell_redis_replicas)", "That are connected, of each primary.", unit=COUNT),
                small("Runs for", "min(livebell_redis_uptime_seconds)", "Since its last start.", unit=SECONDS),
                Panel(
                    title="Memory",
                    queries=[
                        ("max by (node) (livebell_redis_memory_used_bytes)", "{{node}} used"),
                        ("max by (node) (livebell_redis_memory_limit_bytes)", "{{node}} limit"),
                    ],
                    tells="At the limit Redis refuses writes; nothing is thrown away.",
                    unit=BYTES,
                    alert="LivebellRedisMemoryHigh",
                ),
                Panel(
                    title="Commands",
                    queries=[(f"max by (node) (rate(livebell_redis_commands{RATE}))", "{{node}}")],
                    tells="Carried out, by node.",
                    unit="ops",
                ),
                Panel(
                    title="Connections",
                    queries=[("max by (node) (livebell_redis_clients)", "{{node}}")],
                    tells="That Redis holds.",
                ),
            ],
        )
    ],
)
