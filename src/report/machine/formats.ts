/** Formats for programs, beside the JSON of the report itself, and the endings of their files. */
export const machineFormats = ['prom', 'junit', 'sarif'] as const;
export type MachineFormat = (typeof machineFormats)[number];
export const machineEndings = { prom: 'prom', junit: 'junit.xml', sarif: 'sarif' } as const satisfies {
  readonly [F in MachineFormat]: string;
};
