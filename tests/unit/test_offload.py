"""Where work is done: native threads, or here in turns."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from photoai.config import ROOT
from photoai.offload import SMALL_PX, Turnstile, for_image, make_offload, run_here
from tests.support.waiting import wait_until

# Fifty tasks of 4 ms each are ready at once; who else becomes ready must not wait for all of them.
CROWD = """
from gevent import monkey
monkey.patch_all()
import socket, time, gevent
from photoai.offload import Turnstile, make_offload

turns = Turnstile()
done = []

def compute():
    with turns:
        until = time.perf_counter() + 0.004
        while time.perf_counter() < until:
            pass
        done.append("computed")

ours, theirs = socket.socketpair()

def ask():
    ours.recv(1)
    done.append("asked")

asker = gevent.spawn(ask)
gevent.sleep(0)
theirs.send(b"x")
gevent.joinall([gevent.spawn(compute) for _ in range(50)] + [asker])
assert done.index("asked") < 10, done.index("asked")

offload = make_offload(1)
native = gevent.monkey.get_original("threading", "get_ident")
assert offload(native) != native()
try:
    offload(lambda: 1 / 0)
except ZeroDivisionError:
    print("raised")
"""


def test_a_crowd_that_computes_lets_others_in_between() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CROWD], capture_output=True, text=True, cwd=ROOT, timeout=30
    )
    assert (done.returncode, done.stdout) == (0, "raised\n"), done.stderr
    assert done.stderr == "", "what is raised is nobody else's business"


def test_a_process_that_is_not_patched_calls_at_once() -> None:
    offload = make_offload(2)
    assert offload(threading.get_ident) == threading.get_ident()
    assert offload(divmod, 7, 2) == (3, 1)


def test_a_turn_ends_when_its_work_breaks() -> None:
    turns = Turnstile()
    with pytest.raises(ZeroDivisionError):
        turns.run(lambda: 1 / 0)
    assert turns.run(lambda: "next") == "next"


def test_small_images_stay_and_large_ones_leave() -> None:
    away = make_offload(1)
    assert for_image(away, run_here, SMALL_PX, 1000) is run_here
    assert for_image(away, run_here, SMALL_PX + 1, 1000) is away
    assert for_image(away, run_here, 100, 1_000_000) is away


def test_where_threads_are_threads_only_so_many_calls_run_at_once() -> None:
    offload, inside, most = make_offload(2), [0], [0]
    lock, go = threading.Lock(), threading.Event()

    def work() -> None:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        go.wait(10)
        with lock:
            inside[0] -= 1

    threads = [threading.Thread(target=offload, args=(work,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    wait_until(lambda: inside[0] == 2, 10, "two are inside")
    go.set()
    for thread in threads:
        thread.join(10)
    assert most == [2]
