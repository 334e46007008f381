/** The widget's own SHA-256 is the world's. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { challengeState, isSolved, sha256 } from "../src/widget/puzzle.ts";

test("the first word of the hash is right for one block and for two", () => {
  for (const challenge of ["", "a", "14.1790000000.abcdefghijklmnopqrstuvwx", "x".repeat(90)]) {
    for (const solution of ["0", "7", "123456789012"]) {
      const wanted = createHash("sha256").update(`${challenge}:${solution}`).digest().readInt32BE(0);
      assert.equal(sha256(challengeState(challenge), solution), wanted);
    }
  }
});

test("a solution is one whose hash begins with zeros", () => {
  const state = challengeState("8.1.abc");
  let at = 0;
  while (!isSolved(state, String(at), 8)) at += 1;
  assert.equal(createHash("sha256").update(`8.1.abc:${at}`).digest()[0], 0);
});
