import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argumentJson, argumentText, createFrameReader, encodeFrame } from '../../src/host/amp.ts';

/** Reads chunks; an argument whose index is in `skip` is not wanted. */
function read(
  chunks: readonly Buffer[],
  skip: readonly number[] = [],
): { frames: string[][]; sizes: number[]; isAmp: boolean } {
  const frames: string[][] = [];
  const sizes: number[] = [];
  let current: string[] = [];
  const push = createFrameReader({
    wants: (index) => !skip.includes(index),
    onArgument: (_index, bytes) => current.push(bytes.toString('latin1')),
    onEnd: (size) => {
      frames.push(current);
      sizes.push(size);
      current = [];
    },
  });
  return { frames, sizes, isAmp: chunks.every((chunk) => push(chunk)) };
}

describe('AMP', () => {
  const messages = fc.array(
    fc.array(fc.string({ unit: fc.integer({ min: 0, max: 127 }).map((code) => String.fromCharCode(code)) }), {
      minLength: 1,
      maxLength: 15,
    }),
    { maxLength: 5 },
  );

  it('reads what it wrote, however it is cut', () => {
    fc.assert(
      fc.property(messages, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sent, cuts) => {
        const bytes = Buffer.concat(sent.map(encodeFrame));
        const chunks: Buffer[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = cuts[turn % cuts.length] ?? 1;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(read(chunks)).toMatchObject({ frames: sent, isAmp: true });
        expect(read(chunks).sizes.reduce((sum, size) => sum + size, 0)).toBe(bytes.length);
        expect(read(chunks, [0]).frames).toEqual(sent.map((args) => args.slice(1)));
      }),
    );
  });

  it('never throws on any bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 })),
        (chunks) => void read(chunks.map((bytes) => Buffer.from(bytes))),
      ),
    );
  });

  it('keeps its own copy: the reader’s buffer is used again', () => {
    const bytes = encodeFrame(['j:[1]', 's:id']);
    const kept: Buffer[] = [];
    createFrameReader({
      wants: () => true,
      onArgument: (_index, argument) => kept.push(argument),
      onEnd: () => {},
    })(bytes);
    bytes.fill(0);
    expect(kept.map(String)).toEqual(['j:[1]', 's:id']);
  });

  it('refuses another version, and a frame without arguments', () => {
    expect(read([Buffer.from([0x22])]).isAmp).toBe(false);
    expect(read([Buffer.from([0x10])]).isAmp).toBe(false);
  });

  it('tells text from JSON', () => {
    expect(argumentText(Buffer.from('s:a:b'))).toBe('a:b');
    expect(argumentJson(Buffer.from('j:{}'))?.toString()).toBe('{}');
    expect(argumentJson(Buffer.from('s:{}'))).toBeNull();
  });
});
