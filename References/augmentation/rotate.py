#!/usr/bin/env python3
"""Images turned by PyTorch: affine_grid and grid_sample, bilinear, zeros outside, about the centre of the pixels.

    python3 rotate.py       writes rotate.json; needs torch
"""
import json, math, pathlib
import torch
import torch.nn.functional as F

torch.manual_seed(1)
cases = []
for channels, height, width, degrees in [(1, 5, 5, 30), (2, 4, 7, -75), (1, 6, 3, 180), (1, 3, 3, 90), (3, 2, 5, 7.5), (1, 8, 8, 0)]:
    image = torch.randint(0, 9, (channels, height, width)).double()
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    aspect = (height - 1) / (width - 1)
    theta = torch.tensor([[[cosine, -sine * aspect, 0], [sine / aspect, cosine, 0]]], dtype=torch.float64)
    grid = F.affine_grid(theta, [1, channels, height, width], align_corners=True)
    turned = F.grid_sample(image[None], grid, mode="bilinear", padding_mode="zeros", align_corners=True)[0]
    cases.append({"shape": [channels, height, width], "degrees": degrees, "image": image.flatten().tolist(),
                  "turned": turned.flatten().tolist()})
(pathlib.Path(__file__).parent / "rotate.json").write_text(json.dumps({"cases": cases}, separators=(",", ":")) + "\n")
