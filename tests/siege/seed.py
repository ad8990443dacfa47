"""Gives the device something to answer with: a category, frames, labels, a data set, and a small training with its flip
book and model. Leaves the ids for the hooks (seeded.json)."""

import io
import json
import struct
import time
import zipfile
import zlib

from device import WORK, api, session, taken

admin = session("admin")
TRAINED_WITHIN = 300


def png(width, height, grey):
    """A picture of one grey with a brighter square in it."""
    square = lambda x, y: 255 if 8 <= x < 40 and 8 <= y < 40 else grey
    rows = b"".join(b"\0" + bytes(square(x, y) for x in range(width)) for y in range(height))
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def data_set():
    """A ZIP of three pictures with a box each."""
    images = [{"id": i, "file_name": f"{i}.png", "width": 96, "height": 64} for i in range(3)]
    boxes = [{"id": i, "image_id": i, "category_id": 1, "bbox": [8, 8, 32, 32], "area": 1024, "iscrowd": 0} for i in range(3)]
    coco = {"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "square"}]}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as into:
        into.writestr("annotations.json", json.dumps(coco))
        for i, image in enumerate(images):
            into.writestr(image["file_name"], png(96, 64, 40 + i))
    return archive.getvalue()


def captured():
    """A frame of the camera, which may need a moment."""
    for _ in range(100):
        answer = admin.post(api("frames/capture"))
        if answer.status_code != 409:
            return taken(answer)
        time.sleep(0.2)
    raise SystemExit("the camera shows nothing")


def label(frame, category):
    change = {"revision": 0, "labels": [{"category": category, "bbox": [8, 8, 32, 32], "by": "siege"}]}
    taken(admin.put(api(f"frames/{frame}/labels"), json=change))


def trained():
    """The smallest training there is, to its end."""
    training = taken(admin.post(api("trainings"), json={"experiments": 1, "epochs": 2}))
    end = time.monotonic() + TRAINED_WITHIN
    while training["state"] not in ("done", "failed", "cancelled"):
        if time.monotonic() > end:
            raise SystemExit(f"the training takes too long: {training}")
        time.sleep(0.5)
        training = taken(admin.get(api(f"trainings/{training['id']}")))
    if training["state"] != "done":
        raise SystemExit(f"the training went wrong: {training}")
    return training["id"]


for category in ("square", "other"):
    taken(admin.post(api("categories"), json={"name": category}))
frames = [taken(admin.post(api("frames"), data=png(96, 64, 60 + i)))["id"] for i in range(8)]
taken(admin.post(api("dataset"), data=data_set()))
seen = captured()
for frame in frames[:6] + [seen["id"]]:
    label(frame, "square")
picture = admin.get(api(f"frames/{seen['id']}.jpg"))
training = trained()
models = [model["id"] for model in taken(admin.get(api("models")))["items"]]
book = taken(admin.get(api(f"trainings/{training}/flipbook")))
tokens = [one["id"] for one in taken(admin.get(api("tokens")))["items"]]

(WORK / "camera.jpg").write_bytes(picture.content)
(WORK / "square.png").write_bytes(png(96, 64, 99))
(WORK / "squares.zip").write_bytes(data_set())
ids = {
    "tokens": tokens,
    "{id}": frames[:3] + [seen["id"]],
    "{frame}": [frame["id"] for frame in book["frames"]],
    "{epoch}": [1, 2],
    "{name}": ["square", "other"],
    "/trainings/{id}": [training],
    "/models/{id}": models,
}
(WORK / "seeded.json").write_text(json.dumps(ids))
print(f"seeded: {len(frames) + 4} frames, {len(models)} models, a flip book of {len(book['frames'])} frames")
