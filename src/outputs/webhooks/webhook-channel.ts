import type { DeliveryProblem, WebhookSettings } from '../../model/delivery.ts';
import type { Locale } from '../../model/text.ts';
import type { Channel } from '../channel.ts';

export type MadeWebhook =
  | { readonly ok: true; readonly channel: Channel }
  | { readonly ok: false; readonly problem: DeliveryProblem };

type Environment = { readonly [name: string]: string | undefined };

/**
 * The channel of one chat or webhook, or why there can be none. The code of a vendor is loaded only where its kind is
 * used. What it says of problems is in `shown`. Address and secret are read when a message is sent, so that a new one counts for what waits in the outbox as well.
 */
export async function makeWebhookChannel(
  settings: WebhookSettings,
  env: Environment,
  shown: Locale = settings.locale,
): Promise<MadeWebhook> {
  const { openWebhook } = await import('./open-webhook.ts');
  return openWebhook(settings, env, undefined, shown);
}

/**
 * Sends a short test message and tells each step: where it goes, whether the address and the secret can be read, what the
 * other side answered and what that means, in `shown`. True = the message arrived.
 */
export async function testWebhook(
  settings: WebhookSettings,
  env: Environment,
  say: (line: string, ok: boolean) => void,
  shown: Locale = settings.locale,
): Promise<boolean> {
  const { tryWebhook } = await import('./try-webhook.ts');
  return tryWebhook(settings, env, say, undefined, shown);
}
