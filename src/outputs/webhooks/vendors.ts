import type { WebhookKind } from '../../model/delivery.ts';
import type { Vendor } from './vendor.ts';

const loaders: { readonly [K in WebhookKind]: () => Promise<Vendor> } = {
  slack: async () => (await import('./slack.ts')).slack,
  discord: async () => (await import('./discord.ts')).discord,
  teams: async () => (await import('./teams.ts')).teams,
  telegram: async () => (await import('./telegram.ts')).telegram,
  dingtalk: async () => (await import('./dingtalk.ts')).dingtalk,
  wecom: async () => (await import('./wecom.ts')).wecom,
  feishu: async () => (await import('./feishu.ts')).feishu,
  json: async () => (await import('./generic-json.ts')).genericJson,
};

/** Only the vendor that is used is loaded. */
export function vendorOf(kind: WebhookKind): Promise<Vendor> {
  return loaders[kind]();
}
