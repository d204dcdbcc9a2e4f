import threading

import pytest

from edge.camera.pace import LATE_S, Pace


def shown(player, stamps, clock, work=0.0):
    """(index, time, captured) of the frames shown by a reader that needs ``work`` seconds each."""
    frames = []
    for index, stamp in enumerate(stamps):
        if player.admit(stamp):
            frames.append((index, *(round(t, 6) for t in player.wait())))
            clock.now += work
    return frames


def test_frames_come_when_their_stamps_say(clock):
    frames = shown(Pace(0.1), [5.0, 5.1, 5.3, 5.4], clock)
    assert frames == [(0, 100, 100), (1, 100.1, 100.1), (2, 100.3, 100.3), (3, 100.4, 100.4)]
    assert clock.now == pytest.approx(100.4)


def test_a_slow_reader_sees_fewer_frames_at_their_intended_times(clock):
    frames = shown(Pace(0.1), [k / 10 for k in range(10)], clock, work=0.25)
    assert [index for index, _, _ in frames] == [0, 2, 4, 7, 9]
    assert all(time == captured == pytest.approx(100 + k / 10) for k, time, captured in frames)


@pytest.mark.parametrize("rate", [60, 120, 240])
def test_a_fast_clip_is_not_thrown_away_for_waking_up_late(clock, rate):
    """Every fourth frame is handed on 40 ms late."""
    player = Pace(1 / rate)
    for k in range(rate):
        assert player.admit(k / rate)
        assert player.wait() == pytest.approx((100 + k / rate,) * 2)
        if k % 4 == 0:
            clock.now = max(clock.now, 100 + k / rate + 0.04)


def test_a_reader_too_slow_for_a_fast_clip_is_at_most_so_late(clock):
    player, late, skipped = Pace(1 / 120), [], 0
    for k in range(600):
        if player.admit(k / 120):
            late.append(clock.now - player.wait()[0])
            clock.now += 0.02
        else:
            skipped += 1
    assert skipped > 300
    assert max(late) <= LATE_S + 1e-6


def test_lateness_is_bounded_after_a_stall(clock):
    player = Pace(0.1)
    shown(player, [0.0], clock)
    clock.now += 5.0
    indices = [index for index, _, _ in shown(player, [k / 10 for k in range(1, 60)], clock)]
    assert indices == [0, *range(48, 59)]  # one after the stall, then only what is due


def test_a_machine_slower_than_the_clip_still_sees_frames(clock):
    player = Pace(0.1)
    seen = 0
    for k in range(100):
        clock.now += 0.3  # decoding alone takes three intervals
        if player.admit(k / 10):
            player.wait()
            seen += 1
    assert seen >= 20


def test_unpaced_time_is_the_clips_own_and_captured_is_now(clock):
    player = Pace(0.1, paced=False)
    clock.now += 50
    assert shown(player, [3.0, 3.5, 3.6], clock, work=7.0) == [
        (0, 0.0, 150.0),
        (1, 0.5, 157.0),
        (2, 0.6, 164.0),
    ]


@pytest.mark.parametrize("bad", [1.0, 0.5, float("nan"), float("inf"), 1e9])
def test_a_broken_stamp_counts_as_one_interval(clock, bad):
    player = Pace(0.1, paced=False)
    times = [time for _, time, _ in shown(player, [1.0, bad], clock)]
    assert times == pytest.approx([0.0, 0.1])


def test_stop_ends_a_wait():
    player = Pace(1.0)
    player.admit(0.0)
    player.wait()
    player.admit(1.9)
    waited = []
    waiter = threading.Thread(target=lambda: waited.append(player.wait()))
    waiter.start()
    player.stop()
    waiter.join(30)
    assert waited == [None]
    assert player.admit(2.0)
    assert player.wait() is None
