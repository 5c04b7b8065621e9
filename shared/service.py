"""The life of a service's process: wait for Redis, start the consumers and loops, serve HTTP, drain and stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Sequence
from importlib.metadata import version
from types import FrameType
from typing import TypeAlias

import uvicorn
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.connection import connect, with_password
from shared.http_bounds import CONNECTIONS, HEADER_BYTES, BoundedProtocol
from shared.keys import key
from shared.settings import CommonSettings, SettingsError
from shared.streams.broker import streams
from shared.streams.consumer import Consumer, OnBatch
from shared.streams.upkeep import stream_upkeep
from shared.telemetry.health import App, health_app
from shared.telemetry.logs import get_logger
from shared.telemetry.metrics import BUILD_INFO, CONSUMERS_RUNNING, LOOP_FAILURES
from shared.telemetry.metrics_access import metrics_for
from shared.telemetry.tracing import TracingNotInstalledError, configure_tracing, end_tracing

MEND_SECONDS = 2.0
UPKEEP_SECONDS = 5.0
REDIS_WAIT_SECONDS = 1.0
AFTER_FAILURE_SECONDS = 1.0
Round: TypeAlias = Callable[[], Awaitable[None]]
log = get_logger()


class Service:
    """What a process runs. Declare with `consume` and `every`, then `await run()`; it returns when told to stop."""

    def __init__(self, name: str, settings: CommonSettings) -> None:
        self.name = name
        self.settings = settings
        _trace(name, settings)
        address = with_password(settings.redis_url, settings.redis_password)
        self.redis: Redis = connect(address, name)
        self._broker = streams(address, f"{name}-reader", drain_seconds=settings.drain_seconds)
        self._consumers: list[Consumer] = []
        self._loops: list[tuple[str, float, Round]] = []
        self._works: list[tuple[Round, Callable[[], None]]] = []
        self._on_stop: list[Callable[[], None]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._started = False
        BUILD_INFO.labels(version("livebell")).set(1)
        CONSUMERS_RUNNING.set_function(lambda: self._started and self._consumers_run())

    def consume(
        self,
        tags: list[str],
        kind: str,
        group: str,
        on_batch: Callable[[str], OnBatch],
        *,
        at_once: int = 1,
        most: int | None = None,
    ) -> None:
        """Reads the streams of a kind, one for each tag; `on_batch` makes the handler of a stream from its name. One
        read takes as many messages as the settings say, and no more than `most`."""
        batch = min(self.settings.batch, most or self.settings.batch)
        for tag in tags:
            stream = key(tag, kind)
            self._consumers.append(
                Consumer(
                    self._broker,
                    self.redis,
                    stream=stream,
                    group=group,
                    name=self.settings.consumer_name,
                    batch=batch,
                    claim_idle=self.settings.claim_idle,
                    on_batch=on_batch(stream),
                    at_once=at_once,
                )
            )

        async def upkeep() -> None:
            await stream_upkeep(
                self.redis,
                tags,
                kind,
                retention=self.settings.retention,
                max_backlog_age=self.settings.max_backlog_age,
            )

        self.every(UPKEEP_SECONDS, f"upkeep.{kind}", upkeep)

    def every(self, seconds: float, name: str, round_: Round) -> None:
        """Repeats a round for as long as the service runs; a round that fails is logged, counted and tried again."""
        self._loops.append((name, seconds, round_))

    def alongside(self, work: Round, stop: Callable[[], None]) -> None:
        """Runs work of its own beside the consumers; `stop` tells it to finish what it has begun and return."""
        self._works.append((work, stop))

    def when_stopping(self, call: Callable[[], None]) -> None:
        """Called when the process is told to stop, before HTTP waits for its answers: to end what would not end."""
        self._on_stop.append(call)

    async def checks(self) -> dict[str, bool]:
        """What must hold for the service to be ready."""
        return {
            "redis": await self._redis_answers(),
            "started": self._started,
            "consumers": self._consumers_run(),
        }

    async def run(self, app: App | None = None, prepare: Round | None = None) -> None:
        """Serves HTTP at once, so that health can be asked, and works until SIGTERM or SIGINT; then drains.

        `prepare` runs once Redis answers, before anything is read; it may declare what needs Redis to be made.
        """
        server = _Server(
            self._on_stop,
            uvicorn.Config(
                metrics_for(self.settings.metrics_for, app or health_app(self.checks)),
                host=self.settings.host,
                port=self.settings.port,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                http=BoundedProtocol,
                limit_concurrency=CONNECTIONS,
                h11_max_incomplete_event_size=HEADER_BYTES,
                timeout_graceful_shutdown=int(self.settings.drain_seconds),
            ),
        )
        serving = asyncio.create_task(server.serve())
        working = asyncio.create_task(self._work(serving, prepare))
        await asyncio.wait({serving, working}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await asyncio.gather(serving, working)
        await asyncio.to_thread(end_tracing)
        log.info("service.stopped", service=self.name)

    async def _work(self, serving: asyncio.Task[None], prepare: Round | None) -> None:
        await self._wait_for_redis(serving)
        if serving.done():
            return
        if prepare:
            await prepare()
        async with self._running():
            self._started = True
            log.info("service.started", service=self.name, port=self.settings.port)
            await asyncio.wait({serving})
            self._started = False

    @contextlib.asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        await self._broker.connect()
        for consumer in self._consumers:
            await consumer.start()
        loops = [(f"mend.{consumer.stream}", MEND_SECONDS, consumer.mend) for consumer in self._consumers]
        self._tasks = [asyncio.create_task(_repeat(*loop)) for loop in [*loops, *self._loops]]
        works = [asyncio.create_task(_whole(work)) for work, _ in self._works]
        try:
            yield
        finally:
            for _, stop in self._works:
                stop()
            await asyncio.gather(self._broker.stop(), *works)
            await asyncio.gather(*(consumer.drain(self.settings.drain_seconds) for consumer in self._consumers))
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self.redis.aclose()

    def _consumers_run(self) -> bool:
        return all(consumer.running for consumer in self._consumers)

    async def _redis_answers(self) -> bool:
        try:
            async with asyncio.timeout(1.0):
                await self.redis.ping()
        except (RedisError, TimeoutError, OSError):
            return False
        return True

    async def _wait_for_redis(self, serving: asyncio.Task[None]) -> None:
        said = 0.0
        while not serving.done() and not await self._redis_answers():
            if time.monotonic() - said > 10:
                said = time.monotonic()
                log.warning(
                    "redis.unreachable",
                    service=self.name,
                    hint="LIVEBELL_REDIS_URL must name a running Redis 7.0 or Valkey 8, or newer; trying again.",
                )
            await asyncio.wait({serving}, timeout=REDIS_WAIT_SECONDS)


class _Server(uvicorn.Server):
    """Ends on SIGTERM and SIGINT without raising them again, as uvicorn does: that would end the process undrained."""

    def __init__(self, on_stop: Sequence[Callable[[], None]], config: uvicorn.Config) -> None:
        super().__init__(config)
        self._on_stop = on_stop
        self._loop = asyncio.get_running_loop()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        for call in self._on_stop:
            self._loop.call_soon_threadsafe(call)
        super().handle_exit(sig, frame)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        before = {each: signal.signal(each, self.handle_exit) for each in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


def _trace(name: str, settings: CommonSettings) -> None:
    try:
        configure_tracing(name, settings.traces_to, settings.traces_share)
    except TracingNotInstalledError as error:
        raise SettingsError(str(error)) from error


async def _whole(work: Round) -> None:
    await work()


async def _repeat(name: str, seconds: float, round_: Round) -> None:
    while True:
        try:
            await round_()
        except Exception as error:  # the loop outlives whatever a round meets
            LOOP_FAILURES.labels(name).inc()
            log.warning("loop.failed", loop=name, error=repr(error))
            await asyncio.sleep(AFTER_FAILURE_SECONDS)
        await asyncio.sleep(seconds)
