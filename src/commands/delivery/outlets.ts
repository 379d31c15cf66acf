import type { ChannelSettings, DeliveryProblem, DeliverySettings } from '../../model/delivery.ts';
import type { Channel } from '../../outputs/channel.ts';

/** A channel of the settings, or why there can be none. */
export type Outlet =
  | { readonly ok: true; readonly settings: ChannelSettings; readonly channel: Channel }
  | { readonly ok: false; readonly settings: ChannelSettings; readonly problem: DeliveryProblem };

export type Env = { readonly [name: string]: string | undefined };

/** The channels in the order of the settings, mail first. The code of each kind is loaded only where one is used. */
export async function makeOutlets(settings: DeliverySettings, env: Env): Promise<readonly Outlet[]> {
  const outlets: Outlet[] = [];
  const { email, webhooks } = settings;
  if (email !== null) {
    const { makeEmailChannel } = await import('../../outputs/email/email-channel.ts');
    outlets.push({ settings: email, ...(await makeEmailChannel(email, env)) });
  }
  for (const webhook of webhooks) {
    const { makeWebhookChannel } = await import('../../outputs/webhooks/webhook-channel.ts');
    outlets.push({ settings: webhook, ...(await makeWebhookChannel(webhook, env)) });
  }
  return outlets;
}
