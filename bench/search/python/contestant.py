"""What the Python contestants share: tasks as lines of JSON, the vectors, searches of many clients."""
import json
import sys
import threading
import time

import numpy as np

DIMENSIONS = 512


def vectors(path, count):
    return np.memmap(path, dtype="<f4", mode="r").reshape(-1, DIMENSIONS)[:count]


def columns(task):
    """Values of the columns that filters ask about, as columns.ts has them."""
    n = np.arange(task["count"], dtype=np.int64) * 7919 % 10000
    return {"n": n, "centre": np.fromfile(task["centres"], dtype="<u4")[: task["count"]]}


def searches(task, search):
    """Lets clients take one query after the other; search(query, filter) gives ids."""
    every = np.fromfile(task["queries"], dtype="<f4").reshape(-1, DIMENSIONS)[: task["searches"]]
    hits, latencies = {}, []
    lock, following = threading.Lock(), iter(range(len(every)))
    until = time.perf_counter() + task["seconds"]

    def client():
        while time.perf_counter() < until:
            with lock:
                number = next(following, None)
            if number is None:
                return
            start = time.perf_counter()
            try:
                found = search(every[number], task.get("filter"))
            except Exception as error:
                # annlite's graph fails where a filter leaves too few: nothing was found.
                print(f"A search failed: {error}", file=sys.stderr)
                found = []
            latencies.append(1000 * (time.perf_counter() - start))
            hits[number] = [int(id) for id in found]

    start = time.perf_counter()
    threads = [threading.Thread(target=client) for _ in range(task["clients"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    return {"latenciesMs": latencies, "hits": [hits[i] for i in range(len(hits))], "seconds": seconds}


def serve(operations):
    """Answers until standard input ends. What libraries print goes to standard error."""
    answers, sys.stdout = sys.stdout, sys.stderr
    every = {"ready": lambda task: {}, "settle": lambda task: {"ms": 0}, **operations}
    for line in sys.stdin:
        task = json.loads(line)
        print(json.dumps(every[task["operation"]](task)), file=answers, flush=True)
