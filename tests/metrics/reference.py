"""What pycocotools says of the data sets on standard input; the reference for tests/metrics.rs.

In:  [{"categories": n, "frames": [{"truth": [[category, [x, y, w, h]]], "predictions": [[category, [x, y, w, h], score]]}]}]
Out: [{"ap50": a, "ap50_95": a, "categories": [[ap50, ap50_95] or null]}]
"""

import contextlib
import json
import sys

import numpy
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def mean(precision):
    valid = precision[precision > -1]
    return float(valid.mean()) if valid.size else 0.0


def measure(data):
    truth = COCO()
    truth.dataset = {
        "info": {},
        "images": [{"id": i + 1} for i in range(len(data["frames"]))],
        "categories": [{"id": c + 1, "name": str(c)} for c in range(data["categories"])],
        "annotations": [],
    }
    predictions = []
    for image, frame in enumerate(data["frames"], 1):
        for category, bbox in frame["truth"]:
            truth.dataset["annotations"].append(
                {
                    "id": len(truth.dataset["annotations"]) + 1,
                    "image_id": image,
                    "category_id": category + 1,
                    "bbox": bbox,
                    "area": bbox[2] * bbox[3],
                    "iscrowd": 0,
                }
            )
        for category, bbox, score in frame["predictions"]:
            predictions.append({"image_id": image, "category_id": category + 1, "bbox": bbox, "score": score})
    truth.createIndex()
    evaluation = COCOeval(truth, truth.loadRes(predictions), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    # Thresholds, recalls, categories, areas (first: all), most predictions (last: 100).
    precision = numpy.asarray(evaluation.eval["precision"])[:, :, :, 0, -1]
    return {
        "ap50": mean(precision[0]),
        "ap50_95": mean(precision),
        "categories": [
            None if (precision[:, :, c] == -1).all() else [mean(precision[0, :, c]), mean(precision[:, :, c])]
            for c in range(data["categories"])
        ],
    }


with contextlib.redirect_stdout(sys.stderr):
    results = [measure(data) for data in json.load(sys.stdin)]
json.dump(results, sys.stdout)
