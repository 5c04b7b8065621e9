"""How Redis fares, as gauges: memory, persistence, replicas; of each node of a cluster that holds slots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prometheus_client import Gauge
from redis.asyncio import Redis, RedisCluster

from shared.telemetry.metrics import REGISTRY

UP = Gauge("livebell_redis_up", "1 while Redis answers the gateway.", registry=REGISTRY)
_ONE = "redis"
"""The node's name where there is no cluster."""


def _of_node(name: str, documentation: str) -> Gauge:
    return Gauge(name, documentation, ["node"], registry=REGISTRY)


MEMORY_USED = _of_node("livebell_redis_memory_used_bytes", "Memory that Redis uses for its data.")
MEMORY_LIMIT = _of_node(
    "livebell_redis_memory_limit_bytes", "Where Redis refuses writes: maxmemory, or the machine's memory without one."
)
PERSISTED = _of_node("livebell_redis_persistence", "1 while Redis writes what it holds to disk (AOF).")
PERSISTENCE_FAILED = _of_node(
    "livebell_redis_persistence_failed", "1 while the last write to disk failed, of the AOF or of a snapshot."
)
EVICTED = _of_node("livebell_redis_evicted_keys", "Keys thrown away for want of memory since Redis started.")
CLIENTS = _of_node("livebell_redis_clients", "Connections that Redis holds.")
REPLICAS = _of_node("livebell_redis_replicas", "Replicas that are connected.")
COMMANDS = _of_node("livebell_redis_commands", "Commands carried out since Redis started.")
UPTIME = _of_node("livebell_redis_uptime_seconds", "Since when Redis runs.")
_SHOWN = (MEMORY_USED, MEMORY_LIMIT, PERSISTED, PERSISTENCE_FAILED, EVICTED, CLIENTS, REPLICAS, COMMANDS, UPTIME)


async def measure_redis(client: Redis) -> None:
    """Shows the gauges; where Redis does not answer, that alone."""
    try:
        nodes = await _nodes(client)
    except Exception:
        UP.set(0)
        raise
    UP.set(1)
    for gauge in _SHOWN:
        gauge.clear()
    for name, info in nodes.items():
        show(name, info)


def show(node: str, info: Mapping[str, Any]) -> None:
    """What INFO says of a node."""
    MEMORY_USED.labels(node).set(info["used_memory"])
    MEMORY_LIMIT.labels(node).set(info.get("maxmemory") or info.get("total_system_memory", 0))
    PERSISTED.labels(node).set(info.get("aof_enabled", 0))
    failed = "err" in (info.get("aof_last_write_status"), info.get("aof_last_bgrewrite_status"))
    snapshot_failed = info.get("rdb_last_bgsave_status") == "err"
    PERSISTENCE_FAILED.labels(node).set(failed or snapshot_failed)
    EVICTED.labels(node).set(info.get("evicted_keys", 0))
    CLIENTS.labels(node).set(info.get("connected_clients", 0))
    REPLICAS.labels(node).set(info.get("connected_slaves", 0))
    COMMANDS.labels(node).set(info.get("total_commands_processed", 0))
    UPTIME.labels(node).set(info.get("uptime_in_seconds", 0))


async def _nodes(client: Any) -> dict[str, Mapping[str, Any]]:
    if isinstance(client, RedisCluster):
        await client.initialize()  # does nothing once the nodes are known
        return {node.name: await client.info(target_nodes=node) for node in client.get_primaries()}
    return {_ONE: await client.info()}
