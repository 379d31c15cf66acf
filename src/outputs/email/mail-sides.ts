import type { EmailSettings } from '../../model/delivery.ts';
import { type MailAddress, ownAddress, readAddress } from './mail-address.ts';
import { channelWords } from './mail-channel-words.ts';
import { type Environment, type Read, readPlace } from './smtp-account.ts';

export interface MailSides {
  readonly from: MailAddress;
  readonly to: readonly MailAddress[];
}

/** Who sends and who gets the mail of these settings. Sender: the settings', else the login, else this host's own address. */
export async function mailSides(settings: EmailSettings, env: Environment): Promise<Read<MailSides>> {
  const { locale, transport } = settings;
  const isLocal = transport.kind === 'sendmail';
  const to: MailAddress[] = [];
  for (const text of settings.to) {
    const address = readAddress(text, isLocal);
    if (address === null) return refused(channelWords[locale].address('email.to', text));
    if (!to.some((one) => one.address === address.address)) to.push(address);
  }
  if (to.length === 0) return refused(channelWords[locale].nobody);
  let sender = settings.from;
  if (transport.kind !== 'sendmail' && sender === null) {
    const place = await readPlace(transport, env, locale);
    if (!place.ok) return place;
    sender = place.value.user?.includes('@') ? place.value.user : null;
  }
  const from = readAddress(sender ?? ownAddress(), isLocal);
  if (from === null) return refused(channelWords[locale].address('email.from', sender ?? ''));
  return { ok: true, value: { from, to } };
}

function refused(words: string): Read<never> {
  return { ok: false, problem: { code: 'settings', words } };
}
