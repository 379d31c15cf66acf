/** Longer messages differ in what they carry, not in what they mean. */
const kindChars = 300;

/** What differs from one occurrence to the next: quoted values, ids, addresses, numbers. */
const values: readonly RegExp[] = [
  /"[^"]{0,200}"|`[^`]{0,200}`|“[^”]{0,200}”|‘[^’]{0,200}’|「[^」]{0,200}」|『[^』]{0,200}』/g,
  // An apostrophe inside a word is none.
  /(?<![\p{L}\d])'[^']{0,200}'/gu,
  /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
  /\b0x[0-9a-f]+\b/gi,
  // A hash or an id: hexadecimal, with a digit in it.
  /\b(?=[a-f]{0,40}\d)[0-9a-f]{6,64}\b/gi,
  /\b(?=[A-Za-z_-]{0,40}\d)[A-Za-z0-9_-]{20,200}\b/g,
  /\d+(?:[.,:]\d+)*/g,
];

/** The message without what is different each time. */
export function maskValues(message: string): string {
  let text = message.slice(0, kindChars);
  for (const value of values) text = text.replace(value, '#');
  return text;
}

/**
 * The key that exceptions of one place share: the first own frame, in any release of the app (deploy tools give each
 * its own folder, by time or by commit); where there is none, the message without its values.
 */
export function kindOf(message: string, ownFrame: string | null): string {
  if (ownFrame === null) return maskValues(message);
  return ownFrame
    .slice(0, kindChars)
    .replace(/\/(?:v?\d{8,17}|\d{4}-\d\d-\d\d[^/]{0,20}|(?=[a-f]{0,40}\d)[0-9a-f]{7,40})(?=\/)/g, '/#');
}
