#!/usr/bin/env python3
"""Convolutions, pooling and batch normalisation of images as PyTorch computes them in float64, with their gradients.

    python3 References/convolution/convolution.py > References/convolution/convolution.json

Needs PyTorch. Each case has the layer's kind and settings by Glia's names, an input x, a random direction g, the parameters,
the output y, and the gradients of sum(g * y) by the input and by each parameter.
"""
import json
import torch

torch.manual_seed(20)
torch.set_default_dtype(torch.float64)


def numbers(tensor):
    return torch.round(tensor.detach(), decimals=13).tolist()


def plain(tensor):
    return torch.round(tensor.detach(), decimals=3)


def case(kind, settings, layer, shape, training=True):
    layer.train(training)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(plain(parameter))
    x = plain(torch.randn(shape)).requires_grad_()
    before = {name: numbers(value) for name, value in layer.state_dict().items() if value.dim()}
    y = layer(x)
    g = plain(torch.randn_like(y))
    (g * y).sum().backward()
    return {
        "kind": kind, "settings": settings, "training": training, "x": numbers(x), "g": numbers(g), "state": before,
        "y": numbers(y), "dx": numbers(x.grad), "gradients": {n: numbers(p.grad) for n, p in layer.named_parameters()},
        "stateAfter": {n: numbers(b) for n, b in layer.named_buffers() if b.dim()},
    }


def convolutions():
    for inputs, outputs, kernel, stride, padding, dilation, groups, bias, length in [
        (1, 1, 1, 1, 0, 1, 1, True, 1), (2, 3, 3, 1, 0, 1, 1, True, 8), (2, 3, 4, 2, 3, 1, 1, False, 9),
        (4, 6, 3, 3, 2, 2, 2, True, 11), (3, 3, 2, 1, "same", 3, 3, True, 7), (1, 2, 5, 1, 2, 1, 1, True, 40),
    ]:
        layer = torch.nn.Conv1d(inputs, outputs, kernel, stride, padding, dilation, groups, bias)
        yield "conv1d", settings(inputs, outputs, kernel, stride, padding, dilation, groups, bias), layer, (2, inputs, length)
    for inputs, outputs, kernel, stride, padding, dilation, groups, bias, size in [
        (1, 1, 1, 1, 0, 1, 1, True, (1, 1)), (1, 3, 5, 1, 2, 1, 1, True, (9, 8)), (2, 4, 3, 1, 0, 1, 1, True, (5, 6)),
        (3, 2, [2, 3], [2, 1], [1, 0], 1, 1, False, (5, 7)), (4, 4, 3, 1, "same", 1, 4, True, (4, 5)),
        (4, 6, [3, 2], 2, [2, 1], [2, 3], 2, True, (7, 8)), (2, 2, 4, 1, "same", 2, 1, True, (9, 7)),
        (2, 3, [1, 4], [3, 2], [0, 2], [1, 2], 1, True, (6, 9)), (2, 17, 3, 1, 1, 1, 1, True, (6, 7)),
    ]:
        pair = lambda v: tuple(v) if isinstance(v, list) else v
        layer = torch.nn.Conv2d(inputs, outputs, pair(kernel), pair(stride), pair(padding), pair(dilation), groups, bias)
        yield "conv2d", settings(inputs, outputs, kernel, stride, padding, dilation, groups, bias), layer, (2, inputs, *size)


def settings(inputs, outputs, kernel, stride, padding, dilation, groups, bias):
    return {"inputChannels": inputs, "outputChannels": outputs, "kernel": kernel, "stride": stride, "padding": padding,
            "dilation": dilation, "groups": groups, "bias": bias}


def pooling():
    pair = lambda v: tuple(v) if isinstance(v, list) else v
    for kernel, stride, padding, dilation, size in [
        (2, 2, 0, 1, (6, 7)), (3, 2, 1, 1, (7, 8)), (3, 1, 1, 2, (6, 9)), ([3, 2], [1, 3], [1, 0], [2, 1], (7, 8)), (1, 2, 0, 1, (3, 3)),
    ]:
        one = lambda v: v[0] if isinstance(v, list) else v
        said = {"kernel": kernel, "stride": stride, "padding": padding}
        yield ("maxPool2d", {**said, "dilation": dilation},
               torch.nn.MaxPool2d(pair(kernel), pair(stride), pair(padding), pair(dilation)), (2, 2, *size))
        first = {name: one(value) for name, value in said.items()}
        yield ("maxPool1d", {**first, "dilation": one(dilation)},
               torch.nn.MaxPool1d(one(kernel), one(stride), one(padding), one(dilation)), (2, 2, size[1]))
        for counts in (True, False):
            yield ("avgPool2d", {**said, "countsPadding": counts},
                   torch.nn.AvgPool2d(pair(kernel), pair(stride), pair(padding), count_include_pad=counts), (2, 2, *size))
            yield ("avgPool1d", {**first, "countsPadding": counts},
                   torch.nn.AvgPool1d(one(kernel), one(stride), one(padding), count_include_pad=counts), (2, 2, size[1]))
    for size, shape in [(1, (5, 7)), (3, (5, 7)), ([2, 9], (6, 4)), ([4, 1], (4, 3))]:
        yield "adaptiveAvgPool2d", {"outputSize": size}, torch.nn.AdaptiveAvgPool2d(pair(size)), (2, 2, *shape)
        length = size[1] if isinstance(size, list) else size
        yield "adaptiveAvgPool1d", {"outputSize": length}, torch.nn.AdaptiveAvgPool1d(length), (2, 2, shape[1])


class GlobalAverage(torch.nn.Module):
    def forward(self, x):
        return x.mean(dim=tuple(range(2, x.dim())))


def main():
    cases = [case(*arguments) for arguments in [*convolutions(), *pooling()]]
    for shape in [(2, 3, 5), (2, 3, 4, 5)]:
        cases.append(case("globalAveragePool", {}, GlobalAverage(), shape))
    for training in (True, False):
        layer = torch.nn.BatchNorm2d(3, eps=1e-3, momentum=0.2)
        with torch.no_grad():
            for value in [layer.weight, layer.bias, layer.running_mean]:
                value.copy_(plain(torch.randn(3)))
            layer.running_var.copy_(plain(torch.rand(3)) + 0.5)
        cases.append(case("batchNorm", {"size": 3, "epsilon": 1e-3, "momentum": 0.2}, layer, (2, 3, 4, 5), training))
    print(json.dumps({"torch": torch.__version__, "cases": cases}))


if __name__ == "__main__":
    main()
