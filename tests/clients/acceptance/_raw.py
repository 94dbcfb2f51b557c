"""Requests as programs make them that have no client of their own in Python: a body, and what came back."""

import json
import urllib.error
import urllib.request

import _kit as k


def request(url, body=None, method=None, **headers):
    """Status, headers, and the body as JSON, or as bytes where it is none."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {"content-type": "application/json", "authorization": f"Bearer {k.KEY}", **names}
    call = urllib.request.Request(url, data, sent, method=method)
    try:
        with urllib.request.urlopen(call, timeout=60) as answer:
            status, got, content = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        status, got, content = error.code, error.headers, error.read()
    try:
        return status, got, json.loads(content)
    except ValueError:
        return status, got, content


def ok(url, body=None, **headers):
    """The body of an answer that must be 200."""
    status, _, content = request(url, body, **headers)
    assert status == 200, (status, content)
    return content
