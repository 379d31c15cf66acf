import type { Config } from '../../config.ts';
import { deliverySettings } from '../../delivery-settings.ts';
import type { Locale } from '../../model/text.ts';
import { UsageError } from '../../usage-error.ts';

type Env = { readonly [name: string]: string | undefined };

export interface DeliveryCheck {
  readonly config: Config | null;
  /** `--email TO`; null = as configured, or no mail. */
  readonly emailTo: string | null;
  /** The mail, all channels, or neither. */
  readonly ways: 'none' | 'email' | 'all';
  /** What the run will have. */
  readonly jobEnv: Env;
  /** What this shell has beside it. */
  readonly env: Env;
  readonly locale: Locale;
}

/**
 * Would the run find its channels? Asked now, with the settings' own rules and the run's own variables: at eight in the
 * morning nobody reads the answer. Gives the names of variables that only this shell has; throws UsageError when there is
 * nothing to deliver by in either.
 */
export function checkDelivery(check: DeliveryCheck): readonly string[] {
  const { config, ways, jobEnv, env } = check;
  const names = secretNames(config, env).filter((name) => jobEnv[name] === undefined);
  if (ways !== 'none' && !hasChannel(check, { ...env, ...jobEnv }))
    throw new UsageError(
      ways === 'email'
        ? '--email: names nobody, and the settings have no "email". Give an address, or write "email" into the settings file.'
        : '--send: the settings name no channel. Write "email" or "webhooks" into the settings file, or use --email TO.',
    );
  return names;
}

/** True when the run itself would find one, without this shell. */
export function findsChannel(check: DeliveryCheck): boolean {
  if (check.ways === 'none') return true;
  try {
    return hasChannel(check, check.jobEnv);
  } catch {
    return false;
  }
}

function hasChannel({ config, emailTo, ways, locale }: DeliveryCheck, env: Env): boolean {
  const { email, webhooks, ping } = config ?? {};
  const settings = deliverySettings(
    { email, webhooks, ping, prom: undefined },
    { emailTo, sendOn: null },
    env,
    locale,
  );
  return settings.email !== null || (ways === 'all' && settings.webhooks.length > 0);
}

/** Names, never values: `{"env": NAME}` anywhere in the settings, and our own variables that are set now. */
function secretNames(config: Config | null, env: Env): readonly string[] {
  const names = new Set(Object.keys(env).filter((name) => /^PM2_AUDIT_(?!WARM_UP$|PINGED$)\w+$/.test(name)));
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'env' && typeof inner === 'string') names.add(inner);
      else look(inner);
    }
  };
  look([config?.email, config?.webhooks, config?.ping]);
  return [...names].sort();
}
