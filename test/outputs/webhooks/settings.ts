import type { WebhookKind, WebhookSettings } from '../../../src/model/delivery.ts';
import type { Tools } from '../../../src/outputs/webhooks/deliver-parts.ts';
import { chat, keys, pathOf, secret } from './vendor-server.ts';

/** A webhook as a user sets it, with address and secret in the environment. */
export function settingsOf(kind: WebhookKind, over: Partial<WebhookSettings> = {}): WebhookSettings {
  const isSigned = kind === 'dingtalk' || kind === 'feishu' || kind === 'json' || kind === 'telegram';
  return {
    name: `ops-${kind}`,
    kind,
    sendOn: 'P1',
    reminderDays: 7,
    locale: 'en',
    url: { env: 'HOOK_URL' },
    secret: isSigned ? { env: 'HOOK_SECRET' } : null,
    chat: kind === 'telegram' ? chat : null,
    ...over,
  };
}

export function envOf(kind: WebhookKind, origin: string): { readonly [name: string]: string } {
  return {
    HOOK_URL: `${origin}${pathOf[kind]}`,
    HOOK_SECRET: kind === 'telegram' ? keys.telegram : secret,
  };
}

/** No time passes but on paper; chance is a half. */
export function stillTools(startMs = Date.now()): Tools & { readonly waits: number[] } {
  const waits: number[] = [];
  return {
    waits,
    now: () => startMs + waits.reduce((sum, ms) => sum + ms, 0),
    wait: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
    chance: () => 0.5,
  };
}
