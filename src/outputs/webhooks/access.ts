import type { DeliveryProblem, WebhookSettings } from '../../model/delivery.ts';
import { readSecret } from '../secret.ts';
import { addressWords, type Unusable } from './problem-words.ts';
import type { Access, Vendor } from './vendor.ts';

export type ReadAccess =
  | { readonly ok: true; readonly access: Access }
  | { readonly ok: false; readonly problem: DeliveryProblem };

type Environment = { readonly [name: string]: string | undefined };

/** Reads address and secret from where the settings say they stand, and looks whether they can be used. */
export async function readAccess(
  settings: WebhookSettings,
  vendor: Vendor,
  env: Environment,
): Promise<ReadAccess> {
  const { locale } = settings;
  const unusable = (what: Unusable): ReadAccess => ({
    ok: false,
    problem: { code: 'settings', words: addressWords[locale](what, vendor.name[locale], settings.name) },
  });
  const address =
    'plain' in settings.url
      ? { ok: true as const, value: settings.url.plain }
      : await readSecret(settings.url, env, locale);
  if (!address.ok) return { ok: false, problem: address.problem };
  const url = urlOf(address.value.trim());
  if (url === null) return unusable('not-url');
  if (
    url.protocol !== 'https:' &&
    !(url.protocol === 'http:' && (isLoopback(url) || settings.kind === 'json'))
  )
    return unusable('not-https');
  const secret = settings.secret === null ? null : await readSecret(settings.secret, env, locale);
  if (secret?.ok === false) return { ok: false, problem: secret.problem };
  const access: Access = { url, secret: secret === null ? null : secret.value.trim(), chat: settings.chat };
  const lack = vendor.lacks(access);
  return lack === null ? { ok: true, access } : unusable(lack === 'chat' ? 'no-chat' : 'no-token');
}

function urlOf(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** This host itself: nothing passes a wire. */
function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
