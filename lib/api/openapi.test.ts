import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { contracts } from './contracts.ts';
import { openApiDocument } from './openapi.ts';

test('the committed API description is what the contracts say today (npm run openapi)', () => {
  expect(JSON.parse(readFileSync('public/openapi.json', 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(openApiDocument())),
  );
});

test('every operation is described, with its answers and its problem codes', () => {
  const { paths } = openApiDocument() as {
    paths: Record<string, Record<string, { operationId: string; responses: Record<string, { description: string }> }>>;
  };
  for (const contract of Object.values(contracts)) {
    const operation = paths[contract.path]?.[contract.method.toLowerCase()];
    expect(operation?.operationId).toBe(contract.id);
    expect(Object.keys(operation?.responses ?? {})).toEqual(
      expect.arrayContaining([...Object.keys(contract.answers), 'default']),
    );
    for (const code of contract.problems) expect(operation?.responses['default']?.description).toContain(code);
  }
});
