declare global {
  /** Set by scripts/lean.cjs where a process stays for weeks. */
  var forgetChunk: ((name: string) => void) | undefined;
}

/** Lets go of a lazily loaded file of ours: its next `import()` loads it again. Does nothing where code is not in chunks. */
export function forget(name: string): void {
  globalThis.forgetChunk?.(`${name}.cjs`);
}
