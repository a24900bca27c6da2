"""network.js in a real browser against torch.nn, operation by operation. Knows no page and no exporter."""

import base64
import json
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Error, Page
from torch import nn

from ui.components.link import link
from vae_core.files.tensors import pack

RUNTIME = link("runtime/network.js")
F32_TOLERANCE = 1e-5
F16_TOLERANCE = 4e-3


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """One page with the runtime loaded; all cases share it."""
    page = browser.new_page()
    page.route("http://runtime.test/", lambda route: route.fulfill(body="<title>runtime</title>", content_type="text/html"))
    page.goto("http://runtime.test/")  # a worker needs a page with an origin
    page.evaluate(
        """async (text) => {
            const runtime = await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
            // The blob starts at an odd address, as it does when it arrives inside a larger message.
            const bytes = (text) => Uint8Array.from("odd" + atob(text), (c) => c.charCodeAt(0)).subarray(3);
            globalThis.load = (text) => runtime.compile(runtime.parseBlob(bytes(text)));
            globalThis.runtime = runtime;
        }""",
        RUNTIME,
    )
    yield page
    page.close()


class Program:
    """A program written by hand, one step at a time."""

    def __init__(self, latent_dim: int, image_shape: tuple[int, ...]) -> None:
        self.tensors: dict[str, np.ndarray] = {}
        self.functions: dict[str, dict] = {}
        self.latent_dim, self.image_shape = latent_dim, image_shape

    def function(self, name: str, inputs: dict, steps: list[dict], outputs: dict) -> "Program":
        self.functions[name] = {"inputs": inputs, "steps": steps, "outputs": outputs}
        return self

    def tensor(self, values: torch.Tensor) -> str:
        name = f"t{len(self.tensors)}"
        self.tensors[name] = values.detach().numpy()
        return name

    def blob(self, dtype: type = np.float32, version: int = 1) -> bytes:
        program = {"version": version, "image_shape": self.image_shape, "latent_dim": self.latent_dim, "functions": self.functions}
        arrays = {name: values.astype(dtype) for name, values in self.tensors.items()}
        return pack(arrays, {"format": "vae-program", "program": json.dumps(program)})


def weights(program: Program, layer: nn.Module) -> dict[str, str]:
    names = {"weight": program.tensor(layer.weight)}
    return names if layer.bias is None else {**names, "bias": program.tensor(layer.bias)}


def run(page: Page, blob: bytes, function: str, values: torch.Tensor) -> dict[str, np.ndarray]:
    """Outputs by name, flat, of one call in the browser."""
    given = values.detach().numpy().astype(np.float32).ravel().tolist()
    found = page.evaluate(
        """([blob, name, given]) => {
            const outputs = load(blob)[name](Float32Array.from(given));
            return Object.entries(name === "decode" ? { image: outputs } : outputs).map(([k, v]) => [k, Array.from(v)]);
        }""",
        [base64.b64encode(blob).decode(), function, given],
    )
    return {name: np.array(numbers, dtype=np.float64) for name, numbers in found}


def assert_same(found: np.ndarray, expected: torch.Tensor, tolerance: float = F32_TOLERANCE) -> None:
    wanted = expected.detach().numpy().ravel()
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, atol=tolerance * max(1.0, float(np.abs(wanted).max())), rtol=0)


def check_step(page: Page, shape: tuple[int, ...], step: Callable[[Program], dict], reference: Callable, dtype: type = np.float32) -> None:
    """One step on a random x of `shape`, run as the encoder, against the torch function."""
    x = torch.randn(1, *shape)
    expected = reference(x)
    program = Program(1, shape).function("decode", {"z": [1]}, [], {"image": "z"})
    program.function("encode", {"x": list(shape)}, [{"in": ["x"], "out": "h", **step(program)}], {"mean": "h"})
    tolerance = F32_TOLERANCE if dtype is np.float32 else F16_TOLERANCE
    assert_same(run(page, program.blob(dtype), "encode", x)["mean"], expected, tolerance)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (2, 7), (33, 16), (64, 3)])
def test_linear(page: Page, inputs: int, outputs: int, bias: bool) -> None:
    layer = nn.Linear(inputs, outputs, bias=bias)
    check_step(page, (inputs,), lambda p: {"op": "linear", **weights(p, layer)}, layer)


CONVOLUTIONS = [
    # channels in and out, height, width, kernel, stride, padding
    (1, 8, 28, 28, 3, 2, 1),
    (3, 5, 33, 33, 3, 2, 1),
    (4, 4, 7, 7, 3, 2, 1),
    (2, 6, 9, 13, 5, 1, 2),
    (2, 3, 50, 21, 7, 3, 3),
    (5, 1, 10, 10, 3, 1, 0),
    (3, 4, 4, 4, 7, 1, 3),
    (2, 2, 5, 5, 1, 2, 0),
    (1, 4, 2, 2, 5, 2, 2),
]


@pytest.mark.parametrize(("inputs", "outputs", "height", "width", "kernel", "stride", "padding"), CONVOLUTIONS)
@pytest.mark.parametrize("bias", [True, False])
def test_conv2d(page: Page, inputs: int, outputs: int, height: int, width: int, kernel: int, stride: int, padding: int, bias: bool) -> None:
    layer = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=bias)
    step = {"op": "conv2d", "stride": stride, "padding": padding}
    check_step(page, (inputs, height, width), lambda p: {**step, **weights(p, layer)}, layer)


TRANSPOSED = [
    # channels in and out, height, width, kernel, stride, padding, output padding
    (32, 16, 4, 4, 3, 2, 1, (0, 0)),
    (16, 1, 14, 14, 3, 2, 1, (1, 1)),
    (4, 3, 5, 7, 3, 2, 1, (1, 0)),
    (3, 5, 17, 9, 5, 2, 2, (0, 1)),
    (2, 6, 6, 6, 7, 3, 3, (2, 1)),
    (3, 2, 4, 5, 4, 2, 1, (0, 0)),
    (2, 4, 3, 3, 3, 1, 1, (0, 0)),
    (2, 3, 4, 4, 3, 4, 0, (1, 1)),
    (1, 2, 3, 3, 2, 3, 0, (0, 2)),
]


@pytest.mark.parametrize(("inputs", "outputs", "height", "width", "kernel", "stride", "padding", "extra"), TRANSPOSED)
@pytest.mark.parametrize("bias", [True, False])
def test_conv_transpose2d(
    page: Page,
    inputs: int,
    outputs: int,
    height: int,
    width: int,
    kernel: int,
    stride: int,
    padding: int,
    extra: tuple[int, int],
    bias: bool,
) -> None:
    layer = nn.ConvTranspose2d(inputs, outputs, kernel, stride, padding, extra, bias=bias)
    step = {"op": "conv_transpose2d", "stride": stride, "padding": padding, "output_padding": extra}
    check_step(page, (inputs, height, width), lambda p: {**step, **weights(p, layer)}, layer)


@pytest.mark.parametrize("extra", [(0, 0), (-1, 0), (-1, -1)], ids=str)
def test_a_transposed_convolution_of_which_the_last_row_or_column_is_cut(page: Page, extra: tuple[int, int]) -> None:
    """What nearest upsampling and a convolution are at once, for odd sides."""
    layer = nn.ConvTranspose2d(5, 3, 4, 2, 1)
    step = {"op": "conv_transpose2d", "stride": 2, "padding": 1, "output_padding": extra}
    height, width = (2 * side + cut for side, cut in zip((4, 7), extra, strict=True))
    check_step(page, (5, 4, 7), lambda p: {**step, **weights(p, layer)}, lambda x: layer(x)[..., :height, :width])


def test_steps_that_move_numbers(page: Page) -> None:
    check_step(page, (3, 5, 4), lambda p: {"op": "reshape", "shape": [60]}, nn.Flatten())
    check_step(page, (60,), lambda p: {"op": "reshape", "shape": [3, 5, 4]}, nn.Identity())
    check_step(page, (4, 2, 6), lambda p: {"op": "reshape", "shape": [6, 4, 2]}, nn.Identity())
    check_step(page, (10,), lambda p: {"op": "slice", "start": 3, "stop": 9}, lambda x: x[:, 3:9])


def test_add(page: Page) -> None:
    layer = nn.Conv2d(3, 3, 3, 1, 1)
    program = Program(1, (3, 6, 5)).function("decode", {"z": [1]}, [], {"image": "z"})
    convolve = {"op": "conv2d", "in": ["x"], "out": "h1", "stride": 1, "padding": 1, **weights(program, layer)}
    steps = [convolve, {"op": "add", "in": ["x", "h1"], "out": "h2", "activation": "relu"}]
    program.function("encode", {"x": [3, 6, 5]}, steps, {"mean": "h2"})
    x = torch.randn(1, 3, 6, 5)
    assert_same(run(page, program.blob(), "encode", x)["mean"], torch.relu(x + layer(x)))


def test_multiply_and_scale(page: Page) -> None:
    program = Program(1, (3, 4, 2)).function("decode", {"z": [1]}, [], {"image": "z"})
    steps = [{"op": "scale", "in": ["x"], "out": "h1", "factor": -0.5}, {"op": "multiply", "in": ["x", "h1"], "out": "h2"}]
    program.function("encode", {"x": [3, 4, 2]}, steps, {"mean": "h2"})
    x = torch.randn(1, 3, 4, 2)
    assert_same(run(page, program.blob(), "encode", x)["mean"], -0.5 * x * x)


ACTIVATIONS = {
    "silu": nn.SiLU(),
    "relu": nn.ReLU(),
    "leaky_relu": nn.LeakyReLU(0.01),
    "tanh": nn.Tanh(),
    "sigmoid": nn.Sigmoid(),
    "exp": torch.exp,
    "softplus": nn.functional.softplus,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_alone_and_fused(page: Page, name: str) -> None:
    layer = nn.Linear(6, 9)
    nn.init.normal_(layer.weight, std=8.0)  # far into both tails
    check_step(page, (3, 4, 2), lambda p: {"op": "activation", "activation": name}, ACTIVATIONS[name])
    check_step(page, (6,), lambda p: {"op": "linear", "activation": name, **weights(p, layer)}, lambda x: ACTIVATIONS[name](layer(x)))


class SmallVae(nn.Module):
    """28 -> 14 -> 7 -> 4 and back by stride-2 convolutions, with a dense layer on either side of the code."""

    def __init__(self, channels: int, latent_dim: int) -> None:
        super().__init__()
        sizes = (channels, 8, 12, 10)
        self.down = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1) for a, b in pairwise(sizes))
        self.head, self.grow = nn.Linear(160, 2 * latent_dim), nn.Linear(latent_dim, 160)
        back = zip(pairwise(reversed(sizes)), (0, 1, 1), strict=True)
        self.up = nn.ModuleList(nn.ConvTranspose2d(a, b, 3, 2, 1, extra) for (a, b), extra in back)

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        for layer in self.down:
            x = nn.functional.silu(layer(x))
        return self.head(x.flatten(1)).chunk(2, dim=1)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        h = nn.functional.silu(self.grow(z)).unflatten(1, (10, 4, 4))
        for layer in self.up[:-1]:
            h = nn.functional.silu(layer(h))
        return torch.sigmoid(self.up[-1](h))


def small_vae_program(model: SmallVae, channels: int, latent_dim: int) -> Program:
    program, shape = Program(latent_dim, (channels, 28, 28)), [channels, 28, 28]
    names = ["x", "d0", "d1", "d2"]
    down = [
        {"op": "conv2d", "in": [a], "out": b, "stride": 2, "padding": 1, "activation": "silu", **weights(program, layer)}
        for (a, b), layer in zip(pairwise(names), model.down, strict=True)
    ]
    flat = [
        {"op": "reshape", "in": ["d2"], "out": "f", "shape": [160]},
        {"op": "linear", "in": ["f"], "out": "h", **weights(program, model.head)},
    ]
    cuts = [(0, latent_dim, "m"), (latent_dim, 2 * latent_dim, "v")]
    slices = [{"op": "slice", "in": ["h"], "out": out, "start": start, "stop": stop} for start, stop, out in cuts]
    program.function("encode", {"x": shape}, [*down, *flat, *slices], {"mean": "m", "log_var": "v"})
    grow = {"op": "linear", "in": ["z"], "out": "g", "activation": "silu", **weights(program, model.grow)}
    steps = [grow, {"op": "reshape", "in": ["g"], "out": "u0", "shape": [10, 4, 4]}]
    for i, (layer, activation) in enumerate(zip(model.up, ("silu", "silu", "sigmoid"), strict=True)):
        step = {"op": "conv_transpose2d", "in": [f"u{i}"], "out": f"u{i + 1}", "stride": 2, "padding": 1, "activation": activation}
        steps.append({**step, "output_padding": list(layer.output_padding), **weights(program, layer)})
    return program.function("decode", {"z": [latent_dim]}, steps, {"image": "u3"})


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, F32_TOLERANCE), (np.float16, F16_TOLERANCE)])
@pytest.mark.parametrize(("channels", "latent_dim"), [(1, 2), (3, 7)])
def test_whole_network(page: Page, channels: int, latent_dim: int, dtype: type, tolerance: float) -> None:
    model = SmallVae(channels, latent_dim)
    blob = small_vae_program(model, channels, latent_dim).blob(dtype)
    x, z = torch.rand(1, channels, 28, 28), 2 * torch.randn(1, latent_dim)
    mean, log_var = model.encode(x)
    found = run(page, blob, "encode", x)
    assert_same(found["mean"], mean, tolerance)
    assert_same(found["log_var"], log_var, tolerance)
    assert_same(run(page, blob, "decode", z)["image"], model.decode(z), tolerance)


def test_many_codes_and_reused_buffers(page: Page) -> None:
    model = SmallVae(1, 2)
    blob = base64.b64encode(small_vae_program(model, 1, 2).blob()).decode()
    zs = torch.randn(3, 2)
    script = """([blob, zs]) => {
        const network = load(blob);
        const first = network.decode(Float32Array.from(zs.slice(0, 2)));
        const same = network.decode(Float32Array.from(zs.slice(2, 4))) === first;
        return { same, shape: network.imageShape, images: Array.from(network.decodeMany(Float32Array.from(zs), 3)) };
    }"""
    found = page.evaluate(script, [blob, zs.numpy().ravel().tolist()])
    assert found["same"], "decode allocates"
    assert found["shape"] == [1, 28, 28]
    assert_same(np.array(found["images"]), model.decode(zs))


def test_half_precision_is_exact(page: Page) -> None:
    values = np.array([0.0, 1.0, -2.5, 65504.0, 6.1e-5, 6e-8, -5.96e-8, 0.333], dtype=np.float16)
    program = Program(1, (8,)).function("decode", {"z": [1]}, [{"op": "linear", "in": ["z"], "out": "h", "weight": "w"}], {"image": "h"})
    program.tensors["w"] = values.reshape(8, 1)
    found = run(page, program.blob(np.float16), "decode", torch.ones(1, 1))["image"]
    np.testing.assert_array_equal(found, values.astype(np.float64))


def test_the_same_text_runs_in_a_worker(page: Page) -> None:
    model = SmallVae(1, 2)
    z = torch.randn(1, 2)
    script = """async ([text, blob, z]) => {
        const work = `\\nonmessage = ({ data: [blob, z] }) => {
            const bytes = Uint8Array.from(atob(blob), (c) => c.charCodeAt(0));
            postMessage(compile(parseBlob(bytes)).decode(Float32Array.from(z)));
        };`;
        const worker = new Worker(URL.createObjectURL(new Blob([text, work], { type: "text/javascript" })), { type: "module" });
        const answer = new Promise((resolve, reject) => { worker.onmessage = resolve; worker.onerror = reject; });
        worker.postMessage([blob, z]);
        const image = Array.from((await answer).data);
        worker.terminate();
        return image;
    }"""
    blob = base64.b64encode(small_vae_program(model, 1, 2).blob()).decode()
    found = page.evaluate(script, [RUNTIME, blob, z.numpy().ravel().tolist()])
    assert_same(np.array(found), model.decode(z))


def linear_program(**changes: object) -> Program:
    step = {"op": "linear", "in": ["z"], "out": "h", "weight": "w", **changes}
    program = Program(2, (4,)).function("decode", {"z": [2]}, [step], {"image": "h"})
    program.tensors["w"] = np.ones((4, 2))
    return program


DAMAGED = {
    "operation called fourier": lambda: linear_program(op="fourier").blob(),
    "operation called toString": lambda: linear_program(op="toString").blob(),
    "tensor called w9": lambda: linear_program(weight="w9").blob(),
    "register called q": lambda: linear_program(**{"in": ["q"]}).blob(),
    "activation called gelu": lambda: linear_program(activation="gelu").blob(),
    "version 2": lambda: linear_program().blob(version=2),
    "format nonsense": lambda: pack({"w": np.ones(1, np.float32)}, {"format": "nonsense"}),
    "F64": lambda: linear_program().blob(np.float64),
    "truncated": lambda: linear_program().blob()[:40],
    "w is truncated": lambda: linear_program().blob()[:-1],
    "expects a vector of 3": lambda: _three_wide().blob(),
    "does not hold 4 x 3 numbers": lambda: _lying("[4,2]", "[4,3]"),
    "does not hold 4 x 0.5 numbers": lambda: _lying("[4,2]", "[4,0.5]"),
    "does not hold -4 x -2 numbers": lambda: _lying("[4,2]", "[-4,-2]"),
}

# Each asks for far more than there is; a browser that believed it would be busy or out of memory.
ABSURD = {
    "1000000000 latent dimensions": lambda: Program(10**9, (4,)).function("decode", {"z": [2]}, [], {"image": "z"}),
    "0.5 latent dimensions": lambda: Program(0.5, (4,)).function("decode", {"z": [2]}, [], {"image": "z"}),
    "asks for 1000000000 numbers": lambda: Program(2, (4,)).function("decode", {"z": [10**9]}, [], {"image": "z"}),
    "asks for 0 numbers": lambda: Program(2, (4,)).function("decode", {"z": [0]}, [], {"image": "z"}),
    "asks for 30000 x 30000 x 1 numbers": lambda: Program(2, (4,)).function("decode", {"z": [30_000, 30_000, 1]}, [], {"image": "z"}),
    "asks for 16 x 4096 x 4096 numbers": lambda: _enlarged(),
    "at least 2": lambda: linear_program(op="slice", start=-1, stop=2),
    "a padding of 1000000000": lambda: _convolved(padding=10**9),
    "a padding of -1": lambda: _convolved(padding=-1),
    "a stride of 0": lambda: _convolved(stride=0),
    "a stride of null": lambda: _convolved(stride=None),
    "a output_padding of 100000000": lambda: _convolved(op="conv_transpose2d", output_padding=[10**8, 0]),
    "weights of 0 x 0 x 1000000000 x 1 numbers": lambda: _convolved(np.zeros((0, 0, 10**9, 1), np.float32)),
    "weights of 4 x 2 numbers": lambda: linear_program(op="conv2d", stride=1, padding=0),
    "expects a bias of 4": lambda: _with_bias(5),
}


def _lying(old: str, new: str) -> bytes:
    blob = linear_program().blob()
    length = int.from_bytes(blob[:8], "little")
    header = blob[8 : 8 + length].replace(f'"shape":{old}'.encode(), f'"shape":{new}'.encode())
    assert header != blob[8 : 8 + length]
    return len(header).to_bytes(8, "little") + header + blob[8 + length :]


def _after_reshape(step: dict) -> Program:
    steps = [{"op": "reshape", "in": ["z"], "out": "square", "shape": [1, 2, 1]}, {"in": ["square"], "out": "h", **step}]
    return Program(2, (4,)).function("decode", {"z": [2]}, steps, {"image": "h"})


def _convolved(weight: np.ndarray | None = None, **changes: object) -> Program:
    program = _after_reshape({"op": "conv2d", "stride": 1, "padding": 0, "weight": "w", **changes})
    program.tensors["w"] = np.ones((1, 1, 1, 1)) if weight is None else weight
    return program


def _enlarged() -> Program:
    step = {"op": "conv_transpose2d", "stride": 64, "padding": 0, "output_padding": [63, 63], "weight": "w", "in": ["z"], "out": "h"}
    program = Program(2, (4,)).function("decode", {"z": [1, 64, 64]}, [step], {"image": "h"})
    program.tensors["w"] = np.ones((1, 16, 1, 1))
    return program


def _with_bias(count: int) -> Program:
    program = linear_program(bias="b")
    program.tensors["b"] = np.ones(count)
    return program


def _three_wide() -> Program:
    program = linear_program()
    program.tensors["w"] = np.ones((4, 3))
    return program


@pytest.mark.parametrize("message", DAMAGED)
def test_damage_is_named(page: Page, message: str) -> None:
    blob = base64.b64encode(DAMAGED[message]()).decode()
    with pytest.raises(Error, match=message):
        page.evaluate("(blob) => { load(blob); }", blob)


@pytest.mark.parametrize("message", ABSURD)
def test_what_no_network_needs_is_refused_at_once(page: Page, message: str) -> None:
    blob = base64.b64encode(ABSURD[message]().blob()).decode()
    refusal, milliseconds = page.evaluate(
        """(blob) => {
            const start = performance.now();
            try { load(blob); } catch (error) { return [error.message, performance.now() - start]; }
            return ["", 0];
        }""",
        blob,
    )
    assert message in refusal
    assert milliseconds < 1000


def test_a_wrong_number_of_inputs_is_refused(page: Page) -> None:
    with pytest.raises(Error, match="z has 3 numbers; expected 2"):
        run(page, linear_program().blob(), "decode", torch.zeros(3))
