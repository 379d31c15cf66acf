import type { WebhookKind } from '../../model/delivery.ts';
import { isRecord, type Payload, recordOf } from './vendor.ts';

/** What waits in the outbox: the messages of one digest that are still to be sent, in order. No address, no signature. */
export interface ParcelBody {
  readonly kind: WebhookKind;
  readonly parts: readonly Payload[];
}

const schema = 'pm2-audit.webhook/1';

export function writeBody({ kind, parts }: ParcelBody): string {
  return JSON.stringify({ schema, kind, parts });
}

/** The messages of a parcel for this kind of chat; null = it was made for another one, or is no parcel. */
export function readParts(body: string, kind: WebhookKind): readonly Payload[] | null {
  const record = recordOf(body);
  if (record === null || record['schema'] !== schema || record['kind'] !== kind) return null;
  const parts = record['parts'];
  return Array.isArray(parts) && parts.length > 0 && parts.every(isPayload) ? parts : null;
}

/** It was read from JSON, so all in it is JSON. */
const isPayload = (value: unknown): value is Payload => isRecord(value);
