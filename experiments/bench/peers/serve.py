"""The Python end of the benchmark's pipe; experiments/bench/child.ts says what goes through."""
import json
import math
import os
import signal
import sys
import time

LEAST_STEPS = 3


def read_order():
    """The workload and the variants that the process was started for."""
    # Ctrl-C reaches the whole process group: the parent decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    order = json.loads(sys.argv[1])
    return order["workload"], order["variants"]


def serve(steps):
    """Answers requests; steps holds a function for each variant that trains and gives the loss, not yet read."""
    # Whatever a library prints must not reach the pipe.
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for take_step in steps:
        _read(take_step())
    print(json.dumps({"ready": True}), file=replies)
    for line in sys.stdin:
        request = json.loads(line)
        answer = _time_steps(
            steps[request["variant"]], request["seconds"], request.get("unread", False)
        )
        print(json.dumps(answer), file=replies)


def _time_steps(take_step, least, unread):
    _read(take_step())  # Others have had the caches meanwhile.
    started = time.perf_counter()
    steps = seconds = 0
    while steps < LEAST_STEPS or seconds < least:
        loss = take_step()
        if not unread:
            _read(loss)
        steps += 1
        seconds = time.perf_counter() - started
    if unread:
        _read(loss)
        seconds = time.perf_counter() - started
    return {"steps": steps, "seconds": seconds}


def _read(loss):
    """Waits until a loss is there."""
    if not math.isfinite(float(loss)):
        raise ValueError(f"The loss is {float(loss)}")
