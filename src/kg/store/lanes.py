"""Who may work now, who waits, and who is told to come back: places for short and for long requests.

Every request begins as a short one, in a place of the fast lane. One that is not done soon is long: it goes
on if a place of the slow lane is free, and waits for one otherwise. So long requests never keep short ones
from being answered, whatever their number. One client may not hold all places of the slow lane, and only a
part of the queue for them.
"""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from kg.errors import Busy
from kg.store.vitals import Queue

FAST = 2
"""Places of the fast lane."""
_FAST_QUEUE = 1000
_SLOW_QUEUE = 128
_SLOW_QUEUE_OF_CLIENT = 48
_SHAPES = 4096

_REMEDY = "Ask again in a while."


@dataclass(eq=False)
class _Ticket:
    client: str
    turn: "asyncio.Future[None]"


class Lane:
    """Places, and a queue for them; ``share`` is how many of them one client may hold."""

    def __init__(self, places: int, share: int, queue: int, queue_of_client: int) -> None:
        """All places are free."""
        self._free = places
        self._share = share
        self._queue_limit = queue
        self._queue_of_client = queue_of_client
        self._held: Counter[str] = Counter()
        self._waiting: deque[_Ticket] = deque()
        self._waiting_of: Counter[str] = Counter()
        self._refused = Counter({"full": 0, "late": 0})

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return len(self._waiting)

    @property
    def state(self) -> Queue:
        """How many are in places, how many wait, and how many were refused."""
        return Queue(self._held.total(), len(self._waiting), dict(self._refused))

    def take(self, client: str) -> bool:
        """Take a place at once, if there is one for this client."""
        if self._free and self._may(client):
            self._free -= 1
            self._held[client] += 1
            return True
        return False

    async def enter(self, client: str, patience: float, *, first: bool = False) -> None:
        """Take a place, now or when it is our turn; Busy when too many wait or it took too long.

        The server's own requests (client "") are never refused; ``first`` goes before those that wait.
        """
        if self.take(client):
            return  # whoever waits while a place is free may not have it
        if client and (
            len(self._waiting) >= self._queue_limit or self._waiting_of[client] >= self._queue_of_client
        ):
            self._refused["full"] += 1
            raise Busy("Too many requests are waiting already.", remedy=_REMEDY)
        ticket = _Ticket(client, asyncio.get_running_loop().create_future())
        (self._waiting.appendleft if first else self._waiting.append)(ticket)
        self._waiting_of[client] += 1
        alarm = asyncio.get_running_loop().call_later(patience, self._refuse, ticket, patience)
        try:
            await ticket.turn
        except asyncio.CancelledError:
            if ticket.turn.cancelled():
                if ticket in self._waiting:
                    self._waiting.remove(ticket)
                    self._forget(ticket)
            elif not ticket.turn.exception():
                self.leave(client)  # our turn came at the very moment we gave up
            raise
        finally:
            alarm.cancel()

    @asynccontextmanager
    async def place(self, client: str, patience: float, *, first: bool = False) -> AsyncIterator[None]:
        """Hold a place for a while; Busy as ``enter``."""
        await self.enter(client, patience, first=first)
        try:
            yield
        finally:
            self.leave(client)

    def leave(self, client: str) -> None:
        """Give the place back; whoever waited longest and may have it gets it."""
        self._free += 1
        self._held[client] -= 1
        if not self._held[client]:
            del self._held[client]
        self._call()

    def close(self, why: Exception) -> None:
        """Tell all who wait that there will be no turn."""
        while self._waiting:
            ticket = self._waiting.popleft()
            self._forget(ticket)
            if not ticket.turn.done():
                ticket.turn.set_exception(why)
                ticket.turn.exception()  # whoever has given up meanwhile will not look

    def _call(self) -> None:
        for ticket in list(self._waiting) if self._free else ():
            if not self._free:
                return
            if self._may(ticket.client) and not ticket.turn.done():
                self._waiting.remove(ticket)
                self._forget(ticket)
                self._free -= 1
                self._held[ticket.client] += 1
                ticket.turn.set_result(None)

    def _refuse(self, ticket: _Ticket, patience: float) -> None:
        """Somebody has waited for too long."""
        if not ticket.turn.done():
            self._waiting.remove(ticket)
            self._forget(ticket)
            self._refused["late"] += 1
            message = f"The request has waited {patience:g} s for its turn, and others were before it."
            ticket.turn.set_exception(Busy(message, remedy=_REMEDY))

    def _forget(self, ticket: _Ticket) -> None:
        self._waiting_of[ticket.client] -= 1
        if not self._waiting_of[ticket.client]:
            del self._waiting_of[ticket.client]

    def _may(self, client: str) -> bool:
        return not client or self._held[client] < self._share


class Lanes:
    """The two lanes, and a memory for the shapes of requests that turned out long."""

    def __init__(self, slow: int) -> None:
        """Give the slow lane that many places, of which one client may hold all but one."""
        self.fast = Lane(FAST, FAST, _FAST_QUEUE, _FAST_QUEUE)
        self.slow = Lane(slow, max(1, slow - 1), _SLOW_QUEUE, _SLOW_QUEUE_OF_CLIENT)
        self._long: OrderedDict[str, None] = OrderedDict()

    def patience(self) -> float:
        """Seconds that a request may take in the fast lane: less when many wait there."""
        return 0.25 if self.fast.waiting < 4 else 0.1 if self.fast.waiting < 16 else 0.05

    def is_long(self, shape: str) -> bool:
        """Whether requests of this shape have been long of late."""
        return shape in self._long

    def learn(self, shape: str, *, long: bool) -> None:
        """Note how a request of this shape turned out."""
        if not long:
            self._long.pop(shape, None)
        elif shape:
            self._long[shape] = None
            self._long.move_to_end(shape)
            if len(self._long) > _SHAPES:
                self._long.popitem(last=False)


def turnstile() -> Lane:
    """A lane for what is done one after the other."""
    return Lane(1, 1, _SLOW_QUEUE, _SLOW_QUEUE_OF_CLIENT)


def gate(places: int) -> Lane:
    """A lane for requests that another server works on, of which one client may hold half."""
    return Lane(places, max(1, places // 2), _FAST_QUEUE, _FAST_QUEUE // 2)


class Budget:
    """How often each client may ask: a bucket of ``a_minute`` requests that refills steadily; 0: any."""

    def __init__(self, a_minute: int) -> None:
        """Every bucket is full."""
        self._most = a_minute
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, client: str, now: float) -> float:
        """Count one request; 0, or the seconds until one more is allowed. ``now`` is in seconds.

        The server's own requests (client "") do not count.
        """
        if not self._most or not client:
            return 0.0
        level, then = self._buckets.pop(client, (float(self._most), now))
        level = min(self._most, level + (now - then) * self._most / 60)
        allowed = level >= 1
        self._buckets[client] = (level - 1 if allowed else level, now)
        while len(self._buckets) > 10_000:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - level) * 60 / self._most
