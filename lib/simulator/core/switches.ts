/** Behaviour that can be turned on or off while the simulator runs. New rules, personas and faults add a row here. */
export const SWITCHES = {
  httpsOnLoopback: { rule: 'A4', usual: false, meaning: 'redirect URIs on the local machine must be https too' },
  tooEarlyRotates: {
    rule: 'T12',
    usual: false,
    meaning: 'a refresh refused for being too early hands out a new token',
  },
} as const;

export type SwitchName = keyof typeof SWITCHES;
export type Switches = Record<SwitchName, boolean>;

export function usualSwitches(): Switches {
  return { httpsOnLoopback: SWITCHES.httpsOnLoopback.usual, tooEarlyRotates: SWITCHES.tooEarlyRotates.usual };
}
