import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { audits } from '../audits/index.ts';
import { deliverySettings, lackOf, wantedChannels } from '../delivery-settings.ts';
import { deliveryUsage } from '../delivery-usage.ts';
import { makeCleaner } from '../gather/clean.ts';
import { decodeFacts, type FactsFiles } from '../gather/facts-file.ts';
import { defaultPath } from '../history/place.ts';
import type { DeliverySettings } from '../model/delivery.ts';
import type { Report } from '../model/report.ts';
import type { Locale } from '../model/text.ts';
import type { AuditOptions } from '../options.ts';
import { readFactsText } from '../outputs/latest-facts.ts';
import { toldFile } from '../outputs/told-file.ts';
import { oneLine } from '../report/prose.ts';
import { reportSummary } from '../report/summary-json.ts';
import type { AuditWords } from '../report/words.ts';
import { type Flags, resolveOptions } from '../resolve-options.ts';
import type { Terminal } from '../terminal.ts';
import { tool } from '../version.ts';
import { sayTo } from './delivery/after-audit.ts';
import { deliverReport } from './delivery/deliver-report.ts';
import { openMemory } from './delivery/memory.ts';
import { makeOutlets } from './delivery/outlets.ts';
import { type SendWords, sendWords } from './delivery/send-words.ts';
import { deliveryWords } from './delivery/words.ts';

export interface SendFlags extends Flags {
  /** Name of the one channel that is meant. */
  readonly to?: string;
  readonly test?: boolean;
  readonly reports?: string;
}

const auditWords: AuditWords = (id) => audits.find((audit) => audit.id === id)?.words ?? null;

/**
 * `pm2-audit send`: the newest report to all configured channels, or to one, whatever their rules say; and what earlier
 * runs could not send. 0 = all have it, 3 = one has not.
 */
export async function runSend(flags: SendFlags, terminal: Terminal): Promise<number> {
  const { env } = process;
  const { reports, ...rest } = flags;
  const options = await resolveOptions(
    { ...rest, format: 'json', ...(reports === undefined ? {} : { out: reports }) },
    env,
    process.cwd(),
    Date.now(),
  );
  const settings = chosen(options, flags, env);
  if (flags.test === true) return test(settings, env, options.locale, terminal);
  const folder = options.out === '-' ? './reports' : options.out;
  const { report, files } = newest(folder, sendWords[options.locale]);
  const now = Date.now();
  const words = deliveryWords(options.locale, report.utcOffsetMinutes, now);
  const memory = await openMemory(
    options.db ?? defaultPath(env),
    (problem) => terminal.stderr(`pm2-audit: ${words.noStore(problem, true)}\n`),
    toldFile(folder),
  );
  try {
    const isDelivered = await deliverReport({
      report,
      auditWords,
      files: below(folder, files),
      outlets: await makeOutlets(settings, env, options.locale),
      asked: true,
      now,
      memory,
      words,
      say: sayTo(terminal, options.quiet, false),
    });
    return isDelivered ? 0 : 3;
  } finally {
    memory.close();
  }
}

/** `--email TO` means the mail alone; `--to NAME` the channel of that name. */
function chosen(options: AuditOptions, flags: SendFlags, env: NodeJS.ProcessEnv): DeliverySettings {
  const { ways, emailTo, sendOn, config } = options.delivery;
  const { locale } = options;
  const asked = { emailTo, sendOn };
  const settings = deliverySettings(config, asked, env, locale);
  const { to } = flags;
  const wanted = wantedChannels(
    settings,
    ways === 'email' && to === undefined ? 'email' : 'all',
    'send',
    locale,
    lackOf(config, asked, env),
  );
  if (to === undefined) return wanted;
  const email = wanted.email?.name === to ? wanted.email : null;
  const webhooks = wanted.webhooks.filter(({ name }) => name === to);
  if (email === null && webhooks.length === 0) {
    const names = [
      ...(wanted.email === null ? [] : [wanted.email.name]),
      ...wanted.webhooks.map(({ name }) => name),
    ];
    throw deliveryUsage(sendWords[locale].noChannel(oneLine(to).slice(0, 80), names.map(oneLine)));
  }
  return { ...wanted, email, webhooks };
}

/** Sends nothing of the report: walks the way of each channel, step by step. */
async function test(
  { email, webhooks }: DeliverySettings,
  env: NodeJS.ProcessEnv,
  locale: Locale,
  terminal: Terminal,
): Promise<number> {
  let isGood = true;
  const say = (line: string, ok: boolean): void => {
    const marked = `${ok ? 'ok  ' : 'FAIL'}  ${oneLine(line)}\n`;
    if (ok) terminal.stdout(marked);
    else terminal.stderr(marked);
  };
  const head = (name: string): void => terminal.stdout(`${oneLine(name)}\n`);
  if (email !== null) {
    head(email.name);
    const { testEmail } = await import('../outputs/email/test-email.ts');
    isGood = (await testEmail(email, env, say, undefined, locale)) && isGood;
  }
  for (const webhook of webhooks) {
    head(webhook.name);
    const { testWebhook } = await import('../outputs/webhooks/webhook-channel.ts');
    isGood = (await testWebhook(webhook, env, say, locale)) && isGood;
  }
  return isGood ? 0 : 3;
}

function newest(folder: string, words: SendWords): { readonly report: Report; readonly files: FactsFiles } {
  const found = readFactsText(folder);
  if (!found.ok) {
    throw deliveryUsage(
      found.code === 'ENOENT' ? words.noReport(folder) : words.unreadable(found.path, found.code),
    );
  }
  const decoded = decodeFacts(found.text, makeCleaner(), tool.version);
  const read = decoded.ok && !isWhole(decoded.report) ? ({ ok: false, why: 'damaged' } as const) : decoded;
  if (!read.ok)
    throw deliveryUsage(
      read.why === 'version'
        ? words.otherVersion(found.path, read.version, tool.version)
        : words.damaged(found.path),
    );
  const host = read.report.host?.name ?? null;
  if (host !== null && host !== hostname())
    throw deliveryUsage(words.otherHost(found.path, oneLine(host), hostname()));
  return read;
}

/** What is compared of it can be read; a damaged part elsewhere shows when the message is made. */
function isWhole(report: Report): boolean {
  try {
    return reportSummary(report)['schema'] === report.schema;
  } catch {
    return false;
  }
}

function below(folder: string, { html, json, md }: FactsFiles): FactsFiles {
  const path = (file: string | null): string | null => (file === null ? null : join(resolve(folder), file));
  return { html: path(html), json: path(json), md: path(md) };
}
