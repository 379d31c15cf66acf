import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonSlip } from '../src/json-slip.ts';

describe('a slip in JSON', () => {
  it.each([
    ['{\n  "top": 5,\n}', 3, 1, /name in double quotes/],
    ['{\n  "top": 5\n  "since": "7d"\n}', 3, 3, /comma or }/],
    ["{\n  'top': 5\n}", 2, 3, /name in double quotes or }/],
    ['{\n  "top" 5\n}', 2, 9, /colon/],
    ['{ "homes": ["/a",] }', 1, 18, /value/],
    ['{"top": 5', 1, 10, /comma or }/],
    ['{"top": 05}', 1, 9, /value/],
    ['{"top": nul}', 1, 9, /value/],
    ['{"a": "x\ny"}', 1, 7, /value/],
    ['{"a": 1} x', 1, 10, /end of the file/],
    ['', 1, 1, /value/],
  ])('%j', (text, line, column, expected) => {
    expect(findJsonSlip(text)).toMatchObject({ line, column, expected: expect.stringMatching(expected) });
  });

  it('is found where the parser finds one, and nowhere else', () => {
    const isJson = (text: string): boolean => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', ',', '}', '"', '1', 'x', '\n', '\\'),
        (json, at, mark) => {
          expect(findJsonSlip(json)).toBeNull();
          const cut = at % (json.length + 1);
          const text = json.slice(0, cut) + mark + json.slice(cut + 1);
          expect(findJsonSlip(text) === null).toBe(isJson(text));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
