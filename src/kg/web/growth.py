"""Large things made of tables beside the event loop, so that whoever else is served hardly feels it."""

import asyncio
import gc
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")

LARGE = 10_000_000
"""Bytes of tables from which on what is made of them is large."""


async def grow(make: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """Return what ``make`` makes of tables; the server may end before that is done.

    While something large is made, garbage is not looked for, and what was made is passed over afterwards:
    each look would stop all requests for a second, and there are many while millions of objects arise.
    """
    size = sum(len(item) for item in given if isinstance(item, bytes))
    if size < LARGE:
        return await _beside(lambda: make(*given, **named))
    gc.disable()
    try:
        return await _beside(lambda: make(*given, **named))
    finally:
        gc.freeze()
        gc.enable()


def clear() -> None:
    """Look through what was passed over until now, when large things have been let go."""
    if gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()


async def _beside(work: Callable[[], T]) -> T:
    """Do work in a thread that nothing waits for when the process ends."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, fault: BaseException | None) -> None:
        if done.done():
            return
        if fault is None:
            done.set_result(cast(T, result))
        else:
            done.set_exception(fault)

    def run() -> None:
        result, fault = None, None
        try:
            result = work()
        except BaseException as error:
            fault = error
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(tell, result, fault)

    Thread(target=run, name="growth", daemon=True).start()
    return await done
