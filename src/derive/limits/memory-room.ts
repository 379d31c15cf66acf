import type { Cgroup, HostFacts } from '../../model/host.ts';
import type { CleanText } from '../../model/text.ts';

/** The memory an app may fill before the kernel kills: the tightest limit above it, or the host. Bytes. */
export interface MemoryRoom {
  readonly bytes: number;
  /** The cgroup or container whose limit it is; null = the memory of the whole host. */
  readonly limitOf: CleanText | null;
}

/** Answers: how much room do the apps of this home have? null = neither the host nor a limit was seen. */
export function memoryRoom(
  home: string,
  host: HostFacts | null,
  cgroups: readonly Cgroup[] | null,
): MemoryRoom | null {
  const rooms: MemoryRoom[] = [];
  if (host) rooms.push({ bytes: host.memory.totalBytes, limitOf: null });
  if (host?.limit) rooms.push({ bytes: host.limit.bytes, limitOf: host.limit.source });
  for (const group of cgroups ?? []) {
    if (group.home === home && group.limitBytes !== null)
      rooms.push({ bytes: group.limitBytes, limitOf: group.limitPath ?? group.path });
  }
  return rooms.reduce<MemoryRoom | null>(
    (tightest, room) =>
      tightest === null || room.bytes < tightest.bytes || (room.bytes === tightest.bytes && room.limitOf)
        ? room
        : tightest,
    null,
  );
}
