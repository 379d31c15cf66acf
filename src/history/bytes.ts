/** Writes whole numbers as little-endian groups of 7 bits (LEB128), negatives zigzagged. Up to 2^53. */
export interface ByteWriter {
  natural(value: number): void;
  integer(value: number): void;
  bytes(part: Uint8Array): void;
  done(): Uint8Array;
}

export function byteWriter(): ByteWriter {
  let buffer = new Uint8Array(256);
  let length = 0;
  const room = (more: number): void => {
    if (length + more <= buffer.length) return;
    const bigger = new Uint8Array(Math.max(buffer.length * 2, length + more));
    bigger.set(buffer);
    buffer = bigger;
  };
  const natural = (value: number): void => {
    room(8);
    let rest = value;
    while (rest >= 128) {
      buffer[length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    buffer[length++] = rest;
  };
  return {
    natural,
    integer: (value) => natural(value < 0 ? -2 * value - 1 : 2 * value),
    bytes(part) {
      room(part.length);
      buffer.set(part, length);
      length += part.length;
    },
    done: () => buffer.slice(0, length),
  };
}

/** Reads them back. Past the end it throws: a cut blob is damage, not a zero. */
export class ByteReader {
  readonly bytes: Uint8Array;
  place: number;
  constructor(bytes: Uint8Array, place = 0) {
    this.bytes = bytes;
    this.place = place;
  }
  natural(): number {
    let byte = this.bytes[this.place] ?? 128;
    if (byte < 128) {
      this.place += 1;
      return byte;
    }
    byte = this.next();
    let value = byte - 128;
    let factor = 128;
    do {
      byte = this.next();
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte >= 128);
    return value;
  }
  integer(): number {
    const value = this.natural();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  get atEnd(): boolean {
    return this.place >= this.bytes.length;
  }
  private next(): number {
    const byte = this.bytes[this.place++];
    if (byte === undefined) throw new RangeError('the stored bytes end too early');
    return byte;
  }
}
