import type { Meaning } from './pm2-log-meaning.ts';

/** Texts longer than this hardly come twice. */
const maxKeptBytes = 512;
/** A loop has few texts; pids and backoffs make more. About 200 bytes each. */
const maxTexts = 20_000;
const slotCount = 65_536;

interface Entry {
  readonly hash: number;
  readonly bytes: Uint8Array;
  readonly meaning: Meaning | null;
}

/**
 * Remembers what each text means by its bytes: of 40,000 lines of a loop one becomes a string. Bytes are compared, not
 * only their hash: an app must not make a line that is taken for another.
 */
export class KnownTexts {
  private readonly slots = new Int32Array(slotCount);
  private entries: Entry[] = [];
  private readonly meaningOf: (text: string) => Meaning | null;

  constructor(meaningOf: (text: string) => Meaning | null) {
    this.meaningOf = meaningOf;
  }

  /** @param hash of these bytes, see `hashBytes`. */
  meaning(buffer: Buffer, from: number, to: number, hash: number): Meaning | null {
    let slot = hash & (slotCount - 1);
    for (let index = this.slots[slot] ?? 0; index !== 0; index = this.slots[slot] ?? 0) {
      const entry = this.entries[index - 1];
      if (entry !== undefined && entry.hash === hash && isEqual(entry.bytes, buffer, from, to))
        return entry.meaning;
      slot = (slot + 1) & (slotCount - 1);
    }
    const meaning = this.meaningOf(buffer.toString('utf8', from, to));
    if (to - from > maxKeptBytes) return meaning;
    if (this.entries.length >= maxTexts) {
      this.slots.fill(0);
      this.entries = [];
      slot = hash & (slotCount - 1);
    }
    this.entries.push({ hash, bytes: buffer.slice(from, to).map((byte) => byte), meaning });
    this.slots[slot] = this.entries.length;
    return meaning;
  }
}

function isEqual(known: Uint8Array, buffer: Buffer, from: number, to: number): boolean {
  if (known.length !== to - from) return false;
  for (let at = 0; at < known.length; at += 1) if (known[at] !== buffer[from + at]) return false;
  return true;
}
