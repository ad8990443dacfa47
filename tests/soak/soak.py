"""A device at work for hours: its memory, files, threads and processes may not grow, and every acknowledged label is there.

soak.py PROGRAM FOLDER MINUTES: the generated scene is the camera, a frame is kept every second in a store whose budget is
soon full; a label is written every second, a viewer watches, a training runs every ten minutes, the broker is away for one of
every five. Prints a line every five minutes, and what came of it. In less than half an hour the first model counts as growth.
"""

import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

PROGRAM, FOLDER, MINUTES = sys.argv[1], pathlib.Path(sys.argv[2]), float(sys.argv[3])
CONFIG = """
data_dir = "{folder}/data"
[device]
id = "soak"
[camera]
source = "scene"
fps = 5
width = 640
height = 480
keep_every = 1
keep_difference = 0
[live]
fps = 2
[http]
listen = "127.0.0.1:0"
[mqtt]
broker = "mqtt://127.0.0.1:{port}"
[store]
budget = "100 MB"
trainings = "300 MB"
reserve = "1 MB"
"""
# What a device may take more at its end than after its first third.
GROWTH = {"rss_mb": 25, "files": 20, "threads": 10, "processes": 1}


def free_port():
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return any_port.getsockname()[1]


class Device:
    def __init__(self):
        self.port = free_port()
        (FOLDER / "config.toml").write_text(CONFIG.format(folder=FOLDER, port=self.port))
        (FOLDER / "mosquitto.conf").write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n")
        self.log = FOLDER / "log"
        self.process = subprocess.Popen(
            [PROGRAM, "--config", FOLDER / "config.toml", "run"], stderr=self.log.open("w"), stdout=subprocess.DEVNULL,
            env=os.environ | {"MALLOC_ARENA_MAX": "2"},  # as the systemd unit has it
        )
        deadline = time.monotonic() + 60
        while not (found := re.search(r"fieldcoach is up.* http=([0-9.:]+)", self.log.read_text())):
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit("the daemon did not start:\n" + self.log.read_text())
            time.sleep(0.1)
        self.api = f"http://{found[1]}/api/v1"

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.api + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def takes(self):
        """Of the daemon, not of the process that trains."""
        proc = pathlib.Path(f"/proc/{self.process.pid}")
        status = (proc / "status").read_text()
        of = lambda key: int(re.search(rf"{key}:\s+(\d+)", status)[1])
        children = (proc / f"task/{self.process.pid}/children").read_text().split()
        disk = sum(file.stat().st_size for file in (FOLDER / "data").rglob("*") if file.is_file())
        return {
            "rss_mb": of("VmRSS") / 1024,
            "files": len(list((proc / "fd").iterdir())),
            "threads": of("Threads"),
            "processes": len(children),
            "disk_mb": disk / 1e6,
        }


device = Device()
over = threading.Event()
failed = []


def part(work):
    """Runs until the soak is over; what it fails at fails the soak."""

    def run():
        try:
            work()
        except Exception as error:  # noqa: BLE001: whatever it is
            failed.append(f"{work.__name__}: {error!r}")
            over.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def watch():
    while not over.is_set():
        with urllib.request.urlopen(device.api + "/live.mjpeg", timeout=60) as stream:
            begun = time.monotonic()
            while time.monotonic() - begun < 60 and not over.is_set():
                stream.read(4096)


def broker():
    while not over.is_set():
        process = subprocess.Popen(["mosquitto", "-c", FOLDER / "mosquitto.conf"], stderr=subprocess.DEVNULL)
        over.wait(240)
        process.kill()
        process.wait()
        over.wait(60)


labels, slow = {}, []


def label():
    while not over.wait(1):
        frames = device.ask("GET", "/frames?limit=1&phase=unlabelled")["items"]
        # Beyond what trains well labels are written over, so that the store does not fill with what may not go.
        if frames and len(labels) < 300:
            frame = frames[0]
            boxes = device.ask("GET", f"/frames/{frame['id']}/labels")["labels"]
        else:
            frame = device.ask("GET", f"/frames/{list(labels)[int(time.monotonic()) % len(labels)]}")
            boxes = device.ask("GET", f"/frames/{frame['id']}/labels")["labels"]
        now = int(time.monotonic())
        box = {"category": "thing", "bbox": [20.0 + now % 200, 20.0, 80.0, 80.0]}
        write = {"revision": frame["revision"], "phase": "labelled", "labels": boxes[:3] + [box]}
        begun = time.monotonic()
        answer = device.ask("PUT", f"/frames/{frame['id']}/labels", write)
        slow.append(time.monotonic() - begun)
        labels[frame["id"]] = answer["revision"]


trained = []


def train():
    while not over.wait(600 if trained else 120):
        trained.append(device.ask("POST", "/trainings", {"minutes": 1})["id"])


device.ask("POST", "/categories", {"name": "thing"})
parts = [part(work) for work in (broker, watch, label, train)]
samples, begun = [], time.monotonic()
while not over.wait(10) and time.monotonic() - begun < 60 * MINUTES:
    if device.process.poll() is not None:
        failed.append(f"the daemon ended: {device.process.returncode}")
        break
    samples.append(device.takes())
    if len(samples) % 30 == 0:
        print(f"{(time.monotonic() - begun) / 60:5.0f} min", {key: round(value) for key, value in samples[-1].items()}, flush=True)
over.set()
if not failed:
    for frame, revision in labels.items():
        found = device.ask("GET", f"/frames/{frame}/labels")["revision"]
        if found < revision:
            failed.append(f"frame {frame} has revision {found}, not {revision}")
    status = device.ask("GET", "/status")
    restarts = {name: part["restarts"] for name, part in status["parts"].items() if part["restarts"] and name != "mqtt"}
    if restarts:
        failed.append(f"parts were started again: {restarts}")
    states = [device.ask("GET", f"/trainings/{id}")["state"] for id in trained[-3:]]
    print(f"{len(labels)} frames labelled, {sum(labels.values())} writes, {len(trained)} trainings, the last {states}")
for thread in parts:
    thread.join(90)
device.process.terminate()
if device.process.wait(15) != 0:
    failed.append(f"the daemon ended with {device.process.returncode}")
third = len(samples) // 3
for key, most in GROWTH.items():
    first, last = (statistics.median(sample[key] for sample in part) for part in (samples[third : 2 * third], samples[-third:]))
    print(f"{key}: {first:.0f} in the second third, {last:.0f} in the last, {max(sample[key] for sample in samples):.0f} at most")
    if last > first + most:
        failed.append(f"{key} grew from {first:.0f} to {last:.0f}")
slow.sort()
print(f"a label took {1000 * statistics.median(slow):.0f} ms, {1000 * slow[int(0.99 * len(slow))]:.0f} at the 99th percentile")
if failed:
    raise SystemExit("\n".join(failed) + "\n" + device.log.read_text()[-4000:])
print(f"held for {(time.monotonic() - begun) / 60:.0f} minutes")
