import type { Config } from './config.ts';
import { findConfig } from './config-path.ts';
import type { EpochMs } from './model/text.ts';
import {
  type AuditOptions,
  type DeliveryWish,
  parseFailOn,
  parseFormats,
  parseLocale,
  parseObserve,
  parseSendOn,
  parseSince,
  parseTop,
  type Suppression,
} from './options.ts';
import { localeOf } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Flags as the command line gives them: strings, or absent. */
export interface Flags {
  readonly home?: readonly string[];
  readonly since?: string;
  readonly out?: string;
  readonly format?: string;
  readonly lang?: string;
  readonly top?: string;
  readonly observe?: string;
  readonly app?: string;
  readonly failOn?: string;
  readonly quiet?: boolean;
  readonly config?: string;
  readonly kernelLog?: readonly string[];
  readonly color?: boolean;
  readonly verbose?: boolean;
  readonly db?: string;
  /** `--email` alone is `true`. */
  readonly email?: string | boolean;
  readonly send?: boolean;
  readonly sendOn?: string;
}

/** Command line over config file over defaults. Throws UsageError naming the flag or key at fault. */
export async function resolveOptions(
  flags: Flags,
  env: { readonly [key: string]: string | undefined },
  folder: string,
  now: EpochMs,
): Promise<AuditOptions> {
  const found = findConfig(flags.config ?? null, folder);
  const config: Config = found === null ? {} : await (await import('./config.ts')).readConfig(found);
  const out = flags.out ?? config.out ?? './reports';
  const format = flags.format ?? (Array.isArray(config.format) ? config.format.join(',') : config.format);
  const lang = flags.lang ?? config.lang;
  const wanted = parseFormats(format ?? (out === '-' ? 'terminal' : 'terminal,md,html,json'));
  if (out === '-' && wanted.length !== 1) {
    throw new UsageError(
      `--out -: stdout takes one format. Name it, for instance --format ${wanted[0] ?? 'json'}.`,
    );
  }
  if (out === '') throw new UsageError('--out: is empty. Name a folder, or - for stdout.');
  return {
    homes: flags.home ?? config.homes ?? [],
    since: parseSince(flags.since ?? config.since ?? '7d', now),
    out,
    formats: wanted,
    locale: lang === undefined ? localeOf(env) : parseLocale(lang),
    top: parseTop(flags.top ?? String(config.top ?? 10)),
    observeMs: parseObserve(flags.observe ?? String(config.observe ?? '2s')),
    app: flags.app ?? null,
    failOn: parseFailOn(flags.failOn ?? config.failOn ?? 'P0'),
    isFailOnSaid: (flags.failOn ?? config.failOn) !== undefined,
    quiet: flags.quiet ?? config.quiet ?? false,
    kernelLogs:
      flags.kernelLog ??
      (typeof config.kernelLog === 'string' ? [config.kernelLog] : (config.kernelLog ?? [])),
    verbose: flags.verbose ?? false,
    db: flags.db ?? config.db ?? null,
    limits: config.limits ?? {},
    ignore: (config.ignore ?? []).map((entry) => suppression(entry, found?.path ?? 'config')),
    delivery: deliveryWish(flags, config),
  };
}

function deliveryWish(flags: Flags, config: Config): DeliveryWish {
  const { email, webhooks, ping, prom } = config;
  const hasEmail = flags.email !== undefined && flags.email !== false;
  return {
    ways: flags.send === true ? 'all' : hasEmail ? 'email' : 'none',
    emailTo: typeof flags.email === 'string' ? flags.email : null,
    sendOn: flags.sendOn === undefined ? null : parseSendOn(flags.sendOn),
    config: { email, webhooks, ping, prom },
  };
}

function suppression(entry: NonNullable<Config['ignore']>[number], path: string): Suppression {
  const until = entry.until === undefined ? null : new Date(entry.until).getTime();
  if (until !== null && !Number.isFinite(until)) {
    throw new UsageError(
      `${path}: ignore.until "${String(entry.until)}" is not a date. Use a date such as 2026-12-31.`,
    );
  }
  return {
    audit: entry.audit,
    app: entry.app === undefined ? null : String(entry.app),
    until,
    reason: entry.reason,
  };
}
