/** What stands on the page about the embed script, as it is to be copied. */
export const tagOf = (origin: string, version: string, integrity: string): string =>
  `<script async src="${origin}/embed/v${version}.js"
  integrity="${integrity}"
  crossorigin="anonymous"></script>`;

export const button = `<waxseal-connect mode="popup">
  <a href="https://…/connect/wxi_…">Connect Exact Online</a>
</waxseal-connect>`;

export const invitation = `# On your server, when the page with the button is asked for: the link is good for 30 minutes
curl -s $BASE/api/v1/invitations -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"customer":{"name":"Bakkerij De Korenaar","external_id":"K-1001"},
       "client_registration_id":"'$REGISTRATION'",
       "channel":"embed", "origin":"https://app.example.com"}'`;

export const listening = `const button = document.querySelector('waxseal-connect');
button.addEventListener('finished', ({ detail }) => refresh(detail.connection_id));
button.addEventListener('closed', () => showHint('Did the window close? Press the button to go on.'));
button.addEventListener('error', ({ detail }) => report(detail.code, detail.message));`;

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
  returned: 'The customer is back.',
  'finished {outcome, connection_id}':
    'The consent is sealed, or parked for you to look at (it was not whom you expected). The last event.',
  'closed {stage}':
    'The window seems closed, and nothing has come of it for ten seconds (a minute, when it never spoke). A hint, never an error: with some browsers and policies it is still open, and a later event tells.',
  'error {code, stage, recoverable, message}':
    'Something went wrong. With recoverable the customer can go on, on the same page: denied, app_not_ready, code_too_old, refused, unknown, provider_down, not_saved, request_lapsed, unreachable. Without, it is the last event: link_ended.',
};
