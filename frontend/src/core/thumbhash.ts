/** A picture's blurred look from a few bytes, after Evan Wallace's ThumbHash (evanw.github.io/thumbhash). */

export interface Blur {
  width: number;
  height: number;
  pixels: Uint8ClampedArray<ArrayBuffer>;
}

const LONGEST = 32;

/** Unpacks a channel's factors, four bits each, scaled. */
function factors(hash: Uint8Array, from: { at: number }, [nx, ny, scale]: [number, number, number]): number[] {
  const found: number[] = [];
  for (let cy = 0; cy < ny; cy += 1) {
    for (let cx = cy ? 0 : 1; cx * ny < nx * (ny - cy); cx += 1) {
      const byte = hash[from.at >> 1] ?? 0;
      found.push((((byte >> ((from.at & 1) << 2)) & 15) / 7.5 - 1) * scale);
      from.at += 1;
    }
  }
  return found;
}

function sum(known: number[], [nx, ny]: [number, number], fx: number[], fy: number[]): number {
  let total = 0;
  let at = 0;
  for (let cy = 0; cy < ny; cy += 1) {
    for (let cx = cy ? 0 : 1; cx * ny < nx * (ny - cy); cx += 1) {
      total += (known[at] as number) * (fx[cx] as number) * (fy[cy] as number) * 2;
      at += 1;
    }
  }
  return total;
}

function waves(size: number, place: number): number[] {
  return Array.from({ length: 7 }, (_, n) => Math.cos((Math.PI / size) * (place + 0.5) * n));
}

/** Draws a hash of at least five bytes; undefined for anything else. */
export function unblur(hash: Uint8Array): Blur | undefined {
  if (hash.length < 5) return undefined;
  const byte = (n: number): number => hash[n] ?? 0;
  const head = byte(0) | (byte(1) << 8) | (byte(2) << 16);
  const tail = byte(3) | (byte(4) << 8);
  const hasAlpha = head >> 23 === 1;
  const wide = tail >> 15 === 1;
  const most = hasAlpha ? 5 : 7;
  const short = tail & 7;
  const [lx, ly] = [Math.max(3, wide ? most : short), Math.max(3, wide ? short : most)];
  const from = { at: hasAlpha ? 12 : 10 };
  const light = factors(hash, from, [lx, ly, ((head >> 18) & 31) / 31]);
  const yellow = factors(hash, from, [3, 3, (((tail >> 3) & 63) / 63) * 1.25]);
  const red = factors(hash, from, [3, 3, (((tail >> 9) & 63) / 63) * 1.25]);
  const clear = hasAlpha ? factors(hash, from, [5, 5, (byte(5) >> 4) / 15]) : [];
  const ratio = wide ? most / Math.max(1, short) : Math.max(1, short) / most;
  const width = Math.max(1, Math.round(ratio > 1 ? LONGEST : LONGEST * ratio));
  const height = Math.max(1, Math.round(ratio > 1 ? LONGEST / ratio : LONGEST));
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let y = 0, at = 0; y < height; y += 1) {
    const fy = waves(height, y);
    for (let x = 0; x < width; x += 1, at += 4) {
      const fx = waves(width, x);
      const l = (head & 63) / 63 + sum(light, [lx, ly], fx, fy);
      const p = ((head >> 6) & 63) / 31.5 - 1 + sum(yellow, [3, 3], fx, fy);
      const q = ((head >> 12) & 63) / 31.5 - 1 + sum(red, [3, 3], fx, fy);
      const a = hasAlpha ? (byte(5) & 15) / 15 + sum(clear, [5, 5], fx, fy) : 1;
      const blue = l - (2 / 3) * p;
      const crimson = (3 * l - blue + q) / 2;
      pixels.set([crimson * 255, (crimson - q) * 255, blue * 255, a * 255], at);
    }
  }
  return { width, height, pixels };
}
