"""Places, lines and who steps aside: on a real loop, without any request."""

from __future__ import annotations

import asyncio

import pytest

from services.notifier.delivering.turns import LINE, Places, TurnedAwayError, Turns


def turns(**limits: float) -> Turns:
    given = {"at_once": 4, "slow": 8, "per_host": 3, "per_endpoint": 2, "per_second": 1e6, **limits}
    return Turns(**given)  # type: ignore[arg-type]


async def test_so_many_to_an_endpoint_a_host_and_in_all() -> None:
    made = turns()
    one = made.endpoint("http://a.example/1")
    held = [await made.enter(one) for _ in range(2)]
    waiting = asyncio.create_task(made.enter(one))
    other = made.endpoint("http://a.example/2")
    held.append(await made.enter(other))
    full_host = asyncio.create_task(made.enter(other))
    elsewhere = [await made.enter(made.endpoint("http://b.example/1"))]
    full = asyncio.create_task(made.enter(made.endpoint("http://c.example/1")))
    await asyncio.sleep(0)
    assert not any(one.done() for one in (waiting, full_host, full))
    made.leave(elsewhere[0])
    made.leave(await full)
    made.leave(held[2])
    made.leave(await full_host)
    made.leave(held[0])
    made.leave(await waiting)
    made.leave(held[1])
    assert one.places.busy == 0


async def test_who_takes_long_gives_its_place_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notifier.delivering.turns.ASIDE_SECONDS", -1.0)
    made = turns(slow=4)
    slow = [await made.enter(made.endpoint(f"http://{n}.example/")) for n in range(4)]
    following = asyncio.create_task(made.enter(made.endpoint("http://next.example/")))
    await asyncio.sleep(0)
    assert not following.done()
    await made.tick()
    turn = await following
    for one in [*slow, turn]:
        made.leave(one)
    again = [await made.enter(made.endpoint(f"http://{n}.example/")) for n in range(4)]
    assert len(again) == 4, "every place came back"


async def test_an_endpoint_whose_answer_is_overdue_gets_no_more_than_it_can_take() -> None:
    made = turns(per_endpoint=8)
    lane = made.endpoint("http://a.example/1")
    held = [await made.enter(lane) for _ in range(2)]
    made.overdue(held[0])
    with pytest.raises(TurnedAwayError) as away:
        await made.enter(lane)
    assert away.value.wait >= 1
    made.leave(held[0])
    held.append(await made.enter(lane))
    made.overdue(held[0])
    held.append(await made.enter(lane))
    assert lane.late == 0, "one that had left is not overdue"


async def test_who_waits_for_an_endpoint_that_hangs_is_turned_away() -> None:
    made = turns(per_endpoint=1)
    lane = made.endpoint("http://a.example/1")
    held = await made.enter(lane)
    waiting = [asyncio.create_task(made.enter(lane)) for _ in range(3)]
    await asyncio.sleep(0)
    made.overdue(held)
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in results] == [TurnedAwayError] * 3
    waits = [one.wait for one in results if isinstance(one, TurnedAwayError)]
    assert waits == sorted(waits)


async def test_a_line_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    made = turns(per_endpoint=1)
    lane = made.endpoint("http://a.example/1")
    await made.enter(lane)
    waiting = [asyncio.create_task(made.enter(lane)) for _ in range(LINE + 5)]
    await asyncio.sleep(0)
    assert sum(one.done() for one in waiting) == 5
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_place_given_to_one_who_has_gone_goes_to_the_next() -> None:
    places = Places(1, 0)
    assert places.take()
    first, second = (asyncio.create_task(places.wait()) for _ in range(2))
    await asyncio.sleep(0)
    places.give()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await asyncio.wait_for(second, 1)
