import { expect, test } from 'vitest';
import { FAULT_ENDPOINTS } from '#lib/simulator/core/fault.ts';
import { PERSONA_IDS } from '#lib/simulator/core/personas.ts';
import { SWITCHES } from '#lib/simulator/core/switches.ts';
import { KINDS } from '#lib/simulator/faults/kinds.ts';
import { startSimulator } from '#lib/simulator/index.ts';
import { commands, faultEndpoints, faultKinds, personas, switches } from './reference.ts';

const sorted = (names: readonly string[]) => [...names].sort();

test('the page names what the simulator has, all of it and nothing else', async () => {
  expect(sorted(Object.keys(personas))).toEqual(sorted(PERSONA_IDS));
  expect(sorted(Object.keys(faultKinds))).toEqual(sorted(Object.keys(KINDS)));
  expect(sorted(faultEndpoints)).toEqual(sorted(FAULT_ENDPOINTS));
  expect(switches).toEqual(
    Object.fromEntries(
      Object.entries(SWITCHES).map(([name, { rule, choices }]) => [name, `${rule}: ${choices.join(', ')}`]),
    ),
  );
  const simulator = await startSimulator();
  const overview = await (await fetch(`${simulator.origins.nl}/__control`)).json();
  await simulator.close();
  expect(sorted(Object.keys(commands))).toEqual(sorted(overview.commands));
});

test('every fault says what its kind takes', () => {
  for (const [name, { takes }] of Object.entries(KINDS)) {
    for (const field of Object.keys(takes)) {
      expect([name, faultKinds[name as keyof typeof faultKinds]]).toEqual([name, expect.stringContaining(field)]);
    }
  }
});
