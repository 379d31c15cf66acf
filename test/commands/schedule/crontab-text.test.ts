import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  marker,
  ownLines,
  variablesIn,
  withLine,
  withoutLines,
} from '../../../src/commands/schedule/crontab-text.ts';
import { cronQuote } from '../../../src/commands/schedule/job-line.ts';

const id = '0123abcd';
const other = 'ffff0000';
const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');
const line = (text: string, own = id): string => `${text} ${marker} ${own}\n`;

/** Lines of others: any bytes but a newline, also ones that look like ours and are not. */
const foreignLine = fc.oneof(
  fc
    .uint8Array({ maxLength: 40 })
    .map((array) => Buffer.from(array.map((byte) => (byte === 10 ? 32 : byte)))),
  fc
    .constantFrom(
      '',
      '# pm2-audit:schedule',
      '# see pm2-audit:schedule 0123abcd for more',
      '0 8 * * * true # pm2-audit:schedule 0123ABCD',
      '0 8 * * * true # pm2-audit:schedule 0123abcd9',
      '0 8 * * * true # pm2-audit:schedule 0123abcd x',
      'MAILTO=ops@example.com',
      'SHELL=/bin/bash\r',
      '*/5 * * * * date "+\\%F" >> /tmp/x\r',
      '# 中文注释',
    )
    .map(bytes),
);
const isForeign = (text: Buffer): boolean => ownLines(text).length === 0;
const foreign = fc
  .tuple(fc.array(foreignLine, { maxLength: 8 }), fc.boolean())
  .map(([lines, ends]) => {
    const joined = Buffer.concat(
      lines.flatMap((each, index) => (index === 0 ? [each] : [bytes('\n'), each])),
    );
    return ends && joined.length > 0 ? Buffer.concat([joined, bytes('\n')]) : joined;
  })
  .filter(isForeign);
/** No cron takes a crontab without its last newline. */
const ended = (text: Buffer): Buffer =>
  text.length === 0 || text.at(-1) === 10 ? text : Buffer.concat([text, bytes('\n')]);

describe('the crontab', () => {
  it('keeps every byte of others when a line is added, replaced and taken away', () => {
    fc.assert(
      fc.property(foreign, (before) => {
        const added = withLine(before, id, '0 8 * * * first');
        expect(added).toEqual(Buffer.concat([ended(before), bytes(line('0 8 * * * first'))]));
        expect(withLine(added, id, '0 8 * * * first')).toEqual(added);
        const replaced = withLine(added, id, '0 9 * * * second 中文');
        expect(replaced).toEqual(Buffer.concat([ended(before), bytes(line('0 9 * * * second 中文'))]));
        expect(ownLines(replaced)).toEqual([{ id, text: '0 9 * * * second 中文', isOff: false }]);
        expect(withoutLines(replaced, new Set([id]))).toEqual(ended(before));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the place of its line, between those of others', () => {
    fc.assert(
      fc.property(foreign, foreign, (before, after) => {
        const own = bytes(line('0 8 * * * first'));
        const whole = Buffer.concat([ended(before), own, after]);
        expect(withLine(whole, id, '1 8 * * * next')).toEqual(
          Buffer.concat([ended(before), bytes(line('1 8 * * * next')), after]),
        );
        expect(withoutLines(whole, new Set([id]))).toEqual(Buffer.concat([ended(before), after]));
        expect(withoutLines(whole, new Set([other]))).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });

  it('holds a schedule once, and leaves another one alone', () => {
    const twice = bytes(
      `a\n${line('0 1 * * * one')}b\n${line('0 2 * * * two')}${line('0 3 * * * else', other)}`,
    );
    expect(withLine(twice, id, '0 4 * * * new').toString()).toBe(
      `a\n${line('0 4 * * * new')}b\n${line('0 3 * * * else', other)}`,
    );
    expect(withoutLines(twice, new Set([id, other])).toString()).toBe('a\nb\n');
  });

  it('knows its line with an edited time, a # before it and a line end of Windows', () => {
    const edited = bytes(`#0 8 * * * cd / ${marker} ${id}\n5 9 * * * cd /  ${marker} ${other} \r\n`);
    expect(ownLines(edited)).toEqual([
      { id, text: '#0 8 * * * cd /', isOff: true },
      { id: other, text: '5 9 * * * cd /', isOff: false },
    ]);
    expect(withoutLines(edited, new Set([id, other]))).toHaveLength(0);
  });

  it('reads what it sets for its jobs, the last one of a name', () => {
    const text =
      'MAILTO=""\nSHELL = /bin/bash\r\n# PATH=/x\n0 8 * * * A=b true\n"CRON_TZ"=\'Asia/Shanghai\'\nSHELL=/bin/zsh\n';
    expect(variablesIn(bytes(text))).toEqual({ MAILTO: '', SHELL: '/bin/zsh', CRON_TZ: 'Asia/Shanghai' });
  });
});

/** What Vixie cron does to a command before sh gets it: `\%` becomes `%`, a bare `%` ends it (do_command.c). */
function asCronReads(command: string): string {
  let out = '';
  for (let index = 0; index < command.length; index += 1) {
    const letter = command[index] ?? '';
    if (letter === '\\') {
      const after = command[index + 1] ?? '';
      out += after === '%' ? '%' : `\\${after}`;
      index += 1;
    } else if (letter === '%') return out;
    else out += letter;
  }
  return out;
}

describe('a word of the line', () => {
  it('reaches the program whole, through cron and sh', () => {
    const letters = fc.constantFrom(...'aZ0 %\\\'"$`!;&|<>*?~#(){}[]=,.-中é\t');
    const words = fc.array(
      fc.array(letters, { maxLength: 12 }).map((all) => all.join('')),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    fc.assert(
      fc.property(words, (all) => {
        const command = `printf '\\%s\\n' ${all.map(cronQuote).join(' ')}`;
        const printed = execFileSync('/bin/sh', ['-c', asCronReads(command)], { encoding: 'utf8' });
        expect(printed).toBe(all.map((word) => `${word}\n`).join(''));
      }),
      { numRuns: 150 },
    );
  });
});
