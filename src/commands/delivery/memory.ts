import {
  type Claim,
  type Deliveries,
  openDeliveries,
  type QueuedParcel,
  type Refusal,
} from '../../history/deliveries.ts';
import { findDriver } from '../../history/driver.ts';
import { HistoryProblem } from '../../history/problem.ts';
import type { Parcel } from '../../model/delivery.ts';
import type { EpochMs, Json } from '../../model/text.ts';
import type { ToldFile } from '../../outputs/told-file.ts';

/** The outbox and what was told, as a run uses them: a store that cannot be had, or fails in between, never fails the run. */
export interface Memory {
  told(channel: string, scope: string): Json | null;
  remember(channel: string, scope: string, told: Json, at: EpochMs): void;
  queue(channel: string): readonly QueuedParcel[];
  /** How many had to go for it; null = it could not be kept. */
  enqueue(
    channel: string,
    parcel: Parcel,
    at: EpochMs,
    note: Json,
    instead: readonly string[],
  ): number | null;
  replace(channel: string, id: string, rest: Parcel, note: Json): void;
  remove(channel: string, id: string): void;
  delivered(channel: string, id: string, at: EpochMs, told: { scope: string; state: Json } | null): void;
  refusal(channel: string): Refusal | null;
  refuse(channel: string, id: string, refusal: Refusal): void;
  dropOld(channel: string, now: EpochMs): number;
  claim(channel: string, now: EpochMs): Claim;
  release(channel: string): void;
  close(): void;
}

/**
 * `onProblem` is told once, the first thing that went wrong. `spare`: what was told is remembered there while the store
 * cannot be had.
 */
export async function openMemory(
  path: string,
  onProblem: (words: string) => void,
  spare: ToldFile | null = null,
): Promise<Memory> {
  let store: Deliveries | null = null;
  let hasSaid = false;
  const fail = (error: unknown): void => {
    if (!(error instanceof HistoryProblem)) throw error;
    if (!hasSaid) onProblem(error.message);
    hasSaid = true;
  };
  try {
    store = openDeliveries(await findDriver(), path);
  } catch (error) {
    fail(error);
  }
  const ask = <T>(work: (store: Deliveries) => T, otherwise: T): T => {
    if (store === null) return otherwise;
    try {
      return work(store);
    } catch (error) {
      fail(error);
      return otherwise;
    }
  };
  /** The same, with `instead` where the store fails. */
  const askOr = <T>(work: (store: Deliveries) => T, instead: () => T): T => {
    const found = ask<{ readonly value: T } | null>((store) => ({ value: work(store) }), null);
    return found === null ? instead() : found.value;
  };
  return {
    // Both: a store on a full disk is read and not written.
    told: (channel, scope) =>
      later(
        ask((store) => store.told(channel, scope), null),
        spare?.told(channel, scope) ?? null,
      ),
    remember: (channel, scope, told, at) =>
      askOr(
        (store) => store.remember(channel, scope, told, at),
        () => spare?.remember(channel, scope, told),
      ),
    queue: (channel) => ask((store) => store.queue(channel), []),
    enqueue: (channel, parcel, at, note, instead) =>
      ask((store) => store.enqueue(channel, parcel, at, note, instead), null),
    replace: (channel, id, rest, note) => ask((store) => store.replace(channel, id, rest, note), undefined),
    remove: (channel, id) => ask((store) => store.remove(channel, id), undefined),
    delivered: (channel, id, at, told) =>
      askOr(
        (store) => store.delivered(channel, id, at, told),
        () => (told === null ? undefined : spare?.remember(channel, told.scope, told.state)),
      ),
    refusal: (channel) => ask((store) => store.refusal(channel), null),
    refuse: (channel, id, refusal) => ask((store) => store.refuse(channel, id, refusal), undefined),
    dropOld: (channel, now) => ask((store) => store.dropOld(channel, now), 0),
    claim: (channel, now) => ask((store) => store.claim(channel, now), { ok: true }),
    release: (channel) => ask((store) => store.release(channel), undefined),
    close: () => ask((store) => store.close(), undefined),
  };
}

/** Of two memories of one channel the one that was told later. */
function later(a: Json | null, b: Json | null): Json | null {
  return sentAt(b) > sentAt(a) || a === null ? b : a;
}

function sentAt(told: Json | null): number {
  const at = typeof told === 'object' && told !== null && 'sentAt' in told ? told['sentAt'] : null;
  return typeof at === 'number' ? at : Number.NEGATIVE_INFINITY;
}
