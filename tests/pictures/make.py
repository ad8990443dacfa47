"""Makes odd pictures and what they show, by Pillow's word: make.py FOLDER

Of each case NAME.EXT it writes NAME.EXT.png beside it, upright and on white, and a line in cases.json: how far off a
reader may be (`off`: mean of levels, 0 for exact), whether a store keeps the bytes (`kept`), whether bytes follow the
end (`padded`, so that it may be cut); or, instead, words that a refusal must hold (`refused`).
"""

import io
import json
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

OUT = Path(sys.argv[1])
CASES = {}

# Odd sizes, so that blocks and rows are padded; smooth, so that JPEG loses little; no two sides or corners alike.
W, H = 61, 43
X, Y = np.meshgrid(np.linspace(0, 1, W), np.linspace(0, 1, H))
PIXELS = np.stack([255 * X, 255 * Y, 128 + 120 * np.sin(5 * X + 3 * Y)], axis=2).round().astype(np.uint8)
PIXELS[4:14, 5:25] = (230, 30, 40)
SCENE = Image.fromarray(PIXELS)
GREY = SCENE.convert("L")
HOLE = Image.fromarray((255 * np.clip(1.5 * X, 0, 1)).astype(np.uint8))


def saved(image, kind, **how):
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def on_white(image):
    """Upright, 8 bits, on white."""
    image = ImageOps.exif_transpose(image)
    if "transparency" in image.info or image.mode in ("LA", "RGBA", "PA"):
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image)
    return image.convert("RGB")


def case(name, data, shows=None, off=0, kept=False, padded=False):
    if shows is None:
        shows = on_white(Image.open(io.BytesIO(data)))
    (OUT / name).write_bytes(data)
    shows.save(OUT / f"{name}.png")
    CASES[name] = {"off": off, "kept": kept, "padded": padded}


def refused(name, data, words):
    (OUT / name).write_bytes(data)
    CASES[name] = {"refused": words}


def segments(jpeg):
    """Marker and bytes of each segment; the last holds all from the first scan on."""
    at, found = 2, [(0xD8, jpeg[:2])]
    while True:
        marker, length = jpeg[at + 1], struct.unpack(">H", jpeg[at + 2 : at + 4])[0]
        if marker == 0xDA:
            return found + [(marker, jpeg[at:])]
        found.append((marker, jpeg[at : at + 2 + length]))
        at += 2 + length


def segment(marker, content):
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def jpegs():
    off = 1.5
    plain = saved(SCENE, "JPEG", quality=92)
    for name, how in {
        "444": {"subsampling": 0},
        "422": {"subsampling": 1},
        "420": {"subsampling": 2},
        "progressive": {"progressive": True},
        "optimised": {"optimize": True},
        "restarts": {"restart_marker_blocks": 3},
        "coarse": {"quality": 40, "subsampling": 0},
        "rgb": {"keep_rgb": True},
        "noted": {"comment": "a word", "icc_profile": b"\0" * 3000, "dpi": (300, 300)},
    }.items():
        case(f"jpeg-{name}.jpg", saved(SCENE, "JPEG", **{"quality": 92, **how}), off=off, kept=True)
    case("jpeg-grey.jpg", saved(GREY, "JPEG", quality=92), off=off, kept=True)
    case("jpeg-grey-progressive.jpg", saved(GREY, "JPEG", quality=92, progressive=True), off=off, kept=True)
    case("jpeg-dot.jpg", saved(SCENE.resize((1, 1)), "JPEG"), off=off, kept=True)
    case("jpeg-strip.jpg", saved(SCENE.resize((200, 3)), "JPEG"), off=off, kept=True)

    cmyk = saved(SCENE.convert("CMYK"), "JPEG", quality=95)
    case("jpeg-cmyk.jpg", cmyk, off=off, kept=True)
    unmarked = cmyk[:2] + b"".join(data for marker, data in segments(cmyk)[1:] if marker != 0xEE)
    case("jpeg-cmyk-unmarked.jpg", unmarked, off=off, kept=True)
    # The same numbers taken for YCCK.
    place = cmyk.index(b"Adobe") + 11
    case("jpeg-ycck.jpg", cmyk[:place] + b"\2" + cmyk[place + 1 :], off=off, kept=True)

    bare = b"".join(data for marker, data in segments(plain) if marker != 0xC4)
    shows = on_white(Image.open(io.BytesIO(plain)))
    case("jpeg-no-tables.jpg", bare, shows, off=off)
    avi1 = segment(0xE0, b"AVI1\0\0\0\0\0\0\0\0\0\0")
    without_jfif = b"".join(data for marker, data in segments(bare)[1:] if marker != 0xE0)
    case("jpeg-no-tables-avi1.jpg", b"\xff\xd8" + avi1 + without_jfif, shows, off=off)
    tables = [data for marker, data in segments(plain) if marker == 0xC4]
    some = b"".join(data for _, data in segments(bare)[:-1]) + tables[0] + segments(bare)[-1][1]
    case("jpeg-one-table.jpg", some, shows, off=off)
    no_tables_grey = b"".join(d for m, d in segments(saved(GREY, "JPEG", quality=92)) if m != 0xC4)
    case("jpeg-no-tables-grey.jpg", no_tables_grey, GREY.convert("RGB"), off=off)

    case("jpeg-zeros-behind.jpg", plain + b"\0" * 500, shows, off=off, kept=True, padded=True)
    case("jpeg-junk-behind.jpg", plain + b"\x12\xff\xd8\xff\xd9\x34" * 50, shows, off=off, kept=True, padded=True)
    case("jpeg-fill-before-end.jpg", plain[:-2] + b"\xff\xff\xff\xd9", shows, off=off, kept=True)
    case("jpeg-fill-before-marker.jpg", plain[:2] + b"\xff\xff" + plain[2:], shows, off=off, kept=True)
    other = Image.new("RGB", (W, H), "blue")
    mpo = saved(SCENE, "MPO", quality=92, save_all=True, append_images=[other])
    case("jpeg-two-pictures.mpo", mpo, off=off, kept=True, padded=True)

    for value in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = value
        turned = saved(SCENE, "JPEG", quality=95, subsampling=0, exif=exif)
        case(f"jpeg-turned-{value}.jpg", turned, off=off, kept=value == 1)
    square = SCENE.resize((40, 40))
    exif = Image.Exif()
    exif[0x0112] = 6
    case("jpeg-turned-square.jpg", saved(square, "JPEG", quality=95, subsampling=0, exif=exif), off=off)
    # A thumbnail inside, with a start and an end of its own.
    little = saved(SCENE.resize((16, 12)), "JPEG")
    head = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0"
    thumb = plain[:2] + segment(0xE1, head + little) + plain[2:]
    case("jpeg-turned-thumbnail.jpg", thumb, off=off)
    senseless = plain[:2] + segment(0xE1, head.replace(b"\0\x03\0\0\0\0\0\0", b"\0\x63\0\0\0\0\0\0")) + plain[2:]
    case("jpeg-turned-senseless.jpg", senseless, off=off, kept=True)

    start = plain.index(b"\xff\xc0")
    recoded = lambda marker, bits=8: plain[: start + 1] + bytes([marker]) + plain[start + 2 : start + 4] + bytes([bits]) + plain[start + 5 :]
    refused("jpeg-arithmetic.jpg", recoded(0xC9), ["arithmetic", "plain JPEG"])
    refused("jpeg-lossless.jpg", recoded(0xC3), ["lossless", "plain JPEG"])
    refused("jpeg-12-bits.jpg", recoded(0xC1, 12), ["12 bits", "plain JPEG"])
    refused("jpeg-end-missing.jpg", plain[:-2], ["cut short", "whole file"])
    refused("jpeg-cut-before-another.jpg", plain[:-40] + saved(other, "JPEG"), ["cut short"])


def exif(little, kind, value):
    """EXIF that holds an orientation, in numbers of that kind: 1 byte, 3 short, 4 long, 9 long with a sign."""
    order = "<" if little else ">"
    number = struct.pack(order + {1: "B", 3: "H", 4: "I", 9: "i"}[kind], value).ljust(4, b"\0")
    start = b"II*\0" if little else b"MM\0*"
    return start + struct.pack(order + "IHHHI", 8, 1, 0x0112, kind, 1) + number + b"\0" * 4


def turned():
    """However it is written that a picture must be turned, and wherever."""
    jpeg, png = saved(SCENE, "JPEG", quality=95, subsampling=0), saved(SCENE, "PNG")
    end = len(png) - 12
    for little in (False, True):
        for kind in (1, 3, 4, 9):
            name, said = f"wish-{'le' if little else 'be'}-{kind}", exif(little, kind, 6)
            app1 = segment(0xE1, b"Exif\0\0" + said)
            # Behind others: of JFIF, another APP1, a profile, a word.
            others = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>") + segment(0xE2, b"ICC_PROFILE\0\1\1" + b"\0" * 200)
            at = 2 + len(segments(jpeg)[1][1])
            behind = jpeg[:at] + others + segment(0xFE, b"Exif") + app1 + jpeg[at:]
            case(f"{name}.jpg", jpeg[:2] + app1 + jpeg[2:], off=1.5, kept=kind == 1)
            case(f"{name}-behind.jpg", behind, off=1.5, kept=kind == 1)
            chunk = struct.pack(">I", len(said)) + b"eXIf" + said + struct.pack(">I", zlib.crc32(b"eXIf" + said))
            case(f"{name}.png", png[:33] + chunk + png[33:])
            case(f"{name}-behind.png", png[:end] + chunk + png[end:])
            case(f"{name}.webp", saved(SCENE, "WEBP", lossless=True, exif=said))
            # As ImageMagick writes it: a text of digits.
            digits = (b"Exif\0\0" + said).hex()
            text = f"\nexif\n{len(digits) // 2:8}\n" + "\n".join(digits[n : n + 72] for n in range(0, len(digits), 72)) + "\n"
            for packed in (False, True):
                notes = PngInfo()
                notes.add_text("Raw profile type exif", text, zip=packed)
                case(f"{name}-as-text-{packed}.png", saved(SCENE, "PNG", pnginfo=notes))
        order = "<" if little else ">"
        for kind in (1, 3, 4):
            number = struct.pack(order + {1: "B", 3: "H", 4: "I"}[kind], 8).ljust(4, b"\0")
            tags = [(256, W), (257, H), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, H), (279, W * H)]
            entries = [(t, struct.pack(order + "HHII", t, 4, 1, v)) for t, v in tags]
            entries.append((274, struct.pack(order + "HHI", 274, kind, 1) + number))
            packed = struct.pack(order + "H", len(entries)) + b"".join(e for _, e in sorted(entries)) + b"\0" * 4
            start = (b"II*\0" if little else b"MM\0*") + struct.pack(order + "I", 8 + W * H)
            # Pillow leaves what a byte says; what it makes of the others depends on its release.
            shows = rgb(np.asarray(GREY) if kind == 1 else np.rot90(np.asarray(GREY)))
            case(f"wish-{'le' if little else 'be'}-{kind}.tif", start + np.asarray(GREY).tobytes() + packed, shows)


def png_chunks(width, height, bits, colour, rows, *more):
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    packed = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(chunk(*m) for m in more) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def deep(pixels, bits):
    """Eight bits as so many, and what they are read as."""
    full, seen = 2**bits - 1, pixels.astype(np.uint32)
    values = (seen * full + 127) // 255
    # The brightest is there, or it would be fewer bits.
    values[0, 0] = full
    # What needs 15 bits is taken for 16: any picture that is a little dark looks like that.
    white = full if bits <= 14 else 65535
    return values.astype(np.uint16), ((values * 255 + white // 2) // white).astype(np.uint8)


def rgb(array):
    return Image.fromarray(array if array.ndim == 3 else np.stack([array] * 3, axis=2))


def pngs():
    case("png-rgb.png", saved(SCENE, "PNG"))
    case("png-grey.png", saved(GREY, "PNG"))
    case("png-one-bit.png", saved(GREY.convert("1"), "PNG"))
    palette = SCENE.convert("P", palette=Image.Palette.ADAPTIVE, colors=14)
    case("png-palette.png", saved(palette, "PNG"))
    case("png-palette-4-bits.png", saved(palette, "PNG", bits=4))
    case("png-palette-hole.png", saved(palette, "PNG", transparency=3))
    case("png-palette-glass.png", saved(palette, "PNG", transparency=bytes(range(0, 252, 18))))
    case("png-grey-hole.png", saved(GREY, "PNG", transparency=GREY.getpixel((30, 20))))
    case("png-rgb-hole.png", saved(SCENE, "PNG", transparency=(230, 30, 40)))
    clear = SCENE.copy()
    clear.putalpha(HOLE)
    case("png-rgba.png", saved(clear, "PNG"))
    glass = GREY.copy()
    glass.putalpha(HOLE)
    case("png-grey-alpha.png", saved(glass, "PNG"))
    lines = Image.new("RGBA", (W, H), (0, 0, 0, 0))
    lines.paste((0, 0, 0, 255), (10, 0, 14, H))
    case("png-lines-on-nothing.png", saved(lines, "PNG"))
    exif = Image.Exif()
    exif[0x0112] = 6
    case("png-turned.png", saved(SCENE, "PNG", exif=exif))

    for bits in (8, 10, 12, 14, 15, 16):
        grey, seen = deep(np.asarray(GREY), bits)
        rows = [row.astype(">u2").tobytes() for row in grey]
        case(f"png-grey-{bits}-of-16.png", png_chunks(W, H, 16, 0, rows), rgb(seen))
        colours, seen = deep(PIXELS, bits)
        rows = [row.astype(">u2").tobytes() for row in colours]
        case(f"png-rgb-{bits}-of-16.png", png_chunks(W, H, 16, 2, rows), rgb(seen))
        alpha = np.asarray(HOLE).astype(np.uint32)
        both = np.concatenate([colours, (alpha * 257).astype(np.uint16)[:, :, None]], axis=2)
        on = ((seen.astype(np.uint32) * alpha[:, :, None] + 255 * (255 - alpha[:, :, None]) + 127) // 255).astype(np.uint8)
        case(f"png-rgba-{bits}-of-16.png", png_chunks(W, H, 16, 6, [r.astype(">u2").tobytes() for r in both]), rgb(on))
    refused("png-cut.png", saved(SCENE, "PNG")[:-20], ["cut short"])


def bmps():
    case("bmp-rgb.bmp", saved(SCENE, "BMP"))
    case("bmp-grey.bmp", saved(GREY, "BMP"))
    case("bmp-one-bit.bmp", saved(GREY.convert("1"), "BMP"))
    case("bmp-palette.bmp", saved(SCENE.convert("P", palette=Image.Palette.ADAPTIVE, colors=200), "BMP"))
    upside = bytearray(saved(SCENE, "BMP"))
    upside[22:26] = struct.pack("<i", -H)
    case("bmp-top-down.bmp", bytes(upside), SCENE.transpose(Image.Transpose.FLIP_TOP_BOTTOM))
    rows = np.asarray(GREY)[::-1]
    runs = b"".join(b"".join(bytes([1, v]) for v in row) + b"\0\0" for row in rows) + b"\0\1"
    colours = b"".join(bytes([v, v, v, 0]) for v in range(256))
    head = struct.pack("<IiiHHIIiiII", 40, W, H, 1, 8, 1, len(runs), 2835, 2835, 256, 0)
    where = 14 + len(head) + len(colours)
    data = b"BM" + struct.pack("<IHHI", where + len(runs), 0, 0, where) + head + colours + runs
    # Its last two bytes say that no more comes: without them the picture is whole.
    case("bmp-runs.bmp", data, GREY.convert("RGB"), padded=True)
    clear = SCENE.copy()
    clear.putalpha(HOLE)
    case("bmp-rgba.bmp", saved(clear, "BMP"))


def webps():
    clear = SCENE.copy()
    clear.putalpha(HOLE)
    case("webp-lossless.webp", saved(SCENE, "WEBP", lossless=True))
    case("webp-lossy.webp", saved(SCENE, "WEBP", quality=90), off=3)
    case("webp-clear.webp", saved(clear, "WEBP", lossless=True, exact=True))
    case("webp-clear-lossy.webp", saved(clear, "WEBP", quality=90), off=3)
    exif = Image.Exif()
    exif[0x0112] = 8
    turned = saved(SCENE, "WEBP", lossless=True, exif=exif)
    case("webp-turned.webp", turned)
    marked = saved(SCENE, "WEBP", lossless=True, exif=b"Exif\0\0" + b"Exif\0\0" + exif.tobytes()[6:])
    case("webp-turned-marked.webp", marked, SCENE.transpose(Image.Transpose.ROTATE_90))
    moving = saved(SCENE, "WEBP", lossless=True, save_all=True, append_images=[Image.new("RGB", (W, H), "blue")], duration=100)
    case("webp-animated.webp", moving)


def tiff(width, height, bits, samples, photometric, data, *more):
    """A TIFF of one strip, little-endian; `more`: tags with a short as their value."""
    tags = [(256, 3, width), (257, 3, height), (259, 3, 1), (262, 3, photometric), (273, 4, 8), (277, 3, samples)]
    tags += [(278, 3, height), (279, 4, len(data)), *((tag, 3, value) for tag, value in more)]
    where = 8 + len(data)
    lengths = struct.pack(f"<{samples}H", *[bits] * samples)
    directory = where + len(lengths)
    entries = [(tag, kind, 1, struct.pack("<I", value)) for tag, kind, value in tags]
    inline = lengths.ljust(4, b"\0") if samples <= 2 else struct.pack("<I", where)
    entries.append((258, 3, samples, inline))
    entries.sort()
    packed = b"".join(struct.pack("<HHI", *entry[:3]) + entry[3] for entry in entries)
    return b"II*\0" + struct.pack("<I", directory) + data + lengths + struct.pack("<H", len(entries)) + packed + b"\0" * 4


def lzw(data):
    """As TIFF packs it: codes of nine bits and more, highest bit first, longer one code early."""
    known, out, bits, size, string = {}, [], 0, 9, b""

    def put(code):
        nonlocal bits
        out.append(f"{code:0{size}b}")

    put(256)
    for byte in data:
        longer = string + bytes([byte])
        if len(longer) == 1 or longer in known:
            string = longer
            continue
        put(known[string] if len(string) > 1 else string[0])
        known[longer] = 258 + len(known)
        string = longer[-1:]
        size = max(9, (258 + len(known)).bit_length())
        if len(known) == 4093 - 258:
            put(256)
            known, size = {}, 9
    put(known[string] if len(string) > 1 else string[0])
    known[b""] = 0
    size = max(9, (258 + len(known)).bit_length())
    put(257)
    packed = "".join(out)
    return int(packed.ljust(-(-len(packed) // 8) * 8, "0"), 2).to_bytes(-(-len(packed) // 8), "big")


def tiled(pixels, tile, pack=None, apart=False):
    """A TIFF in tiles (width, height), big-endian; `apart`: those of each colour for themselves."""
    compression, packed = {None: (1, bytes), "zip": (8, zlib.compress), "lzw": (5, lzw)}[pack]
    height, width, samples = pixels.shape
    wide, high = tile
    padded = np.pad(pixels, ((0, -height % high), (0, -width % wide), (0, 0)), mode="edge")
    planes = [padded[:, :, [n]] for n in range(samples)] if apart else [padded]
    tops, lefts = range(0, padded.shape[0], high), range(0, padded.shape[1], wide)
    corners = [(plane, top, left) for plane in planes for top in tops for left in lefts]
    parts = [packed(plane[t : t + high, l : l + wide].tobytes()) for plane, t, l in corners]
    data, places = b"", []
    for part in parts:
        places.append(8 + len(data))
        data += part + b"\0" * (len(part) % 2)
    more, entries = b"", []
    bits, photometric = 8 * pixels.dtype.itemsize, 2 if samples >= 3 else 1
    for tag, kind, values in [
        (256, 3, [width]), (257, 3, [height]), (258, 3, [bits] * samples), (259, 3, [compression]),
        (262, 3, [photometric]), (277, 3, [samples]), (284, 3, [2 if apart else 1]), (322, 3, [wide]), (323, 3, [high]),
        (324, 4, places), (325, 4, [len(part) for part in parts]), *([(338, 3, [2])] if samples == 4 else []),
    ]:  # fmt: skip
        held = struct.pack(f">{len(values)}{'H' if kind == 3 else 'I'}", *values)
        if len(held) > 4:
            held, more = struct.pack(">I", 8 + len(data) + len(more)), more + held + b"\0" * (len(held) % 4)
        entries.append(struct.pack(">HHI", tag, kind, len(values)) + held.ljust(4, b"\0"))
    directory = struct.pack(">H", len(entries)) + b"".join(entries) + b"\0" * 4
    return b"MM\0\x2a" + struct.pack(">I", 8 + len(data) + len(more)) + data + more + directory


def tiffs_in_tiles():
    clear = np.concatenate([PIXELS, np.asarray(HOLE)[:, :, None]], axis=2)
    shows = on_white(Image.fromarray(clear, "RGBA"))
    grey = np.asarray(GREY)[:, :, None]
    # Large enough that tiles lie inside, at edges, and at the corner.
    large = np.asarray(SCENE.resize((160, 120), Image.Resampling.BILINEAR))
    for pack in (None, "zip", "lzw"):
        for tile in ((16, 16), (32, 48), (64, 64), (256, 256)):
            case(f"tiff-tiles-{pack}-{tile[0]}.tif", tiled(large, tile, pack), Image.fromarray(large))
            case(f"tiff-tiles-apart-{pack}-{tile[0]}.tif", tiled(large, tile, pack, True), Image.fromarray(large))
        case(f"tiff-tiles-clear-{pack}.tif", tiled(clear, (32, 16), pack), shows)
        case(f"tiff-tiles-clear-apart-{pack}.tif", tiled(clear, (32, 16), pack, True), shows)
        case(f"tiff-tiles-grey-{pack}.tif", tiled(grey, (32, 16), pack), GREY.convert("RGB"))
        sixteen, seen = deep(PIXELS, 16)
        for apart in (False, True):
            name = f"tiff-tiles-16-{'apart-' * apart}{pack}.tif"
            case(name, tiled(sixteen.astype(">u2"), (16, 32), pack, apart), rgb(seen))
    # A file that promises tiles that are not there.
    whole = tiled(large, (64, 64), apart=True)
    place = whole.index(struct.pack(">HHIH", 257, 3, 1, 120)) + 8
    refused("tiff-tiles-missing.tif", whole[:place] + struct.pack(">H", 500) + whole[place + 2 :], ["TIFF", "damaged"])


def tiffs():
    for how in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        case(f"tiff-{how}.tif", saved(SCENE, "TIFF", compression=how))
    case("tiff-grey.tif", saved(GREY, "TIFF", compression="tiff_lzw"))
    case("tiff-fax.tif", saved(GREY.convert("1"), "TIFF", compression="group4"))
    case("tiff-one-bit.tif", saved(GREY.convert("1"), "TIFF"))
    case("tiff-cmyk.tif", saved(SCENE.convert("CMYK"), "TIFF", compression="tiff_lzw"), off=1)
    clear = SCENE.copy()
    clear.putalpha(HOLE)
    case("tiff-rgba.tif", saved(clear, "TIFF", compression="tiff_lzw"))
    exif = Image.Exif()
    exif[0x0112] = 3
    case("tiff-turned.tif", saved(SCENE, "TIFF", exif=exif))
    case("tiff-pages.tif", saved(SCENE, "TIFF", save_all=True, append_images=[Image.new("RGB", (W, H), "blue")]), padded=True)
    inverse = tiff(W, H, 8, 1, 0, (255 - np.asarray(GREY)).tobytes())
    case("tiff-white-is-zero.tif", inverse, GREY.convert("RGB"))
    for bits in (10, 12, 14, 16):
        grey, seen = deep(255 - np.asarray(GREY), bits)
        inverse = tiff(W, H, 16, 1, 0, grey.astype("<u2").tobytes())
        case(f"tiff-white-is-zero-{bits}-of-16.tif", inverse, rgb(255 - seen), off=1)
        grey, seen = deep(np.asarray(GREY), bits)
        case(f"tiff-grey-{bits}-of-16.tif", tiff(W, H, 16, 1, 1, grey.astype("<u2").tobytes()), rgb(seen))
        colours, seen = deep(PIXELS, bits)
        case(f"tiff-rgb-{bits}-of-16.tif", tiff(W, H, 16, 3, 2, colours.astype("<u2").tobytes()), rgb(seen))
    # Premultiplied, and a fourth channel that is no opacity.
    alpha = np.asarray(HOLE).astype(np.uint32)[:, :, None]
    times = ((PIXELS * alpha + 127) // 255).astype(np.uint8)
    four = lambda rgb, more: np.concatenate([rgb, more.astype(np.uint8)], axis=2).tobytes()
    case("tiff-premultiplied.tif", tiff(W, H, 8, 4, 2, four(times, alpha), (338, 1)), rgb((times + 255 - alpha).astype(np.uint8)))
    case("tiff-infrared.tif", tiff(W, H, 8, 4, 2, four(PIXELS, alpha), (338, 0)), SCENE)
    refused("tiff-raw-thumbnail.nef", tiff(W, H, 8, 3, 2, PIXELS.tobytes(), (254, 1)), ["raw data", "develop"])
    refused("tiff-raw-mosaic.dng", tiff(W, H, 8, 1, 32803, np.asarray(GREY).tobytes()), ["raw data", "develop"])
    bits = np.packbits(np.asarray(GREY) > 128, axis=1, bitorder="little").tobytes()
    refused("tiff-bits-reversed.tif", tiff(W, H, 1, 1, 1, bits, (266, 2)), ["reverse order", "save it anew"])
    refused("tiff-float.tif", saved(GREY.convert("F"), "TIFF"), ["TIFF of floating-point numbers", "save it"])
    refused("tiff-palette.tif", saved(palette_of(), "TIFF"), ["TIFF with a palette", "RGB"])
    refused("tiff-ycbcr.tif", saved(SCENE.convert("YCbCr"), "TIFF"), ["TIFF with colours as YCbCr", "RGB"])
    refused("tiff-lab.tif", tiff(W, H, 8, 3, 8, PIXELS.tobytes()), ["TIFF with colours as Lab", "RGB"])
    refused("tiff-4-bits.tif", tiff(W, H, 4, 1, 1, bytes(H * (W + 1) // 2)), ["TIFF with 4 bits", "8 or 16"])
    for number, name in ((3, "fax of group 3"), (34712, "JPEG 2000"), (50000, "Zstandard"), (50001, "WebP"), (9, "compression 9")):
        packed = tiff(W, H, 8, 3, 2, PIXELS.tobytes()).replace(struct.pack("<HHII", 259, 3, 1, 1), struct.pack("<HHII", 259, 3, 1, number))
        refused(f"tiff-packed-{number}.tif", packed, ["TIFF packed", name, "save it"])
    whole = saved(SCENE, "TIFF", compression="tiff_lzw")
    refused("tiff-cut.tif", tiff(W, H, 8, 3, 2, PIXELS.tobytes())[:-10], ["TIFF"])


def others():
    refused("moving.gif", saved(palette_of(), "GIF"), ["GIF", "PNG"])
    refused("phone.heic", b"\0\0\0\x24ftypheic\0\0\0\0mif1heic" + b"\0" * 100, ["HEIC", "Most Compatible"])
    refused("shot.avif", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1" + b"\0" * 100, ["AVIF", "JPEG"])
    refused("page.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", ["PDF", "JPEG"])
    refused("drawing.svg", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', ["SVG", "PNG"])


def palette_of():
    return SCENE.convert("P", palette=Image.Palette.ADAPTIVE)


OUT.mkdir(parents=True, exist_ok=True)
for make in (jpegs, turned, pngs, bmps, webps, tiffs, tiffs_in_tiles, others):
    make()
(OUT / "cases.json").write_text(json.dumps(CASES, indent=1))
