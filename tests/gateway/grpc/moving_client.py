"""Calls and streams on one channel for four seconds: how many there were, how many were lost."""

import sys
import threading
import time

import grpc

SECONDS = 4
channel = grpc.insecure_channel(sys.argv[1])
unary = channel.unary_unary("/grpc.health.v1.Health/Check")
bidirectional = channel.stream_stream("/jina.JinaRPC/Call")


def check():
    unary(b"", timeout=60)


def stream():
    answers = list(bidirectional(iter([b""] * 5), timeout=60))
    assert len(answers) == 5, f"{len(answers)} answers of 5"


calls = []
lost = []
end = time.monotonic() + SECONDS


def work(call):
    while time.monotonic() < end:
        try:
            call()
        except Exception as error:
            lost.append(repr(error))
        calls.append(1)


threads = [threading.Thread(target=work, args=(call,)) for call in [check, stream] * 3]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(f"{len(calls)} calls, {len(lost)} lost", *lost[:5], sep="\n")
