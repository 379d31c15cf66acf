/**
 * AMP, the framing of PM2's sockets: one byte `0x10 | argc`, then for each argument its length as uint32 big-endian and
 * its bytes. An argument is `s:` + text, `j:` + JSON, or raw. Checked against daemons 5.4.3, 6.0.14 and 7.0.4.
 */
const version = 1;

/** One message as bytes. At most 15 arguments. */
export function encodeFrame(args: readonly string[]): Buffer {
  const parts: Buffer[] = [Buffer.from([(version << 4) | args.length])];
  for (const arg of args) {
    const bytes = Buffer.from(arg, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    parts.push(length, bytes);
  }
  return Buffer.concat(parts);
}

export interface FrameHandlers {
  /** Called before an argument's bytes arrive. False: they are counted and dropped, never buffered. */
  wants(index: number, lengthBytes: number): boolean;
  /** Given, a wanted argument is handed over as it comes, with its type mark; the bytes are the caller's. `onArgument` gets none. */
  readonly onPiece?: (index: number, bytes: Buffer) => void;
  /** A wanted argument, whole. The buffer is ours to keep. */
  onArgument(index: number, bytes: Buffer): void;
  /** After the last argument. `frameBytes` is the frame's size with all headers. */
  onEnd(frameBytes: number): void;
}

/** Takes chunks of any size; false when they are not AMP. Linear: each wanted byte is copied at most twice. */
export function createFrameReader(handlers: FrameHandlers): (chunk: Buffer) => boolean {
  let count = 0;
  let index = 0;
  /** Bytes of the four-byte length still to come; 0 = inside an argument, or between frames when count is 0. */
  let lengthLeft = 0;
  let length = 0;
  let left = 0;
  let kept: Buffer[] | null = null;
  let frameBytes = 0;

  const beginArgument = (): void => {
    left = length;
    kept = handlers.wants(index, length) ? [] : null;
  };
  const endArgument = (): void => {
    if (kept !== null)
      handlers.onArgument(index, kept.length === 1 && kept[0] ? kept[0] : Buffer.concat(kept));
    kept = null;
    index += 1;
    if (index < count) {
      lengthLeft = 4;
      length = 0;
      return;
    }
    count = 0;
    handlers.onEnd(frameBytes);
  };

  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (count === 0) {
        const head = chunk[at] ?? 0;
        at += 1;
        if (head >> 4 !== version || (head & 15) === 0) return false;
        count = head & 15;
        index = 0;
        lengthLeft = 4;
        length = 0;
        frameBytes = 1;
      } else if (lengthLeft > 0) {
        length = length * 256 + (chunk[at] ?? 0);
        at += 1;
        lengthLeft -= 1;
        frameBytes += 1;
        if (lengthLeft > 0) continue;
        beginArgument();
        if (left === 0) endArgument();
      } else {
        const take = Math.min(left, chunk.length - at);
        // Copied, because the caller reuses the chunk.
        if (kept !== null) {
          const piece = chunk.subarray(at, at + take);
          if (handlers.onPiece === undefined) kept.push(Buffer.from(piece));
          else handlers.onPiece(index, piece);
        }
        at += take;
        left -= take;
        frameBytes += take;
        if (left === 0) endArgument();
      }
    }
    return true;
  };
}

/** Text of an argument, without its type mark. */
export function argumentText(bytes: Buffer): string {
  const isMarked = bytes.length >= 2 && bytes[1] === 0x3a;
  return bytes.toString('utf8', isMarked ? 2 : 0);
}

/** Bytes of a JSON argument without its mark; null when it is of another type. */
export function argumentJson(bytes: Buffer): Buffer | null {
  return bytes.length >= 2 && bytes[0] === 0x6a && bytes[1] === 0x3a ? bytes.subarray(2) : null;
}
