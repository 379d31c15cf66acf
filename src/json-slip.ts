const token =
  /\s*(?:("(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|true\b|false\b|null\b)|([{}[\],:]))/uy;

/**
 * Answers: where does this text stop being JSON, and what should stand there? Line and column count from 1. null = it is
 * JSON. The parser's own message names an offset, or nothing but a piece of the text, which may hold a secret. Grammar: RFC 8259.
 */
export function findJsonSlip(text: string): {
  readonly line: number;
  readonly column: number;
  readonly expected: string;
} | null {
  // What may come next, innermost last; an object or a list is open while its `end` waits.
  const open: ('}' | ']')[] = [];
  let wanted: Wanted = 'value';
  let at = 0;
  for (;;) {
    const rest = /\S/u.exec(text.slice(at));
    const end = open.at(-1);
    if (rest === null && end === undefined && wanted === 'comma') return null;
    token.lastIndex = at;
    const [whole, quoted, plain, sign] = token.exec(text) ?? [];
    const next = stepOf(wanted, end, quoted, plain, sign);
    if (next === null)
      return slipAt(text, rest === null ? text.trimEnd().length : at + rest.index, wanted, end);
    if (next === 'open {') open.push('}');
    else if (next === 'open [') open.push(']');
    else if (next === 'close') open.pop();
    wanted =
      next === 'open {' ? 'key or }' : next === 'open [' ? 'value or ]' : next === 'close' ? 'comma' : next;
    at += whole?.length ?? 0;
  }
}

type Wanted = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma';

/** What this token leads to; null = it may not stand here. */
function stepOf(
  wanted: Wanted,
  end: '}' | ']' | undefined,
  quoted: string | undefined,
  plain: string | undefined,
  sign: string | undefined,
): Wanted | 'open {' | 'open [' | 'close' | null {
  if (wanted === 'colon') return sign === ':' ? 'value' : null;
  if (wanted === 'key' || wanted === 'key or }')
    return quoted !== undefined ? 'colon' : sign === '}' && wanted === 'key or }' ? 'close' : null;
  if (wanted === 'comma') {
    if (sign === ',' && end !== undefined) return end === '}' ? 'key' : 'value';
    return sign !== undefined && sign === end ? 'close' : null;
  }
  if (quoted !== undefined || plain !== undefined) return 'comma';
  if (sign === '{') return 'open {';
  if (sign === '[') return 'open [';
  return sign === ']' && wanted === 'value or ]' ? 'close' : null;
}

function slipAt(text: string, at: number, wanted: Wanted, end: '}' | ']' | undefined) {
  const before = text.slice(0, at).split('\n');
  const expected = {
    value: 'a value was expected',
    'value or ]': 'a value or ] was expected',
    key: 'a name in double quotes was expected',
    'key or }': 'a name in double quotes or } was expected',
    colon: 'a colon was expected',
    comma: end === undefined ? 'the end of the file was expected' : `a comma or ${end} was expected`,
  } as const;
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, expected: expected[wanted] };
}
