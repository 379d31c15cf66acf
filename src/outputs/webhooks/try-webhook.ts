import { hostname } from 'node:os';
import type { WebhookSettings } from '../../model/delivery.ts';
import type { Locale } from '../../model/text.ts';
import { digestWords } from '../../report/chat/digest-words.ts';
import type { Part } from '../../report/chat/fill.ts';
import { textLine } from '../../report/chat/lines.ts';
import { makeFmt } from '../../report/format.ts';
import { readAccess } from './access.ts';
import { deliverParts, realTools, type Tools } from './deliver-parts.ts';
import { testWords } from './problem-words.ts';
import { vendorOf } from './vendors.ts';

type Environment = { readonly [name: string]: string | undefined };

/** `send --test` for one webhook. See `testWebhook`. The lines are in `shown`, the message in the language of its settings. */
export async function tryWebhook(
  settings: WebhookSettings,
  env: Environment,
  say: (line: string, ok: boolean) => void,
  tools: Tools = realTools,
  shown: Locale = settings.locale,
): Promise<boolean> {
  const { kind, locale } = settings;
  const vendor = await vendorOf(kind);
  const name = vendor.name[shown];
  const words = testWords[shown];
  const told = { ...settings, locale: shown };
  const read = await readAccess(told, vendor, env);
  if (!read.ok) {
    say(read.problem.words, false);
    return false;
  }
  const { url, secret } = read.access;
  // With all of these vendors the key stands behind the host, never in it.
  say(words.address(name, url.host), true);
  if (kind === 'teams' && /(?:^|\.)(?:webhook|outlook)\.office(?:365)?\.com$/.test(url.hostname))
    say(words.retired, false);
  if (kind === 'dingtalk' || kind === 'feishu')
    say(secret === null ? words.unsigned(name) : words.signed, true);
  else if (kind === 'json' && secret !== null) say(words.signed, true);
  const host = hostname();
  const line = digestWords[locale](makeFmt(locale, 0));
  const part: Part = { title: `[pm2-audit] ${host}`, blocks: [[textLine(line.test(host))]] };
  const payload = vendor.payload(part, { verdict: 'healthy', locale });
  const id = `test-${tools.now().toString(36)}`;
  const done = await deliverParts(told, vendor, env, { parts: [payload], id, isTest: true }, tools);
  say(done.ok ? words.arrived(name) : done.problem.words, done.ok);
  return done.ok;
}
