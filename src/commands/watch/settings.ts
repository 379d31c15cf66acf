import type { Locale } from '../../model/text.ts';
import { parseDuration, parseLocale } from '../../options.ts';
import { localeOf } from '../../terminal.ts';
import { UsageError } from '../../usage-error.ts';

/** As the command line gives them; a module of PM2 gets the same as text. */
export interface WatchFlags {
  readonly interval?: string;
  readonly threshold?: string;
  readonly home?: readonly string[];
  readonly db?: string;
  readonly lang?: string;
  readonly color?: boolean;
  readonly store?: boolean;
  /** Set by `pm2 set`: what is wrong with it is told by that name. */
  readonly isModule?: boolean;
}

export interface WatchSettings {
  readonly everyMs: number;
  readonly thresholdBytes: number;
  readonly homes: readonly string[];
  /** null = the usual place. */
  readonly path: string | null;
  readonly locale: Locale;
  readonly keeps: boolean;
}

const unitBytes: { readonly [unit: string]: number } = {
  '': 1,
  K: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
  T: 1024 ** 4,
};

/** `1G`, `800M`, `1.5GB` or bytes; 1 K is 1,024 bytes, as PM2 counts. null = not a size. */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:I?B)?$/i.exec(text.trim());
  const factor = match === null ? undefined : unitBytes[(match[2] ?? '').toUpperCase()];
  return match === null || factor === undefined ? null : Math.round(Number(match[1]) * factor);
}

/** Throws UsageError naming the flag at fault, or the setting of the PM2 module. */
export function watchSettings(
  flags: WatchFlags,
  env: { readonly [key: string]: string | undefined },
): WatchSettings {
  const named = (flag: string): string => (flags.isModule ? `pm2 set pm2-audit:${flag}` : `--${flag}`);
  const interval = flags.interval ?? '10s';
  const everyMs = parseDuration(interval, 's');
  if (everyMs === null || everyMs < 1000 || everyMs > 600_000)
    throw new UsageError(
      `${named('interval')} ${interval}: not an interval. Use 1s to 10m, for instance 10s.`,
    );
  const threshold = flags.threshold ?? '1G';
  const thresholdBytes = parseSize(threshold);
  if (thresholdBytes === null || thresholdBytes < 1024 ** 2)
    throw new UsageError(
      `${named('threshold')} ${threshold}: not a size. Use 1M or more, for instance 800M or 1G.`,
    );
  if (flags.db === '') throw new UsageError('--db: is empty. Name a file, or leave it out.');
  return {
    everyMs,
    thresholdBytes,
    homes: flags.home ?? [],
    path: flags.db ?? null,
    locale: flags.lang === undefined ? localeOf(env) : language(flags.lang, named('lang')),
    keeps: flags.store !== false,
  };
}

function language(text: string, name: string): Locale {
  try {
    return parseLocale(text);
  } catch (error) {
    throw new UsageError(`${name} ${text}: not a language of the reports. Use en or zh-CN.`, {
      cause: error,
    });
  }
}
