import assert from "node:assert/strict";
import { test } from "node:test";
import { Viewport, windowAround } from "../../ui/components/view/viewport.js";

const close = (found, expected) =>
  found.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-9, `${found} is not ${expected}`));

function viewport(
  window = windowAround([
    [-1, 3],
    [0, 1],
  ]),
) {
  const view = new Viewport();
  view.measure({ clientWidth: 300, clientHeight: 200 });
  view.window = window;
  return view;
}

test("a window shows all of its spans", () => {
  const { x, y, half } = windowAround([
    [-1, 3],
    [0, 1],
  ]);
  assert.deepEqual([x, y], [1, 0.5]);
  assert.ok(half >= 2);
  assert.deepEqual(windowAround([[2, 2]]), { x: 2, y: 0, half: 1 });
});

test("pixels and places are each other's inverse", () => {
  const view = viewport();
  close(view.toPlane(view.toPixels(0.3, -0.7)), [0.3, -0.7]);
  close(view.toPixels(1, 0.5), [150, 100]);
});

test("what lies under the pointer stays while the window is zoomed, within limits", () => {
  const view = viewport();
  const before = view.toPlane([40, 170]);
  view.zoom(0.5, [40, 170], 0.1, 10);
  close(view.toPlane([40, 170]), before);
  const { half } = view.window;
  view.zoom(1e-9, [40, 170], 0.1, 10);
  assert.ok(half > 0.1 && Math.abs(view.window.half - 0.1) < 1e-12);
});

test("what lies under the pointer follows it while the window is moved", () => {
  const view = viewport();
  const before = view.toPlane([100, 100]);
  view.pan(30, -20);
  close(view.toPlane([130, 80]), before);
  assert.deepEqual(view.inside([-5, 400]), [0, 200]);
});

test("numbers along an edge are round, in the window and without a negative zero", () => {
  const [across, up] = viewport({ x: 0, y: 0, half: 3 }).ticks(["z1", "z2"]);
  const numbers = [...across.matchAll(/px">([^<]*)</g)].map(([, text]) => text);
  assert.deepEqual(numbers, ["\u22122", "0", "2"]);
  assert.ok(across.endsWith("<b>z1</b>") && up.endsWith("<b>z2</b>"));
});
