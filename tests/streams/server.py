"""An RTSP server on loopback, as a network camera is one.

server.py PORT (0 takes a free one), with what is asked of it in the environment: CODEC (h264, h265), PASSWORD (of the user `cam`).
It says `port N` once it serves. A line on standard input, `WIDTHxHEIGHT`, changes the size of what is sent.
Paths: /cam a ball, /sound no picture at all."""

import os
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

ENCODERS = {
    "h264": "openh264enc gop-size=10 bitrate=500000 ! h264parse config-interval=-1 ! rtph264pay name=pay0 config-interval=-1",
    "h265": "x265enc speed-preset=ultrafast tune=zerolatency key-int-max=10 ! h265parse config-interval=-1 "
    "! rtph265pay name=pay0 config-interval=-1",
}

size = "320x240"
sizes = []


def caps():
    width, height = size.split("x")
    return Gst.Caps.from_string(f"video/x-raw,format=I420,width={width},height={height},framerate=10/1")


class Ball(GstRtspServer.RTSPMediaFactory):
    def do_create_element(self, _url):
        bin = Gst.parse_launch(
            "( videotestsrc is-live=true pattern=ball ! capsfilter name=size ! " + ENCODERS[os.environ.get("CODEC", "h264")] + " )"
        )
        sizes.append(bin.get_by_name("size"))
        sizes[-1].set_property("caps", caps())
        return bin


def listen_for_sizes():
    global size
    for line in sys.stdin:
        size = line.strip()
        for element in sizes:
            element.set_property("caps", caps())


Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(sys.argv[1])
ball = Ball()
sound = GstRtspServer.RTSPMediaFactory()
sound.set_launch("( audiotestsrc is-live=true ! rtpL16pay name=pay0 )")
password = os.environ.get("PASSWORD")
if password:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic("cam", password), token)
    server.set_auth(auth)
for path, factory in {"/cam": ball, "/sound": sound}.items():
    factory.set_shared(True)
    if password:
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role("viewer", "media.factory.access", True)
        permissions.add_permission_for_role("viewer", "media.factory.construct", True)
        factory.set_permissions(permissions)
    server.get_mount_points().add_factory(path, factory)
if server.attach(None) == 0:
    sys.exit("the port is taken")
print("port", server.get_bound_port(), flush=True)
threading.Thread(target=listen_for_sizes, daemon=True).start()
GLib.MainLoop().run()
