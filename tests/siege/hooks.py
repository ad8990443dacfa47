"""What schemathesis can't know of this device: what its bytes look like, which of its tokens the siege itself needs, and
which answers of 500 and above the documents allow."""

import io
import zipfile
import zlib

import schemathesis
from device import WORK, seeded
from hypothesis import strategies
from schemathesis.core.parameters import ParameterLocation

# Bytes in: some that are what they say, some that are not.


def bytes_like(name):
    return strategies.one_of(strategies.just((WORK / name).read_bytes()), strategies.binary(max_size=2000))


# What a picture is is seen by its bytes.
PICTURES = {"image/jpeg": "camera.jpg", **dict.fromkeys(("image/png", "image/bmp", "image/webp", "image/tiff"), "square.png")}

for kind, name in (*PICTURES.items(), ("application/zip", "squares.zip")):
    schemathesis.openapi.media_type(kind, bytes_like(name))


@schemathesis.serializer(*PICTURES, "application/zip")
def raw(context, value):
    return value if isinstance(value, bytes) else str(value).encode()


# Bytes out: they are what their content type says.

BEGINNINGS = {
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF89a",
    "application/zip": b"PK",
    "application/x-x509-ca-cert": b"\x30\x82",
    "application/octet-stream": b"\x08",  # of a model: the version of its format comes first
}


@schemathesis.deserializer(*BEGINNINGS)
def looked_at(context, response):
    kind = response.headers["content-type"][0].split(";")[0]
    if not response.content.startswith(BEGINNINGS[kind]):
        raise ValueError(f"{response.content[:16]!r} is no {kind}")
    if kind == "application/zip" and (bad := zipfile.ZipFile(io.BytesIO(response.content)).testzip()):
        raise ValueError(f"{bad} in the archive is damaged")
    return "bytes"


# Ids that are there, two times in three: else nearly every answer would be 404. But tokens that the siege itself comes in
# by are not revoked, as any other may be.

SEEDED = seeded()
OURS = {one.replace("-", "") for one in SEEDED["tokens"]}
NOBODY = "00000000-0000-7000-8000-000000000000"


def instead(path, name, value):
    """A seeded value for this parameter of a path, or the one that was made up."""
    there = SEEDED.get(f"/{path.split('/')[3]}/{{{name}}}") or SEEDED.get(f"{{{name}}}")
    drawn = zlib.crc32(f"{path} {name} {value}".encode(errors="replace"))
    return there[drawn // 3 % len(there)] if there and drawn % 3 else value


def wrong_on_purpose(case):
    """Whether what was made up for the path must be refused: what is there would be taken."""
    return case.meta is not None and case.meta.is_negative_at(ParameterLocation.PATH)


@schemathesis.hook
def filter_case(context, case):
    """Of a query that was made wrong by a list or a map with nothing in it nothing is sent, and so nothing refused."""
    if case.meta is None or not case.meta.is_negative_at(ParameterLocation.QUERY):
        return True
    return any(value not in (None, [], {}) for value in (case.query or {}).values())


@schemathesis.hook
def before_call(context, case, kwargs):
    if not case.path_parameters:
        return
    if case.path == "/api/v1/tokens/{id}":
        asked = "".join(c for c in str(case.path_parameters.get("id")).lower() if c in "0123456789abcdef")
        if asked in OURS:
            case.path_parameters["id"] = NOBODY
    elif case.path != "/api/v1/pairings/{id}" and not wrong_on_purpose(case):
        for name, value in case.path_parameters.items():
            case.path_parameters[name] = instead(case.path, name, value)


# 503 where something is busy or not ready, 507 where something is written: nowhere else.

BUSY = {
    ("GET", "/readyz"),
    ("POST", "/api/v1/trainings"),
}


@schemathesis.check
def says_busy_or_full_only_where_it_may(context, response, case):
    if response.status_code == 503 and (case.method, case.path) not in BUSY:
        raise AssertionError(f"503 from {case.method} {case.path}: {response.text[:300]}")
    if response.status_code == 507 and case.method == "GET":
        raise AssertionError(f"507 from {case.method} {case.path}: {response.text[:300]}")
