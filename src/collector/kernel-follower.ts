import type { Cleaner } from '../gather/clean.ts';
import { ownWords } from '../gather/clean.ts';
import type { oomReader } from '../gather/oom/oom-reader.ts';
import type { Host } from '../host/host.ts';
import type { KernelTail } from '../host/kmsg.ts';
import type { OomKill } from '../model/oom.ts';

/** A kill as the kernel log has it: number of the first record that names its victim, and of the last one. */
export interface NumberedKill {
  readonly sequence: number;
  readonly lastSequence: number;
  readonly kill: OomKill;
}

/** What one look at the kernel log brought: kills that no look before has brought. */
export interface KernelNews {
  readonly kills: readonly NumberedKill[];
  /** Records were overwritten before they were read. */
  readonly lost: boolean;
}

/** At one look; what is left waits in the kernel's buffer. */
const lookBytes = 16 * 1024 * 1024;
/** A dump of a host with four thousand processes. */
const heldChars = 512 * 1024;
/** Something that could be part of a kill's report; the last is a row of its table of tasks. */
const signs = /oom|Out of memory|[Kk]illed process|emory cgroup|SysRq|;\[ *\d+\] +\d+ +\d+ +\d+/;
const begin = 'invoked oom-killer';
const record = /^\d+,(\d+),/;
const victim = /\boom-kill:.*,pid=(\d+)|\b[Kk]illed process (\d+)/;
/** So many numbers of kills are remembered, so that none is told twice. */
const toldKills = 1000;

/**
 * Follows /dev/kmsg. A kill takes some 80 records, from `invoked oom-killer` to `Killed process`, and may be met half
 * written: records are held from its first sign on, read anew with what the next look brings, and let go when a look
 * brings no more of it.
 */
export class KernelFollower {
  private readonly host: Host;
  private readonly clean: () => Cleaner;
  private readonly tail: KernelTail;
  private readonly after: number | null;
  private readonly told = new Set<number>();
  private held = '';
  /** True while records come that an earlier run has read. */
  private isOld: boolean;

  /** @param after the number of the last record of this boot that an earlier run has done with; null = none. */
  constructor(host: Host, clean: () => Cleaner, tail: KernelTail, after: number | null) {
    this.host = host;
    this.clean = clean;
    this.tail = tail;
    this.after = after;
    this.isOld = after !== null;
  }

  /** Loads the code that reads kills once there is something to read. */
  async look(): Promise<KernelNews> {
    const kills: NumberedKill[] = [];
    let lost = false;
    let bytes = 0;
    let isSign = false;
    for (let more = true; more && bytes < lookBytes; ) {
      const piece = this.tail.read();
      more = piece.more;
      lost ||= piece.lost;
      bytes += piece.text.length;
      if (piece.text.length === 0) continue;
      const fresh = this.freshOf(piece.text.toString('latin1'));
      const hasSign = signs.test(fresh);
      isSign ||= hasSign;
      if (!hasSign && this.held === '') continue;
      this.held = (this.held + fresh).slice(-heldChars);
      this.takeKills((await import('./kill-code.ts')).oomReader, kills, false);
      // Kills that follow may belong to the newest dump; those before it are done with.
      const newest = this.held.lastIndexOf(begin);
      if (newest > 0) this.held = this.held.slice(this.held.lastIndexOf('\n', newest) + 1);
    }
    if (!isSign && this.held !== '') {
      this.takeKills((await import('./kill-code.ts')).oomReader, kills, true);
      this.held = '';
    }
    return { kills, lost };
  }

  /** Records of a kill that may not be whole are held. */
  get isWaiting(): boolean {
    return this.held !== '';
  }

  close(): void {
    this.tail.close();
  }

  /** Without what an earlier run has read. Lines without a head belong to the record above (` SUBSYSTEM=…`). */
  private freshOf(text: string): string {
    if (!this.isOld || this.after === null) return text;
    for (let at = 0; at < text.length; ) {
      const number = record.exec(text.slice(at, at + 40))?.[1];
      if (number !== undefined && Number(number) > this.after) {
        this.isOld = false;
        return text.slice(at);
      }
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end + 1;
    }
    return '';
  }

  /** Of what is held. A kill without its kill line may get it with the next look: it waits, unless this is the last. */
  private takeKills(makeReader: typeof oomReader, into: NumberedKill[], isLast: boolean): void {
    for (const kill of this.killsIn(makeReader, this.held)) {
      if (this.told.has(kill.sequence) || this.told.has(kill.lastSequence)) continue;
      if (kill.kill.evidence !== 'kill-line' && !isLast) continue;
      this.told.add(kill.sequence).add(kill.lastSequence);
      into.push(kill);
    }
    for (const number of this.told) {
      if (this.told.size <= toldKills) break;
      this.told.delete(number);
    }
  }

  private killsIn(makeReader: typeof oomReader, text: string): readonly NumberedKill[] {
    const now = this.host.now();
    const clock = {
      bootedAtMs: now - this.host.monotonicMs(),
      utcOffsetMinutes: this.host.utcOffsetMinutes(now),
      now,
    };
    const reader = makeReader(ownWords('/dev/kmsg'), this.clean(), clock);
    const numbers = new Map<string, { first: number; last: number }>();
    for (const line of text.split('\n')) {
      reader.line(line);
      const match = victim.exec(line);
      const pid = match?.[1] ?? match?.[2];
      const number = record.exec(line)?.[1];
      if (pid === undefined || number === undefined) continue;
      numbers.set(pid, { first: numbers.get(pid)?.first ?? Number(number), last: Number(number) });
    }
    return reader.end().kills.flatMap((kill) => {
      const found = numbers.get(String(kill.pid));
      return found === undefined ? [] : [{ sequence: found.first, lastSequence: found.last, kill }];
    });
  }
}
