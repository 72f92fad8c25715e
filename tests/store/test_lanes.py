"""Places for short and for long requests: who gets one, who waits, who is refused, and that none is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from kg.errors import Busy
from kg.store.lanes import FAST, Budget, Lane, Lanes, turnstile
from kg.store.vitals import Queue as Record

PATIENT = 10.0
FULL = r"^Too many requests are waiting already\. Ask again in a while\.$"


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 20))


def lane(places: int = 1, share: int = 100, queue: int = 100, queue_of_client: int = 100) -> Lane:
    return Lane(places, share, queue, queue_of_client)


def free(one: Lane) -> int:
    """How many places are free, found by taking them."""
    taken = 0
    while one.take(""):
        taken += 1
    for _ in range(taken):
        one.leave("")
    return taken


async def settle() -> None:
    """Let all that is ready run."""
    for _ in range(10):
        await asyncio.sleep(0)


class Queue:
    """Clients that wait for a place of a lane, and the order in which they got it."""

    def __init__(self, one: Lane) -> None:
        self.lane = one
        self.order: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def join(self, name: str, client: str | None = None, *, first: bool = False) -> None:
        async def wait() -> None:
            await self.lane.enter(name if client is None else client, PATIENT, first=first)
            self.order.append(name)

        self.tasks[name] = asyncio.create_task(wait())
        await settle()


# ---- a lane


def test_places_are_taken_and_given_back() -> None:
    one = lane(places=2)
    assert [one.take("a"), one.take("b"), one.take("c")] == [True, True, False]
    one.leave("a")
    assert [one.take("c"), one.take("a")] == [True, False]
    one.leave("b")
    one.leave("c")
    assert free(one) == 2


def test_one_client_holds_its_share_at_most() -> None:
    one = lane(places=3, share=2)
    assert [one.take("a"), one.take("a"), one.take("a"), one.take("b")] == [True, True, False, True]
    one.leave("a")
    one.leave("b")
    assert [one.take("a"), one.take("a"), one.take("b")] == [True, False, True]


def test_the_server_itself_has_no_share() -> None:
    one = lane(places=3, share=1)
    assert [one.take("") for _ in range(4)] == [True, True, True, False]


def test_who_comes_first_is_served_first() -> None:
    async def work() -> None:
        queue = Queue(lane())
        for name in "abcd":
            await queue.join(name)
        assert queue.order == ["a"]
        assert queue.lane.waiting == 3
        for name in "abcd":
            queue.lane.leave(name)
            await settle()
        assert queue.order == ["a", "b", "c", "d"]
        assert (queue.lane.waiting, free(queue.lane)) == (0, 1)

    run(work())


def test_what_goes_first_goes_before_those_that_wait() -> None:
    async def work() -> None:
        queue = Queue(lane())
        await queue.join("a")
        await queue.join("b")
        await queue.join("own", "", first=True)
        queue.lane.leave("a")
        await settle()
        assert queue.order == ["a", "own"]
        queue.lane.leave("")
        await settle()
        assert queue.order == ["a", "own", "b"]

    run(work())


def test_a_client_with_its_share_lets_others_pass_and_comes_after_them() -> None:
    async def work() -> None:
        queue = Queue(lane(places=2, share=1))
        await queue.join("a1", "a")
        await queue.join("a2", "a")
        await queue.join("b", "b")
        assert queue.order == ["a1", "b"]
        queue.lane.leave("b")
        await settle()
        assert queue.order == ["a1", "b"]
        assert queue.lane.waiting == 1
        queue.lane.leave("a")
        await settle()
        assert queue.order == ["a1", "b", "a2"]
        queue.lane.leave("a")
        assert free(queue.lane) == 2

    run(work())


def test_one_client_waits_while_a_place_is_free_that_it_may_not_have() -> None:
    async def work() -> None:
        queue = Queue(lane(places=3, share=2))
        for name in ("a1", "a2", "a3", "a4"):
            await queue.join(name, "a")
        assert (queue.order, queue.lane.waiting, free(queue.lane)) == (["a1", "a2"], 2, 1)
        queue.lane.leave("a")
        await settle()
        assert (queue.order, queue.lane.waiting, free(queue.lane)) == (["a1", "a2", "a3"], 1, 1)
        queue.tasks["a4"].cancel()
        await settle()

    run(work())


def test_who_comes_to_a_full_queue_is_told_to_come_back() -> None:
    async def work() -> None:
        queue = Queue(lane(queue=2))
        for name in "abc":
            await queue.join(name)
        with pytest.raises(Busy, match=FULL) as caught:
            await queue.lane.enter("d", PATIENT)
        assert caught.value.retry_after == 5
        assert queue.lane.state == Record(running=1, waiting=2, refused={"full": 1, "late": 0})
        await queue.join("own", "")
        assert queue.lane.waiting == 3
        for client in ("a", "b", "c", ""):
            queue.lane.leave(client)
            await settle()
        assert queue.order == ["a", "b", "c", "own"]
        await queue.lane.enter("d", PATIENT)

    run(work())


def test_one_client_may_only_fill_its_part_of_the_queue() -> None:
    async def work() -> None:
        queue = Queue(lane(queue=10, queue_of_client=2))
        for name in ("a1", "a2", "a3"):
            await queue.join(name, "a")
        with pytest.raises(Busy, match=FULL):
            await queue.lane.enter("a", PATIENT)
        await queue.join("b")
        assert queue.lane.waiting == 3
        queue.lane.leave("a")
        await settle()
        await queue.join("a4", "a")
        assert queue.lane.waiting == 3
        for task in queue.tasks.values():
            task.cancel()
        await settle()

    run(work())


def test_who_has_waited_too_long_is_told_to_come_back_and_leaves_the_queue() -> None:
    async def work() -> None:
        one = lane()
        assert one.take("a")
        sentence = r"^The request has waited 0\.02 s for its turn, and others were before it\. Ask again"
        with pytest.raises(Busy, match=sentence):
            await one.enter("b", 0.02)
        assert one.state == Record(running=1, waiting=0, refused={"full": 0, "late": 1})
        one.leave("a")
        assert free(one) == 1

    run(work())


@pytest.mark.parametrize("steps_until_cancelled", range(7))
@pytest.mark.parametrize("steps_until_left", range(7))
def test_giving_up_at_any_moment_loses_no_place(steps_until_left: int, steps_until_cancelled: int) -> None:
    async def work() -> None:
        one = lane(places=1, share=1)
        assert one.take("a")
        waiting = asyncio.create_task(one.enter("b", PATIENT))
        behind = asyncio.create_task(one.enter("c", PATIENT))
        cancelled = False
        for step in range(8):
            if step == steps_until_left:
                one.leave("a")
            if step == steps_until_cancelled:
                cancelled = waiting.cancel()
            await asyncio.sleep(0)
        await settle()
        assert waiting.done()
        assert waiting.cancelled() == cancelled, "who is cancelled stays so"
        if not waiting.cancelled():
            one.leave("b")
        await behind
        assert one.waiting == 0
        one.leave("c")
        assert free(one) == 1
        assert one.take("b")

    run(work())


@pytest.mark.parametrize("steps", range(7))
def test_losing_patience_at_the_moment_of_the_turn_loses_no_place(steps: int) -> None:
    async def work() -> None:
        one = lane(places=1, share=1)
        assert one.take("a")
        waiting = asyncio.create_task(one.enter("b", 0.0001 if steps else 0))
        for _ in range(steps):
            await asyncio.sleep(0)
        await asyncio.sleep(0.0001 * (steps % 3))
        one.leave("a")
        await asyncio.wait([waiting])
        if waiting.exception() is None:
            one.leave("b")
        else:
            assert isinstance(waiting.exception(), Busy)
        assert (one.waiting, free(one)) == (0, 1)

    run(work())


def test_a_crowd_that_comes_goes_and_gives_up_loses_no_place() -> None:
    async def work() -> None:
        one = lane(places=3, share=2, queue=50, queue_of_client=9)
        held, most = 0, 0

        async def visit(number: int) -> None:
            nonlocal held, most
            client = f"client {number % 5}"
            await one.enter(client, 0.001 * (number % 7 + 1))
            held += 1
            most = max(most, held)
            try:
                await asyncio.sleep(0.0005 * (number % 3))
            finally:
                held -= 1
                one.leave(client)

        tasks = []
        for number in range(400):
            tasks.append(asyncio.create_task(visit(number)))
            if number % 3 == 0:
                tasks[number // 2].cancel()
            if number % 10 == 0:
                await asyncio.sleep(0.0005)
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(end) for end in ends} <= {type(None), Busy, asyncio.CancelledError}
        assert sum(end is None for end in ends) > 20
        assert (held, most, one.waiting, free(one)) == (0, 3, 0, 3)

    run(work())


def test_closing_tells_all_who_wait_why_and_takes_no_place_away() -> None:
    async def work() -> None:
        queue = Queue(lane())
        for name in "abc":
            await queue.join(name)
        queue.lane.close(ValueError("The end."))
        queue.tasks["c"].cancel()
        await settle()
        assert str(queue.tasks["b"].exception()) == "The end."
        assert queue.tasks["c"].cancelled() or str(queue.tasks["c"].exception()) == "The end."
        assert queue.lane.waiting == 0
        queue.lane.leave("a")
        assert free(queue.lane) == 1

    run(work())


# ---- the two lanes


@pytest.mark.parametrize(("places", "share"), [(1, 1), (2, 1), (4, 3), (64, 63)])
def test_one_client_may_hold_all_places_of_the_slow_lane_but_one(places: int, share: int) -> None:
    lanes = Lanes(places)
    assert sum(lanes.slow.take("a") for _ in range(100)) == share
    assert sum(lanes.slow.take("b") for _ in range(100)) == places - share


def test_one_client_may_hold_all_places_of_the_fast_lane() -> None:
    lanes = Lanes(4)
    assert sum(lanes.fast.take("a") for _ in range(100)) == FAST == 2


def test_the_queues_have_limits_of_their_own_for_one_client_and_all() -> None:
    async def crowd(one: Lane, clients: int, each: int) -> list[asyncio.Task[None]]:
        tasks = [
            asyncio.create_task(one.enter(f"client {number % clients}", PATIENT))
            for number in range(clients * each)
        ]
        await settle()
        return tasks

    async def work() -> None:
        for clients, each, held, most in ((1, 100, 1, 48), (40, 10, 1, 128)):
            one = Lanes(1).slow
            tasks = await crowd(one, clients, each)
            assert one.waiting == most
            refused = [task for task in tasks if task.done() and task.exception()]
            assert all(isinstance(task.exception(), Busy) for task in refused)
            assert len(tasks) - len(refused) == held + most
            for task in tasks:
                task.cancel()
            await settle()
        fast = Lanes(1).fast
        tasks = await crowd(fast, 1, 1100)
        assert fast.waiting == 1000
        for task in tasks:
            task.cancel()
        await settle()
        assert [task for task in tasks if task.done() and not task.cancelled() and task.exception()]

    run(work())


def test_patience_is_less_where_many_wait() -> None:
    async def work() -> None:
        lanes = Lanes(4)
        tasks, patience = [], []
        for _ in range(FAST + 20):
            patience.append(lanes.patience())
            tasks.append(asyncio.create_task(lanes.fast.enter("a", PATIENT)))
            await settle()
        assert patience == sorted(patience, reverse=True)
        assert (patience[0], patience[-1]) == (0.25, 0.05)
        assert patience.count(0.25) == FAST + 4
        for task in tasks:
            task.cancel()
        await settle()

    run(work())


def test_shapes_of_long_requests_are_learnt_and_forgotten() -> None:
    lanes = Lanes(4)
    lanes.learn("x", long=True)
    lanes.learn("x", long=True)
    lanes.learn("y", long=True)
    lanes.learn("never seen", long=False)
    assert [lanes.is_long(shape) for shape in ("x", "y", "z", "")] == [True, True, False, False]
    lanes.learn("x", long=False)
    assert [lanes.is_long(shape) for shape in ("x", "y")] == [False, True]


def test_what_has_no_shape_is_never_long_beforehand() -> None:
    lanes = Lanes(4)
    lanes.learn("", long=True)
    assert not lanes.is_long("")


def test_only_so_many_shapes_are_kept_and_the_oldest_is_forgotten_first() -> None:
    lanes = Lanes(4)
    for number in range(4096):
        lanes.learn(str(number), long=True)
    lanes.learn("0", long=True)
    lanes.learn("new", long=True)
    assert [lanes.is_long(shape) for shape in ("0", "1", "2", "new")] == [True, False, True, True]


# ---- the budget


def test_a_budget_is_spent_at_once_or_steadily_and_refills() -> None:
    budget = Budget(60)
    assert [budget.spend("a", 0.0) for _ in range(60)] == [0.0] * 60
    assert budget.spend("a", 0.0) == pytest.approx(1.0)
    assert budget.spend("a", 0.25) == pytest.approx(0.75)
    assert budget.spend("a", 1.0) == 0.0
    assert budget.spend("a", 1.0) == pytest.approx(1.0)
    assert [budget.spend("a", 31.0) for _ in range(31)] == [0.0] * 30 + [pytest.approx(1.0)]


def test_a_bucket_holds_no_more_than_a_minute_of_requests() -> None:
    budget = Budget(3)
    assert [budget.spend("a", 1e6) for _ in range(4)] == [0.0, 0.0, 0.0, pytest.approx(20.0)]
    assert [budget.spend("a", 2e6) for _ in range(4)] == [0.0, 0.0, 0.0, pytest.approx(20.0)]


def test_a_budget_below_one_a_second_makes_clients_wait() -> None:
    budget = Budget(1)
    assert budget.spend("a", 0.0) == 0.0
    assert budget.spend("a", 15.0) == pytest.approx(45.0)
    assert budget.spend("a", 60.0) == 0.0


def test_every_client_has_a_bucket_of_its_own() -> None:
    budget = Budget(1)
    assert [budget.spend(client, 0.0) for client in ("a", "b", "c")] == [0.0, 0.0, 0.0]
    assert all(budget.spend(client, 0.0) > 0 for client in ("a", "b", "c"))


def test_no_budget_is_no_limit_and_costs_no_memory() -> None:
    budget = Budget(0)
    assert not any(budget.spend("a", 0.0) for _ in range(1000))
    assert not budget._buckets


def test_only_so_many_buckets_are_kept() -> None:
    budget = Budget(1)
    for number in range(10_050):
        assert budget.spend(f"client {number}", 0.0) == 0.0
    assert len(budget._buckets) == 10_000
    assert budget.spend("client 0", 0.0) == 0.0, "whoever is forgotten begins again"
    assert budget.spend("client 10049", 0.0) > 0


# ---- one after the other


def test_a_place_is_held_for_as_long_as_it_is_needed() -> None:
    async def main() -> None:
        gate = turnstile()
        async with gate.place("a", PATIENT):
            assert not gate.take("b")
            with pytest.raises(Busy, match=r"has waited 0\.01 s"):
                async with gate.place("b", 0.01):
                    pytest.fail("there is one place")
        with pytest.raises(ZeroDivisionError):
            async with gate.place("a", PATIENT):
                raise ZeroDivisionError
        assert free(gate) == 1

    run(main())


def test_the_own_requests_of_the_server_do_not_count() -> None:
    budget = Budget(1)
    assert [budget.spend("", 0.0) for _ in range(3)] == [0.0, 0.0, 0.0]
