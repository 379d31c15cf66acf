/**
 * Settings of a unit after its file and drop-ins: `Section.Key` -> values in order, each with the file that set it. An
 * empty assignment has removed what was there before. Source: systemd.syntax(7), systemd.unit(5).
 */
export type UnitSettings = ReadonlyMap<string, readonly { readonly value: string; readonly file: string }[]>;

/** Applies unit files one after another, later ones win. */
export function parseUnit(files: readonly { readonly path: string; readonly text: string }[]): UnitSettings {
  const settings = new Map<string, { value: string; file: string }[]>();
  for (const file of files) {
    let section = '';
    for (const line of logicalLines(file.text)) {
      const header = /^\[(.+)\]$/.exec(line);
      if (header !== null) {
        section = header[1] ?? '';
        continue;
      }
      const equals = line.indexOf('=');
      if (equals <= 0) continue;
      const key = `${section}.${line.slice(0, equals).trim()}`;
      const value = line.slice(equals + 1).trim();
      if (value === '') settings.set(key, []);
      else settings.set(key, [...(settings.get(key) ?? []), { value, file: file.path }]);
    }
  }
  return settings;
}

/** Joins lines that end in a backslash; comment lines (`#`, `;`) count as absent, also between them. */
function* logicalLines(text: string): Generator<string> {
  let joined = '';
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line.startsWith('#') || line.startsWith(';')) continue;
    if (line.endsWith('\\')) {
      joined += `${line.slice(0, -1)} `;
      continue;
    }
    const whole = (joined + line).trim();
    joined = '';
    if (whole !== '') yield whole;
  }
  if (joined.trim() !== '') yield joined.trim();
}

/** The value in force: the last one; null = not set. */
export function lastSetting(
  settings: UnitSettings,
  key: string,
): { readonly value: string; readonly file: string } | null {
  return settings.get(key)?.at(-1) ?? null;
}

const sizeUnits = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

/** `512M`, `1.5G`, `40%` of the host's memory -> bytes (base 1024); null = `infinity`, not set or not understood. */
export function parseSize(text: string | null, totalBytes: number | null): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGTPE]?)B?(%?)$/.exec(text?.trim() ?? '');
  if (match === null) return null;
  const number = Number(match[1]);
  if (match[3] === '%')
    return totalBytes === null || number > 100 ? null : Math.floor((totalBytes * number) / 100);
  const bytes = Math.floor(number * 1024 ** sizeUnits.indexOf(match[2] ?? ''));
  // `systemctl show` of old versions prints 2^64-1 where there is no limit.
  return bytes >= 2 ** 63 ? null : bytes;
}

const second = 1000;
const day = 86_400 * second;
const spanUnits: { readonly [unit: string]: number } = {
  us: 0.001,
  usec: 0.001,
  µs: 0.001,
  ms: 1,
  msec: 1,
  '': second,
  s: second,
  sec: second,
  second: second,
  seconds: second,
  m: 60 * second,
  min: 60 * second,
  minute: 60 * second,
  minutes: 60 * second,
  h: 3600 * second,
  hr: 3600 * second,
  hour: 3600 * second,
  hours: 3600 * second,
  d: day,
  day,
  days: day,
  w: 7 * day,
  week: 7 * day,
  weeks: 7 * day,
  M: 30.44 * day,
  month: 30.44 * day,
  months: 30.44 * day,
  y: 365.25 * day,
  year: 365.25 * day,
  years: 365.25 * day,
};

/** `90`, `1min 30s`, `2min30s` -> ms (systemd.time(7)); null = `infinity`, not set or not understood. */
export function parseSpan(text: string | null): number | null {
  const rest = text?.trim() ?? '';
  if (!/^\d/.test(rest)) return null;
  const part = /\s*(\d+(?:\.\d+)?)\s*([a-zA-Zµ]*)/y;
  let ms = 0;
  let end = 0;
  for (let match = part.exec(rest); match !== null; match = part.exec(rest)) {
    const factor = spanUnits[match[2] ?? ''];
    if (factor === undefined) return null;
    ms += Number(match[1]) * factor;
    end = part.lastIndex;
  }
  return end === rest.length ? Math.round(ms) : null;
}

/** `yes`, `true`, `on`, `1`; null = neither that nor its opposite. */
export function parseBoolean(text: string | null): boolean | null {
  if (/^(1|y|yes|t|true|on)$/i.test(text ?? '')) return true;
  return /^(0|n|no|f|false|off)$/i.test(text ?? '') ? false : null;
}

/** One variable out of all `Environment=` lines: words, quoted or not; the last one wins. Nothing else is returned. */
export function environmentVariable(settings: UnitSettings, name: string): string | null {
  let found: string | null = null;
  for (const { value } of settings.get('Service.Environment') ?? []) {
    for (const [, double, single, plain] of value.matchAll(
      /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"']\S*)/g,
    )) {
      const word = double ?? single ?? plain ?? '';
      if (word.startsWith(`${name}=`)) found = word.slice(name.length + 1).replace(/^(["'])(.*)\1$/, '$2');
    }
  }
  return found;
}
