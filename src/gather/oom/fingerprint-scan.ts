/**
 * Finds the few places of a big log that are worth reading. A kill line costs one comparison in a million bytes, so
 * the search decides the speed: WebAssembly compares 16 bytes at once against all fingerprints (the "Teddy" way of
 * Hyperscan: for each of three bytes two 16-entry tables, by low and high half, give a bit set of groups that fit).
 * Needs SIMD, which every Node since 16 has; without WebAssembly (`--jitless`) the same answer comes from indexOf.
 */
export interface FingerprintScan {
  /** Memory to put the log into; positions below count from its start. */
  readonly buffer: Buffer;
  /** First place from `from` on, before `to`, where a fingerprint may stand; `to` = none. May err, never misses. */
  next(from: number, to: number): number;
}

export const fingerprintBytes = 3;
/** One bit each. Fingerprints of a group share bytes, so that a group matches little that is none of them. */
const groupCount = 8;
const pageBytes = 65_536;
const tableBytes = 6 * 16;
/** The loop reads up to 32 bytes behind the last one asked for. */
const slackBytes = 48;

/** Bits by low half, then by high half, for each of the three bytes. */
function tables(groups: readonly (readonly string[])[]): Uint8Array {
  const out = new Uint8Array(tableBytes);
  for (const [group, fingerprints] of groups.slice(0, groupCount).entries()) {
    for (const fingerprint of fingerprints) {
      for (let at = 0; at < fingerprintBytes; at += 1) {
        const byte = fingerprint.charCodeAt(at);
        const low = at * 32 + (byte & 15);
        const high = at * 32 + 16 + (byte >> 4);
        out[low] = (out[low] ?? 0) | (1 << group);
        out[high] = (out[high] ?? 0) | (1 << group);
      }
    }
  }
  return out;
}

/** Unsigned LEB128. */
function leb(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  do {
    const byte = rest & 0x7f;
    rest >>>= 7;
    out.push(rest === 0 ? byte : byte | 0x80);
  } while (rest !== 0);
  return out;
}

const section = (id: number, body: readonly number[]): number[] => [id, ...leb(body.length), ...body];
const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
const simd = (code: number): number[] => [0xfd, ...leb(code)];
/** Opcodes: webassembly.github.io/spec, "Index of Instructions". */
const op = {
  loop: [0x03, 0x40],
  if: [0x04, 0x40],
  end: [0x0b],
  branch: (depth: number) => [0x0c, depth],
  return: [0x0f],
  get: (local: number) => [0x20, local],
  set: (local: number) => [0x21, local],
  tee: (local: number) => [0x22, local],
  i32: (value: number) => [0x41, ...leb(value)],
  atLeast: [0x4f],
  trailingZeros: [0x68],
  add: [0x6a],
  load: (offset: number) => [...simd(0), 0, ...leb(offset)],
  shuffle: simd(13),
  pick: simd(14),
  splat: simd(15),
  notEqual: simd(36),
  and: simd(78),
  anyTrue: simd(83),
  bits: simd(100),
  shiftRight16: simd(141),
} as const;

/**
 * `next(from, to)`. Locals: 0 from, 1 to; vectors 2-7 the tables, 8 the low-half mask, 9 and 10 the halves of sixteen
 * bytes, 11-13 which groups each byte fits as first, second, third byte, 14-16 the same of the sixteen before, 17 the
 * result. The answer for a byte needs its two successors, so each turn answers for the sixteen bytes before.
 */
function program(pages: number): Uint8Array {
  const groupsOf = (at: number): number[] => [
    ...op.get(2 + at * 2),
    ...op.get(9),
    ...op.pick,
    ...op.get(3 + at * 2),
    ...op.get(10),
    ...op.pick,
    ...op.and,
    ...op.set(11 + at),
  ];
  /** The vector `distance` bytes further on, out of two neighbours. */
  const shifted = (at: number, distance: number): number[] => [
    ...op.get(14 + at),
    ...op.get(11 + at),
    ...op.shuffle,
    ...Array.from({ length: 16 }, (_, lane) => lane + distance),
  ];
  const body = [
    // One group of locals: sixteen vectors (v128 is 0x7b).
    1,
    16,
    0x7b,
    ...[0, 1, 2, 3, 4, 5].flatMap((table) => [...op.i32(0), ...op.load(table * 16), ...op.set(2 + table)]),
    ...op.i32(15),
    ...op.splat,
    ...op.set(8),
    ...op.get(1),
    ...op.i32(16),
    ...op.add,
    ...op.set(1),
    ...op.loop,
    ...op.get(0),
    ...op.get(1),
    ...op.atLeast,
    ...op.if,
    ...op.get(1),
    ...op.return,
    ...op.end,
    ...op.get(0),
    ...op.load(0),
    ...op.tee(17),
    ...op.get(8),
    ...op.and,
    ...op.set(9),
    ...op.get(17),
    ...op.i32(4),
    ...op.shiftRight16,
    ...op.get(8),
    ...op.and,
    ...op.set(10),
    ...groupsOf(0),
    ...groupsOf(1),
    ...groupsOf(2),
    ...op.get(14),
    ...shifted(1, 1),
    ...op.and,
    ...shifted(2, 2),
    ...op.and,
    ...op.tee(17),
    ...op.anyTrue,
    ...op.if,
    ...op.get(0),
    ...op.get(17),
    ...op.i32(0),
    ...op.splat,
    ...op.notEqual,
    ...op.bits,
    ...op.trailingZeros,
    ...op.add,
    ...op.return,
    ...op.end,
    ...[0, 1, 2].flatMap((at) => [...op.get(11 + at), ...op.set(14 + at)]),
    ...op.get(0),
    ...op.i32(16),
    ...op.add,
    ...op.set(0),
    ...op.branch(0),
    ...op.end,
    0x00,
    ...op.end,
  ];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0x01, ...leb(pages), ...leb(pages)]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('next'), 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
}

/** Only what is used; our program above is the only module ever loaded. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => {
    readonly exports: {
      readonly memory: { readonly buffer: ArrayBuffer };
      next(from: number, to: number): number;
    };
  };
};

/** Scan with SIMD; null where this Node cannot. */
export function simdScan(groups: readonly (readonly string[])[], bytes: number): FingerprintScan | null {
  try {
    const pages = Math.ceil((tableBytes + bytes + slackBytes) / pageBytes);
    const { memory, next } = new WebAssembly.Instance(new WebAssembly.Module(program(pages))).exports;
    new Uint8Array(memory.buffer).set(tables(groups));
    return {
      buffer: Buffer.from(memory.buffer, tableBytes, bytes),
      // The program's answer is sixteen bytes too far.
      next: (from, to) => Math.min(next(from + tableBytes, to + tableBytes) - tableBytes - 16, to),
    };
  } catch {
    return null;
  }
}

/** Scan with indexOf: some four times slower, everywhere. */
export function plainScan(groups: readonly (readonly string[])[], bytes: number): FingerprintScan {
  const buffer = Buffer.allocUnsafe(bytes);
  const needles = groups.flat().map((text) => ({ bytes: Buffer.from(text, 'latin1'), found: -1 }));
  let known = { from: 0, to: -1 };
  return {
    buffer,
    next(from, to) {
      // Hits already found stay good while the same stretch is asked for again, further on.
      const isAgain = known.to === to && from > known.from;
      known = { from, to };
      let best = to;
      for (const needle of needles) {
        if (!isAgain || needle.found < from) {
          const at = buffer.subarray(from, Math.min(bytes, to + fingerprintBytes - 1)).indexOf(needle.bytes);
          needle.found = at < 0 ? to : from + at;
        }
        best = Math.min(best, needle.found);
      }
      return best;
    },
  };
}

export function fingerprintScan(groups: readonly (readonly string[])[], bytes: number): FingerprintScan {
  return simdScan(groups, bytes) ?? plainScan(groups, bytes);
}
