/** The socket and the conversation on it: hello, answers, breaking, coming back, sending while away. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Connection, Refused } from "../src/core/connection.ts";
import { Conversation, type Source } from "../src/core/conversation.ts";
import type { Page, Pending } from "../src/core/types.ts";
import { FakeChat, FakeSocket, message } from "./fakes.ts";

const ME = { id: "me", kind: "user" as const, name: "Me" };
let chat: FakeChat;
let connection: Connection;
let keys: Map<string, number>;
let away: boolean;

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}

const source: Source = {
  page: async (): Promise<Page> => ({ messages: [...chat.messages.values()], more: false }),
  changes: async (since): Promise<Page> => ({ messages: chat.changesSince(since), more: false }),
  post: async (draft: Pending) => {
    if (away) throw new TypeError("network");
    const known = keys.get(draft.key);
    if (known !== undefined) return chat.messages.get(known) as never;
    const stored = chat.post(draft.body, ME);
    keys.set(draft.key, stored.seq);
    return stored;
  },
};

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  (globalThis as { WebSocket: unknown }).WebSocket = FakeSocket;
  chat = new FakeChat(() => 0);
  keys = new Map();
  away = false;
  FakeSocket.opened = [];
  FakeSocket.refuse = false;
  FakeSocket.handler = (socket, frame) => {
    const cursors = frame["cursors"] as Record<string, number> | undefined;
    for (const each of chat.changesSince(cursors?.["c"] ?? Infinity)) {
      socket.tell(chat.frame("message", each));
    }
    socket.tell({ type: "ack", cid: frame.cid as string, data: {} });
  };
  connection = new Connection({ address: () => "ws" });
});

afterEach(() => {
  connection.stop();
  mock.timers.reset();
});

async function open(): Promise<Conversation> {
  const conversation = new Conversation("c", "me", connection, source, () => {});
  await conversation.open();
  connection.start();
  await settle();
  return conversation;
}

const socket = (): FakeSocket => FakeSocket.opened.at(-1) as FakeSocket;

test("after a break the cursor brings what was missed", async () => {
  chat.post("one", ME);
  const conversation = await open();
  assert.equal(conversation.link, "live");
  socket().end(1006);
  assert.equal(conversation.link, "offline");
  chat.post("two", ME);
  mock.timers.tick(10_000);
  await settle();
  assert.equal(conversation.link, "live");
  assert.deepEqual(conversation.replica.messages.map((each) => each.body), ["one", "two"]);
});

test("a chat that is opened while the greeting is on its way is heard, too", async () => {
  const asked: string[] = [];
  const held: (() => void)[] = [];
  FakeSocket.handler = (to, frame) => {
    if (frame["cursors"]) asked.push(...Object.keys(frame["cursors"] as object));
    held.push(() => to.tell({ type: "ack", cid: frame.cid as string, data: {} }));
  };
  connection.start();
  await settle();
  const conversation = new Conversation("c", "me", connection, source, () => {});
  await conversation.open();
  let followed = false;
  connection.stream("inbox", () => (followed = true));
  for (const answer of held) answer();
  await settle();
  assert.deepEqual(asked, ["c"]);
  assert.equal(conversation.link, "live");
  assert.ok(followed);
});

test("attempts spread out, up to ten seconds", async () => {
  FakeSocket.refuse = true;
  mock.method(Math, "random", () => 0.999);
  await open();
  for (const pause of [500, 1000, 2000, 4000, 8000, 10_000, 10_000]) {
    const before = FakeSocket.opened.length;
    mock.timers.tick(pause - 20);
    await settle();
    assert.equal(FakeSocket.opened.length, before, `too early, before ${pause}`);
    mock.timers.tick(20);
    await settle();
    assert.equal(FakeSocket.opened.length, before + 1);
  }
  mock.restoreAll();
});

test("an ended session is not tried again", async () => {
  const conversation = await open();
  socket().end(4003);
  assert.equal(conversation.link, "closed");
  mock.timers.tick(60_000);
  assert.equal(FakeSocket.opened.length, 1);
});

test("a server that stays silent is given up", async () => {
  const conversation = await open();
  FakeSocket.handler = () => {};
  mock.timers.tick(25_000);
  await settle();
  mock.timers.tick(10_000);
  await settle();
  assert.equal(conversation.link, "offline");
});

test("a refused command rejects with its code", async () => {
  await open();
  FakeSocket.handler = (to, frame) => {
    const data = { code: "forbidden", message: "No." };
    to.tell({ type: "error", cid: frame.cid as string, data });
  };
  await assert.rejects(connection.command("typing"), (error: Refused) => error.code === "forbidden");
});

test("what is written without a network is stored once when it is back", async () => {
  const conversation = await open();
  away = true;
  socket().end(1006);
  conversation.send("kept");
  await settle();
  assert.equal(conversation.replica.unsent[0]?.state, "failed");
  away = false;
  mock.timers.tick(10_000);
  await settle();
  assert.deepEqual(conversation.replica.messages.map((each) => each.body), ["kept"]);
  assert.equal(conversation.replica.unsent.length, 0);
  assert.equal(chat.messages.size, 1);
});

test("a refusal stays in view with its reason and is not repeated by itself", async () => {
  const conversation = await open();
  const refusal = Object.assign(new Error("Too long."), { retry: false });
  mock.method(source, "post", () => Promise.reject(refusal));
  conversation.send("x");
  await settle();
  assert.equal(conversation.replica.unsent[0]?.reason, "Too long.");
  mock.restoreAll();
});

test("a collapse makes the changes be read, once for many", async () => {
  const conversation = await open();
  const reads = mock.method(source, "changes");
  for (let i = 0; i < 5; i += 1) {
    chat.post(`lost ${i}`, { ...ME, id: "other" });
    socket().tell({ type: "chat.changed", chat: "c", mod: chat.mod });
  }
  await settle();
  assert.equal(conversation.replica.messages.length, 5);
  assert.ok(reads.mock.callCount() <= 2);
  assert.equal(conversation.replica.behind, false);
  mock.restoreAll();
});

test("a message that comes while changes are read does not hide the lost one", async () => {
  const conversation = await open();
  const lost = chat.post("lost", { ...ME, id: "other" });
  socket().tell({ type: "chat.changed", chat: "c", mod: lost.mod });
  const next = chat.post("next", { ...ME, id: "other" });
  socket().tell(chat.frame("message", next));
  await settle();
  assert.deepEqual(conversation.replica.messages.map((each) => each.body), ["lost", "next"]);
  assert.equal(message(1, 1).seq, 1);
});
