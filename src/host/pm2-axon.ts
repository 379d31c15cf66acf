import { argumentJson, argumentText, createFrameReader, encodeFrame } from './amp.ts';
import { monotonicMs } from './clock.ts';
import { failure, failureOf } from './failure.ts';
import type { BusFrame, Outcome } from './host.ts';

/** Tells the host how to end a connection early; gives back a function that forgets it. */
type KeepStop = (stop: () => void) => () => void;

const readBufferBytes = 64 * 1024;
const nameMaxBytes = 256;
const payloadMaxBytes = 8 * 1024 * 1024;
/** What we read of the bus before we leave it: 32 MB are more than any two calm seconds. */
const floodBytes = 32 * 1024 * 1024;
const tickMs = 50;
/** A pause of our event loop that is long enough for a busy daemon to fill the socket and queue behind it. */
const lagMs = 250;

/**
 * One read-only call to a daemon's `rpc.sock`. Exactly one argument: with none PM2 throws inside the daemon and restarts
 * every app (lib/Daemon.js:40-62 in 7.0.4). Gives the JSON of the first reply argument, `{"args":[result]}`.
 */
export async function callPm2(
  socketPath: string,
  method: string,
  limits: {
    readonly timeoutMs: number;
    readonly maxBytes: number;
    readonly onPiece?: (bytes: Buffer) => void;
  },
  keepStop: KeepStop,
): Promise<Outcome<Buffer>> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    let problem: Outcome<never> | null = null;
    const { onPiece } = limits;
    /** Of the type mark that comes before the JSON. */
    let mark = '';
    const finish = (outcome: Outcome<Buffer>): void => {
      clearTimeout(timer);
      forget();
      socket.destroy();
      resolve(outcome);
    };
    const read = createFrameReader({
      wants(index, lengthBytes) {
        if (index > 0) return false;
        if (lengthBytes <= limits.maxBytes) return true;
        problem = failure('truncated', `the reply has ${lengthBytes} bytes, more than ${limits.maxBytes}`);
        return false;
      },
      ...(onPiece === undefined
        ? {}
        : {
            onPiece(_index: number, bytes: Buffer) {
              const rest = bytes.subarray(Math.max(0, Math.min(bytes.length, 2 - mark.length)));
              mark += bytes.toString('latin1', 0, bytes.length - rest.length);
              if (rest.length > 0) onPiece(rest);
            },
          }),
      onArgument(_index, bytes) {
        const json = onPiece === undefined ? argumentJson(bytes) : mark === 'j:' ? bytes : null;
        finish(json === null ? failure('malformed', 'the reply is not JSON') : { ok: true, value: json });
      },
      onEnd: () => undefined,
    });
    const socket = connect({
      path: socketPath,
      onread: {
        buffer: Buffer.allocUnsafeSlow(readBufferBytes),
        callback(count, buffer) {
          const isFrame = read(Buffer.from(buffer.buffer, buffer.byteOffset, count));
          if (!isFrame) finish(failure('malformed', 'the reply is not in PM2’s format'));
          else if (problem !== null) finish(problem);
          return true;
        },
      },
    });
    const forget = keepStop(() => finish(failure('timed-out', 'stopped')));
    // A pause of our own event loop is not the daemon's silence: then it gets its whole time once more.
    let due = monotonicMs() + limits.timeoutMs;
    let isExtended = false;
    const expire = (): void => {
      if (isExtended || monotonicMs() - due < tickMs) {
        finish(failure('timed-out', `no answer within ${limits.timeoutMs} ms`));
        return;
      }
      isExtended = true;
      due = monotonicMs() + limits.timeoutMs;
      timer = setTimeout(expire, limits.timeoutMs);
    };
    let timer = setTimeout(expire, limits.timeoutMs);
    socket.on('connect', () => {
      const request = JSON.stringify({ type: 'call', method, args: [{}] });
      socket.write(encodeFrame([`j:${request}`, 's:pm2-audit:0']));
    });
    socket.on('error', (error) => finish(failureOf(error)));
    socket.on('close', () =>
      finish(failure('malformed', 'the connection was closed before the answer was whole')),
    );
  });
}

/**
 * Listens on `pub.sock`. The daemon queues without bound for a subscriber that does not read, so we leave (`gaveUp`)
 * when our own event loop stood still while much arrived, or when apps flood the bus. Unwanted payloads are counted
 * and dropped as they stream in. Ends early when the daemon closes.
 */
export async function listenPm2(
  socketPath: string,
  durationMs: number,
  wanted: (name: string) => boolean,
  onFrame: (frame: BusFrame) => void,
  keepStop: KeepStop,
): Promise<
  Outcome<{ readonly droppedFrames: number; readonly droppedBytes: number; readonly gaveUp: boolean }>
> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    let droppedFrames = 0;
    let droppedBytes = 0;
    let readBytes = 0;
    let name = '';
    let isHandedOver = false;
    let ticked = monotonicMs();
    /** Bytes read when we last woke from a long pause; null = no recent pause. */
    let wokeAtBytes: number | null = null;

    const finish = (
      outcome: Outcome<{ droppedFrames: number; droppedBytes: number; gaveUp: boolean }>,
    ): void => {
      clearTimeout(timer);
      clearInterval(ticker);
      forget();
      socket.destroy();
      resolve(outcome);
    };
    const leave = (gaveUp: boolean): void =>
      finish({ ok: true, value: { droppedFrames, droppedBytes, gaveUp } });
    const read = createFrameReader({
      wants(index, lengthBytes) {
        if (index === 0) {
          name = '';
          isHandedOver = false;
          return lengthBytes <= nameMaxBytes;
        }
        return index === 1 && name !== '' && lengthBytes <= payloadMaxBytes && wanted(name);
      },
      onArgument(index, bytes) {
        if (index === 0) {
          name = argumentText(bytes);
          return;
        }
        const payload = argumentJson(bytes);
        if (payload === null) return;
        isHandedOver = true;
        onFrame({ name, payload });
      },
      onEnd(frameBytes) {
        if (isHandedOver) return;
        droppedFrames += 1;
        droppedBytes += frameBytes;
      },
    });
    const socket = connect({
      path: socketPath,
      onread: {
        buffer: Buffer.allocUnsafeSlow(readBufferBytes),
        callback(count, buffer) {
          readBytes += count;
          if (!read(Buffer.from(buffer.buffer, buffer.byteOffset, count))) {
            finish(failure('malformed', 'the bus is not in PM2’s format'));
          } else if (
            readBytes > floodBytes ||
            (wokeAtBytes !== null && readBytes - wokeAtBytes >= readBufferBytes)
          ) {
            leave(true);
          }
          return true;
        },
      },
    });
    const forget = keepStop(() => leave(false));
    const timer = setTimeout(() => leave(false), durationMs);
    const ticker = setInterval(() => {
      const now = monotonicMs();
      // After a pause timers run before sockets: what was waiting is counted from here until the next tick.
      wokeAtBytes = now - ticked > lagMs ? readBytes : null;
      ticked = now;
    }, tickMs);
    socket.on('error', (error) => finish(failureOf(error)));
    socket.on('close', () => leave(false));
  });
}
