import type { AttributedKill } from '../../model/oom.ts';

/** A host or group without memory is killed in until there is some again: kills this close belong to one shortage. */
const togetherMs = 60_000;

/**
 * Answers: in which shortages did several of PM2's own die? One incident with several victims: freeing the first was not
 * enough, or the kernel took a group as a whole. Each is a list of kills, oldest first, of two or more apps, or of an app
 * and the daemon. Kills that are nobody's for sure, or were asked for by hand, are left out.
 */
export function sharedShortages(kills: readonly AttributedKill[]): readonly (readonly AttributedKill[])[] {
  const open = new Map<string, AttributedKill[]>();
  const closed: AttributedKill[][] = [];
  const timed = kills
    .filter((one) => one.kill.at !== null && !one.kill.sysrq && ownerOf(one) !== null)
    .toSorted((a, b) => (a.kill.at ?? 0) - (b.kill.at ?? 0));
  for (const one of timed) {
    const key = placeOf(one);
    const own = open.get(key);
    const last = own?.at(-1)?.kill.at ?? -Infinity;
    if (own && (one.kill.at ?? 0) - last <= togetherMs) own.push(one);
    else {
      if (own) closed.push(own);
      open.set(key, [one]);
    }
  }
  return [...closed, ...open.values()].filter((own) => new Set(own.map(ownerOf)).size > 1);
}

/** What was full. The victims of a group that is killed whole have no line that says; theirs is the group's own. */
function placeOf({ kill }: AttributedKill): string {
  return kill.constraint === 'memcg' ? `memcg ${kill.oomMemcg ?? kill.taskMemcg ?? ''}` : kill.constraint;
}

function ownerOf({ app, role, confidence }: AttributedKill): string | null {
  if (role === 'daemon') return '';
  if (confidence !== 'certain' && confidence !== 'likely') return null;
  return app === null ? null : `${app.home}\n${app.namespace}\n${app.name}`;
}
