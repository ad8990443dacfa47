"""The two streams, which never end: their first bytes are what the document says, and nobody gets them without a token."""

from device import ROLES, api, session

LINES = {"live.mjpeg": ("multipart/x-mixed-replace", b"--fieldcoach-frame"), "events": ("text/event-stream", b"event: ")}

for path, (kind, first) in LINES.items():
    for role in ROLES:
        with session(role).get(api(path), stream=True, timeout=30) as answer:
            said = answer.headers["content-type"]
            assert answer.status_code == 200 and said.startswith(kind), f"{path}, {role}: {answer.status_code} {said}"
            begins = next(part for part in answer.iter_content(len(first)) if part)
            assert begins.startswith(first) or begins.startswith(b":"), f"{path}, {role}: {begins!r}"
    status = session().get(api(path), timeout=30).status_code
    assert status == 401, f"{path} without a token: {status}"
print(f"streams: {len(LINES)} begin as they should, for {len(ROLES)} roles, and for nobody else")
