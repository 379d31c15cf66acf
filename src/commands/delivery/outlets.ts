import type { ChannelSettings, DeliveryProblem, DeliverySettings } from '../../model/delivery.ts';
import type { Locale } from '../../model/text.ts';
import type { Channel } from '../../outputs/channel.ts';

/** A channel of the settings, or why there can be none. */
export type Outlet =
  | { readonly ok: true; readonly settings: ChannelSettings; readonly channel: Channel }
  | { readonly ok: false; readonly settings: ChannelSettings; readonly problem: DeliveryProblem };

export type Env = { readonly [name: string]: string | undefined };

/**
 * The channels in the order of the settings, mail first. The code of each kind is loaded only where one is used. What they
 * say of problems is in `locale`, the language of the run.
 */
export async function makeOutlets(
  settings: DeliverySettings,
  env: Env,
  locale: Locale,
): Promise<readonly Outlet[]> {
  const outlets: Outlet[] = [];
  const { email, webhooks } = settings;
  if (email !== null) {
    const { makeEmailChannel } = await import('../../outputs/email/email-channel.ts');
    outlets.push({ settings: email, ...(await makeEmailChannel(email, env, undefined, locale)) });
  }
  for (const webhook of webhooks) {
    const { makeWebhookChannel } = await import('../../outputs/webhooks/webhook-channel.ts');
    outlets.push({ settings: webhook, ...(await makeWebhookChannel(webhook, env, locale)) });
  }
  return outlets;
}
