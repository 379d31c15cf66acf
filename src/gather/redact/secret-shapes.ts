import { redacted } from './learned-secrets.ts';
import { looksRandom, strongWords, weakWords } from './secret-names.ts';

/** Where a credential with a look of its own may begin. */
const tokenTrigger =
  /eyJ|gh[oprsu]_|github_pat|glpat|npm_|hf_|dop_|shp|whsec|xox|[spr]k[-_]|AKI|ASIA|LTAI|AIza|ya29|pypi-|SG\.|bot\d|hook|BEGIN/;
/** Most texts hold none of these and are left alone at once. */
export const shapeTrigger = new RegExp(
  `pass|pwd|secret|token|key|auth|cred|cookie|session|dsn|string|bearer|basic|digest|jwt|salt|pepper|\\bpin|otp|sig|://|[?&]|\\s-[apu]|--user|${tokenTrigger.source}`,
  'i',
);
/** Without one of these a text is a name by itself: no assignment, address, header or option. */
const separator = /[\s=:?&%>]/;

/** A secret's name, the rest of the name, and what stands between it and its value. */
const assignment = new RegExp(
  `(${strongWords}|${weakWords})([\\w.-]{0,40}\\\\{0,3}["'\`\\])]?\\s{0,4}(?:=>|[=:]|%3D)\\s{0,4})`,
  'gi',
);
const weakOnly = new RegExp(`^(?:${weakWords})$`, 'i');
const flag = new RegExp(
  `((?<![\\w-])--?[\\w.-]{0,40}(?:${strongWords})[\\w.-]{0,40}\\s{1,4})(["']?)([^\\s"'-][^\\s"']*)`,
  'gi',
);
const nothing = /^(?:true|false|null|undefined|none|nil|\*+|…)$/i;
/** `token-service:3]`, `token.js:10:5)`: an id, a port, a line of a file. */
const position = /^\d{1,5}(?::\d{1,6})?[\])}:,;.]*$/;

/** Known forms of credentials by their own look. Sources: the issuers' documentation of token prefixes. */
const tokens = [
  /-----BEGIN [A-Z0-9 ]{1,40}-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,40}-----|$)/,
  /eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,4}/,
  /(?<![A-Za-z0-9])(?:gh[oprsu]_|github_pat_|glpat-|npm_|hf_|dop_v1_|shp(?:at|ca|pa|ss)_|whsec_)[A-Za-z0-9_-]{16,}/,
  /(?<![A-Za-z0-9])xox[a-z]-[A-Za-z0-9-]{10,}/,
  /(?<![A-Za-z0-9])(?:sk|pk|rk)(?:-|_live_|_test_)[A-Za-z0-9_-]{16,}/,
  /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{12,}/,
  /(?<![A-Za-z0-9])(?:LTAI|AKID)[A-Za-z0-9]{12,}/,
  /(?<![A-Za-z0-9])(?:AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}|pypi-[A-Za-z0-9_-]{30,})/,
  /(?<![A-Za-z0-9])SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/,
  /(?<=(?:^|\/)bot)\d{6,}:[A-Za-z0-9_-]{30,}/,
  /(?<=hooks\.slack\.com\/(?:services|workflows)\/)[A-Za-z0-9/_-]+/,
  /(?<=\/api\/webhooks\/)\d+\/[A-Za-z0-9_-]+/,
  /(?<=\/bot\/v2\/hook\/)[A-Za-z0-9_-]+/,
];
const anyToken = new RegExp(tokens.map((shape) => shape.source).join('|'), 'g');

/** Removes what looks like a secret though nobody told us its value. Linear in the length of the text. */
export function redactShapes(text: string): string {
  if (!shapeTrigger.test(text)) return text;
  let out = tokenTrigger.test(text) ? text.replace(anyToken, redacted) : text;
  if (!separator.test(out)) return out;
  out = redactUrls(out);
  out = redactHeaders(out);
  out = redactAssignments(out);
  return redactArguments(out);
}

/** `scheme://user:password@host`, `scheme://token@host`, and query values that are credentials by name or look. */
function redactUrls(text: string): string {
  if (!text.includes('://') && !text.includes('?') && !text.includes('&')) return text;
  return text
    .replace(/:\/\/([^\s:@/?#"'<>]{0,256}):([^\s"'<>]{1,1024})@/g, (whole, user: string, password: string) =>
      // host:port/…/@scope is no password.
      /^\d{1,5}(?:\/|$)/.test(password) ? whole : `://${user}:${redacted}@`,
    )
    .replace(/:\/\/([^\s:@/?#"'<>[\]]{16,512})@/g, `://${redacted}@`)
    .replace(
      /([?&](?:key|sig|sign|signature|code|sid|state|x-amz-[a-z-]{1,30}|ossaccesskeyid|expires_sig)=)([^\s&"'<>#]+)/gi,
      `$1${redacted}`,
    )
    .replace(/([?&][\w.[\]-]{1,64}=)([A-Za-z0-9_%+=~-]{24,})/g, (whole, name: string, value: string) =>
      /\d/.test(value) && /[A-Za-z]/.test(value) ? name + redacted : whole,
    );
}

function redactHeaders(text: string): string {
  if (!/auth|bearer|basic|digest|cookie/i.test(text)) return text;
  return text
    .replace(
      /((?:proxy-)?authorization\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?(?:[a-z][a-z0-9-]{2,20} (?=\S))?)([^\s"'\\,;][^\s"'\\]*)/gi,
      `$1${redacted}`,
    )
    .replace(
      /\b((?:bearer|basic|digest) )([A-Za-z0-9._~+/=-]{6,})/gi,
      (whole, scheme: string, value: string) =>
        /^[A-Za-z]?[a-z]{1,19}[.,:;]?$/.test(value) ? whole : scheme + redacted,
    )
    .replace(/(cookie:\s{0,4})(?:[^\s=;,"']+=[^\s;,"']*(?:;\s{0,4})?)+/gi, `$1${redacted}`);
}

function redactAssignments(text: string): string {
  let out = '';
  let done = 0;
  assignment.lastIndex = 0;
  for (let match = assignment.exec(text); match !== null; match = assignment.exec(text)) {
    const word = match[1] ?? '';
    const between = match[2] ?? '';
    const from = match.index + match[0].length;
    const [valueFrom, valueTo] = valueAt(text, from);
    const value = text.slice(valueFrom, valueTo);
    if (value === '' || isLeftAlone(word, between, value)) continue;
    out += text.slice(done, valueFrom) + redacted;
    done = valueTo;
    assignment.lastIndex = valueTo;
  }
  return done === 0 ? text : out + text.slice(done);
}

function isLeftAlone(word: string, between: string, value: string): boolean {
  if (nothing.test(value) || value.startsWith(redacted)) return true;
  if (position.test(value) && (between.endsWith(':') || /^token/i.test(word))) return true;
  // max_tokens=4096: a count.
  if (/^token/i.test(word) && /^s\b|^s?[-_]/.test(between) && /^\d{1,7}$/.test(value)) return true;
  if (!weakOnly.test(word)) return false;
  if (between.includes('=') && value.length >= 6 && !/[-_.]key/i.test(word))
    return /^\/|^\d{1,7}$/.test(value);
  return !(
    looksRandom(value) ||
    (value.length >= 8 && /\d/.test(value) && /[A-Za-z]/.test(value) && !/[/:]/.test(value))
  );
}

/** From where to where the value goes: inside its quotes, or up to a blank, a quote, or the next assignment. */
function valueAt(text: string, at: number): readonly [from: number, to: number] {
  let from = at;
  while (text[from] === '\\') from += 1;
  const isEscaped = from > at;
  const quote = text[from];
  if (quote === '"' || quote === "'" || quote === '`') {
    from += 1;
    let to = from;
    while (to < text.length && text[to] !== quote) to += text[to] === '\\' && !isEscaped ? 2 : 1;
    to = Math.min(to, text.length);
    while (isEscaped && to > from && text[to - 1] === '\\') to -= 1;
    return [from, to];
  }
  let to = from;
  while (to < text.length && !isValueEnd(text.charCodeAt(to))) to += 1;
  const run = text.slice(from, to);
  const next = /[,;&]["']?[\w.-]{1,40}[=:]/.exec(run);
  if (next !== null && next.index > 0) to = from + next.index;
  else if (!run.startsWith(redacted)) while (to > from + 1 && ')]},;'.includes(text[to - 1] ?? ' ')) to -= 1;
  return [from, to];
}

/** Blank, ", ', <, >, ` */
function isValueEnd(code: number): boolean {
  return code <= 0x20 || code === 0x22 || code === 0x27 || code === 0x3c || code === 0x3e || code === 0x60;
}

/** Secrets on a command line: `--password x`, `curl -u user:x`, `mysql -px`. */
function redactArguments(text: string): string {
  let out = text;
  if (out.includes('-'))
    out = out.replace(flag, (_whole, name: string, quote: string) => name + quote + redacted);
  if (/\s(?:-u|--user)/.test(out)) {
    out = out.replace(
      /(\s(?:-u|--user)[\s=]?\s{0,4}["']?)([^\s:'"]{1,128}):([^\s'"]+)/g,
      (whole, lead: string, user: string, password: string) =>
        /^\d+$/.test(user) && /^\d+$/.test(password) ? whole : `${lead}${user}:${redacted}`,
    );
  }
  if (/\b(?:mysql|mariadb|sshpass|mongo|ldap|7z)/i.test(out)) {
    out = out.replace(/(\s-p\s?)([^\s/-][^\s]{2,})/g, `$1${redacted}`);
  }
  return /\bredis-cli\b/.test(out) ? out.replace(/(\s-a\s{1,4})(\S+)/g, `$1${redacted}`) : out;
}
