import assert from "node:assert/strict";
import { test } from "node:test";
import { ControlledState } from "../../ui/components/view/controlled.js";
import { mount } from "../../ui/components/view/mount.js";
import { FramePlayer } from "../../ui/components/view/player.js";

test("what Python names is new once, and not when it only repeats what it was told", () => {
  const state = new ControlledState();
  assert.ok(state.isNew({ a: 1 }));
  assert.ok(!state.isNew({ a: 1 }));
  assert.ok(state.commit({ a: 2 })); // by hand
  assert.ok(!state.commit({ a: 2 }));
  assert.ok(!state.isNew({ a: 1 }), "Python has not heard yet");
  assert.ok(!state.isNew({ a: 2 }), "Python has heard");
  assert.ok(state.isNew({ a: 1 }), "Python goes back");
  state.keep({ a: 1 });
  assert.ok(!state.commit({ a: 1 }));
});

test("a place has one view, which goes with its mount", () => {
  const told = [];
  class View {
    constructor(here) {
      told.push(`new ${here.name}`);
    }
    update({ data }) {
      told.push(data);
    }
    close() {
      told.push("closed");
    }
  }
  const render = mount(View);
  const here = { name: "here" };
  render({ parentElement: here, data: 1 });
  const cleanup = render({ parentElement: here, data: 2 });
  cleanup();
  render({ parentElement: here, data: 3 });
  assert.deepEqual(told, ["new here", 1, 2, "closed", "new here", 3]);
});

function player() {
  const [button, range, told] = [{}, { setAttribute() {} }, []];
  const frames = new FramePlayer(
    { button, range },
    (how) => told.push(`${how} ${frames.index}`),
    () => 1,
  );
  return { frames, button, range, told };
}

test("frames are followed until someone scrubs", () => {
  const { frames, range, told } = player();
  frames.resize(3);
  assert.equal(frames.index, 2);
  range.value = "1";
  range.oninput();
  frames.resize(5);
  assert.deepEqual([frames.index, frames.isFollowing], [1, false]);
  frames.follow(true);
  assert.equal(frames.index, 4);
  frames.resize(2);
  assert.equal(frames.index, 1);
  assert.deepEqual(told, ["scrub 1", "play 4"]);
});

test("playing begins anew at the end, shows each frame and stops", async () => {
  const { frames, button, told } = player();
  frames.resize(3);
  assert.equal(button.title, "Play");
  button.onclick();
  assert.equal(button.title, "Pause");
  while (frames.isPlaying) await new Promise((resolve) => setTimeout(resolve, 2));
  assert.deepEqual(told, ["play 0", "play 1", "play 2"]);
  assert.ok(frames.isFollowing);
  button.onclick();
  button.onclick();
  assert.deepEqual(told.slice(3), ["play 0", "pause 0"]);
});
