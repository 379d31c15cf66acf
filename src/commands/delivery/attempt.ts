import type { Parcel, Sent } from '../../model/delivery.ts';
import type { Channel } from '../../outputs/channel.ts';

/** One try of one message. A message that was too large, and is smaller now, goes at once: it need not wait for the next run. */
export async function attempt(channel: Channel, parcel: Parcel): Promise<Sent> {
  const sent = await tried(channel, parcel);
  const isLighter =
    !sent.ok &&
    sent.problem.code === 'size' &&
    sent.rest !== null &&
    sent.rest.body.length < parcel.body.length;
  return !isLighter || sent.rest === null ? sent : tried(channel, sent.rest);
}

/** A channel does not throw; if one does, the others still get their message and this one is kept. */
async function tried(channel: Channel, parcel: Parcel): Promise<Sent> {
  try {
    return await channel.send(parcel);
  } catch (error) {
    // Its text may hold an address with a secret in it.
    const words = error instanceof Error ? error.name : 'error';
    return { ok: false, problem: { code: 'failed', words }, rest: parcel };
  }
}

/**
 * Nothing gets through while these last. A time-out is not among them: it may be of one big message, which must not keep
 * all later ones back.
 */
const blocking = [
  'dns',
  'refused',
  'unreachable',
  'protocol',
  'tls',
  'login',
  'sender',
  'sendmail',
  'settings',
  'server',
  'clock',
];

export const isBlocking = (code: string): boolean => blocking.includes(code);
