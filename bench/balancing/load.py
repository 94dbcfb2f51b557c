"""Load by the unmodified clip_client: tasks and answers are JSON, one line each.

{"do": "begin", "url": ..., "workers": n, "pauseMs": ms}   begins, answers {} after the first answers
{"do": "end"}                                              ends, answers the list of calls
"""

import asyncio
import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")

from clip_client import Client

RETRIES = 5


async def encode(client, texts, failed=lambda error: None):
    """Embedding is the same however often it is done: what failed is sent again."""
    for attempt in range(RETRIES + 1):
        try:
            return await client.aencode(texts)
        # A WebSocket that breaks cancels what waits for its answers.
        except (Exception, asyncio.CancelledError) as error:
            failed(error)
            if attempt == RETRIES:
                raise
            await asyncio.sleep(0.2 * 2**attempt)


async def work(task, calls, state):
    client = Client(task["url"])
    while not state["end"]:
        errors = []
        begin = time.time() * 1000
        try:
            await encode(client, ["a red circle"], lambda error: errors.append(repr(error)[:300]))
            ok = True
        except (Exception, asyncio.CancelledError):
            ok = False
        calls.append({"begin": begin, "end": time.time() * 1000, "ok": ok, "errors": errors})
        state["first"].set()
        await asyncio.sleep(task["pauseMs"] / 1000)


async def main():
    loop = asyncio.get_running_loop()
    out, sys.stdout = sys.stdout, sys.stderr
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        task = json.loads(line)
        answer = {}
        if task["do"] == "begin":
            calls, state = [], {"end": False, "first": asyncio.Event()}
            workers = [asyncio.ensure_future(work(task, calls, state)) for _ in range(task["workers"])]
            await state["first"].wait()
        else:
            state["end"] = True
            await asyncio.gather(*workers)
            answer = calls
        print(json.dumps(answer), file=out, flush=True)


asyncio.run(main())
