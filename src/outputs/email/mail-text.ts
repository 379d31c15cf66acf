import { Buffer } from 'node:buffer';

/**
 * Controls (C0, DEL, C1), line separators, bidirectional and invisible marks, lone surrogates: what could end a header,
 * start one, or turn the shown order of a name around.
 */
const unwanted =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\p{Surrogate}]+/gu;

/** One line, at most `maxChars` UTF-16 units; a cut is marked with `…`. */
export function oneLine(text: string, maxChars: number): string {
  const line = text.replace(unwanted, ' ').replace(/ {2,}/g, ' ').trim();
  if (line.length <= maxChars) return line;
  return `${line.slice(0, maxChars - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** The same for a body: its line ends and tabs stay, as CRLF (RFC 5322 section 2.3). */
export function bodyLines(text: string): string {
  return text
    .split(/\r\n|[\r\n]/)
    .map((line) => line.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]+/g, ''))
    .join('\r\n');
}

/**
 * What a server said, fit to be shown: one line, bounded, without the login's secrets in any form they travel in (as they
 * are, base64, AUTH PLAIN). A quote that still holds a piece of a short secret is not shown at all.
 */
export function quotable(text: string, secrets: readonly string[], maxChars = 240): string {
  let out = text;
  for (const form of secrets.flatMap(forms)) {
    if (form.length >= 4) out = out.replaceAll(form, '***');
    else if (form !== '' && out.includes(form)) return '***';
  }
  return oneLine(out, maxChars);
}

function forms(secret: string): readonly string[] {
  if (secret === '') return [];
  const base64 = Buffer.from(secret, 'utf8').toString('base64');
  // Inside a longer base64 text the secret begins at one of three bit positions; of each the part that is the same anywhere.
  const inside = [0, 1, 2].map((shift) => {
    const shifted = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret, 'utf8')]).toString('base64');
    const end = Math.floor(((shift + Buffer.byteLength(secret)) * 8) / 6);
    return shifted.slice(Math.ceil((shift * 8) / 6), end);
  });
  return [secret, base64, base64.replace(/=+$/, ''), encodeURIComponent(secret), ...inside.filter(isLong)];
}

const isLong = (text: string): boolean => text.length >= 6;

/**
 * A reply of a Chinese server in the encoding of its choice. The library gives bytes that are no UTF-8 as one character
 * each; what then decodes as GB18030 without a fault is that.
 */
export function fromGb18030(text: string): string {
  if (!/[\u0080-\u00ff]/.test(text) || /[^\u0000-\u00ff]/.test(text)) return text;
  try {
    return new TextDecoder('gb18030', { fatal: true }).decode(Buffer.from(text, 'latin1'));
  } catch {
    return text;
  }
}
