import type { DeliveryProblem, WebhookSettings } from '../../model/delivery.ts';
import { type Failure, post } from '../post.ts';
import { readAccess } from './access.ts';
import { mayPass, problemOf } from './problem.ts';
import type { Access, Meaning, Payload, Vendor } from './vendor.ts';

/** One request may take so long, and all of them together: a cron run has to end. */
export const requestMs = 10_000;
export const overallMs = 60_000;
/** A vendor's wish to wait is granted once, when it is short. */
const longestWaitMs = 20_000;
/** After the full or half hour: this much is open to chance (Feishu: avoid 10:00, 17:30 and the like, or error 11232). */
const fullHourMs = 60_000;
const jitterMs = 15_000;

/** Clock and chance, for tests to hold still. */
export interface Tools {
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /** From 0 to 1. */
  readonly chance: () => number;
}

export const realTools: Tools = {
  now: Date.now,
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  chance: Math.random,
};

export type Delivered =
  | { readonly ok: true }
  /** `arrived`: how many did. `rest`: what is still to be sent; empty = trying again is no use. */
  | {
      readonly ok: false;
      readonly problem: DeliveryProblem;
      readonly arrived: number;
      readonly rest: readonly Payload[];
    };

type Environment = { readonly [name: string]: string | undefined };

/** Sends the messages one after the other, at the vendor's pace; what is not sent is given back. Never throws. */
export async function deliverParts(
  settings: WebhookSettings,
  vendor: Vendor,
  env: Environment,
  {
    parts,
    id,
    isTest,
  }: { readonly parts: readonly Payload[]; readonly id: string; readonly isTest: boolean },
  tools: Tools = realTools,
): Promise<Delivered> {
  const read = await readAccess(settings, vendor, env);
  // The settings can be mended: the message waits for it.
  if (!read.ok) return { ok: false, problem: read.problem, arrived: 0, rest: parts };
  const { access } = read;
  if (vendor.avoidsFullHours && !isTest && tools.now() % (30 * 60_000) < fullHourMs)
    await tools.wait(Math.round(tools.chance() * jitterMs));
  const until = tools.now() + overallMs;
  for (const [index, part] of parts.entries()) {
    if (index > 0) await tools.wait(vendor.paceMs);
    const failed = await sendPart(vendor, access, part, partId(id, index, parts.length), until, tools);
    if (failed === null) continue;
    const problem = problemOf(settings, vendor, failed.meaning, failed.said, access);
    return { ok: false, problem, arrived: index, rest: mayPass(failed.meaning) ? parts.slice(index) : [] };
  }
  return { ok: true };
}

const partId = (id: string, index: number, of: number): string => (of === 1 ? id : `${id}-${index + 1}`);

interface Refusal {
  readonly meaning: Meaning | Failure;
  readonly said: string;
}

/** Once, and once more where the vendor asks to wait a moment. null = it arrived. */
async function sendPart(
  vendor: Vendor,
  access: Access,
  part: Payload,
  id: string,
  until: number,
  tools: Tools,
): Promise<Refusal | null> {
  for (let attempt = 1; ; attempt += 1) {
    const left = until - tools.now();
    if (left <= 0) return { meaning: 'timed-out', said: '' };
    // Signed now, not when the message was made: it may have waited for days.
    const request = vendor.request(part, access, tools.now(), id);
    const posted = await post(request, Math.min(requestMs, left));
    if (!posted.ok) return { meaning: posted.failure, said: posted.reason };
    const reading = vendor.read(posted.answer);
    if (reading.ok) return null;
    const { meaning, said, retryAfterMs } = reading;
    const mayWait =
      meaning === 'rate-limit' &&
      attempt === 1 &&
      retryAfterMs !== null &&
      retryAfterMs <= longestWaitMs &&
      tools.now() + retryAfterMs < until;
    if (!mayWait) return { meaning, said };
    await tools.wait(retryAfterMs);
  }
}
