"""Makes the networks beside this file: small, of our own making, with random weights, written as people's exports are.

    make.py        needs torch, onnx and onnxscript

csp.onnx      a CSP network as YOLO's are, by the old exporter with an open batch; its last node, an NMS of another
              domain, stands for what no graph of ours can hold
mobile.onnx   inverted residuals with squeeze-and-excitation, normalisation unfolded, by the new exporter, not optimised
raw.onnx      a residual network that brings pixels of 0 to 255 to its own range
"""

import pathlib

import onnx
import torch
import torch.nn as nn

HERE = pathlib.Path(__file__).parent


def conv(i, o, k=3, s=1, g=1, act=nn.SiLU):
    return nn.Sequential(nn.Conv2d(i, o, k, s, k // 2, groups=g, bias=False), nn.BatchNorm2d(o), act())


class Csp(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.half = o // 2
        self.enter, self.leave = conv(i, o, 1), conv(o + self.half, o, 1)
        self.deep = nn.Sequential(conv(self.half, self.half), conv(self.half, self.half))

    def forward(self, x):
        a, b = self.enter(x).chunk(2, 1)
        return self.leave(torch.cat([a, b, b + self.deep(b)], 1))


class Pools(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.enter, self.leave, self.pool = conv(c, c // 2, 1), conv(2 * c, c, 1), nn.MaxPool2d(5, 1, 2)

    def forward(self, x):
        x = self.enter(x)
        y = self.pool(x)
        z = self.pool(y)
        return self.leave(torch.cat([x, y, z, self.pool(z)], 1))


class Yolo(nn.Module):
    def __init__(self):
        super().__init__()
        self.s4 = nn.Sequential(conv(3, 8, 3, 2), conv(8, 12, 3, 2), Csp(12, 12))
        self.s8 = nn.Sequential(conv(12, 16, 3, 2), Csp(16, 16))
        self.s16 = nn.Sequential(conv(16, 24, 3, 2), Csp(24, 24))
        self.s32 = nn.Sequential(conv(24, 32, 3, 2), Csp(32, 32), Pools(32))
        self.up, self.join = nn.Upsample(scale_factor=2), Csp(56, 24)
        self.out = nn.Conv2d(24, 6, 1)

    def forward(self, images):
        b = self.s16(self.s8(self.s4(images)))
        c = self.join(torch.cat([self.up(self.s32(b)), b], 1))
        return self.out(c).flatten(2).transpose(1, 2)


class Gate(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.down, self.up = nn.Conv2d(c, 4, 1), nn.Conv2d(4, c, 1)

    def forward(self, x):
        return x * nn.functional.hardsigmoid(self.up(torch.relu(self.down(x.mean((2, 3), keepdim=True)))))


class Inverted(nn.Module):
    def __init__(self, i, o, s):
        super().__init__()
        self.body = nn.Sequential(
            conv(i, 3 * i, 1, act=nn.Hardswish), conv(3 * i, 3 * i, 3, s, 3 * i, nn.ReLU6), Gate(3 * i),
            conv(3 * i, o, 1, act=nn.Identity))
        self.add = (i, s) == (o, 1)

    def forward(self, x):
        y = self.body(x)
        return x + y if self.add else y


class Mobile(nn.Module):
    def __init__(self):
        super().__init__()
        steps = [(8, 8, 2), (8, 12, 2), (12, 12, 1), (12, 16, 2), (16, 16, 1), (16, 24, 2), (24, 24, 1)]
        self.body = nn.Sequential(conv(3, 8, 3, 2), *[Inverted(*s) for s in steps])
        self.classify = nn.Linear(24, 10)

    def forward(self, images):
        x = self.body(images)
        return self.classify(x.view(x.shape[0], x.shape[1], -1).mean(2))


class Residual(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.down, self.deep, self.skip = conv(i, o, 3, 2, act=nn.ReLU), conv(o, o, act=nn.Identity), conv(i, o, 1, 2, act=nn.Identity)

    def forward(self, x):
        return torch.relu(self.skip(x) + self.deep(self.down(x)))


class Raw(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([123.675, 116.28, 103.53]).view(1, 3, 1, 1))
        self.register_buffer("spread", torch.tensor([58.395, 57.12, 57.375]).view(1, 3, 1, 1))
        self.body = nn.Sequential(*[Residual(*s) for s in [(3, 8), (8, 12), (12, 16), (16, 24)]])

    def forward(self, images):
        return self.body((images - self.mean) / self.spread)


def write(name, net, size, **options):
    torch.manual_seed(0)
    net = net()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    path = HERE / f"{name}.onnx"
    torch.onnx.export(net.eval(), (torch.rand(2, 3, *size),), path, input_names=["images"], output_names=["out"], **options)
    model = onnx.load(path)
    for node in model.graph.node:
        # Where in the source a node comes from: longer than all weights.
        del node.metadata_props[:]
    del model.graph.value_info[:]
    return path, model


path, model = write("csp", Yolo, (96, 128), dynamo=False, opset_version=12, dynamic_axes={"images": {0: "batch"}})
model.graph.node.append(onnx.helper.make_node("EfficientNMS", ["out"], ["boxes"], domain="elsewhere"))
model.graph.output.append(onnx.helper.make_tensor_value_info("boxes", 1, [None, 4]))
model.opset_import.append(onnx.helper.make_opsetid("elsewhere", 1))
onnx.save(model, path)
batch = torch.export.Dim("batch", min=1, max=64)
path, model = write("mobile", Mobile, (96, 128), dynamo=True, opset_version=18, optimize=False, external_data=False, verbose=False, dynamic_shapes=[{0: batch}])
onnx.save(model, path)
path, model = write("raw", Raw, (64, 96), dynamo=False, opset_version=17, dynamic_axes={"images": {0: "batch", 2: "height", 3: "width"}})
onnx.save(model, path)
