import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.outputs.socket import outbox
from edge.outputs.socket.outbox import Outbox


def drain(box):
    lines = []
    while head := box.head():
        lines.append(head)
        box.sent(len(head))
    return lines


def test_lines_come_in_order_and_in_pieces():
    box = Outbox(10)
    box.put(b"one\n")
    box.put(b"two\n")
    assert box.head() == b"one\n"
    box.sent(2)
    assert box.head() == b"e\n"
    box.sent(2)
    assert drain(box) == [b"two\n"]
    assert len(box) == 0


def test_when_full_only_the_newest_partial_of_a_segment_stays():
    box = Outbox(4)
    for line, segment, partial in (
        (b"state\n", None, False),
        (b"p1\n", 1, True),
        (b"p1 newer\n", 1, True),
        (b"p2\n", 2, True),
    ):
        assert box.put(line, segment, partial)
    assert box.put(b"f3\n", 3)
    assert drain(box) == [b"state\n", b"p1 newer\n", b"p2\n", b"f3\n"]


def test_a_final_makes_the_partials_of_its_segment_worthless():
    box = Outbox(3)
    box.put(b"p1\n", 1, True)
    box.put(b"f1\n", 1)
    box.put(b"p2\n", 2, True)
    assert box.put(b"state\n")
    assert drain(box) == [b"f1\n", b"p2\n", b"state\n"]


def test_then_all_partials_go_then_there_is_no_room():
    box = Outbox(2)
    box.put(b"p1\n", 1, True)
    box.put(b"p2\n", 2, True)
    assert box.put(b"f3\n", 3)
    assert box.put(b"f4\n", 4)
    assert box.put(b"p5\n", 5, True)  # dropped, no harm
    assert not box.put(b"f5\n", 5)
    assert drain(box) == [b"f3\n", b"f4\n"]


def test_bytes_are_bounded_too():
    box = Outbox(1000)
    line = b"x" * (outbox.MAX_BYTES // 3) + b"\n"
    assert box.put(line)
    assert box.put(line)
    assert not box.put(line)
    assert box.put(line, 1, partial=True)
    assert len(box) == 2


@pytest.mark.parametrize(
    ("drop", "rest"), [(True, [b"ne\n", b"bye\n"]), (False, [b"ne\n", b"two\n", b"bye\n"])]
)
def test_finish_keeps_the_rest_of_a_line_begun(drop, rest):
    box = Outbox(5)
    box.put(b"one\n")
    box.put(b"p1\n", 1, True)
    box.put(b"two\n")
    box.head()
    box.sent(1)
    box.finish(b"bye\n", drop)
    assert drain(box) == rest


steps = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from("pfs.")) | st.tuples(st.integers(1, 9), st.none())
)


@given(st.integers(1, 6), steps)
def test_never_over_the_limit_and_nothing_lost_but_partials(limit, steps):
    box = Outbox(limit)
    accepted, got = [], []
    for number, (value, kind) in enumerate(steps):
        if kind is None:  # the client reads some bytes
            head = box.head()[:value]
            box.sent(len(head))
            got.append(head)
            continue
        line = f"{number}{kind}{value}\n".encode()
        segment = None if kind == "s" else value
        if box.put(line, segment, kind == "p"):
            accepted.append(line)
        else:
            assert kind != "p"
        assert len(box) <= limit + 1
    received = b"".join([*got, *drain(box)]).splitlines(keepends=True)
    assert [line for line in received if b"p" not in line] == [
        line for line in accepted if b"p" not in line
    ]
    assert [line for line in accepted if line in received] == received
