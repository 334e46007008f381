/** SHA-256 (FIPS 180-4) of one block: `crypto.subtle` is slower for so little, and is not there on plain HTTP. */

const K: number[] = [];
const START: number[] = [];
for (let n = 2; K.length < 64; n += 1) {
  let prime = true;
  for (let by = 2; by * by <= n; by += 1) if (n % by === 0) prime = false;
  if (!prime) continue;
  const fraction = (root: number): number => ((root % 1) * 2 ** 32) | 0;
  if (START.length < 8) START.push(fraction(Math.sqrt(n)));
  K.push(fraction(Math.cbrt(n)));
}

/** The bytes of a challenge, up to where the solution begins. */
export function challengeState(challenge: string): Uint8Array {
  return new TextEncoder().encode(`${challenge}:`);
}

/** Whether SHA-256 of `challenge:solution` begins with so many zero bits (at most 32). */
export function isSolved(challenge: Uint8Array, solution: string, bits: number): boolean {
  return bits === 0 || sha256(challenge, solution) >>> (32 - bits) === 0;
}

const turn = (x: number, n: number): number => (x >>> n) | (x << (32 - n));

/** The first word of the hash. The two together are at most 119 bytes: one or two blocks. */
export function sha256(head: Uint8Array, tail: string): number {
  const size = head.length + tail.length;
  const bytes = new Uint8Array(size > 55 ? 128 : 64);
  bytes.set(head);
  for (let at = 0; at < tail.length; at += 1) bytes[head.length + at] = tail.charCodeAt(at);
  bytes[size] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 4, size * 8);
  const hash = [...START];
  const w = new Int32Array(64);
  for (let block = 0; block < bytes.length; block += 64) {
    for (let t = 0; t < 16; t += 1) w[t] = view.getInt32(block + t * 4);
    for (let t = 16; t < 64; t += 1) {
      const a = w[t - 15] as number;
      const b = w[t - 2] as number;
      w[t] = (w[t - 16] as number) + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + (w[t - 7] as number) + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
    }
    let [a, b, c, d, e, f, g, last] = hash as [number, number, number, number, number, number, number, number];
    for (let t = 0; t < 64; t += 1) {
      const one = (last + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + (K[t] as number) + (w[t] as number)) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [last, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    [a, b, c, d, e, f, g, last].forEach((value, at) => (hash[at] = ((hash[at] as number) + value) | 0));
  }
  return hash[0] as number;
}
