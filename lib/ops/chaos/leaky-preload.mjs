// A planted bug for `npm run chaos -- --prove`, loaded by the harness into the server it starts and by nothing else: a
// careless debug line that prints the provider's answer. No product code knows of it.
const parse = JSON.parse;
JSON.parse = (text, ...more) => {
  if (typeof text === 'string' && text.includes('"refresh_token":"')) process.stderr.write(`debug: ${text}\n`);
  return parse(text, ...more);
};
