import type { Host } from '../../host/host.ts';
import { type OtherSystem, otherSystem } from '../../host/other-systems.ts';
import type { Gathered } from '../../model/gap.ts';
import type { HostFacts } from '../../model/host.ts';
import { ownWords } from '../clean.ts';
import { type GatherContext, unseen } from '../gatherer.ts';

/** Host facts of systems without /proc; pressure, cgroup limits and vm settings do not exist there and are null. */
export async function otherHostFacts(
  host: Host,
  context: GatherContext,
  system: OtherSystem = otherSystem,
): Promise<Gathered<HostFacts>> {
  const { clean } = context;
  const source = 'systeminformation';
  const facts = await system.facts();
  if (!facts.ok) {
    const tried = [{ source, why: facts.why, detail: clean.text(facts.detail) }];
    return unseen({ key: 'host', subject: ownWords('host'), why: facts.why, tried, remedy: 'linux-only' });
  }
  const { value } = facts;
  const now = host.now();
  return {
    seen: true,
    value: {
      name: clean.text(value.name, 255),
      platform: host.platform,
      os: clean.text(value.os),
      kernel: clean.text(value.kernel),
      bootedAt: Math.round(now - value.uptimeMs),
      cpus: value.cpus,
      cpuModel: value.cpuModel === '' ? null : clean.text(value.cpuModel, 120),
      nodeVersion: clean.text(host.nodeVersion),
      container: null,
      limit: null,
      memory: { ...value.memory, slabBytes: 0 },
      swap: value.swap,
      load: value.load,
      pressure: { memory: null, cpu: null, io: null },
      overcommitMemory: null,
      swappiness: null,
    },
    source: ownWords(source),
    covers: { from: now, to: now },
    gaps: [],
  };
}
