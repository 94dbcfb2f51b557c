"""Load by the unmodified clip_client: tasks and answers are JSON, one line each.

{"do": "begin", "urls": [...], "workers": n, "pauseMs": ms}   begins, n for each address; answers {}
                                                             when the first call is done
{"do": "end"}                                                 ends, answers the list of calls
"""

import asyncio
import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")

from clip_client import Client

RETRIES = 5
# Longer than the largest call takes.
PATIENCE_S = 15


async def encode(client, texts, failed=lambda error: None):
    """Embedding is the same however often it is done: what failed is sent again."""
    for attempt in range(RETRIES + 1):
        try:
            # Over a WebSocket that breaks while it sends, this client would wait for ever.
            return await asyncio.wait_for(client.aencode(texts), PATIENCE_S)
        # A WebSocket that breaks cancels what waits for its answers.
        except (Exception, asyncio.CancelledError) as error:
            failed(error)
            if attempt == RETRIES:
                raise
            await asyncio.sleep(0.2 * 2**attempt)


async def work(url, pause_ms, calls, state):
    client = Client(url)
    while not state["end"]:
        errors = []
        begin = time.time() * 1000
        try:
            await encode(client, ["a red circle"], lambda error: errors.append(repr(error)[:300]))
            ok = True
        except (Exception, asyncio.CancelledError):
            ok = False
        end = time.time() * 1000
        calls.append({"url": url, "begin": begin, "end": end, "ok": ok, "errors": errors})
        state["first"].set()
        await asyncio.sleep(pause_ms / 1000)


async def main():
    loop = asyncio.get_running_loop()
    out, sys.stdout = sys.stdout, sys.stderr
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        task = json.loads(line)
        answer = {}
        if task["do"] == "begin":
            calls, state = [], {"end": False, "first": asyncio.Event()}
            workers = [
                asyncio.ensure_future(work(url, task["pauseMs"], calls, state))
                for url in task["urls"] * task["workers"]
            ]
            await state["first"].wait()
        else:
            state["end"] = True
            await asyncio.gather(*workers)
            answer = calls
        print(json.dumps(answer), file=out, flush=True)


asyncio.run(main())
