import { describe, expect, it } from 'vitest';
import { KernelFollower } from '../../src/collector/kernel-follower.ts';
import { makeCleaner } from '../../src/gather/clean.ts';
import type { KernelTail } from '../../src/host/kmsg.ts';
import { realHost } from '../../src/host/real.ts';

/** The records of one kill, numbered from `first`; the table has `rows` tasks. */
function dump(first: number, pid: number, rows = 3): readonly string[] {
  let number = first;
  const line = (text: string): string => `4,${number++},${number * 1000},-;${text}\n`;
  return [
    line('node invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0'),
    line('memory: usage 102400kB, limit 102400kB, failcnt 42'),
    line('Tasks state (memory values in pages):'),
    line('[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name'),
    ...Array.from({ length: rows }, (_, row) =>
      line(
        `[${String(row === 0 ? pid : 9000 + row).padStart(7)}]     0  ${9000 + row}   150000    25000   500000        0             0 node`,
      ),
    ),
    line(
      `oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/g,task_memcg=/g,task=node,pid=${pid},uid=0`,
    ),
    line(
      `Memory cgroup out of memory: Killed process ${pid} (node) total-vm:600000kB, anon-rss:100000kB, file-rss:2000kB, shmem-rss:0kB, UID:0 pgtables:500kB oom_score_adj:0`,
    ),
  ];
}

/** A kernel log that hands out what is put in, one entry a read. */
class Tail implements KernelTail {
  readonly waiting: string[] = [];
  read(): ReturnType<KernelTail['read']> {
    const text = this.waiting.shift() ?? '';
    return { text: Buffer.from(text, 'latin1'), lost: false, more: text !== '' && this.waiting[0] !== '' };
  }
  close(): void {}
}

function follower(after: number | null = null) {
  const tail = new Tail();
  const clean = makeCleaner();
  const made = new KernelFollower(realHost(), () => clean, tail, after);
  /** Each part is what one look finds; the numbers of the kills each brought. */
  const looks = async (...parts: readonly string[]) => {
    const told: (readonly (readonly number[])[])[] = [];
    for (const part of parts) {
      tail.waiting.push(part, '');
      const { kills } = await made.look();
      tail.waiting.length = 0;
      told.push(kills.map(({ sequence, kill }) => [sequence, kill.pid ?? 0]));
    }
    return told;
  };
  return { tail, made, looks };
}

describe('the kernel log', () => {
  it('tells a kill once, however it is cut into looks', async () => {
    const records = dump(100, 4711);
    const other = '6,200,1,-;eth0: link up\n';
    for (let cut = 0; cut <= records.length; cut += 1) {
      const { looks } = follower();
      const told = await looks(records.slice(0, cut).join(''), records.slice(cut).join(''), other, other);
      expect(told.flat(), `cut at ${cut}`).toEqual([[107, 4711]]);
    }
  });

  it('keeps a dump that comes slowly together', async () => {
    const { looks } = follower();
    expect((await looks(...dump(100, 4711, 40))).flat()).toEqual([[144, 4711]]);
  });

  it('reads a kernel buffer in pieces, each kill once and in order', async () => {
    const { tail, made } = follower();
    const text = Array.from({ length: 60 }, (_, index) => dump(index * 100, 5000 + index, 50).join('')).join(
      '',
    );
    for (let at = 0; at < text.length; ) {
      const end = text.indexOf('\n', at + 60_000) + 1 || text.length;
      tail.waiting.push(text.slice(at, end));
      at = end;
    }
    const { kills } = await made.look();
    expect(kills.map(({ kill }) => kill.pid)).toEqual(Array.from({ length: 60 }, (_, index) => 5000 + index));
    expect(new Set(kills.map(({ sequence }) => sequence)).size).toBe(60);
    expect(kills[59]?.kill.tasks.length).toBe(50);
    expect(kills[59]?.kill.oomMemcg).toBe('/g');
  });

  it('goes on after the kill of an earlier run, by its last record', async () => {
    const text = [...dump(100, 1), ...dump(200, 2)].join('');
    const first = follower().made;
    expect((await first.look()).kills).toEqual([]);
    expect(await follower(108).looks(text)).toEqual([[[207, 2]]]);
    expect(await follower(208).looks(text, ...dump(300, 3))).toEqual([
      [],
      ...Array.from({ length: 8 }, () => []),
      [[307, 3]],
    ]);
  });

  it('keeps the group of a kill of a whole group, where each has its own line', async () => {
    const second = `4,109,1,-;Memory cgroup out of memory: Killed process 4712 (node) total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:5kB oom_score_adj:0\n`;
    const { looks } = follower();
    expect(await looks(dump(100, 4711).join(''), second)).toEqual([[[107, 4711]], [[109, 4712]]]);
  });
});
