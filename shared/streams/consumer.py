"""Reading a stream in batches through FastStream, and taking over what a dead consumer left behind.

What FastStream 0.7.8 leaves to us: the group is created at the start of the stream, records keep their MessagePack
bodies, messages that nobody finishes are claimed with a count of their deliveries, and a subscriber that stopped
because its group was lost is started again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from faststream import AckPolicy
from faststream.message import gen_cor_id
from faststream.redis import RedisBroker, StreamSub
from faststream.redis.message import RedisBatchStreamMessage
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.telemetry.logs import get_logger

READ_BLOCK_MS = 500
FIELD = b"m"
log = get_logger()


class Record(Struct, frozen=True, gc=False):
    """A message as it lies in the stream. `deliveries` counts how often it was handed out, this time included."""

    id: bytes
    body: bytes
    deliveries: int = 1


OnBatch: TypeAlias = Callable[[Sequence[Record]], Awaitable[None]]


class Consumer:
    """One stream read by one group on behalf of this process. What `on_batch` does not acknowledge comes again."""

    def __init__(
        self,
        broker: RedisBroker,
        client: Redis,
        *,
        stream: str,
        group: str,
        name: str,
        batch: int,
        claim_idle: float,
        on_batch: OnBatch,
        at_once: int = 1,
    ) -> None:
        """With `at_once` above 1 each message is a batch of its own and so many are worked on at the same time."""
        self.stream = stream
        self.group = group
        self._client: Any = client  # redis-py annotates the union of what its modes answer
        self._name = name
        self._batch = batch
        self._claim_idle = claim_idle
        self._on_batch = on_batch
        self._held: set[bytes] = set()
        self._at_once = at_once
        self._slots = asyncio.Semaphore(at_once)
        self._working: set[asyncio.Task[None]] = set()
        self._subscriber = broker.subscriber(
            stream=StreamSub(
                stream, group=group, consumer=name, batch=True, max_records=batch, polling_interval=READ_BLOCK_MS
            ),
            ack_policy=AckPolicy.MANUAL,
            parser=self._parse,
            decoder=_records,
            no_reply=True,
        )
        self._subscriber(self._handle)

    @property
    def running(self) -> bool:
        return self._subscriber.running

    async def start(self) -> None:
        """Creates the group at the start of the stream, takes back what this name held, and reads."""
        await self._create_group()
        await self._take_over(idle=0, only_own=True)
        if not self._subscriber.running:
            await self._subscriber.start()

    async def mend(self) -> None:
        """To be called every few seconds: starts a reader that stopped, and claims what nobody has finished."""
        if not self._subscriber.running:
            log.error("consumer.restarted", stream=self.stream, group=self.group, reason="its group was lost")
            await self.start()
        await self._keep_held()
        await self._take_over(idle=self._claim_idle)

    async def _create_group(self) -> None:
        try:
            await self._client.xgroup_create(self.stream, self.group, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def drain(self, seconds: float) -> None:
        """Waits until what was begun is finished; what takes longer stays pending and is taken over."""
        if self._working:
            await asyncio.wait(self._working, timeout=seconds)

    async def _handle(self, records: Sequence[Record]) -> None:
        self._held |= {record.id for record in records}
        if self._at_once == 1:
            await self._finish(records)
            return
        for record in records:
            await self._slots.acquire()
            task = asyncio.create_task(self._finish([record]))
            self._working.add(task)
            task.add_done_callback(self._free)

    async def _finish(self, records: Sequence[Record]) -> None:
        try:
            await self._on_batch(records)
        except Exception as error:  # what failed stays pending and comes again
            log.warning("batch.failed", stream=self.stream, messages=len(records), error=repr(error))
        finally:
            self._held -= {record.id for record in records}

    def _free(self, task: asyncio.Task[None]) -> None:
        self._working.discard(task)
        self._slots.release()

    async def _keep_held(self) -> None:
        """Tells the group that what this process still works on is not abandoned."""
        if held := list(self._held):
            await self._client.xclaim(
                self.stream, self.group, self._name, min_idle_time=0, message_ids=held, justid=True
            )

    async def _take_over(self, *, idle: float, only_own: bool = False) -> None:
        after = "-"
        while True:
            waiting = await self._client.xpending_range(
                self.stream,
                self.group,
                min=after,
                max="+",
                count=self._batch,
                idle=int(idle * 1000) or None,
                consumername=self._name if only_own else None,
            )
            deliveries = {
                one["message_id"]: one["times_delivered"] + 1 for one in waiting if one["message_id"] not in self._held
            }
            if deliveries:
                claimed = await self._client.xclaim(
                    self.stream, self.group, self._name, min_idle_time=int(idle * 1000), message_ids=list(deliveries)
                )
                log.info("consumer.claimed", stream=self.stream, group=self.group, messages=len(claimed))
                await self._handle([Record(i, fields[FIELD], deliveries[i]) for i, fields in claimed if fields])
            if len(waiting) < self._batch:
                return
            after = f"({waiting[-1]['message_id'].decode()}"

    async def _parse(self, message: Any) -> RedisBatchStreamMessage:
        return RedisBatchStreamMessage(
            raw_message=message,
            body=b"",
            message_id=message["message_ids"][0].decode(),
            correlation_id=gen_cor_id(),
            consumer=self._client,
            group=self.group,
        )


async def _records(message: RedisBatchStreamMessage) -> list[Record]:
    raw = message.raw_message
    return [Record(i, fields[FIELD]) for i, fields in zip(raw["message_ids"], raw["data"], strict=True)]
