import type { OomKill } from '../../model/oom.ts';

/**
 * What the victim held, bytes: anonymous and shared RSS, which nothing but its end frees. Pages of files (`file-rss`) are
 * left out: the kernel takes them back by itself, and a limit of 120 MB would seem to hold 169. Where the killer prints
 * one figure only (earlyoom, OpenVZ), that. Before Linux 4.5 shared pages stood in `file-rss`: then this is a lower
 * bound. null = not said.
 */
export function heldBytes(kill: OomKill): number | null {
  if (kill.anonRssKb !== null) return (kill.anonRssKb + (kill.shmemRssKb ?? 0)) * 1024;
  return kill.rssKb === null ? null : kill.rssKb * 1024;
}

/** All pages of the victim, files too: what the kernel's task table counts, so the figure to hold against it. null = not said. */
export function residentBytes(kill: OomKill): number | null {
  const held = heldBytes(kill);
  if (held === null || kill.anonRssKb === null) return held;
  return Math.max(held + (kill.fileRssKb ?? 0) * 1024, (kill.rssKb ?? 0) * 1024);
}
