"""How a command ends: every fault as a sentence on standard error and an exit code, never as a traceback."""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from kg.errors import KgError


def tell(text: str) -> None:
    """Say something that is no answer, on standard error."""
    click.echo(f"kg: {text}", err=True)


def exit_code(run: Callable[[], Any]) -> int:
    """Run a command; its exit code, after a sentence for whatever went wrong."""
    try:
        code = run()
        sys.stdout.flush()
    except KgError as error:
        tell(str(error))
        return 1
    except click.Abort:
        tell("interrupted")
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        # Whoever read our output has gone; nothing is left to say, and the interpreter must not try at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        tell(f"A file or stream cannot be used: {error.strerror or error}.")
        return 1
    except Exception as error:  # the last wall: a person gets a sentence
        if sys.flags.dev_mode:
            traceback.print_exc()
        tell(
            f"This is a fault of the program, not of yours: {type(error).__name__}: {error}. "
            "Please report it with the command you ran; 'python -X dev -m kg.cli …' shows where it happened."
        )
        return 1
    return code if isinstance(code, int) else 0


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C end the process at once: the engine does not stop for a handler of Python's."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
