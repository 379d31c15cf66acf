import type { DeliveryConfig } from './config-delivery.ts';
import { type SendOn, sendOns } from './model/delivery.ts';
import { type Priority, priorities } from './model/finding.ts';
import type { EpochMs, Locale } from './model/text.ts';
import { UsageError } from './usage-error.ts';

export const formats = ['terminal', 'md', 'html', 'json', 'prom', 'junit', 'sarif'] as const;
export type Format = (typeof formats)[number];
export type FailOn = Priority | 'never';

/** Everything `audit` can be told, after command line and config file were read. Times in ms. */
export interface AuditOptions {
  readonly homes: readonly string[];
  readonly since: Since;
  /** Folder, or `-` for stdout. */
  readonly out: string;
  readonly formats: readonly Format[];
  readonly locale: Locale;
  readonly top: number;
  readonly observeMs: number;
  readonly app: string | null;
  readonly failOn: FailOn;
  /** `failOn` was said and is not the default; JUnit fails from P1 on without it. */
  readonly isFailOnSaid?: boolean;
  readonly quiet: boolean;
  readonly kernelLogs: readonly string[];
  readonly verbose: boolean;
  /** `--db`: the store of the collector; null = the default place, if there is one. */
  readonly db: string | null;
  readonly limits: { readonly [audit: string]: { readonly [limit: string]: number } };
  readonly ignore: readonly Suppression[];
  readonly delivery: DeliveryWish;
}

/** Where the report is to go beside its folder. A channel of the settings file is used only when it is asked for. */
export interface DeliveryWish {
  /** `--email`: the mail only; `--send`: all channels. */
  readonly ways: 'none' | 'email' | 'all';
  /** `--email TO`; null = as configured. */
  readonly emailTo: string | null;
  /** `--send-on`; null = as configured. */
  readonly sendOn: SendOn | null;
  /** What the settings file says of it. */
  readonly config: DeliveryConfig;
}

/** Mutes one audit, for one app or all, with a reason, perhaps until a day. Muted findings are listed, not lost. */
export interface Suppression {
  readonly audit: string;
  readonly app: string | null;
  /** From this moment on it counts again; null = no end. */
  readonly until: EpochMs | null;
  readonly reason: string;
}

/** A window given as a span back from now, or as a moment. */
export type Since = { readonly spanMs: number } | { readonly at: EpochMs };

const unitMs: { readonly [unit: string]: number } = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `2s`, `500ms`, `1.5m`, or a bare number of `bare` units. null = not a duration. */
export function parseDuration(text: string, bare: string | null): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)?$/.exec(text.trim());
  if (!match) return null;
  const unit = match[2] ?? bare;
  const factor = unit === null ? undefined : unitMs[unit];
  return factor === undefined ? null : Math.round(Number(match[1]) * factor);
}

/** `24h`, `7d`, or a date (local midnight) or date and time. Throws UsageError. */
export function parseSince(text: string, now: EpochMs): Since {
  const spanMs = parseDuration(text, null);
  if (spanMs !== null && spanMs > 0) return { spanMs };
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const at = day
    ? new Date(Number(day[1]), Number(day[2]) - 1, Number(day[3])).getTime()
    : /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text)
      ? Date.parse(text.replace(' ', 'T'))
      : Number.NaN;
  const isReal =
    Number.isFinite(at) &&
    (!day || (new Date(at).getDate() === Number(day[3]) && new Date(at).getMonth() === Number(day[2]) - 1));
  if (!isReal)
    throw new UsageError(
      `--since ${text}: not a window. Use a span such as 24h or 7d, or a date such as 2026-11-20.`,
    );
  if (at > now) throw new UsageError(`--since ${text}: that is in the future. Use a date before now.`);
  return { at };
}

export function windowOf(since: Since, now: EpochMs): { readonly from: EpochMs; readonly to: EpochMs } {
  return { from: 'at' in since ? since.at : now - since.spanMs, to: now };
}

export function parseObserve(text: string): number {
  const ms = parseDuration(text, 's');
  if (ms === null || ms > 600_000)
    throw new UsageError(`--observe ${text}: not a duration. Use 0, 2s or 1m; at most 10m.`);
  return ms;
}

export function parseTop(text: string): number {
  const top = Number(text);
  if (!Number.isInteger(top) || top < 1 || top > 1000)
    throw new UsageError(`--top ${text}: not a number from 1 to 1000.`);
  return top;
}

export function parseFormats(text: string): readonly Format[] {
  const wanted = text.split(',').map((part) => part.trim());
  const known = formats.filter((format) => wanted.includes(format));
  const unknown = wanted.find((part) => !formats.some((format) => format === part));
  if (unknown !== undefined) {
    throw new UsageError(
      `--format ${text}: "${unknown}" is not a format. Use one or more of ${formats.join(',')}.`,
    );
  }
  return known;
}

export function parseLocale(text: string): Locale {
  if (text === 'en' || text === 'zh-CN') return text;
  if (/^zh([-_]|$)/i.test(text)) return 'zh-CN';
  throw new UsageError(`--lang ${text}: not a language of the reports. Use en or zh-CN.`);
}

export function parseFailOn(text: string): FailOn {
  const found = [...priorities, 'never' as const].find((value) => value.toLowerCase() === text.toLowerCase());
  if (found === undefined)
    throw new UsageError(`--fail-on ${text}: not a priority. Use P0, P1, P2, P3 or never.`);
  return found;
}

export function parseSendOn(text: string): SendOn {
  const found = sendOns.find((value) => value.toLowerCase() === text.toLowerCase());
  if (found === undefined)
    throw new UsageError(`--send-on ${text}: not a rule. Use one of ${sendOns.join(', ')}.`);
  return found;
}
