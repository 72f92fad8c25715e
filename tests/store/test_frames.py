"""Messages between the server and its workers: whole whatever the pieces they arrive in."""

from __future__ import annotations

import itertools
import socket
import threading

import pytest

from kg.store.frames import DATA, END, FAULT, HEAD, JOB, Splitter, frame, receive

Message = tuple[bytes, bytes]

MESSAGES: list[Message] = [
    (HEAD, b"gzip"),
    (DATA, b"E\x00\x00\x00\x05hello"),
    (DATA, b""),
    (DATA, bytes(range(256))[:40]),
    (END, b""),
]
STREAM = b"".join(frame(kind, content) for kind, content in MESSAGES)


def split(pieces: list[bytes]) -> list[Message]:
    splitter = Splitter()
    return [message for piece in pieces for message in splitter.feed(piece)]


def test_kinds_are_one_letter_each_and_differ() -> None:
    kinds = (JOB, HEAD, DATA, END, FAULT)
    assert all(len(kind) == 1 for kind in kinds)
    assert len(set(kinds)) == len(kinds)


def test_a_message_is_a_letter_a_length_and_that_many_bytes() -> None:
    assert frame(JOB, b"abc") == b"J\x00\x00\x00\x03abc"
    assert frame(END) == b"E\x00\x00\x00\x00"


@pytest.mark.parametrize("length", range(1, len(STREAM) + 1))
def test_messages_arrive_whole_in_pieces_of_any_length(length: int) -> None:
    assert split([STREAM[at : at + length] for at in range(0, len(STREAM), length)]) == MESSAGES


def test_messages_arrive_whole_with_any_two_cuts() -> None:
    for first, second in itertools.combinations(range(len(STREAM) + 1), 2):
        pieces = [STREAM[:first], STREAM[first:second], STREAM[second:]]
        assert split(pieces) == MESSAGES, (first, second)


def test_a_message_is_given_out_as_soon_as_its_last_byte_is_there() -> None:
    splitter = Splitter()
    seen = [len(list(splitter.feed(bytes([byte])))) for byte in STREAM]
    ends = list(itertools.accumulate(len(frame(*message)) for message in MESSAGES))
    assert [at + 1 for at, count in enumerate(seen) if count] == ends


def test_nothing_is_made_of_a_message_that_is_not_complete() -> None:
    for at in range(len(frame(DATA, b"hello"))):
        assert split([frame(DATA, b"hello")[:at]]) == []


def test_a_huge_message_arrives_whole() -> None:
    content = bytes(range(256)) * 40_000
    stream = frame(HEAD, b"br") + frame(DATA, content) + frame(END)
    pieces = [stream[at : at + 65_537] for at in range(0, len(stream), 65_537)]
    assert split(pieces) == [(HEAD, b"br"), (DATA, content), (END, b"")]


def test_many_small_messages_in_one_piece_take_no_time() -> None:
    assert split([frame(DATA, b"x") * 100_000]) == [(DATA, b"x")] * 100_000


def test_receive_takes_one_message_after_the_other() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(STREAM)
        assert [receive(theirs) for _ in MESSAGES] == MESSAGES


def test_receive_puts_a_huge_message_together() -> None:
    content = bytes(range(256)) * 20_000
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = threading.Thread(target=ours.sendall, args=(frame(JOB, content),))
        sender.start()
        assert receive(theirs) == (JOB, content)
        sender.join()


@pytest.mark.parametrize("sent", [0, 1, 4, 5, 6, 9])
def test_receive_gives_nothing_when_the_other_side_goes_before_the_end(sent: int) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        with ours:
            ours.sendall(frame(JOB, b"hello")[:sent])
        assert receive(theirs) is None
