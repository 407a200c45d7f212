export { entryList, eventList, type Listed, operationList, problemList } from './catalogue.ts';
export { openApiDocument } from './openapi.ts';
export { operations } from './operations.ts';
export { missing } from './problem.ts';
