import assert from "node:assert/strict";
import { test } from "node:test";
import { Gestures, arrowOf, hasModifier, keyZoom, pinched, signOf, wheelZoom } from "../../ui/components/view/gestures.js";

/** An element as far as gestures need one, and what was captured. */
function fakeElement() {
  return {
    clientLeft: 1,
    clientTop: 2,
    captured: [],
    setPointerCapture(id) {
      this.captured.push(id);
    },
    getBoundingClientRect: () => ({ left: 10, top: 20 }),
    addEventListener() {},
  };
}

/** A pointer's event at a pixel of the element. */
const at = (x, y, more = {}) => ({ pointerId: 1, pointerType: "mouse", button: 0, clientX: x + 11, clientY: y + 22, ...more });

/** An element that listens, and what its hands were told. */
function listening(hands) {
  const [element, told] = [fakeElement(), []];
  const note = (name) => [name, (drag) => told.push([name, drag && { ...drag }])];
  new Gestures(element, { ...Object.fromEntries(["press", "drag", "abandon", "release"].map(note)), ...hands(told) });
  return { element, told };
}

test("a drag holds its pointer and says where it was and is", () => {
  const { element, told } = listening(() => ({}));
  element.onpointermove(at(5, 5));
  element.onpointerdown(at(10, 10));
  element.onpointermove(at(12, 10));
  element.onpointermove(at(20, 10));
  element.onpointerup(at(20, 10));
  element.onlostpointercapture(at(20, 10)); // browsers say so after each release
  assert.deepEqual(element.captured, [1]);
  assert.deepEqual(told, [
    ["press", { from: [10, 10], last: [10, 10], at: [10, 10], moved: false }],
    ["drag", { from: [10, 10], last: [10, 10], at: [12, 10], moved: false }],
    ["drag", { from: [10, 10], last: [12, 10], at: [20, 10], moved: true }],
    ["release", { from: [10, 10], last: [12, 10], at: [20, 10], moved: true }],
  ]);
});

test("other buttons do not drag, and without a pinch a second pointer waits", () => {
  const { element, told } = listening(() => ({}));
  element.onpointerdown(at(0, 0, { button: 2 }));
  element.onpointerdown(at(0, 0));
  element.onpointerdown(at(50, 50, { pointerId: 2 }));
  element.onpointermove(at(60, 50, { pointerId: 2 }));
  element.onpointerup(at(60, 50, { pointerId: 2 }));
  element.onpointerup(at(0, 0));
  assert.deepEqual(
    told.map(([name]) => name),
    ["press", "release"],
  );
});

test("a second finger makes a pinch of a drag, which ends with the last one", () => {
  const { element, told } = listening((told) => ({ pinch: (pinch) => told.push(["pinch", pinch]) }));
  element.onpointerdown(at(0, 0));
  element.onpointerdown(at(10, 0, { pointerId: 2 }));
  element.onpointermove(at(20, 0, { pointerId: 2 }));
  element.onpointerup(at(20, 0, { pointerId: 2 }));
  element.onpointermove(at(5, 0));
  element.onpointerup(at(5, 0));
  assert.deepEqual(told.slice(1), [
    ["abandon", { from: [0, 0], last: [0, 0], at: [0, 0], moved: false }],
    ["pinch", { factor: 0.5, around: [10, 0], dx: 5, dy: 0 }],
    ["release", null],
  ]);
});

test("a pointer that the browser takes away cancels, or releases where nobody asks", () => {
  for (const cancels of [true, false]) {
    const { element, told } = listening((told) => (cancels ? { cancel: () => told.push(["cancel"]) } : {}));
    element.onpointerdown(at(0, 0));
    element.onpointercancel(at(0, 0));
    assert.equal(told.at(-1)[0], cancels ? "cancel" : "release");
  }
});

test("one that is accepted while another is held takes over", () => {
  const pen = { pointerId: 2, pointerType: "pen" };
  const { element, told } = listening(() => ({ accepts: (event, held) => !held || event.pointerType === "pen" }));
  element.onpointerdown(at(0, 0, { pointerType: "touch" }));
  element.onpointerdown(at(5, 5, { pointerId: 3, pointerType: "touch" }));
  element.onpointerdown(at(9, 9, pen));
  element.onpointermove(at(1, 1, { pointerType: "touch" }));
  element.onpointerup(at(9, 9, pen));
  assert.deepEqual(
    told.map(([name, { from }]) => [name, ...from]),
    [
      ["press", 0, 0],
      ["press", 9, 9],
      ["release", 9, 9],
    ],
  );
});

test("a pointer that holds nothing passes over and leaves", () => {
  const { element, told } = listening((told) => ({ hover: (pixel) => told.push(pixel), leave: () => told.push("left") }));
  element.onpointermove(at(3, 4));
  element.onpointerleave();
  element.onpointerdown(at(0, 0));
  element.onpointerleave(); // it is held, and goes on
  assert.deepEqual(told.slice(0, 2), [[3, 4], "left"]);
  assert.equal(told.length, 3);
});

test("keys that are taken do nothing else", () => {
  const { element } = listening(() => ({ key: (event) => event.key === "a" }));
  const prevented = [];
  const press = (key) => element.onkeydown({ key, preventDefault: () => prevented.push(key) });
  assert.deepEqual(["a", "Tab"].map(press), [undefined, undefined]); // false would prevent, too
  assert.deepEqual(prevented, ["a"]);
});

test("arrows, signs and modifiers", () => {
  assert.deepEqual(arrowOf({ key: "ArrowUp" }), [0, 1]);
  assert.deepEqual(arrowOf({ key: "ArrowLeft", shiftKey: true }), [-0.1, 0]);
  assert.deepEqual(arrowOf({ key: "ArrowRight", shiftKey: true }, 5), [5, 0]);
  assert.equal(arrowOf({ key: "a" }), null);
  assert.deepEqual(
    ["+", "=", "-", "_", "a"].map((key) => signOf({ key })),
    [1, 1, -1, -1, 0],
  );
  assert.deepEqual(
    ["+", "-", "a"].map((key) => keyZoom({ key })),
    [0.8, 1.25, 1],
  );
  assert.ok(hasModifier({ metaKey: true }) && !hasModifier({ shiftKey: true }));
});

const close = (found, expected) =>
  found.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-9, `${found} is not ${expected}`));

test("two fingers zoom about their middle", () => {
  const { factor, around, dx, dy } = pinched(
    [
      [0, 0],
      [10, 0],
    ],
    [
      [0, 10],
      [20, 10],
    ],
  );
  assert.deepEqual({ factor, around, dx, dy }, { factor: 0.5, around: [10, 10], dx: 5, dy: 10 });
});

test("a wheel zooms by its turn; a touchpad's pinch by more", () => {
  assert.equal(wheelZoom({ deltaY: 0, deltaMode: 0, ctrlKey: false }), 1);
  close([wheelZoom({ deltaY: 10, deltaMode: 1, ctrlKey: false })], [Math.exp(160 * 0.0015)]);
  close([wheelZoom({ deltaY: 1e6, deltaMode: 0, ctrlKey: true })], [Math.exp(2)]);
});
