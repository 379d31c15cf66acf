import type { Cleaner } from '../gather/clean.ts';
import { ownWords } from '../gather/clean.ts';
import { oomReader } from '../gather/oom/oom-reader.ts';
import type { Host } from '../host/host.ts';
import type { KernelTail } from '../host/kmsg.ts';
import type { OomKill } from '../model/oom.ts';

/** A kill as the kernel log has it, with the number of the record that tells it. */
export interface NumberedKill {
  readonly sequence: number;
  readonly kill: OomKill;
}

/** What one look at the kernel log brought. */
export interface KernelNews {
  readonly kills: readonly NumberedKill[];
  /** Number of the newest record read; null = none yet. */
  readonly sequence: number | null;
  /** Records were overwritten before they were read. */
  readonly lost: boolean;
}

const readBytes = 16 * 1024 * 1024;
/** A dump of a host with two thousand processes. */
const heldChars = 512 * 1024;
/** Something that could be part of a kill's report. */
const signs = /oom|Out of memory|[Kk]illed process|emory cgroup|SysRq/;
const record = /^\d+,(\d+),/;

/**
 * Follows /dev/kmsg. A kill takes some 80 records, from `invoked oom-killer` to `Killed process`, and may be met half
 * written: records are held from its first sign on, read anew with each look, and let go when a look brings no more of
 * it. A kill that is read again keeps its number, so the store takes it once.
 */
export class KernelFollower {
  private readonly host: Host;
  private readonly clean: () => Cleaner;
  private readonly tail: KernelTail;
  private held = '';
  private newest: number | null;

  /** @param after the number of the newest record of this boot that an earlier run has read; null = none. */
  constructor(host: Host, clean: () => Cleaner, tail: KernelTail, after: number | null) {
    this.host = host;
    this.clean = clean;
    this.tail = tail;
    this.newest = after;
  }

  look(): KernelNews {
    const { text, lost } = this.tail.read(readBytes);
    if (text.length === 0) {
      this.held = '';
      return { kills: [], sequence: this.newest, lost };
    }
    const fresh = this.freshOf(text.toString('utf8'));
    const isSign = signs.test(fresh);
    if (!isSign && this.held === '') return { kills: [], sequence: this.newest, lost };
    this.held = (this.held + fresh).slice(-heldChars);
    const kills = this.killsIn(this.held);
    if (!isSign) this.held = '';
    return { kills, sequence: this.newest, lost };
  }

  close(): void {
    this.tail.close();
  }

  /** Without what an earlier run has read. Lines without a head belong to the record above (` SUBSYSTEM=…`). */
  private freshOf(text: string): string {
    const after = this.newest;
    let from = 0;
    let isOld = after !== null;
    for (let at = 0; at < text.length; ) {
      const end = text.indexOf('\n', at);
      const stop = end < 0 ? text.length : end + 1;
      const number = record.exec(text.slice(at, at + 40))?.[1];
      if (number !== undefined) {
        this.newest = Number(number);
        if (isOld && after !== null && this.newest > after) {
          isOld = false;
          from = at;
        }
      }
      at = stop;
    }
    if (isOld) {
      this.newest = after;
      return '';
    }
    return text.slice(from);
  }

  private killsIn(text: string): readonly NumberedKill[] {
    const now = this.host.now();
    const clock = {
      bootedAtMs: now - this.host.monotonicMs(),
      utcOffsetMinutes: this.host.utcOffsetMinutes(now),
      now,
    };
    const reader = oomReader(ownWords('/dev/kmsg'), this.clean(), clock);
    const numbers = new Map<string, number>();
    for (const line of text.split('\n')) {
      reader.line(line);
      const pid = /(?:[Kk]illed process |pid=)(\d+)/.exec(line)?.[1];
      const number = record.exec(line)?.[1];
      if (pid !== undefined && number !== undefined) numbers.set(pid, Number(number));
    }
    return reader.end().kills.flatMap((kill) => {
      const sequence = numbers.get(String(kill.pid));
      return sequence === undefined ? [] : [{ sequence, kill }];
    });
  }
}
