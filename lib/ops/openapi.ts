import { writeFileSync } from 'node:fs';
import { openApiDocument } from '../api/index.ts';

/** `npm run openapi`: writes the API description anew; a test fails while the committed one is stale. */
writeFileSync('public/openapi.json', `${JSON.stringify(openApiDocument(), null, 2)}\n`);
process.exit(0);
