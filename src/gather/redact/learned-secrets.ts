export const redacted = '[redacted]';

const minChars = 6;
/** Up to this many beginnings, one regular expression tells faster than a loop that there is nothing to do. */
const maxProbe = 300;
/** The kernel allows one variable 128 KiB (MAX_ARG_STRLEN); JSON and URL forms are a little longer. */
const maxChars = 512 * 1024;

export interface LearnedSecrets {
  learn(value: string): void;
  /** The text without any learned value, in any of its usual spellings. */
  remove(text: string): string;
  /** Characters of the longest spelling known. */
  longest(): number;
}

/** Known secret values, found by a hash of their first three characters: the time does not grow with their number. */
export function learnedSecrets(): LearnedSecrets {
  const known = new Set<string>();
  /** Lengths of the known forms that begin alike, longest first. */
  const lengths = new Map<string, number[]>();
  const starts = new Uint8Array(0x10000);
  let longest = 0;
  /** Finds the beginning of a form; null = to be built again, or too many for one. */
  let probe: RegExp | null = null;

  const add = (form: string): void => {
    if (form.length < minChars || form.length > maxChars || known.has(form) || redacted.includes(form))
      return;
    known.add(form);
    probe = null;
    longest = Math.max(longest, form.length);
    const start = form.slice(0, minChars);
    const alike = lengths.get(start) ?? [];
    if (!alike.includes(form.length))
      lengths.set(
        start,
        [...alike, form.length].sort((a, b) => b - a),
      );
    starts[hashAt(form, 0)] = 1;
  };
  const formAt = (text: string, at: number): string | null => {
    for (const length of lengths.get(text.slice(at, at + minChars)) ?? []) {
      const form = text.slice(at, at + length);
      if (known.has(form) && !isInsideNumber(text, at, form)) return form;
    }
    return null;
  };
  return {
    longest: () => longest,
    learn(value) {
      if (value.length < minChars || known.has(value)) return;
      for (const form of formsOf(value)) add(form);
    },
    remove(text) {
      if (known.size === 0 || text.length < minChars) return text;
      if (lengths.size <= maxProbe) {
        probe ??= new RegExp([...lengths.keys()].map(literal).join('|'));
        if (!probe.test(text)) return text;
      }
      let out = '';
      let done = 0;
      for (let at = 0; at <= text.length - minChars; at += 1) {
        if (starts[hashAt(text, at)] === 0) continue;
        const form = formAt(text, at);
        if (form === null) continue;
        out += text.slice(done, at) + redacted;
        at += form.length - 1;
        done = at + 1;
      }
      return done === 0 ? text : out + text.slice(done);
    },
  };
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function hashAt(text: string, at: number): number {
  return (text.charCodeAt(at) * 961 + text.charCodeAt(at + 1) * 31 + text.charCodeAt(at + 2)) & 0xffff;
}

/** A password of digits must not eat the middle of a longer number. */
function isInsideNumber(text: string, at: number, form: string): boolean {
  if (!/^\d+$/.test(form)) return false;
  return /\d/.test(text[at - 1] ?? '') || /\d/.test(text[at + form.length] ?? '');
}

/** How a value may be written: as is, on one line, in a URL, in JSON, in base64. */
function formsOf(value: string): readonly string[] {
  const forms = new Set([value, value.replace(/\s+/g, ' ')]);
  try {
    const url = encodeURIComponent(value);
    forms.add(url);
    forms.add(url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()));
  } catch {
    // Half a surrogate pair: such a value has no form in a URL.
  }
  const json = JSON.stringify(value).slice(1, -1);
  forms.add(json);
  forms.add(JSON.stringify(json).slice(1, -1));
  for (const form of base64Forms(value)) forms.add(form);
  if (value.includes('\n')) for (const line of value.split(/\r?\n/)) if (line.length >= 16) forms.add(line);
  return [...forms];
}

/** The value in base64 wherever it starts in the encoded text (`Basic` encodes `user:password`), without the edges. */
function base64Forms(value: string): readonly string[] {
  const bytes = Buffer.from(value, 'utf8');
  const forms: string[] = [];
  for (const shift of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    // The first characters mix with what stands before, the last with what follows.
    const from = Math.ceil((shift * 8) / 6);
    const to = Math.floor(((shift + bytes.length) * 8) / 6);
    const core = encoded.slice(from, to);
    if (core.length < 8) continue;
    forms.push(core);
    if (/[+/]/.test(core)) forms.push(core.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}
