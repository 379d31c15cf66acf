import { randomBytes } from 'node:crypto';
import type { DeliveryProblem } from '../../model/delivery.ts';
import type { EpochMs, Json } from '../../model/text.ts';
import type { Channel } from '../../outputs/channel.ts';
import { settingsMark } from './kept-message.ts';
import type { Memory } from './memory.ts';

/**
 * A login that was refused is not tried again for so long: a run every five minutes would make twelve failed logins an
 * hour, and providers lock accounts for less. Our own rule.
 */
export const loginHoldMs = 30 * 60_000;

/** Until when a refused login rests, and why it was refused. */
export interface LoginHold {
  readonly at: EpochMs;
  readonly problem: DeliveryProblem;
}

/** It is remembered beside what was told; the scopes of that are JSON lists. */
const scope = 'login';

export const isLoginRefused = ({ code }: DeliveryProblem): boolean => code === 'login';

/** null = the login may be tried: none was refused of late, or settings or secret are others since, or the clock was set back. */
export async function heldLogin(channel: Channel, memory: Memory, now: EpochMs): Promise<LoginHold | null> {
  const held = read(memory.told(channel.settings.name, scope));
  if (held === null) return null;
  const agoMs = now - held.at;
  if (agoMs < 0 || agoMs >= loginHoldMs || held.settings !== markOf(channel)) return null;
  if (held.secret !== ((await channel.secretMark?.(held.salt)) ?? null)) return null;
  return { at: held.at, problem: { code: 'login', words: held.words } };
}

/** Remembers the refusal, with a salted hash of the secret: never the secret itself. */
export async function holdLogin(
  channel: Channel,
  memory: Memory,
  now: EpochMs,
  problem: DeliveryProblem,
): Promise<LoginHold> {
  const salt = randomBytes(16).toString('hex');
  const secret = (await channel.secretMark?.(salt)) ?? null;
  const { name } = channel.settings;
  const settings = markOf(channel);
  memory.remember(name, scope, { at: now, settings, salt, secret, words: problem.words }, now);
  return { at: now, problem };
}

/** The login works: nothing rests any more. */
export function forgetHold({ settings }: Channel, memory: Memory, now: EpochMs): void {
  if (memory.told(settings.name, scope) !== null) memory.remember(settings.name, scope, null, now);
}

/** The language may come from whoever runs it, cron or a shell; a login is the same in all. */
const markOf = ({ settings }: Channel): string => settingsMark({ ...settings, locale: 'en' });

function read(json: Json | null) {
  if (
    typeof json !== 'object' ||
    json === null ||
    !('at' in json && 'settings' in json && 'salt' in json && 'secret' in json && 'words' in json)
  )
    return null;
  const { at, settings, salt, secret, words } = json;
  return typeof at === 'number' &&
    typeof settings === 'string' &&
    typeof salt === 'string' &&
    typeof words === 'string'
    ? { at, settings, salt, secret, words }
    : null;
}
