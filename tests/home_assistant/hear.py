"""hear.py PORT: a real Home Assistant that listens to the broker on that port of this machine. Each line on standard input is
an order, and is answered with one line of JSON.

    until KEY=STATE   waits until the entity whose unique id ends with KEY has that state; answers with all entities
    gone KEY          waits until there is no such entity
    press KEY         presses a button
    end               leaves

The answer has every entity by its unique id, with `state`, `name` and `attributes`, and what was logged as a warning or worse."""

import asyncio
import json
import logging
import pathlib
import socket
import sys
import tempfile
import threading

from homeassistant import bootstrap, loader
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry

WAIT = 60
logged = []


class Kept(logging.Handler):
    def emit(self, record):
        # Others' remarks on this Python, or on what is not installed, are no matter of ours.
        if record.levelno >= logging.WARNING and "mqtt" in record.name:
            logged.append(f"{record.name}: {record.getMessage()}")


def entities(hass):
    found = {}
    for entry in entity_registry.async_get(hass).entities.values():
        if entry.platform != "mqtt":
            continue
        state = hass.states.get(entry.entity_id)
        found[entry.unique_id] = {
            "entity": entry.entity_id,
            "name": entry.name or entry.original_name,
            "state": state and state.state,
            "attributes": json.loads(json.dumps(dict(state.attributes) if state else {}, default=str)),
        }
    return found


def of(hass, key):
    return next((found for unique, found in entities(hass).items() if unique.endswith(f"_{key}")), None)


async def waited(what):
    for _ in range(WAIT * 20):
        if what():
            return
        await asyncio.sleep(0.05)


async def main(port):
    folder = tempfile.TemporaryDirectory()
    pathlib.Path(folder.name, "configuration.yaml").touch()
    hass = HomeAssistant(folder.name)
    loader.async_setup(hass)
    hass.config.skip_pip = True
    logging.getLogger().addHandler(Kept())
    logging.getLogger().setLevel(logging.WARNING)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        config = {"http": {"server_host": "127.0.0.1", "server_port": free.getsockname()[1]}}
    assert await bootstrap.async_from_config_dict(config, hass), "Home Assistant does not start"
    flow = await hass.config_entries.flow.async_init("mqtt", context={"source": "user"})
    made = await hass.config_entries.flow.async_configure(flow["flow_id"], {"broker": "127.0.0.1", "port": port})
    assert made["type"] == "create_entry", made
    await hass.async_start()
    lines = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read():
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line.strip())
        loop.call_soon_threadsafe(lines.put_nowait, "end")

    threading.Thread(target=read, daemon=True).start()
    print(json.dumps({"ready": True}), flush=True)
    while (order := await lines.get()) != "end":
        name, _, what = order.partition(" ")
        if name == "until":
            key, _, state = what.partition("=")
            await waited(lambda: (found := of(hass, key)) and found["state"] == state)
        elif name == "gone":
            await waited(lambda: not of(hass, what))
        elif name == "press":
            await hass.services.async_call("button", "press", {"entity_id": of(hass, what)["entity"]}, blocking=True)
        print(json.dumps({"entities": entities(hass), "logged": logged}), flush=True)
    await hass.async_stop(force=True)


asyncio.run(main(int(sys.argv[1])))
