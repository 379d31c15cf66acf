import { describe, expect, it } from 'vitest';
import { makeCleaner } from '../../../src/gather/clean.ts';
import { type ScanLimits, scanBackwards } from '../../../src/gather/pm2/pm2-log-backwards.ts';
import { makeMeanings } from '../../../src/gather/pm2/pm2-log-scan.ts';
import { LogStamps } from '../../../src/gather/pm2/pm2-log-stamps.ts';
import type { OpenFile } from '../../../src/host/host.ts';

const start = Date.UTC(2026, 10, 1);
const line = (second: number, name = 'web') =>
  `${new Date(start + second * 1000).toISOString().slice(0, 19)}: PM2 log: App [${name}:0] online\n`;
const noise = (bytes: number) => `${'output of an app '.repeat(6)}\n`.repeat(Math.ceil(bytes / 103));

/** `holds`: bytes the file has when it is read, less than when it was opened. */
function fileOf(content: Buffer, isAsync: boolean, holds = content.length): OpenFile {
  const read = (offset: number, length: number) =>
    content.subarray(Math.min(offset, holds), Math.min(offset + length, holds));
  const file: OpenFile = { sizeBytes: content.length, modifiedAt: 0, inode: 1, read, close: () => {} };
  if (!isAsync) return file;
  return {
    ...file,
    readLater: async (offset, target) => {
      const bytes = read(offset, target.length);
      target.set(bytes);
      return bytes.length;
    },
  };
}

const open: ScanLimits = {
  untilWallMs: -Infinity,
  maxBytes: Infinity,
  maxLines: Infinity,
  isLate: () => false,
};
async function scan(text: string | Buffer, limits: Partial<ScanLimits> = {}, isAsync = true, holds?: number) {
  const file = fileOf(Buffer.from(text), isAsync, holds);
  const result = await scanBackwards(
    file,
    { ...open, ...limits },
    makeMeanings(makeCleaner()),
    new LogStamps(),
  );
  return {
    ...result,
    seconds: result.pieces.flatMap(({ values }) => [...values]).map((value) => (value - start) / 1000),
  };
}

describe('scanBackwards', () => {
  it.each([true, false])(
    'finds every line in its order, whatever stands between (async: %s)',
    async (isAsync) => {
      let text = '';
      for (let second = 0; second < 400; second += 1)
        text +=
          line(second) +
          (second % 7 === 0 ? noise(second * 130) : '') +
          (second === 200 ? `${'x'.repeat(900_000)}\n` : '');
      const { seconds, end, readBytes } = await scan(text, {}, isAsync);
      expect(seconds).toEqual(Array.from({ length: 400 }, (_, second) => second));
      expect(end).toBe('beginning');
      expect(readBytes).toBe(text.length);
    },
  );

  it('reads lines wherever a block ends in them', async () => {
    for (let shift = 0; shift < 70; shift += 7) {
      const text =
        line(1) +
        noise(512 * 1024 - 300).slice(0, 512 * 1024 - 200 + shift) +
        '\n' +
        line(2) +
        noise(200) +
        line(3);
      expect((await scan(text)).seconds).toEqual([1, 2, 3]);
    }
  });

  it('reads Windows line ends, and passes NUL bytes, a torn first line and an unfinished last one', async () => {
    const text = `12-01T00:00:00: PM2 log: App [w:0] online\n${line(1).replace('\n', '\r\n')}\0\0\0\0${'\0'.repeat(200)}\n${line(2)}${line(3).trimEnd()}`;
    expect((await scan(text)).seconds.filter((second) => second > 0)).toEqual([1, 2]);
  });

  it('does not take a very long line for PM2’s', async () => {
    const long = line(2).replace('online', `${'y'.repeat(70_000)} online`);
    expect((await scan(line(1) + long + line(3))).seconds).toEqual([1, 3]);
  });

  it('ends before the window, and keeps little of what lies before', async () => {
    let text = '';
    for (let second = 0; second < 1000; second += 1) text += line(second) + noise(20_000);
    const { seconds, end } = await scan(text, { untilWallMs: start + 900_000 });
    expect(end).toBe('window');
    expect(seconds.at(-1)).toBe(999);
    expect(seconds[0]).toBeGreaterThan(800);
    expect(seconds[0]).toBeLessThanOrEqual(900);
  });

  it('is not ended by old stamps that an app has forged', async () => {
    let text = '';
    for (let second = 0; second < 100; second += 1)
      text +=
        line(second) +
        noise(600_000) +
        (second % 3 === 0 ? `${line(-9_999_999, 'forged')}${noise(600_000)}` : '');
    const { seconds } = await scan(text, { untilWallMs: start + 50_000 });
    expect(seconds.filter((second) => second >= 50)).toHaveLength(50);
  });

  it('says which cap ended it', async () => {
    const text = Array.from({ length: 3000 }, (_, second) => line(second) + noise(1000)).join('');
    expect((await scan(text, { maxBytes: 600_000 })).end).toBe('bytes');
    expect((await scan(text, { maxLines: 500 })).end).toBe('lines');
    expect((await scan(text, { isLate: () => true })).end).toBe('time');
    for (const isAsync of [true, false]) {
      const shrunk = await scan(text, {}, isAsync, 1000);
      expect(shrunk).toMatchObject({ end: 'shrunk', lines: 0 });
    }
  });
});
