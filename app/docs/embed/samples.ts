import { obstacles, type outcomes } from '#lib/consent/index.ts';

/** What stands on the page about the embed script, as it is to be copied. */
export const tagOf = (origin: string, version: string, integrity: string): string =>
  `<script async src="${origin}/embed/v${version}.js"
  integrity="${integrity}"
  crossorigin="anonymous"></script>`;

export const button = `<waxseal-connect mode="popup">
  <a href="https://…/connect/wxi_…">Connect Exact Online</a>
  <p hidden>Did the window close? <a href="https://…/connect/wxi_…">Continue here</a></p>
</waxseal-connect>`;

export const invitation = `# On your server, when the page with the button is asked for: the link is good for 30 minutes
curl -s $BASE/api/v1/invitations -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"customer":{"name":"Bakkerij De Korenaar","external_id":"K-1001"},
       "client_registration_id":"'$REGISTRATION'",
       "channel":"embed", "origin":"https://app.example.com"}'`;

export const listening = `const button = document.querySelector('waxseal-connect');
const hint = button.querySelector('p');
button.addEventListener('finished', ({ detail }) => refresh(detail.outcome, detail.connection_id));
button.addEventListener('error', ({ detail }) => report(detail.code, detail.message));
button.addEventListener('closed', () => { hint.hidden = false; });
for (const type of ['opened', 'leaving', 'returned', 'finished'])
  button.addEventListener(type, () => { hint.hidden = true; });`;

export const calling = `myButton.addEventListener('click', () => {
  // Within the click, and with the address at hand: what is awaited first is blocked as a pop-up
  Waxseal.open(url, { mode: 'popup', onEvent: (event) => console.log(event.type, event) });
});`;

export const policyOf = (origin: string): string => `script-src  … ${origin};
connect-src … ${origin};`;

export const events: Readonly<Record<string, string>> = {
  ready: 'The element has taken over its link. Comes from the element alone.',
  'opened {mode}': 'The customer’s page was opened, in the mode that was possible.',
  leaving: 'The customer goes to Exact Online.',
  returned:
    'The customer is back. They may still be asked whether the account is the right one, or what they gave is being looked at.',
  'finished {outcome, connection_id}':
    'Nothing is left for the customer to do, or they left it at that. Told once; the last event.',
  'closed {stage}':
    'The window seems closed, and nothing has come of it for ten seconds (a minute, when it never spoke). A hint, never an error: with some browsers and policies it is still open, and a later event tells. Show “Did the window close? Continue here”: a press goes on where they were.',
  'error {code, stage, recoverable, message}':
    'Something is in the way. With recoverable the customer can do something about it on their page, and any event may follow. Without, it is the last event.',
};

/** What `finished` may say. */
export const endings: Readonly<Record<(typeof outcomes)[number], string>> = {
  sealed:
    'The consent is sealed. Where the customer is asked whether the account is the right one: after their yes, when they close the window, or ten minutes later.',
  parked:
    'It waits for you to look at it: the customer asked you to, or has left as it was what they could have put right, or a yes that you require.',
  kept: 'The customer keeps what they gave before; nothing new was given.',
  declined: 'The customer does not want to connect. The link stays open for a change of mind.',
};

/** What `error` may say. */
export const codes: Readonly<Record<string, string>> = {
  ...obstacles,
  unreachable:
    'The status cannot be read from this page: told by the script itself. Mostly its origin is not registered.',
  link_ended:
    'The link does not work, or no longer; what was given by it is gone. Not recoverable: make a new invitation.',
};
