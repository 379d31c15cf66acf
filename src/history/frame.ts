import { ByteReader, byteWriter } from './bytes.ts';

/** The newest stored integers of every subject, by the subject's number; null = not known. */
export type FrameState = ReadonlyMap<number, readonly (number | null)[]>;

/** What one sample saw: which kinds of subjects were looked at (bits), and their numbers. */
export interface Frame {
  readonly kindBits: number;
  readonly values: FrameState;
}

export interface EncodedFrame {
  readonly bytes: Uint8Array;
  /** The state after it: what the next frame is told against. */
  readonly state: FrameState;
}

/**
 * A sample as what changed since the one before it (`before` null: a key frame, told against nothing). Subjects in
 * rising order: the step to its number plus one, then twice the bits of the changed columns plus one, or 0 for a subject
 * that is gone; then for each changed column 0 for null, else the zigzagged step plus one. A 0 ends it.
 */
export function encodeFrame(
  frame: Frame,
  before: FrameState | null,
  kindOf: (subject: number) => number,
): EncodedFrame {
  const state = new Map(before ?? []);
  const gone = new Set<number>();
  for (const subject of state.keys()) {
    if ((frame.kindBits >> kindOf(subject)) % 2 === 1 && !frame.values.has(subject)) gone.add(subject);
  }
  const subjects = [...frame.values.keys(), ...gone].sort((a, b) => a - b);
  const out = byteWriter();
  out.natural(frame.kindBits);
  let last = 0;
  for (const subject of subjects) {
    const now = frame.values.get(subject);
    const old = state.get(subject);
    if (now === undefined) {
      out.natural(subject - last + 1);
      out.natural(0);
      last = subject;
      state.delete(subject);
      continue;
    }
    let changed = 0;
    for (let index = 0; index < now.length; index += 1) {
      if ((now[index] ?? null) !== (old?.[index] ?? null)) changed += 2 ** index;
    }
    if (changed === 0 && old !== undefined) continue;
    out.natural(subject - last + 1);
    out.natural(changed * 2 + 1);
    last = subject;
    for (let index = 0; index < now.length; index += 1) {
      const value = now[index] ?? null;
      const earlier = old?.[index] ?? null;
      if (value === earlier) continue;
      if (value === null) out.natural(0);
      else {
        const step = value - (earlier ?? 0);
        out.natural((step < 0 ? -2 * step - 1 : 2 * step) + 1);
      }
    }
    state.set(subject, now);
  }
  out.natural(0);
  return { bytes: out.done(), state };
}

/** Brings `state` up to the frame, and says which kinds were looked at. A key frame begins with an empty state. */
export function applyFrame(bytes: Uint8Array, state: Map<number, (number | null)[]>): number {
  const reader = new ByteReader(bytes);
  const kindBits = reader.natural();
  let subject = 0;
  for (;;) {
    const step = reader.natural();
    if (step === 0) return kindBits;
    subject += step - 1;
    const head = reader.natural();
    if (head === 0) {
      state.delete(subject);
      continue;
    }
    const values = (state.get(subject) ?? []).slice();
    let bits = (head - 1) / 2;
    for (let index = 0; bits > 0; index += 1) {
      if (bits % 2 === 1) {
        const code = reader.natural();
        if (code === 0) values[index] = null;
        else {
          const shown = (code - 1) % 2 === 0 ? (code - 1) / 2 : -code / 2;
          values[index] = (values[index] ?? 0) + shown;
        }
        bits = (bits - 1) / 2;
      } else bits /= 2;
      values[index] ??= null;
    }
    state.set(subject, values);
  }
}
