import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCleaner, ownWords } from '../../../src/gather/clean.ts';
import { plainScan, simdScan } from '../../../src/gather/oom/fingerprint-scan.ts';
import { fingerprints } from '../../../src/gather/oom/needles.ts';
import { createOomParser, type OomParse, parseOomText } from '../../../src/gather/oom/parse.ts';
import { clock } from './corpus.ts';
import { comms, kernelFormats, wrappings } from './kernel-formats.ts';

const source = ownWords('test');
const whole = (bytes: Buffer): OomParse => parseOomText(bytes, source, makeCleaner(), clock);
const inPieces = (bytes: Buffer, cuts: readonly number[]): OomParse => {
  const parser = createOomParser(source, makeCleaner(), clock);
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    parser.push(bytes.subarray(at, Math.max(at, cut)));
    at = Math.max(at, cut);
  }
  parser.push(bytes.subarray(at));
  return parser.end();
};

/** Bytes that look like a log in places: words of the formats, wrapped records, noise, control bytes. */
const words = fc.constantFrom(
  'Killed process ',
  '(',
  ')',
  ' total-vm:1kB',
  ', anon-rss:2kB',
  'oom-kill:constraint=',
  ',pid=7',
  ',uid=0',
  '\n',
  '\r\n',
  '[ 1.000001] ',
  '3,1,2,-;',
  '{',
  '}',
  '"MESSAGE" : [',
  '"MESSAGE":"',
  '"',
  ',',
  'Out of memory: ',
  ' invoked oom-killer: order=0',
  '[  7]  0 7 1 1 0 0 0 x',
  '\u0000',
  '\u001b[31m',
  '\ud83d\ude00',
  '__CURSOR=a',
  'MESSAGE',
  'MESSAGE=',
  'Task in /a killed as a result of limit of /b',
  '[ pid ] uid tgid total_vm rss name',
  'sending SIGTERM to process 5 "a": badness 1',
  'dryrun, not actually sending any signal',
  'FATAL ERROR: x out of memory',
  'Nov  3 04:05:06 n kernel: ',
  '\\x0a',
  '\\xff',
  '    MESSAGE=',
  'oom_reaper: reaped process 7 (x)',
  '12',
  ' ',
);
const texts = fc
  .array(fc.oneof(words, fc.string({ maxLength: 8 })), { maxLength: 60 })
  .map((parts) => Buffer.from(parts.join('')));
const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array));
/** A log of real records between other lines. */
const logs = fc
  .array(
    fc.tuple(
      fc.constantFrom(...kernelFormats),
      fc.constantFrom(...wrappings),
      fc.constantFrom(...comms),
      fc.integer({ min: 1, max: 60_000 }),
    ),
    { maxLength: 8 },
  )
  .map((records) =>
    Buffer.from(
      records
        .map(
          ([format, wrapping, comm, pid]) =>
            `${wrapping.wrap(format.lines(pid, comm)).text}\nsome other line\n`,
        )
        .join(''),
    ),
  );

describe('the parser, whatever the bytes', () => {
  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, texts), (input) => void whole(input)),
      { numRuns: 2000 },
    );
  });

  it('finds the same however the log is cut into pieces', () => {
    fc.assert(
      fc.property(fc.oneof(texts, logs), fc.array(fc.nat(4000), { maxLength: 12 }), (input, cuts) => {
        expect(
          inPieces(
            input,
            cuts.map((cut) => cut % (input.length + 1)),
          ),
        ).toEqual(whole(input));
      }),
      { numRuns: 400 },
    );
  });

  it('finds no more processes in a log given twice', () => {
    fc.assert(
      fc.property(logs, (input) => {
        const count = (log: Buffer): number => whole(log).kills.length;
        expect(count(Buffer.concat([input, input]))).toBe(count(input));
      }),
      { numRuns: 200 },
    );
  });

  it('gives the same around the edges of its buffer', () => {
    const kill =
      '[   50.000001] Memory cgroup out of memory: Killed process 4711 (node) total-vm:9000kB, anon-rss:4000kB, file-rss:30kB, shmem-rss:0kB, UID:7 pgtables:13kB oom_score_adj:0\n';
    const filler = 'x'.repeat(99);
    // 4 MB are searched at once: the kill is put before, across and behind that edge.
    const edge = 4 * 1024 * 1024;
    for (let shift = -400; shift <= 200; shift += 13) {
      const before = `${filler}\n`.repeat(Math.floor((edge + shift) / 100)).padEnd(edge + shift - 1, 'y');
      const { kills } = whole(Buffer.from(`${before}\n${kill}${`${filler}\n`.repeat(50)}`));
      expect(
        kills.map((one) => [one.pid, one.anonRssKb, one.quotes[0]?.text]),
        String(shift),
      ).toEqual([[4711, 4000, kill.trim()]]);
    }
  });
});

describe('the search', () => {
  it('with and without SIMD stops at the same places, or SIMD at more', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, texts), (input) => {
        const [simd, plain] = [simdScan(fingerprints, 4096)!, plainScan(fingerprints, 4096)];
        const places = (scan: typeof plain): number[] => {
          input.copy(scan.buffer);
          const found: number[] = [];
          const end = Math.min(input.length, 4096);
          for (let at = scan.next(0, end); at < end; at = scan.next(at + 1, end)) found.push(at);
          return found;
        };
        expect(places(simd)).toEqual(expect.arrayContaining(places(plain)));
      }),
      { numRuns: 500 },
    );
  });
});

describe('time stays linear', () => {
  const cpuMs = (input: Buffer): number => {
    const from = process.cpuUsage();
    whole(input);
    const used = process.cpuUsage(from);
    return (used.user + used.system) / 1000;
  };
  const repeat = (text: string, length: number): Buffer => Buffer.alloc(length, text);
  /** A tenth of the input, as the yardstick; ten times as long may take ten times as much, and noise on top. */
  const growth = (text: string, length: number): number =>
    cpuMs(repeat(text, length)) / Math.max(20, cpuMs(repeat(text, length / 10)));

  it.each([
    ['one line of 50 MB', 'x', 50_000_000],
    ['one line of 20 MB full of kill words', 'Killed process 1 (', 20_000_000],
    ['one line of 20 MB full of names', 'oom-kill:constraint=,task=,pid=', 20_000_000],
    ['a million tiny lines', 'a\n', 2_000_000],
    ['a million empty lines', '\n', 1_000_000],
    ['many open braces', '{\n', 2_000_000],
    ['many table rows', '[  7]  0 7 1 1 0 0 0 x\n', 10_000_000],
    ['many headers', 'a invoked oom-killer: order=0\n', 10_000_000],
    ['many announcements', 'Out of memory: Kill process 7 (x) score 1 or sacrifice child\n', 5_000_000],
    ['many kills of one pid', 'Killed process 7 (x)\n', 2_000_000],
    ['many texts of applications', 'FATAL ERROR: heap out of memory\n', 5_000_000],
  ])('%s', (_name, text, length) => {
    expect(growth(text, length)).toBeLessThan(60);
  });

  it('many kills of different pids', () => {
    const log = (count: number): Buffer =>
      Buffer.from(
        Array.from(
          { length: count },
          (_, n) => `[ ${n}.000001] Killed process ${n} (x) total-vm:${n}kB, anon-rss:1kB, file-rss:0kB\n`,
        ).join(''),
      );
    expect(whole(log(3000)).kills).toHaveLength(3000);
    expect(cpuMs(log(20_000)) / Math.max(20, cpuMs(log(2000)))).toBeLessThan(60);
  });
});
