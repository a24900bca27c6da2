import assert from "node:assert/strict";
import { test } from "node:test";
import { Cloud, carried } from "../../ui/components/scatter/cloud.js";

test("a plane lies as it is, and its home shows all points", () => {
  const cloud = new Cloud();
  const points = Float32Array.of(0, 0, 4, 1, 2, 3);
  cloud.take(points, 2);
  assert.equal(cloud.flat, points);
  const { x, y, half } = cloud.home(1);
  assert.deepEqual([x, y], [2, 1.5]);
  assert.ok(half > 2 && half < 2.5);
  assert.ok(cloud.home(0.25).half > 1.5 / 0.25, "a flat window shows the height, too");
});

test("what is on top is near, and found first", () => {
  const cloud = new Cloud();
  cloud.take(Float32Array.of(0, 0, 1, 1), 2);
  assert.equal(
    cloud.nearest(0.9, 1, 0.5, () => true),
    1,
  );
  assert.equal(
    cloud.nearest(0.9, 1, 0.5, (i) => i !== 1),
    -1,
  );
});

test("turning a space keeps distances; the nearest to the viewer is drawn last and strongest", () => {
  const cloud = new Cloud();
  cloud.take(Float32Array.of(-1, 0, 0, 1, 0, 0, 0, 0, 1), 3);
  cloud.turn(0.3, 9); // as far down as it goes
  const [right, up, towards] = cloud.rotation;
  for (const axis of [right, up, towards]) assert.ok(Math.abs(Math.hypot(...axis) - 1) < 1e-12);
  assert.ok(Math.abs(up[1]) < 1e-12 && Math.abs(towards[1] - 1) < 1e-12, "seen from above");
  const depths = [-towards[0], towards[0], towards[2]];
  cloud.turn(0.2, -9);
  const order = [...(cloud.order ?? [])];
  const strongest = order.at(-1) ?? -1;
  assert.equal(order.length, depths.length);
  assert.equal(cloud.strength?.[strongest], Math.max(...(cloud.strength ?? [])));
});

test("points move from where they were, seen through their homes, and arrive", (context) => {
  context.mock.timers.enable({ apis: ["Date"] });
  const now = context.mock.method(performance, "now", () => 0);
  const cloud = new Cloud();
  cloud.take(Float32Array.of(0, 0, 10, 10), 2);
  const [before, home] = [cloud.flat, cloud.home(1)];
  cloud.take(Float32Array.of(1, 1, 0, 0), 2);
  cloud.morph(before, home, cloud.home(1));
  assert.ok(cloud.advance());
  assert.ok(Math.abs(cloud.flat[0]) < 1e-6 && Math.abs(cloud.flat[2] - 1) < 1e-6, "where they were, in the new home's scale");
  now.mock.mockImplementation(() => 1e4);
  assert.ok(!cloud.advance());
  assert.deepEqual([...cloud.flat], [1, 1, 0, 0]);
});

test("a window is carried along from home to home", () => {
  assert.deepEqual(carried({ x: 1, y: 0, half: 1 }, { x: 0, y: 0, half: 2 }, { x: 10, y: 10, half: 4 }), { x: 12, y: 10, half: 2 });
});
