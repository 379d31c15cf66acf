import { createHash } from 'node:crypto';
import type { Parcel, Sent, WebhookSettings } from '../../model/delivery.ts';
import type { Locale } from '../../model/text.ts';
import { chatDigest } from '../../report/chat/digest.ts';
import { fillParts } from '../../report/chat/fill.ts';
import { noticeJson } from '../../report/chat/notice.ts';
import type { Channel, Delivery } from '../channel.ts';
import { deliverParts, realTools, type Tools } from './deliver-parts.ts';
import { readParts, writeBody } from './parcel-body.ts';
import { addressWords } from './problem-words.ts';
import type { Payload, Vendor } from './vendor.ts';
import { vendorOf } from './vendors.ts';
import type { MadeWebhook } from './webhook-channel.ts';

type Environment = { readonly [name: string]: string | undefined };

/**
 * The channel itself: composes for one vendor in the language of its settings, and sends what was composed. Problems are
 * told in `shown`, the language of whoever reads the terminal.
 */
export async function openWebhook(
  settings: WebhookSettings,
  env: Environment,
  tools: Tools = realTools,
  shown: Locale = settings.locale,
): Promise<MadeWebhook> {
  const vendor = await vendorOf(settings.kind);
  const { kind, name } = settings;
  const told = { ...settings, locale: shown };
  if (kind === 'telegram' && settings.chat === null) {
    const words = addressWords[shown]('no-chat', vendor.name[shown], name);
    return { ok: false, problem: { code: 'settings', words } };
  }
  const channel: Channel = {
    settings,
    compose: (delivery) => {
      const body = writeBody({ kind, parts: partsOf(delivery, settings, vendor) });
      return { id: idOf(delivery, settings, body), body };
    },
    send: async (parcel): Promise<Sent> => {
      const parts = readParts(parcel.body, kind);
      if (parts === null) {
        const words = addressWords[shown]('other-kind', vendor.name[shown], name);
        return { ok: false, problem: { code: 'settings', words }, rest: null };
      }
      const done = await deliverParts(told, vendor, env, { parts, id: parcel.id, isTest: false }, tools);
      if (done.ok) return { ok: true, to: name };
      const rest: Parcel | null =
        done.rest.length === 0
          ? null
          : done.rest.length === parts.length
            ? parcel
            : { id: parcel.id, body: writeBody({ kind, parts: done.rest }) };
      // Whoever has the first messages has what matters most: not again at each run.
      return { ok: false, problem: done.problem, rest, ...(done.arrived > 0 ? { partly: true } : {}) };
    },
  };
  return { ok: true, channel };
}

function partsOf(
  { report, words, occasion, files }: Delivery,
  { kind, locale }: WebhookSettings,
  vendor: Vendor,
): readonly Payload[] {
  if (kind === 'json') return [noticeJson(report, locale, words, occasion, files)];
  const digest = chatDigest(report, locale, words, occasion, files);
  return fillParts(digest, (part) => vendor.fits(vendor.payload(part, digest))).map((part) =>
    vendor.payload(part, digest),
  );
}

/** The same for the same message, and fit for a header. */
function idOf({ report }: Delivery, { name }: WebhookSettings, body: string): string {
  const hash = createHash('sha256').update(`${name}\n${body}`).digest('hex');
  return `${report.takenAt.toString(36)}-${hash.slice(0, 16)}`;
}
