import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { entries, events } from '../audit/index.ts';
import { entryList, eventList } from './catalogue.ts';
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
    const edge =
      'scope' in contract ? ['unauthorized', 'forbidden', 'invalid_request'] : ['unauthorized', 'invalid_request'];
    for (const code of [...edge, ...contract.problems])
      expect(operation?.responses['default']?.description).toContain(code);
  }
});

test('the feed’s types and every reason for parking are lists that say that they grow, and every fact of an event is described', () => {
  const text = JSON.stringify(openApiDocument());
  const { components } = JSON.parse(text) as {
    components: { schemas: Record<string, { properties: Record<string, { properties: Record<string, object> }> }> };
  };
  expect(Object.keys(components.schemas['EventData']?.properties ?? {})).toEqual(Object.keys(events));
  expect(Object.keys(components.schemas['EntryDetail']?.properties ?? {})).toEqual(Object.keys(entries));
  for (const { name, says, fields } of [...eventList, ...entryList]) {
    expect([name, says.length > 10]).toEqual([name, true]);
    for (const field of fields) expect([name, field.name, field.says !== '']).toEqual([name, field.name, true]);
  }
  const feed = contracts.listEvents.answers[200].shape.items.element.shape.type;
  expect(feed.options).toEqual(Object.keys(events));
  expect(feed.description).toContain('More may be added');
});

test('what is answered may have a field more tomorrow; what is asked may not', () => {
  const { paths } = JSON.parse(JSON.stringify(openApiDocument())) as {
    paths: Record<string, Record<string, { requestBody?: object; responses: object }>>;
  };
  const invite = paths['/invitations']?.['post'];
  expect(JSON.stringify(invite?.requestBody)).toContain('"additionalProperties":false');
  for (const path of Object.values(paths))
    for (const { responses } of Object.values(path))
      expect(JSON.stringify(responses)).not.toContain('"additionalProperties":false');
});
