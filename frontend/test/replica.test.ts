/** Whatever the network does to the events, the copy ends up as a fresh copy would be. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Replica } from "../src/core/replica.ts";
import type { Frame, Message } from "../src/core/types.ts";
import { FakeChat, message, randoms } from "./fakes.ts";

function fresh(chat: FakeChat): Message[] {
  return [...chat.messages.values()].sort((a, b) => a.seq - b.seq);
}

for (let seed = 1; seed <= 40; seed += 1) {
  test(`events duplicated, collapsed and cut leave the copy equal to a fresh one (${seed})`, () => {
    const random = randoms(seed);
    const chat = new FakeChat(random);
    const replica = new Replica("me");
    let wire: Frame[] = [];
    const resync = (): void => {
      replica.catchUp(chat.changesSince(replica.cursor), chat.mod);
    };
    for (let step = 0; step < 300; step += 1) {
      wire.push(chat.act());
      const dice = random();
      if (dice < 0.1) {
        // The server's queue was full: everything waiting becomes one word.
        wire = [{ type: "chat.changed", mod: chat.mod }];
      } else if (dice < 0.15) {
        // The socket broke; hello tells the cursor and the server sends what came after it.
        wire = [];
        resync();
      } else if (dice < 0.6) {
        for (const frame of wire) {
          replica.apply(frame);
          if (random() < 0.3) replica.apply(frame);
        }
        // Reading takes a while: sometimes more events arrive before it is done.
        if (replica.behind && random() < 0.7) resync();
        wire = [];
      }
    }
    for (const frame of wire) replica.apply(frame);
    if (replica.behind) resync();
    assert.deepEqual(replica.messages, fresh(chat));
    assert.equal(replica.cursor, chat.mod);
  });
}

test("events in any order leave the newest version of each message", () => {
  const random = randoms(7);
  const chat = new FakeChat(random);
  const frames = Array.from({ length: 200 }, () => chat.act());
  frames.sort(() => random() - 0.5);
  const replica = new Replica("me");
  for (const frame of frames) replica.apply(frame);
  assert.deepEqual(replica.messages, fresh(chat));
});

test("a change before the loaded window is left for the page that will bring it", () => {
  const replica = new Replica("me");
  replica.addPage([message(50, 60), message(51, 61)], true);
  replica.change(message(3, 99));
  assert.deepEqual(replica.messages.map((each) => each.seq), [50, 51]);
  assert.equal(replica.cursor, 99);
});

test("a draft grows by offsets, hears nothing twice and waits at a gap", () => {
  const replica = new Replica("me");
  const delta = (at: number, text: string): void => {
    replica.apply({ type: "message.delta", data: { run: "r", at, text } });
  };
  delta(0, "Да 🙂 ");
  delta(0, "Да ");
  delta(5, "можно");
  delta(5, "можно");
  assert.equal(replica.drafts.get("r")?.text, "Да 🙂 можно");
  delta(40, "потом");
  assert.equal(replica.drafts.get("r")?.text, "Да 🙂 можно");
  replica.change({ ...message(1, 1), meta: { run: "r" } });
  assert.equal(replica.drafts.size, 0);
});

test("our message is drawn once, whether the event or the answer comes first", () => {
  for (const eventFirst of [true, false]) {
    const replica = new Replica("me");
    replica.pending.push({ key: "k", body: "hello", visibility: "public", at: 0, state: "sending" });
    const stored = { ...message(1, 1), body: "hello", sender: { id: "me", kind: "user" as const, name: "" } };
    if (eventFirst) replica.change(stored);
    else replica.confirm("k", 1);
    assert.equal(replica.messages.length + replica.unsent.length, 1);
    if (eventFirst) replica.confirm("k", 1);
    else replica.change(stored);
    assert.equal(replica.messages.length, 1);
    assert.equal(replica.unsent.length, 0);
  }
});

test("the same words sent twice are two messages", () => {
  const replica = new Replica("me");
  for (const key of ["a", "b"]) {
    replica.pending.push({ key, body: "ok", visibility: "public", at: 0, state: "sending" });
  }
  const mine = { id: "me", kind: "user" as const, name: "" };
  replica.change({ ...message(1, 1), body: "ok", sender: mine });
  assert.equal(replica.unsent.length, 1);
  replica.change({ ...message(2, 2), body: "ok", sender: mine });
  assert.equal(replica.unsent.length, 0);
});
