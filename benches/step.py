"""The network of step.rs in PyTorch, eager mode: `step.py THREADS DEVICE` prints images a second and peak MiB."""

import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

LAYERS = [(16, 2, 0), (32, 2, 0), (32, 1, 1), (64, 2, 0), (64, 1, 1), (64, 1, 1), (96, 2, 0), (96, 1, 1), (128, 2, 0), (128, 1, 1)]
BATCH, STEPS = 8, 20


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, channels = nn.ModuleList(), nn.ModuleList(), 3
        for out, stride, residual in LAYERS:
            self.first.append(nn.Conv2d(channels, out, 3, stride, 1))
            self.second.append(nn.Conv2d(out, out, 3, 1, 1) if residual else None)
            channels = out

    def forward(self, x):
        for first, second in zip(self.first, self.second):
            z = F.relu(first(x))
            x = z if second is None else F.relu(second(z) + x)
        return x


torch.set_num_threads(int(sys.argv[1]))
device = torch.device(sys.argv[2])
# Single precision all the way, as ours: PyTorch's convolutions would round to 10 bits on a GPU.
torch.backends.cudnn.allow_tf32 = False
torch.manual_seed(0)
net = Net().to(device)
optimizer = torch.optim.AdamW(net.parameters(), 1e-4, weight_decay=1e-2)
# Every batch is a new one: it has to come to the device.
images = torch.rand(BATCH, 3, 240, 320) * 2 - 1


def step():
    loss = (net(images.to(device)) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


for _ in range(2):
    step()
start = time.perf_counter()
for _ in range(STEPS):
    step()
rate = BATCH * STEPS / (time.perf_counter() - start)
print(f"{rate:.2f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")
