import { describe, expect, it } from 'vitest';
import { groupKeeper, groupName, groupText } from '../../../src/derive/kills/group-name.ts';
import { summarizeKills } from '../../../src/derive/kills/kill-summary.ts';
import { fullEn, fullZh, whenEn, whenZh } from '../../../src/derive/kills/kill-words.ts';
import { attributed, c, hour, kill, now } from '../../factories.ts';
import { plainFmt } from '../../plain-fmt.ts';

const at = (...times: readonly number[]) =>
  summarizeKills(times.map((time) => attributed({ kill: kill({ at: time }) })));

describe('when kills happened', () => {
  it('says a time once where two print alike', () => {
    expect(whenEn(at(now, now + 1000), plainFmt)).toBe('twice on 2026-11-20 19:12');
    expect(whenZh(at(now, now + 1000), plainFmt)).toBe('2026-11-20 19:12');
    expect(whenEn(at(now, now + 1, now + 2), plainFmt)).toBe('3 times on 2026-11-20 19:12');
  });

  it('says first and last else', () => {
    expect(whenEn(at(now - hour, now), plainFmt)).toBe('twice, on 2026-11-20 18:12 and on 2026-11-20 19:12');
    expect(whenEn(at(now - hour, now - 1000, now), plainFmt)).toMatch(
      /^3 times, first on .*18:12 and last on .*19:12$/,
    );
    expect(whenZh(at(now - hour, now), plainFmt)).toBe('2026-11-20 18:12 至 2026-11-20 19:12');
    expect(whenEn(at(now), plainFmt)).toBe('on 2026-11-20 19:12');
  });
});

describe('the group that was full', () => {
  it('is called by its last part', () => {
    const id = '3f2a9c'.repeat(11).slice(0, 64);
    expect(groupName('/system.slice/pm2-deploy.service')).toBe('pm2-deploy.service');
    expect(groupName(`/docker/${id}`)).toBe('3f2a9c3f2a9c…');
    expect(groupName(`/kubepods.slice/kubepods-pod1.slice/cri-containerd-${id}.scope`)).toBe(
      'cri-containerd-3f2a9c3f2a9c….scope',
    );
    expect(groupName('/')).toBe('/');
    expect(groupName('/sys/fs/cgroup/shop.slice/memory.max')).toBe('shop.slice');
    expect(groupName('/sys/fs/cgroup/memory.max')).toBe('/sys/fs/cgroup/memory.max');
  });

  it('is the container where it is the root of one', () => {
    const mark = (text: string) => `<${text}>`;
    expect(groupText('/sys/fs/cgroup/memory.max', mark, 'the container')).toBe('the container');
    expect(groupText('/sys/fs/cgroup/memory/memory.limit_in_bytes', mark, 'the container')).toBe(
      'the container',
    );
    expect(groupText('/a/shop.slice', mark, 'the container')).toBe('<shop.slice>');
  });

  it('is kept by whoever its path names', () => {
    expect(groupKeeper('/system.slice/pm2-deploy.service')).toBe('systemd');
    expect(groupKeeper('/system.slice/docker-3f2a.scope')).toBe('docker');
    expect(groupKeeper('/kubepods.slice/x.scope')).toBe('kubernetes');
    expect(groupKeeper('/shop')).toBe('unknown');
  });

  it('stands so in sentences', () => {
    const full = summarizeKills([
      attributed({
        kill: kill({ constraint: 'memcg', oomMemcg: c('/a/b/c/shop.service'), limitKb: 120 * 1024 }),
      }),
    ]);
    expect(fullEn(full, plainFmt)).toBe('The limit of shop.service (120 MB) was full. ');
    expect(fullZh(full, plainFmt)).toContain('shop.service 的内存上限（120 MB）已用尽');
  });
});
