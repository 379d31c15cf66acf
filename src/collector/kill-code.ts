/** What only a kill needs: a third of the collector's code. A chunk of its own, loaded when the kernel log speaks of one. */
export { attributeKills } from '../derive/kills/oom-attribution.ts';
export { oomReader } from '../gather/oom/oom-reader.ts';
