"""Makes an object-detection data set in COCO format by pasting cut-out photographs onto photographs.

It serves to compare training strategies on a second data set. Six kinds of things, 240 training and 80 test images
of 640x480; no cut-out and no background of a test image occurs in a training image. A box is the tight box of
a whole cut-out, also where a later one hides part of it.

The pictures are in these Debian packages, to be had with `apt-get download` and unpacked with `dpkg-deb -x`:
cut-outs in tuxpaint-stamps-default; backgrounds in mate-backgrounds, lomiri-wallpapers-16.04 and
plasma-workspace-wallpapers. Only the backgrounds listed below are used: the others are drawn, or show things of the six
kinds. Needs numpy and pillow.

Usage: stamps.py --stamps usr/share/tuxpaint/stamps --backgrounds usr/share/backgrounds usr/share/wallpapers --out DIR
"""

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

KINDS = {
    "bird": "animals/birds",
    "mammal": "animals/mammals",
    "fruit": "food/fruit",
    "vegetable": "food/vegetables",
    "flower": "plants/flowers",
    "coin": "symbols/money/*/coins symbols/money/japanese",
}
DRAWN = {"cartoon", "toys", "hedgehog", "echidna", "appooppanthady"}  # folders and files; the last is a seed
PHOTOS = """
    Aqua Blinds Dune GreenMeadow RainDrops Storm Wood
    Bridge_by_Sander_Klootwijk Dragonfly_by_Bolly Picture_1A_by_freespace Wine_by_Jakkub_Mede
    aitzgorri_by_Aitzol_Berasategi analogpattern_by_Peter_Nerlich greentock_by_Peter_Nerlich
    life_by_Aitzol_Berasategi picosdeeuropa_by_Aitzol_Berasategi sunset_by_Aitzol_Berasategi
    BytheWater ColdRipple ColorfulCups DarkestHour EveningGlow FallenLeaf Grey Kite OneStandsOut Path summer_1am
""".split()
SIZE = (640, 480)
IMAGES = {"train": 240, "test": 80}


def stamps(root, folders):
    files = (f for folder in folders.split() for top in root.glob(folder) for f in top.rglob("*.png"))
    return sorted(f for f in files if not DRAWN & {*f.relative_to(root).parts, f.stem})


def background(name, roots):
    """The largest file of that name, or in a folder of that name, at twice the size of an image."""
    files = [f for root in roots for f in root.rglob("*.[jp][pn]g") if name in {f.stem, *f.relative_to(root).parts}]
    if not files:
        raise SystemExit(f"no background {name}")
    with Image.open(max(sorted(files), key=lambda f: f.stat().st_size)) as image:
        image.draft("RGB", (2 * SIZE[0], 2 * SIZE[1]))
        return ImageOps.fit(image.convert("RGB"), (2 * SIZE[0], 2 * SIZE[1]), Image.Resampling.LANCZOS)


def split(items, rng):
    order, cut = rng.permutation(len(items)), round(0.7 * len(items))
    return {"train": [items[i] for i in order[:cut]], "test": [items[i] for i in order[cut:]]}


def tight(image):
    return image.crop(image.getchannel("A").point(lambda a: 255 * (a > 128)).getbbox())


def light(image, rng, spread):
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast):
        image = enhance(image).enhance(rng.uniform(1 - spread, 1 + spread))
    return image


def stamp(file, rng):
    """A cut-out at a random size, at most 2.5 times its own: many are small and would only blur."""
    image = tight(Image.open(file).convert("RGBA"))
    scale = min(rng.uniform(60, 220) / max(image.size), 2.5)
    image = image.resize([max(1, round(scale * side)) for side in image.size], Image.Resampling.LANCZOS)
    image = ImageOps.mirror(image) if rng.random() < 0.5 else image
    return tight(light(image, rng, 0.2).rotate(rng.uniform(-25, 25), Image.Resampling.BICUBIC, expand=True))


def crowded(box, boxes):
    """Whether a box shares more than 30 % of the smaller one with another."""
    for other in boxes:
        w, h = (min(box[i] + box[i + 2], other[i] + other[i + 2]) - max(box[i], other[i]) for i in (0, 1))
        if w > 0 and h > 0 and w * h > 0.3 * min(box[2] * box[3], other[2] * other[3]):
            return True
    return False


def scene(kinds, backgrounds, rng):
    """One picture and its labels, as pairs of a category's number and a box."""
    image = backgrounds[rng.integers(len(backgrounds))]
    zoom = rng.uniform(1, 2)
    left, top = (rng.uniform(0, side * (2 - zoom)) for side in SIZE)
    crop = (left, top, left + zoom * SIZE[0], top + zoom * SIZE[1])
    image = image.resize(SIZE, Image.Resampling.LANCZOS, crop)
    labels = []
    for kind in rng.integers(len(kinds), size=rng.integers(2, 8)):
        cutout = stamp(kinds[kind][rng.integers(len(kinds[kind]))], rng)
        for _ in range(50):
            x, y = (int(rng.integers(side - own + 1)) for side, own in zip(SIZE, cutout.size))
            box = [x, y, *cutout.size]
            if not crowded(box, [other for _, other in labels]):
                image.paste(cutout, (x, y), cutout)
                labels.append((int(kind) + 1, box))
                break
    image = light(image, rng, 0.15).filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2)))
    noisy = np.asarray(image) + rng.normal(0, rng.uniform(0, 6), (SIZE[1], SIZE[0], 3))
    return Image.fromarray(noisy.round().clip(0, 255).astype(np.uint8)), labels


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stamps", type=Path, required=True)
    parser.add_argument("--backgrounds", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    kinds = {name: split(stamps(args.stamps, folders), rng) for name, folders in KINDS.items()}
    for name, files in kinds.items():
        print(name, *(f"{len(files[part])} {part}" for part in IMAGES))
    photos = split(PHOTOS, rng)
    (args.out / "images").mkdir(parents=True, exist_ok=True)
    for part, count in IMAGES.items():
        backgrounds = [background(name, args.backgrounds) for name in photos[part]]
        images, annotations = [], []
        for number in range(1, count + 1):
            image, labels = scene([files[part] for files in kinds.values()], backgrounds, rng)
            name = f"images/{part}_{number:03}.jpg"
            image.save(args.out / name, quality=85)
            images.append({"id": number, "file_name": name, "width": SIZE[0], "height": SIZE[1]})
            for kind, box in labels:
                label = {"id": len(annotations) + 1, "image_id": number, "category_id": kind}
                annotations.append(label | {"bbox": box, "area": box[2] * box[3], "iscrowd": 0})
        categories = [{"id": i, "name": name} for i, name in enumerate(kinds, 1)]
        data = {"images": images, "annotations": annotations, "categories": categories}
        (args.out / f"{part}.json").write_text(json.dumps(data))
        print(part, f"{len(backgrounds)} backgrounds, {count} images, {len(annotations)} labels")


if __name__ == "__main__":
    main()
