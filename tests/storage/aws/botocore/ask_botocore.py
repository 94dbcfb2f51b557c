"""What botocore makes of environments: a line of JSON in for each, a line of JSON out."""

import json
import os
import sys

import botocore.session
from botocore.credentials import SSOProvider
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import create_loader
from botocore.tokens import SSOTokenProvider

# Of each session's own, a second is what the description of S3 takes to be read.
LOADER = create_loader()


class Sent(Exception):
    """A request, which is not sent."""


def address(session, case):
    def stop(request, **_):
        raise Sent(request.url)

    client = session.create_client("s3")
    client.meta.events.register("before-send.s3", stop)
    try:
        client.get_object(Bucket=case["bucket"], Key=case["key"])
    except Sent as sent:
        return str(sent)


def credentials(session, _case):
    found = session.get_credentials()
    if found is None:
        return None
    frozen = found.get_frozen_credentials()
    return [frozen.access_key, frozen.secret_key, frozen.token]


def words(_session, case):
    from botocore.compat import compat_shell_split

    return compat_shell_split(case["line"])


for line in sys.stdin:
    case = json.loads(line)
    os.environ.clear()
    os.environ.update(case["env"])
    cache = os.path.join(case["env"].get("HOME", "/nowhere"), ".aws", "sso", "cache")
    SSOProvider._SSO_TOKEN_CACHE_DIR = SSOTokenProvider._SSO_TOKEN_CACHE_DIR = cache
    session = botocore.session.Session()
    session.register_component("data_loader", LOADER)
    try:
        answer = {"value": globals()[case["ask"]](session, case)}
    except (BotoCoreError, ClientError, ValueError) as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
