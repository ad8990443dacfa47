"""The device that is besieged: where it is, who may come in, and what it was seeded with.

SIEGE_WORK is the folder of one siege, made by scripts/siege: `url`, `authority.pem`, and a token for each role.
"""

import json
import os
import pathlib

import requests

WORK = pathlib.Path(os.environ["SIEGE_WORK"])
URL = (WORK / "url").read_text().strip()
AUTHORITY = str(WORK / "authority.pem")
ROLES = ("viewer", "labeller", "admin")


def token(role):
    return (WORK / role).read_text().strip()


def session(role=None):
    """A client that trusts the device's authority, and no other."""
    client = requests.Session()
    client.trust_env = False
    client.verify = AUTHORITY
    if role:
        client.headers["Authorization"] = f"Bearer {token(role)}"
    return client


def api(path):
    return f"{URL}/api/v1/{path}"


def taken(answer):
    """The JSON of an answer that must be a good one."""
    if not answer.ok:
        raise SystemExit(f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text[:500]}")
    return answer.json() if answer.content else None


def seeded():
    """What seed.py left."""
    return json.loads((WORK / "seeded.json").read_text())
